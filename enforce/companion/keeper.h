/* SPDX-License-Identifier: MIT */
/*
 * The keeper of a companion, for this room alone.
 */
#ifndef JAIL_ENFORCE_KEEPER_H
#define JAIL_ENFORCE_KEEPER_H

#include "enforce/companion/companion.h"

/* What companion_go() writes. The answer is a struct error. */
struct keeper_order {
	pid_t pid;
	int milliseconds;
};

struct keeper {
	const struct companion *companion;
	const char *path;	/* of the program */
	int jail;		/* pidfd */
	int socket;		/* to whoever says go */
	int ready;
};

/* How many descriptors a companion keeps. */
size_t become_kept(const struct companion *companion);
/* In a fork of the keeper. PID is for "@PID@"; OUTPUT and ERRORS are what it
 * writes to, -1: nothing. */
struct become {
	const struct companion *companion;
	const char *path;
	pid_t keeper, pid;
	int output, errors;
};
_Noreturn void become_program(const struct become *become);

/* The keeper's whole life. */
_Noreturn void keeper_main(const struct keeper *keeper);

#endif
