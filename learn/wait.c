/* SPDX-License-Identifier: MIT */
/* Waiting for stops. See wait.h. */
#include "learn/wait.h"

#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#define MANY 64		/* tasks, from which on SIGCHLD is worth its cost */
#define FEW 32		/* and below which it no longer is */
#define ASK_ONE 8	/* nanoseconds for one task when all are asked */
#define ASK_SHARE 64	/* tasks to ask for each stop that was taken */
#define LOOKS 30	/* before a sleep, about 5 microseconds */
#define MOST_MISSES 4	/* in a row, and then this many waits without */
#define SKIP 256

static const struct timespec at_once;

/* SA_NOCLDSTOP saves the kernel a signal a stop. */
static void choose(struct waiter *waiter, bool by_signal)
{
	struct sigaction action = {
		.sa_handler = SIG_DFL,
		.sa_flags = by_signal ? 0 : SA_NOCLDSTOP,
	};

	sigaction(SIGCHLD, &action, NULL);
	waiter->by_signal = by_signal;
	waiter->certain = false;
	waiter->taken = 0;
}

void wait_init(struct waiter *waiter)
{
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	/* Timeouts of microseconds, not the usual 50 more. */
	prctl(PR_SET_TIMERSLACK, 1UL);
	choose(waiter, false);
}

/* Asks for any task, from stops[COUNT] on, waiting only for the first if FLAGS
 * say so. Returns the new count, or -ECHILD if there is nobody. */
static int ask_all(struct stop *stops, int count, int most, int flags)
{
	while (count < most) {
		pid_t tid = waitpid(-1, &stops[count].status, flags | __WALL);

		if (tid < 0 && errno == ECHILD && count == 0)
			return -ECHILD;
		if (tid <= 0)
			break;
		stops[count++].tid = tid;
		flags |= WNOHANG;
	}
	return count;
}

/* Waits at most TIMEOUT (NULL: for ever) for a SIGCHLD and asks the task that
 * it names. 1: it stopped; 0: it had been taken before; -EAGAIN, -EINTR. */
static int ask_named(struct stop *stop, const struct timespec *timeout)
{
	siginfo_t info;
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	if (sigtimedwait(&mask, &info, timeout) < 0)
		return -errno;
	stop->tid = waitpid(info.si_pid, &stop->status, __WALL | WNOHANG);
	return stop->tid > 0;
}

static int take_named(struct waiter *waiter, struct stop *stops, int most)
{
	int count = 0, ret;

	while (count < most &&
	       (ret = ask_named(&stops[count], &at_once)) >= 0) {
		waiter->certain = false;
		count += ret;
	}
	return count;
}

static int wait_by_signal(struct waiter *waiter, size_t tasks,
			  struct stop *stops, int most)
{
	struct timespec patience = {.tv_nsec = (long)tasks * ASK_ONE};
	int count = take_named(waiter, stops, most), ret;

	if (patience.tv_nsec > 1000000)
		patience.tv_nsec = 1000000;
	if (count == 0) {
		ret = ask_named(&stops[0],
				waiter->certain ? NULL : &patience);
		if (ret >= 0 || ret == -EINTR) {
			waiter->certain &= ret == -EINTR;
			waiter->taken += ret == 1;
			return ret == 1;
		}
	}
	waiter->taken += (size_t)count;
	if (count > 0 && waiter->taken * ASK_SHARE < tasks)
		return count;
	waiter->taken = 0;
	ret = ask_all(stops, count, most, WNOHANG);
	waiter->certain = ret == 0;
	return ret;
}

/* Takes a stop that is there now or in a moment: 1 or 0. */
static int look(struct waiter *waiter, struct stop *stop)
{
	if (waiter->skip) {
		waiter->skip--;
		return 0;
	}
	for (int i = 0; i < LOOKS; i++) {
		stop->tid = waitpid(-1, &stop->status, __WALL | WNOHANG);
		if (stop->tid > 0) {
			waiter->misses = 0;
			return 1;
		}
	}
	if (++waiter->misses == MOST_MISSES) {
		waiter->misses = 0;
		waiter->skip = SKIP;
	}
	return 0;
}

int wait_for_stops(struct waiter *waiter, size_t tasks, struct stop *stops,
		   int most)
{
	int count;

	if (tasks > MANY && !waiter->by_signal)
		choose(waiter, true);
	else if (tasks < FEW && waiter->by_signal)
		choose(waiter, false);
	if (waiter->by_signal)
		return wait_by_signal(waiter, tasks, stops, most);
	count = look(waiter, stops);
	return ask_all(stops, count, tasks > 1 ? most : 1,
		       count ? WNOHANG : 0);
}
