/* SPDX-License-Identifier: MIT */
/*
 * Filters by prctl(2), one after another, the later one stricter; and strict
 * mode, which fails under a filter.
 */
#include "tests/progs/trap_filter.h"

static const struct trap_rule first[] = {
	{ SYS_getpgid, SECCOMP_RET_ERRNO | DENIED }
};
static const struct trap_rule second[] = {
	{ SYS_getsid, SECCOMP_RET_ERRNO | DENIED },
	{ SYS_getpgid, SECCOMP_RET_KILL_PROCESS }
};

static void install(const struct trap_rule *rules, size_t count)
{
	struct sock_fprog program = trap_program(rules, count);

	CHECK(!prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
}

int main(void)
{
	pid_t pid;

	NEED(prctl);
	NEED(getpgid);
	NEED(getsid);
	NEED(exit);
	CHECK(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	install(RULES(first));
	CHECK(HIT(getpgid) == -DENIED);
	pid = fork();
	if (!pid) {
		install(RULES(second));
		CHECK(HIT(getsid) == -DENIED);
		HIT(getpgid);
		_exit(1);
	}
	CHECK(ended(pid) == -SIGSYS);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
		call(SYS_exit, 3, 0, 0);
	}
	CHECK(ended(pid) == 3);
	return 0;
}
