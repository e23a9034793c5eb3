/* SPDX-License-Identifier: MIT */
/* A daemon: outlives the first process, in a session of its own, and starts
 * others. */
#include "tests/progs/trap.h"

int main(void)
{
	int ends[2];
	char byte;
	pid_t pid;

	NEED(getpgid);
	NEED(getsid);
	CHECK(!pipe(ends));
	pid = fork();
	if (pid) {
		CHECK(ended(pid) == 0);
		return 3;
	}
	setsid();
	if (fork())
		_exit(0);
	/* The end of the pipe: the first process is no more. */
	close(ends[1]);
	if (read(ends[0], &byte, 1) != 0)
		_exit(1);
	HIT(getpgid);
	if (!fork()) {
		for (int i = 0; i < 200; i++)
			usleep(1000);
		HIT(getsid);
	}
	_exit(0);
}
