/* SPDX-License-Identifier: MIT */
/*
 * Signals that a process ignores wake it only if it is traced. Calls that fail
 * with EINTR when woken must not: here a child sleeps in each, is sent signals
 * that it ignores, and then what it waits for.
 */
#include <sys/epoll.h>

#include "tests/progs/trap.h"

enum { I386_EPOLL_WAIT = 256 };

static int ends[2];

static long do_epoll(void)
{
	struct epoll_event event = { .events = EPOLLIN };
	int fd = epoll_create1(0);

	CHECK(!epoll_ctl(fd, EPOLL_CTL_ADD, ends[0], &event));
	return call6(SYS_epoll_wait, fd, (long)&event, 1, -1, 0, 0);
}

static long do_sigtimedwait(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return call6(SYS_rt_sigtimedwait, (long)&set, 0, 0, 8, 0, 0);
}

static long do_epoll32(void)
{
	struct epoll_event event = { .events = EPOLLIN };
	int fd = epoll_create1(0);
	long result;

	CHECK(!epoll_ctl(fd, EPOLL_CTL_ADD, ends[0], &event));
	/* The event is stored nowhere: EFAULT says that there was one. */
	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(I386_EPOLL_WAIT), "b"(fd), "c"(0), "d"(1), "S"(-1)
			 : "r8", "r9", "r10", "r11", "memory");
	return (int)result;
}

static void on_usr1(int signal)
{
	(void)signal;
	HIT(getpgid);
}

static void try(long (*run)(void), long number, long result, int ignored)
{
	struct sigaction action = { .sa_handler = on_usr1 };
	pid_t pid;

	CHECK(!pipe(ends));
	pid = fork();
	if (!pid) {
		signal(SIGUSR1, SIG_IGN);
		if (ignored == SIGUSR2)
			sigaction(SIGUSR1, &action, NULL);
		_exit(run() == result ? 3 : 4);
	}
	CHECK(sleeps_in(pid, pid, number));
	for (int i = 0; i < 3; i++) {
		kill(pid, ignored == SIGUSR2 ? SIGUSR1 : ignored);
		if (ignored != SIGUSR2)
			CHECK(sleeps_in(pid, pid, number));
	}
	if (ignored != SIGUSR2) {
		tell(ends[1]);
		kill(pid, SIGUSR2);
	}
	if (ended(pid) != 3)
		SAY("FAIL call %ld, signal %d\n", number, ignored);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	static const int ignored[] = { SIGCHLD, SIGWINCH, SIGURG, SIGCONT,
				       SIGUSR1 };

	NEED(epoll_wait);
	NEED(rt_sigtimedwait);
	NEED(getpgid);
	SAY("i386 epoll_wait %d\n", I386_EPOLL_WAIT);
	/* SIGUSR2 in this process's children is what they wait for. */
	signal(SIGUSR2, SIG_IGN);
	for (int i = 0; i < 5; i++) {
		try(do_epoll, SYS_epoll_wait, 1, ignored[i]);
		try(do_sigtimedwait, SYS_rt_sigtimedwait, SIGUSR2, ignored[i]);
		try(do_epoll32, I386_EPOLL_WAIT, -EFAULT, ignored[i]);
	}
	/* One that has a handler does interrupt. */
	try(do_epoll, SYS_epoll_wait, -EINTR, SIGUSR2);
	try(do_sigtimedwait, SYS_rt_sigtimedwait, -EINTR, SIGUSR2);
	return 0;
}
