/* SPDX-License-Identifier: MIT */
/* restart_syscall of a 32-bit program is its number 0. */
#include "tests/progs/trap_elf.h"

int main(void)
{
	static const unsigned char code[] = {
		0xb8, 162, 0, 0, 0,		/* mov eax, nanosleep */
		0xbb, 19, 0x10, 0x40, 0,	/* mov ebx, time below */
		0x31, 0xc9,			/* xor ecx, ecx */
		0xcd, 0x80,			/* int 0x80 */
		0xeb, 0xfe,			/* jmp . */
		0x90, 0x90, 0x90,
		0xe8, 0x03, 0, 0, 0, 0, 0, 0	/* { 1000, 0 } */
	};
	pid_t pid = trap_run(trap_elf(ELFCLASS32, code, sizeof(code)));
	int status;

	SAY("i386 restart_syscall 0\ni386 nanosleep 162\n");
	CHECK(sleeps_in(pid, pid, 162));
	kill(pid, SIGSTOP);
	CHECK(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
	kill(pid, SIGCONT);
	CHECK(sleeps_in(pid, pid, 0));
	kill(pid, SIGKILL);
	CHECK(ended(pid) == -SIGKILL);
	return 0;
}
