/* SPDX-License-Identifier: MIT */
/* clone3(2), as a fork and as a vfork. */
#include <linux/sched.h>

#include "tests/progs/trap.h"

static pid_t clone3(uint64_t flags)
{
	struct clone_args args = { .flags = flags, .exit_signal = SIGCHLD };

	return (pid_t)call(SYS_clone3, &args, sizeof(args), 0);
}

int main(void)
{
	pid_t pid;

	NEED(clone3);
	NEED(getpgid);
	NEED(getsid);
	pid = clone3(0);
	if (!pid) {
		pid = clone3(CLONE_CLEAR_SIGHAND);
		if (!pid) {
			HIT(getpgid);
			_exit(4);
		}
		_exit(ended(pid) + 1);
	}
	CHECK(ended(pid) == 5);
	pid = clone3(CLONE_VFORK);
	if (!pid) {
		HIT(getsid);
		_exit(6);
	}
	CHECK(ended(pid) == 6);
	/* A size that is too small: fails, and nothing is created. */
	CHECK(call(SYS_clone3, NULL, 8, 0) == -EINVAL);
	CHECK(waitpid(-1, NULL, __WALL) < 0 && errno == ECHILD);
	return 0;
}
