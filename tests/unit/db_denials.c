/* SPDX-License-Identifier: MIT */
/* Denials: every bit comes back, and what is told again is not stored again. */
#include "tests/unit/db_store.h"

static const struct profiles_denial example = {
	.time = 1000, .last_time = 2000, .host = "host",
	.boot_id = "c6b6c8d5-0000-0000-0000-000000000001", .serial = 77,
	.pid = 4242, .uid = 4294967295u, .exe = "/usr/bin/x\n\xff",
	.comm = "x\x1b[2J", .call = { BASE_ARCH_X86_64, 201 },
	.has_arguments = true,
	.arguments = { 0, 1, UINT64_MAX, 1ull << 63, 5, 6 },
	.ip = UINT64_MAX, .action = PROFILES_ERRNO, .action_errno = 38,
	.code = "/lib/x\x1b.so+0x10", .source = "journal", .count = 3,
};

struct found {
	struct profiles_denial denial;
	char program[64];
	int64_t id;
	size_t rows;
};

static int find(void *data, int64_t id, const char *program,
		const struct profiles_denial *denial)
{
	struct found *found = data;

	found->denial = *denial;
	found->id = id;
	found->rows++;
	snprintf(found->program, sizeof(found->program), "%s", program);
	return 0;
}

static struct found all(struct db *db, const char *program)
{
	struct found found = { .rows = 0 };

	ok(db_each_denial(db, program, find, &found, &failure));
	return found;
}

static void assert_same(const struct profiles_denial *a,
			const struct profiles_denial *b)
{
	assert_int_equal(a->time, b->time);
	assert_int_equal(a->last_time, b->last_time);
	assert_string_equal(a->host, b->host);
	assert_string_equal(a->boot_id, b->boot_id);
	assert_int_equal(a->serial, b->serial);
	assert_int_equal(a->pid, b->pid);
	assert_int_equal(a->uid, b->uid);
	assert_string_equal(a->exe, b->exe);
	assert_string_equal(a->comm, b->comm);
	assert_int_equal(base_call_compare(&a->call, &b->call), 0);
	assert_int_equal(a->has_arguments, b->has_arguments);
	assert_memory_equal(a->arguments, b->arguments,
			    sizeof(a->arguments));
	assert_true(a->ip == b->ip);
	assert_int_equal(a->action, b->action);
	assert_int_equal(a->action_errno, b->action_errno);
	assert_string_equal(a->code, b->code);
	assert_string_equal(a->source, b->source);
	assert_int_equal(a->forgeable, b->forgeable);
	assert_true(a->count == b->count);
}

static int64_t add(struct db *db, const struct profiles_denial *denial,
		   int64_t id)
{
	ok(db_denial_add(db, "p", denial, &id, &failure));
	assert_true(id > 0);
	return id;
}

static void test_round_trip(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	struct profiles_denial largest = example;
	int64_t id = add(db, &example, 0);
	struct found found = all(db, NULL);

	(void)state;
	assert_int_equal(found.rows, 1);
	assert_int_equal(found.id, id);
	assert_string_equal(found.program, "p");
	assert_same(&found.denial, &example);
	/* Strings that fill their fields, and no arguments. */
	memset(largest.exe, 'e', sizeof(largest.exe) - 1);
	memset(largest.comm, 'c', sizeof(largest.comm) - 1);
	memset(largest.host, 'h', sizeof(largest.host) - 1);
	largest.has_arguments = false;
	memset(largest.arguments, 0, sizeof(largest.arguments));
	memset(largest.code, '/', sizeof(largest.code) - 1);
	largest.forgeable = true;
	largest.action = PROFILES_LOGGED;
	add(db, &largest, 0);
	found = all(db, "p");
	assert_int_equal(found.rows, 2);
	assert_same(&found.denial, &largest);
	assert_int_equal(all(db, "q").rows, 0);
}

/* Each kind comes back; who says nothing is jail itself. */
static void test_kinds(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);

	(void)state;
	for (int i = 0; i < PROFILES_ACTION_COUNT; i++) {
		struct profiles_denial denial = example;
		struct found found;

		denial.action = i;
		denial.serial = 0;
		*denial.source = '\0';
		add(db, &denial, 0);
		snprintf(denial.source, sizeof(denial.source), "jail");
		found = all(db, "p");
		assert_same(&found.denial, &denial);
	}
	assert_int_equal(count_rows(db, "SELECT count(*) FROM denials"
				    " WHERE action IN ('trapped', 'notified',"
				    " 'traced')"), 3);
}

static void test_record_counts_once(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	struct profiles_denial denial = example;
	int64_t id = add(db, &denial, 0);
	struct found found;

	(void)state;
	/* The same record from another source, then with more that followed. */
	assert_int_equal(add(db, &denial, 0), id);
	found = all(db, "p");
	assert_int_equal(found.rows, 1);
	assert_int_equal(found.denial.count, 3);
	denial.count = 10;
	denial.last_time = 9000;
	assert_int_equal(add(db, &denial, 0), id);
	found = all(db, "p");
	assert_int_equal(found.denial.count, 10);
	assert_int_equal(found.denial.last_time, 9000);
	/* Another boot, another host, another serial: another event. */
	denial.boot_id[0] = 'd';
	assert_int_not_equal(add(db, &denial, 0), id);
	denial.host[0] = 'g';
	add(db, &denial, 0);
	denial.serial++;
	add(db, &denial, 0);
	assert_int_equal(all(db, "p").rows, 4);
	/* Without a serial nothing is known to be the same. */
	denial.serial = 0;
	add(db, &denial, 0);
	add(db, &denial, 0);
	assert_int_equal(all(db, "p").rows, 6);
}

static void test_repeats(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	struct profiles_denial denial = example;
	int64_t id;
	struct found found;

	(void)state;
	/* Durability is not what this test is for, and 100,000 are many. */
	ok(db_run(db, &failure, "PRAGMA synchronous = OFF", ""));
	denial.serial = 0;
	denial.count = 1;
	id = add(db, &denial, 0);
	for (int i = 1; i < 100000; i++)
		ok(db_denial_add(db, "p", &denial, &id, &failure));
	found = all(db, "p");
	assert_int_equal(found.rows, 1);
	assert_int_equal(found.denial.count, 100000);
	denial.count = UINT64_MAX;
	denial.last_time = 1;	/* the clock went back */
	assert_int_equal(add(db, &denial, id), id);
	found = all(db, "p");
	assert_true(found.denial.count == UINT64_MAX);
	assert_int_equal(found.denial.last_time, 2000);
	/* Its row was forgotten meanwhile: it gets a new one. */
	ok(db_forget(db, "p", &failure));
	assert_int_not_equal(add(db, &denial, id), id);
	assert_int_equal(all(db, "p").rows, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_round_trip),
		store_test(test_kinds),
		store_test(test_record_counts_once),
		store_test(test_repeats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
