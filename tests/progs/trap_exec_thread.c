/* SPDX-License-Identifier: MIT */
/*
 * A thread that is not the leader executes another image: it gets the leader's
 * id, the others vanish in the calls that they sleep in.
 */
#include <pthread.h>
#include <sys/select.h>

#include "tests/progs/trap.h"

static volatile pid_t sleeper_tid;
static char leader[16];

static void *sleeper(void *arg)
{
	sigset_t none;

	sigemptyset(&none);
	sleeper_tid = (pid_t)syscall(SYS_gettid);
	call6(SYS_rt_sigtimedwait, (long)&none, 0, 0, 8, 0, 0);
	return arg;
}

static void *executer(void *arg)
{
	char *argv[] = { "again", leader, NULL };

	while (!sleeper_tid)
		sched_yield();
	CHECK(sleeps_in(getpid(), sleeper_tid, SYS_rt_sigtimedwait));
	CHECK(sleeps_in(getpid(), getpid(), SYS_pause));
	HIT(getsid);
	execv("/proc/self/exe", argv);
	CHECK(false);
	return arg;
}

static int after(char *expected)
{
	pid_t pid;

	CHECK(atoi(expected) == getpid());
	CHECK(getpid() == syscall(SYS_gettid));
	HIT(getpgid);
	pid = fork();
	if (!pid) {
		HIT(sched_getparam);
		_exit(3);
	}
	return ended(pid);
}

int main(int argc, char **argv)
{
	pthread_t thread;

	if (argc > 1)
		return after(argv[1]);
	NEED(rt_sigtimedwait);
	NEED(pause);
	NEED(execve);
	NEED(getsid);
	NEED(getpgid);
	NEED(sched_getparam);
	snprintf(leader, sizeof(leader), "%d", getpid());
	CHECK(!pthread_create(&thread, NULL, sleeper, NULL));
	CHECK(!pthread_create(&thread, NULL, executer, NULL));
	for (;;)
		call(SYS_pause, 0, 0, 0);
}
