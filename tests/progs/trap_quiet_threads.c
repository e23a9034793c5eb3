/* SPDX-License-Identifier: MIT */
/*
 * A quiet in which one thread calls, one computes, one sleeps and one calls as
 * much as the first. Afterwards each of them and one born later make new calls.
 */
#include <pthread.h>

#include "tests/progs/trap_quiet.h"

static volatile int over, computing, asleep;
static int ends[2];

static void *caller(void *arg)
{
	while (!over)
		dull(100);
	FRESH_HIT(0);
	return arg;
}

static void *computer(void *arg)
{
	computing = 1;
	while (!over)
		;
	FRESH_HIT(1);
	return arg;
}

static void *sleeper(void *arg)
{
	char byte;

	asleep = (int)syscall(SYS_gettid);
	CHECK(call(SYS_read, ends[0], &byte, 1) == 1);
	FRESH_HIT(2);
	return arg;
}

static void *newborn(void *arg)
{
	FRESH_HIT(3);
	return arg;
}

int main(void)
{
	static void *(*const runs[])(void *) = { caller, computer, sleeper,
						 newborn };
	pthread_t threads[4];

	fresh_need(0, 5);
	CHECK(!pipe(ends));
	for (int i = 0; i < 3; i++)
		CHECK(!pthread_create(&threads[i], NULL, runs[i], NULL));
	await(&computing);
	await(&asleep);
	CHECK(sleeps_in(getpid(), asleep, SYS_read));
	dull(DULL);
	over = 1;
	tell(ends[1]);
	CHECK(!pthread_create(&threads[3], NULL, runs[3], NULL));
	for (int i = 0; i < 4; i++)
		CHECK(!pthread_join(threads[i], NULL));
	FRESH_HIT(4);
	return 0;
}
