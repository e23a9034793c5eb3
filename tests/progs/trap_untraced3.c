/* SPDX-License-Identifier: MIT */
/*
 * CLONE_UNTRACED with clone3(2), whose flags lie in memory: in a page that can
 * be written and in one that cannot. The parent finds its memory unchanged.
 */
#include <linux/sched.h>
#include <sys/mman.h>

#include "tests/progs/trap.h"

int main(void)
{
	struct clone_args args = {
		.flags = CLONE_UNTRACED, .exit_signal = SIGCHLD
	};
	struct clone_args *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	NEED(clone3);
	NEED(getpgid);
	NEED(getsid);
	pid = (pid_t)call(SYS_clone3, &args, sizeof(args), 0);
	if (!pid)
		_exit(HIT(getpgid) == -ENOSYS ? 1 : 5);
	CHECK(ended(pid) == 5);
	CHECK(args.flags == CLONE_UNTRACED);

	*page = args;
	CHECK(!mprotect(page, 4096, PROT_READ));
	pid = (pid_t)call(SYS_clone3, page, sizeof(*page), 0);
	if (!pid)
		_exit(HIT(getsid) == -ENOSYS ? 1 : 6);
	CHECK(ended(pid) == 6);
	CHECK(page->flags == CLONE_UNTRACED);
	return 0;
}
