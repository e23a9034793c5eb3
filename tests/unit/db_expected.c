/* SPDX-License-Identifier: MIT */
/*
 * Which denials are expected: those of calls whose latest decision is never.
 */
#include "tests/unit/db_store.h"

static const struct base_call one = {BASE_ARCH_X86_64, 83},
			      other = {BASE_ARCH_I386, 39};

static void decide(struct db *db, enum db_decision decision,
		   struct base_call call)
{
	ok(db_decide(db, "t", decision, &call, 1, DB_REVIEWED, "ann",
		     &failure));
}

static size_t expected(struct db *db, const char *program,
		       struct base_call call)
{
	cleanup_profiles_set struct profiles_set set = {0};

	ok(db_expected(db, program, &set, &failure));
	return 2 * set.count - profiles_set_has(&set, call);
}

static void the_latest_decision_counts(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);

	(void)state;
	assert_int_equal(expected(db, "t", one), 0);
	decide(db, DB_NEVER, one);
	assert_int_equal(expected(db, "t", one), 1);
	assert_int_equal(expected(db, "t", other), 2);
	assert_int_equal(expected(db, "u", one), 0);
	decide(db, DB_NEVER, other);
	decide(db, DB_ALLOW, one);
	assert_int_equal(expected(db, "t", other), 1);
	decide(db, DB_DROP, other);
	assert_int_equal(expected(db, "t", other), 0);
}

static void undone(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	cleanup_free struct db_undone *rows = NULL;
	size_t count;

	(void)state;
	decide(db, DB_NEVER, one);
	ok(db_undo(db, "t", "ann", &rows, &count, &failure));
	assert_int_equal(expected(db, "t", one), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(the_latest_decision_counts),
		store_test(undone),
	};

	return cmocka_run_group_tests_name("db_expected", tests, NULL, NULL);
}
