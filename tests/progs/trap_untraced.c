/* SPDX-License-Identifier: MIT */
/*
 * Children that ask not to be traced: CLONE_UNTRACED with clone(2). One that
 * escapes its tracer has ENOSYS for every call that the filter would report.
 */
#include "tests/progs/trap.h"

static volatile int done;

static int thread(void *arg)
{
	(void)arg;
	if (HIT(sched_getparam) == -ENOSYS)
		SAY("FAIL thread: ENOSYS\n");
	done = 1;
	call(SYS_exit, 0, 0, 0);
	return 0;
}

static int vforked(void *arg)
{
	(void)arg;
	_exit(HIT(sched_getscheduler) == -ENOSYS ? 1 : 7);
}

int main(void)
{
	static char stack[65536] __attribute__((aligned(16)));
	long flags = CLONE_UNTRACED | SIGCHLD, after = flags;
	pid_t pid;

	NEED(getpgid);
	NEED(getsid);
	NEED(sched_getparam);
	NEED(sched_getscheduler);
	__asm__ volatile("syscall"
			 : "=a"(pid), "+D"(after)
			 : "0"(SYS_clone), "S"(0L), "d"(0L)
			 : "rcx", "r11", "memory");
	if (!pid) {
		if (HIT(getpgid) == -ENOSYS)
			_exit(1);
		pid = fork();
		if (!pid)
			_exit(HIT(getsid) == -ENOSYS ? 1 : 5);
		_exit(ended(pid) + 1);
	}
	CHECK(ended(pid) == 6);
	CHECK(after == flags);
	pid = clone(vforked, stack + sizeof(stack),
		    CLONE_VM | CLONE_VFORK | CLONE_UNTRACED | SIGCHLD, NULL);
	CHECK(ended(pid) == 7);
	CHECK(clone(thread, stack + sizeof(stack),
		    CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
		    CLONE_THREAD | CLONE_SYSVSEM | CLONE_UNTRACED, NULL) > 0);
	while (!done)
		sched_yield();
	return 0;
}
