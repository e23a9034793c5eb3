/* SPDX-License-Identifier: MIT */
/*
 * jail watch: from the records of the kernel, and what jail's own supervisors
 * put in the store, to offers. For cli/ alone.
 *
 *   watch.c          the command: options, what is watched, the loop
 *   watch-sources.c  opens the sources, and says what was lost
 *   gather.c         records -> groups -> batches -> the store
 *   match.c          which profile a record belongs to
 *   offers.c         what is new in the store -> lines, objects, questions
 *   watch-store.c    the store, open and followed
 *   watch-user.c     under sudo: the store is that of who called it
 */
#ifndef JAIL_CLI_WATCH_H
#define JAIL_CLI_WATCH_H

#include "auditlog/auditlog.h"
#include "cli/offer.h"
#include "enforce/enforce.h"

struct watch_options {
	struct cli_common common;
	struct cli_list sources;
	const char *since_text;
	const char *exec;
	bool once, all, yes;
	int64_t since;		/* microseconds, 0: not given */
};

/* ---- watch-user.c ----------------------------------------------------- */

/* Under sudo the store belongs to who called it, and is worked on with that
 * user's rights alone. What root alone may do stands between these two. */
struct watch_user {
	bool acting;		/* for somebody else than root */
	uid_t uid;
	gid_t gid;
};
int watch_user_begin(struct watch_user *user, const struct cli_common *common,
		     struct error *err);
void watch_user_raise(const struct watch_user *user);
void watch_user_lower(const struct watch_user *user);

/* ---- watch-store.c ---------------------------------------------------- */

/* Milliseconds that a busy store is waited for: a source must not overflow. A
 * decision is worth more. */
enum { WATCH_PATIENCE = 500, WATCH_PATIENCE_DECIDING = 5000 };

/* Zeroed but for PATH, owned, and CHANGES, -1. */
struct watch_store {
	char *path;
	struct db *db;
	dev_t device;		/* of the file that is open */
	ino_t inode;
	int changes;		/* inotify(7), to poll; -1: not to be had, and
				 * it is looked at once a second */
	int again;		/* milliseconds until it is looked at again; 0:
				 * it is not */
	int64_t strange_since;	/* a file that is no store has its name: since
				 * when, monotonic; or 0 */
};
/* Opens it, also once more. */
int watch_store_open(struct watch_store *store, struct error *err);
void watch_store_follow(struct watch_store *store);
void watch_store_close(struct watch_store *store);
/* Another file may have its name by now: 1, and it is open. What is no store
 * gets five seconds to become one. */
int watch_store_renew(struct watch_store *store, struct error *err);
/* How long to sleep at the most, in milliseconds; -1: for ever. */
int watch_store_wait(const struct watch_store *store);
/* Whether somebody may have written to it. READABLE: changes is; SLEPT: nothing
 * else happened since. */
bool watch_store_stirs(struct watch_store *store, bool readable, bool slept);

/* ---- match.c ---------------------------------------------------------- */

/* The programs of the store and their executables, and the sandboxes that run;
 * each read again when it may have changed. Zeroed in the beginning. */
struct match {
	struct match_exe *exes;		/* by path */
	size_t exe_count;
	char **programs;		/* by name */
	size_t program_count;
	struct enforce_running *running;
	size_t running_count;
	int64_t looked;			/* for sandboxes: monotonic */
	int64_t checked;		/* whether some are new: since the
					 * epoch */
	uint64_t registry;		/* its version, then */
	int64_t first, last;		/* times that these cover */
	unsigned version;		/* rises with each change */
	char *store;			/* our store's path, links resolved */
	uid_t owner;			/* whose it is */
	bool all;			/* those of other programs, too */
	char *strangers[256];		/* names that were made for them */
	size_t stranger_count;
};
/* Reads what the store has. */
int match_read(struct match *match, struct db *db, struct error *err);
/* Looks for sandboxes: where one has come or gone, else once a second. */
void match_look(struct match *match);
/* Before a record of TIME is matched: one that was made after the last look may
 * be of a sandbox that began meanwhile. */
void match_look_for(struct match *match, int64_t time);
void match_free(struct match *match);

/* Whether a sandbox that is known ran at TIME; and then, whether a process can
 * be tied to one by its number: it lives, or was a program of theirs. */
bool match_covers(const struct match *match, int64_t time);
bool match_knows(const struct match *match, pid_t pid);

/* Whose record it is: PROGRAM (of SIZE bytes) is filled. False: nobody's that
 * is asked about, or jail's own supervisor has told of it. NOW: it happened
 * here, and at a time at which sandboxes ran (match_covers). */
bool match_program(struct match *match,
		   const struct profiles_denial *denial, bool now,
		   char *program, size_t size);

/* ---- gather.c --------------------------------------------------------- */

