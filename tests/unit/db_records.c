/* SPDX-License-Identifier: MIT */
/* What records of the kernel become: few rows, whatever a target does, and
 * none that jail wrote already. */
#include "tests/unit/db_records.h"

/* ---- rows --------------------------------------------------------------- */

struct rows {
	size_t count;
	struct profiles_denial last;
};

static int take_row(void *data, int64_t id, const char *program,
		    const struct profiles_denial *denial)
{
	struct rows *rows = data;

	(void)id, (void)program;
	rows->count++;
	rows->last = *denial;
	return 0;
}

static struct rows rows_of(struct db *db)
{
	struct rows rows = { 0 };

	ok(db_each_denial(db, NULL, take_row, &rows, &failure));
	return rows;
}

static void test_row(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	struct profiles_denial denial = denial_of(201, "a");
	struct db_group group = { .program = "p", .denial = &denial };
	struct db_covered covered = { 0 };
	struct db_event events[] = { { 6, 0, NOW + 2000 }, { 5, 0, NOW } };
	struct rows rows;

	(void)state;
	denial.action = PROFILES_TRAPPED;
	denial.forgeable = true;
	snprintf(denial.source, sizeof(denial.source), "file");
	snprintf(denial.boot_id, sizeof(denial.boot_id), "boot");
	ok(give(db, &covered, &group, 1, events, 2, false));
	rows = rows_of(db);
	assert_int_equal(rows.count, 1);
	assert_int_equal(rows.last.count, 2);
	assert_int_equal(rows.last.serial, 5);
	assert_int_equal(rows.last.time, NOW);
	assert_int_equal(rows.last.last_time, NOW + 2000);
	assert_int_equal(rows.last.action, PROFILES_TRAPPED);
	assert_true(rows.last.forgeable);
	assert_string_equal(rows.last.source, "file");
	assert_string_equal(rows.last.code, "");
	assert_string_equal(rows.last.boot_id, "boot");
	/* More of the same; now it is known what the address was in. */
	snprintf(denial.code, sizeof(denial.code), "/lib/libc.so.6+0x10");
	events[0] = (struct db_event){ 4, 0, NOW - 1000 };
	events[1] = (struct db_event){ 9, 0, NOW + 9000 };
	ok(give(db, &covered, &group, 1, events, 2, false));
	rows = rows_of(db);
	assert_int_equal(rows.count, 1);
	assert_int_equal(rows.last.count, 4);
	assert_int_equal(rows.last.serial, 4);
	assert_int_equal(rows.last.time, NOW - 1000);
	assert_int_equal(rows.last.last_time, NOW + 9000);
	assert_string_equal(rows.last.code, "/lib/libc.so.6+0x10");
	/* Another day is another row, and so is what anybody could forge. */
	events[0] = (struct db_event){ 10, 0, NOW + DAY };
	ok(give(db, &covered, &group, 1, events, 1, false));
	assert_int_equal(rows_of(db).count, 2);
	denial.forgeable = false;
	events[0] = (struct db_event){ 11, 0, NOW };
	ok(give(db, &covered, &group, 1, events, 1, false));
	assert_int_equal(rows_of(db).count, 3);
}

/* The index wants serials of a boot to be unique; where the boot is not known
 * they need not be. */
static void test_same_serial(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	struct profiles_denial denials[] = {
		denial_of(201, "a"), denial_of(202, "a"),
	};
	struct db_group groups[] = {
		{ .program = "p", .denial = &denials[0] },
		{ .program = "p", .denial = &denials[1] },
	};
	struct db_covered covered = { 0 };
	const struct db_event events[] = {
		{ 5, 0, NOW }, { 5, 1, NOW + 5000000 },
	};

	(void)state;
	ok(give(db, &covered, groups, 2, events, 2, true));
	assert_int_equal(total(db), 2);
	assert_int_equal(count_rows(db, "SELECT count(*) FROM denials"
				    " WHERE serial = 5"), 1);
	assert_int_equal(count_rows(db, "SELECT count(*) FROM denials"
				    " WHERE serial = 0"), 1);
	assert_true(groups[1].id > groups[0].id);
}

/* A target that has itself executed under ever new names, or makes up calls,
 * gets a few rows and is counted whole. */
