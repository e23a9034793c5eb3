/* SPDX-License-Identifier: MIT */
/*
 * usage: service CALLS PROGRAM [ARG...]
 *
 * Executes PROGRAM as systemd does with SystemCallFilter= and
 * SystemCallErrorNumber=EPERM: the calls named in the file CALLS are allowed,
 * all others fail.
 */
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	FILE *calls = argc > 2 ? fopen(argv[1], "r") : NULL;
	char name[128];

	if (!filter || !calls)
		return 125;
	while (fgets(name, sizeof(name), calls)) {
		int number;

		name[strcspn(name, "\n")] = '\0';
		number = seccomp_syscall_resolve_name(name);
		if (number != __NR_SCMP_ERROR &&
		    seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0))
			return 125;
	}
	if (seccomp_load(filter))
		return 125;
	execvp(argv[2], argv + 2);
	return 127;
}
