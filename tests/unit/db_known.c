/* SPDX-License-Identifier: MIT */
/*
 * What needs not be seen again, and what sessions that saw less say of
 * themselves: partial counts, how much they knew, privileges that were lost.
 */
#include "tests/unit/db_store.h"

/* ---- known -------------------------------------------------------------- */

static int record_value(struct db *db, int64_t id, uint32_t number,
			uint64_t value, uint64_t calls)
{
	const struct profiles_argument argument = {
		.call = call_of(number), .values = { value }, .calls = calls,
	};
	const struct profiles_batch batch = { .arguments = &argument,
					      .argument_count = 1 };

	return db_session_record(db, id, &batch, &failure);
}

/* How many calls are known, and how many values of their arguments. */
static void expect_known(struct db *db, size_t calls, size_t values)
{
	cleanup_profiles_known struct profiles_known known = { 0 };

	ok(db_known(db, "p", &known, &failure));
	assert_int_equal(known.set.count, calls);
	assert_int_equal(known.argument_count, values);
}

static void decide(struct db *db, enum db_decision decision, uint32_t number)
{
	struct base_call call = call_of(number);

	ok(db_decide(db, "p", decision, &call, 1, DB_ADDED, "ann", &failure));
}

static void test_known(void **state)
{
	cleanup_profiles_known struct profiles_known known = { 0 };
	static const uint64_t values[] = { UINT64_MAX, 7, 1ull << 63, 0 };
	cleanup_db struct db *db = open_store(DB_WRITE);
	int64_t id;

	(void)state;
	expect_known(db, 0, 0);		/* it is not in the store */
	id = begin_session(db, "p");
	expect_known(db, 0, 0);
	ok(record_range(db, begin_session(db, "other"), 100, 10, 1));
	ok(record_range(db, id, 0, 10, 1));
	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		ok(record_value(db, id, 5, values[i], i));
	ok(record_value(db, id, 4, 8, 1));
	ok(record_value(db, id, 77, 8, 1));	/* the call was not seen */
	id = begin_session(db, "p");
	ok(record_range(db, id, 9, 2, 1));
	ok(record_value(db, id, 5, 7, 30));
	ok(record_value(db, id, 5, 7, 40));
	ok(record_value(db, begin_session(db, "p"), 5, 7, 20));
	ok(db_known(db, "p", &known, &failure));
	assert_int_equal(known.set.count, 11);
	assert_true(profiles_set_has(&known.set, call_of(10)));
	assert_int_equal(known.argument_count, 5);
	assert_int_equal(known.arguments[0].call.number, 4);
	assert_int_equal(known.arguments[1].values[0], 0);
	assert_int_equal(known.arguments[2].values[0], 7);
	assert_int_equal(known.arguments[2].calls, 40);
	assert_true(known.arguments[3].values[0] == 1ull << 63);
	assert_true(known.arguments[4].values[0] == UINT64_MAX);
}

static void test_known_and_decisions(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	int64_t id = begin_session(db, "p");

	(void)state;
	ok(record_range(db, id, 0, 3, 1));
	ok(record_value(db, id, 1, 7, 1));
	decide(db, DB_ALLOW, 100);
	expect_known(db, 3, 1);		/* never seen here */
	decide(db, DB_DROP, 1);
	expect_known(db, 2, 0);		/* to be noticed */
	ok(record_range(db, begin_session(db, "p"), 0, 3, 1));
	expect_known(db, 2, 0);
	decide(db, DB_ALLOW, 1);
	expect_known(db, 3, 1);
	ok(record_range(db, begin_session(db, "p"), 100, 1, 1));
	expect_known(db, 4, 1);
	ok(db_forget(db, "p", &failure));
	expect_known(db, 0, 0);
}

static void test_known_and_import(void **state)
{
	cleanup_profiles_text struct profiles_text text = { 0 };
	struct db_imported imported = { 0 };
	cleanup_db struct db *db = open_store(DB_WRITE);

	(void)state;
	ok(record_range(db, begin_session(db, "p"), 0, 3, 1));
	ok(db_export(db, "p", 0, &text, &failure));
	ok(profiles_set_add(&text.set, call_of(100)));
	ok(db_import(db, &text, "ann", &imported, &failure));
	assert_int_equal(imported.fresh, 1);
	expect_known(db, 3, 0);
	ok(db_forget(db, "p", &failure));
	ok(db_import(db, &text, "ann", &imported, &failure));
	assert_int_equal(whitelist_size(db, "p"), 4);
	expect_known(db, 0, 0);
}

/* ---- it is read before each session ------------------------------------- */

struct cost {
	int scans, sorts, steps;
};

static int add_cost(unsigned what, void *data, void *stmt, void *nanoseconds)
{
	struct cost *cost = data;

	(void)what, (void)nanoseconds;
	cost->scans += sqlite3_stmt_status(
		stmt, SQLITE_STMTSTATUS_FULLSCAN_STEP, 0);
	cost->sorts += sqlite3_stmt_status(stmt, SQLITE_STMTSTATUS_SORT, 0);
	cost->steps += sqlite3_stmt_status(stmt, SQLITE_STMTSTATUS_VM_STEP, 0);
	return 0;
}

static struct cost cost_of_known(struct db *db)
{
	struct cost cost = { 0 };

