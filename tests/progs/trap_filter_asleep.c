/* SPDX-License-Identifier: MIT */
/*
 * A filter is installed, by one thread for all, while others sleep in calls
 * that a tracer cannot interrupt without being noticed: those that fail with
 * EINTR then, and those that go on as another call.
 */
#include <pthread.h>
#include <sys/epoll.h>

#include "tests/progs/trap_filter.h"

static int ends[2], epoll;
static volatile pid_t tids[2];

static void *in_epoll(void *arg)
{
	struct epoll_event event;

	tids[0] = (pid_t)syscall(SYS_gettid);
	CHECK(call6(SYS_epoll_wait, epoll, (long)&event, 1, -1, 0, 0) == 1);
	CHECK(HIT(getpgid) == -DENIED);
	return arg;
}

static void *in_sigtimedwait(void *arg)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	tids[1] = (pid_t)syscall(SYS_gettid);
	CHECK(call6(SYS_rt_sigtimedwait, (long)&set, 0, 0, 8, 0, 0) ==
	      SIGUSR1);
	CHECK(HIT(getsid) == -DENIED);
	return arg;
}

int main(void)
{
	static const struct trap_rule rules[] = {
		{ SYS_getpgid, SECCOMP_RET_ERRNO | DENIED },
		{ SYS_getsid, SECCOMP_RET_ERRNO | DENIED }
	};
	struct epoll_event event = { .events = EPOLLIN };
	pthread_t threads[2];
	sigset_t set;

	NEED(getpgid);
	NEED(getsid);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	epoll = epoll_create1(0);
	CHECK(!pipe(ends));
	CHECK(!epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event));
	CHECK(!pthread_create(&threads[0], NULL, in_epoll, NULL));
	CHECK(!pthread_create(&threads[1], NULL, in_sigtimedwait, NULL));
	while (!tids[0] || !tids[1])
		sched_yield();
	CHECK(sleeps_in(getpid(), tids[0], SYS_epoll_wait));
	CHECK(sleeps_in(getpid(), tids[1], SYS_rt_sigtimedwait));
	CHECK(trap_filter(SECCOMP_FILTER_FLAG_TSYNC, RULES(rules)) == 0);
	tell(ends[1]);
	CHECK(!pthread_kill(threads[1], SIGUSR1));
	for (int i = 0; i < 2; i++)
		CHECK(!pthread_join(threads[i], NULL));
	return 0;
}
