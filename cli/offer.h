/* SPDX-License-Identifier: MIT */
/*
 * What a person is told of calls that were refused, asked about them, and what
 * becomes of the answer: shared by watch, review and enforce. For cli/ alone.
 */
#ifndef JAIL_CLI_OFFER_H
#define JAIL_CLI_OFFER_H

#include <termios.h>

#include "cli/store.h"

/* ---- keys.c: single keys of a terminal -------------------------------- */

/* Zero-initialised is closed. Signals of the terminal (Ctrl-C, Ctrl-Z) stay
 * signals. */
struct keys {
	int fd;			/* to poll for input; -1: closed */
	bool owned;		/* it is /dev/tty, opened by us */
	bool raw;		/* the mode is changed */
	bool moves;		/* may be set: Enter is a key, and those below
				 * are, which move */
	struct termios was;
	int state;		/* within what is no key */
	unsigned more;		/* bytes of it */
	bool ss3;		/* they are behind ESC O */
	int64_t heard;		/* the last byte: monotonic */
};
/* The terminal that stdin is, if stderr is one too; with TTY, the controlling
 * one, whatever stdin is. False: there is none, or we are not in its
 * foreground. */
bool keys_open(struct keys *keys, bool tty);
/* Between these two a key is had without Enter. Both may be called again, also
 * after a stop (SIGCONT). */
void keys_begin(struct keys *keys);
void keys_end(struct keys *keys);
/* The next key, a letter as typed; 0: none is there; -1: there will be no more
 * (Ctrl-D, hang-up). Never blocks. What is no single character (arrows), or
 * an answer of the terminal's own, is swallowed. */
enum {
	KEYS_UP = 256, KEYS_DOWN, KEYS_PAGE_UP, KEYS_PAGE_DOWN, KEYS_HOME,
	KEYS_END
};
int keys_read(struct keys *keys);
void keys_close(struct keys *keys);	/* the mode is as it was */

/* ---- offer.c ---------------------------------------------------------- */

enum offer_answer {
	OFFER_NONE,	/* no key of ours */
	OFFER_YES, OFFER_NEVER, OFFER_LATER, OFFER_WHY, OFFER_QUIT,
	OFFER_ALL,	/* yes to this and all others of the program that are
			 * neither dangerous nor forgeable */
	OFFER_SIBLINGS,	/* yes, and to what comes with it */
	OFFER_UNDO
};
/* "transmission-gtk was killed at time (201, x86_64), 3 times since 14:02"; of
 * more than a day ago with its date; what is forgeable is called so, so is what
 * comes from another host. Returns OUT. */
char *offer_text(char *out, size_t size, const struct db_pending *pending);
/* The question behind it: "Allow it? [y]es [n]ever [l]ater [w]hy [q]uit ". With
 * MORE also the keys of review. */
const char *offer_question(bool more);
enum offer_answer offer_key(int key, bool more);
/* False: no yes would allow it, for it is on the whitelist and was refused all
 * the same, or it is x32's. Such are told, with offer_besides(), and not asked
 * about; they do not wait. */
bool offer_asks(const struct db_pending *pending);
/* What it takes to allow it beside a yes, or instead of one; empty: nothing.
 * Returns OUT. */
char *offer_besides(char *out, size_t size, const struct db_pending *pending);
/* "a sibling of kill, which is on the whitelist", where it does the work of a
 * listed call; empty: it does not (why.c). Returns OUT. */
char *offer_sibling(char *out, size_t size, struct db *db,
		    const struct db_pending *pending);
/* What it costs to allow it, where it is dangerous; else NULL. */
const char *offer_cost(const struct db_pending *pending);
/* Whether it comes from another host. */
bool offer_is_elsewhere(const struct profiles_denial *denial);
/* Whether the kernel tells it of a process of another user than we are. Such a
 * process can have any path, so that it is nobody's word for our programs. */
bool offer_is_anothers(const struct profiles_denial *denial);
/* Why it may not be allowed by a plain yes of --yes or OFFER_ALL: "dangerous",
 * "forgeable", "another user's", "dropped by ann", ...; NULL: it may. */
