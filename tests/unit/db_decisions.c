/* SPDX-License-Identifier: MIT */
/* Decisions: what each does to a whitelist, and how one is taken back. */
#include "tests/unit/db_store.h"

static void decide(struct db *db, const char *program,
		   enum db_decision decision, uint32_t number,
		   const char *author)
{
	struct base_call call = call_of(number);

	ok(db_decide(db, program, decision, &call, 1, DB_REVIEWED, author,
		     &failure));
}

/* What was taken back, one call. */
static struct db_undone undo(struct db *db, const char *program)
{
	struct db_undone *undone = NULL, one;
	size_t count = 0;

	ok(db_undo(db, program, "bob", &undone, &count, &failure));
	assert_int_equal(count, 1);
	one = undone[0];
	free(undone);
	return one;
}

static void expect_undone(struct db *db, const char *program, uint32_t number,
			  enum db_decision was, enum db_decision is)
{
	struct db_undone undone = undo(db, program);

	assert_int_equal(undone.call.number, number);
	assert_int_equal(undone.was, was);
	assert_int_equal(undone.is, is);
}

static void expect_nothing_left(struct db *db, const char *program)
{
	struct db_undone *undone = NULL;
	size_t count = 0;

	assert_int_equal(db_undo(db, program, "bob", &undone, &count,
				 &failure), -ENOENT);
	assert_null(undone);
	assert_non_null(strstr(failure.text, "could be taken back"));
}

static struct db_entry entry_of(struct db *db, uint32_t number)
{
	struct db_entry *entries, found = { 0 };
	size_t count;

	ok(db_entries(db, "p", &entries, &count, &failure));
	for (size_t i = 0; i < count; i++)
		if (entries[i].call.number == number) {
			found = entries[i];
			found.who = entries[i].who ? "somebody" : NULL;
		}
	db_entries_free(entries, count);
	return found;
}

static bool known(struct db *db, uint32_t number)
{
	cleanup_profiles_known struct profiles_known all = { 0 };

	ok(db_known(db, "p", &all, &failure));
	return profiles_set_has(&all.set, call_of(number));
}

static void test_names(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);

	(void)state;
	assert_string_equal(db_decision_name(DB_ALLOW), "allow");
	assert_string_equal(db_decision_name(DB_DROP), "drop");
	assert_string_equal(db_decision_name(DB_NEVER), "never");
	assert_string_equal(db_decision_name(DB_NONE), "none");
	for (int i = DB_ALLOW; i <= DB_NONE; i++) {
		enum db_decision parsed;

		ok(db_decision_parse(db, db_decision_name(i), &parsed,
				     &failure));
		assert_int_equal(parsed, i);
	}
}

/* Of a program that was never heard of. */
static void test_unknown_program(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);

	(void)state;
	decide(db, "o", DB_DROP, 201, "ann");
	assert_int_equal(whitelist_size(db, "o"), 0);
	decide(db, "p", DB_NEVER, 201, "ann");
	assert_int_equal(whitelist_size(db, "p"), 0);
	decide(db, "q", DB_ALLOW, 201, "ann");
	assert_true(allows(db, "q", 201));
}

/* `never` keeps off what was learned before it, and what is learned later. */
static void test_never(void **state)
{
	cleanup_profiles_set struct profiles_set fresh = { 0 }, off = { 0 };
	cleanup_db struct db *db = open_store(DB_WRITE);
	int64_t session;

	(void)state;
	ok(record_range(db, begin_session(db, "p"), 10, 2, 1));
	decide(db, "p", DB_NEVER, 10, "ann");
	decide(db, "p", DB_NEVER, 12, "ann");
	session = begin_session(db, "p");
	ok(record_range(db, session, 10, 4, 1));
	assert_false(allows(db, "p", 10));
	assert_true(allows(db, "p", 11));
	assert_false(allows(db, "p", 12));
	assert_true(allows(db, "p", 13));
	assert_int_equal(whitelist_size(db, "p"), 2);
	assert_false(known(db, 10));
	assert_true(known(db, 11));
	ok(db_session_new(db, session, &fresh, &failure));
	assert_int_equal(fresh.count, 1);
	assert_true(profiles_set_has(&fresh, call_of(13)));
	ok(db_session_dropped(db, session, &off, &failure));
	assert_int_equal(off.count, 2);
	assert_true(profiles_set_has(&off, call_of(12)));
	decide(db, "p", DB_ALLOW, 12, "ann");
	assert_true(allows(db, "p", 12));
}

