/* SPDX-License-Identifier: MIT */
/*
 * A program that goes through the quiet step by step: with the trap flag set
 * there is one SIGTRAP after each instruction but the one that calls, and each
 * comes from the place where it has to be.
 */
#include <sys/ucontext.h>

#include "tests/progs/trap_quiet.h"

enum { CALLS = 2000, STEPS = 3 };

/* Behind the mov, the dec and the jnz. */
extern const char quiet_call[], quiet_jump[], quiet_loop[];
static const char *const places[STEPS] = { quiet_call, quiet_jump,
					   quiet_loop };
static volatile unsigned long steps, wrong, outside;

static void on_trap(int signal, siginfo_t *info, void *context)
{
	ucontext_t *at = context;
	const char *ip = (const char *)at->uc_mcontext.gregs[REG_RIP];

	(void)signal;
	if (ip < quiet_loop || ip > quiet_jump) {
		outside++;
		return;
	}
	wrong += ip != places[steps % STEPS] || info->si_code != TRAP_TRACE;
	steps++;
}

/* Not a single instruction more between setting and clearing the flag. */
static __attribute__((noinline)) void loop(long calls)
{
	__asm__ volatile("pushfq\n"
			 "orq $0x100, (%%rsp)\n"
			 "popfq\n"
			 "quiet_loop: mov %[number], %%eax\n"
			 "quiet_call: syscall\n"
			 "dec %[calls]\n"
			 "quiet_jump: jnz quiet_loop\n"
			 "pushfq\n"
			 "andq $~0x100, (%%rsp)\n"
			 "popfq\n"
			 : [calls] "+r"(calls)
			 : [number] "i"(SYS_getppid)
			 : "rax", "rcx", "r11", "cc", "memory");
}

int main(void)
{
	struct sigaction action = { .sa_sigaction = on_trap,
				    .sa_flags = SA_SIGINFO };
	unsigned long first, first_outside;

	fresh_need(0, 1);
	CHECK(!sigaction(SIGTRAP, &action, NULL));
	loop(100);
	first = steps;
	first_outside = outside;
	steps = 0;
	outside = 0;
	loop(CALLS);
	if (steps - first != STEPS * (CALLS - 100) || wrong ||
	    outside != first_outside)
		SAY("FAIL %lu and %lu steps, %lu wrong, %lu and %lu outside\n",
		    first, steps, wrong, first_outside, outside);
	FRESH_HIT(0);
	return 0;
}