static void test_flood(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	struct profiles_denial denial = denial_of(201, "a");
	struct db_group group = { .program = "p", .denial = &denial };
	struct db_covered covered = { 0 };

	(void)state;
	ok(db_run(db, &failure, "PRAGMA synchronous = OFF", ""));
	for (uint32_t i = 0; i < 1000; i++) {
		struct db_event event = { i + 1, 0, NOW + 1000 * i };

		snprintf(denial.exe, sizeof(denial.exe), "/tmp/%u", i);
		ok(give(db, &covered, &group, 1, &event, 1, true));
		assert_int_equal(group.counted, 1);
		assert_true(group.id > 0);
	}
	assert_int_equal(count_rows(db, "SELECT count(*) FROM denials"), 16);
	assert_int_equal(total(db), 1000);
	/* What has a row goes on. */
	snprintf(denial.exe, sizeof(denial.exe), "/tmp/3");
	ok(give(db, &covered, &group, 1, &(struct db_event){ 2000, 0, NOW }, 1,
		true));
	assert_int_equal(count_rows(db, "SELECT count FROM denials"
				    " WHERE exe = '/tmp/3'"), 2);
	for (uint32_t i = 0; i < 1000; i++) {
		struct db_event event = { i + 5000, 0, NOW + 1000 * i };

		denial.call.number = 100000 + i;
		ok(give(db, &covered, &group, 1, &event, 1, true));
	}
	assert_int_equal(count_rows(db, "SELECT count(*) FROM denials"
				    " WHERE number > 201"), 64);
	assert_int_equal(total(db), 2001);
	/* Another program has its own. */
	group.program = "q";
	ok(give(db, &covered, &group, 1, &(struct db_event){ 9000, 0, NOW }, 1,
		true));
	assert_int_equal(count_rows(db, "SELECT count(*) FROM denials"
				    " WHERE program = 'q'"), 1);
}

/* Under ever new names, of which the store knows one. */
static void test_strangers(void **state)
{
	enum { COUNT = 5000, LIMIT = 4096 };
	cleanup_db struct db *db = open_store(DB_WRITE);
	struct profiles_denial denial = denial_of(201, "a");
	struct db_group *groups = calloc(COUNT, sizeof(*groups));
	struct db_event *events = calloc(COUNT, sizeof(*events));
	char (*names)[8] = calloc(COUNT, sizeof(*names));
	struct db_covered covered = { 0 };

	(void)state;
	assert_true(groups && events && names);
	ok(record_range(db, begin_session(db, "4998"), 1, 1, 1));
	for (uint32_t i = 0; i < COUNT; i++) {
		snprintf(names[i], sizeof(names[i]), "%u", i);
		groups[i] = (struct db_group){ .program = names[i],
					       .denial = &denial };
		events[i] = (struct db_event){ i + 1, i, NOW + i * 1000 };
	}
	for (uint32_t i = 0; i < COUNT; i += COUNT / 2)
		ok(give(db, &covered, groups, COUNT, events + i, COUNT / 2,
			true));
	assert_int_equal(total(db), COUNT);
	assert_int_equal(count_rows(db, "SELECT count(*) FROM denials"),
			 LIMIT + 2);
	assert_int_equal(count_rows(db, "SELECT count FROM denials"
				    " WHERE program = '(others)'"),
			 COUNT - LIMIT - 1);
	assert_int_equal(count_rows(db, "SELECT count FROM denials"
				    " WHERE program = '4998'"), 1);
	/* Who has a row keeps it, and the next day is another. */
	events[0].serial += COUNT;
	events[0].time += COUNT * 1000;
	events[1] = (struct db_event){ 2 * COUNT, COUNT - 1, NOW + DAY };
	ok(give(db, &covered, groups, COUNT, events, 2, true));
	assert_int_equal(count_rows(db, "SELECT count FROM denials"
				    " WHERE program = '0'"), 2);
	assert_int_equal(count_rows(db, "SELECT count FROM denials"
				    " WHERE program = '4999'"), 1);
	free(groups);
	free(events);
	free(names);
}

/* ---- jail's own --------------------------------------------------------- */

static void test_supervised(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	struct profiles_denial own = denial_of(201, "a"), other;
	struct db_group group = { .program = "p", .denial = &other };
	struct db_covered covered = { 0 };
	const struct db_event events[] = {
		{ 1, 0, NOW - 2000001 }, { 2, 0, NOW - 2000000 },
		{ 3, 0, NOW }, { 4, 0, NOW + 3000000 },
		{ 5, 0, NOW + 3000001 },
	};
	int64_t id = 0;

	(void)state;
	*own.source = '\0';
	own.time = NOW;
	own.last_time = NOW + 1000000;
	own.count = 3;
	snprintf(own.boot_id, sizeof(own.boot_id), "boot");
	ok(db_denial_add(db, "p", &own, &id, &failure));
	other = own;
	snprintf(other.source, sizeof(other.source), "netlink");
	other.action = PROFILES_NOTIFIED;
	ok(give(db, &covered, &group, 1, events, 5, false));
	assert_int_equal(group.counted, 2);
	/* They are known all the same. */
	ok(db_run(db, &failure, "DELETE FROM denials", ""));
	ok(give(db, &covered, &group, 1, events, 5, false));
	assert_int_equal(group.counted, 0);
	/* What was not told to a supervisor, another call, another boot. */
	ok(db_denial_add(db, "p", &own, &id, &failure));
	other.action = PROFILES_KILLED;
	ok(give(db, &covered, &group, 1, &(struct db_event){ 6, 0, NOW }, 1,
		false));
	assert_int_equal(group.counted, 1);
	other.action = PROFILES_NOTIFIED;
	other.call.number++;
	ok(give(db, &covered, &group, 1, &(struct db_event){ 7, 0, NOW }, 1,
		false));
	assert_int_equal(group.counted, 1);
	other.call.number--;
	snprintf(other.boot_id, sizeof(other.boot_id), "toob");
	ok(give(db, &covered, &group, 1, &(struct db_event){ 8, 0, NOW }, 1,
		false));
	assert_int_equal(group.counted, 1);
	/* Where the boot is not known the host decides. */
	*other.boot_id = '\0';
	ok(give(db, &covered, &group, 1, &(struct db_event){ 9, 0, NOW }, 1,
		false));
	assert_int_equal(group.counted, 0);
	snprintf(other.host, sizeof(other.host), "b");
	ok(give(db, &covered, &group, 1, &(struct db_event){ 9, 0, NOW }, 1,
		false));
	assert_int_equal(group.counted, 1);
}

