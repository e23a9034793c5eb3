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

/* Two sessions that saw something, one of them without its executables, one
 * that never started, and an import; another program. */
static const char version_1[] =
	"PRAGMA application_id = 1784768876; PRAGMA user_version = 1;"
	"INSERT INTO programs VALUES (1, 'p'), (2, 'other');"
	"INSERT INTO sessions (id, program, uid, origin, started, kernel, libc)"
	" VALUES (1, 1, '00000001', 'learn', 1, 'k', 'l'),"
	" (2, 1, '00000002', 'learn', 2, 'k', 'l'),"
	" (3, 1, '00000003', 'learn', 3, 'k', 'l'),"
	" (4, 1, '00000004', 'import', 4, 'k', 'l'),"
	" (5, 2, '00000005', 'learn', 5, 'k', 'l');"
	"INSERT INTO images VALUES (2, 0, '/bin/sh', NULL),"
	" (5, 0, '/bin/sh', NULL);"
	"INSERT INTO calls VALUES (1, 0, 'x86_64', 1, 9, 1, 5, 10, 20),"
	" (1, 0, 'i386', 2, 9, 1, 5, 10, 20),"
	" (2, 0, 'x86_64', 1, 9, 1, 5, 10, 20),"
	" (5, 0, 'x86_64', 3, 9, 1, 5, 10, 20);"
	"INSERT INTO learned VALUES (1, 'x86_64', 1, 1), (1, 'i386', 2, 1),"
	" (2, 'x86_64', 3, 5);"
	"INSERT INTO arguments VALUES (1, 'x86_64', 1, 7, 0, 0, 3),"
	" (1, 'x86_64', 1, 8, 0, 0, 3), (2, 'x86_64', 1, 7, 0, 0, 6),"
	" (5, 'x86_64', 3, 7, 0, 0, 9);";

static void make_version_1(void)
{
	cleanup_free char *sql = base_printf(
		"PRAGMA journal_mode = WAL; BEGIN; %s %s COMMIT",
		db_schema_steps[0], version_1);

	assert_non_null(sql);
	sql_file(sql);
}

static void test_version_1(void **state)
{
	cleanup_profiles_known struct profiles_known known = { 0 };
	cleanup_db struct db *db = NULL;
	struct db_entry *entries;
	size_t count;

	(void)state;
	make_version_1();
	db = open_store(DB_READ);
	ok(db_known(db, "p", &known, &failure));
	assert_int_equal(known.set.count, 2);
	assert_int_equal(known.argument_count, 2);
	assert_int_equal(known.arguments[0].values[0], 7);
	assert_int_equal(known.arguments[0].calls, 6);
	assert_int_equal(known.arguments[1].values[0], 8);
	ok(db_entries(db, "p", &entries, &count, &failure));
	assert_int_equal(count, 2);
	assert_int_equal(entries[1].calls, 18);
	assert_false(entries[1].partial);
	db_entries_free(entries, count);
	assert_int_equal(count_rows(db, "SELECT count(*) FROM origins"), 4);
	assert_int_equal(count_rows(db, "SELECT count(*) FROM sessions"
				    " WHERE known IS NULL"), 5);
	assert_int_equal(count_rows(db, "SELECT max(lost_privileges)"
				    " FROM images"), 0);
	assert_sound(db);
	/* And it goes on. */
	db_close(take_ptr(db));
	db = open_store(DB_WRITE);
	ok(record_range(db, begin_session(db, "p"), 0, 10, 1));
	assert_int_equal(whitelist_size(db, "p"), 11);
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
		store_test(test_version_1),
		store_test(test_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
