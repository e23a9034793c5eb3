/* SPDX-License-Identifier: MIT */
/* 1,000 threads at the same time. Some make calls that no other makes, and all
 * of them the same ones. */
#include <pthread.h>

#include "tests/progs/trap.h"

enum { THREADS = 1000 };

static pthread_barrier_t all_there;

static void *thread(void *arg)
{
	long n = (long)arg;

	pthread_barrier_wait(&all_there);
	for (int i = 0; i < 10; i++)
		HIT(sched_getscheduler);
	if (n == 3)
		HIT(getpgid);
	if (n == 500)
		HIT(getsid);
	if (n == THREADS - 1)
		HIT(sched_getparam);
	return NULL;
}

int main(void)
{
	static pthread_t threads[THREADS];
	pthread_attr_t small;

	NEED(getpgid);
	NEED(getsid);
	NEED(sched_getparam);
	NEED(sched_getscheduler);
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 65536);
	CHECK(!pthread_barrier_init(&all_there, NULL, THREADS + 1));
	for (long i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], &small, thread, (void *)i));
	pthread_barrier_wait(&all_there);
	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_join(threads[i], NULL));
	return 0;
}
