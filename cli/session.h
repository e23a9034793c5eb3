/* SPDX-License-Identifier: MIT */
/*
 * A session of `jail learn`: its run, what is shown meanwhile, and the summary
 * of one or several. For cli/ alone.
 */
#ifndef JAIL_CLI_SESSION_H
#define JAIL_CLI_SESSION_H

#include "cli/store.h"
#include "enforce/enforce.h"
#include "learn/learn.h"

/* ---- the live line ---------------------------------------------------- */

/* `00:42  3 processes  96 calls, 2 new in the last 10 s`, on a terminal. */
struct live {
	bool shown;		/* a line is there, to be overwritten */
	int64_t started;	/* microseconds, monotonic */
	const struct profiles_set *known;	/* before this session */
	bool passing;		/* and they pass uncounted */
	struct profiles_set seen;	/* calls of this session */
	size_t fresh;		/* of them, those that were not known */
	int64_t recent[64];	/* when the last ones were new, a ring */
	size_t recent_at;
};

void live_start(struct live *live, const struct profiles_set *known,
		bool passing);
void live_note(struct live *live, const struct profiles_batch *batch);
void live_show(struct live *live, const struct learn_progress *progress);
void live_erase(struct live *live);	/* until it is shown again */
void live_end(struct live *live);	/* erases the line, frees */

/* ---- a session -------------------------------------------------------- */

/* What the program was refused, or will be: see refusals.c. */
struct refused_file {
	char *path;		/* as the program gave it; owned */
	char *directive;	/* that allows it; owned */
	bool writes;
	int code;
};

struct refused_call {
	struct base_call call;
	const char *cost;	/* NULL: it is the profile that refuses it */
};

struct refusals {
	struct refused_file files[256];	/* no directive twice */
	size_t file_count;
	struct refused_call *calls;
	size_t call_count;
	uint64_t lacked;	/* capabilities, as bits */
};

/* What is the same for all sessions of one `jail learn`. */
struct training {
	const struct cli_common *common;
	const char *program;	/* profile name */
	const char *command;	/* the program, as it is typed */
	const char *profile;	/* --profile, or NULL */
	bool sandbox, suggest;
	const struct enforce_plan *plan;	/* of a process that runs, or
						 * without a sandbox: empty */
	struct refusals refusals;
	bool has_caps;		/* one of the processes that run already */
	struct learn_options learn;	/* but for what is known */
	struct db *db;
	char *notices[16];	/* what was said once; owned */
};

struct session {
	struct training *training;
	struct profiles_known known;	/* before it */
	int64_t id;		/* 0: not begun */
	char uid[9];
	int64_t elapsed;	/* microseconds */
	bool incomplete;	/* there was a notice */
	struct learn_result result;
	/* For session.c alone. */
	struct live live;
	char warned[512];	/* what was said of the store */
};

/* Runs and stores. Returns 0, or the exit status of a failure that was
 * printed. */
int session_run(struct session *session, struct training *training);
void session_free(struct session *session);
/* Whether what is known passes uncounted in this training. */
bool session_passes(const struct training *training);

/* Prints what the user has to know at once; the same only once. */
void notice_print(struct training *training, enum learn_notice notice,
		  const char *who);
void notice_free(struct training *training);
/* "jail enforce ..., then jail add ...": how to learn what tracing cannot.
 * Returns OUT. */
char *notice_remedy(char *out, size_t size, const struct training *training);

/* ---- what was refused ------------------------------------------------- */

/* A file, as soon as it is known; not one that the plan has no part in. */
void refusals_take_file(struct training *training,
			const struct learn_refusal *refusal);
/* The calls that sessions of the profile have learned, at the end. */
int refusals_take_calls(struct training *training, struct error *err);
void refusals_print(const struct training *training);
void refusals_json(const struct training *training, json_t *object);
void refusals_free(struct refusals *refusals);

/* ---- repeating -------------------------------------------------------- */

/* The descriptors that jail was started with. learn_run() leaves them to the
 * program, and the next run needs them again. */
struct inherited;
/* NULL without memory. */
struct inherited *inherited_keep(void);
void inherited_restore(const struct inherited *inherited);
void inherited_free(struct inherited *inherited);	/* takes NULL */

/* ---- the end ---------------------------------------------------------- */

/* Zero-initialised is empty; sessions add up. */
struct totals {
	char (*uids)[9];
	size_t sessions;
	int64_t elapsed;
	uint64_t total;		/* calls seen */
	size_t known;		/* calls that were known before the first */
	size_t listed;		/* calls on the whitelist after the last */
	enum learn_limit limited;	/* of the last that a limit ended */
	bool interrupted, incomplete, lost;
	struct profiles_observation *rows;	/* by call */
	size_t row_count;
	/* Known calls that passed uncounted in one session at least, calls that
	 * were new, and those that a decision keeps off the whitelist. */
	struct profiles_set uncounted, new, dropped;
	char *losers[64];	/* the first that lost their privileges */
	size_t loser_count;
	bool more_losers;
};

/* Adds what the store has of SESSION; *FRESH is how many calls it brought. */
int totals_add(struct totals *totals, const struct session *session,
	       size_t *fresh, struct error *err);
void totals_free(struct totals *totals);
/* Which limit ended a session, as a sentence. Returns OUT. */
const char *summary_limit(char *out, size_t size,
			  const struct training *training,
			  enum learn_limit limit);
/* A table on stderr, or a JSON object on stdout. */
int summary_print(const struct totals *totals, const struct training *training,
		  struct error *err);
int summary_json(const struct totals *totals,
		 const struct training *training, struct error *err);

#endif
