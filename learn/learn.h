/* SPDX-License-Identifier: MIT */
/*
 * learn: runs a program and reports every system call that it and its
 * descendants make. The only room that includes <sys/ptrace.h>.
 *
 *   jail (front end) ── fork ──> target     its real parent: sees what a shell
 *        │  ^                      ^         would see (base_front)
 *        │  └── observations ── tracer ──> ptrace, alone in its own session
 *        └──> sink: the store, the live line
 *
 * The target gets a seccomp filter that answers every call with RET_TRACE: one
 * stop a call (man 2 seccomp, man 2 ptrace). Of a call's first occurrences, and
 * of calls that have failed, the return is watched as well, for the errors.
 */
#ifndef JAIL_LEARN_H
#define JAIL_LEARN_H

#include "profiles/profiles.h"

struct learn_options {
	const char *path;	/* what to execute, from base_find_program */
	char *const *argv;
	bool full;		/* watch every return: exact errors */
	/* Runs in the target just before its filter and exec: privileges. */
	int (*prepare)(void *data, struct error *err);
	void *prepare_data;
	bool keep_stdout;	/* the caller prints there at the end: else it
				 * is /dev/null from here on, as stdin is */
};

struct learn_progress {
	uint64_t processes;	/* that are traced now */
	uint64_t total;		/* system calls so far */
	bool lost;		/* more different calls than are kept */
};

/* Called in the front end, never while the target is held up. */
struct learn_sink {
	/* At most half a second after they were observed. A failure is kept
	 * and the same totals are offered again with the next batch. */
	int (*batch)(void *data, const struct profiles_batch *batch,
		     struct error *err);
	/* Twice a second. */
	void (*tick)(void *data, const struct learn_progress *progress);
	void *data;
};

struct learn_result {
	bool started;		/* the exec succeeded */
	bool exec_failed;	/* the exec itself failed: 126 */
	int status;		/* of the program, as from wait(2) */
	struct learn_progress last;
};

/* Returns when the program and all its descendants have ended. Negative if the
 * target never started (result->exec_failed: by its own fault), if the last
 * batch could not be stored, or if the tracer was ended. */
int learn_run(const struct learn_options *options,
	      const struct learn_sink *sink, struct learn_result *result,
	      struct error *err);

/* The build-id of an ELF file in hexadecimal, new memory; -ENOENT if it has
 * none. Bounded and hostile: never trusts the file. */
int learn_build_id(const char *path, char **hex, struct error *err);

#endif
