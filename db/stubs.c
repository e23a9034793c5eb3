/* SPDX-License-Identifier: MIT */
/* Stubs, and the trials that find them. */
#include "db/sql.h"

int db_stub(struct db *db, const char *program,
	    const struct profiles_refused *stubs, size_t count,
	    enum db_evidence evidence, const char *author, struct error *err)
{
	(void)db;
	(void)program;
	(void)stubs;
	(void)count;
	(void)evidence;
	(void)author;
	return base_error(err, ENOSYS, "not yet");
}

int db_stubs(struct db *db, const char *program,
	     struct profiles_refused **stubs, size_t *count,
	     struct error *err)
{
	(void)db;
	(void)program;
	(void)err;
	*stubs = NULL;
	*count = 0;
	return 0;
}

int db_trial_store(struct db *db, const char *program, const char *key,
		   const struct db_trial *trials, size_t count,
		   struct error *err)
{
	(void)db;
	(void)program;
	(void)key;
	(void)trials;
	(void)count;
	return base_error(err, ENOSYS, "not yet");
}

int db_each_trial(struct db *db, const char *program, const char *key,
		  int (*callback)(void *data, const struct db_trial *trial),
		  void *data, struct error *err)
{
	(void)db;
	(void)program;
	(void)key;
	(void)callback;
	(void)data;
	(void)err;
	return 0;
}

int db_trials_forget(struct db *db, const char *program, struct error *err)
{
	(void)db;
	(void)program;
	(void)err;
	return 0;
}