/* ---- positions and failure --------------------------------------------- */

static void expect_position(struct db *db, const char *source,
			    const char *expected)
{
	cleanup_free char *position = NULL;

	ok(db_position(db, source, &position, &failure));
	if (!expected)
		assert_null(position);
	else
		assert_string_equal(position, expected);
}

static void test_position(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	struct profiles_denial denial = denial_of(201, "a");
	struct db_group group = { .program = "p", .denial = &denial };
	struct db_covered covered = { 0 };
	struct db_event events[] = { { 1, 0, NOW }, { 2, 1, NOW } };
	struct db_records records = {
		.events = events, .event_count = 1, .groups = &group,
		.group_count = 1, .source = "file:/x", .position = "12",
	};

	(void)state;
	expect_position(db, "file:/x", NULL);
	ok(db_records_add(db, &covered, &records, &failure));
	expect_position(db, "file:/x", "12");
	expect_position(db, "file:/y", NULL);
	records.event_count = 0;
	records.position = "13";
	ok(db_records_add(db, &covered, &records, &failure));
	assert_int_equal(group.counted, 0);
	expect_position(db, "file:/x", "13");
	/* A batch that fails leaves the place, too. */
	records.event_count = 2;	/* one is of no group */
	records.position = "14";
	assert_int_equal(db_records_add(db, &covered, &records, &failure),
			 -EINVAL);
	expect_position(db, "file:/x", "13");
	ok(db_forget(db, "p", &failure));
	expect_position(db, "file:/x", "13");
}

/* A full disk in the middle of a batch. */
static void test_full(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	struct profiles_denial *denials = calloc(400, sizeof(*denials));
	struct db_group groups[400];
	struct db_event events[400];
	struct db_covered covered = { 0 };

	(void)state;
	assert_non_null(denials);
	for (uint32_t i = 0; i < 400; i++) {
		denials[i] = denial_of(i, "a");
		memset(denials[i].exe, 'x', 1000);
		groups[i] = (struct db_group){ .program = "p",
					       .denial = &denials[i],
					       .counted = 77 };
		events[i] = (struct db_event){ i + 1, i, NOW };
	}
	ok(db_run(db, &failure, "PRAGMA max_page_count = 60", ""));
	assert_int_equal(give(db, &covered, groups, 400, events, 400, true),
			 -ENOSPC);
	assert_int_equal(covered.watch, 0);
	assert_int_equal(groups[0].counted, 77);
	assert_int_equal(count_rows(db, "SELECT count(*) FROM denials"), 0);
	assert_int_equal(count_rows(db, "SELECT count(*) FROM covered"), 0);
	ok(db_run(db, &failure, "PRAGMA max_page_count = 1000000", ""));
	ok(give(db, &covered, groups, 400, events, 400, true));
	assert_int_equal(total(db), 400);
	free(denials);
}

/* What a decision answered stays apart from what came after it. */
static void test_after_decision(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	struct profiles_denial denial = denial_of(201, "a");
	struct db_group group = { .program = "p", .denial = &denial };
	const struct base_call call = call_of(201);
	struct db_covered covered = { 0 };
	int64_t now = base_now();
	struct db_event events[] = { { 1, 0, now - 1000 }, { 2, 0, now - 500 },
				     { 3, 0, 0 }, { 4, 0, 0 } };

	(void)state;
	ok(give(db, &covered, &group, 1, events, 1, true));
	ok(db_decide(db, "p", DB_ALLOW, &call, 1, DB_REVIEWED, "ann",
		     &failure));
	now = base_now();
	events[2].time = now + 1000;
	events[3].time = now + 2000;
	ok(give(db, &covered, &group, 1, events + 1, 3, true));
	assert_int_equal(group.counted, 3);
	assert_int_equal(count_rows(db, "SELECT max(count) FROM denials"), 2);
	assert_in_range(count_rows(db, "SELECT count(*) FROM denials"), 2, 3);
	assert_int_equal(group.id, count_rows(db, "SELECT id FROM denials"
					      " ORDER BY time DESC LIMIT 1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_row),
		store_test(test_same_serial),
		store_test(test_flood),
		store_test(test_strangers),
		store_test(test_supervised),
		store_test(test_position),
		store_test(test_full),
		store_test(test_after_decision),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
