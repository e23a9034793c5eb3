/* SPDX-License-Identifier: MIT */
/*
 * TSYNC while another thread makes threads: each of the 40, born before, during
 * or after, makes one call that the filter denies, and traps.bats counts them.
 */
#include <pthread.h>

#include "tests/progs/trap_filter.h"

#define MOST 40

static volatile bool go;
static pthread_t born[MOST];

static void *newborn(void *arg)
{
	while (!go)
		sched_yield();
	CHECK(HIT(getpgid) == -DENIED);
	return arg;
}

static void *maker(void *arg)
{
	for (int i = 0; i < MOST; i++)
		CHECK(!pthread_create(&born[i], NULL, newborn, NULL));
	return arg;
}

int main(void)
{
	static const struct trap_rule rules[] = {
		{ SYS_getpgid, SECCOMP_RET_ERRNO | DENIED },
	};
	pthread_t thread;

	NEED(getpgid);
	CHECK(!pthread_create(&thread, NULL, maker, NULL));
	while (!born[3])
		sched_yield();
	CHECK(trap_filter(SECCOMP_FILTER_FLAG_TSYNC, RULES(rules)) == 0);
	go = true;
	CHECK(!pthread_join(thread, NULL));
	for (int i = 0; i < MOST; i++)
		CHECK(!pthread_join(born[i], NULL));
	return 0;
}
