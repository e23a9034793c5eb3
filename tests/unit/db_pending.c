/* SPDX-License-Identifier: MIT */
/* What waits for a decision: which denials, how many, in which order. */
#include "tests/unit/db_store.h"

#define SECOND INT64_C(1000000)

static struct profiles_denial denial_of(uint32_t number, int64_t time,
					uint64_t count)
{
	return (struct profiles_denial){
		.time = time, .last_time = time, .host = "a", .exe = "/bin/p",
		.call = call_of(number), .action = PROFILES_KILLED,
		.count = count,
	};
}

static int64_t add(struct db *db, const char *program, uint32_t number,
		   int64_t time, uint64_t count)
{
	struct profiles_denial denial = denial_of(number, time, count);
	int64_t id = 0;

	ok(db_denial_add(db, program, &denial, &id, &failure));
	return id;
}

static void decide(struct db *db, const char *program,
		   enum db_decision decision, uint32_t number)
{
	struct base_call call = call_of(number);

	ok(db_decide(db, program, decision, &call, 1, DB_REVIEWED, "ann",
		     &failure));
}

static void undo(struct db *db)
{
	struct db_undone *undone = NULL;
	size_t count;

	ok(db_undo(db, NULL, "bob", &undone, &count, &failure));
	free(undone);
}

struct found {
	struct db_pending rows[32];
	struct profiles_denial latest[32];
	char text[512];			/* "p:201 p:202 q:1 " */
	size_t count;
};

static int take(void *data, const struct db_pending *pending)
{
	struct found *found = data;
	size_t length = strlen(found->text);

	snprintf(found->text + length, sizeof(found->text) - length,
		 "%s:%u ", pending->program, pending->call.number);
	if (found->count < ARRAY_SIZE(found->rows)) {
		found->latest[found->count] = *pending->latest;
		found->rows[found->count] = *pending;
	}
	found->count++;
	return 0;
}

static struct found found;

static struct db_pending expect(struct db *db, const char *program,
				int64_t since, const char *text)
{
	memset(&found, 0, sizeof(found));
	ok(db_each_pending(db, program, since, take, &found, &failure));
	assert_string_equal(found.text, text);
	return found.rows[0];
}

static void test_groups(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	struct db_pending row;
	int64_t id;

	(void)state;
	expect(db, NULL, 0, "");
	add(db, "p", 201, 5 * SECOND, 3);
	id = add(db, "p", 201, 9 * SECOND, 1);
	add(db, "p", 201, 2 * SECOND, 2);
	row = expect(db, "p", 0, "p:201 ");
	assert_int_equal(row.count, 6);
	assert_int_equal(row.rows, 3);
	assert_int_equal(row.first_time, 2 * SECOND);
	assert_int_equal(row.last_time, 9 * SECOND);
	assert_int_equal(row.id, id);
	assert_int_equal(found.latest[0].time, 9 * SECOND);
	assert_string_equal(found.latest[0].exe, "/bin/p");
	assert_string_equal(found.latest[0].source, "jail");
	assert_false(row.listed);
	assert_false(row.decided);
	assert_int_equal(row.decision, DB_NONE);
	assert_int_equal(row.decided_at, 0);
	expect(db, "q", 0, "");
	/* Of two at the same time the one that was recorded later. */
	id = add(db, "p", 201, 9 * SECOND, 1);
	assert_int_equal(expect(db, "p", 0, "p:201 ").id, id);
}

/* Programs with most first, calls with most first. Counts beyond 2^63 are
 * more, not less. */
static void test_order(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);

	(void)state;
	add(db, "few", 1, SECOND, 5);
	add(db, "many", 1, SECOND, 3);
	add(db, "many", 2, SECOND, 4);
	add(db, "many", 3, SECOND, 3);
	expect(db, NULL, 0, "many:2 many:1 many:3 few:1 ");
	add(db, "few", 1, SECOND, 6);
	expect(db, NULL, 0, "few:1 many:2 many:1 many:3 ");
	add(db, "many", 3, SECOND, UINT64_C(1) << 63);
	expect(db, NULL, 0, "many:3 many:2 many:1 few:1 ");
	assert_true(found.rows[0].count == (UINT64_C(1) << 63) + 3);
	add(db, "many", 3, SECOND, UINT64_MAX);
	expect(db, NULL, 0, "many:3 many:2 many:1 few:1 ");
	assert_true(found.rows[0].count == UINT64_MAX);
	/* As many as that, too, and a name that is first. */
	add(db, "alike", 9, SECOND, UINT64_MAX);
	expect(db, NULL, 0, "alike:9 many:3 many:2 many:1 few:1 ");
}

