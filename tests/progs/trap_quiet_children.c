/* SPDX-License-Identifier: MIT */
/*
 * Children from before the quiet: one asleep all along, one that is as dull as
 * its parent, one that computes, and one with a child of its own. They make new
 * calls after it.
 */
#include <sys/mman.h>

#include "tests/progs/trap_quiet.h"

enum { SLEEPS, CALLS, COMPUTES, HAS_CHILD, KINDS };

static volatile int *over;
static int ends[2];

static void child(int kind)
{
	char byte;
	pid_t pid;

	if (kind == SLEEPS)
		CHECK(call(SYS_read, ends[0], &byte, 1) == 1);
	while (kind == CALLS && !*over)
		dull(100);
	while (kind == COMPUTES && !*over)
		;
	if (kind == HAS_CHILD) {
		pid = fork();
		if (!pid) {
			CHECK(call(SYS_read, ends[0], &byte, 1) == 1);
			FRESH_HIT(KINDS);
			_exit(9);
		}
		CHECK(ended(pid) == 9);
	}
	FRESH_HIT(kind);
	_exit(kind + 1);
}

int main(void)
{
	pid_t pids[KINDS];

	fresh_need(0, KINDS + 2);
	over = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(!pipe(ends));
	for (int i = 0; i < KINDS; i++) {
		pids[i] = fork();
		if (!pids[i])
			child(i);
	}
	CHECK(sleeps_in(pids[SLEEPS], pids[SLEEPS], SYS_read));
	CHECK(sleeps_in(pids[HAS_CHILD], pids[HAS_CHILD], SYS_wait4));
	dull(DULL);
	*over = 1;
	tell(ends[1]);
	tell(ends[1]);
	for (int i = 0; i < KINDS; i++)
		CHECK(ended(pids[i]) == i + 1);
	FRESH_HIT(KINDS + 1);
	return 0;
}
