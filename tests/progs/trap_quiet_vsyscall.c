/* SPDX-License-Identifier: MIT */
/*
 * The calls of the vsyscall page, one of them made in the quiet too, the others
 * new after it. And a quiet in which there are no calls but those.
 */
#include <time.h>

#include "tests/progs/trap_quiet.h"
#include "tests/progs/trap_vsyscall.h"

static time_t (*const v_time)(time_t *) = (time_t (*)(time_t *))(PAGE + 0x400);
static long (*const v_getcpu)(unsigned *, unsigned *, void *) =
	(long (*)(unsigned *, unsigned *, void *))(PAGE + 0x800);

int main(void)
{
	time_t begun = time(NULL);
	unsigned cpu = 99999;
	pid_t pid;

	if (!has_page()) {
		SAY("SKIP this kernel has no vsyscall page\n");
		return 0;
	}
	NEED(time);
	NEED(getcpu);
	fresh_need(0, 2);
	pid = fork();
	if (!pid) {
		for (int i = 0; i < DULL / 4; i++)
			CHECK(v_time(NULL) >= begun);
		FRESH_HIT(0);
		_exit(3);
	}
	for (int i = 0; i < DULL / 4; i++) {
		CHECK(v_time(NULL) >= begun);
		dull(2);
	}
	CHECK(ended(pid) == 3);
	CHECK(v_getcpu(&cpu, NULL, NULL) == 0 && cpu < 99999);
	FRESH_HIT(1);
	return 0;
}
