/* SPDX-License-Identifier: MIT */
/*
 * Quiets in which nothing more is to be had: no memory, no descriptor, no
 * process, no stack, no file; alone and with a thread. The limits say what they
 * said, and there is still not a byte too much.
 */
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "tests/progs/trap_quiet.h"

enum { KINDS = 4, ALONE = 0, LOCKED = 2 };

static volatile int over;

static void *thread(void *arg)
{
	while (!over)
		dull(100);
	return arg;
}

static void limit(int what, rlim_t most)
{
	struct rlimit now = { most, most };

	CHECK(!setrlimit(what, &now));
}

static void *map(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void child(int kind)
{
	pthread_t other;

	if (kind != ALONE)
		CHECK(!pthread_create(&other, NULL, thread, NULL));
	if (kind == LOCKED) {
		limit(RLIMIT_MEMLOCK, 0);
		CHECK(!setreuid(65534, 65534));
		CHECK(!mlockall(MCL_FUTURE) || errno == ENOMEM ||
		      errno == EPERM);
	}
	limit(RLIMIT_AS, 4096);
	limit(RLIMIT_DATA, 0);
	limit(RLIMIT_STACK, 0);
	limit(RLIMIT_FSIZE, 0);
	limit(RLIMIT_NOFILE, 0);
	limit(RLIMIT_NPROC, 0);
	limit(RLIMIT_SIGPENDING, 0);
	CHECK(map() == MAP_FAILED && errno == ENOMEM);
	dull(DULL / 2);
	CHECK(map() == MAP_FAILED && errno == ENOMEM);
	CHECK(dup(1) < 0 && errno == EMFILE);
	FRESH_HIT(kind);
	over = 1;
	if (kind != ALONE)
		CHECK(!pthread_join(other, NULL));
	_exit(kind + 1);
}

int main(void)
{
	pid_t pids[KINDS];

	fresh_need(0, KINDS);
	for (int i = 0; i < KINDS; i++) {
		pids[i] = fork();
		if (!pids[i])
			child(i);
	}
	for (int i = 0; i < KINDS; i++)
		CHECK(ended(pids[i]) == i + 1);
	return 0;
}
