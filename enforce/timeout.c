/* SPDX-License-Identifier: MIT */
/*
 * timeout: a program that has run for long enough is asked to end, and ended
 * five seconds later. Whoever waits for the program asks here how long to wait
 * and which signal is due; nothing here sleeps or sends.
 */
#include <signal.h>

#include "enforce/private.h"

#define GRACE INT64_C(5000000)

void timeout_begin(struct timeout *timeout, int64_t microseconds)
{
	timeout->due = microseconds ? base_now_monotonic() + microseconds : 0;
	timeout->signal = SIGTERM;
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
