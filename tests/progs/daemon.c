/* SPDX-License-Identifier: MIT */
/*
 * A program to attach to: three threads that sleep, each in another call, and a
 * main thread that waits for signals. SIGUSR1 wakes everybody once: each makes
 * a rare call, a new thread and a child are made, which make others, and then
 * "woken" is printed. SIGTERM ends it, and says how often a call of the threads
 * was interrupted, which none should have been.
 */
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "tests/progs/trap.h"

static int events[3];
static int done;
static volatile int interrupted;

static void count_interrupted(long result)
{
	if (result == -EINTR)
		__atomic_fetch_add(&interrupted, 1, __ATOMIC_SEQ_CST);
}

static void say_done(void)
{
	uint64_t one = 1;

	CHECK(write(done, &one, 8) == 8);
}

static void *reads(void *unused)
{
	uint64_t value;

	for (;;) {
		count_interrupted(call(SYS_read, events[0], &value, 8));
		HIT(getpgid);
		say_done();
	}
	return unused;
}

static void *polls(void *unused)
{
	struct epoll_event event = { .events = EPOLLIN };
	int fd = epoll_create1(EPOLL_CLOEXEC);
	uint64_t value;
	long got;

	CHECK(!epoll_ctl(fd, EPOLL_CTL_ADD, events[1], &event));
	for (;;) {
		got = call6(SYS_epoll_wait, fd, (long)&event, 1, -1, 0, 0);
		count_interrupted(got);
		if (got != 1)
			continue;
		CHECK(read(events[1], &value, 8) == 8);
		HIT(getsid);
		say_done();
	}
	return unused;
}

static void *waits(void *unused)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	for (;;) {
		long got = call6(SYS_rt_sigtimedwait, (long)&set, 0, 0, 8, 0,
				 0);

		count_interrupted(got);
		if (got != SIGUSR2)
			continue;
		HIT(sched_getscheduler);
		say_done();
	}
	return unused;
}

static void *born_late(void *unused)
{
	HIT(sched_getparam);
	return unused;
}

static void wake(pthread_t waiting)
{
	uint64_t one = 1, value;
	pthread_t late;
	pid_t child;

	CHECK(write(events[0], &one, 8) == 8);
	CHECK(write(events[1], &one, 8) == 8);
	CHECK(!pthread_kill(waiting, SIGUSR2));
	for (int i = 0; i < 3; i++)
		CHECK(read(done, &value, 8) == 8);
	CHECK(!pthread_create(&late, NULL, born_late, NULL));
	CHECK(!pthread_join(late, NULL));
	child = fork();
	if (!child) {
		HIT(sched_rr_get_interval);
		_exit(0);
	}
	CHECK(ended(child) == 0);
	SAY("woken\n");
}

int main(void)
{
	pthread_t threads[3];
	sigset_t set;
	int signal;

	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	done = eventfd(0, EFD_SEMAPHORE);
	events[0] = eventfd(0, 0);
	events[1] = eventfd(0, 0);
	CHECK(!pthread_create(&threads[0], NULL, reads, NULL));
	CHECK(!pthread_create(&threads[1], NULL, polls, NULL));
	CHECK(!pthread_create(&threads[2], NULL, waits, NULL));
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGTERM);
	SAY("ready\n");
	while (!sigwait(&set, &signal) && signal == SIGUSR1)
		wake(threads[2]);
	SAY("interrupted %d\n", interrupted);
	return 0;
}
