/* SPDX-License-Identifier: MIT */
/* The hosts that a program was learned on. */
#include "db/sql.h"

int db_each_host(struct db *db, const char *program,
		 int (*callback)(void *data, const struct db_host *row),
		 void *data, struct error *err)
{
	(void)db;
	(void)program;
	(void)callback;
	(void)data;
	(void)err;
	return 0;
}

int db_each_host_call(struct db *db, const char *program,
		      int (*callback)(void *data, struct base_call call,
				      const char *host),
		      void *data, struct error *err)
{
	(void)db;
	(void)program;
	(void)callback;
	(void)data;
	(void)err;
	return 0;
}
