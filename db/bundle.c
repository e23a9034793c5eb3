/* SPDX-License-Identifier: MIT */
/* Whole histories, out of the store and into it. */
#include "db/sql.h"

int db_bundle(struct db *db, const char *program,
	      struct profiles_bundle *bundle, struct error *err)
{
	(void)db;
	(void)program;
	(void)bundle;
	return base_error(err, ENOSYS, "not yet");
}

int db_merge(struct db *db, const struct profiles_bundle *bundle,
	     const char *author, struct db_merged *merged, struct error *err)
{
	(void)db;
	(void)bundle;
	(void)author;
	(void)merged;
	return base_error(err, ENOSYS, "not yet");
}
