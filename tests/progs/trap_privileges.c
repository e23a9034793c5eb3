/* SPDX-License-Identifier: MIT */
/* A program that gives its privileges up, cannot be dumped, executes something
 * and leaves the root directory. */
#include <sys/prctl.h>

#include "tests/progs/trap_elf.h"

int main(void)
{
	static const unsigned char leave[] = {
		0xb8, SYS_sched_getparam, 0, 0, 0,	/* mov eax, ... */
		0xbf, 0xff, 0xff, 0xff, 0xff,		/* mov edi, -1 */
		0x0f, 0x05,				/* syscall */
		0xbf, 9, 0, 0, 0,			/* mov edi, 9 */
		0xb8, SYS_exit, 0, 0, 0,		/* mov eax, exit */
		0x0f, 0x05				/* syscall */
	};
	int fd = trap_elf(ELFCLASS64, leave, sizeof(leave));
	pid_t pid;

	NEED(getpgid);
	NEED(getsid);
	NEED(sched_getparam);
	NEED(sched_getscheduler);
	if (!geteuid()) {
		CHECK(!chroot("/proc/self/fdinfo") && !chdir("/"));
		CHECK(!setresgid(65534, 65534, 65534));
		CHECK(!setresuid(65534, 65534, 65534));
	}
	HIT(getpgid);
	CHECK(!prctl(PR_SET_DUMPABLE, 0));
	HIT(getsid);
	pid = fork();
	if (!pid) {
		HIT(sched_getscheduler);
		_exit(3);
	}
	CHECK(ended(pid) == 3);
	CHECK(ended(trap_run(fd)) == 9);
	return 0;
}
