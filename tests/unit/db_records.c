/* SPDX-License-Identifier: MIT */
/*
 * The kernel's records count once, whoever reads them, how often, and in which
 * order; and what they become is a few rows.
 */
#include "tests/unit/db_store.h"

#define DAY (INT64_C(24) * 3600 * 1000000)
#define NOW (20000 * DAY + 3600 * INT64_C(1000000))

static struct profiles_denial denial_of(uint32_t number, const char *host)
{
	struct profiles_denial denial = {
		.pid = 42, .uid = 1000, .exe = "/usr/bin/p", .comm = "p",
		.call = call_of(number), .ip = 4096,
		.action = PROFILES_KILLED, .source = "netlink",
	};

	snprintf(denial.host, sizeof(denial.host), "%s", host);
	return denial;
}

static int give(struct db *db, struct db_covered *covered,
		struct db_group *groups, size_t group_count,
		const struct db_event *events, size_t count, bool complete)
{
	struct db_records records = {
		.events = events, .event_count = count, .groups = groups,
		.group_count = group_count, .complete = complete,
		.source = "netlink", .position = "",
	};

	return db_records_add(db, covered, &records, &failure);
}

static uint64_t total(struct db *db)
{
	return (uint64_t)count_rows(db, "SELECT total(count) FROM denials");
}

/* ---- any watches, any order --------------------------------------------- */

enum {
	EVENTS = 600, GROUPS = 6, HOSTS = 2, WATCHES = 4, BATCH = 40
};

/* What happened, host by host in the kernel's order; who saw it. */
struct happened {
	struct db_event events[HOSTS][EVENTS];
	bool seen[HOSTS][EVENTS];
};

/* A source and how far it has read each host. */
struct watch {
	bool complete;
	struct db_covered covered;
	size_t at[HOSTS];
};

struct world {
	struct db *db;
	struct happened happened;
	struct watch watches[WATCHES];
	struct profiles_denial denials[GROUPS];
	struct db_group groups[GROUPS];
	uint64_t seed, counted;
};

static uint64_t any(struct world *world, uint64_t below)
{
	/* splitmix64 */
	uint64_t z = world->seed += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (z ^ z >> 31) % below;
}

/* Serials skip what other records take, times stand still or leap; after a
 * reboot serials begin anew, and the same come again. */
static void happen(struct world *world, size_t host)
{
	int64_t time = NOW - 2 * DAY;
	uint32_t serial = (uint32_t)any(world, 5);

	for (size_t i = 0; i < EVENTS; i++) {
		if (any(world, 150) == 0) {
			serial = (uint32_t)any(world, 5);
			time += 5000000;
		}
		serial += 1 + (uint32_t)(any(world, 4) == 0 ? any(world, 9) : 0);
		time += 1000 * (int64_t)(any(world, 50) == 0 ?
					 any(world, 40000000) : any(world, 3));
		world->happened.events[host][i] = (struct db_event){
			.serial = serial, .time = time,
			.group = (uint32_t)(any(world, GROUPS / HOSTS) * HOSTS +
					    host),
		};
	}
}

static void make_world(struct world *world)
{
	for (size_t i = 0; i < GROUPS; i++) {
		world->denials[i] = denial_of((uint32_t)i, i % HOSTS ? "b" : "a");
		world->groups[i] = (struct db_group){
			.program = i < 3 ? "p" : "q",
			.denial = &world->denials[i],
		};
	}
	for (size_t i = 0; i < HOSTS; i++)
		happen(world, i);
	for (size_t i = 0; i < WATCHES; i++)
		world->watches[i].complete = i % 2 == 0;
}

/* The next events of the watch, of both hosts; of neighbours some are
 * exchanged, and what is not complete leaves some out. */
static size_t next_batch(struct world *world, struct watch *watch,
			 struct db_event *batch)
{
	size_t count = 0;

	for (size_t h = 0; h < HOSTS; h++) {
		size_t first = count, n = any(world, BATCH / HOSTS);

		for (; n > 0 && watch->at[h] < EVENTS; n--) {
			size_t at = watch->at[h]++;

			if (!watch->complete && any(world, 3) == 0)
				continue;
			world->happened.seen[h][at] = true;
			batch[count++] = world->happened.events[h][at];
		}
		for (size_t i = first + 1; i < count; i++)
			if (any(world, 8) == 0 &&
			    batch[i].time - batch[i - 1].time < 10000) {
				struct db_event other = batch[i];

				batch[i] = batch[i - 1];
				batch[i - 1] = other;
			}
	}
	return count;
}

