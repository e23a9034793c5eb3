/* SPDX-License-Identifier: MIT */
/* What can become of a refused call, by name. */
#include <string.h>

#include "profiles/profiles.h"

static const char *const names[PROFILES_ACTION_COUNT] = {
	[PROFILES_KILLED] = "killed",
	[PROFILES_ERRNO] = "errno",
	[PROFILES_LOGGED] = "logged",
	[PROFILES_TRAPPED] = "trapped",
	[PROFILES_NOTIFIED] = "notified",
	[PROFILES_TRACED] = "traced",
};

const char *profiles_action_name(enum profiles_action action)
{
	return names[action];
}

int profiles_action_parse(const char *name)
{
	for (int i = 0; i < PROFILES_ACTION_COUNT; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -EINVAL;
}
