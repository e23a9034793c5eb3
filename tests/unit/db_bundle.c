/* SPDX-License-Identifier: MIT */
/* Whole histories: out of one store, into another, and what hosts saw. */
#include <sys/wait.h>

#include "tests/unit/db_store.h"

static char app[] = "/usr/bin/app", lib[] = "/usr/lib/lib.so", id1[] = "aa01";

/* A session on HOST that saw FIRST, FIRST + 1, ... and has a bit of all else. */
static int64_t learn(struct db *db, const char *program, const char *host,
		     uint32_t first, size_t count)
{
	static char *argv[] = { "app", "-x", NULL };
	const struct profiles_image image = { .path = app, .build_id = id1 };
	const struct profiles_library library = {
		.path = lib, .stamp = { 1, 2, 3 },
	};
	const struct profiles_argument argument = {
		.call = call_of(first), .values = { UINT64_MAX, 1, 2 },
		.calls = UINT64_MAX,
	};
	const struct profiles_batch batch = {
		.images = &image, .image_count = 1,
		.libraries = &library, .library_count = 1,
		.arguments = &argument, .argument_count = 1,
	};
	cleanup_profiles_known struct profiles_known known = { 0 };
	struct db_session session = {
		.program = program, .argv = argv, .kernel = "6.18.44",
		.libc = "glibc 2.36", .sandbox = true, .host = host,
		.passes = &known,
	};
	int64_t id;
	char uid[9];

	ok(profiles_set_add(&known.set, call_of(400)));
	ok(db_session_begin(db, &session, &id, uid, &failure));
	ok(db_session_record(db, id, &batch, &failure));
	ok(record_range(db, id, first, count, UINT64_MAX));
	ok(db_session_end(db, id, 256, &failure));
	return id;
}

static struct db *open_other(const char *name)
{
	cleanup_free char *path = base_printf("%s/%s", folder, name);
	struct db *db = NULL;

	ok(db_open(&db, path, DB_WRITE, &failure));
	return db;
}

static struct db_merged merge(struct db *from, struct db *to,
			      const char *program)
{
	cleanup_profiles_bundle struct profiles_bundle bundle = { 0 };
	struct db_merged merged;

	ok(db_bundle(from, program, &bundle, &failure));
	ok(db_merge(to, &bundle, "ann", &merged, &failure));
	return merged;
}

/* The bundle of a store as text. */
static char *text_of(struct db *db)
{
	cleanup_profiles_bundle struct profiles_bundle bundle = { 0 };
	size_t size;
	char *text;
	FILE *out = open_memstream(&text, &size);

	ok(db_bundle(db, NULL, &bundle, &failure));
	ok(profiles_bundle_print(out, &bundle, &failure));
	fclose(out);
	return text;
}

static void decide(struct db *db, uint32_t number, enum db_decision decision)
{
	struct base_call call = call_of(number);

	ok(db_decide(db, "p", decision, &call, 1, DB_ADDED, "bob", &failure));
}

static void test_travels(void **state)
{
	const struct profiles_refused stub = { call_of(1), ENOSYS };
	cleanup_db struct db *here = open_store(DB_WRITE);
	cleanup_db struct db *there = open_other("there.db");
	cleanup_free char *before = NULL, *after = NULL;
	struct db_merged merged;

	(void)state;
	learn(here, "p", "alpha", 0, 5);
	learn(here, "p", "alpha", 3, 5);
	learn(here, "q", NULL, 3, 5);
	decide(here, 2, DB_DROP);
	decide(here, 300, DB_ALLOW);
	decide(here, 301, DB_NEVER);
	decide(here, 302, DB_ALLOW);
	ok(db_stub(here, "p", &stub, 1, DB_MINIMIZED, "bob", &failure));
	merged = merge(here, there, NULL);
	assert_int_equal(merged.programs, 2);
	assert_int_equal(merged.sessions, 3);
	assert_int_equal(merged.known_sessions, 0);
	assert_int_equal(merged.decisions, 5);
	assert_int_equal(merged.calls, 8 - 2 + 2 + 5);
	before = text_of(here);
	after = text_of(there);
	assert_string_equal(before, after);
	/* Once more: nothing is new. */
	merged = merge(here, there, NULL);
	assert_int_equal(merged.sessions + merged.decisions + merged.calls +
			 merged.programs, 0);
	assert_int_equal(merged.known_sessions, 3);
	/* And back. */
	merged = merge(there, here, "p");
	assert_int_equal(merged.known_sessions, 2);
	assert_int_equal(merged.sessions + merged.decisions, 0);
	assert_sound(there);
	ok(db_forget(there, "p", &failure));
	assert_int_equal(whitelist_size(there, "q"), 5);
	assert_int_equal(count_rows(there, "SELECT count(*) FROM calls"), 5);
	assert_int_equal(count_rows(there, "SELECT count(*) FROM seen"), 5);
	assert_int_equal(count_rows(there, "SELECT count(*) FROM passed"), 1);
}

