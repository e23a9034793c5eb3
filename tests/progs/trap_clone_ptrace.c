/* SPDX-License-Identifier: MIT */
/* CLONE_PTRACE: the child of a traced parent comes to the tracer that way. */
#include "tests/progs/trap.h"

int main(void)
{
	pid_t pid;

	NEED(getpgid);
	NEED(getsid);
	pid = (pid_t)call(SYS_clone, CLONE_PTRACE | SIGCHLD, 0, 0);
	if (!pid) {
		HIT(getpgid);
		pid = (pid_t)call(SYS_clone,
				  CLONE_PTRACE | CLONE_UNTRACED | SIGCHLD, 0, 0);
		if (!pid)
			_exit(HIT(getsid) == -ENOSYS ? 1 : 3);
		_exit(ended(pid) + 1);
	}
	CHECK(ended(pid) == 4);
	return 0;
}
