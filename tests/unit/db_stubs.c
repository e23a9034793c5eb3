/* SPDX-License-Identifier: MIT */
/* Calls that are answered an error because the program does without them, and
 * the trials that found them. */
#include "tests/unit/db_store.h"

static void stub(struct db *db, uint32_t number, int answer)
{
	const struct profiles_refused one = { call_of(number), answer };

	ok(db_stub(db, "p", &one, 1, DB_MINIMIZED, "ann", &failure));
}

static void test_stubs(void **state)
{
	const struct profiles_refused two[] = {
		{ call_of(3), ENOSYS }, { call_of(1), EPERM },
	};
	cleanup_db struct db *db = open_store(DB_WRITE);
	struct profiles_refused *stubs;
	struct db_undone *undone;
	struct base_call call = call_of(3);
	size_t count;

	(void)state;
	ok(record_range(db, begin_session(db, "p"), 0, 5, 1));
	ok(db_stub(db, "p", two, 2, DB_MINIMIZED, "ann", &failure));
	assert_int_equal(whitelist_size(db, "p"), 3);
	ok(db_stubs(db, "p", &stubs, &count, &failure));
	assert_int_equal(count, 2);
	assert_int_equal(stubs[0].call.number, 1);
	assert_int_equal(stubs[0].answer, EPERM);
	assert_int_equal(stubs[1].answer, ENOSYS);
	free(stubs);
	/* A person's later word counts, and can be taken back. */
	ok(db_decide(db, "p", DB_ALLOW, &call, 1, DB_ADDED, "bob", &failure));
	assert_true(allows(db, "p", 3));
	ok(db_undo(db, "p", "bob", &undone, &count, &failure));
	assert_int_equal(undone[0].is, DB_STUB);
	free(undone);
	ok(db_stubs(db, "p", &stubs, &count, &failure));
	assert_int_equal(count, 2);
	assert_int_equal(stubs[1].answer, ENOSYS);
	free(stubs);
	/* What was found together goes together. */
	ok(db_undo(db, "p", "bob", &undone, &count, &failure));
	assert_int_equal(count, 2);
	assert_int_equal(undone[0].was, DB_STUB);
	assert_int_equal(undone[0].is, DB_NONE);
	free(undone);
	assert_int_equal(whitelist_size(db, "p"), 5);
	ok(db_stubs(db, "unknown", &stubs, &count, &failure));
	assert_int_equal(count, 0);
	free(stubs);
}

static int note(void *data, const struct db_decided *row)
{
	*(struct db_decided *)data = *row;
	((struct db_decided *)data)->who = NULL;
	return 0;
}

static void test_refused(void **state)
{
	const struct profiles_refused bad[] = {
		{ call_of(1), ENOSYS }, { call_of(2), 0 },
	};
	cleanup_db struct db *db = open_store(DB_WRITE);
	struct profiles_refused *stubs;
	struct db_decided row = { 0 };
	size_t count;

	(void)state;
	ok(record_range(db, begin_session(db, "p"), 0, 5, 1));
	assert_int_equal(db_stub(db, "p", bad, 2, DB_MINIMIZED, "ann",
				 &failure), -EINVAL);
	assert_int_equal(whitelist_size(db, "p"), 5);
	stub(db, 1, 4094);
	ok(db_each_decision(db, "p", note, &row, &failure));
	assert_int_equal(row.decision, DB_STUB);
	assert_int_equal(row.answer, 4094);
	assert_int_equal(row.evidence, DB_MINIMIZED);
	ok(db_run(db, &failure, "UPDATE decisions SET answer = 4096", ""));
	assert_int_equal(db_stubs(db, "p", &stubs, &count, &failure),
			 -EUCLEAN);
	assert_non_null(strstr(failure.text, "a stub that answers 4096"));
	ok(db_run(db, &failure, "UPDATE decisions SET answer = NULL", ""));
	assert_int_equal(db_stubs(db, "p", &stubs, &count, &failure),
			 -EUCLEAN);
}

