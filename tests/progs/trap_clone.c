/* SPDX-License-Identifier: MIT */
/* clone(2) in its other forms: no exit signal, the parent's parent, all shared,
 * and posix_spawn(3). */
#include <spawn.h>

#include "tests/progs/trap.h"

extern char **environ;

static int shared(void *arg)
{
	HIT(getsid);
	*(volatile int *)arg = 1;
	return 7;
}

static void sibling(void)
{
	int ends[2], got = 0;
	pid_t pid;

	CHECK(!pipe(ends));
	pid = fork();
	if (!pid) {
		long child = call(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0);

		if (!child) {
			HIT(sched_getparam);
			_exit(8);
		}
		CHECK(write(ends[1], &child, sizeof(int)) == sizeof(int));
		_exit(9);
	}
	CHECK(ended(pid) == 9);
	CHECK(read(ends[0], &got, sizeof(got)) == sizeof(got));
	CHECK(ended(got) == 8);
}

int main(int argc, char **argv)
{
	static char stack[65536] __attribute__((aligned(16)));
	char *again[] = { argv[0], "spawned", NULL };
	volatile int done = 0;
	pid_t pid;

	if (argc > 1) {
		HIT(sched_getscheduler);
		return 10;
	}
	NEED(getpgid);
	NEED(getsid);
	NEED(sched_getparam);
	NEED(sched_getscheduler);
	pid = (pid_t)call(SYS_clone, 0, 0, 0);
	if (!pid) {
		HIT(getpgid);
		_exit(6);
	}
	CHECK(waitpid(pid, NULL, 0) < 0 && errno == ECHILD);
	CHECK(ended(pid) == 6);
	pid = clone(shared, stack + sizeof(stack),
		    CLONE_VM | CLONE_FILES | CLONE_FS | SIGCHLD, (void *)&done);
	CHECK(ended(pid) == 7);
	CHECK(done == 1);
	sibling();
	CHECK(!posix_spawn(&pid, "/proc/self/exe", NULL, NULL, again, environ));
	CHECK(ended(pid) == 10);
	return 0;
}