/* What was imported is on the list, but this store never saw it: it is news for
 * a session, and its files are not ours. */
static void test_elsewhere(void **state)
{
	cleanup_profiles_known struct profiles_known known = { 0 };
	cleanup_profiles_history struct profiles_history h = { 0 };
	cleanup_profiles_set struct profiles_set set = { 0 };
	cleanup_db struct db *here = open_store(DB_WRITE);
	cleanup_db struct db *there = open_other("there.db");
	struct db_objects objects;
	struct db_entry *entries;
	size_t count;
	int64_t id;

	(void)state;
	learn(here, "p", "alpha", 0, 5);
	merge(here, there, "p");
	assert_int_equal(whitelist_size(there, "p"), 5);
	ok(db_known(there, "p", &known, &failure));
	assert_int_equal(known.set.count, 0);
	ok(db_objects(there, "p", &objects, &failure));
	assert_int_equal(objects.count, 0);
	assert_null(objects.kernels[0]);
	db_objects_free(&objects);
	id = learn(there, "p", "beta", 4, 2);
	ok(db_session_new(there, id, &set, &failure));
	assert_int_equal(set.count, 1);	/* 5; 4 was on the list */
	ok(db_known(there, "p", &known, &failure));
	assert_int_equal(known.set.count, 2);
	assert_int_equal(known.argument_count, 1);
	ok(db_entries(there, "p", &entries, &count, &failure));
	assert_int_equal(count, 6);
	assert_int_equal(entries[0].evidence, DB_LEARNED);
	assert_true(entries[0].elsewhere);
	assert_false(entries[4].elsewhere);
	assert_int_equal(entries[4].sessions, 2);
	assert_false(entries[5].elsewhere);
	db_entries_free(entries, count);
	ok(db_history(there, "p", &h, &failure));
	assert_int_equal(h.visit_count, 2);
	assert_true(h.visits[0].counted && h.visits[1].counted);
	assert_true(h.visits[0].workload != 0);
	assert_true(h.visits[0].workload == h.visits[1].workload);
	assert_int_equal(h.items[4].seen, 2);
}

static int count_pending(void *data, const struct db_pending *pending)
{
	(void)pending;
	++*(size_t *)data;
	return 0;
}

/* What is decided here stays, and other clocks answer nothing. */
static void test_conflicts(void **state)
{
	cleanup_db struct db *here = open_store(DB_WRITE);
	cleanup_db struct db *there = open_other("there.db");
	struct profiles_denial denial = {
		.count = 1, .call = call_of(0), .action = PROFILES_KILLED,
	};
	struct db_merged merged;
	struct db_undone *undone;
	size_t count = 0;
	int64_t row = 0;

	(void)state;
	learn(here, "p", "alpha", 0, 5);
	ok(db_run(here, &failure, "UPDATE calls SET first_seen = 1; ", ""));
	ok(db_run(here, &failure, "UPDATE sessions SET started = 1", ""));
	decide(here, 1, DB_DROP);
	decide(here, 2, DB_DROP);
	decide(there, 1, DB_ALLOW);
	decide(there, 2, DB_ALLOW);
	ok(db_undo(there, "p", NULL, &undone, &count, &failure));
	free(undone);
	denial.time = denial.last_time = base_now();
	ok(db_denial_add(there, "p", &denial, &row, &failure));
	merged = merge(here, there, "p");
	assert_int_equal(merged.decisions, 1);
	assert_true(allows(there, "p", 1));
	assert_false(allows(there, "p", 2));
	count = 0;
	ok(db_each_pending(there, "p", 0, count_pending, &count, &failure));
	assert_int_equal(count, 0);
	/* Undo is for what was decided here. */
	ok(db_undo(there, "p", NULL, &undone, &count, &failure));
	assert_int_equal(undone[0].call.number, 1);
	free(undone);
	assert_int_equal(db_undo(there, "p", NULL, &undone, &count, &failure),
			 -ENOENT);
}

