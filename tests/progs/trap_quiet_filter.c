/* SPDX-License-Identifier: MIT */
/*
 * The program installs filters of its own after the quiet, by both calls: they
 * work, and what they refuse is learned nevertheless; so it is in children and
 * after another quiet. A filter that the kernel would not take is not taken.
 */
#include "tests/progs/trap_filter.h"
#include "tests/progs/trap_quiet.h"

enum { BY_SECCOMP, BY_PRCTL, BEFORE, KINDS };

static const struct trap_rule rules[] = {
	{ SYS_getpgid, SECCOMP_RET_ERRNO | DENIED },
	{ SYS_getsid, SECCOMP_RET_ERRNO | DENIED },
	{ FRESH + 10, SECCOMP_RET_ERRNO | DENIED },
	{ FRESH + 11, SECCOMP_RET_ERRNO | DENIED },
	{ FRESH + 12, SECCOMP_RET_ERRNO | DENIED },
};

static void install(int kind)
{
	struct sock_fprog program = trap_program(RULES(rules));

	CHECK(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	if (kind == BY_PRCTL)
		CHECK(!prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
	else
		CHECK(!call(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0,
			    &program));
}

static void child(int kind)
{
	struct sock_fprog none = { .len = 0 };
	pid_t pid;

	if (kind == BEFORE)
		install(kind);
	dull(DULL / 2);
	CHECK(call(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &none) == -EINVAL);
	CHECK(call(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, 8) == -EFAULT);
	if (kind != BEFORE)
		install(kind);
	CHECK(HIT(getpgid) == -DENIED);
	dull(1000);
	CHECK(call(FRESH + 10 + kind, 0, 0, 0) == -DENIED);
	FRESH_HIT(kind);
	pid = fork();
	if (!pid)
		_exit(HIT(getsid) == -DENIED ? 3 : 4);
	CHECK(ended(pid) == 3);
	_exit(kind + 5);
}

int main(void)
{
	pid_t pids[KINDS];

	NEED(getpgid);
	NEED(getsid);
	fresh_need(0, KINDS);
	fresh_need(10, KINDS);
	for (int i = 0; i < KINDS; i++) {
		pids[i] = fork();
		if (!pids[i])
			child(i);
	}
	for (int i = 0; i < KINDS; i++)
		CHECK(ended(pids[i]) == i + 5);
	return 0;
}
