/* SPDX-License-Identifier: MIT */
/*
 * What the programs trap_quiet_* share. A tracer that lets pass what it knows
 * does so from some moment on: when a program has brought nothing new for a
 * while. So each of these is dull for long, and then, or all the time, looks
 * whether it can tell, and makes calls that are new.
 */
#ifndef JAIL_TESTS_TRAP_QUIET_H
#define JAIL_TESTS_TRAP_QUIET_H

#include <sched.h>

#include "tests/progs/trap.h"

/* So many calls bring nothing new: far more than a tracer waits for. */
enum { DULL = 20000 };

/* Numbers that no kernel has: new calls, as many as it takes. */
enum { FRESH = 700 };
#define FRESH_NEED(n) SAY("x86_64 %d %d\n", FRESH + (n), FRESH + (n))
#define FRESH_HIT(n) \
	CHECK(call(FRESH + (n), 0, 0, 0) == -ENOSYS)

/* Counted by nobody but the kernel: known from its first call on. */
static inline void dull(int calls)
{
	for (int i = 0; i < calls; i++)
		call(SYS_getppid, 0, 0, 0);
}

static inline void await(const volatile int *flag)
{
	while (!*flag)
		sched_yield();
}

/* One after the other, each of which ends with its number + 1. */
static inline void each_child(int count, void (*child)(int n))
{
	for (int i = 0; i < count; i++) {
		pid_t pid = fork();

		if (!pid)
			child(i);
		CHECK(ended(pid) == i + 1);
	}
}

/* As many lines of the calls that are made later by threads or children: the
 * order in which they come must not be seen. */
static inline void fresh_need(int first, int count)
{
	for (int i = 0; i < count; i++)
		FRESH_NEED(first + i);
}

#endif
