/* SPDX-License-Identifier: MIT */
/*
 * The table that profiles/shipped.awk makes; for profiles/ alone.
 */
#ifndef JAIL_PROFILES_SHIPPED_H
#define JAIL_PROFILES_SHIPPED_H

struct shipped_profile {
	const char *name;	/* "default.profile"; NULL at the end */
	const char *text;
};

extern const struct shipped_profile profiles_shipped_table[];

#endif
