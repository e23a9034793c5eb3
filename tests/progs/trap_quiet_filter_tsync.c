/* SPDX-License-Identifier: MIT */
/*
 * After the quiet one thread puts a filter on all: on one that called as well,
 * on one that slept all along, on one that computed. It must succeed, for each
 * of them has the same filters; and where one has a filter of its own since
 * before the quiet, it must fail, and name that one.
 */
#include <pthread.h>

#include "tests/progs/trap_filter.h"
#include "tests/progs/trap_quiet.h"

enum { CALLS, SLEEPS, COMPUTES, KINDS };

static const struct trap_rule rules[] = {
	{ SYS_getpgid, SECCOMP_RET_ERRNO | DENIED },
	{ SYS_getsid, SECCOMP_RET_ERRNO | DENIED },
};
static const struct trap_rule own[] = {
	{ SYS_sched_getparam, SECCOMP_RET_ERRNO | DENIED },
};
static volatile int over, ready[KINDS], has_own;
static int ends[2];

static void wait_there(int kind)
{
	char byte;

	ready[kind] = (int)syscall(SYS_gettid);
	while (kind == CALLS && !over)
		dull(100);
	if (kind == SLEEPS)
		CHECK(call(SYS_read, ends[0], &byte, 1) == 1);
	while (kind == COMPUTES && !over)
		;
}

static void *all_alike(void *arg)
{
	int kind = (int)(intptr_t)arg;

	wait_there(kind);
	CHECK(HIT(getpgid) == -DENIED);
	FRESH_HIT(kind);
	return NULL;
}

static void *one_apart(void *arg)
{
	int kind = (int)(intptr_t)arg;
	bool apart = kind == has_own;

	if (apart)
		CHECK(trap_filter(0, RULES(own)) == 0);
	wait_there(kind);
	CHECK(HIT(getsid) == -EPERM || HIT(getsid) == -ESRCH);
	CHECK(HIT(sched_getparam) == (apart ? -DENIED : -EINVAL));
	FRESH_HIT(10 * (1 + has_own) + kind);
	return NULL;
}

static long sync_after_quiet(void *(*run)(void *))
{
	pthread_t threads[KINDS];
	long result;

	CHECK(!pipe(ends));
	for (int i = 0; i < KINDS; i++) {
		CHECK(!pthread_create(&threads[i], NULL, run,
				      (void *)(intptr_t)i));
		await(&ready[i]);
	}
	CHECK(sleeps_in(getpid(), ready[SLEEPS], SYS_read));
	dull(DULL / 2);
	result = trap_filter(SECCOMP_FILTER_FLAG_TSYNC, RULES(rules));
	over = 1;
	tell(ends[1]);
	for (int i = 0; i < KINDS; i++)
		CHECK(!pthread_join(threads[i], NULL));
	return result;
}

int main(void)
{
	pid_t pid;

	NEED(getpgid);
	NEED(getsid);
	NEED(sched_getparam);
	fresh_need(0, KINDS);
	for (int i = 0; i < KINDS; i++)
		fresh_need(10 * (1 + i), KINDS);
	for (has_own = 0; has_own < KINDS; has_own++) {
		pid = fork();
		if (!pid)
			_exit(sync_after_quiet(one_apart) == ready[has_own] ?
				      3 : 4);
		CHECK(ended(pid) == 3);
	}
	CHECK(sync_after_quiet(all_alike) == 0);
	CHECK(HIT(getsid) == -DENIED);
	return 0;
}
