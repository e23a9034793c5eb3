/* SPDX-License-Identifier: MIT */
/*
 * Waiting for stops, at a cost that does not grow with the number of tasks.
 *
 * waitpid(-1) looks at every tracee each time (kernel/exit.c, ptrace_do_wait):
 * nothing for a few, 20 us a stop for 1,000. waitpid(TID) looks at one. So with
 * many tasks SIGCHLD says whom to ask: but of several that stop while one
 * SIGCHLD is pending only the first is named. All are asked again when as long
 * passed without a signal as the asking takes, and after so many stops that it
 * costs little a stop; a task is never forgotten, and late by microseconds.
 *
 * With few tasks the next stop is often only microseconds away, and going to
 * sleep for it costs more than that, most of all on a virtual machine. So the
 * tracer looks a few times before it sleeps, as long as that keeps succeeding:
 * where the task needs the very CPU on which we look, or does not stop at all,
 * it hardly ever does.
 */
#ifndef JAIL_LEARN_WAIT_H
#define JAIL_LEARN_WAIT_H

#include "base/base.h"

struct stop {
	pid_t tid;
	int status;
};

struct waiter {
	bool by_signal;		/* many tasks: SIGCHLD says whom to ask */
	bool certain;		/* all were asked, and no signal since */
	size_t taken;		/* stops since all were asked */
	unsigned misses;	/* looks in a row that found nothing */
	unsigned skip;		/* waits to come without a look */
};

/* Blocks SIGCHLD; the caller is the tracer and has no other children. */
void wait_init(struct waiter *waiter);
/*
 * Waits for a stop and takes those that are there already, at most MOST, so
 * that a task that stops often cannot keep others waiting. TASKS is how many
 * there are. Returns their number, 0 after another signal's handler, -ECHILD
 * when no tracee is left.
 */
int wait_for_stops(struct waiter *waiter, size_t tasks, struct stop *stops,
		   int most);

#endif