/* Of another machine no more than of this one. */
static void test_import(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	struct profiles_text text = { .program = "p", .has_set = true };
	struct db_imported imported = { 0 };

	(void)state;
	decide(db, "p", DB_NEVER, 251, "ann");
	decide(db, "p", DB_ALLOW, 250, "ann");
	expect_undone(db, "p", 250, DB_ALLOW, DB_NONE);
	assert_int_equal(profiles_set_add(&text.set, call_of(251)) >= 0, true);
	assert_int_equal(profiles_set_add(&text.set, call_of(250)) >= 0, true);
	ok(db_import(db, &text, "ann", &imported, &failure));
	assert_int_equal(imported.fresh, 1);
	assert_int_equal(imported.dropped.count, 1);
	assert_false(allows(db, "p", 251));
	assert_true(allows(db, "p", 250));
	profiles_set_free(&imported.dropped);
	profiles_set_free(&text.set);
	/* An import is not taken back, what was decided on it is: then it is
	 * imported again. */
	decide(db, "p", DB_DROP, 250, "ann");
	expect_undone(db, "p", 250, DB_DROP, DB_ALLOW);
	assert_int_equal(entry_of(db, 250).evidence, DB_IMPORTED);
	expect_undone(db, "p", 251, DB_NEVER, DB_NONE);
	expect_nothing_left(db, "p");
	assert_true(allows(db, "p", 250));
}

static void test_undo(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	struct db_undone undone;
	int64_t before = base_now();

	(void)state;
	expect_nothing_left(db, NULL);
	ok(record_range(db, begin_session(db, "p"), 10, 1, 1));
	decide(db, "p", DB_DROP, 10, "ann");
	decide(db, "p", DB_NEVER, 10, "cat");
	undone = undo(db, "p");
	assert_string_equal(undone.program, "p");
	assert_string_equal(undone.who, "cat");
	assert_in_range(undone.decided, before, base_now());
	assert_int_equal(undone.call.number, 10);
	assert_int_equal(undone.was, DB_NEVER);
	assert_int_equal(undone.is, DB_DROP);
	assert_false(allows(db, "p", 10));
	/* Further back, and not to and fro: as it was learned. */
	expect_undone(db, "p", 10, DB_DROP, DB_NONE);
	assert_true(allows(db, "p", 10));
	assert_true(known(db, 10));
	assert_int_equal(entry_of(db, 10).evidence, DB_LEARNED);
	assert_null(entry_of(db, 10).who);
	assert_int_equal(entry_of(db, 10).decided, 0);
	expect_nothing_left(db, "p");
	/* A new one can be taken back again. */
	decide(db, "p", DB_DROP, 10, "ann");
	assert_false(allows(db, "p", 10));
	expect_undone(db, "p", 10, DB_DROP, DB_NONE);
	assert_true(allows(db, "p", 10));
	assert_int_equal(count_rows(db, "SELECT count(*) FROM decisions"), 6);
}

/* Those made together go together; the newest first, whose it may be. */
static void test_undo_together(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	const struct base_call calls[] = { call_of(1), call_of(2), call_of(3) };
	struct db_undone *undone;
	size_t count;

	(void)state;
	decide(db, "p", DB_NEVER, 2, "ann");
	ok(db_decide(db, "p", DB_ALLOW, calls, 3, DB_REVIEWED, "ann",
		     &failure));
	decide(db, "q", DB_ALLOW, 1, "ann");
	assert_int_equal(whitelist_size(db, "p"), 3);
	ok(db_undo(db, "p", "bob", &undone, &count, &failure));
	assert_int_equal(count, 3);
	assert_int_equal(undone[0].is, DB_NONE);
	assert_int_equal(undone[1].is, DB_NEVER);
	free(undone);
	assert_int_equal(whitelist_size(db, "p"), 0);
	assert_true(allows(db, "q", 1));
	expect_undone(db, NULL, 1, DB_ALLOW, DB_NONE);
	assert_false(allows(db, "q", 1));
	expect_undone(db, NULL, 2, DB_NEVER, DB_NONE);
	expect_nothing_left(db, NULL);
	expect_nothing_left(db, "nobody");
}

