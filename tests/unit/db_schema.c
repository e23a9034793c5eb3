/* SPDX-License-Identifier: MIT */
/* Where the store is, and how an older one becomes one of this version. */
#include "tests/unit/db_store.h"

/* ---- migration ---------------------------------------------------------- */

/* A store of a version before the first: what a step is applied to. */
static void test_older(void **state)
{
	cleanup_db struct db *db = NULL;

	(void)state;
	sql_file("PRAGMA application_id = 1784768876; PRAGMA user_version = 0;"
		 "CREATE TABLE kept (x); INSERT INTO kept VALUES (42)");
	db = open_store(DB_READ);
	assert_int_equal(count_rows(db, "PRAGMA user_version"),
			 db_schema_count);
	assert_int_equal(count_rows(db, "SELECT x FROM kept"), 42);
	assert_int_equal(count_rows(db, "SELECT count(*) FROM programs"), 0);
}

static void test_steps(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	int64_t version = count_rows(db, "PRAGMA user_version");
	const char *steps[16] = { NULL };
	size_t n = db_schema_count;

	(void)state;
	ok(record_range(db, begin_session(db, "p"), 0, 10, 1));
	memcpy(steps, db_schema_steps, n * sizeof(*steps));
	steps[n] = "ALTER TABLE programs ADD COLUMN note TEXT";
	steps[n + 1] = "CREATE TABLE half (x); CREATE TABLE programs (x)";
	ok(db_migrate(db, steps, n + 1, &failure));
	assert_int_equal(count_rows(db, "PRAGMA user_version"), version + 1);
	assert_int_equal(whitelist_size(db, "p"), 10);
	/* A step that fails half-way leaves the version before it. */
	assert_int_equal(db_migrate(db, steps, n + 2, &failure), -EUCLEAN);
	assert_int_equal(count_rows(db, "PRAGMA user_version"), version + 1);
	assert_int_equal(count_rows(db, "SELECT count(*) FROM sqlite_schema"
				    " WHERE name = 'half'"), 0);
	/* And this program's steps are now the older ones. */
	assert_int_equal(db_migrate(db, steps, n, &failure), -EPROTO);
	assert_sound(db);
}

/* ---- where -------------------------------------------------------------- */

static void expect_path(const char *option, const char *expected)
{
	cleanup_free char *path = NULL;

	ok(db_path(option, &path, &failure));
	assert_string_equal(path, expected);
}

static void test_path(void **state)
{
	cleanup_free char *path = NULL;

	(void)state;
	unsetenv("JAIL_DB");
	if (geteuid() == 0) {
		expect_path(NULL, "/var/lib/jail/jail.db");
		assert_int_equal(seteuid(65534), 0);
	}
	setenv("XDG_DATA_HOME", "/data", 1);
	setenv("HOME", "/home/ann", 1);
	expect_path(NULL, "/data/jail/jail.db");
	setenv("XDG_DATA_HOME", "relative", 1);
	expect_path(NULL, "/home/ann/.local/share/jail/jail.db");
	unsetenv("XDG_DATA_HOME");
	expect_path(NULL, "/home/ann/.local/share/jail/jail.db");
	unsetenv("HOME");
	assert_int_equal(db_path(NULL, &path, &failure), -ENOENT);
	assert_non_null(strstr(failure.text, "choose one with --db"));
	setenv("JAIL_DB", "", 1);
	assert_int_equal(db_path(NULL, &path, &failure), -ENOENT);
	setenv("JAIL_DB", "here.db", 1);
	expect_path(NULL, "here.db");
	expect_path("there.db", "there.db");
	assert_int_equal(db_path("", &path, &failure), -EINVAL);
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_older),
		store_test(test_steps),
		store_test(test_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
