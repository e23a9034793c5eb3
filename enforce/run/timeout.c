/* SPDX-License-Identifier: MIT */
/*
 * timeout: a program that has run for long enough is asked to end, and ended
 * five seconds later. Whoever waits for the program asks here how long to wait
 * and which signal is due; nothing here sleeps or sends.
 *
 * Who waits stops with the program, for the shell to see, and a program must
 * not gain time by stopping itself: a timer continues him.
 */
#include <signal.h>
#include <time.h>

#include "enforce/run/run.h"

#define GRACE INT64_C(5000000)

static struct timespec timespec_of(int64_t microseconds)
{
	return (struct timespec){
		.tv_sec = microseconds / 1000000,
		.tv_nsec = microseconds % 1000000 * 1000,
	};
}

int timeout_begin(struct timeout *timeout, int64_t microseconds,
		  struct error *err)
{
	struct sigevent event = {
		.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGCONT,
	};
	const struct itimerspec times = {
		.it_value = timespec_of(microseconds),
		.it_interval = {.tv_sec = 1},
	};

	timeout->due = microseconds ? base_now_monotonic() + microseconds : 0;
	timeout->signal = SIGTERM;
	if (!microseconds)
		return 0;
	if (timer_create(CLOCK_MONOTONIC, &event, &timeout->timer) < 0)
		return base_error(err, errno, "cannot make a timer for "
				  "'timeout': %m");
	timeout->running = true;
	if (timer_settime(timeout->timer, 0, &times, NULL) < 0)
		return base_error(err, errno, "cannot set a timer for "
				  "'timeout': %m");
	return 0;
}

void timeout_end(struct timeout *timeout)
{
	if (timeout->running)
		timer_delete(timeout->timer);
	timeout->running = false;
}

int timeout_wait(const struct timeout *timeout)
{
	int64_t left = timeout->due - base_now_monotonic();

	if (!timeout->due)
		return -1;
	if (left <= 0)
		return 0;
	left = (left + 999) / 1000;
	return left > INT32_MAX ? INT32_MAX : (int)left;
}

int timeout_signal(struct timeout *timeout)
{
	int due = timeout->signal;

	if (timeout_wait(timeout) != 0)
		return 0;
	timeout->signal = SIGKILL;
	timeout->due = due == SIGKILL ? 0 : base_now_monotonic() + GRACE;
	return due;
}