/* A session that came by a profile as text is completed by its history. */
static void test_named(void **state)
{
	cleanup_profiles_text struct profiles_text text = { 0 };
	cleanup_profiles_history struct profiles_history h = { 0 };
	cleanup_db struct db *here = open_store(DB_WRITE);
	cleanup_db struct db *there = open_other("there.db");
	cleanup_db struct db *third = open_other("third.db");
	cleanup_free char *before = NULL, *after = NULL;
	struct db_imported imported = { 0 };

	(void)state;
	learn(here, "p", "alpha", 0, 5);
	ok(db_export(here, "p", 0, &text, &failure));
	assert_string_equal(text.origins[0].host, "alpha");
	ok(db_import(there, &text, "ann", &imported, &failure));
	ok(db_history(there, "p", &h, &failure));
	assert_int_equal(h.visit_count, 0);
	merge(there, third, NULL);
	before = text_of(there);
	after = text_of(third);
	assert_string_equal(before, after);
	assert_int_equal(merge(here, there, NULL).sessions, 1);
	assert_int_equal(count_rows(there, "SELECT count(*) FROM sessions"),
			 1);
	ok(db_history(there, "p", &h, &failure));
	assert_int_equal(h.visit_count, 1);
	assert_int_equal(h.item_count, 5);
	/* But not the other way round. */
	assert_int_equal(merge(third, here, NULL).sessions, 0);
	assert_int_equal(count_rows(here, "SELECT count(*) FROM sessions"
				    " WHERE origin = 'learn'"), 1);
	assert_sound(there);
}

/* A call that guards, and works here, does not fail silently from now on. */
static void test_guards(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	struct profiles_bundle_decision decisions[] = {
		{ .decision = "stub", .evidence = "reviewed", .answer = 38 },
		{ .decision = "stub", .evidence = "reviewed", .answer = 38 },
		{ .decision = "stub", .evidence = "reviewed", .answer = 38 },
	};
	char name[] = "p";
	struct profiles_bundle_program program = {
		.name = name, .decisions = decisions, .decision_count = 3,
	};
	const struct profiles_bundle bundle = { &program, 1 };
	struct db_merged merged;
	uint32_t setuid = (uint32_t)base_call_number(base_arch_native(),
						     "setuid");
	uint32_t times = (uint32_t)base_call_number(base_arch_native(),
						    "times");
	uint32_t chdir = (uint32_t)base_call_number(base_arch_native(),
						    "chdir");

	(void)state;
	learn(db, "p", "alpha", setuid, 1);
	learn(db, "p", "alpha", times, 1);
	decisions[0].call = call_of(setuid);
	decisions[1].call = call_of(times);
	decisions[2].call = call_of(chdir);
	ok(db_merge(db, &bundle, "ann", &merged, &failure));
	assert_int_equal(merged.decisions, 2);
	assert_true(allows(db, "p", setuid));
	assert_false(allows(db, "p", times));
}

/* ---- what cannot be ----------------------------------------------------- */

static void refuse(struct db *db, const struct profiles_bundle *bundle,
		   const char *says)
{
	struct db_merged merged;

	assert_int_equal(db_merge(db, bundle, "ann", &merged, &failure),
			 -EINVAL);
	assert_non_null(strstr(failure.text, says));
	assert_int_equal(merged.sessions + merged.programs, 0);
	assert_int_equal(count_rows(db, "SELECT count(*) FROM programs"), 0);
}

static void test_impossible(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	char kernel[300] = "k", libc[] = "l", path[] = "", name[300] = "p";
	struct profiles_object object = { .path = app };
	struct profiles_bundle_call call = { .call = call_of(1) };
	struct profiles_bundle_decision decision = {
		.call = call_of(1), .decision = "allow", .evidence = "added",
	};
	struct profiles_bundle_session session = {
		.uid = "0123abcd", .kernel = kernel, .libc = libc,
		.started = 1, .calls = &call, .call_count = 1,
		.objects = &object, .object_count = 1,
	};
	struct profiles_bundle_program programs[] = {
		{ .name = app },
		{ .name = name, .sessions = &session, .session_count = 1,
		  .decisions = &decision, .decision_count = 1 },
	};
	const struct profiles_bundle bundle = { programs, 2 };
	struct db_merged merged;

	(void)state;
	session.uid[0] = 'x';
	refuse(db, &bundle, "p: x123abcd does not identify");
	session.uid[0] = '0';
	session.started = -1;
	refuse(db, &bundle, "before 1970");
	session.started = 1;
	memset(kernel, 'k', 256);
	refuse(db, &bundle, "at most 255 bytes");
	kernel[1] = '\0';
	object.path = path;
	refuse(db, &bundle, "session 0123abcd");
	object.path = app;
	call.call.arch = 99;
	refuse(db, &bundle, "architecture");
	call.call.arch = BASE_ARCH_AARCH64;
	strcpy(decision.decision, "none");
	refuse(db, &bundle, "a decision that is none");
	strcpy(decision.decision, "stub");
	refuse(db, &bundle, "error number");
	strcpy(decision.decision, "drop");
	strcpy(decision.evidence, "learned");
	refuse(db, &bundle, "a decision that is none");
	strcpy(decision.evidence, "added");
	decision.time = -1;
	refuse(db, &bundle, "nobody made");
	decision.time = 1;
	memset(name, 'n', 299);
	refuse(db, &bundle, "1 to 255 bytes");
	name[1] = '\0';
	ok(db_merge(db, &bundle, "ann", &merged, &failure));
	assert_int_equal(merged.programs, 2);
	ok(db_forget(db, "n", &failure));
	ok(db_forget(db, app, &failure));
	programs[1].name = NULL;
	refuse(db, &bundle, "without a name");
	assert_int_equal(db_bundle(db, "unknown", &(struct profiles_bundle){ 0 },
				   &failure), -ENOENT);
}