	sqlite3_trace_v2(db->handle, SQLITE_TRACE_PROFILE, add_cost, &cost);
	expect_known(db, 20, 1);
	sqlite3_trace_v2(db->handle, 0, NULL, NULL);
	return cost;
}

static void learn(struct db *db)
{
	int64_t id = begin_session(db, "p");

	ok(record_range(db, id, 0, 20, 1));
	ok(record_value(db, id, 5, 7, 1));
}

static void test_cost(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	struct cost one, many;

	(void)state;
	for (int i = 0; i < DB_SELDOM; i++)
		learn(db);
	one = cost_of_known(db);
	for (int i = 0; i < 200; i++)
		learn(db);
	many = cost_of_known(db);
	assert_int_equal(one.scans + one.sorts, 0);
	assert_int_equal(many.scans + many.sorts, 0);
	assert_true(one.steps > 0);
	assert_int_equal(many.steps, one.steps);
	/* Nor do imported ones cost anything. */
	ok(db_run(db, &failure, "INSERT INTO seen SELECT program, arch, number,"
		  " 0, session, often FROM seen", ""));
	assert_int_equal(cost_of_known(db).steps, one.steps);
}

/* ---- sessions that saw less --------------------------------------------- */

static int partial_rows(void *data, const struct profiles_observation *row)
{
	*(int *)data += row->partial;
	return 0;
}

static void test_partial(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	int64_t id = begin_session(db, "p");
	struct profiles_observation row = {
		.call = call_of(1), .calls = 5, .partial = true,
	};
	const struct profiles_batch batch = { .observations = &row,
					      .observation_count = 1 };
	int rows = 0;

	(void)state;
	ok(db_session_record(db, id, &batch, &failure));
	row.partial = false;
	ok(db_session_record(db, id, &batch, &failure));
	ok(db_each_session_call(db, id, partial_rows, &rows, &failure));
	assert_int_equal(rows, 1);
	id = begin_session(db, "p");
	ok(db_session_record(db, id, &batch, &failure));
	ok(db_each_session_call(db, id, partial_rows, &rows, &failure));
	assert_int_equal(rows, 1);
}

static int note_path(void *data, const char *path)
{
	char *text = data;

	strcat(strcat(text, path), " ");
	return strcmp(path, "/bin/su") == 0;
}

static void test_lost(void **state)
{
	static char sudo[] = "/bin/sudo", su[] = "/bin/su", sh[] = "/bin/sh";
	struct profiles_image images[] = {
		{ .path = sh },
		{ .image = 1, .path = sudo, .lost_privileges = true },
		{ .image = 2, .path = su, .lost_privileges = true },
		{ .image = 3, .path = sudo, .lost_privileges = true },
	};
	const struct profiles_batch batch = { .images = images,
					      .image_count = 4 };
	cleanup_db struct db *db = open_store(DB_WRITE);
	int64_t id = begin_session(db, "p");
	char paths[64] = "";

	(void)state;
	ok(db_each_lost(db, id, note_path, paths, &failure));
	ok(db_session_record(db, id, &batch, &failure));
	images[1].lost_privileges = images[2].lost_privileges = false;
	ok(db_session_record(db, id, &batch, &failure));
	assert_int_equal(db_each_lost(db, id, note_path, paths, &failure), 1);
	assert_string_equal(paths, "/bin/su ");
	assert_int_equal(db_each_lost(db, id + 1, note_path, paths, &failure),
			 0);
	ok(db_run(db, &failure, "DELETE FROM images WHERE idx = 2", ""));
	ok(db_each_lost(db, id, note_path, paths, &failure));
	assert_string_equal(paths, "/bin/su /bin/sudo ");
}

/* All was known: no call was seen, and yet it ran. */
static void test_nothing_new(void **state)
{
	static char sh[] = "/bin/sh";
	const struct profiles_image image = { 0, sh, NULL, false, { 0 } };
	struct base_call calls[12];
	struct profiles_known passes = {
		.set = { calls, 12, 12 }, .watched = { &calls[3], 2, 2 },
	};
	const struct profiles_batch batch = { .images = &image,
					      .image_count = 1 };
	const char *count = "SELECT count(*) FROM origins";
	struct db_session session = {
		.program = "p", .kernel = "k", .libc = "l", .passes = &passes,
	};
	cleanup_db struct db *db = open_store(DB_WRITE);
	char uid[9];
	int64_t id;

	(void)state;
	for (uint32_t i = 0; i < 12; i++)
		calls[i] = call_of(i);
	ok(db_session_begin(db, &session, &id, uid, &failure));
	assert_int_equal(count_rows(db, count), 0);
	ok(db_session_record(db, id, &batch, &failure));
	assert_int_equal(count_rows(db, count), 1);
	assert_int_equal(count_rows(db, "SELECT known FROM sessions"), 10);
	assert_int_equal(count_rows(db, "SELECT count(*) FROM passed"), 10);
	assert_int_equal(count_rows(db, "SELECT count(*) FROM passed"
				    " WHERE number IN (3, 4)"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_known),
		store_test(test_known_and_decisions),
		store_test(test_known_and_import),
		store_test(test_cost),
		store_test(test_partial),
		store_test(test_lost),
		store_test(test_nothing_new),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
