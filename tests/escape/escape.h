/* SPDX-License-Identifier: MIT */
/*
 * escape: one static program of many attempts to get out of a sandbox. Each
 * tries one thing, named by the first argument:
 *
 *	0	it was done
 *	10	it was refused; stderr says what and the errno
 *	1	the attempt itself is broken
 *	64	there is no such attempt
 *
 * Whether it was done indeed is judged by somebody outside: runner.py.
 */
#ifndef JAIL_TESTS_ESCAPE_H
#define JAIL_TESTS_ESCAPE_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DONE = 0, BROKEN = 1, REFUSED = 10 };

struct attempt {
	const char *name;
	int (*try)(char **args);
	int args;		/* how many it takes at least */
};

/* One table a file, ended by a row without a name. */
extern const struct attempt attempts_files[], attempts_mounts[],
	attempts_processes[], attempts_filter[], attempts_started[],
	attempts_ids[], attempts_ipc[], attempts_terminal[];

/* Says WHAT and errno; REFUSED. */
int refused(const char *what);
/* DONE if RESULT is not negative. */
int outcome(const char *what, long result);
/* Prints the file at PATH, or what FD gives. */
int show_file(const char *path);
int show_fd(int fd);
/* Makes the folders above PATH as far as it can, and writes TEXT to it. */
int put_file(const char *path, const char *text);
/* Starts `escape NAME ...` by execve(2) in place of this process. */
int start(const char *path, char *const argv[]);
/* Runs BODY in a child: its exit status; REFUSED if a signal ended it. */
int in_child(int (*body)(void *data), void *data);
/* A call of the 32-bit interface from 64-bit code: result or -errno. */
long int80(long number, long a, long b, long c);
/* Memory below 4 GiB with TEXT in it, for int80. */
char *low_memory(const char *text);

#endif