/* Somebody else writes for too long, or there is no room: again. */
static void give_or_fail(struct world *world, struct watch *watch,
			 const struct db_event *batch, size_t count)
{
	cleanup_db struct db *other = NULL;
	struct db_covered before = watch->covered;

	if (any(world, 4) == 0) {
		other = open_store(DB_WRITE);
		ok(db_run(other, &failure, "BEGIN IMMEDIATE", ""));
		sqlite3_busy_timeout(world->db->handle, 0);
		assert_int_equal(give(world->db, &watch->covered, world->groups,
				      GROUPS, batch, count, watch->complete),
				 -EBUSY);
		assert_memory_equal(&before, &watch->covered, sizeof(before));
		ok(db_run(other, &failure, "COMMIT", ""));
	}
	ok(give(world->db, &watch->covered, world->groups, GROUPS, batch,
		count, watch->complete));
	for (size_t i = 0; i < GROUPS; i++)
		world->counted += world->groups[i].counted;
}

static void turn(struct world *world)
{
	struct watch *watch = &world->watches[any(world, WATCHES)];
	struct db_event batch[BATCH];
	size_t count;

	/* Another watch of the same source goes on, a little before the place
	 * where this one stopped. */
	if (any(world, 10) == 0) {
		watch->covered = (struct db_covered){ 0 };
		for (size_t h = 0; h < HOSTS; h++) {
			size_t back = any(world, 30);

			watch->at[h] -= back < watch->at[h] ? back
							    : watch->at[h];
		}
	}
	count = next_batch(world, watch, batch);
	give_or_fail(world, watch, batch, count);
}

static bool all_read(const struct world *world)
{
	for (size_t i = 0; i < WATCHES; i++)
		for (size_t h = 0; h < HOSTS; h++)
			if (world->watches[i].at[h] < EVENTS)
				return false;
	return true;
}

static uint64_t seen_of(const struct world *world, uint32_t group)
{
	uint64_t count = 0;

	for (size_t h = 0; h < HOSTS; h++)
		for (size_t i = 0; i < EVENTS; i++)
			count += world->happened.seen[h][i] &&
				 (group == GROUPS ||
				  world->happened.events[h][i].group == group);
	return count;
}

static void check_groups(struct world *world)
{
	for (uint32_t g = 0; g < GROUPS; g++) {
		int64_t count = -1;

		ok(db_value(world->db, &count, &failure,
			    "SELECT total(count) FROM denials WHERE program"
			    " = ?1 AND number = ?2", "ti",
			    world->groups[g].program, (int64_t)g));
		if ((uint64_t)count != seen_of(world, g))
			fail_msg("group %u: %lld of %llu", g, (long long)count,
				 (unsigned long long)seen_of(world, g));
	}
}

static void run_world(uint64_t seed)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	world->seed = seed;
	world->db = open_store(DB_WRITE);
	ok(db_run(world->db, &failure, "PRAGMA synchronous = OFF", ""));
	make_world(world);
	for (size_t turns = 0; !all_read(world); turns++) {
		turn(world);
		if (total(world->db) != seen_of(world, GROUPS) ||
		    world->counted != seen_of(world, GROUPS))
			fail_msg("seed %llu, turn %zu: %llu in the store, %llu "
				 "told, of %llu", (unsigned long long)seed,
				 turns, (unsigned long long)total(world->db),
				 (unsigned long long)world->counted,
				 (unsigned long long)seen_of(world, GROUPS));
	}
	check_groups(world);
	db_close(world->db);
	free(world);
}

static void test_once(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 12; seed++) {
		run_world(seed);
		assert_int_equal(remove_folder(NULL), 0);
		assert_int_equal(make_folder(NULL), 0);
	}
}

/* Without a second reader no order and no cut between batches loses any. */
static void test_disorder(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	struct profiles_denial denial = denial_of(201, "a");
	struct db_group group = { .program = "p", .denial = &denial };
	struct db_covered covered = { 0 };

	(void)state;
	for (uint32_t i = 0; i < 200; i++) {
		struct db_event event = {
			.serial = 1000 + (i ^ 5), .time = NOW + 1000 * (i ^ 5),
		};

		ok(give(db, &covered, &group, 1, &event, 1, true));
		assert_int_equal(group.counted, 1);
	}
	assert_int_equal(total(db), 200);
	assert_int_equal(count_rows(db, "SELECT count(*) FROM covered"), 1);
	assert_int_equal(count_rows(db, "SELECT count(*) FROM denials"), 1);
}

