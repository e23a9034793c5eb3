/* SPDX-License-Identifier: MIT */
/*
 * Says what calls are answered: a line each, with the name of its errno or 0.
 * With an argument it only makes those that a list is to have; the others are
 * tried under it. Linked statically, so that it runs in an empty root.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

static void say(const char *what, long result)
{
	printf("%s %s\n", what,
	       result == -1 ? strerrorname_np(errno) : "0");
}

static long protect(int prot)
{
	static char page[4096] __attribute__((aligned(4096)));

	return syscall(SYS_mprotect, page, sizeof(page), prot);
}

static long make_socket(int family, int type)
{
	long fd = syscall(SYS_socket, family, type, 0);

	return fd < 0 ? fd : close((int)fd);
}

int main(int argc, char **argv)
{
	struct utsname names;

	(void)argv;
	say("uname", syscall(SYS_uname, &names));
	say("getpid", syscall(SYS_getpid));
	say("inet", make_socket(AF_INET, SOCK_DGRAM));
	say("readable", protect(PROT_READ));
	if (argc > 1)
		return 0;
	say("netlink", make_socket(AF_NETLINK, SOCK_RAW));
	say("executable", protect(PROT_READ | PROT_EXEC));
	say("sethostname", syscall(SYS_sethostname, NULL, 1 << 20));
	say("ptrace", syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0));
	say("mseal", syscall(462, NULL, 0, 1));
	return 0;
}
