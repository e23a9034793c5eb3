/* SPDX-License-Identifier: MIT */
/*
 * A store of version 3, as jail made it before sessions noted which calls
 * passed, becomes one of this version; also where the program is ended on the
 * way.
 */
#include "tests/unit/db_version.h"

/* Three sessions: 1 saw the calls 1, 2 (60 times, by two executables) and 3,
 * partly; 2 let what was known pass and saw 4; 3 was followed with --full. An
 * imported one; decisions of each kind, one of them taken back. */
static const struct version version_3 = { 3,
	"PRAGMA application_id = 1784768876; PRAGMA user_version = 3;"
	"INSERT INTO programs VALUES (1, 'p'), (2, 'other');"
	"INSERT INTO sessions (id, program, uid, origin, started, ended,"
	" status, argv, kernel, libc, known, full) VALUES"
	" (1, 1, '00000001', 'learn', 1, 2, 0, '[\"p\"]', 'k1', 'l', 0, 0),"
	" (2, 1, '00000002', 'learn', 2, 3, 0, '[\"p\"]', 'k2', 'l', 3, 0),"
	" (3, 1, '00000003', 'learn', 3, 4, 9, '[\"q\"]', 'k2', 'l', 0, 1),"
	" (4, 1, '00000004', 'import', 4, NULL, NULL, NULL, 'k3', 'l', NULL,"
	"  NULL);"
	"INSERT INTO images VALUES (1, 0, '/bin/p', 'aa', 0),"
	" (1, 1, '/bin/sh', NULL, 0), (2, 0, '/bin/p', 'bb', 0);"
	"INSERT INTO libraries VALUES (1, 0, '/lib/l', 'cc'),"
	" (1, 1, '/lib/l', 'cc'), (2, 0, '/lib/l', 'dd'),"
	" (2, 0, '/bin/sh', NULL);"
	"INSERT INTO calls VALUES (1, 0, 'x86_64', 1, 1, 1, 5, 10, 20, 0),"
	" (1, 0, 'x86_64', 2, 40, 1, 5, 10, 20, 0),"
	" (1, 1, 'x86_64', 2, -1, 1, 5, 10, 20, 0),"
	" (1, 0, 'x86_64', 3, 2, 1, 5, 10, 20, 1),"
	" (2, 0, 'x86_64', 4, 1, 1, 5, 10, 20, 0),"
	" (3, 0, 'x86_64', 1, 1, 1, 5, 10, 20, 0);"
	"INSERT INTO learned VALUES (1, 'x86_64', 1, 1),"
	" (1, 'x86_64', 2, 1), (1, 'x86_64', 3, 1), (1, 'x86_64', 4, 2);"
	"INSERT INTO decisions VALUES"
	" (1, 1, 'x86_64', 2, 'drop', 'added', 40, 'ann', NULL, 40, 1, NULL),"
	" (2, 1, 'x86_64', 2, 'none', 'added', 41, 'ann', NULL, 0, 2, 1),"
	" (3, 1, 'x86_64', 9, 'never', 'reviewed', 42, NULL, NULL, 42, 3,"
	"  NULL),"
	" (7, 1, 'x86_64', 8, 'allow', 'imported', 43, 'bob', NULL, 43, 4,"
	"  NULL);"
};

static void expect_item(const struct profiles_history *h, size_t index,
			uint32_t number, uint32_t seen, uint32_t looked)
{
	assert_int_equal(h->items[index].call.number, number);
	assert_int_equal(h->items[index].seen, seen);
	assert_int_equal(h->items[index].looked, looked);
}

static void check_history(struct db *db)
{
	cleanup_profiles_history struct profiles_history h = { 0 };
	cleanup_profiles_known struct profiles_known known = { 0 };

	ok(db_history(db, "p", &h, &failure));
	assert_int_equal(h.visit_count, 3);
	assert_true(h.visits[0].counted && h.visits[1].counted);
	assert_false(h.visits[2].counted);	/* SIGKILL */
	assert_true(h.visits[0].workload == h.visits[1].workload);
	assert_true(h.visits[0].workload != h.visits[2].workload);
	assert_int_equal(h.item_count, 4);
	expect_item(&h, 0, 1, 1, 1);
	expect_item(&h, 1, 2, 1, 1);
	expect_item(&h, 2, 3, 1, 1);
	expect_item(&h, 3, 4, 1, 2);
	ok(db_known(db, "p", &known, &failure));
	assert_int_equal(known.set.count, 4);
	assert_int_equal(known.watched.count, 2);	/* 1 and 4 */
	assert_int_equal(known.watched.calls[0].number, 1);
}

