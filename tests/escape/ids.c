/* SPDX-License-Identifier: MIT */
/*
 * Attempts to get privileges: namespaces, capabilities, ids, the kernel's
 * switches.
 */
#include "escape.h"

#include <grp.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/socket.h>

static int try_unshare(char **args)
{
	return outcome("unshare", unshare(strtol(args[0], NULL, 0)));
}

static int child_of(long pid)
{
	int status = 0;

	if (pid < 0)
		return refused("clone");
	if (pid == 0)
		_exit(DONE);
	waitpid((pid_t)pid, &status, __WALL);
	return WIFEXITED(status) ? WEXITSTATUS(status) : BROKEN;
}

static int try_clone(char **args)
{
	return child_of(syscall(SYS_clone, strtol(args[0], NULL, 0) | SIGCHLD,
				0L, 0L, 0L, 0L));
}

static int try_clone3(char **args)
{
	struct clone_args how = {.flags = strtoul(args[0], NULL, 0),
				 .exit_signal = SIGCHLD};

	return child_of(syscall(SYS_clone3, &how, sizeof(how)));
}

/* clone(2) of i386 from 64-bit code. */
static int try_clone_int80(char **args)
{
	long pid = int80(120, strtol(args[0], NULL, 0) | SIGCHLD, 0, 0);

	errno = (int)-pid;
	return child_of(pid);
}

/* Any capability, in any set, or privileges by execve: DONE. */
static int try_capabilities(char **args)
{
	char line[256];
	unsigned long long bits;
	int result = REFUSED;
	FILE *file = fopen("/proc/self/status", "r");

	(void)args;
	if (!file)
		return BROKEN;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "Cap%*3s: %llx", &bits) == 1 && bits) {
			dprintf(1, "%s", line);
			result = DONE;
		}
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		result = DONE;
	errno = EPERM;
	return result == DONE ? DONE : refused("no capabilities");
}

/* Ids that are not ours: the negative group, root. */
static int try_setgroups(char **args)
{
	(void)args;
	return outcome("setgroups", setgroups(0, NULL));
}

static int try_setuid(char **args)
{
	if (setresuid(atoi(args[0]), atoi(args[0]), atoi(args[0])) < 0)
		return refused("setresuid");
	return DONE;
}

static int try_setgid(char **args)
{
	return outcome("setresgid", setresgid(atoi(args[0]), atoi(args[0]),
					      atoi(args[0])));
}

/* What a program with the set-user-ID bit is started for. */
static int try_euid(char **args)
{
	(void)args;
	dprintf(1, "euid %d\n", geteuid());
	return DONE;
}

/* CAP_CHOWN alone. */
static int try_caps_back(char **args)
{
	struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2] = {{1, 1, 0}};

	(void)args;
	return outcome("capset", syscall(SYS_capset, &head, data));
}

static int try_hostname(char **args)
{
	return outcome("sethostname", sethostname(args[0], strlen(args[0])));
}

static int try_nice(char **args)
{
	(void)args;
	errno = 0;
	return outcome("nice", nice(-5) == -1 && errno ? -1 : 0);
}

const struct attempt attempts_ids[] = {
	{"unshare", try_unshare, 1},	/* FLAGS */
	{"clone", try_clone, 1},	/* FLAGS */
	{"clone3", try_clone3, 1},	/* FLAGS */
	{"clone_int80", try_clone_int80, 1},	/* FLAGS */
	{"capabilities", try_capabilities, 0},
	{"caps_back", try_caps_back, 0},
	{"setgroups", try_setgroups, 0},
	{"setuid", try_setuid, 1},	/* UID */
	{"setgid", try_setgid, 1},	/* GID */
	{"euid", try_euid, 0},
	{"hostname", try_hostname, 1},	/* NAME */
	{"nice", try_nice, 0},
	{NULL, NULL, 0}};