static int count_pending(void *data, const struct db_pending *pending)
{
	(void)pending;
	++*(size_t *)data;
	return 0;
}

/* A stub is known and wanted: no news for a session, no offer for a denial. */
static void test_quiet(void **state)
{
	cleanup_profiles_known struct profiles_known known = { 0 };
	cleanup_profiles_set struct profiles_set set = { 0 };
	cleanup_db struct db *db = open_store(DB_WRITE);
	struct profiles_denial denial = {
		.time = INT64_MAX, .last_time = INT64_MAX, .count = 1,
		.call = call_of(1), .action = PROFILES_ERRNO,
	};
	int64_t row = 0, id;
	size_t count = 0;

	(void)state;
	ok(record_range(db, begin_session(db, "p"), 0, 3, 1));
	ok(db_denial_add(db, "p", &denial, &row, &failure));
	ok(db_each_pending(db, "p", 0, count_pending, &count, &failure));
	assert_int_equal(count, 1);
	stub(db, 1, ENOSYS);
	ok(db_each_pending(db, "p", 0, count_pending, &count, &failure));
	assert_int_equal(count, 1);
	ok(db_known(db, "p", &known, &failure));
	assert_int_equal(known.set.count, 3);
	id = begin_session(db, "p");
	ok(record_range(db, id, 0, 3, 1));
	ok(db_session_new(db, id, &set, &failure));
	ok(db_session_dropped(db, id, &set, &failure));
	assert_int_equal(set.count, 0);
	ok(db_decide(db, "p", DB_DROP, (struct base_call[]){ call_of(2) }, 1,
		     DB_ADDED, NULL, &failure));
	ok(db_session_dropped(db, id, &set, &failure));
	assert_int_equal(set.count, 1);
}

/* ---- trials ------------------------------------------------------------- */

static int tell(void *data, const struct db_trial *trial)
{
	char *text = data;

	sprintf(text + strlen(text), "%u %d %s;", trial->call.number,
		trial->answer, trial->result);
	return 0;
}

static void expect_trials(struct db *db, const char *key, const char *expected)
{
	char text[256] = "";

	ok(db_each_trial(db, "p", key, tell, text, &failure));
	assert_string_equal(text, expected);
}

static void test_trials(void **state)
{
	struct db_trial trials[] = {
		{ call_of(9), ENOSYS, "needed" },
		{ call_of(2), ENOSYS, "needed" },
		{ call_of(2), EPERM, "works" },
	};
	cleanup_db struct db *db = open_store(DB_WRITE);

	(void)state;
	assert_int_equal(db_trial_store(db, "p", "k", trials, 1, &failure),
			 -ENOENT);
	ok(record_range(db, begin_session(db, "p"), 0, 1, 1));
	ok(db_trial_store(db, "p", "k", trials, 3, &failure));
	expect_trials(db, "k", "2 1 works;2 38 needed;9 38 needed;");
	expect_trials(db, "other", "");
	strcpy(trials[0].result, "works");
	ok(db_trial_store(db, "p", "k", trials, 1, &failure));
	ok(db_trial_store(db, "p", "l", trials, 2, &failure));
	expect_trials(db, "k", "2 1 works;2 38 needed;9 38 works;");
	ok(db_trials_forget(db, "p", &failure));
	expect_trials(db, "k", "");
	expect_trials(db, "l", "");
	ok(db_trials_forget(db, "unknown", &failure));
	ok(db_trial_store(db, "p", "k", trials, 3, &failure));
	assert_int_equal(whitelist_size(db, "p"), 1);
	ok(db_forget(db, "p", &failure));
	assert_int_equal(count_rows(db, "SELECT count(*) FROM trials"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_stubs),
		store_test(test_refused),
		store_test(test_quiet),
		store_test(test_trials),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
