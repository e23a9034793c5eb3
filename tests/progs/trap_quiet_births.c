/* SPDX-License-Identifier: MIT */
/*
 * Threads and children are born and end all through the quiet. None comes into
 * the world, or leaves it, without its calls being seen: now and then one of
 * them makes a new one.
 */
#include <pthread.h>

#include "tests/progs/trap_quiet.h"

enum { ROUNDS = 150, AT_ONCE = 4, EVERY = 10 };

static volatile int over;

static void *short_lived(void *arg)
{
	int n = (int)(intptr_t)arg;

	dull(10);
	if (n >= 0)
		FRESH_HIT(n);
	return NULL;
}

static void *long_lived(void *arg)
{
	while (!over)
		dull(100);
	return arg;
}

static void *forker(void *arg)
{
	for (int round = 0; round < ROUNDS; round++) {
		pid_t pid = fork();

		if (!pid) {
			dull(10);
			if (round % EVERY == 3)
				FRESH_HIT(ROUNDS + round);
			_exit(round & 127);
		}
		CHECK(ended(pid) == (round & 127));
	}
	return arg;
}

int main(void)
{
	pthread_t threads[AT_ONCE], steady[2];

	for (int i = 0; i < ROUNDS; i += EVERY) {
		FRESH_NEED(i);
		FRESH_NEED(ROUNDS + i + 3);
	}
	CHECK(!pthread_create(&steady[0], NULL, long_lived, NULL));
	CHECK(!pthread_create(&steady[1], NULL, forker, NULL));
	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < AT_ONCE; i++) {
			bool fresh = !i && round % EVERY == 0;

			CHECK(!pthread_create(&threads[i], NULL, short_lived,
				(void *)(intptr_t)(fresh ? round : -1)));
		}
		for (int i = 0; i < AT_ONCE; i++)
			CHECK(!pthread_join(threads[i], NULL));
	}
	CHECK(!pthread_join(steady[1], NULL));
	over = 1;
	CHECK(!pthread_join(steady[0], NULL));
	return 0;
}
