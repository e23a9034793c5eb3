/* SPDX-License-Identifier: MIT */
/* The plainest program: what jail's own launcher does before its exec, and what
 * a tracer could make a program do, is not there. */
#include "tests/progs/trap.h"

int main(void)
{
	NOT(execve);
	NOT(prctl);
	NOT(seccomp);
	NOT(ptrace);
	NOT(rt_sigreturn);
	NOT(restart_syscall);
	NOT(wait4);
	NOT(clone);
	NOT(kill);
	NOT(rt_sigprocmask);
	NOT(pipe2);
	NEED(exit_group);
	NEED(write);
	return 0;
}
