/* SPDX-License-Identifier: MIT */
/*
 * Makes, itself and after a quiet, the calls that a tracer makes in a task's
 * name to put a filter into it. They are its own, and the kernel's record must
 * not be read otherwise.
 */
#include <sys/mman.h>

#include "tests/progs/trap_filter.h"
#include "tests/progs/trap_quiet.h"

int main(void)
{
	static const struct trap_rule rules[] = {
		{ SYS_getpgid, SECCOMP_RET_ERRNO | DENIED }
	};
	struct sock_fprog program = trap_program(RULES(rules));
	size_t size = 4096;
	char *place;

	CHECK(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	dull(DULL);
	place = (char *)call6(SYS_mmap, 0, (long)size, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memcpy(place, &program, sizeof(program));
	CHECK(!call(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		    SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_SPEC_ALLOW,
		    place));
	CHECK(!call(SYS_munmap, place, size, 0));
	CHECK(HIT(getsid) != -DENIED);
	return 0;
}
