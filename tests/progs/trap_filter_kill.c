/* SPDX-License-Identifier: MIT */
/* RET_KILL_PROCESS and RET_KILL_THREAD: the call that kills was made. And
 * RET_LOG, which lets it pass. */
#include <pthread.h>

#include "tests/progs/trap_filter.h"

static volatile pid_t tid;

static void *thread(void *arg)
{
	static const struct trap_rule rules[] = {
		{ SYS_getsid, SECCOMP_RET_KILL_THREAD }
	};

	CHECK(trap_filter(0, RULES(rules)) == 0);
	tid = (pid_t)syscall(SYS_gettid);
	HIT(getsid);
	CHECK(false);
	return arg;
}

int main(void)
{
	static const struct trap_rule rules[] = {
		{ SYS_getpgid, SECCOMP_RET_KILL_PROCESS },
		{ SYS_sched_getparam, SECCOMP_RET_LOG }
	};
	pthread_t other;
	pid_t pid;

	NEED(getpgid);
	NEED(getsid);
	NEED(sched_getparam);
	pid = fork();
	if (!pid) {
		CHECK(trap_filter(0, RULES(rules)) == 0);
		CHECK(HIT(sched_getparam) == -EINVAL);
		HIT(getpgid);
		_exit(1);
	}
	CHECK(ended(pid) == -SIGSYS);
	pid = fork();
	if (!pid) {
		CHECK(!pthread_create(&other, NULL, thread, NULL));
		while (!tid || !syscall(SYS_tgkill, getpid(), tid, 0))
			sched_yield();
		_exit(3);
	}
	CHECK(ended(pid) == 3);
	return 0;
}
