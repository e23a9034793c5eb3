/* SPDX-License-Identifier: MIT */
/* A filter installed, and a call denied, by the 32-bit entry. */
#include <sys/mman.h>

#include "tests/progs/trap_filter.h"

enum { I386_GETPGID = 132, I386_SECCOMP = 354, I386_PRCTL = 172 };

struct fprog32 {
	uint16_t len;
	uint32_t filter;
};

int main(void)
{
	static const struct trap_rule rules[] = {
		{ I386_GETPGID, SECCOMP_RET_ERRNO | DENIED },
		{ SYS_getsid, SECCOMP_RET_ERRNO | DENIED }
	};
	struct sock_fprog program = trap_program(RULES(rules));
	char *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	struct fprog32 *small = (struct fprog32 *)low;
	uint32_t address = (uint32_t)(uintptr_t)low;

	SAY("i386 getpgid %d\ni386 seccomp %d\ni386 prctl %d\n", I386_GETPGID,
	    I386_SECCOMP, I386_PRCTL);
	NEED(getsid);
	memcpy(low + 64, program.filter,
	       program.len * sizeof(struct sock_filter));
	small->len = program.len;
	small->filter = address + 64;
	CHECK(int80(I386_PRCTL, PR_SET_NO_NEW_PRIVS, 1, 0) == 0);
	CHECK(int80(I386_SECCOMP, SECCOMP_SET_MODE_FILTER, 0, address) == 0);
	CHECK(int80(I386_GETPGID, (uint32_t)-1, 0, 0) == -DENIED);
	CHECK(HIT(getsid) == -DENIED);
	return 0;
}
