/* SPDX-License-Identifier: MIT */
/*
 * Where the list of calls of a plan comes from. For cli/ alone.
 */
#ifndef JAIL_CLI_WHITELIST_H
#define JAIL_CLI_WHITELIST_H

#include "cli/denial.h"
#include "cli/policy.h"

/*
 * Fills the plan's whitelist and what it knows of arguments, and in FROM where
 * they are from:
 *   the directive seccomp.keep, of the command line or else of the profile;
 *   else the store's list of the program, or that of seccomp.learned NAME. It
 *     has to be there where the profile says seccomp.learned, where there is
 *     none, and where nobody named it;
 *   else no list, where the profile refuses calls by itself (seccomp).
 * HELD is the store where it is open already, or NULL.
 * Then what stands for its calls where these were learned from what has changed
 * since, if there is a FROM->fresh.
 * -ENOENT: no list, and the sentence says how to learn one. With --deny=log an
 * empty list is begun, unless CHECK: nothing is written.
 */
int cli_whitelist_read(struct cli_policy *policy, struct enforce_plan *plan,
		       struct cli_denials *from, struct db *held, bool check,
		       struct error *err);

/* Adds stubs to the plan's, but none of a call that has one. 0 or -ENOMEM. */
int cli_whitelist_stubs(struct enforce_plan *plan,
			const struct profiles_refused *stubs, size_t count);

/* What a plan knows of arguments, and which namespaces may be made. */
int cli_whitelist_arguments(struct enforce_plan *plan, struct db *db,
			    const char *program, struct error *err);

#endif
