/* SPDX-License-Identifier: MIT */
/* A program that traces: it fails under a tracer, but its call is learned, and
 * nobody waits for ever. */
#include <sys/ptrace.h>

#include "tests/progs/trap.h"

int main(void)
{
	pid_t pid, other;

	NEED(ptrace);
	NEED(getpgid);
	pid = fork();
	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		HIT(getpgid);
		_exit(3);
	}
	CHECK(ended(pid) == 3);
	other = fork();
	if (!other)
		for (;;)
			pause();
	ptrace(PTRACE_SEIZE, other, NULL, NULL);
	kill(other, SIGKILL);
	CHECK(ended(other) == -SIGKILL);
	return 0;
}
