/* SPDX-License-Identifier: MIT */
/*
 * The shipped profiles. They are part of the program, so that none can be
 * missing, be of another version or be changed by who may not change jail.
 */
#include <string.h>

#include "profiles/profiles.h"
#include "profiles/shipped.h"

const char *profiles_shipped_name(size_t index)
{
	for (size_t i = 0; i <= index; i++)
		if (!shipped_profiles[i].name)
			return NULL;
	return shipped_profiles[index].name;
}

const char *profiles_shipped(const char *name)
{
	for (size_t i = 0; shipped_profiles[i].name; i++)
		if (strcmp(shipped_profiles[i].name, name) == 0)
			return shipped_profiles[i].text;
	return NULL;
}
