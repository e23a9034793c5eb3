/* SPDX-License-Identifier: MIT */
/* An exec that fails is a call like any other, and the program goes on. */
#include "tests/progs/trap.h"

int main(void)
{
	static char *argv[] = { "x", NULL };
	pid_t pid;

	NEED(execve);
	NEED(execveat);
	NEED(getpgid);
	NEED(getsid);
	CHECK(call(SYS_execve, "/nonexistent/program", argv, 0) == -ENOENT);
	CHECK(call(SYS_execve, "/", argv, 0) == -EACCES);
	CHECK(call(SYS_execve, NULL, argv, 0) == -EFAULT);
	CHECK(call(SYS_execveat, -1, "program", argv) == -EBADF);
	HIT(getpgid);
	pid = fork();
	if (!pid) {
		call(SYS_execve, "/nonexistent/program", argv, 0);
		HIT(getsid);
		_exit(3);
	}
	CHECK(ended(pid) == 3);
	return 0;
}
