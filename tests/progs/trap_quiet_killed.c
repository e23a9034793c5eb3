/* SPDX-License-Identifier: MIT */
/*
 * Dull children that are killed at different moments, with and without threads;
 * one of their threads may be in the midst of anything. Their parent sees what
 * killed them, and nobody waits for them.
 */
#include <pthread.h>

#include "tests/progs/trap_quiet.h"

enum { ROUNDS = 40, THREADS = 3 };

static void *forever(void *arg)
{
	for (;;)
		dull(1);
	return arg;
}

static void child(int round, int to)
{
	pthread_t thread;

	for (int i = 0; i < round % 4 && i < THREADS; i++)
		CHECK(!pthread_create(&thread, NULL, forever, NULL));
	tell(to);
	if (round % 5 == 4) {
		dull(200 * (round / 5));
		call(SYS_exit_group, 9, 0, 0);
	}
	forever(NULL);
}

int main(void)
{
	static const int how[] = { SIGKILL, SIGTERM, SIGKILL, SIGHUP };
	int ends[2];
	pid_t pid;

	fresh_need(0, 1);
	CHECK(!pipe(ends));
	for (int round = 0; round < ROUNDS; round++) {
		pid = fork();
		if (!pid)
			child(round, ends[1]);
		hear(ends[0]);
		if (round % 5 == 4) {
			CHECK(ended(pid) == 9);
			continue;
		}
		usleep((useconds_t)round * 700);
		CHECK(!kill(pid, how[round % 4]));
		CHECK(ended(pid) == -how[round % 4]);
	}
	FRESH_HIT(0);
	return 0;
}
