/* SPDX-License-Identifier: MIT */
/* A vfork child calls on its parent's stack, while the parent waits. */
#include "tests/progs/trap.h"

int main(void)
{
	static char *argv[] = { "true", NULL };
	volatile int shared = 0;
	pid_t pid;

	NEED(getpgid);
	NEED(getsid);
	NEED(sched_getparam);
	pid = vfork();
	if (!pid) {
		HIT(getpgid);
		shared = 1;
		_exit(4);
	}
	CHECK(shared == 1);
	CHECK(ended(pid) == 4);
	/* The child's exec fails, and it goes on. */
	pid = vfork();
	if (!pid) {
		call(SYS_execve, "/nonexistent/program", argv, 0);
		HIT(getsid);
		_exit(5);
	}
	CHECK(ended(pid) == 5);
	pid = vfork();
	if (!pid) {
		HIT(sched_getparam);
		call(SYS_kill, getpid(), SIGKILL, 0);
	}
	CHECK(ended(pid) == -SIGKILL);
	pid = vfork();
	if (!pid) {
		execv("/bin/true", argv);
		_exit(6);
	}
	CHECK(ended(pid) == 0);
	return 0;
}
