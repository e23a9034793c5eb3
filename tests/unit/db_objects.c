/* SPDX-License-Identifier: MIT */
/* What a program was learned from: each build-id of a path once, with the stamp
 * that was seen last; and how long it takes to read. */
#include "tests/unit/db_store.h"

static char app[] = "/usr/bin/app", lib[] = "/usr/lib/lib.so";
static char id1[] = "aa01", id2[] = "bb02";

static void record(struct db *db, int64_t id, const struct profiles_image *image,
		   const struct profiles_library *library)
{
	const struct profiles_batch batch = {
		.images = image, .image_count = image != NULL,
		.libraries = library, .library_count = library != NULL,
	};

	ok(db_session_record(db, id, &batch, &failure));
}

static void expect(const struct profiles_object *object, const char *path,
		   const char *build_id, uint64_t inode, bool library)
{
	assert_string_equal(object->path, path);
	if (build_id)
		assert_string_equal(object->build_id, build_id);
	else
		assert_null(object->build_id);
	assert_int_equal(object->stamp.inode, inode);
	assert_int_equal(object->library, library);
}

static void test_objects(void **state)
{
	struct profiles_image image = {
		.path = app, .build_id = id1,
		.stamp = { 7, UINT64_MAX, INT64_MIN },
	};
	struct profiles_library library = {
		.path = lib, .build_id = id1, .stamp = { 8, 1, 1 },
	};
	cleanup_db struct db *db = open_store(DB_WRITE);
	int64_t id = begin_session(db, "p");
	struct db_objects objects;

	(void)state;
	record(db, id, &image, &library);
	library.build_id = id2;
	library.stamp.inode = 9;
	id = begin_session(db, "p");
	record(db, id, &image, &library);
	/* The same file copied, then one whose stamp is not known. */
	library.stamp.inode = 10;
	record(db, begin_session(db, "p"), NULL, &library);
	library.stamp = (struct profiles_stamp){ 0 };
	record(db, begin_session(db, "p"), NULL, &library);
	/* Without a build-id; and the program as somebody's library. */
	library = (struct profiles_library){ .path = app, .build_id = id1 };
	record(db, id, NULL, &library);
	library.build_id = NULL;
	record(db, begin_session(db, "p"), NULL, &library);
	record(db, begin_session(db, "q"), NULL, &library);
	ok(db_objects(db, "p", &objects, &failure));
	assert_int_equal(objects.count, 4);
	expect(&objects.objects[0], app, NULL, 0, true);
	expect(&objects.objects[1], app, id1, 7, false);
	assert_true(objects.objects[1].stamp.size == UINT64_MAX);
	assert_true(objects.objects[1].stamp.mtime == INT64_MIN);
	expect(&objects.objects[2], lib, id1, 8, true);
	expect(&objects.objects[3], lib, id2, 10, true);
	assert_string_equal(objects.kernels[0], "6.18.44");
	assert_null(objects.kernels[1]);
	db_objects_free(&objects);
	ok(db_objects(db, "unknown", &objects, &failure));
	assert_int_equal(objects.count, 0);
	assert_null(objects.kernels[0]);
	db_objects_free(&objects);
	ok(db_forget(db, "p", &failure));
	assert_int_equal(count_rows(db, "SELECT count(*)"
				    " FROM learned_objects"), 1);
}

static int steps_of(unsigned what, void *data, void *stmt, void *nanoseconds)
{
	int *steps = data;

	(void)what, (void)nanoseconds;
	assert_int_equal(sqlite3_stmt_status(
		stmt, SQLITE_STMTSTATUS_FULLSCAN_STEP, 0), 0);
	assert_int_equal(sqlite3_stmt_status(stmt, SQLITE_STMTSTATUS_SORT, 0),
			 0);
	*steps += sqlite3_stmt_status(stmt, SQLITE_STMTSTATUS_VM_STEP, 0);
	return 0;
}

static void learn(struct db *db)
{
	struct profiles_library library = { .build_id = id1 };
	int64_t id = begin_session(db, "p");

	for (int i = 0; i < 100; i++) {
		cleanup_free char *path = base_printf("/lib/%d.so", i);

		library.path = path;
		record(db, id, NULL, &library);
	}
}

static int cost_of_objects(struct db *db)
{
	struct db_objects objects;
	int steps = 0;

	sqlite3_trace_v2(db->handle, SQLITE_TRACE_PROFILE, steps_of, &steps);
	ok(db_objects(db, "p", &objects, &failure));
	sqlite3_trace_v2(db->handle, 0, NULL, NULL);
	assert_int_equal(objects.count, 100);
	db_objects_free(&objects);
	return steps;
}

/* It is read before each start: nothing is sorted or scanned, and sessions that
 * bring nothing new cost next to nothing. */
static void test_cost(void **state)
{
	cleanup_db struct db *db = open_store(DB_WRITE);
	int one;

	(void)state;
	learn(db);
	one = cost_of_objects(db);
	assert_true(one > 100);
	for (int i = 0; i < 20; i++)
		learn(db);
	assert_in_range(cost_of_objects(db), one, one + 20 * 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_objects),
		store_test(test_cost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
