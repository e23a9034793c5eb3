/* SPDX-License-Identifier: MIT */
/*
 * SIGTRAP is also what a tracer is told by: a program's own, from every source,
 * reach it as they are, and kill it where it does not handle them.
 */
#include <ucontext.h>

#include "tests/progs/trap.h"

static volatile sig_atomic_t count, code, value;

static void on_trap(int signal, siginfo_t *info, void *context)
{
	ucontext_t *user = context;

	(void)signal;
	HIT(getpgid);
	count++;
	code = info->si_code;
	value = info->si_value.sival_int;
	user->uc_mcontext.gregs[REG_EFL] &= ~0x100L;
}

static void expect(int n, int expected_code)
{
	CHECK(count == n);
	CHECK(code == expected_code);
}

/* Looks like the event stop of a tracer. */
static void event_like(void)
{
	siginfo_t info = { .si_signo = SIGTRAP };

	info.si_code = SIGTRAP | 128 << 8;
	CHECK(!syscall(SYS_rt_tgsigqueueinfo, getpid(), getpid(), SIGTRAP,
		       &info));
	expect(6, SIGTRAP | 128 << 8);
}

static void killed_by_trap(bool raised)
{
	pid_t pid = fork();

	if (!pid) {
		signal(SIGTRAP, SIG_DFL);
		if (raised)
			raise(SIGTRAP);
		else
			__asm__ volatile("int3");
		_exit(1);
	}
	CHECK(ended(pid) == -SIGTRAP);
}

int main(void)
{
	struct sigaction action = { .sa_sigaction = on_trap,
				    .sa_flags = SA_SIGINFO };
	sigset_t set, pending;

	NEED(getpgid);
	NEED(rt_sigreturn);
	CHECK(!sigaction(SIGTRAP, &action, NULL));
	raise(SIGTRAP);
	expect(1, SI_TKILL);
	kill(getpid(), SIGTRAP);
	expect(2, SI_USER);
	__asm__ volatile("int3");
	expect(3, SI_KERNEL);
	__asm__ volatile("pushfq\n\torq $0x100, (%%rsp)\n\tpopfq\n\tnop"
			 ::: "cc", "memory");
	expect(4, TRAP_TRACE);
	sigqueue(getpid(), SIGTRAP, (union sigval){ .sival_int = 42 });
	expect(5, SI_QUEUE);
	CHECK(value == 42);
	event_like();

	sigemptyset(&set);
	sigaddset(&set, SIGTRAP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGTRAP);
	CHECK(count == 6);
	CHECK(!sigpending(&pending) && sigismember(&pending, SIGTRAP));
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	expect(7, SI_TKILL);
	signal(SIGTRAP, SIG_IGN);
	raise(SIGTRAP);
	CHECK(count == 7);
	killed_by_trap(true);
	killed_by_trap(false);
	return 0;
}
