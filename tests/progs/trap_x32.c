/* SPDX-License-Identifier: MIT */
/* x32 numbers: calls of an architecture of its own, also where the kernel does
 * not have it and answers ENOSYS. */
#include "tests/progs/trap.h"

enum { X32_BIT = 0x40000000 };

int main(void)
{
	pid_t pid;

	SAY("x32 getpgid %d\n! x86_64 getpgid %d\n", SYS_getpgid, SYS_getpgid);
	SAY("x32 rt_sigpending 522\nx32 999 999\n");
	SAY("x32 getsid %d\n! x86_64 getsid %d\n", SYS_getsid, SYS_getsid);
	call(X32_BIT | SYS_getpgid, -1, 0, 0);
	call(X32_BIT | 522, 0, 0, 0);
	CHECK(call(X32_BIT | 999, 0, 0, 0) == -ENOSYS);
	pid = fork();
	if (!pid) {
		call(X32_BIT | SYS_getsid, -1, 0, 0);
		_exit(3);
	}
	CHECK(ended(pid) == 3);
	return 0;
}
