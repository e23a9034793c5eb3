/* SPDX-License-Identifier: MIT */
/*
 * Processes that share their memory without being threads of one. Two are as
 * dull as their parent, a third writes all the time to memory below the stack
 * pointers of the two and reads it back.
 */
#include "tests/progs/trap_quiet.h"

enum { CALLERS = 2, ROOM = 65536, BELOW = 1024 };

static char stacks[CALLERS + 1][ROOM] __attribute__((aligned(4096)));
static volatile int over;
static volatile uint64_t *live[CALLERS];
static volatile int ready[CALLERS];

/* Makes calls until the end with this stack pointer; uses no stack. */
static int caller(void *arg)
{
	int n = (int)(intptr_t)arg;
	char *low = stacks[n] + ROOM / 2;

	live[n] = (volatile uint64_t *)(low - BELOW * sizeof(uint64_t));
	ready[n] = 1;
	__asm__ volatile("mov %%rsp, %%r12\n"
			 "mov %[low], %%rsp\n"
			 "1:\n"
			 "mov %[number], %%eax\n"
			 "syscall\n"
			 "cmpl $0, %[over]\n"
			 "je 1b\n"
			 "mov %%r12, %%rsp\n"
			 :
			 : [low] "r"(low), [number] "i"(SYS_getppid),
			   [over] "m"(over)
			 : "rax", "rcx", "r11", "r12", "cc", "memory");
	FRESH_HIT(n);
	_exit(n + 1);
}

static int worker(void *arg)
{
	uint64_t value = 0, wrong = 0;

	(void)arg;
	while (!over) {
		for (int n = 0; n < CALLERS; n++)
			for (int i = 0; i < BELOW; i++)
				live[n][i] = value + (uint64_t)i;
		for (int n = 0; n < CALLERS; n++)
			for (int i = 0; i < BELOW; i++)
				wrong += live[n][i] != value + (uint64_t)i;
		value += 12345;
	}
	FRESH_HIT(CALLERS);
	_exit(wrong ? 99 : 8);
}

int main(void)
{
	int flags = CLONE_VM | CLONE_FS | CLONE_FILES | SIGCHLD;
	pid_t pids[CALLERS + 1];

	fresh_need(0, CALLERS + 2);
	for (int i = 0; i < CALLERS; i++) {
		pids[i] = clone(caller, stacks[i] + ROOM, flags,
				(void *)(intptr_t)i);
		CHECK(pids[i] > 0);
		await(&ready[i]);
	}
	pids[CALLERS] = clone(worker, stacks[CALLERS] + ROOM,
			      flags | CLONE_SIGHAND, NULL);
	dull(DULL);
	over = 1;
	for (int i = 0; i < CALLERS; i++)
		CHECK(ended(pids[i]) == i + 1);
	CHECK(ended(pids[CALLERS]) == 8);
	FRESH_HIT(CALLERS + 1);
	return 0;
}
