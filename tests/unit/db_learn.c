/* SPDX-License-Identifier: MIT */
/*
 * Sessions, and the whitelist that they and decisions make together, with its
 * evidence.
 */
#include "tests/unit/db_store.h"

/* ---- sessions ----------------------------------------------------------- */

static void test_empty_session(void **state)
{
	cleanup_profiles_set struct profiles_set set = { 0 };
	cleanup_db struct db *db = open_store(DB_WRITE);

	(void)state;
	assert_int_equal(db_whitelist(db, "p", &set, &failure), -ENOENT);
	assert_non_null(strstr(failure.text, "jail learn p"));
	begin_session(db, "p");
	assert_int_equal(whitelist_size(db, "p"), 0);
	assert_int_equal(db_whitelist(db, "P", &set, &failure), -ENOENT);
}

static void test_session_row(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int64_t id = begin_session(db, "p");

	(void)state;
	ok(db_session_end(db, id, 0x0b, &failure));
	ok(db_query(db, &stmt, &failure,
		    "SELECT argv, argc, kernel, libc, sandbox, full, status,"
		    " ended >= started, origin, jail FROM sessions", ""));
	assert_int_equal(db_next(db, stmt, &failure), 1);
	assert_string_equal(db_column_text(stmt, 0),
			    "[\"program\",\"--option\"]");
	assert_int_equal(sqlite3_column_int(stmt, 1), 2);
	assert_string_equal(db_column_text(stmt, 2), "6.18.44");
	assert_string_equal(db_column_text(stmt, 3), "glibc 2.36");
	assert_int_equal(sqlite3_column_int(stmt, 4), 1);
	assert_int_equal(sqlite3_column_int(stmt, 5), 0);
	assert_int_equal(sqlite3_column_int(stmt, 6), 0x0b);
	assert_int_equal(sqlite3_column_int(stmt, 7), 1);
	assert_string_equal(db_column_text(stmt, 8), "learn");
	assert_string_equal(db_column_text(stmt, 9), JAIL_VERSION);
}

/* 10 MiB of arguments, and bytes that are no UTF-8. */
static void test_large_argv(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	size_t size = 10 << 20;
	char *large = malloc(size + 1);
	char broken[] = "a\xff\xc3\n\"";
	char *argv[] = { "p", broken, large, "last", NULL };
	struct db_session session = {
		.program = "p", .argv = argv, .kernel = "k", .libc = "l",
		.full = true,
	};
	int64_t id;
	char uid[9];

	(void)state;
	assert_non_null(large);
	memset(large, 'x', size);
	large[size] = '\0';
	ok(db_session_begin(db, &session, &id, uid, &failure));
	free(large);
	assert_int_equal(count_rows(db, "SELECT argc FROM sessions"), 4);
	assert_int_equal(count_rows(db, "SELECT json_valid(argv)"
				    " AND length(argv) < 65536"
				    " FROM sessions"), 1);
	assert_int_equal(count_rows(db, "SELECT json_extract(argv, '$[1]')"
				    " LIKE 'a?%' FROM sessions"), 1);
}

static void test_names(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	char name[258] = "";
	struct db_session session = {
		.program = name, .kernel = "k", .libc = "l",
	};
	int64_t id;
	char uid[9];

	(void)state;
	assert_int_equal(db_session_begin(db, &session, &id, uid, &failure),
			 -EINVAL);
	memset(name, 'n', 256);
	assert_int_equal(db_session_begin(db, &session, &id, uid, &failure),
			 -EINVAL);
	name[255] = '\0';
	ok(db_session_begin(db, &session, &id, uid, &failure));
	assert_int_equal(whitelist_size(db, name), 0);
}

/* ---- batches ------------------------------------------------------------ */

static char sh[] = "/bin/sh", ls[] = "/bin/ls", libc[] = "/lib/libc.so.6";
static char id1[] = "aa01", id2[] = "bb02";

