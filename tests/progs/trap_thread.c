/* SPDX-License-Identifier: MIT */
/* Threads, and threads of a child, each with a call of its own. */
#include <pthread.h>

#include "tests/progs/trap.h"

static void *first(void *arg)
{
	HIT(getpgid);
	return arg;
}

static void *second(void *arg)
{
	pthread_t thread;
	pid_t pid;

	CHECK(!pthread_create(&thread, NULL, first, NULL));
	CHECK(!pthread_join(thread, NULL));
	pid = fork();
	if (!pid) {
		HIT(getsid);
		_exit(3);
	}
	CHECK(ended(pid) == 3);
	return arg;
}

int main(void)
{
	pthread_t thread;
	pid_t pid;

	NEED(getpgid);
	NEED(getsid);
	pid = fork();
	if (!pid) {
		CHECK(!pthread_create(&thread, NULL, second, NULL));
		CHECK(!pthread_join(thread, NULL));
		_exit(4);
	}
	CHECK(ended(pid) == 4);
	return 0;
}