/* One batch may hold an event twice: the journal has it of two transports. */
static void test_doubles(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	struct profiles_denial denial = denial_of(201, "a");
	struct db_group group = { .program = "p", .denial = &denial };
	struct db_covered covered = { 0 };
	const struct db_event events[] = {
		{ 7, 0, NOW }, { 8, 0, NOW }, { 7, 0, NOW }, { 8, 0, NOW },
		{ 7, 0, NOW + 10000000 },	/* another boot's */
	};

	(void)state;
	ok(give(db, &covered, &group, 1, events, 5, false));
	assert_int_equal(group.counted, 3);
	/* And of a source that names each, later ones as well. */
	ok(give(db, &covered, &group, 1, events, 5, false));
	assert_int_equal(group.counted, 0);
	assert_int_equal(group.id, 0);
	assert_int_equal(total(db), 3);
}

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

/* ---- positions, failure, growth ----------------------------------------- */

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
	assert_int_equal(covered.rows[0], 0);
	assert_int_equal(groups[0].counted, 77);
	assert_int_equal(count_rows(db, "SELECT count(*) FROM denials"), 0);
	assert_int_equal(count_rows(db, "SELECT count(*) FROM covered"), 0);
	ok(db_run(db, &failure, "PRAGMA max_page_count = 1000000", ""));
	ok(give(db, &covered, groups, 400, events, 400, true));
	assert_int_equal(total(db), 400);
	free(denials);
}

/* A watch that is started each minute for a month, of a source that names each
 * record; and a log that jumps to and fro. */
static void test_growth(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	struct profiles_denial denial = denial_of(201, "a");
	struct db_group group = { .program = "p", .denial = &denial };
	struct db_event *events = calloc(20000, sizeof(*events));
	struct db_covered covered = { 0 };

	(void)state;
	assert_non_null(events);
	ok(db_run(db, &failure, "PRAGMA synchronous = OFF", ""));
	ok(db_run(db, &failure, "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL"
		  " SELECT n + 1 FROM n WHERE n < 9999) INSERT INTO covered"
		  " (watch, host, first_serial, last_serial, first_time,"
		  " last_time) SELECT n, 'a', n, n, n * 1000, n * 1000 FROM n",
		  ""));
	for (uint32_t i = 0; i < 100; i++) {
		covered = (struct db_covered){ 0 };
		ok(give(db, &covered, &group, 1,
			&(struct db_event){ i, 0, NOW + i * 60000000 }, 1,
			i % 2));
		assert_int_equal(group.counted, 1);
		assert_true(count_rows(db, "SELECT count(*) FROM covered") <=
			    10000);
	}
	/* The oldest went, the latest are there. */
	assert_int_equal(count_rows(db, "SELECT count(*) FROM covered"
				    " WHERE last_time <= 1000000"), 0);
	assert_int_equal(count_rows(db, "SELECT count(*) FROM covered"
				    " WHERE last_time >= 1000000000"), 100);
	for (uint32_t i = 0; i < 20000; i++)
		events[i] = (struct db_event){
			i % 2 ? 4000000000u : i + 1, 0,
			NOW + DAY + (int64_t)i * 10000000,
		};
	ok(give(db, &covered, &group, 1, events, 20000, true));
	assert_int_equal(group.counted, 20000);
	assert_true(count_rows(db, "SELECT count(*) FROM covered") <= 10000);
	/* Times and lists that no watch wrote. */
	ok(db_run(db, &failure, "UPDATE covered SET first_time ="
		  " -9223372036854775807, last_time = 9223372036854775807,"
		  " events = CASE WHEN id % 2 THEN randomblob(300) END", ""));
	events[0].time = INT64_MAX;
	events[1].time = INT64_MIN;
	ok(give(db, &covered, &group, 1, events, 20000, true));
	free(events);
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
		store_test(test_once),
		store_test(test_disorder),
		store_test(test_doubles),
		store_test(test_row),
		store_test(test_same_serial),
		store_test(test_flood),
		store_test(test_supervised),
		store_test(test_position),
		store_test(test_full),
		store_test(test_growth),
		store_test(test_after_decision),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
