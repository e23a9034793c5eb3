/* SPDX-License-Identifier: MIT */
/*
 * calls THREADS CALLS idle|busy|allow: for tests/bench/run. Keeps THREADS threads
 * beside the first one and makes CALLS calls of getppid: in the first thread
 * while the others sleep, or shared out among the others. It prints "ready"
 * once they are there, begins when its stdin can be read or ends, and prints
 * the nanoseconds that a call took. "allow" is "idle" under the least filter
 * that seccomp(2) can have: one instruction that allows everything.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static pthread_barrier_t there, begin, end;
static long share;

static void make_calls(long count)
{
	while (count-- > 0)
		getppid();
}

static void *thread(void *unused)
{
	(void)unused;
	pthread_barrier_wait(&there);
	pthread_barrier_wait(&begin);
	make_calls(share);
	pthread_barrier_wait(&end);
	return NULL;
}

static double nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static double measure(long calls, int busy)
{
	double started = nanoseconds();

	if (!busy) {
		make_calls(calls);
		return nanoseconds() - started;
	}
	pthread_barrier_wait(&begin);
	pthread_barrier_wait(&end);
	return nanoseconds() - started;
}

static int allow_all(void)
{
	struct sock_filter allow = {
		.code = BPF_RET | BPF_K, .k = SECCOMP_RET_ALLOW
	};
	struct sock_fprog program = { .len = 1, .filter = &allow };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	       syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

int main(int argc, char **argv)
{
	long threads, calls, i;
	int busy;
	pthread_attr_t small;
	pthread_t id;
	char byte;

	if (argc != 4)
		return 2;
	if (strcmp(argv[3], "allow") == 0 && allow_all() != 0)
		return 1;
	threads = atol(argv[1]);
	calls = atol(argv[2]);
	busy = threads > 0 && strcmp(argv[3], "busy") == 0;
	share = busy ? calls / threads : 0;
	pthread_barrier_init(&there, NULL, (unsigned)threads + 1);
	pthread_barrier_init(&begin, NULL, (unsigned)threads + 1);
	pthread_barrier_init(&end, NULL, (unsigned)threads + 1);
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 64 * 1024);
	for (i = 0; i < threads; i++)
		if (pthread_create(&id, &small, thread, NULL) != 0)
			return 1;
	pthread_barrier_wait(&there);
	puts("ready");
	fflush(stdout);
	if (read(0, &byte, 1) < 0)
		return 1;
	printf("%.1f\n", measure(calls, busy) / (double)calls);
	return 0;
}
