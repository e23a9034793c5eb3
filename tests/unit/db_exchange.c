/* SPDX-License-Identifier: MIT */
/*
 * Export and import: a profile that has travelled through any store prints the
 * same bytes, and a session counts once on whatever ways it comes.
 */
#include "tests/unit/db_store.h"

/* A store of its own below FOLDER. */
static struct db *other_store(const char *name)
{
	struct db *db = NULL;
	char path[128];

	snprintf(path, sizeof(path), "%s/%s.db", folder, name);
	ok(db_open(&db, path, DB_WRITE, &failure));
	return db;
}

static char *print(struct db *db)
{
	cleanup_profiles_text struct profiles_text text = { 0 };
	char *bytes = NULL;
	size_t size;
	FILE *out = open_memstream(&bytes, &size);

	assert_non_null(out);
	ok(db_export(db, "p", 0, &text, &failure));
	ok(profiles_print(out, &text, &failure));
	fclose(out);
	return bytes;
}

/* Imports, and returns how many calls were new. */
static size_t import(struct db *db, char *bytes)
{
	struct db_imported imported = { 0 };
	cleanup_profiles_text struct profiles_text text = { 0 };
	cleanup_fclose FILE *in = fmemopen(bytes, strlen(bytes), "r");

	assert_non_null(in);
	ok(profiles_parse(in, "profile", &text, &failure));
	ok(db_import(db, &text, "ann", &imported, &failure));
	profiles_set_free(&imported.dropped);
	return imported.fresh;
}

static void learn(struct db *db, const char *kernel, uint32_t first,
		  size_t count)
{
	struct db_session session = {
		.program = "p", .kernel = kernel, .libc = "glibc 2.36",
		.sandbox = true,
	};
	int64_t id;
	char uid[9];

	ok(db_session_begin(db, &session, &id, uid, &failure));
	if (count)
		ok(record_range(db, id, first, count, 1));
	ok(db_session_end(db, id, 0, &failure));
}

static void test_origins(void **state)
{
	cleanup_profiles_text struct profiles_text text = { 0 };
	cleanup_db struct db *db = open_store(DB_WRITE);

	(void)state;
	assert_int_equal(db_export(db, "p", 0, &text, &failure), -ENOENT);
	learn(db, "6.18.44", 0, 5);
	learn(db, "6.1.0", 3, 5);
	learn(db, "6.18.44", 5, 5);
	learn(db, "5.10", 0, 0);	/* never started: taught nothing */
	ok(db_export(db, "p", 0, &text, &failure));
	assert_string_equal(text.program, "p");
	assert_true(text.has_set);
	assert_int_equal(text.set.count, 10);
	assert_int_equal(text.origin_count, 2);
	assert_string_equal(text.origins[0].kernel, "6.1.0");
	assert_int_equal(text.origins[0].session_count, 1);
	assert_string_equal(text.origins[1].kernel, "6.18.44");
	assert_string_equal(text.origins[1].libc, "glibc 2.36");
	assert_int_equal(text.origins[1].session_count, 2);
	assert_true(strcmp(text.origins[1].sessions[0],
			   text.origins[1].sessions[1]) < 0);
}

static void test_same_bytes(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	cleanup_db struct db *other = other_store("other");
	struct base_call call = call_of(2);

	(void)state;
	learn(db, "6.18.44", 0, 5);
	learn(db, "6.1.0", 3, 5);
	ok(db_decide(db, "p", DB_DROP, &call, 1, DB_ADDED, "ann", &failure));
	cleanup_free char *first = print(db);
	import(other, first);
	cleanup_free char *there = print(other);
	assert_string_equal(there, first);
	import(other, there);
	import(db, there);
	cleanup_free char *back = print(db);
	assert_string_equal(back, first);
	assert_false(allows(db, "p", 2));
	assert_int_equal(count_rows(db, "SELECT count(*) FROM sessions"), 2);
	assert_int_equal(count_rows(other, "SELECT count(*) FROM sessions"
				    " WHERE origin = 'import'"), 2);
}

/* Two machines learn apart and exchange: both end with the same profile. */
static void test_merge(void **state)
{
	cleanup_db struct db *one = other_store("one");
	cleanup_db struct db *two = other_store("two");

	(void)state;
	learn(one, "6.18.44", 0, 5);
	learn(two, "6.1.0", 3, 5);
	learn(two, "6.18.44", 300, 1);
	cleanup_free char *from_one = print(one), *from_two = print(two);
	import(one, from_two);
	import(two, from_one);
	import(two, from_one);
	cleanup_free char *merged = print(one), *same = print(two);
	assert_string_equal(merged, same);
	assert_true(allows(one, "p", 300));
}

/* What its own export completes is not added, what was dropped stays off. */
static void test_own_export(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	cleanup_db struct db *other = other_store("other");
	struct base_call dropped = call_of(2);

	(void)state;
	learn(db, "6.18.44", 0, 5);
	cleanup_free char *all = print(db);
	ok(db_decide(db, "p", DB_DROP, &dropped, 1, DB_ADDED, "ann",
		     &failure));
	cleanup_free char *bytes = print(db);
	assert_int_equal(import(db, bytes), 0);
	assert_int_equal(import(db, all), 0);
	assert_int_equal(whitelist_size(db, "p"), 4);
	assert_int_equal(import(other, bytes), 4);
	assert_int_equal(whitelist_size(other, "p"), 4);
	assert_int_equal(import(other, all), 1);
}