/* ---- several at once, and many ------------------------------------------ */

static void merge_in_child(struct profiles_bundle *bundle)
{
	struct db *db = open_store(DB_WRITE);
	struct db_merged merged;

	for (int i = 0; i < 3; i++)
		ok(db_merge(db, bundle, "ann", &merged, &failure));
	db_close(db);
	_exit(0);
}

static void test_together(void **state)
{
	cleanup_profiles_bundle struct profiles_bundle bundle = { 0 };
	cleanup_db struct db *other = open_other("other.db");
	cleanup_db struct db *db = NULL;
	pid_t children[4];
	int status;

	(void)state;
	for (int i = 0; i < 20; i++)
		learn(other, "p", "alpha", (uint32_t)i, 20);
	ok(db_bundle(other, NULL, &bundle, &failure));
	db_close(take_ptr(other));
	for (size_t i = 0; i < ARRAY_SIZE(children); i++) {
		children[i] = fork();
		if (children[i] == 0)
			merge_in_child(&bundle);
	}
	for (size_t i = 0; i < ARRAY_SIZE(children); i++) {
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_int_equal(status, 0);
	}
	db = open_store(DB_WRITE);
	assert_int_equal(count_rows(db, "SELECT count(*) FROM sessions"), 20);
	assert_int_equal(count_rows(db, "SELECT count(*) FROM calls"), 400);
	assert_int_equal(whitelist_size(db, "p"), 39);
	assert_sound(db);
}

/* ---- hosts -------------------------------------------------------------- */

static int tell_host(void *data, const struct db_host *row)
{
	char *text = data;

	sprintf(text + strlen(text), "%s:%s:%d:%d;", row->host, row->kernel,
		(int)row->sessions, (int)row->calls);
	return 0;
}

static int tell_call(void *data, struct base_call call, const char *host)
{
	char *text = data;

	sprintf(text + strlen(text), "%u%s;", call.number, host);
	return 0;
}

static void test_hosts(void **state)
{
	cleanup_profiles_text struct profiles_text text = { 0 }, two = { 0 };
	cleanup_db struct db *db = open_store(DB_WRITE);
	char told[256] = "";

	(void)state;
	learn(db, "p", "beta", 1, 1);
	learn(db, "p", "alpha", 0, 2);
	learn(db, "p", "alpha", 0, 3);
	learn(db, "p", "", 1, 1);
	ok(db_run(db, &failure, "UPDATE sessions SET kernel = 'new'"
		  " WHERE id = 3", ""));
	ok(db_each_host(db, "p", tell_host, told, &failure));
	assert_string_equal(told, ":6.18.44:1:1;alpha:new:2:3;"
			    "beta:6.18.44:1:1;");
	*told = '\0';
	ok(db_each_host_call(db, "p", tell_call, told, &failure));
	assert_string_equal(told, "0alpha;1;1alpha;1beta;2alpha;");
	decide(db, 2, DB_NEVER);
	decide(db, 7, DB_ALLOW);
	ok(db_export(db, "p", 0, &text, &failure));
	assert_int_equal(text.set.count, 3);
	assert_int_equal(text.expected.count, 1);
	assert_int_equal(text.origin_count, 4);
	assert_null(text.origins[0].host);
	assert_string_equal(text.origins[1].host, "alpha");
	assert_string_equal(text.origins[3].host, "beta");
	assert_int_equal(text.seen_count, 3);
	assert_string_equal(text.seen[1].host, "alpha");
	assert_int_equal(text.seen[1].set.count, 1);	/* 0; 2 is refused */
	assert_int_equal(text.seen[0].set.count, 0);
	ok(db_export(db, "p", 2, &two, &failure));
	assert_int_equal(two.set.count, 2);		/* 1 and 7 */
	assert_true(profiles_set_has(&two.set, call_of(1)));
	assert_true(profiles_set_has(&two.set, call_of(7)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_travels),
		store_test(test_elsewhere),
		store_test(test_conflicts),
		store_test(test_named),
		store_test(test_guards),
		store_test(test_impossible),
		store_test(test_together),
		store_test(test_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
