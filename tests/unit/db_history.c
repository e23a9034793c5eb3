/* SPDX-License-Identifier: MIT */
/* What sessions say about calls: which ones found them, which ones looked for
 * them, and what is worth another look. */
#include <signal.h>

#include "tests/unit/db_store.h"

/* A session that let KNOWN pass, saw FIRST, FIRST + 1, ..., each CALLS times,
 * and ended with STATUS; -1: it has not ended. */
static int64_t session(struct db *db, const struct profiles_known *known,
		       uint32_t first, size_t count, uint64_t calls, int status)
{
	static char sh[] = "/bin/sh";
	const struct profiles_image image = { .path = sh };
	const struct profiles_batch batch = { .images = &image,
					      .image_count = 1 };
	struct db_session row = {
		.program = "p", .kernel = "k", .libc = "l", .passes = known,
	};
	int64_t id;
	char uid[9];

	ok(db_session_begin(db, &row, &id, uid, &failure));
	ok(db_session_record(db, id, &batch, &failure));
	if (count)
		ok(record_range(db, id, first, count, calls));
	if (status >= 0)
		ok(db_session_end(db, id, status, &failure));
	return id;
}

static void start_at(struct db *db, int64_t id, int64_t started)
{
	ok(db_run(db, &failure, "UPDATE sessions SET started = ?2, uid ="
		  " printf('%08x', 1000 - ?1) WHERE id = ?1", "ii", id,
		  started));
}

static const struct profiles_incidence *
item(const struct profiles_history *history, uint32_t number)
{
	for (size_t i = 0; i < history->item_count; i++)
		if (history->items[i].call.number == number)
			return &history->items[i];
	fail_msg("call %u is not in the history", number);
	return NULL;
}

static void expect_item(const struct profiles_history *history,
			uint32_t number, uint32_t seen, uint32_t looked)
{
	const struct profiles_incidence *found = item(history, number);

	assert_int_equal(found->seen, seen);
	assert_int_equal(found->looked, looked);
}

/* Sorted by when they began, whatever the order of the rows; where clocks say
 * the same, by their identifiers. */
static void test_visits(void **state)
{
	cleanup_profiles_history struct profiles_history h = { 0 };
	cleanup_db struct db *db = open_store(DB_WRITE);
	int64_t first = session(db, NULL, 0, 10, 1, 0);
	int64_t second = session(db, NULL, 5, 10, 1, 0);
	int64_t third = session(db, NULL, 14, 3, 1, 0);

	(void)state;
	start_at(db, first, 300);
	start_at(db, second, 300);	/* uid below first's */
	start_at(db, third, -5);	/* a clock that ran backwards */
	ok(db_history(db, "p", &h, &failure));
	assert_int_equal(h.visit_count, 3);
	assert_true(h.visits[0].started == -5);
	assert_int_equal(h.visits[0].found, 3);
	assert_int_equal(h.visits[0].fresh, 3);
	assert_int_equal(h.visits[1].found, 10);
	assert_int_equal(h.visits[1].fresh, 9);
	assert_int_equal(h.visits[2].found, 10);
	assert_int_equal(h.visits[2].fresh, 5);
	assert_true(strcmp(h.visits[1].session, h.visits[2].session) < 0);
	assert_int_equal(h.item_count, 17);
	for (size_t i = 0; i < h.item_count; i++)
		assert_int_equal(h.items[i].call.number, i);
	expect_item(&h, 0, 1, 3);
	expect_item(&h, 7, 2, 3);
	expect_item(&h, 14, 2, 3);
	expect_item(&h, 16, 1, 3);
}

static void test_counted(void **state)
{
	static const int bad[] = { SIGKILL, SIGSYS, SIGSYS | 0x80 };
	cleanup_profiles_history struct profiles_history h = { 0 };
	cleanup_db struct db *db = open_store(DB_WRITE);
	size_t counted = 0;

	(void)state;
	session(db, NULL, 0, 5, 1, 0);
	session(db, NULL, 0, 5, 1, 7 << 8);
	session(db, NULL, 0, 5, 1, SIGTERM);
	session(db, NULL, 0, 5, 1, -1);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		session(db, NULL, 5, 5, 1, bad[i]);
	ok(db_session_incomplete(db, session(db, NULL, 5, 6, 1, 0), &failure));
	/* It never started. */
	begin_session(db, "p");
	ok(db_history(db, "p", &h, &failure));
	assert_int_equal(h.visit_count, 8);
	for (size_t i = 0; i < h.visit_count; i++)
		counted += h.visits[i].counted;
	assert_int_equal(counted, 3);
	expect_item(&h, 0, 3, 3);
	expect_item(&h, 10, 0, 3);
}

/* Who let a call pass unseen did not look for it, unless it was seen there all
 * the same, with another argument. */
