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

static bool is_bus(const char *word)
{
	return strncmp(word, "dbus-", 5) == 0;
}

/* The words that are about D-Bus, or the others. */
static void notice(const struct cli_policy *policy,
		   const struct profiles_words *words, bool bus,
		   const char *what)
{
	char file[600];
	bool any = false;

	for (size_t i = 0; i < words->count; i++) {
		char word[200];

		if (is_bus(words->items[i]) != bus)
			continue;
		if (!any)
			fprintf(stderr, "jail: %s: ",
				base_printable(file, sizeof(file),
					       policy->file));
		/* A word may carry its reason, behind a colon. */
		base_printable(word, sizeof(word), words->items[i]);
		word[strcspn(word, ":")] = '\0';
		fprintf(stderr, "%s%s", any ? ", " : "", word);
		any = true;
	}
	if (any)
		fprintf(stderr, ": %s\n", what);
}

void cli_policy_notices(const struct cli_policy *policy,
			const struct cli_common *common)
{
	const struct profiles_policy *read = &policy->text.policy;

	if (common->quiet || !policy->file ||
	    profiles_has(read, PROFILES_QUIET))
		return;
	notice(policy, &read->notices, false,
	       "not carried out (jail.profile(5) says why)");
	notice(policy, &read->later, false,
	       "not carried out by this jail yet");
	notice(policy, &read->later, true,
	       "not carried out by this jail yet; the bus is hidden");
}
