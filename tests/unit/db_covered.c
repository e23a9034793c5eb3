/* SPDX-License-Identifier: MIT */
/* The kernel's records count once: whoever reads them, how often, in whatever
 * order, and whatever fails meanwhile. */
#include "tests/unit/db_records.h"

/* ---- any watches, any order --------------------------------------------- */

enum {
	EVENTS = 600, GROUPS = 6, HOSTS = 2, WATCHES = 4, BATCH = 40
};

/* What happened, host by host in the kernel's order; who saw it. */
struct happened {
	struct db_event events[HOSTS][EVENTS];
	bool seen[HOSTS][EVENTS];
};

/* A source and how far it has read each host. Each watch is a process. */
struct watch {
	struct db *db;
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
		if (i > 3)
			world->denials[i].action = PROFILES_NOTIFIED;
		world->groups[i] = (struct db_group){
			.program = i < 3 ? "p" : "q",
			.denial = &world->denials[i],
		};
	}
	for (size_t i = 0; i < HOSTS; i++)
		happen(world, i);
	for (size_t i = 0; i < WATCHES; i++) {
		world->watches[i].complete = i % 2 == 0;
		world->watches[i].db = open_store(DB_WRITE);
		ok(db_run(world->watches[i].db, &failure,
			  "PRAGMA synchronous = OFF", ""));
	}
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
		sqlite3_busy_timeout(watch->db->handle, 0);
		assert_int_equal(give(watch->db, &watch->covered, world->groups,
				      GROUPS, batch, count, watch->complete),
				 -EBUSY);
		assert_memory_equal(&before, &watch->covered, sizeof(before));
		ok(db_run(other, &failure, "COMMIT", ""));
	}
	ok(give(watch->db, &watch->covered, world->groups, GROUPS, batch,
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
	for (size_t i = 0; i < WATCHES; i++)
		db_close(world->watches[i].db);
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

/* Two watches keep what a supervisor was asked about for a while, each over
 * what the other has covered meanwhile. */
static void test_late(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	struct profiles_denial denials[] = {
		denial_of(201, "a"), denial_of(201, "a"),
	};
	struct db_group groups[] = {
		{ .program = "p", .denial = &denials[0] },
		{ .program = "p", .denial = &denials[1] },
	};
	const struct db_event now[] = {
		{ 4, 0, NOW }, { 6, 0, NOW + 3000000 },
	};
	const struct db_event late[] = { { 3, 1, NOW - 1 }, { 5, 1, NOW + 1 } };
	struct db_covered one = { 0 }, two = { 0 }, three = { 0 };

	(void)state;
	denials[1].action = PROFILES_NOTIFIED;
	ok(give(db, &one, groups, 2, now, 2, true));
	ok(give(db, &two, groups, 2, now, 2, true));
	ok(give(db, &two, groups, 2, late, 2, true));
	assert_int_equal(groups[1].counted, 2);
	ok(give(db, &one, groups, 2, late, 2, true));
	assert_int_equal(groups[1].counted, 0);
	ok(give(db, &three, groups, 2, now, 2, true));
	ok(give(db, &three, groups, 2, late, 2, false));
	assert_int_equal(total(db), 4);
}

/* The clock was set back by an hour. What happened in that hour, before, the
 * watch has not read. */
static void test_clock(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	struct profiles_denial denial = denial_of(201, "a");
	struct db_group group = { .program = "p", .denial = &denial };
	const struct db_event read[] = {
		{ 100, 0, NOW }, { 105, 0, NOW - 3600000000 },
	};
	const struct db_event other = { 102, 0, NOW - 1800000000 };
	struct db_covered one = { 0 }, two = { 0 };

	(void)state;
	ok(give(db, &one, &group, 1, read, 2, true));
	ok(give(db, &two, &group, 1, &other, 1, false));
	assert_int_equal(group.counted, 1);
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

/* ---- growth and cost --------------------------------------------------- */

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

static int count_statement(unsigned kind, void *data, void *stmt, void *text)
{
	(void)kind, (void)stmt, (void)text;
	++*(size_t *)data;
	return 0;
}

/* A batch costs statements by its groups, not by its events. */
static void test_statements(void **state)
{
	enum { COUNT = 65536, FEW = 50 };
	cleanup_db struct db *db = open_store(DB_WRITE);
	struct profiles_denial *denials = calloc(FEW, sizeof(*denials));
	struct db_event *events = calloc(COUNT, sizeof(*events));
	struct db_group groups[FEW];
	struct db_covered covered = { 0 };
	size_t statements = 0;

	(void)state;
	assert_true(denials && events);
	for (uint32_t i = 0; i < FEW; i++) {
		denials[i] = denial_of(i, "a");
		groups[i] = (struct db_group){ .program = "p",
					       .denial = &denials[i] };
	}
	for (uint32_t i = 0; i < COUNT; i++)
		events[i] = (struct db_event){ i + 1, i % FEW, NOW + i * 10 };
	sqlite3_trace_v2(db->handle, SQLITE_TRACE_STMT, count_statement,
			 &statements);
	ok(give(db, &covered, groups, FEW, events, COUNT, true));
	assert_in_range(statements, FEW, 10 * FEW);
	assert_int_equal(total(db), COUNT);
	/* Read by another watch: nothing of it is new. */
	covered = (struct db_covered){ 0 };
	statements = 0;
	ok(give(db, &covered, groups, FEW, events, COUNT, true));
	assert_in_range(statements, 1, 20);
	assert_int_equal(groups[0].counted, 0);
	/* Single records are kept by the hundred, those of one time as one. */
	for (uint32_t i = 0; i < COUNT; i++)
		events[i] = (struct db_event){
			7 * i, i % FEW, NOW + DAY + i / 100 * 1000,
		};
	covered = (struct db_covered){ 0 };
	statements = 0;
	ok(give(db, &covered, groups, FEW, events, COUNT, false));
	assert_in_range(statements, FEW, 10 * FEW);
	assert_int_equal(total(db), 2 * COUNT);
	assert_in_range(count_rows(db, "SELECT sum(length(events))"
				   " FROM covered"), 1000, 10000);
	ok(give(db, &covered, groups, FEW, events, COUNT, false));
	assert_int_equal(total(db), 2 * COUNT);
	/* Each of those between them is another. */
	for (uint32_t i = 0; i < COUNT; i++)
		events[i].serial += 1 + i % 6;
	ok(give(db, &covered, groups, FEW, events, COUNT, false));
	assert_int_equal(total(db), 3 * COUNT);
	free(denials);
	free(events);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_once),
		store_test(test_disorder),
		store_test(test_doubles),
		store_test(test_late),
		store_test(test_clock),
		store_test(test_growth),
		store_test(test_statements),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
