/* SPDX-License-Identifier: MIT */
/* The first thread ends, and is there as a zombie all through the quiet of the
 * others; one of them ends the process. */
#include <pthread.h>

#include "tests/progs/trap_quiet.h"

static pthread_t leader, other;

static void *second(void *arg)
{
	dull(DULL / 2);
	FRESH_HIT(1);
	return arg;
}

static void *first(void *arg)
{
	CHECK(!pthread_join(leader, NULL));
	CHECK(!pthread_create(&other, NULL, second, NULL));
	dull(DULL / 2);
	FRESH_HIT(0);
	CHECK(!pthread_join(other, NULL));
	if (!fork()) {
		FRESH_HIT(2);
		_exit(0);
	}
	CHECK(wait(NULL) > 0);
	exit(4);
	return arg;
}

int main(void)
{
	pthread_t thread;

	fresh_need(0, 3);
	leader = pthread_self();
	CHECK(!pthread_create(&thread, NULL, first, NULL));
	pthread_exit(NULL);
}
