/* SPDX-License-Identifier: MIT */
/*
 * The 32-bit entry and x32 numbers after the quiet. Numbers that were made all
 * the time are other calls there. And quiets of which all calls come by the
 * 32-bit entry: of 64-bit code, and of a program that is 32-bit itself.
 */
#include "tests/progs/trap_elf.h"
#include "tests/progs/trap_quiet.h"

enum { I386_GETPPID = 64, I386_IOPL = SYS_getppid, I386_GETPGID = 132,
       I386_GETSID = 147, X32_BIT = 0x40000000, LOOPS = DULL / 4 };

static void in_64(void)
{
	dull(DULL / 2);
	int80(I386_IOPL, 0, 0, 0);
	call(X32_BIT | SYS_getppid, 0, 0, 0);
	FRESH_HIT(0);
}

static void by_int80(void)
{
	for (int i = 0; i < LOOPS; i++)
		CHECK(int80(I386_GETPPID, 0, 0, 0) > 0);
	/* Of x86_64 the number is another call, and a new one. */
	call(I386_GETPPID, -1, 0, 0);
	CHECK(int80(I386_GETPGID, (uint32_t)-1, 0, 0) == -ESRCH);
	FRESH_HIT(1);
}

/* In turn: what is let pass of the one says nothing of the other. */
static void by_both(void)
{
	for (int i = 0; i < LOOPS; i++) {
		CHECK(int80(I386_GETPPID, 0, 0, 0) > 0);
		CHECK(call(SYS_getppid, 0, 0, 0) > 0);
	}
	CHECK(int80(996, 0, 0, 0) == -ENOSYS);
	FRESH_HIT(2);
}

static void in_32(void)
{
	static const unsigned char code[] = {
		0xbe, LOOPS & 255, LOOPS >> 8, 0, 0,	/* mov esi, LOOPS */
		0xb8, I386_GETPPID, 0, 0, 0,		/* mov eax, getppid */
		0xcd, 0x80,				/* int 0x80 */
		0x4e,					/* dec esi */
		0x75, 0xf6,				/* jnz mov eax */
		0xb8, I386_GETSID, 0, 0, 0,		/* mov eax, getsid */
		0xbb, 0xff, 0xff, 0xff, 0xff,		/* mov ebx, -1 */
		0xcd, 0x80,				/* int 0x80 */
		0xb8, 1, 0, 0, 0,			/* mov eax, exit */
		0xbb, 6, 0, 0, 0,			/* mov ebx, 6 */
		0xcd, 0x80				/* int 0x80 */
	};

	CHECK(ended(trap_run(trap_elf(ELFCLASS32, code, sizeof(code)))) == 6);
	FRESH_HIT(3);
}

static void (*const kinds[])(void) = { in_64, by_int80, by_both, in_32 };

int main(void)
{
	enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };
	pid_t pids[KINDS];

	SAY("i386 getppid 64\ni386 iopl 110\ni386 getpgid 132\n");
	SAY("i386 getsid 147\ni386 exit 1\ni386 996 996\n");
	SAY("x32 getppid 110\nx86_64 semget 64\n");
	SAY("! x86_64 utime 132\n! x86_64 sched_rr_get_interval 148\n");
	fresh_need(0, KINDS);
	for (int i = 0; i < KINDS; i++) {
		pids[i] = fork();
		if (!pids[i]) {
			kinds[i]();
			_exit(i + 1);
		}
	}
	for (int i = 0; i < KINDS; i++)
		CHECK(ended(pids[i]) == i + 1);
	return 0;
}
