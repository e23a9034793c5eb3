/* SPDX-License-Identifier: MIT */
/*
 * While one thread is dull, others sleep, each in a call that fails with EINTR
 * or goes on as another call if somebody interrupts it, signal or not. Nobody
 * does: each ends as if it had been alone, and then makes a new call.
 */
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

#include "tests/progs/trap_quiet.h"

static int ends[2], pair[2], semaphores, queue;
static uint32_t word;
static sigset_t usr1;

static long in_epoll(void)
{
	struct epoll_event event = { .events = EPOLLIN };
	int fd = epoll_create1(0);

	CHECK(!epoll_ctl(fd, EPOLL_CTL_ADD, ends[0], &event));
	return call6(SYS_epoll_wait, fd, (long)&event, 1, -1, 0, 0);
}

static long in_poll(void)
{
	struct pollfd in = { .fd = ends[0], .events = POLLIN };

	return call(SYS_poll, &in, 1, 1000000);
}

static long in_select(void)
{
	fd_set set;

	FD_ZERO(&set);
	FD_SET(ends[0], &set);
	return call6(SYS_select, ends[0] + 1, (long)&set, 0, 0, 0, 0);
}

static long in_sigtimedwait(void)
{
	return call6(SYS_rt_sigtimedwait, (long)&usr1, 0, 0, 8, 0, 0) ==
	       SIGUSR1;
}

static long in_semop(void)
{
	struct sembuf down = { .sem_op = -1 };

	return call(SYS_semop, semaphores, &down, 1) == 0;
}

static long in_msgrcv(void)
{
	struct {
		long type;
		char text[8];
	} message;

	return call6(SYS_msgrcv, queue, (long)&message, 8, 0, 0, 0);
}

static long in_recv(void)
{
	struct timeval longest = { .tv_sec = 1000 };
	char byte;

	CHECK(!setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &longest,
			  sizeof(longest)));
	return call6(SYS_recvfrom, pair[0], (long)&byte, 1, 0, 0, 0);
}

static long in_futex(void)
{
	struct timespec longest = { .tv_sec = 1000 };

	return call6(SYS_futex, (long)&word, FUTEX_WAIT, 0, (long)&longest, 0,
		     0) == 0;
}

/* Ends by itself; by the clock, not earlier and without a rest. */
static long in_nanosleep(void)
{
	struct timespec begun, now, time = { .tv_nsec = 400000000 };
	struct timespec rest = { .tv_sec = 77 };
	long result;

	clock_gettime(CLOCK_MONOTONIC, &begun);
	result = call(SYS_nanosleep, &time, &rest, 0);
	clock_gettime(CLOCK_MONOTONIC, &now);
	CHECK(rest.tv_sec == 77);
	CHECK((now.tv_sec - begun.tv_sec) * 1000000000 + now.tv_nsec -
	      begun.tv_nsec >= time.tv_nsec);
	return result == 0;
}

static const struct row {
	long (*sleep)(void);
	long number;
} rows[] = {
	{ in_epoll, SYS_epoll_wait },
	{ in_poll, SYS_poll },
	{ in_select, SYS_select },
	{ in_sigtimedwait, SYS_rt_sigtimedwait },
	{ in_semop, SYS_semop },
	{ in_msgrcv, SYS_msgrcv },
	{ in_recv, SYS_recvfrom },
	{ in_futex, SYS_futex },
	{ in_nanosleep, SYS_nanosleep },
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };
static volatile int tids[ROWS];

static void *run(void *arg)
{
	const struct row *row = arg;
	int n = (int)(row - rows);
	long result;

	tids[n] = (int)syscall(SYS_gettid);
	result = row->sleep();
	if (result != 1)
		SAY("FAIL call %ld: %ld\n", row->number, result);
	FRESH_HIT(n);
	return arg;
}

static void prepare(void)
{
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	CHECK(!sigprocmask(SIG_BLOCK, &usr1, NULL));
	CHECK(!pipe(ends));
	CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	semaphores = semget(IPC_PRIVATE, 1, 0600);
	queue = msgget(IPC_PRIVATE, 0600);
	CHECK(semaphores >= 0 && queue >= 0);
}

static void wake(pthread_t waiter)
{
	struct sembuf up = { .sem_op = 1 };
	struct {
		long type;
		char text[8];
	} message = { .type = 1 };

	tell(ends[1]);
	CHECK(!pthread_kill(waiter, SIGUSR1));
	CHECK(!semop(semaphores, &up, 1));
	CHECK(!msgsnd(queue, &message, 1, 0));
	tell(pair[1]);
	CHECK(call6(SYS_futex, (long)&word, FUTEX_WAKE, 1, 0, 0, 0) == 1);
}

int main(void)
{
	pthread_t threads[ROWS];

	fresh_need(0, ROWS);
	prepare();
	for (int i = 0; i < ROWS; i++) {
		CHECK(!pthread_create(&threads[i], NULL, run,
				      (void *)(uintptr_t)&rows[i]));
		await(&tids[i]);
		CHECK(sleeps_in(getpid(), tids[i], rows[i].number));
	}
	dull(DULL);
	wake(threads[3]);
	for (int i = 0; i < ROWS; i++)
		CHECK(!pthread_join(threads[i], NULL));
	semctl(semaphores, 0, IPC_RMID);
	msgctl(queue, IPC_RMID, NULL);
	return 0;
}
