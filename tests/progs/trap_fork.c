/* SPDX-License-Identifier: MIT */
/* Children of children, the last of which makes the call. */
#include "tests/progs/trap.h"

static void generation(int n)
{
	pid_t pid;

	if (n == 0) {
		HIT(getpgid);
		return;
	}
	pid = fork();
	if (!pid) {
		generation(n - 1);
		_exit(n);
	}
	CHECK(ended(pid) == n);
}

int main(void)
{
	pid_t pid, parent = getpid();

	NEED(getpgid);
	NEED(getsid);
	generation(5);
	/* Its parent has ended when it makes its call. */
	pid = fork();
	if (!pid) {
		if (fork())
			_exit(0);
		while (getppid() == parent)
			sched_yield();
		HIT(getsid);
		_exit(0);
	}
	CHECK(ended(pid) == 0);
	return 0;
}
