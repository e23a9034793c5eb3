/* SPDX-License-Identifier: MIT */
/* What `jail learn` shows of a session: while it runs, and at its end. */
#ifndef JAIL_CLI_SESSION_H
#define JAIL_CLI_SESSION_H

#include "cli/cli.h"
#include "learn/learn.h"

/* ---- the live line ---------------------------------------------------- */

/* `00:42  3 processes  96 calls, 2 new in the last 10 s`, on a terminal. */
struct live {
	bool shown;		/* a line is there, to be overwritten */
	int64_t started;	/* microseconds, monotonic */
	struct profiles_set seen;	/* calls of this session */
	int64_t recent[64];	/* when the last ones were new, a ring */
	size_t recent_at;
};

void live_start(struct live *live);
void live_note(struct live *live, const struct profiles_batch *batch);
void live_show(struct live *live, const struct learn_progress *progress);
void live_erase(struct live *live);	/* until it is shown again */
void live_end(struct live *live);	/* erases the line, frees */

/* ---- the end ---------------------------------------------------------- */

struct summary {
	const struct cli_common *common;
	const char *program;	/* profile name */
	const char *command;	/* the program as the user typed it */
	const char *uid;	/* of the session */
	int64_t session;
	int64_t elapsed;	/* microseconds */
	const struct learn_result *result;
};

/* A table on stderr, or a JSON object on stdout. */
int summary_print(struct db *db, const struct summary *summary,
		  struct error *err);
int summary_json(struct db *db, const struct summary *summary,
		 struct error *err);

#endif
