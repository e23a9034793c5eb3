/* SPDX-License-Identifier: MIT */
/*
 * Which profile a program runs under, and what it makes of a plan. For cli/
 * alone.
 *
 * Looked for is NAME.profile, in this order: in the user's folder
 * ($XDG_CONFIG_HOME/jail or ~/.config/jail), in /etc/jail, among the shipped
 * ones, and, where Firejail's profiles are installed, in ~/.config/firejail and
 * /etc/firejail. If there is none: default.profile, for root server.profile.
 * The current folder is never looked at. Directives on the command line come
 * after the file; but those of --ignore, --noblacklist and --nowhitelist, which
 * are about later lines, before it.
 */
#ifndef JAIL_CLI_POLICY_H
#define JAIL_CLI_POLICY_H

#include "cli/cli.h"
#include "enforce/enforce.h"

/* Zero-initialised is empty. */
struct cli_policy {
	struct profiles_text text;	/* the file and the options */
	char *file;		/* the profile's; NULL: --profile=none */
	bool implicit;		/* nobody named it: by the program's name, or
				 * the default */
	bool option_list;	/* text.set is that of --seccomp.keep */
	/* For policy.c alone: what the context and the plan point to. */
	struct profiles_context context;
	char *home, *store;
	char *folders[6], *own[16];
	const char *runtime;	/* one of these */
	char *names[6];		/* of those, where links may lead */
};

/* PROGRAM is the profile name; PROFILE is --profile, or NULL. */
int cli_policy_read(struct cli_policy *policy, const struct cli_common *common,
		    const char *program, const char *profile,
		    struct error *err);
void cli_policy_free(struct cli_policy *policy);	/* takes NULL */
#define cleanup_policy __attribute__((cleanup(cli_policy_free)))

/* Fills the plan's policy, capabilities and context. POLICY stays the owner,
 * and outlives the plan. */
void cli_policy_apply(const struct cli_policy *policy,
		      struct enforce_plan *plan);
/* A program that could not be executed, for ERR: says in its place that the
 * sandbox hides it, where it does, and what shows it. */
void cli_policy_hides(const struct enforce_plan *plan, struct error *err);
/* Says on stderr, in a line each, what the profile has and jail does not carry
 * out, and what a later jail does; nothing with --quiet. */
void cli_policy_notices(const struct cli_policy *policy,
			const struct cli_common *common);
/* Likewise, once the files are planned: a bus that is hidden because it cannot
 * be filtered, and why. */
void cli_policy_buses(const struct cli_policy *policy,
		      const struct enforce_plan *plan,
		      const struct cli_common *common);

#endif
