/* SPDX-License-Identifier: MIT */
/*
 * Attempts to start a program where execve(2) is not on the list, and programs
 * that are started to be looked at.
 */
#include "escape.h"

#include <pthread.h>
#include <sys/mman.h>

extern char **environ;

static int try_say(char **args)
{
	return dprintf(1, "%s\n", args[0]) > 0 ? DONE : BROKEN;
}

static int try_exec(char **args)
{
	return start(args[0], args);
}

static int try_execveat(char **args)
{
	int fd = open(args[0], O_PATH);

	if (fd < 0)
		return refused(args[0]);
	syscall(SYS_execveat, fd, "", args, environ, AT_EMPTY_PATH);
	return refused("execveat");
}

/* A copy of PROGRAM in memory. */
static int try_memfd(char **args)
{
	char buffer[65536];
	int fd = syscall(SYS_memfd_create, "x", 0);
	int from = open(args[0], O_RDONLY);
	ssize_t got;

	if (fd < 0 || from < 0)
		return refused("memfd_create");
	while ((got = read(from, buffer, sizeof(buffer))) > 0)
		if (write(fd, buffer, got) != got)
			return BROKEN;
	syscall(SYS_execveat, fd, "", args, environ, AT_EMPTY_PATH);
	return refused("execveat");
}

static uint64_t chance(void)
{
	static uint64_t state;

	if (!state)
		state = (uint64_t)getpid() << 32 ^ (uint64_t)&state ^
			0x9e3779b97f4a7c15;
	state ^= state << 13;
	state ^= state >> 7;
	return state ^= state << 17;
}

static int guess(void *data)
{
	char **args = data;

	syscall(SYS_execve, args[0], args, environ, chance(), chance(),
		chance());
	return refused("execve");
}

/* A thousand guesses of what the sixth register of the first execve held. */
static int try_guess(char **args)
{
	int left = atoi(args[0]);

	for (; left > 0; left--) {
		chance();
		if (in_child(guess, args + 1) != REFUSED)
			return DONE;
	}
	return REFUSED;
}

static void *sleeper(void *data)
{
	usleep(*(int *)data * 1000);
	return NULL;
}

/* Threads, children and a daemon, all asleep, to be looked at from outside. */
static int try_tree(char **args)
{
	int moment = atoi(args[0]);
	pthread_t task;

	pthread_create(&task, NULL, sleeper, &moment);
	if (fork() == 0) {
		pthread_create(&task, NULL, sleeper, &moment);
		if (fork() == 0) {
			setsid();
			if (fork() == 0)
				sleeper(&moment);
		}
		sleeper(&moment);
		_exit(0);
	}
	if (vfork() == 0)
		_exit(0);
	dprintf(1, "ready\n");
	sleeper(&moment);
	return DONE;
}

/* The arguments, byte for byte. */
static int try_arguments(char **args)
{
	for (; *args; args++) {
		for (const char *p = *args; *p; p++)
			dprintf(1, "%02x", (unsigned char)*p);
		dprintf(1, "\n");
	}
	return DONE;
}

const struct attempt attempts_started[] = {
	{"say", try_say, 1},		/* TEXT */
	{"exec", try_exec, 1},		/* PROGRAM [ARG...] */
	{"execveat", try_execveat, 1},	/* PROGRAM [ARG...] */
	{"memfd", try_memfd, 1},	/* PROGRAM [ARG...] */
	{"guess", try_guess, 2},	/* COUNT PROGRAM [ARG...] */
	{"tasks", try_tree, 1},		/* MILLISECONDS */
	{"arguments", try_arguments, 0},
	{NULL, NULL, 0}};