const char *offer_obstacle(const struct db_pending *pending);
/* Stores YES, NEVER or SIBLINGS as a decision of the author's (DB_REVIEWED) and
 * prints on stderr what came of it: "time (201, x86_64) is on the whitelist of
 * transmission-gtk from its next start on", and for what is dangerous also the
 * directive that is needed besides. */
int offer_decide(struct db *db, const struct db_pending *pending,
		 enum offer_answer answer, struct error *err);
/* Whether PENDING is still undecided: 1, 0. While a question stands somebody
 * else may answer it, or forget the program. */
int offer_waits(struct db *db, const struct db_pending *pending,
		struct error *err);
/* Says that it is not, on stderr. */
void offer_tell_gone(const struct db_pending *pending);
/* offer_decide() for what was asked: 1; or says that it waits no longer: 0. */
int offer_settle(struct db *db, const struct db_pending *pending,
		 enum offer_answer answer, struct error *err);
/* Allows the calls of SET as one decision, and says so on stderr. */
int offer_allow(struct db *db, const char *program,
		const struct profiles_set *set, struct error *err);
/* What `w` prints: what the call does, who needs it, what it costs, what comes
 * with it, and where it was made (why.c). */
int offer_why(FILE *out, struct db *db, const struct db_pending *pending,
	      struct error *err);
/* A denial's object with "count" of all, "first_time", "last_time",
 * "dangerous", "obstacle". */
json_t *offer_json(const struct db_pending *pending);
/* Says on stderr what db_undo() has taken back, and what holds now. */
void offer_tell_undone(const struct db_undone *undone, size_t count);

/* A copy that outlives the walk over the store. NULL without memory. */
struct db_pending *offer_keep(const struct db_pending *pending);
void offer_free(struct db_pending *pending);	/* takes NULL */

/* ---- review-ask.c ----------------------------------------------------- */

/* Goes through what waits for a decision on PROGRAM (NULL: all) since SINCE,
 * as `jail review` does, on the terminal KEYS. *ALLOWED: how many calls were
 * allowed; *LEFT: what waits still. Returns 0, or a negative errno after it
 * printed the sentence. Ctrl-C and the like end the process as they do any,
 * with the terminal as it was; -EINTR where the caller blocks or handles
 * them. */
int review_ask(struct db *db, struct keys *keys, const char *program,
	       int64_t since, size_t *allowed, size_t *left);

/* ---- review-list.c: without questions --------------------------------- */

/* Prints what waits, on stdout; *LEFT as above. With QUIET it only counts. */
int review_list(struct db *db, const char *program, int64_t since, bool json,
		bool quiet, size_t *left, struct error *err);
/* Allows what has no obstacle, prints it and what is left, with the reason. */
int review_allow(struct db *db, const char *program, int64_t since, bool json,
		 bool quiet, size_t *left, struct error *err);
/* How many calls of PROGRAM wait, and how often they were refused. */
struct review_sum {
	size_t calls;		/* told ones among them */
	size_t waiting;		/* those that are asked about */
	bool refused;		/* one of them, else all were let pass */
	uint64_t count;
	int64_t first_time;
};
int review_sum(struct db *db, const char *program, int64_t since,
	       struct review_sum *sum, struct error *err);
/* "transmission-gtk: 3 calls were refused 17 times since 2026-11-22 14:02" on
 * OUT, the name in bold where that is a terminal that takes it. */
void review_header(FILE *out, const char *program,
		   const struct review_sum *sum);

/* ---- hook.c ----------------------------------------------------------- */

/* --exec=CMD: runs CMD by /bin/sh with what it is about in its environment
 * (JAIL_PROFILE, JAIL_CALL, JAIL_ARCH, JAIL_NUMBER, JAIL_ACTION, JAIL_COUNT,
 * JAIL_HOST, JAIL_EXE, JAIL_TEXT), printable; nothing that a target chose
 * becomes a part of the command. It is not waited for; one runs at a time, and
 * what happens meanwhile is told by the next as one (JAIL_MORE: how many).
 * Zeroed but for COMMAND in the beginning. */
struct hook {
	const char *command;	/* NULL: none */
	pid_t pid;
	struct db_pending *next;
	size_t more;
};
void hook_run(struct hook *hook, const struct db_pending *pending);
/* After SIGCHLD, and at the end: reaps, and starts what waits. */
void hook_reap(struct hook *hook, bool wait);
void hook_free(struct hook *hook);

#endif
