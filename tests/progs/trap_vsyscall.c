/* SPDX-License-Identifier: MIT */
/* The vsyscall page: three calls that the kernel emulates when their address is
 * jumped to. They obey seccomp. */
#include <sys/time.h>
#include <time.h>

#include "tests/progs/trap_vsyscall.h"

int main(void)
{
	long (*v_gettimeofday)(struct timeval *, void *) =
		(long (*)(struct timeval *, void *))PAGE;
	time_t (*v_time)(time_t *) = (time_t (*)(time_t *))(PAGE + 0x400);
	long (*v_getcpu)(unsigned *, unsigned *, void *) =
		(long (*)(unsigned *, unsigned *, void *))(PAGE + 0x800);
	struct timeval now = { 0 };
	unsigned cpu = 99999;
	time_t before;

	if (!has_page()) {
		SAY("SKIP this kernel has no vsyscall page\n");
		return 0;
	}
	NEED(gettimeofday);
	NEED(time);
	NEED(getcpu);
	before = time(NULL);
	for (int i = 0; i < 5; i++) {
		CHECK(v_gettimeofday(&now, NULL) == 0);
		CHECK(now.tv_sec >= before && now.tv_sec < before + 1000);
		CHECK(v_time(NULL) >= before);
		CHECK(v_getcpu(&cpu, NULL, NULL) == 0 && cpu < 99999);
	}
	return 0;
}