/* A call twice in one decision. */
static void test_undo_double(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	const struct base_call calls[] = { call_of(1), call_of(1) };
	struct db_undone *undone;
	size_t count;

	(void)state;
	ok(db_decide(db, "p", DB_ALLOW, calls, 2, DB_ADDED, "ann", &failure));
	ok(db_undo(db, "p", "bob", &undone, &count, &failure));
	assert_int_equal(undone[0].is, DB_NONE);
	free(undone);
	assert_false(allows(db, "p", 1));
	expect_nothing_left(db, "p");
}

/* The evidence of what holds again comes back with it. */
static void test_evidence(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	struct profiles_denial denial = {
		.time = 1000, .call = call_of(201), .count = 1,
	};
	struct db_entry entry;
	int64_t id = 0;

	(void)state;
	ok(db_denial_add(db, "p", &denial, &id, &failure));
	decide(db, "p", DB_ALLOW, 201, "ann");
	assert_int_equal(entry_of(db, 201).denial, id);
	decide(db, "p", DB_NEVER, 201, "ann");
	assert_false(allows(db, "p", 201));
	expect_undone(db, "p", 201, DB_NEVER, DB_ALLOW);
	entry = entry_of(db, 201);
	assert_int_equal(entry.evidence, DB_REVIEWED);
	assert_int_equal(entry.denial, id);
	assert_non_null(entry.who);
	ok(db_forget(db, "p", &failure));
	expect_nothing_left(db, "p");
}

/* What was decided and taken back before a session is new in it. */
static void test_session_after_undo(void **state)
{
	cleanup_profiles_set struct profiles_set fresh = { 0 }, off = { 0 };
	cleanup_db struct db *db = open_store(DB_WRITE);
	int64_t session, before;

	(void)state;
	decide(db, "p", DB_ALLOW, 10, "ann");
	decide(db, "p", DB_ALLOW, 11, "ann");
	expect_undone(db, "p", 11, DB_ALLOW, DB_NONE);
	/* Their order is told by the clock. */
	for (before = base_now(); base_now() == before;)
		;
	session = begin_session(db, "p");
	ok(record_range(db, session, 10, 2, 1));
	ok(db_session_new(db, session, &fresh, &failure));
	assert_int_equal(fresh.count, 1);
	assert_true(profiles_set_has(&fresh, call_of(11)));
	ok(db_session_dropped(db, session, &off, &failure));
	assert_int_equal(off.count, 0);
}

static int take_decided(void *data, const struct db_decided *row)
{
	char *text = data;
	size_t length = strlen(text);

	assert_true(row->time > 0);
	snprintf(text + length, 128 - length, "%u:%s:%s ", row->call.number,
		 db_decision_name(row->decision), row->who ? row->who : "-");
	return 0;
}

static void test_each(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	char text[128] = "";

	(void)state;
	ok(db_each_decision(db, "p", take_decided, text, &failure));
	assert_string_equal(text, "");
	decide(db, "p", DB_ALLOW, 9, "ann");
	decide(db, "p", DB_NEVER, 9, "cat");
	decide(db, "p", DB_DROP, 3, "ann");
	decide(db, "q", DB_ALLOW, 4, "ann");
	decide(db, "p", DB_ALLOW, 5, NULL);
	decide(db, "p", DB_NEVER, 4, "ann");
	expect_undone(db, "p", 4, DB_NEVER, DB_NONE);
	ok(db_each_decision(db, "p", take_decided, text, &failure));
	assert_string_equal(text, "3:drop:ann 5:allow:- 9:never:cat ");
}

static void test_damaged(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	struct db_undone *undone = NULL;
	size_t count;

	(void)state;
	decide(db, "p", DB_ALLOW, 10, "ann");
	db_close(take_ptr(db));
	sql_file("PRAGMA ignore_check_constraints = 1;"
		 "UPDATE decisions SET verdict = 'perhaps'");
	db = open_store(DB_WRITE);
	assert_int_equal(db_undo(db, "p", "bob", &undone, &count, &failure),
			 -EUCLEAN);
	assert_null(undone);
	assert_int_equal(whitelist_size(db, "p"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_names),
		store_test(test_unknown_program),
		store_test(test_never),
		store_test(test_import),
		store_test(test_undo),
		store_test(test_undo_together),
		store_test(test_undo_double),
		store_test(test_evidence),
		store_test(test_session_after_undo),
		store_test(test_each),
		store_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
