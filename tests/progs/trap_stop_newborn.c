/* SPDX-License-Identifier: MIT */
/*
 * A child that is stopped, continued or killed in the moment of its birth,
 * while the tracer is being told of it; and one that is killed while stopped.
 */
#include "tests/progs/trap.h"

static void stopped(pid_t pid)
{
	int status;

	CHECK(waitpid(pid, &status, WUNTRACED) == pid);
	CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
}

static pid_t newborn(void)
{
	pid_t pid = fork();

	if (!pid)
		for (HIT(getpgid);;)
			pause();
	return pid;
}

int main(void)
{
	NEED(getpgid);
	NEED(getsid);
	for (int i = 0; i < 40; i++) {
		pid_t pid = newborn();

		kill(pid, SIGSTOP);
		stopped(pid);
		kill(pid, SIGCONT);
		CHECK(sleeps_in(pid, pid, SYS_pause));
		kill(pid, SIGTERM);
		CHECK(ended(pid) == -SIGTERM);
	}
	for (int i = 0; i < 40; i++) {
		pid_t pid = newborn();

		kill(pid, i & 1 ? SIGKILL : SIGTERM);
		CHECK(ended(pid) == (i & 1 ? -SIGKILL : -SIGTERM));
	}
	for (int i = 0; i < 20; i++) {
		pid_t pid = newborn();

		kill(pid, SIGSTOP);
		stopped(pid);
		kill(pid, SIGKILL);
		CHECK(ended(pid) == -SIGKILL);
	}
	for (int i = 0; i < 20; i++) {
		pid_t pid = fork();

		if (!pid) {
			raise(SIGSTOP);
			HIT(getsid);
			_exit(3);
		}
		stopped(pid);
		kill(pid, SIGCONT);
		CHECK(ended(pid) == 3);
	}
	return 0;
}
