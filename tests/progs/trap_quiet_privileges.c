/* SPDX-License-Identifier: MIT */
/*
 * Dull processes that nobody may look into, that have become another user, or
 * that live in namespaces and a root of their own, where /proc is not.
 */
#include <sys/prctl.h>
#include <sys/stat.h>

#include "tests/progs/trap_quiet.h"

static void undumpable(void)
{
	CHECK(!prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
	dull(DULL / 3);
	CHECK(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
}

static void another_user(void)
{
	if (!geteuid())
		CHECK(!setresgid(65534, 65534, 65534) &&
		      !setresuid(65534, 65534, 65534));
	dull(DULL / 3);
	CHECK(setuid(1) < 0 && errno == EPERM);
}

/* Where namespaces are not allowed it is a plain child. */
static void elsewhere(void)
{
	int flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET |
		    CLONE_NEWIPC | CLONE_NEWUTS;
	bool alone = !unshare(flags);
	pid_t pid = fork();

	if (!pid) {
		if (alone) {
			CHECK(getpid() == 1);
			CHECK(!chroot("/sys/kernel") && !chdir("/"));
			CHECK(access("/proc", F_OK) < 0);
		}
		dull(DULL / 3);
		FRESH_HIT(3);
		_exit(9);
	}
	CHECK(ended(pid) == 9);
}

int main(void)
{
	static void (*const kinds[])(void) = { undumpable, another_user,
					       elsewhere };
	enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };
	pid_t pids[KINDS];

	fresh_need(0, KINDS + 1);
	for (int i = 0; i < KINDS; i++) {
		pids[i] = fork();
		if (!pids[i]) {
			kinds[i]();
			FRESH_HIT(i);
			_exit(i + 1);
		}
	}
	for (int i = 0; i < KINDS; i++)
		CHECK(ended(pids[i]) == i + 1);
	return 0;
}
