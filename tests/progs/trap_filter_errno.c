/* SPDX-License-Identifier: MIT */
/*
 * A filter of the program's own that answers with an errno: its answer hides
 * the call from a tracer that relies on RET_TRACE. In the task itself, a child,
 * a thread, and after an exec.
 */
#include <pthread.h>

#include "tests/progs/trap_filter.h"

#define DENY(name) { SYS_##name, SECCOMP_RET_ERRNO | DENIED }

static const struct trap_rule rules[] = {
	DENY(getpgid), DENY(getsid), DENY(sched_getparam),
	DENY(sched_getscheduler), DENY(sched_get_priority_max)
};

static void *thread(void *arg)
{
	CHECK(HIT(sched_getscheduler) == -DENIED);
	return arg;
}

int main(int argc, char **argv)
{
	char *again[] = { argv[0], "again", NULL };
	pthread_t other;
	pid_t pid;

	if (argc > 1)
		return HIT(sched_get_priority_max) == -DENIED ? 6 : 7;
	NEED(seccomp);
	for (size_t i = 0; i < 5; i++)
		SAY("x86_64 %s %u\n", (const char *const[]){ "getpgid",
		    "getsid", "sched_getparam", "sched_getscheduler",
		    "sched_get_priority_max" }[i], rules[i].number);
	CHECK(trap_filter(0, RULES(rules)) == 0);
	CHECK(HIT(getpgid) == -DENIED);
	pid = fork();
	if (!pid) {
		pid = fork();
		if (!pid)
			_exit(HIT(getsid) == -DENIED ? 3 : 4);
		CHECK(ended(pid) == 3);
		_exit(HIT(sched_getparam) == -DENIED ? 5 : 4);
	}
	CHECK(ended(pid) == 5);
	CHECK(!pthread_create(&other, NULL, thread, NULL));
	CHECK(!pthread_join(other, NULL));
	pid = fork();
	if (!pid) {
		execv("/proc/self/exe", again);
		_exit(99);
	}
	CHECK(ended(pid) == 6);
	return 0;
}
