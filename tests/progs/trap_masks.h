/* SPDX-License-Identifier: MIT */
/* Calls that wait with another signal mask, and give back the old one. */
#ifndef JAIL_TESTS_TRAP_MASKS_H
#define JAIL_TESTS_TRAP_MASKS_H

#include <sys/epoll.h>

#include "tests/progs/trap.h"

static sigset_t waiting;	/* the mask */
static int epoll;		/* without events */

static long in_sigsuspend(void)
{
	return call6(SYS_rt_sigsuspend, (long)&waiting, 8, 0, 0, 0, 0);
}

static long in_ppoll(void)
{
	return call6(SYS_ppoll, 0, 0, 0, (long)&waiting, 8, 0);
}

static long in_pselect(void)
{
	const void *mask[] = { &waiting, (const void *)8 };

	return call6(SYS_pselect6, 0, 0, 0, 0, 0, (long)mask);
}

static long in_epoll_pwait(void)
{
	struct epoll_event event;

	return call6(SYS_epoll_pwait, epoll, (long)&event, 1, -1,
		     (long)&waiting, 8);
}

#endif
