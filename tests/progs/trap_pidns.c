/* SPDX-License-Identifier: MIT */
/* A process id namespace: ids inside are not those that the tracer uses. */
#include "tests/progs/trap.h"

static void init(void)
{
	pid_t pid;

	CHECK(getpid() == 1);
	HIT(getpgid);
	pid = fork();
	if (!pid) {
		CHECK(getpid() == 2);
		HIT(getsid);
		_exit(3);
	}
	CHECK(ended(pid) == 3);
	/* Killed by the end of its init. */
	if (!fork())
		for (;;)
			pause();
	_exit(4);
}

int main(void)
{
	pid_t pid;

	NEED(unshare);
	if (unshare(CLONE_NEWPID) && unshare(CLONE_NEWUSER | CLONE_NEWPID)) {
		SAY("SKIP no process id namespace for this user\n");
		return 0;
	}
	NEED(getpgid);
	NEED(getsid);
	pid = fork();
	if (!pid)
		init();
	CHECK(ended(pid) == 4);
	return 0;
}
