/* SPDX-License-Identifier: MIT */
/*
 * jail monitor: what happens in the sandboxes, a line each. For cli/ alone.
 *
 *   monitor.c          the command: options, the loop, beginning and end
 *   monitor-lines.c    what happened -> a line or an object
 *   monitor-out.c      what is to be printed, until standard output takes it
 *   monitor-denials.c  the stores of the sandboxes: what was refused
 */
#ifndef JAIL_CLI_MONITOR_H
#define JAIL_CLI_MONITOR_H

#include "cli/cli.h"
#include "cli/store.h"
#include "enforce/enforce.h"

/* ---- monitor-out.c ----------------------------------------------------- */

/* So much may wait; then nothing more is read until standard output has taken
 * some of it. */
#define MONITOR_ENOUGH (64u << 10)

struct monitor_out {
	char *bytes;
	size_t used, room;
	bool failed;		/* there was no memory for some of it */
	int code;		/* negative: standard output takes no more */
};
void monitor_out_add(struct monitor_out *out, const char *text, size_t size);
/* Writes what is taken without being waited for; LAST: and waits a little. */
void monitor_out_flush(struct monitor_out *out, bool last);
void monitor_out_free(struct monitor_out *out);

/* ---- monitor-denials.c ------------------------------------------------- */

struct monitor_store;
struct monitor_denials {
	int changes;		/* inotify(7), to poll; -1 */
	struct monitor_store *stores;
	size_t count;
	int64_t look_at;	/* monotonic; 0: not */
	int64_t rest;		/* no end is waited for until then: monotonic */
	/* MORE: so many repeats; 0: it is the first. */
	void (*tell)(void *data, const char *program,
		     const struct profiles_denial *denial, int64_t id,
		     uint64_t more);
	void *data;
};
void monitor_denials_begin(struct monitor_denials *denials);
void monitor_denials_end(struct monitor_denials *denials);
/* From now on what is refused in this sandbox is told, if its store is the
 * caller's. */
void monitor_denials_add(struct monitor_denials *denials,
			 const struct enforce_running *entry);
/* CHANGED: the descriptor is readable. */
void monitor_denials_look(struct monitor_denials *denials, bool changed);
/* Whether jail killed PID of this sandbox, and at which call. WAIT: a moment
 * for what the supervisor stores. */
bool monitor_denials_of(struct monitor_denials *denials,
			const struct enforce_running *entry, pid_t pid,
			bool wait, struct base_call *call);

/* ---- monitor-lines.c --------------------------------------------------- */

/* KILLED: jail did, at this call; or NULL. New memory with a newline at its
 * end, NULL without. */
char *monitor_line(const struct enforce_news *news,
		   const struct base_call *killed, bool looks);
char *monitor_object(const struct enforce_news *news,
		     const struct base_call *killed);
/* ENTRY: the sandbox; NULL: not known which. */
char *monitor_denial_line(const struct enforce_running *entry,
			  const char *program,
			  const struct profiles_denial *denial, uint64_t more);
char *monitor_denial_object(const struct enforce_running *entry,
			    const char *program,
			    const struct profiles_denial *denial, int64_t id,
			    uint64_t more);

#endif
