/* SPDX-License-Identifier: MIT */
/*
 * The shipped profiles. They are part of the program, so that none can be
 * missing, be of another version or be changed by who may not change jail.
 */
#include <string.h>

#include "profiles/profiles.h"
#include "profiles/shipped.h"

const char *profiles_shipped(const char *name)
{
	for (size_t i = 0; profiles_shipped_table[i].name; i++)
		if (strcmp(profiles_shipped_table[i].name, name) == 0)
			return profiles_shipped_table[i].text;
	return NULL;
}