static void test_since(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);

	(void)state;
	add(db, "p", 1, 10 * SECOND, 1);
	add(db, "p", 1, 30 * SECOND, 1);
	add(db, "p", 2, 20 * SECOND, 9);
	expect(db, NULL, 10 * SECOND, "p:2 p:1 ");
	expect(db, NULL, 20 * SECOND, "p:2 p:1 ");
	/* Of a group that has one since then all are told. */
	assert_int_equal(expect(db, NULL, 20 * SECOND + 1, "p:1 ").count, 2);
	expect(db, "p", 30 * SECOND, "p:1 ");
	expect(db, "q", 30 * SECOND, "");
	expect(db, NULL, 30 * SECOND + 1, "");
}

static void test_forgeable(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	struct profiles_denial denial = denial_of(1, SECOND, 1);
	int64_t id = 0;

	(void)state;
	denial.forgeable = true;
	snprintf(denial.source, sizeof(denial.source), "file");
	ok(db_denial_add(db, "p", &denial, &id, &failure));
	assert_true(expect(db, NULL, 0, "p:1 ").forgeable);
	assert_true(found.latest[0].forgeable);
	assert_string_equal(found.latest[0].source, "file");
	add(db, "p", 1, SECOND, 1);
	assert_false(expect(db, NULL, 0, "p:1 ").forgeable);
}

/* Decisions are made now: what is to be after one is of tomorrow. */
static void test_decided(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	int64_t now = base_now(), later = now + 86400 * SECOND;
	struct db_pending row;

	(void)state;
	for (uint32_t i = 1; i <= 3; i++)
		add(db, "p", i, now - SECOND, 1);
	decide(db, "p", DB_ALLOW, 1);
	decide(db, "p", DB_DROP, 2);
	decide(db, "p", DB_NEVER, 3);
	expect(db, NULL, 0, "");
	for (uint32_t i = 1; i <= 3; i++)
		add(db, "p", i, later, i);
	row = expect(db, NULL, 0, "p:2 p:1 ");
	assert_int_equal(row.count, 2);
	assert_int_equal(row.rows, 1);
	assert_true(row.decided);
	assert_int_equal(row.decision, DB_DROP);
	assert_in_range(row.decided_at, now, base_now());
	assert_false(row.listed);
	assert_true(found.rows[1].listed);
	assert_int_equal(found.rows[1].decision, DB_ALLOW);
	expect(db, NULL, later, "p:2 p:1 ");
	/* Taken back: all of it waits again. */
	undo(db);
	expect(db, NULL, 0, "p:3 p:2 p:1 ");
	assert_int_equal(found.rows[0].count, 4);
	assert_false(found.rows[0].decided);
	assert_int_equal(found.rows[0].decision, DB_NONE);
	undo(db);
	undo(db);
	expect(db, NULL, 0, "p:3 p:2 p:1 ");
	assert_int_equal(found.rows[2].count, 2);
	assert_false(found.rows[2].listed);
}

/* What an undo brings back is as old as it was, but what is allowed again has
 * answered what came meanwhile. */
static void test_undone(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	int64_t now;

	(void)state;
	decide(db, "p", DB_ALLOW, 2);
	decide(db, "p", DB_DROP, 1);
	now = base_now();
	add(db, "p", 1, now + 1, 1);
	while (base_now() <= now + 1)
		;
	expect(db, NULL, 0, "p:1 ");
	decide(db, "p", DB_ALLOW, 1);
	decide(db, "p", DB_DROP, 2);
	expect(db, NULL, 0, "");
	now = base_now();
	add(db, "p", 2, now + 1, 1);
	while (base_now() <= now + 1)
		;
	expect(db, NULL, 0, "p:2 ");
	undo(db);
	expect(db, NULL, 0, "");
	undo(db);
	assert_int_equal(expect(db, NULL, 0, "p:1 ").decision, DB_DROP);
}

