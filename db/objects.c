/* SPDX-License-Identifier: MIT */
/* What a program was learned from. */
#include "db/sql.h"

int db_objects(struct db *db, const char *program, struct db_objects *objects,
	       struct error *err)
{
	(void)db;
	(void)program;
	(void)objects;
	(void)err;
	return 0;
}

void db_objects_free(struct db_objects *objects)
{
	(void)objects;
}
