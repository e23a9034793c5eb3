/* SPDX-License-Identifier: MIT */
/*
 * Children that ask not to be traced, from before the quiet and from after it:
 * none escapes, for one that does has ENOSYS for each call that is reported.
 */
#include "tests/progs/trap_quiet.h"

static int ends[2];

static pid_t birth(long flags)
{
	return (pid_t)call(SYS_clone, flags | SIGCHLD, 0, 0);
}

int main(void)
{
	pid_t early, late;
	char byte;

	NEED(getpgid);
	NEED(getsid);
	NEED(sched_getparam);
	CHECK(!pipe(ends));
	early = birth(CLONE_UNTRACED);
	if (!early) {
		CHECK(call(SYS_read, ends[0], &byte, 1) == 1);
		_exit(HIT(getpgid) == -ENOSYS ? 1 : 5);
	}
	CHECK(ended(birth(0) ?: (_exit(4), 0)) == 4);
	dull(DULL);
	tell(ends[1]);
	CHECK(ended(early) == 5);
	late = birth(CLONE_UNTRACED);
	if (!late) {
		if (HIT(getsid) == -ENOSYS)
			_exit(1);
		late = birth(CLONE_UNTRACED | CLONE_VFORK);
		if (!late)
			_exit(HIT(sched_getparam) == -ENOSYS ? 1 : 6);
		_exit(ended(late) + 1);
	}
	CHECK(ended(late) == 7);
	return 0;
}
