/* SPDX-License-Identifier: MIT */
/* Syscall user dispatch: a call that is diverted to SIGSYS never was one. */
#include <sys/prctl.h>

#include "tests/progs/trap.h"

static volatile char selector;
static volatile sig_atomic_t diverted;

static void on_sys(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	selector = 0;
	diverted = info->si_code == 2 /* SYS_USER_DISPATCH */ ?
			   info->si_syscall : -1;
}

int main(void)
{
	struct sigaction action = { .sa_sigaction = on_sys,
				    .sa_flags = SA_SIGINFO };

	NEED(prctl);
	NOT(getpgid);
	NEED(getsid);
	CHECK(!sigaction(SIGSYS, &action, NULL));
	CHECK(!prctl(59 /* PR_SET_SYSCALL_USER_DISPATCH */, 1, 0, 0,
		     &selector));
	selector = 1;
	HIT(getpgid);
	CHECK(diverted == SYS_getpgid);
	HIT(getsid);
	return 0;
}
