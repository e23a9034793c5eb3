/* SPDX-License-Identifier: MIT */
/*
 * Calls that never return: exit and exit_group, and those in which a process or
 * a thread is killed. A tracer that counts returns misses them.
 */
#include <pthread.h>
#include <sys/ipc.h>
#include <sys/msg.h>

#include "tests/progs/trap.h"

static int queue;
static volatile pid_t sleeper_tid;

static void *sleeper(void *arg)
{
	sigset_t all;

	sigfillset(&all);
	sleeper_tid = (pid_t)syscall(SYS_gettid);
	call6(SYS_rt_sigsuspend, (long)&all, 8, 0, 0, 0, 0);
	return arg;
}

static void killed(void)
{
	struct {
		long type;
		char text[8];
	} message;
	pid_t pid = fork();

	if (!pid)
		call6(SYS_msgrcv, queue, (long)&message, 8, 0, 0, 0);
	CHECK(sleeps_in(pid, pid, SYS_msgrcv));
	kill(pid, SIGKILL);
	CHECK(ended(pid) == -SIGKILL);
}

/* exit_group ends a thread that sleeps in its call. */
static void with_thread(void)
{
	pthread_t thread;
	pid_t pid = fork();

	if (!pid) {
		CHECK(!pthread_create(&thread, NULL, sleeper, NULL));
		while (!sleeper_tid)
			sched_yield();
		CHECK(sleeps_in(getpid(), sleeper_tid, SYS_rt_sigsuspend));
		call(SYS_exit_group, 5, 0, 0);
	}
	CHECK(ended(pid) == 5);
}

int main(void)
{
	pid_t pid;

	queue = msgget(IPC_PRIVATE, 0600);
	NEED(exit);
	NEED(exit_group);
	NEED(msgrcv);
	NEED(rt_sigsuspend);
	NEED(kill);
	pid = fork();
	if (!pid)
		call(SYS_exit, 4, 0, 0);
	CHECK(ended(pid) == 4);
	pid = fork();
	if (!pid)
		call(SYS_kill, call(SYS_getpid, 0, 0, 0), SIGKILL, 0);
	CHECK(ended(pid) == -SIGKILL);
	killed();
	with_thread();
	msgctl(queue, IPC_RMID, NULL);
	return 0;
}
