/* SPDX-License-Identifier: MIT */
/* Joining a sandbox that runs. For cli/ alone. */
#ifndef JAIL_CLI_JOIN_H
#define JAIL_CLI_JOIN_H

#include "cli/cli.h"
#include "enforce/enforce.h"

/* Runs WORDS there, or a shell where there are none; TERMINAL: on one of its
 * own in any case. Ends this process as the program ended, or returns the exit
 * status. */
int join_sandbox(const struct enforce_running *entry, char **words,
		 bool terminal);

/* For join-or-start: runs the words of PLAN in the sandbox of that name where
 * one runs, as join_sandbox() does. Where none does, JOIN_NONE, and *CLAIM is a
 * lock on the name. */
enum { JOIN_NONE = -1 };
int join_or_start(const struct enforce_plan *plan, bool quiet, int *claim);

#endif
