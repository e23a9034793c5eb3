/* SPDX-License-Identifier: MIT */
/*
 * learn: runs a program, or follows one that runs, and reports every system
 * call that it and its descendants make. The only room that includes
 * <sys/ptrace.h>.
 *
 *   jail (front end) ── fork ──> target     its real parent: sees what a shell
 *        │  ^                      ^         would see (base_front)
 *        │  └── observations ── tracer ──> ptrace, alone in its own session
 *        └──> sink: the store, the live line
 *
 * What is known costs nothing: a seccomp filter lets known calls pass and
 * answers every other with RET_TRACE, one stop a call (man 2 seccomp, man 2
 * ptrace). In a later session the target installs it before its exec. In a
 * first session the tree is followed by its entry and return stops until it
 * brings nothing new; then the filter is put into the running tasks.
 */
#ifndef JAIL_LEARN_H
#define JAIL_LEARN_H

#include "profiles/profiles.h"

struct learn_options {
	const char *path;	/* what to execute, from base_find_program */
	char *const *argv;
	/* Instead of these two: processes that run already. They are followed
	 * with entry and return stops and left as they were. */
	const pid_t *pids;
	size_t pid_count;
	bool full;		/* watch every call and every return */
	/* Calls that may pass unseen from the start, but for those of them
	 * that are watched; NULL: there are none, this is a first session. Not
	 * with full or pids. */
	const struct profiles_known *known;
	/* Calls that are seen, answered ENOSYS and never made, so that what
	 * the program does instead is learned; NULL: none. Not those of a
	 * process with a filter of its own, which would be asked about no
	 * call (-1). For the first call of what is missing: passes_call(). */
	const struct profiles_set *absent;
	int64_t time_limit;	/* microseconds; 0: none */
	int64_t quiet_limit;	/* the same, without a call that is neither in
				 * known nor was seen before */
	/* Runs in the target just before its filter and exec: privileges. */
	int (*prepare)(void *data, struct error *err);
	void *prepare_data;
	/* Makes the process that becomes the program, and runs MAIN with
	 * MAIN_DATA in it, which never returns: a child of ours with a copy of
	 * our descriptors, that may be in other namespaces. Returns its number
	 * as we see it, or a negative errno. NULL: fork(2). END is called when
	 * all is over, also where the start failed after SPAWN. */
	pid_t (*spawn)(void *data, void (*main)(void *data), void *main_data,
		       struct error *err);
	void (*end)(void *data);
	void *spawn_data;
	bool keep_stdout;	/* the caller prints there at the end: else it
				 * is /dev/null from here on, as stdin is */
};

struct learn_progress {
	uint64_t processes;	/* that are traced now */
	uint64_t total;		/* system calls seen so far */
	int64_t last_new;	/* when the last new call came: microseconds,
				 * monotonic */
	bool lost;		/* more different calls than are kept */
};

/* What a user has to know at once. */
enum learn_notice {
	LEARN_USES_PTRACE,	/* WHO is an executable whose ptrace call
				 * failed, because it or what it wants to trace
				 * is traced by us */
	LEARN_ESCAPED		/* a child of WHO runs unseen */
};

/*
 * A file that a program made by SPAWN was refused; one that it wanted to read
 * only if it is there for us. Only where the return of the call was watched:
 * all of them with full, and in a first session until calls that were seen
 * begin to pass.
 */
struct learn_refusal {
	bool writes;		/* what it wanted: to read, or this */
	bool inside;		/* there is none for us: told for what it
				 * lacked alone */
	int code;		/* EACCES, EPERM, EROFS, ENOENT */
	uint64_t lacked;	/* capabilities, as bits: to root is told which
				 * the kernel asked for in vain */
	char *path;		/* absolute, as the program sees it; its own
				 * choice, and not resolved */
};

/* Called in the front end, never while the target is held up. */
struct learn_sink {
	/* At most half a second after they were observed. A failure is kept
	 * and the same totals are offered again with the next batch. */
	int (*batch)(void *data, const struct profiles_batch *batch,
		     struct error *err);
	/* Twice a second. */
	void (*tick)(void *data, const struct learn_progress *progress);
	/* Each kind once for each executable. WHO is as the target chose it. */
	void (*notice)(void *data, enum learn_notice notice, const char *who);
	/* Each path and code once, at most 256. NULL: nobody asks. */
	void (*refused)(void *data, const struct learn_refusal *refusal);
	/* The same for capabilities, as bits, that calls without a path failed
	 * for. Only to root. */
	void (*lacked)(void *data, uint64_t capabilities);
	void *data;
};

enum learn_limit { LEARN_NO_LIMIT, LEARN_TIME_LIMIT, LEARN_QUIET_LIMIT };

struct learn_result {
	bool started;		/* the exec succeeded, or we are attached */
	bool exec_failed;	/* the exec itself failed: 126 */
	enum learn_limit limited;	/* what ended it, if one did */
	bool interrupted;	/* ended by Ctrl-C and the like, at our side */
	int status;		/* of the program, as from wait(2); pids: 0 */
	struct learn_progress last;
};

/*
 * Returns when the program and all its descendants have ended. Where a limit is
 * reached all of them get SIGTERM, and SIGKILL five seconds later. Processes
 * that ran already are let go instead, and also at SIGINT, SIGTERM and SIGHUP.
 *
 * Negative if the target never started (result->exec_failed: by its own fault),
 * if the last batch could not be stored, or if the tracer was ended.
 */
int learn_run(const struct learn_options *options,
	      const struct learn_sink *sink, struct learn_result *result,
	      struct error *err);

#endif
