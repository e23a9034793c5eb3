/* SPDX-License-Identifier: MIT */
/* RET_TRAP: the program's SIGSYS handler sees what it would without a tracer
 * and gives the call's result, as sandboxes of browsers do. */
#include <linux/audit.h>
#include <ucontext.h>

#include "tests/progs/trap_filter.h"

static volatile sig_atomic_t handled;

static void on_sys(int signal, siginfo_t *info, void *context)
{
	ucontext_t *user = context;

	CHECK(signal == SIGSYS && info->si_code == 1 /* SYS_SECCOMP */);
	CHECK(info->si_errno == DENIED);
	CHECK((unsigned)info->si_arch == AUDIT_ARCH_X86_64);
	CHECK(user->uc_mcontext.gregs[REG_RAX] == info->si_syscall);
	CHECK((long)info->si_call_addr == user->uc_mcontext.gregs[REG_RIP]);
	user->uc_mcontext.gregs[REG_RAX] = 1000 + info->si_syscall;
	handled++;
}

int main(void)
{
	static const struct trap_rule rules[] = {
		{ SYS_getpgid, SECCOMP_RET_TRAP | DENIED },
		{ SYS_getsid, SECCOMP_RET_TRAP | DENIED }
	};
	struct sigaction action = { .sa_sigaction = on_sys,
				    .sa_flags = SA_SIGINFO };
	pid_t pid;

	NEED(getpgid);
	NEED(getsid);
	NEED(rt_sigreturn);
	CHECK(!sigaction(SIGSYS, &action, NULL));
	CHECK(trap_filter(0, RULES(rules)) == 0);
	CHECK(HIT(getpgid) == 1000 + SYS_getpgid);
	CHECK(handled == 1);
	pid = fork();
	if (!pid)
		_exit(HIT(getsid) == 1000 + SYS_getsid ? 3 : 4);
	CHECK(ended(pid) == 3);
	/* Nobody handles it: it kills. */
	pid = fork();
	if (!pid) {
		signal(SIGSYS, SIG_DFL);
		HIT(getpgid);
		_exit(1);
	}
	CHECK(ended(pid) == -SIGSYS);
	return 0;
}
