/* SPDX-License-Identifier: MIT */
/*
 * TSYNC: one thread puts a filter on all. One of the others sleeps meanwhile,
 * one does nothing but look whether the filter is there, and then makes at
 * once a call that it denies.
 */
#include <pthread.h>

#include "tests/progs/trap_filter.h"

static volatile pid_t sleeper_tid;
static volatile int looking;
static int ends[2];

static void *sleeper(void *arg)
{
	char byte;

	sleeper_tid = (pid_t)syscall(SYS_gettid);
	CHECK(call(SYS_read, ends[0], &byte, 1) == 1);
	CHECK(HIT(getpgid) == -DENIED);
	return arg;
}

static void *looker(void *arg)
{
	while (call(SYS_getppid, 0, 0, 0) != -DENIED)
		looking = 1;
	CHECK(HIT(getsid) == -DENIED);
	return arg;
}

int main(void)
{
	static const struct trap_rule rules[] = {
		{ SYS_getpgid, SECCOMP_RET_ERRNO | DENIED },
		{ SYS_getsid, SECCOMP_RET_ERRNO | DENIED },
		{ SYS_getppid, SECCOMP_RET_ERRNO | DENIED }
	};
	pthread_t threads[2];

	NEED(getpgid);
	NEED(getsid);
	CHECK(!pipe(ends));
	CHECK(!pthread_create(&threads[0], NULL, sleeper, NULL));
	CHECK(!pthread_create(&threads[1], NULL, looker, NULL));
	while (!sleeper_tid || !looking)
		sched_yield();
	CHECK(sleeps_in(getpid(), sleeper_tid, SYS_read));
	CHECK(trap_filter(SECCOMP_FILTER_FLAG_TSYNC, RULES(rules)) == 0);
	tell(ends[1]);
	for (int i = 0; i < 2; i++)
		CHECK(!pthread_join(threads[i], NULL));
	return 0;
}
