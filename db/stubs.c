/* SPDX-License-Identifier: MIT */
/* The stubs that hold (decisions.c makes them), and the trials that find
 * more. */
#include <string.h>

#include "db/sql.h"

struct list {
	struct profiles_refused *stubs;
	size_t count;
	struct error *err;
};

static int take_stub(void *data, const struct db_decided *row)
{
	struct list *list = data;
	struct profiles_refused *stubs;

	if (row->decision != DB_STUB)
		return 0;
	stubs = reallocarray(list->stubs, list->count + 1, sizeof(*stubs));
	if (!stubs)
		return base_error(list->err, ENOMEM, "out of memory");
	list->stubs = stubs;
	stubs[list->count++] = (struct profiles_refused){
		.call = row->call, .answer = row->answer,
	};
	return 0;
}

int db_stubs(struct db *db, const char *program,
	     struct profiles_refused **stubs, size_t *count,
	     struct error *err)
{
	struct list list = { .err = err };
	int r = db_each_decision(db, program, take_stub, &list, err);

	if (r < 0) {
		free(list.stubs);
		return r;
	}
	*stubs = list.stubs;
	*count = list.count;
	return 0;
}

/* ---- trials ------------------------------------------------------------- */

struct trials {
	const char *program, *key;
	const struct db_trial *trials;
	size_t count;
};

static int store_trials(struct db *db, void *data, struct error *err)
{
	const struct trials *t = data;
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int64_t program;
	int r = db_program_find(db, t->program, &program, err);

	if (r == 0)
		r = db_prepare(db, &stmt,
			       "INSERT INTO trials (program, key, arch, number,"
			       " answer, result) VALUES (?1, ?2, ?3, ?4, ?5,"
			       " ?6) ON CONFLICT DO UPDATE"
			       " SET result = excluded.result", err);
	for (size_t i = 0; r == 0 && i < t->count; i++)
		r = db_again(db, stmt, err, "itcit", program, t->key,
			     t->trials[i].call, (int64_t)t->trials[i].answer,
			     t->trials[i].result);
	return r;
}

int db_trial_store(struct db *db, const char *program, const char *key,
		   const struct db_trial *trials, size_t count,
		   struct error *err)
{
	struct trials t = { program, key, trials, count };

	return db_write(db, store_trials, &t, err);
}

int db_each_trial(struct db *db, const char *program, const char *key,
		  int (*callback)(void *data, const struct db_trial *trial),
		  void *data, struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int r = db_query(db, &stmt, err,
			 "SELECT arch, number, answer, result FROM trials"
			 " WHERE program ="
			 " (SELECT id FROM programs WHERE name = ?1)"
			 " AND key = ?2 ORDER BY arch, number, answer",
			 "tt", program, key);

	while (r == 0 && (r = db_next(db, stmt, err)) == 1) {
		struct db_trial trial = {
			.answer = sqlite3_column_int(stmt, 2),
		};

		db_column_copy(stmt, 3, trial.result, sizeof(trial.result));
		r = db_column_call(db, stmt, 0, &trial.call, err);
		if (r == 0)
			r = callback(data, &trial);
	}
	return r;
}

static int forget_trials(struct db *db, void *data, struct error *err)
{
	return db_run(db, err, "DELETE FROM trials WHERE program ="
		      " (SELECT id FROM programs WHERE name = ?1)",
		      "t", (const char *)data);
}

int db_trials_forget(struct db *db, const char *program, struct error *err)
{
	return db_write(db, forget_trials, (void *)(uintptr_t)program, err);
}
