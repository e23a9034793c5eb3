/* SPDX-License-Identifier: MIT */
/*
 * A store of version 2, as jail made it before there were decisions to hear no
 * more of something, becomes one of this version: nothing of it is lost, how
 * large it may be and whatever ends the program meanwhile.
 */
#include "tests/unit/db_version.h"

/* Learned: 1, 2 and 3, of which 2 was dropped and 3 dropped and added again;
 * added: 4, which answers a denial. */
static const struct version version_2 = { 2,
	"PRAGMA application_id = 1784768876; PRAGMA user_version = 2;"
	"INSERT INTO programs VALUES (1, 'p'), (2, 'other');"
	"INSERT INTO sessions (id, program, uid, origin, started, kernel, libc,"
	" known) VALUES (1, 1, '00000001', 'learn', 1, 'k', 'l', 0);"
	"INSERT INTO images VALUES (1, 0, '/bin/p', NULL, 0);"
	"INSERT INTO calls VALUES (1, 0, 'x86_64', 1, 9, 1, 5, 10, 20, 0),"
	" (1, 0, 'x86_64', 2, 9, 1, 5, 10, 20, 0),"
	" (1, 0, 'x86_64', 3, 9, 1, 5, 10, 20, 0);"
	"INSERT INTO learned VALUES (1, 'x86_64', 1, 1),"
	" (1, 'x86_64', 2, 1), (1, 'x86_64', 3, 1);"
	"INSERT INTO denials (id, program, time, last_time, count, host,"
	" boot_id, serial, pid, uid, exe, comm, arch, number, ip, action,"
	" errno) VALUES"
	" (7, 'p', 30, 30, 1, 'h', 'b', 5, 1, 1, '/bin/p', 'p', 'x86_64', 4,"
	"  0, 'killed', 0),"
	" (8, 'p', 31, 31, -1, 'h', 'b', 0, 1, 1, '/bin/p', 'p', 'x86_64', 5,"
	"  0, 'errno', 38);"
	"INSERT INTO decisions VALUES"
	" (1, 1, 'x86_64', 2, 'drop', 'added', 40, 'ann', NULL),"
	" (3, 1, 'x86_64', 3, 'drop', 'added', 41, 'ann', NULL),"
	" (4, 1, 'x86_64', 3, 'allow', 'added', 42, 'ann', NULL),"
	" (9, 1, 'x86_64', 4, 'allow', 'reviewed', 43, NULL, 7),"
	" (10, 2, 'i386', 1, 'allow', 'imported', 44, 'bob', NULL);"
};

static int count_pending(void *data, const struct db_pending *pending)
{
	assert_int_equal(pending->call.number, 5);
	assert_true(pending->count == UINT64_MAX);
	assert_string_equal(pending->latest->source, "jail");
	++*(size_t *)data;
	return 0;
}

/* All that version_2 says, and that it can be gone on with. */
static void check_store(void)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	struct db_undone *undone;
	struct db_entry *entries;
	size_t count, pending = 0;

	assert_int_equal(count_rows(db, "PRAGMA user_version"),
			 db_schema_count);
	assert_sound(db);
	assert_int_equal(count_rows(db, "SELECT count(*) FROM"
				    " pragma_foreign_key_check"), 0);
	ok(db_entries(db, "p", &entries, &count, &failure));
	assert_int_equal(count, 3);
	assert_int_equal(entries[0].call.number, 1);
	assert_int_equal(entries[0].evidence, DB_LEARNED);
	assert_int_equal(entries[1].call.number, 3);
	assert_int_equal(entries[1].decided, 42);
	assert_string_equal(entries[1].who, "ann");
	assert_int_equal(entries[2].call.number, 4);
	assert_int_equal(entries[2].denial, 7);
	assert_int_equal(entries[2].evidence, DB_REVIEWED);
	db_entries_free(entries, count);
	assert_int_equal(whitelist_size(db, "other"), 1);
	assert_int_equal(count_rows(db, "SELECT count(*) FROM decisions"), 5);
	ok(db_each_pending(db, NULL, 0, count_pending, &pending, &failure));
	assert_int_equal(pending, 1);
	/* The old ones are decisions like any other, each for itself. */
	for (int i = 0; i < 4; i++) {
		ok(db_undo(db, NULL, "bob", &undone, &count, &failure));
		assert_int_equal(count, 1);
		free(undone);
	}
	assert_int_equal(db_undo(db, NULL, "bob", &undone, &count, &failure),
			 -ENOENT);
	assert_int_equal(whitelist_size(db, "p"), 3);
	assert_true(allows(db, "p", 2));
	assert_false(allows(db, "p", 4));
	/* What a denial is removed for does not remove what answered it. */
	ok(db_run(db, &failure, "DELETE FROM denials", ""));
	assert_int_equal(count_rows(db, "SELECT count(*) FROM decisions"
				    " WHERE denial IS NOT NULL"), 0);
	ok(db_forget(db, "p", &failure));
	assert_int_equal(count_rows(db, "SELECT count(*) FROM decisions"), 1);
}

static void test_kept(void **state)
{
	(void)state;
	make_version(&version_2);
	check_store();
}

static void test_large(void **state)
{
	cleanup_db struct db *db = NULL;

	(void)state;
	make_version(&version_2);
	sql_file("PRAGMA synchronous = OFF;"
		 "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL"
		 " SELECT n + 1 FROM n WHERE n < 100000)"
		 " INSERT INTO denials (program, time, last_time, count, host,"
		 " boot_id, serial, pid, uid, exe, comm, arch, number, ip,"
		 " action, errno) SELECT 'q', n, n, 1, 'h', 'b', n + 10, 1, 1,"
		 " '/bin/q', 'q', 'x86_64', n % 300, 0, 'killed', 0 FROM n;"
		 "INSERT INTO decisions (program, arch, number, verdict,"
		 " evidence, time, denial) SELECT 1, 'x86_64', 400 + id % 300,"
		 " 'allow', 'reviewed', 50, id FROM denials WHERE id % 10 = 0");
	db = open_store(DB_WRITE);
	assert_int_equal(count_rows(db, "SELECT count(*) FROM denials"
				    " WHERE source = 'jail' AND day IS NULL"),
			 100002);
	assert_int_equal(count_rows(db, "SELECT count(*) FROM decisions"),
			 10005);
	assert_int_equal(count_rows(db, "SELECT count(DISTINCT batch)"
				    " FROM decisions"), 10005);
	assert_int_equal(whitelist_size(db, "p"), 3 + 30);
	assert_sound(db);
}

static void test_killed(void **state)
{
	(void)state;
	survive(&version_2, 1, 15, check_store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_kept),
		store_test(test_large),
		store_test(test_killed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