/* Between reading and storing, of one source. */
struct batch {
	struct db_event *events;
	size_t count, room;
	int64_t since;		/* when it was stored last, or, of late ones,
				 * when its first was taken in: monotonic */
};

/* Records that are alike are a group, which knows whose they are. */
struct gather_group {
	uint64_t hash;
	struct gather_key *key;
	char *program;		/* NULL: nobody asks about them */
	uint32_t row;		/* where there is a program */
	bool late;
};

struct gather {
	struct match match;
	struct watched *current;	/* whose records come */
	char host[65], boot_id[37];	/* of this machine */
	int64_t booted;			/* when: microseconds */
	struct gather_group *groups;
	struct profiles_denial scratch;	/* the one that is looked at */
	struct db_group *rows;		/* those of programs, as the store takes
					 * them */
	size_t group_count, row_count, group_room;
	uint32_t *table;		/* hash -> group + 1 */
	unsigned version;		/* of the match, when they were made */
	uint64_t dropped;		/* there were too many kinds of them */
	uint64_t odd;			/* calls that cannot exist: -1, or of an
					 * unknown architecture */
	uint64_t passed_over;		/* of programs that are not asked about,
					 * or told by jail itself */
	int64_t earliest;		/* event that was new to the store */
	uint64_t stored;
};
int gather_begin(struct gather *gather, struct error *err);
void gather_free(struct gather *gather);
/* A record of gather->current. */
int gather_take(struct gather *gather, const struct auditlog_record *record);
/* When the batches of WATCHED are to be stored, in milliseconds from now: 0 at
 * once; -1: there is nothing. */
int gather_wait(const struct watched *watched);
/* Stores what is due; ALL: whatever there is. */
int gather_store(struct gather *gather, struct watched *watched,
		 struct db *db, bool all, struct error *err);
/* Forgets the groups, if nothing waits to be stored, where they are many or may
 * belong to others by now. */
void gather_forget(struct gather *gather, const struct watched *watched,
		   size_t count);

/* ---- watch-sources.c -------------------------------------------------- */

enum { WATCH_SOURCES = 16 };
struct watched {
	struct auditlog_source *source;
	struct auditlog_about about;
	struct db_covered covered;
	/* What jail's own supervisor may have recorded waits a little longer,
	 * so that the store knows by then. */
	struct batch now, late;
	char key[4200];
	char position[AUDITLOG_POSITION];	/* nothing before it is late */
	char kept[AUDITLOG_POSITION];		/* the store has it */
	bool more;		/* to be read at once */
	bool ended;
	bool lost;		/* something, since it was stored last */
};
struct watch_losses {
	uint64_t events[AUDITLOG_LOST_FILE + 1], times[AUDITLOG_LOST_FILE + 1];
	int64_t told[AUDITLOG_LOST_FILE + 1];	/* monotonic */
	bool quiet;
};
struct watch_sources {
	struct watched items[WATCH_SOURCES];
	size_t count;
	struct watch_losses losses;
};
/* Those that the options name, else the best that can be had; says which on
 * stderr, and why not a better one. 0 also if none can be had and none was
 * named: then the store alone is watched. */
int watch_sources_open(struct watch_sources *sources,
		       const struct watch_options *options,
		       const struct watch_user *user, struct db *db,
		       struct error *err);
void watch_sources_close(struct watch_sources *sources);
/* What is watched beside the store, in a line on stderr. */
void watch_sources_announce(const struct watch_sources *sources,
			    const char *store);
void watch_losses_take(struct watch_losses *losses,
		       const struct auditlog_loss *loss);
/* The end: what was read, damaged and lost, on stderr. */
void watch_sources_say(const struct watch_sources *sources,
		       const struct gather *gather);

/* ---- offers.c --------------------------------------------------------- */

struct offers {
	const struct watch_options *options;
	struct db *db;
	struct keys keys;	/* closed: nobody to ask */
	struct hook hook;
	struct offered *known;	/* what was told, by program and call */
	size_t count;
	struct db_pending *asked;	/* the question that stands; or NULL */
	int64_t since;		/* older denials are no news */
	bool quit;
	bool deaf;		/* stdout takes nothing for now */
	/* Filled by a walk over the store. */
	struct db_pending **news;
	size_t news_count;
};
void offers_begin(struct offers *offers, const struct watch_options *options,
		  struct db *db);
/* Looks at the store; tells or asks what is new. */
int offers_look(struct offers *offers, struct error *err);
/* The terminal is readable. */
int offers_key(struct offers *offers, struct error *err);
/* The terminal is somebody else's for a while; OVER: it is ours again. */
void offers_pause(struct offers *offers, bool over);
/* Waits for the hook a little. May be called twice. */
void offers_end(struct offers *offers);

#endif
