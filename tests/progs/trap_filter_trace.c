/* SPDX-License-Identifier: MIT */
/* RET_TRACE of the program's own filter: nobody traces for it, so ENOSYS. */
#include "tests/progs/trap_filter.h"

int main(void)
{
	static const struct trap_rule rules[] = {
		{ SYS_getpgid, SECCOMP_RET_TRACE | 7 },
		{ SYS_getsid, SECCOMP_RET_TRACE }
	};

	NEED(getpgid);
	NEED(getsid);
	CHECK(trap_filter(0, RULES(rules)) == 0);
	CHECK(HIT(getpgid) == -ENOSYS);
	CHECK(HIT(getsid) == -ENOSYS);
	return 0;
}
