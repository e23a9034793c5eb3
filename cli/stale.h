/* SPDX-License-Identifier: MIT */
/*
 * Which programs of the store are stale, for `jail stale` and `jail list`. For
 * cli/ alone.
 */
#ifndef JAIL_CLI_STALE_H
#define JAIL_CLI_STALE_H

#include "cli/fresh.h"

/* Files that were looked at, by the root that programs see. Zeroed but for
 * COMMON in the beginning. */
struct stale_look {
	const struct cli_common *common;
	struct stale_root *roots;
	struct stale_root *last;	/* of the program that was read last */
};
/* Fills zeroed CHANGES with what has changed for PROGRAM, in the root that its
 * profile gives it. */
int stale_read(struct stale_look *look, struct db *db, const char *program,
	       struct changes *changes, struct error *err);
void stale_free(struct stale_look *look);

#endif