static void test_looked(void **state)
{
	cleanup_profiles_known struct profiles_known known = { 0 };
	cleanup_profiles_history struct profiles_history h = { 0 };
	cleanup_db struct db *db = open_store(DB_WRITE);

	(void)state;
	session(db, NULL, 0, 5, 1, 0);
	for (uint32_t i = 0; i < 4; i++)
		ok(profiles_set_add(&known.set, call_of(i)));
	ok(profiles_set_add(&known.watched, call_of(1)));
	session(db, &known, 3, 1, 1, 0);	/* 0 and 2 pass, 3 is seen */
	session(db, &known, 0, 0, 1, 0);
	session(db, &known, 0, 0, 1, SIGKILL);	/* counts for nothing */
	ok(db_history(db, "p", &h, &failure));
	expect_item(&h, 0, 1, 1);
	expect_item(&h, 1, 1, 3);
	expect_item(&h, 3, 2, 2);
	expect_item(&h, 4, 1, 3);
	assert_int_equal(h.visits[2].found, 0);
	assert_true(h.visits[2].counted);
	/* Of a store that lies nothing falls below what was seen. */
	ok(db_run(db, &failure, "INSERT INTO passed SELECT id, 'x86_64', 4"
		  " FROM sessions", ""));
	profiles_history_free(&h);
	ok(db_history(db, "p", &h, &failure));
	expect_item(&h, 4, 1, 1);
	ok(db_run(db, &failure, "INSERT INTO passed VALUES (1, 'vax', 4)",
		  ""));
	assert_int_equal(db_history(db, "p", &h, &failure), -EUCLEAN);
	assert_int_equal(h.visit_count, 0);
}

static uint64_t workload(struct db *db, char *const *argv)
{
	cleanup_profiles_history struct profiles_history h = { 0 };
	struct db_session row = {
		.program = "w", .argv = argv, .kernel = "k", .libc = "l",
	};
	uint64_t hash;
	int64_t id;
	char uid[9];

	ok(db_session_begin(db, &row, &id, uid, &failure));
	ok(record_range(db, id, 0, 1, 1));
	ok(db_history(db, "w", &h, &failure));
	assert_int_equal(h.visit_count, 1);
	hash = h.visits[0].workload;
	/* As in a store of before. */
	ok(db_run(db, &failure, "UPDATE sessions SET workload = NULL", ""));
	profiles_history_free(&h);
	ok(db_history(db, "w", &h, &failure));
	assert_true(h.visits[0].workload == hash);
	ok(db_forget(db, "w", &failure));
	return hash;
}

static void test_workloads(void **state)
{
	cleanup_profiles_history struct profiles_history h = { 0 };
	cleanup_db struct db *db = open_store(DB_WRITE);
	static char *a[] = { "w", "a b", NULL }, *b[] = { "w", "a", "b", NULL };

	(void)state;
	assert_true(workload(db, NULL) == 0);
	assert_true(workload(db, a) != 0);
	assert_true(workload(db, a) == workload(db, a));
	assert_true(workload(db, a) != workload(db, b));
	ok(db_history(db, "unknown", &h, &failure));
	assert_int_equal(h.visit_count + h.item_count, 0);
}

/* ---- what is watched ---------------------------------------------------- */

static bool watched(struct db *db, uint32_t number)
{
	cleanup_profiles_known struct profiles_known known = { 0 };

	ok(db_known(db, "p", &known, &failure));
	assert_true(profiles_set_has(&known.set, call_of(number)));
	return profiles_set_has(&known.watched, call_of(number));
}

static void record_one(struct db *db, int64_t id, uint32_t image,
		       uint32_t number, uint64_t calls, bool partial)
{
	const struct profiles_observation row = {
		.image = image, .call = call_of(number), .calls = calls,
		.partial = partial,
	};
	const struct profiles_batch batch = { .observations = &row,
					      .observation_count = 1 };

	ok(db_session_record(db, id, &batch, &failure));
}

static void test_watched(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	int64_t id = begin_session(db, "p");

	(void)state;
	record_one(db, id, 0, 1, 49, false);
	record_one(db, id, 0, 2, 50, false);
	record_one(db, id, 0, 3, UINT64_MAX, false);
	record_one(db, id, 0, 4, 1, true);
	record_one(db, id, 0, 5, 2, true);
	record_one(db, id, 0, 6, 25, false);
	record_one(db, id, 1, 6, 24, false);
	record_one(db, id, 0, 7, 49, false);
	record_one(db, id, 1, 7, 1, false);
	assert_true(watched(db, 1));
	assert_false(watched(db, 2));
	assert_false(watched(db, 3));
	assert_true(watched(db, 4));
	assert_false(watched(db, 5));
	assert_true(watched(db, 6));
	assert_false(watched(db, 7));
	/* The same session again is no other one, but its totals grow. */
	record_one(db, id, 0, 1, 49, false);
	assert_true(watched(db, 1));
	record_one(db, id, 0, 4, 49, true);
	assert_false(watched(db, 4));
	for (int i = 0; i < 2; i++) {
		id = begin_session(db, "p");
		assert_true(watched(db, 1));
		record_one(db, id, 0, 1, 1, false);
		record_one(db, begin_session(db, "q"), 0, 6, 1, false);
	}
	assert_false(watched(db, 1));
	assert_true(watched(db, 6));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_visits),
		store_test(test_counted),
		store_test(test_looked),
		store_test(test_workloads),
		store_test(test_watched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
