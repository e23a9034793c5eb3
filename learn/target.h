/* SPDX-License-Identifier: MIT */
/*
 * The target before its exec, and how tracer and target meet.
 *
 *   tracer                           target
 *   sends its pid  ───────────────>  lets this pid trace it (Yama)
 *                  <───────────────  one byte
 *   PTRACE_SEIZE
 *   one byte       ───────────────>  lets nobody else; privileges, filter,
 *                                    execve
 *
 * In another PID namespace the tracer has no number: there all of the same user
 * may trace the target in the moment between.
 *
 * Either end closing early means that there is nothing to go on with.
 */
#ifndef JAIL_LEARN_TARGET_H
#define JAIL_LEARN_TARGET_H

#include "learn/learn.h"
#include "learn/program.h"

/* The tracer's side; negative if the target is gone. */
int target_meet(int socket);	/* before PTRACE_SEIZE */
int target_release(int socket);	/* after it */

struct target_failure {
	struct error error;
	bool exec_failed;
};

/* The child's side: installs FILTER and executes, or writes a target_failure to
 * STATUS_FD. */
_Noreturn void target_main(const struct learn_options *options,
			   const struct program *filter, int socket,
			   int status_fd);

#endif
