/* SPDX-License-Identifier: MIT */
/*
 * Calls that wait, interrupted by a timer all through the quiet: EINTR comes if
 * and only if a handler ran, and not at all where SA_RESTART says so.
 */
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <time.h>

#include "tests/progs/trap_quiet.h"

enum { ROUNDS = 40 };

static volatile sig_atomic_t ticks;
static volatile int over;
static int ends[2], epoll;

static void on_alarm(int signal)
{
	(void)signal;
	ticks++;
}

static long in_read(void)
{
	char byte;

	return call(SYS_read, ends[0], &byte, 1);
}

static long in_poll(void)
{
	struct pollfd in = { .fd = ends[0], .events = POLLIN };

	return call(SYS_poll, &in, 1, 1000000);
}

static long in_epoll(void)
{
	struct epoll_event event;

	return call6(SYS_epoll_wait, epoll, (long)&event, 1, -1, 0, 0);
}

static long in_nanosleep(void)
{
	struct timespec time = { .tv_sec = 1000 }, rest = { 0 };
	long result = call(SYS_nanosleep, &time, &rest, 0);

	CHECK(rest.tv_sec > 900 && rest.tv_sec <= 1000);
	return result;
}

static long in_futex(void)
{
	uint32_t word = 0;

	return call6(SYS_futex, (long)&word, FUTEX_WAIT, 0, 0, 0, 0);
}

static long in_sigsuspend(void)
{
	sigset_t none;

	sigemptyset(&none);
	return call6(SYS_rt_sigsuspend, (long)&none, 8, 0, 0, 0, 0);
}

static long (*const waits[])(void) = { in_poll, in_epoll, in_nanosleep,
				       in_sigsuspend, in_read, in_futex };

enum { WAITS = sizeof(waits) / sizeof(waits[0]), ALWAYS_EINTR = 4 };

static void *dull_thread(void *arg)
{
	sigset_t set;

	sigfillset(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	while (!over)
		dull(100);
	return arg;
}

static void wait_often(int flags, int kinds)
{
	struct sigaction action = { .sa_handler = on_alarm, .sa_flags = flags };

	CHECK(!sigaction(SIGALRM, &action, NULL));
	for (int i = 0; i < ROUNDS * kinds; i++) {
		int before = ticks;
		long result = waits[i % kinds]();

		if (result != -EINTR || ticks == before)
			SAY("FAIL wait %d returned %ld after %d signals\n",
			    i % kinds, result, ticks - before);
	}
}

/* The byte comes from a child that sleeps for some ticks before it writes. */
static void restarted(void)
{
	struct timespec some = { .tv_nsec = 5000000 };
	pid_t pid = fork();

	if (!pid) {
		for (int i = 0; i < ROUNDS; i++) {
			nanosleep(&some, NULL);
			tell(ends[1]);
		}
		_exit(3);
	}
	for (int i = 0; i < ROUNDS; i++)
		CHECK(in_read() == 1);
	CHECK(ended(pid) == 3);
}

int main(void)
{
	struct itimerval often = { { 0, 1000 }, { 0, 1000 } }, never = { 0 };
	struct epoll_event event = { .events = EPOLLIN };
	pthread_t thread;

	fresh_need(0, 1);
	CHECK(!pipe(ends));
	epoll = epoll_create1(0);
	CHECK(!epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event));
	signal(SIGALRM, on_alarm);
	CHECK(!pthread_create(&thread, NULL, dull_thread, NULL));
	CHECK(!setitimer(ITIMER_REAL, &often, NULL));
	wait_often(0, WAITS);
	wait_often(SA_RESTART, ALWAYS_EINTR);
	restarted();
	CHECK(!setitimer(ITIMER_REAL, &never, NULL));
	over = 1;
	CHECK(!pthread_join(thread, NULL));
	FRESH_HIT(0);
	return 0;
}
