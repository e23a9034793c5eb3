/* SPDX-License-Identifier: MIT */
/*
 * Attempts on other processes: of the same user outside, or the sandbox's first
 * one. `victim` is the process outside.
 */
#include "escape.h"

#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/uio.h>

static volatile long changed;
static volatile sig_atomic_t signalled;

static void on_signal(int number)
{
	signalled = number;
}

/* Prints the address of a variable, and the number of a descriptor of FILE;
 * makes the file MARK as soon as the variable was changed or SIGCONT came. Ends
 * with its stdin. */
static int try_victim(char **args)
{
	struct pollfd in = {.fd = 0, .events = POLLIN};
	int fd = open(args[1], O_RDONLY);

	if (fd < 0 || fcntl(fd, F_DUPFD, 200) < 0)
		return BROKEN;
	if (args[2] && (setgid(atoi(args[2])) < 0 || setuid(atoi(args[2])) < 0))
		return BROKEN;
	prctl(PR_SET_DUMPABLE, 1);
	signal(SIGCONT, on_signal);
	signal(SIGIO, on_signal);
	dprintf(1, "%p\n", (void *)&changed);
	while (poll(&in, 1, 5) <= 0)
		if (changed || signalled)
			close(open(args[0], O_WRONLY | O_CREAT, 0600));
	return DONE;
}

static int try_kill(char **args)
{
	return outcome("kill", kill(atoi(args[0]), SIGCONT));
}

/* Everybody who may be signalled: by a signal that does no harm. */
static int try_kill_all(char **args)
{
	(void)args;
	return outcome("kill -1", kill(-1, SIGCONT));
}

/* Our process group, of which some may be outside: the shell's pipeline. */
static int try_kill_group(char **args)
{
	(void)args;
	return outcome("kill 0", kill(0, SIGCONT));
}

/* The owner of a descriptor is signalled by fcntl(2), not by kill(2). */
static int try_sigio(char **args)
{
	int ends[2];

	if (pipe(ends) < 0)
		return BROKEN;
	if (fcntl(ends[0], F_SETOWN, atoi(args[0])) < 0)
		return refused("F_SETOWN");
	if (fcntl(ends[0], F_SETFL, O_ASYNC) < 0)
		return refused("O_ASYNC");
	return write(ends[1], "x", 1) == 1 ? DONE : BROKEN;
}

static int try_poke(char **args)
{
	pid_t pid = atoi(args[0]);
	int status;

	if (ptrace(PTRACE_ATTACH, pid, NULL, NULL) < 0)
		return refused("ptrace");
	waitpid(pid, &status, 0);
	ptrace(PTRACE_POKEDATA, pid, strtoul(args[1], NULL, 0), 1L);
	return outcome("detach", ptrace(PTRACE_DETACH, pid, NULL, NULL));
}

static int try_seize(char **args)
{
	return outcome("ptrace", ptrace(PTRACE_SEIZE, atoi(args[0]), NULL,
					NULL));
}

static int try_vm_write(char **args)
{
	long one = 1;
	struct iovec from = {&one, sizeof(one)};
	struct iovec to = {(void *)strtoul(args[1], NULL, 0), sizeof(one)};

	return outcome("process_vm_writev",
		       process_vm_writev(atoi(args[0]), &from, 1, &to, 1, 0));
}

static int try_mem(char **args)
{
	char path[64];
	long one = 1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/mem", args[0]);
	fd = open(path, O_RDWR);
	if (fd < 0)
		return refused(path);
	return outcome("pwrite", pwrite(fd, &one, sizeof(one),
					strtoul(args[1], NULL, 0)));
}

static int try_getfd(char **args)
{
	int file, fd = syscall(SYS_pidfd_open, atoi(args[0]), 0);

	if (fd < 0)
		return refused("pidfd_open");
	file = syscall(SYS_pidfd_getfd, fd, atoi(args[1]), 0);
	if (file < 0)
		return refused("pidfd_getfd");
	lseek(file, 0, SEEK_SET);
	return show_fd(file);
}

static int try_limit(char **args)
{
	struct rlimit limit;

	return outcome("prlimit", prlimit(atoi(args[0]), RLIMIT_NOFILE, NULL,
					  &limit));
}

static int try_priority(char **args)
{
	return outcome("setpriority",
		       setpriority(PRIO_PROCESS, atoi(args[0]), 19));
}

/* Our process group; that some of it may not be ours is no matter. */
static int try_priority_group(char **args)
{
	(void)args;
	if (setpriority(PRIO_PGRP, 0, 15) < 0 && errno != EPERM &&
	    errno != EACCES)
		return refused("setpriority");
	return DONE;
}

static int try_affinity(char **args)
{
	cpu_set_t set;

	if (sched_getaffinity(atoi(args[0]), sizeof(set), &set) < 0)
		return refused("sched_getaffinity");
	return outcome("sched_setaffinity",
		       sched_setaffinity(atoi(args[0]), sizeof(set), &set));
}

/* Its executable, kept open and written to as soon as it runs no more. */
static int try_exe(char **args)
{
	char path[64];
	int out = -1, fd;

	snprintf(path, sizeof(path), "/proc/%s/exe", args[0]);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return refused(path);
	kill(atoi(args[0]), SIGKILL);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	for (int i = 0; i < 100 && out < 0; i++) {
		usleep(2000);
		out = open(path, O_WRONLY | O_TRUNC);
	}
	if (out < 0)
		return refused("open to write");
	return write(out, args[1], strlen(args[1])) > 0 ? DONE : BROKEN;
}

/* The file at PATH as the process sees it that FD is about: by its mount
 * namespace, or by its number. */
static int show_there(int fd, const char *path)
{
	if (setns(fd, CLONE_NEWNS) < 0)
		return refused("setns");
	return show_file(path);
}

/* The namespace of another process, and FILE as it sees it. */
static int try_setns(char **args)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/ns/mnt", args[0]);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return refused(path);
	return show_there(fd, args[1]);
}

static int try_setns_pidfd(char **args)
{
	int fd = syscall(SYS_pidfd_open, atoi(args[0]), 0);

	if (fd < 0)
		return refused("pidfd_open");
	return show_there(fd, args[1]);
}

const struct attempt attempts_processes[] = {
	{"victim", try_victim, 2},	/* MARK FILE [UID] */
	{"kill", try_kill, 1},		/* PID */
	{"kill_all", try_kill_all, 0},
	{"kill_group", try_kill_group, 0},
	{"sigio", try_sigio, 1},	/* PID */
	{"poke", try_poke, 2},		/* PID ADDRESS */
	{"seize", try_seize, 1},	/* PID */
	{"vm_write", try_vm_write, 2},	/* PID ADDRESS */
	{"mem", try_mem, 2},		/* PID ADDRESS */
	{"getfd", try_getfd, 2},	/* PID FD */
	{"limit", try_limit, 1},	/* PID */
	{"priority", try_priority, 1},	/* PID */
	{"priority_group", try_priority_group, 0},
	{"affinity", try_affinity, 1},	/* PID */
	{"exe", try_exe, 2},		/* PID TEXT */
	{"setns", try_setns, 2},	/* PID FILE */
	{"setns_pidfd", try_setns_pidfd, 2},	/* PID FILE */
	{NULL, NULL, 0}};
