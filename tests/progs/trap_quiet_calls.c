/* SPDX-License-Identifier: MIT */
/*
 * New calls after a long quiet: by the same thread, and by children of all
 * kinds that are born after it.
 */
#include <spawn.h>

#include "tests/progs/trap_quiet.h"

static int cloned(void *arg)
{
	(void)arg;
	FRESH_HIT(4);
	call(SYS_exit, 6, 0, 0);
	return 0;
}

/* A new image that begins with a new call. */
static int again(void)
{
	FRESH_HIT(5);
	dull(DULL / 4);
	FRESH_HIT(6);
	return 7;
}

int main(int argc, char **argv)
{
	static char stack[65536] __attribute__((aligned(16)));
	char *args[] = { argv[0], "again", NULL }, *none[] = { NULL };
	pid_t pid;

	if (argc > 1)
		return again();
	fresh_need(0, 7);
	dull(DULL);
	FRESH_HIT(0);
	dull(DULL / 4);
	pid = fork();
	if (!pid) {
		FRESH_HIT(1);
		dull(10);
		pid = fork();
		if (!pid) {
			FRESH_HIT(2);
			_exit(3);
		}
		_exit(ended(pid) + 1);
	}
	CHECK(ended(pid) == 4);
	pid = vfork();
	if (!pid) {
		call(FRESH + 3, 0, 0, 0);
		_exit(5);
	}
	CHECK(ended(pid) == 5);
	pid = clone(cloned, stack + sizeof(stack), SIGCHLD, NULL);
	CHECK(ended(pid) == 6);
	CHECK(!posix_spawn(&pid, "/proc/self/exe", NULL, NULL, args, none));
	CHECK(ended(pid) == 7);
	return 0;
}