static const struct profiles_image images[] = {
	{ .path = sh, .build_id = id1 },
	{ .image = 1, .path = ls, .lost_privileges = true },
};
static const struct profiles_library libraries[] = {
	{ .path = libc, .build_id = id1 },
	{ .image = 1, .path = libc, .build_id = id1 },
};
static const struct profiles_observation observations[] = {
	{ 0, { BASE_ARCH_X86_64, 1 }, 10, 1, 5, false, 100, 300 },
	{ 1, { BASE_ARCH_X86_64, 1 }, 20, 2, 6, true, 50, 200 },
	{ 1, { BASE_ARCH_I386, 4294967295u }, UINT64_MAX, UINT64_MAX - 1,
	  UINT64_MAX, false, INT64_MIN, INT64_MAX },
	{ 0, { BASE_ARCH_AARCH64, 0 }, 1, 0, 0, false, 1, 1 },
};
static const struct profiles_argument arguments[] = {
	{ { BASE_ARCH_X86_64, 41 }, { 1, UINT64_MAX, 1ull << 63 }, 7 },
	{ { BASE_ARCH_X86_64, 41 }, { 1, 0, 0 }, UINT64_MAX },
};
static const struct profiles_batch full_batch = {
	images, ARRAY_SIZE(images), libraries, ARRAY_SIZE(libraries),
	observations, ARRAY_SIZE(observations),
	arguments, ARRAY_SIZE(arguments),
};

struct seen {
	char text[2048];
	size_t rows;
};

