/* SPDX-License-Identifier: MIT */
/*
 * A listener of the program's own, after the quiet: another thread answers for
 * the calls that the filter refers to it, among them one that was made all the
 * time before.
 */
#include <pthread.h>

#include "tests/progs/trap_filter.h"
#include "tests/progs/trap_quiet.h"

enum { ANSWERS = 5 };

static volatile int listener = -1;

static void *supervisor(void *arg)
{
	while (listener < 0)
		dull(10);
	for (int n = 0; n < ANSWERS; n++)
		trap_answer(listener, SYS_getppid);
	return arg;
}

int main(void)
{
	static const struct trap_rule rules[] = {
		{ SYS_getppid, SECCOMP_RET_USER_NOTIF },
		{ SYS_getsid, SECCOMP_RET_USER_NOTIF },
		{ SYS_sched_getparam, SECCOMP_RET_USER_NOTIF },
		{ FRESH, SECCOMP_RET_USER_NOTIF }
	};
	pthread_t thread;
	pid_t pid;

	NEED(getsid);
	NEED(sched_getparam);
	fresh_need(0, 2);
	CHECK(!pthread_create(&thread, NULL, supervisor, NULL));
	dull(DULL);
	listener = (int)trap_filter(SECCOMP_FILTER_FLAG_NEW_LISTENER,
				    RULES(rules));
	CHECK(listener >= 0);
	CHECK(HIT(getppid) == 55);
	CHECK(HIT(getsid) == -DENIED);
	CHECK(HIT(sched_getparam) == -EINVAL);
	FRESH_HIT(0);
	pid = fork();
	if (!pid)
		_exit(HIT(getsid) == -DENIED ? 3 : 4);
	CHECK(ended(pid) == 3);
	CHECK(!pthread_join(thread, NULL));
	FRESH_HIT(1);
	return 0;
}
