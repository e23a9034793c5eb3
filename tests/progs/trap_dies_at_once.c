/* SPDX-License-Identifier: MIT */
/* Processes that live for two instructions: one call, and death. */
#include "tests/progs/trap_elf.h"

int main(void)
{
	static const unsigned char crash[] = {
		0xb8, SYS_getpgid, 0, 0, 0,		/* mov eax, getpgid */
		0xbf, 0xff, 0xff, 0xff, 0xff,		/* mov edi, -1 */
		0x0f, 0x05,				/* syscall */
		0x0f, 0x0b				/* ud2 */
	};
	static const unsigned char leave[] = {
		0xbf, 9, 0, 0, 0,			/* mov edi, 9 */
		0xb8, SYS_exit, 0, 0, 0,		/* mov eax, exit */
		0x0f, 0x05				/* syscall */
	};
	static const unsigned char nothing[] = { 0x0f, 0x0b };
	int fds[] = {
		trap_elf(ELFCLASS64, crash, sizeof(crash)),
		trap_elf(ELFCLASS64, leave, sizeof(leave)),
		trap_elf(ELFCLASS64, nothing, sizeof(nothing))
	};
	static const int ends[] = { -SIGILL, 9, -SIGILL };

	NEED(getpgid);
	NEED(exit);
	for (int i = 0; i < 30; i++)
		CHECK(ended(trap_run(fds[i % 3])) == ends[i % 3]);
	return 0;
}
