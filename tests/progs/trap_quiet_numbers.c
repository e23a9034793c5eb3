/* SPDX-License-Identifier: MIT */
/*
 * New calls in the midst of it: four threads and a child each make calls that
 * are new at growing distances, so that some come just before a tracer changes
 * its ways, some just after, and some while it does. None may be missed.
 */
#include <pthread.h>

#include "tests/progs/trap_quiet.h"

enum { STEPS = 21, RUNNERS = 5 };

/* The distances grow by two fifths; each runner has its own. */
static void run(int runner)
{
	long distance = 4 + runner;

	for (int step = 0; step < STEPS; step++) {
		dull((int)distance);
		FRESH_HIT(runner * STEPS + step);
		distance += distance * 2 / 5;
	}
}

static void *thread(void *arg)
{
	run((int)(intptr_t)arg);
	return arg;
}

int main(void)
{
	pthread_t threads[RUNNERS];
	pid_t pid;

	fresh_need(0, STEPS * RUNNERS);
	pid = fork();
	if (!pid) {
		run(0);
		_exit(3);
	}
	for (int i = 1; i < RUNNERS; i++)
		CHECK(!pthread_create(&threads[i], NULL, thread,
				      (void *)(intptr_t)i));
	for (int i = 1; i < RUNNERS; i++)
		CHECK(!pthread_join(threads[i], NULL));
	CHECK(ended(pid) == 3);
	return 0;
}
