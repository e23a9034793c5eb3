/* SPDX-License-Identifier: MIT */
/*
 * What people are told of a profile: that it hides the program itself, and
 * which of its directives are not carried out.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/policy.h"

void cli_policy_hides(const struct enforce_plan *plan, struct error *err)
{
	cleanup_free char *directive = NULL, *path = NULL, *real = NULL;
	char text[1024];

	if (!enforce_sandboxed(plan) || !plan->path)
		return;
	if (enforce_plan_program(plan, plan->path, &path, NULL) == 0)
		return;
	real = realpath(plan->path, NULL);
	if (real)
		directive = enforce_plan_remedy(plan, real, EACCES);
	if (directive)
		base_error(err, EACCES, "the sandbox hides the program %.200s; "
			   "show it with %s", plan->path,
			   cli_directive_text(text, sizeof(text), directive));
	else
		base_error(err, EACCES, "the program %.200s is not there in "
			   "the sandbox; 'jail enforce --check' shows what "
			   "covers it", plan->path);
}

static void notice(const struct cli_policy *policy,
		   const struct profiles_words *words, const char *what)
{
	char file[600];

	for (size_t i = 0; i < words->count; i++) {
		char word[200];

		if (i == 0)
			fprintf(stderr, "jail: %s: ",
				base_printable(file, sizeof(file),
					       policy->file));
		/* A word may carry its reason, behind a colon. */
		base_printable(word, sizeof(word), words->items[i]);
		word[strcspn(word, ":")] = '\0';
		fprintf(stderr, "%s%s", i ? ", " : "", word);
	}
	if (words->count)
		fprintf(stderr, ": %s\n", what);
}

static bool is_quiet(const struct cli_policy *policy,
		     const struct cli_common *common)
{
	return common->quiet || !policy->file ||
	       profiles_has(&policy->text.policy, PROFILES_QUIET);
}

void cli_policy_notices(const struct cli_policy *policy,
			const struct cli_common *common)
{
	const struct profiles_policy *read = &policy->text.policy;

	if (is_quiet(policy, common))
		return;
	notice(policy, &read->notices,
	       "not carried out (jail.profile(5) says why)");
}

void cli_policy_buses(const struct cli_policy *policy,
		      const struct enforce_plan *plan,
		      const struct cli_common *common)
{
	static const char *const names[ENFORCE_BUSES] = {
		[ENFORCE_BUS_USER] = "dbus-user",
		[ENFORCE_BUS_SYSTEM] = "dbus-system",
	};
	char file[600];

	for (size_t i = 0; i < ENFORCE_BUSES; i++)
		if (plan->files.buses[i].lost && !is_quiet(policy, common))
			fprintf(stderr, "jail: %s: %s filter: %s; the bus is "
				"hidden\n",
				base_printable(file, sizeof(file),
					       policy->file),
				names[i], plan->files.buses[i].lost);
}
