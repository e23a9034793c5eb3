/* SPDX-License-Identifier: MIT */
/*
 * TSYNC where a sibling cannot stop when it is interrupted: the leader has
 * ended, and one thread sits in vfork until the very thread that installs the
 * filter lets its child end.
 */
#include <pthread.h>

#include "tests/progs/trap_filter.h"

static int ends[2];
static volatile pid_t forker_tid;

static void *forker(void *arg)
{
	char byte;
	pid_t child;

	forker_tid = (pid_t)syscall(SYS_gettid);
	child = vfork();
	if (!child) {
		call(SYS_read, ends[0], &byte, 1);
		_exit(3);
	}
	CHECK(HIT(getpgid) == -DENIED);
	CHECK(ended(child) == 3);
	return arg;
}

/* Until the state of TID is the one letter STATE. */
static void await_state(pid_t tid, char state)
{
	char path[64], text[512], now = 0;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	while (now != state) {
		FILE *file = fopen(path, "r");

		if (file && fgets(text, sizeof(text), file))
			now = strrchr(text, ')')[2];
		if (file)
			fclose(file);
		sched_yield();
	}
}

static void *installer(void *arg)
{
	static const struct trap_rule rules[] = {
		{ SYS_getpgid, SECCOMP_RET_ERRNO | DENIED },
	};

	(void)arg;
	await_state(getpid(), 'Z');
	while (!forker_tid)
		sched_yield();
	await_state(forker_tid, 'D');
	CHECK(trap_filter(SECCOMP_FILTER_FLAG_TSYNC, RULES(rules)) == 0);
	tell(ends[1]);
	return arg;
}

static pthread_t threads[2];

static void *ender(void *arg)
{
	for (int i = 0; i < 2; i++)
		CHECK(!pthread_join(threads[i], NULL));
	exit(0);
	return arg;
}

int main(void)
{
	pthread_t last;

	NEED(getpgid);
	CHECK(!pipe(ends));
	CHECK(!pthread_create(&threads[0], NULL, forker, NULL));
	CHECK(!pthread_create(&threads[1], NULL, installer, NULL));
	CHECK(!pthread_create(&last, NULL, ender, NULL));
	pthread_exit(NULL);
}
