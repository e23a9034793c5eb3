/* SPDX-License-Identifier: MIT */
/*
 * A process with many dull threads executes itself, once by its leader, once by
 * another thread, and so on. Each time the others vanish in their calls.
 */
#include <pthread.h>

#include "tests/progs/trap_quiet.h"

enum { ROUNDS = 8, THREADS = 6 };

static char **args;
static volatile int running;

static void *forever(void *arg)
{
	__atomic_fetch_add(&running, 1, __ATOMIC_SEQ_CST);
	for (;;)
		dull(1);
	return arg;
}

static void *next(void *arg)
{
	dull(DULL / 8);
	execv("/proc/self/exe", args);
	CHECK(false);
	return arg;
}

int main(int argc, char **argv)
{
	int round = argc > 1 ? atoi(argv[1]) : 0;
	char number[16], pid[16];
	pthread_t thread;

	if (round)
		CHECK(atoi(argv[2]) == getpid());
	else
		fresh_need(0, ROUNDS);
	FRESH_HIT(round);
	if (round == ROUNDS - 1)
		return 5;
	snprintf(number, sizeof(number), "%d", round + 1);
	snprintf(pid, sizeof(pid), "%d", getpid());
	args = (char *[]){ argv[0], number, pid, NULL };
	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&thread, NULL, forever, NULL));
	while (running < THREADS)
		sched_yield();
	if (round % 2)
		next(NULL);
	CHECK(!pthread_create(&thread, NULL, next, NULL));
	forever(NULL);
}
