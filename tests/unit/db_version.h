/* SPDX-License-Identifier: MIT */
/*
 * A store of an older version, and what is left of it where the program is
 * killed on the way to the next one.
 */
#ifndef JAIL_TESTS_DB_VERSION_H
#define JAIL_TESTS_DB_VERSION_H

#include <sys/wait.h>

#include "tests/unit/db_store.h"

struct version {
	size_t number;
	const char *rows;	/* SQL */
};

static const char *piece(const struct version *version, size_t index)
{
	return index < version->number ? db_schema_steps[index] :
	       index == version->number ? version->rows : "COMMIT";
}

static void make_version(const struct version *version)
{
	cleanup_free char *sql = strdup("PRAGMA journal_mode = WAL; BEGIN;");

	for (size_t i = 0; i < version->number + 2; i++) {
		char *more = base_printf("%s %s", sql, piece(version, i));

		assert_non_null(more);
		free(sql);
		sql = more;
	}
	sql_file(sql);
}

static void die(sqlite3_context *context, int count, sqlite3_value **values)
{
	(void)context, (void)count, (void)values;
	kill(getpid(), SIGKILL);
}

/* STEP, which dies after its first STATEMENTS. */
static char *deadly_step(const char *step, size_t statements)
{
	const char *at = step;

	for (; statements > 0; statements--)
		at = strchr(at, ';') + 1;
	return base_printf("%.*s SELECT die();%s", (int)(at - step), step, at);
}

static void migrate_and_die(size_t number, const char *step)
{
	struct db db = { .path = store };
	const char *steps[8] = { "" };

	assert_in_range(number, 1, ARRAY_SIZE(steps) - 1);
	for (size_t i = 0; i < number; i++)
		steps[i] = "";
	steps[number] = step;
	if (sqlite3_open(store, &db.handle) == SQLITE_OK &&
	    sqlite3_create_function(db.handle, "die", 0, SQLITE_UTF8, NULL,
				    die, NULL, NULL) == SQLITE_OK)
		db_migrate(&db, steps, number + 1, NULL);
	_exit(0);
}

/* CHECK opens the store, which takes the step again. */
static void die_behind(const struct version *version, size_t statements,
		       void (*check)(void))
{
	cleanup_free char *step = deadly_step(db_schema_steps[version->number],
					      statements);
	int status;
	pid_t child;

	assert_non_null(step);
	make_version(version);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		migrate_and_die(version->number, step);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	check();
	assert_int_equal(remove_folder(NULL), 0);
	assert_int_equal(make_folder(NULL), 0);
}

/* After each EVERY statements of the next step, of which there are more than
 * FEWEST, and after the last. */
static void survive(const struct version *version, size_t every, size_t fewest,
		    void (*check)(void))
{
	size_t last = 0;

	for (const char *at = db_schema_steps[version->number]; *at; at++)
		last += *at == ';';
	assert_in_range(last, fewest, 100);
	for (size_t n = 0; n < last; n += every)
		die_behind(version, n, check);
	die_behind(version, last, check);
}

#endif
