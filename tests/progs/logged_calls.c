/* SPDX-License-Identifier: MIT */
/*
 * logged_calls COUNT [WAIT]: makes COUNT calls that the kernel logs
 * (SECCOMP_RET_LOG) and then one that kills it, under a name with a space in
 * it. A burst of records, as fast as the kernel takes them. Prints its pid
 * first. WAIT: waits for the end of its standard input before the calls.
 *
 * The calls are getppid, the last one is getpgrp.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int confine(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_LOG),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpgrp, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {
		.len = sizeof(code) / sizeof(code[0]), .filter = code
	};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	       syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0;
}

int main(int argc, char **argv)
{
	long count = argc > 1 ? atol(argv[1]) : 0;
	char byte;

	prctl(PR_SET_NAME, "logged calls");
	printf("%d\n", (int)getpid());
	fflush(stdout);
	if (argc > 2)
		while (read(STDIN_FILENO, &byte, 1) > 0)
			;
	if (confine()) {
		perror("seccomp");
		return 1;
	}
	while (count-- > 0)
		syscall(SYS_getppid);
	syscall(SYS_getpgrp);
	return 0;
}