/* A program that runs on with its old filter is no news. */
static void test_repeats(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	struct profiles_denial denial = denial_of(1, base_now(), 1);
	int64_t id = 0;

	(void)state;
	ok(db_denial_add(db, "p", &denial, &id, &failure));
	expect(db, NULL, 0, "p:1 ");
	decide(db, "p", DB_ALLOW, 1);
	denial.last_time += 86400 * SECOND;
	ok(db_denial_add(db, "p", &denial, &id, &failure));
	expect(db, NULL, 0, "");
	expect(db, NULL, denial.last_time, "");
}

/* What a training put on the whitelist is answered by it; what is refused all
 * the same afterwards is not. */
static void test_learned(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	struct profiles_image image = { .path = "/bin/p" };
	struct profiles_batch batch = { .images = &image, .image_count = 1 };
	int64_t session = begin_session(db, "p");

	(void)state;
	add(db, "p", 1, 999, 1);
	add(db, "p", 2, 999, 1);
	add(db, "p", 3, 999, 1);
	/* Call 1 with an executable, as is usual, was seen at 1000. */
	ok(db_session_record(db, session, &batch, &failure));
	ok(record_range(db, session, 1, 1, 1));
	expect(db, NULL, 0, "p:2 p:3 ");
	add(db, "p", 1, 1000, 1);	/* it was being learned */
	expect(db, NULL, 0, "p:2 p:3 ");
	add(db, "p", 1, 1001, 1);
	assert_true(expect(db, NULL, 0, "p:1 p:2 p:3 ").listed);
	assert_int_equal(found.rows[0].count, 1);
	assert_false(found.rows[1].listed);
	/* Without one the session counts from its beginning. */
	session = begin_session(db, "q");
	add(db, "q", 1, 999, 1);
	add(db, "q", 1, base_now() + SECOND, 1);
	ok(record_range(db, session, 1, 1, 1));
	assert_int_equal(expect(db, "q", 0, "q:1 ").count, 1);
	ok(db_forget(db, "p", &failure));
	expect(db, NULL, 0, "q:1 ");
}

/* Who is told may decide at once, and may stop. */
static int decide_at_once(void *data, const struct db_pending *pending)
{
	decide(data, pending->program, DB_NEVER, pending->call.number);
	return pending->call.number == 2 ? 7 : 0;
}

static void test_callback(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);

	(void)state;
	for (uint32_t i = 1; i <= 3; i++)
		add(db, "p", i, SECOND, 1);
	assert_int_equal(db_each_pending(db, NULL, 0, decide_at_once, db,
					 &failure), 7);
	expect(db, NULL, 0, "p:3 ");
}

static void test_changed(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	cleanup_db struct db *other = open_store(DB_WRITE);

	(void)state;
	assert_true(db_changed(db));	/* it was never asked */
	assert_false(db_changed(db));
	add(other, "p", 1, SECOND, 1);
	assert_true(db_changed(db));
	assert_false(db_changed(db));
	add(db, "p", 1, SECOND, 1);	/* its own */
	assert_false(db_changed(db));
	expect(other, NULL, 0, "p:1 ");
	assert_true(db_changed(other));
}

struct executables {
	char text[256];
};

static int take_executable(void *data, const char *program, const char *path,
			   bool first)
{
	struct executables *all = data;
	size_t length = strlen(all->text);

	snprintf(all->text + length, sizeof(all->text) - length, "%s:%s%s ",
		 program, path, first ? "!" : "");
	return 0;
}

static void test_executables(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	struct profiles_image images[] = {
		{ .image = 0, .path = "/bin/p" },
		{ .image = 1, .path = "/bin/sh" },
		{ .image = 2, .path = "/bin/p" },
	};
	struct profiles_batch batch = { .images = images, .image_count = 3 };
	struct executables all = { "" };

	(void)state;
	ok(db_session_record(db, begin_session(db, "p"), &batch, &failure));
	ok(db_session_record(db, begin_session(db, "p"), &batch, &failure));
	images[0].path = "/bin/sh";
	batch.image_count = 1;
	ok(db_session_record(db, begin_session(db, "q"), &batch, &failure));
	ok(db_each_executable(db, take_executable, &all, &failure));
	assert_string_equal(all.text, "p:/bin/p! p:/bin/sh q:/bin/sh! ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_groups),
		store_test(test_order),
		store_test(test_since),
		store_test(test_forgeable),
		store_test(test_decided),
		store_test(test_undone),
		store_test(test_repeats),
		store_test(test_learned),
		store_test(test_callback),
		store_test(test_changed),
		store_test(test_executables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
