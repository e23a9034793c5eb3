/* SPDX-License-Identifier: MIT */
/* Joining a sandbox that runs. For cli/ alone. */
#ifndef JAIL_CLI_JOIN_H
#define JAIL_CLI_JOIN_H

#include "cli/cli.h"
#include "enforce/enforce.h"

/* For join-or-start: runs the words of PLAN in the sandbox of that name where
 * one runs, as `jail join` does: ends this process as the program ended, or
 * returns the exit status. Where none does, JOIN_NONE, and *CLAIM is a lock on
 * the name. */
enum { JOIN_NONE = -1 };
int join_or_start(const struct enforce_plan *plan, bool quiet, int *claim);

#endif
