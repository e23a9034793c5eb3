/* SPDX-License-Identifier: MIT */
/*
 * Calls that are interrupted by a stop and go on when continued. nanosleep,
 * poll and a futex with a timeout come back as restart_syscall(2); others are
 * made again, or fail with EINTR, as signal(7) says.
 */
#include <linux/futex.h>
#include <poll.h>
#include <sys/epoll.h>
#include <time.h>

#include "tests/progs/trap.h"

static int ends[2];

static long do_nanosleep(void)
{
	struct timespec longest = { .tv_sec = 1000 };

	return call(SYS_nanosleep, &longest, 0, 0);
}

static long do_poll(void)
{
	struct pollfd in = { .fd = ends[0], .events = POLLIN };

	return call(SYS_poll, &in, 1, 1000000);
}

static long do_futex(void)
{
	struct timespec longest = { .tv_sec = 1000 };
	uint32_t word = 0;

	return call6(SYS_futex, (long)&word, FUTEX_WAIT, 0, (long)&longest, 0,
		     0);
}

static long do_read(void)
{
	char byte;

	return call(SYS_read, ends[0], &byte, 1);
}

static long do_pause(void)
{
	return call(SYS_pause, 0, 0, 0);
}

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
	sigaddset(&set, SIGUSR1);
	return call6(SYS_rt_sigtimedwait, (long)&set, 0, 0, 8, 0, 0);
}

/* AGAIN: the call that the task sleeps in after the stop; -1: it returns. RESULT
 * is what it returns, with the byte that wakes it if it sleeps again; -1: it is
 * killed there. */
static const struct row {
	long (*run)(void);
	long number, again, result;
} rows[] = {
	{ do_nanosleep, SYS_nanosleep, SYS_restart_syscall, -1 },
	{ do_poll, SYS_poll, SYS_restart_syscall, 1 },
	{ do_futex, SYS_futex, SYS_restart_syscall, -1 },
	{ do_read, SYS_read, SYS_read, 1 },
	{ do_pause, SYS_pause, SYS_pause, -1 },
	{ do_epoll, SYS_epoll_wait, -1, -EINTR },
	{ do_sigtimedwait, SYS_rt_sigtimedwait, -1, -EINTR },
};

static void try(const struct row *row)
{
	int status;
	pid_t pid;

	CHECK(!pipe(ends));
	pid = fork();
	if (!pid)
		_exit(row->run() == row->result ? 3 : 4);
	CHECK(sleeps_in(pid, pid, row->number));
	kill(pid, SIGSTOP);
	CHECK(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
	kill(pid, SIGCONT);
	if (row->again >= 0)
		CHECK(sleeps_in(pid, pid, row->again));
	if (row->again >= 0 && row->result >= 0)
		tell(ends[1]);
	if (row->result == -1)
		kill(pid, SIGKILL);
	status = ended(pid);
	if (status != (row->result == -1 ? -SIGKILL : 3))
		SAY("FAIL call %ld: %d\n", row->number, status);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	NEED(restart_syscall);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		SAY("x86_64 %s %ld\n", (const char *const[]){ "nanosleep",
		    "poll", "futex", "read", "pause", "epoll_wait",
		    "rt_sigtimedwait" }[i], rows[i].number);
		try(&rows[i]);
	}
	return 0;
}
