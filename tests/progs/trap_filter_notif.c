/* SPDX-License-Identifier: MIT */
/*
 * A listener of the program's own: another thread answers for the calls that
 * the filter refers to it, with a value, an errno, or by letting them pass.
 */
#include <pthread.h>

#include "tests/progs/trap_filter.h"

static int listener = -1;

static void *supervisor(void *arg)
{
	for (int n = 0; n < 4; n++)
		trap_answer(listener, SYS_getpgid);
	return arg;
}

int main(void)
{
	static const struct trap_rule rules[] = {
		{ SYS_getpgid, SECCOMP_RET_USER_NOTIF },
		{ SYS_getsid, SECCOMP_RET_USER_NOTIF },
		{ SYS_sched_getparam, SECCOMP_RET_USER_NOTIF }
	};
	pthread_t thread;
	pid_t pid;

	NEED(getpgid);
	NEED(getsid);
	NEED(sched_getparam);
	listener = (int)trap_filter(SECCOMP_FILTER_FLAG_NEW_LISTENER,
				    RULES(rules));
	CHECK(listener >= 0);
	CHECK(!pthread_create(&thread, NULL, supervisor, NULL));
	CHECK(HIT(getpgid) == 55);
	CHECK(HIT(getsid) == -DENIED);
	CHECK(HIT(sched_getparam) == -EINVAL);
	pid = fork();
	if (!pid)
		_exit(HIT(getpgid) == 55 ? 3 : 4);
	CHECK(ended(pid) == 3);
	CHECK(!pthread_join(thread, NULL));
	return 0;
}
