/* SPDX-License-Identifier: MIT */
/*
 * A run of `jail enforce`, and what is asked around it. For cli/ alone.
 */
#ifndef JAIL_CLI_RUN_H
#define JAIL_CLI_RUN_H

#include "cli/denial.h"
#include "enforce/enforce.h"

/* Runs PLAN, and ends this process as the program ended, or returns the exit
 * status of what jail has to say. HELD, the store where it is open, or NULL, is
 * closed. With RETRY, where a denial ended the program and a person has then
 * allowed something: RUN_AGAIN, and all is as it was before, to be planned
 * anew. */
enum { RUN_AGAIN = -1 };
struct run {
	bool retry;
	int64_t ask_timeout;	/* microseconds */
};
int run_plan(const struct run *run, struct enforce_plan *plan,
	     struct cli_denials *denials, struct db **held);

#endif
