/* SPDX-License-Identifier: MIT */
/*
 * What enforce does with a denial: one line for who watches, one row in the
 * store. For cli/ alone.
 */
#ifndef JAIL_CLI_DENIAL_H
#define JAIL_CLI_DENIAL_H

#include "cli/fresh.h"

struct cli_denials {
	const struct cli_common *common;
	const char *program;		/* profile name */
	const char *command;		/* the program as the user typed it */
	/* Where the whitelist is from, if it is not the store's. */
	const char *list_file;
	bool list_option;
	const struct profiles_set *whitelist;
	bool refuses;			/* the profile has a list of its own of
					 * what is refused */
	/* What the profile says is refused for good; NULL: nothing. */
	const struct profiles_set *expected;
	struct fresh *fresh;		/* siblings that were added to it; or
					 * NULL */
	bool training;			/* nothing is on the whitelist yet, and
					 * all passes: only recorded */
	struct profiles_set asked;	/* a person was asked about these, and
					 * need not be told */
	bool nobody;			/* nobody can be asked, and that has
					 * not been said */
	bool any;			/* there was one */
	bool store_failed;		/* and that has been said */
	bool deaf;			/* stderr took nothing the last time */
};

/* A list that is not the store's is not changed by what the store holds. */
static inline bool cli_denial_list_is_stores(const struct cli_denials *denials)
{
	return !denials->list_file && !denials->list_option;
}

/* Opens the store for writing; without WAIT one that others use is -EBUSY at
 * once. */
int cli_denial_open(const struct cli_denials *denials, bool wait,
		    struct db **db, struct error *err);

/* "t", or, where a descendant made the call, "t: process 12 (/bin/x)". Returns
 * OUT. */
char *cli_denial_who(char *out, size_t size, const struct cli_denials *denials,
		     const struct profiles_denial *denial, bool by_program);

/* The sink of enforce_run(); DATA is a struct cli_denials. Opens and closes the
 * store each time: nothing stays open that a fork could break. Without WAIT a
 * store that others use is -EBUSY at once, and nothing is said of it. */
int cli_denial(void *data, const struct profiles_denial *denial,
	       bool by_program, bool wait, int64_t *id);

/* What would allow it: "to allow it: jail add t mkdir". */
void cli_denial_remedy(const struct cli_denials *denials,
		       const struct profiles_denial *denial, char *out,
		       size_t size);

#endif
