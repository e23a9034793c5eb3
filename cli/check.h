/* SPDX-License-Identifier: MIT */
/*
 * jail enforce --check: the plan instead of the run. For cli/ alone.
 */
#ifndef JAIL_CLI_CHECK_H
#define JAIL_CLI_CHECK_H

#include "cli/whitelist.h"

/* Prints PLAN on stdout, for people or as an object; MISSING is why there is no
 * whitelist, or NULL. 0, or -errno where running it would fail. */
int cli_check_print(const struct enforce_plan *plan,
		    const struct cli_policy *policy,
		    const struct cli_denials *from, const char *missing,
		    struct error *err);

#endif
