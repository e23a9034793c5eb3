/* SPDX-License-Identifier: MIT */
/*
 * Numbers: unknown ones are calls, negative ones are not; and the kernel takes
 * the lower half of the register alone.
 */
#include "tests/progs/trap.h"

int main(void)
{
	static const uint32_t unknown[] = { 400, 999, 0x3fffffff };

	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		SAY("x86_64 %u %u\n", unknown[i], unknown[i]);
		CHECK(call(unknown[i], 0, 0, 0) == -ENOSYS);
	}
	CHECK(call(-1, 0, 0, 0) == -ENOSYS);
	CHECK(call(-2, 0, 0, 0) == -ENOSYS);
	CHECK(call(0xffffffffL, 0, 0, 0) == -ENOSYS);
	CHECK(call((int)(0x80000000u | SYS_getsid), -1, 0, 0) == -ENOSYS);
	NOT(getsid);
	NEED(getpgid);
	CHECK(call(0x7eadbeef00000000L | SYS_getpgid, -1, 0, 0) == -ESRCH);
	NEED(sched_getparam);
	CHECK(call(0xdeadbeef00000000L | SYS_sched_getparam, -1, 0, 0) ==
	      -EINVAL);
	return 0;
}
