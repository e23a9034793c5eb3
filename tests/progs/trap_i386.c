/* SPDX-License-Identifier: MIT */
/*
 * i386: by int 0x80 from 64-bit code, in a thread-free child, and by a program
 * that is 32-bit itself. The numbers mean other calls than on x86_64.
 */
#include "tests/progs/trap_elf.h"

enum { I386_GETPGID = 132, I386_GETSID = 147, I386_SCHED_GETPARAM = 155 };

int main(void)
{
	static const unsigned char code[] = {
		0xb8, I386_SCHED_GETPARAM, 0, 0, 0,	/* mov eax, ... */
		0xbb, 0xff, 0xff, 0xff, 0xff,		/* mov ebx, -1 */
		0xcd, 0x80,				/* int 0x80 */
		0xb8, 1, 0, 0, 0,			/* mov eax, exit */
		0xbb, 6, 0, 0, 0,			/* mov ebx, 6 */
		0xcd, 0x80				/* int 0x80 */
	};
	pid_t pid;

	SAY("i386 getpgid %d\n! x86_64 utime %d\n", I386_GETPGID, I386_GETPGID);
	SAY("i386 getsid %d\n! x86_64 sched_rr_get_interval 148\n",
	    I386_GETSID);
	SAY("i386 sched_getparam %d\ni386 exit 1\n", I386_SCHED_GETPARAM);
	SAY("i386 999 999\n");
	NEED(getpgid);
	CHECK(int80(I386_GETPGID, (uint32_t)-1, 0, 0) == -ESRCH);
	CHECK(int80(999, 0, 0, 0) == -ENOSYS);
	HIT(getpgid);
	CHECK(int80((uint32_t)-1, 0, 0, 0) == -ENOSYS);
	pid = fork();
	if (!pid) {
		int80(I386_GETSID, (uint32_t)-1, 0, 0);
		_exit(3);
	}
	CHECK(ended(pid) == 3);
	CHECK(ended(trap_run(trap_elf(ELFCLASS32, code, sizeof(code)))) == 6);
	return 0;
}