static void note(struct seen *seen, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void note(struct seen *seen, const char *format, ...)
{
	size_t used = strlen(seen->text);
	va_list args;

	va_start(args, format);
	vsnprintf(seen->text + used, sizeof(seen->text) - used, format, args);
	va_end(args);
	seen->rows++;
}

static int note_observation(void *data, const char *exe,
			    const struct profiles_observation *row)
{
	note(data, "%s %u %s %u %llu %llu %llu%s %lld %lld\n", exe, row->image,
	     base_arch_name(row->call.arch), row->call.number,
	     (unsigned long long)row->calls, (unsigned long long)row->errors,
	     (unsigned long long)row->returns, row->partial ? "+" : "",
	     (long long)row->first_seen, (long long)row->last_seen);
	return 0;
}

static int note_argument(void *data, const struct profiles_argument *row)
{
	note(data, "%s %u %llx %llx %llx %llu\n",
	     base_arch_name(row->call.arch), row->call.number,
	     (unsigned long long)row->values[0],
	     (unsigned long long)row->values[1],
	     (unsigned long long)row->values[2],
	     (unsigned long long)row->calls);
	return 0;
}

static int note_object(void *data, const char *kind, const char *path,
		       const char *build_id)
{
	note(data, "%s %s %s\n", kind, path, build_id ? build_id : "-");
	return 0;
}

static void test_batch(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	int64_t id = begin_session(db, "p");
	struct seen seen = { "", 0 };

	(void)state;
	/* Twice the same totals: nothing doubles. */
	ok(db_session_record(db, id, &full_batch, &failure));
	ok(db_session_record(db, id, &full_batch, &failure));
	ok(db_each_observation(db, "p", note_observation, &seen, &failure));
	assert_string_equal(seen.text,
		"/bin/ls 0 i386 4294967295 18446744073709551615"
		" 18446744073709551614 18446744073709551615"
		" -9223372036854775808 9223372036854775807\n"
		"/bin/ls 0 x86_64 1 20 2 6+ 50 200\n"
		"/bin/sh 1 aarch64 0 1 0 0 1 1\n"
		"/bin/sh 1 x86_64 1 10 1 5 100 300\n");
	seen = (struct seen){ "", 0 };
	ok(db_each_argument(db, "p", note_argument, &seen, &failure));
	assert_string_equal(seen.text,
		"x86_64 41 1 0 0 18446744073709551615\n"
		"x86_64 41 1 ffffffffffffffff 8000000000000000 7\n");
	seen = (struct seen){ "", 0 };
	ok(db_each_object(db, "p", note_object, &seen, &failure));
	assert_string_equal(seen.text, "executable /bin/ls -\n"
		"executable /bin/sh aa01\nlibrary /lib/libc.so.6 aa01\n");
}

/* Over sessions counts add up, and stop at the largest number. */
static void test_sums(void **state)
{
	static const struct profiles_image newer[] = {
		{ .path = ls, .build_id = id2 },
	};
	static const struct profiles_observation more[] = {
		{ 0, { BASE_ARCH_I386, 4294967295u }, 5, 5, 5, true, 0, 0 },
		{ 0, { BASE_ARCH_X86_64, 1 }, 1, 1, 1, false, 7, 7 },
	};
	const struct profiles_batch batch = {
		newer, 1, NULL, 0, more, ARRAY_SIZE(more), arguments, 2,
	};
	cleanup_db struct db *db = open_store(DB_WRITE);
	struct seen seen = { "", 0 };

	(void)state;
	ok(db_session_record(db, begin_session(db, "p"), &full_batch,
			     &failure));
	ok(db_session_record(db, begin_session(db, "p"), &batch, &failure));
	ok(db_session_record(db, begin_session(db, "other"), &full_batch,
			     &failure));
	ok(db_each_observation(db, "p", note_observation, &seen, &failure));
	assert_int_equal(seen.rows, 4);
	assert_non_null(strstr(seen.text, "4294967295 18446744073709551615"
			       " 18446744073709551615 18446744073709551615+"));
	assert_non_null(strstr(seen.text,
			       "/bin/ls 0 x86_64 1 21 3 7+ 7 200\n"));
	seen = (struct seen){ "", 0 };
	ok(db_each_argument(db, "p", note_argument, &seen, &failure));
	assert_non_null(strstr(seen.text, "8000000000000000 14\n"));
	assert_non_null(strstr(seen.text, " 1 0 0 18446744073709551615\n"));
	seen = (struct seen){ "", 0 };
	ok(db_each_object(db, "p", note_object, &seen, &failure));
	assert_non_null(strstr(seen.text, "executable /bin/ls bb02\n"));
}

static int stop_at_once(void *data, const struct profiles_argument *row)
{
	(void)row;
	(*(int *)data)++;
	return 1;
}

static int note_call(void *data, const struct profiles_observation *row)
{
	return note_observation(data, "-", row);
}

static void test_session_calls(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	int64_t id = begin_session(db, "p");
	struct seen seen = { "", 0 };

	(void)state;
	ok(record_range(db, begin_session(db, "p"), 0, 10, 1));
	ok(db_each_session_call(db, id, note_call, &seen, &failure));
	assert_int_equal(seen.rows, 0);
	ok(db_session_record(db, id, &full_batch, &failure));
	ok(db_each_session_call(db, id, note_call, &seen, &failure));
	assert_string_equal(seen.text,
		"- 0 aarch64 0 1 0 0 1 1\n"
		"- 0 i386 4294967295 18446744073709551615"
		" 18446744073709551614 18446744073709551615"
		" -9223372036854775808 9223372036854775807\n"
		"- 0 x86_64 1 30 3 11+ 50 300\n");
}

static void test_stop(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	int times = 0;

	(void)state;
	ok(db_session_record(db, begin_session(db, "p"), &full_batch,
			     &failure));
	assert_int_equal(db_each_argument(db, "p", stop_at_once, &times,
					  &failure), 1);
	assert_int_equal(times, 1);
}

/* ---- the whitelist ------------------------------------------------------ */

static int decide(struct db *db, enum db_decision decision, uint32_t number,
		  enum db_evidence evidence)
{
	struct base_call call = call_of(number);

	return db_decide(db, "p", decision, &call, 1, evidence, "ann",
			 &failure);
}

static void test_decisions(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	int64_t id;

	(void)state;
	ok(decide(db, DB_ALLOW, 100, DB_ADDED));
	assert_int_equal(whitelist_size(db, "p"), 1);
	id = begin_session(db, "p");
	ok(record_range(db, id, 0, 10, 1));
	assert_int_equal(whitelist_size(db, "p"), 11);
	ok(decide(db, DB_DROP, 3, DB_ADDED));
	assert_false(allows(db, "p", 3));
	/* Dropped stays dropped, seen again or in another session. */
	ok(record_range(db, id, 0, 10, 5));
	ok(record_range(db, begin_session(db, "p"), 0, 10, 5));
	assert_false(allows(db, "p", 3));
	assert_int_equal(whitelist_size(db, "p"), 10);
	ok(decide(db, DB_ALLOW, 3, DB_ADDED));
	assert_true(allows(db, "p", 3));
	ok(decide(db, DB_DROP, 100, DB_ADDED));
	assert_int_equal(whitelist_size(db, "p"), 10);
	ok(decide(db, DB_DROP, 100, DB_ADDED));
	ok(decide(db, DB_ALLOW, 100, DB_ADDED));
	ok(decide(db, DB_ALLOW, 100, DB_ADDED));
	assert_int_equal(whitelist_size(db, "p"), 11);
}

static void test_new_and_dropped(void **state)
{
	cleanup_profiles_set struct profiles_set fresh = { 0 }, gone = { 0 };
	cleanup_db struct db *db = open_store(DB_WRITE);
	int64_t id;

	(void)state;
	ok(record_range(db, begin_session(db, "p"), 0, 10, 1));
	ok(decide(db, DB_ALLOW, 10, DB_ADDED));
	ok(decide(db, DB_DROP, 11, DB_ADDED));
	ok(decide(db, DB_DROP, 2, DB_ADDED));
	usleep(2);	/* the session begins after the decisions */
	id = begin_session(db, "p");
	ok(record_range(db, id, 0, 15, 1));
	ok(db_session_new(db, id, &fresh, &failure));
	assert_int_equal(fresh.count, 3);
	for (uint32_t number = 12; number < 15; number++)
		assert_true(profiles_set_has(&fresh, call_of(number)));
	ok(db_session_dropped(db, id, &gone, &failure));
	assert_int_equal(gone.count, 2);
	assert_true(profiles_set_has(&gone, call_of(2)));
	assert_true(profiles_set_has(&gone, call_of(11)));
}

static void expect_entry(const struct db_entry *e, uint32_t number,
			 enum db_evidence evidence, uint64_t calls,
			 uint64_t sessions, int64_t denial)
{
	assert_int_equal(e->call.number, number);
	assert_int_equal(e->evidence, evidence);
	assert_int_equal(e->calls, calls);
	assert_int_equal(e->sessions, sessions);
	assert_int_equal(e->denial, denial);
	assert_int_equal(e->who != NULL, evidence != DB_LEARNED);
	assert_int_equal(e->decided > 0, evidence != DB_LEARNED);
	assert_int_equal(e->first_seen > 0, sessions > 0);
	assert_int_equal(e->last_seen > 0, sessions > 0);
}

static void test_entries(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	struct profiles_denial denial = {
		.time = 5, .call = call_of(20), .count = 1,
	};
	struct db_entry *entries;
	int64_t row = 0;
	size_t count;

	(void)state;
	assert_int_equal(db_entries(db, "p", &entries, &count, &failure),
			 -ENOENT);
	ok(record_range(db, begin_session(db, "p"), 1, 2, 3));
	ok(record_range(db, begin_session(db, "p"), 2, 1, 4));
	ok(decide(db, DB_ALLOW, 2, DB_ADDED));
	ok(decide(db, DB_ALLOW, 10, DB_IMPORTED));
	ok(db_denial_add(db, "p", &denial, &row, &failure));
	ok(decide(db, DB_ALLOW, 20, DB_REVIEWED));
	ok(decide(db, DB_DROP, 1, DB_ADDED));
	ok(record_range(db, begin_session(db, "p"), 0, 1, 9));
	ok(db_entries(db, "p", &entries, &count, &failure));
	assert_int_equal(count, 4);
	expect_entry(&entries[0], 0, DB_LEARNED, 9, 1, 0);
	assert_int_equal(entries[0].first_seen, 1000);
	assert_int_equal(entries[0].last_seen, 2000);
	expect_entry(&entries[1], 2, DB_ADDED, 7, 2, 0);
	expect_entry(&entries[2], 10, DB_IMPORTED, 0, 0, 0);
	assert_string_equal(entries[2].who, "ann");
	expect_entry(&entries[3], 20, DB_REVIEWED, 0, 0, row);
	db_entries_free(entries, count);
	db_entries_free(NULL, 0);
}

/* One session that saw a call in two executables is one session. */
static void test_entries_count_sessions(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	struct db_entry *entries;
	size_t count;

	(void)state;
	ok(db_session_record(db, begin_session(db, "p"), &full_batch,
			     &failure));
	ok(db_entries(db, "p", &entries, &count, &failure));
	assert_int_equal(count, 3);
	assert_int_equal(entries[2].call.number, 1);
	assert_int_equal(entries[2].sessions, 1);
	assert_int_equal(entries[2].calls, 30);
	assert_int_equal(entries[2].errors, 3);
	assert_int_equal(entries[2].first_seen, 50);
	assert_int_equal(entries[2].last_seen, 300);
	assert_false(entries[0].partial);
	assert_true(entries[2].partial);
	db_entries_free(entries, count);
}

static int note_program(void *data, const struct db_program *row)
{
	note(data, "%s %llu %llu %llu %s\n", row->name,
	     (unsigned long long)row->sessions,
	     (unsigned long long)row->calls, (unsigned long long)row->denials,
	     row->last_learned ? "learned" : "never");
	return 0;
}

static void test_programs_and_forget(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	struct profiles_denial denial = { .call = call_of(1), .count = 1 };
	struct seen seen = { "", 0 };
	int64_t id, row = 0;

	(void)state;
	id = begin_session(db, "p");
	ok(db_session_record(db, id, &full_batch, &failure));
	begin_session(db, "p");		/* observed nothing */
	begin_session(db, "never");
	ok(decide(db, DB_DROP, 1, DB_ADDED));
	ok(db_denial_add(db, "p", &denial, &row, &failure));
	ok(decide(db, DB_ALLOW, 1, DB_REVIEWED));
	ok(decide(db, DB_DROP, 1, DB_REVIEWED));
	ok(db_each_program(db, note_program, &seen, &failure));
	assert_string_equal(seen.text,
			    "never 0 0 0 never\np 1 2 1 learned\n");
	ok(db_forget(db, "p", &failure));
	assert_int_equal(db_forget(db, "p", &failure), -ENOENT);
	ok(db_forget(db, "never", &failure));
	assert_int_equal(count_rows(db,
		"SELECT (SELECT count(*) FROM programs)"
		" + (SELECT count(*) FROM sessions)"
		" + (SELECT count(*) FROM images)"
		" + (SELECT count(*) FROM libraries)"
		" + (SELECT count(*) FROM calls)"
		" + (SELECT count(*) FROM learned)"
		" + (SELECT count(*) FROM learned_arguments)"
		" + (SELECT count(*) FROM arguments)"
		" + (SELECT count(*) FROM denials)"
		" + (SELECT count(*) FROM decisions)"), 0);
	/* A session that goes on learning is told. */
	assert_int_equal(db_session_record(db, id, &full_batch, &failure),
			 -ENOENT);
	assert_non_null(strstr(failure.text, "learn it again"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_empty_session),
		store_test(test_session_row),
		store_test(test_large_argv),
		store_test(test_names),
		store_test(test_batch),
		store_test(test_sums),
		store_test(test_session_calls),
		store_test(test_stop),
		store_test(test_decisions),
		store_test(test_new_and_dropped),
		store_test(test_entries),
		store_test(test_entries_count_sessions),
		store_test(test_programs_and_forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