/* A list that is the baseline alone still says that such code may run. */
static void test_baseline_alone(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	cleanup_db struct db *other = other_store("other");
	struct base_call calls[2] = { call_of(0), { BASE_ARCH_I386, 1 } };

	(void)state;
	ok(db_decide(db, "p", DB_ALLOW, calls, 2, DB_ADDED, "ann", &failure));
	cleanup_free char *first = print(db);
	assert_true(import(other, first) > 1);
	cleanup_free char *there = print(other);
	assert_string_equal(there, first);
	assert_int_equal(import(other, there), 0);
	assert_int_equal(import(db, there), 0);
}

static void test_evidence(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	cleanup_db struct db *other = other_store("other");
	struct db_entry *entries;
	struct base_call dropped = call_of(1);
	size_t count;

	(void)state;
	learn(db, "6.18.44", 0, 3);
	cleanup_free char *bytes = print(db);
	learn(other, "6.1.0", 0, 2);
	ok(db_decide(other, "p", DB_DROP, &dropped, 1, DB_ADDED, "bob",
		     &failure));
	import(other, bytes);
	ok(db_entries(other, "p", &entries, &count, &failure));
	assert_int_equal(count, 2);
	assert_int_equal(entries[0].evidence, DB_LEARNED);
	assert_int_equal(entries[1].call.number, 2);
	assert_int_equal(entries[1].evidence, DB_IMPORTED);
	assert_string_equal(entries[1].who, "ann");
	db_entries_free(entries, count);
}

static void test_refused(void **state)
{
	static char *bad[] = { "12345678", "1234567g" };
	static char release[300];
	struct profiles_origin origin = {
		.kernel = "k", .libc = "l", .sessions = bad,
		.session_count = 1,
	};
	struct profiles_text text = { .origins = &origin, .origin_count = 1 };
	struct db_imported imported = { 0 };
	cleanup_db struct db *db = open_store(DB_WRITE);

	(void)state;
	assert_int_equal(db_import(db, &text, "ann", &imported, &failure), -EINVAL);
	assert_non_null(strstr(failure.text, "--name"));
	text.program = "p";
	assert_int_equal(db_import(db, &text, "ann", &imported, &failure), -EINVAL);
	assert_non_null(strstr(failure.text, "no seccomp.keep line"));
	text.has_set = true;
	origin.session_count = 2;
	assert_int_equal(db_import(db, &text, "ann", &imported, &failure), -EINVAL);
	assert_non_null(strstr(failure.text, "1234567g"));
	origin.session_count = 1;
	memset(release, 'k', sizeof(release) - 1);
	origin.kernel = release;
	assert_int_equal(db_import(db, &text, "ann", &imported, &failure), -EINVAL);
	assert_int_equal(count_rows(db, "SELECT count(*) FROM programs"), 0);
	origin.kernel = "k";
	ok(db_import(db, &text, "ann", &imported, &failure));
	assert_int_equal(whitelist_size(db, "p"), 0);
}

/* Stubs and what is refused for good travel in a profile, and take nothing off
 * the list that they come to. */
static void test_answers(void **state)
{
	const struct profiles_refused stubs[] = {
		{ call_of(1), ENOSYS }, { call_of(2), EPERM },
	};
	const struct base_call never = call_of(3);
	cleanup_profiles_text struct profiles_text text = { 0 };
	struct db_imported imported = { 0 };
	struct profiles_refused *held;
	cleanup_profiles_set struct profiles_set expected = { 0 };
	cleanup_db struct db *db = open_store(DB_WRITE);
	size_t count;

	(void)state;
	ok(record_range(db, begin_session(db, "p"), 0, 10, 1));
	ok(db_stub(db, "p", stubs, 2, DB_MINIMIZED, NULL, &failure));
	ok(db_decide(db, "p", DB_NEVER, &never, 1, DB_ADDED, NULL, &failure));
	ok(db_export(db, "p", 0, &text, &failure));
	assert_int_equal(text.set.count, 7);
	assert_int_equal(text.stub_count, 2);
	assert_int_equal(text.stubs[1].answer, EPERM);
	assert_int_equal(text.expected.count, 1);
	ok(db_forget(db, "p", &failure));
	/* Here 1 was learned, and 3 dropped. */
	ok(record_range(db, begin_session(db, "p"), 1, 1, 1));
	ok(db_decide(db, "p", DB_DROP, &never, 1, DB_ADDED, NULL, &failure));
	ok(db_import(db, &text, "ann", &imported, &failure));
	profiles_set_free(&imported.dropped);
	ok(db_stubs(db, "p", &held, &count, &failure));
	assert_int_equal(count, 1);
	assert_int_equal(held[0].call.number, 2);
	assert_int_equal(held[0].answer, EPERM);
	free(held);
	assert_true(allows(db, "p", 1));
	ok(db_expected(db, "p", &expected, &failure));
	assert_int_equal(expected.count, 0);
	text.stubs[0].answer = -1;
	assert_int_equal(db_import(db, &text, "ann", &imported, &failure),
			 -EINVAL);
	assert_non_null(strstr(failure.text, "error number"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_origins),
		store_test(test_same_bytes),
		store_test(test_merge),
		store_test(test_own_export),
		store_test(test_baseline_alone),
		store_test(test_evidence),
		store_test(test_refused),
		store_test(test_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
