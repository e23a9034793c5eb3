/* SPDX-License-Identifier: MIT */
/*
 * Prints the flags of the newest seccomp filter of process PID as the kernel
 * keeps them: PTRACE_SECCOMP_GET_METADATA of ptrace(2), for root alone.
 * SECCOMP_FILTER_FLAG_LOG is 2; the kernel shows no other.
 */
#include <errno.h>
#include <linux/ptrace.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct seccomp_metadata data = {0};
	long pid = argc > 1 ? atol(argv[1]) : 0;
	long size;

	if (syscall(SYS_ptrace, PTRACE_SEIZE, pid, 0L, 0L) < 0 ||
	    syscall(SYS_ptrace, PTRACE_INTERRUPT, pid, 0L, 0L) < 0 ||
	    waitpid((pid_t)pid, NULL, __WALL) < 0) {
		fprintf(stderr, "cannot stop %ld: %s\n", pid, strerror(errno));
		return 1;
	}
	size = syscall(SYS_ptrace, PTRACE_SECCOMP_GET_METADATA, pid,
		       sizeof(data), &data);
	if (size < 0)
		fprintf(stderr, "no metadata: %s\n", strerror(errno));
	else
		printf("%llu\n", (unsigned long long)data.flags);
	return size < 0;
}