static void check_objects(struct db *db)
{
	struct db_objects objects;

	ok(db_objects(db, "p", &objects, &failure));
	assert_int_equal(objects.count, 5);
	assert_string_equal(objects.objects[0].build_id, "aa");
	assert_string_equal(objects.objects[2].path, "/bin/sh");
	assert_null(objects.objects[2].build_id);
	assert_false(objects.objects[2].library);
	assert_string_equal(objects.objects[4].build_id, "dd");
	assert_int_equal(objects.objects[4].stamp.inode, 0);
	assert_string_equal(objects.kernels[0], "k1");
	assert_string_equal(objects.kernels[1], "k2");
	assert_null(objects.kernels[2]);
	db_objects_free(&objects);
}

static void check_store(void)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	const struct profiles_refused stub = { call_of(3), EPERM };
	struct db_undone *undone;
	struct db_entry *entries;
	size_t count;

	assert_int_equal(count_rows(db, "PRAGMA user_version"),
			 db_schema_count);
	assert_sound(db);
	assert_int_equal(count_rows(db, "SELECT count(*) FROM"
				    " pragma_foreign_key_check"), 0);
	assert_int_equal(count_rows(db, "SELECT count(*) FROM decisions"), 4);
	ok(db_entries(db, "p", &entries, &count, &failure));
	assert_int_equal(count, 5);
	assert_true(entries[1].partial);
	assert_false(entries[3].partial);
	assert_int_equal(entries[4].evidence, DB_IMPORTED);
	db_entries_free(entries, count);
	check_history(db);
	check_objects(db);
	ok(db_stub(db, "p", &stub, 1, DB_MINIMIZED, NULL, &failure));
	assert_int_equal(whitelist_size(db, "p"), 4);
	ok(db_undo(db, "p", NULL, &undone, &count, &failure));
	assert_int_equal(undone[0].was, DB_STUB);
	free(undone);
	ok(db_undo(db, "p", NULL, &undone, &count, &failure));
	assert_int_equal(undone[0].was, DB_NEVER);
	free(undone);
	assert_int_equal(db_undo(db, "p", NULL, &undone, &count, &failure),
			 -ENOENT);
	ok(db_forget(db, "p", &failure));
	assert_int_equal(count_rows(db,
		"SELECT (SELECT count(*) FROM seen)"
		" + (SELECT count(*) FROM passed)"
		" + (SELECT count(*) FROM learned_objects)"
		" + (SELECT count(*) FROM decisions)"), 0);
}

static void test_kept(void **state)
{
	(void)state;
	make_version(&version_3);
	check_store();
}

/* As many sessions as ten years bring. */
static void test_large(void **state)
{
	cleanup_profiles_history struct profiles_history h = { 0 };
	cleanup_db struct db *db = NULL;

	(void)state;
	make_version(&version_3);
	sql_file("PRAGMA synchronous = OFF;"
		 "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL"
		 " SELECT n + 1 FROM n WHERE n < 1000)"
		 " INSERT INTO sessions (program, uid, origin, started, ended,"
		 " status, kernel, libc, known) SELECT 2, printf('%08x', n),"
		 " 'learn', n, n, 0, 'k', 'l', 0 FROM n;"
		 "INSERT INTO calls SELECT id, 0, 'x86_64', number, 3, 0, 0, 1,"
		 " 2, 0 FROM sessions JOIN (WITH RECURSIVE n (number) AS"
		 " (SELECT 0 UNION ALL SELECT number + 1 FROM n"
		 " WHERE number < 99) SELECT number FROM n) WHERE program = 2;"
		 "INSERT INTO learned SELECT 2, arch, number, session"
		 " FROM calls WHERE session = 5");
	db = open_store(DB_WRITE);
	assert_int_equal(count_rows(db, "SELECT count(*) FROM seen"
				    " WHERE program = 2"), 100000);
	ok(db_history(db, "other", &h, &failure));
	assert_int_equal(h.item_count, 100);
	assert_int_equal(h.items[99].seen, 1000);
	assert_sound(db);
}

static void test_killed(void **state)
{
	(void)state;
	survive(&version_3, 5, 25, check_store);
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
