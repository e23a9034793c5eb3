/* SPDX-License-Identifier: MIT */
/*
 * The log that is put aside when a store is closed: it holds nothing, is taken
 * back, and never by a store that it does not fit; many processes may open and
 * close at once.
 */
#include <sys/wait.h>

#include "tests/unit/db_store.h"

static char log_file[112], aside[128];

static int name_logs(void **state)
{
	int r = make_folder(state);

	snprintf(log_file, sizeof(log_file), "%s-wal", store);
	snprintf(aside, sizeof(aside), "%s-empty", log_file);
	return r;
}

/* 0 if there is none. */
static ino_t inode(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 ? st.st_ino : 0;
}

static void session(uint32_t first, size_t count)
{
	cleanup_db struct db *db = open_store(DB_WRITE);

	ok(record_range(db, begin_session(db, "p"), first, count, 1));
}

static void expect_calls(size_t count)
{
	cleanup_db struct db *db = open_store(DB_READ);

	assert_int_equal(whitelist_size(db, "p"), count);
	assert_sound(db);
}

static void move(const char *from, const char *to)
{
	assert_int_equal(rename(from, to), 0);
}

static void test_put_aside(void **state)
{
	static const char zeros[32];
	size_t size;
	ino_t log;

	(void)state;
	session(0, 10);
	assert_true(inode(log_file) == 0);
	cleanup_free char *bytes = bytes_of(aside, &size);
	assert_true(size > sizeof(zeros));
	assert_memory_equal(bytes, zeros, sizeof(zeros));
	log = inode(aside);
	{
		cleanup_db struct db *db = open_store(DB_READ);

		assert_true(inode(log_file) == log);
		assert_true(inode(aside) == 0);
		assert_int_equal(whitelist_size(db, "p"), 10);
	}
	session(5, 10);
	assert_true(inode(log_file) == 0);
	assert_true(inode(aside) == log);
	expect_calls(15);
	/* The store alone is all there is. */
	assert_int_equal(unlink(aside), 0);
	expect_calls(15);
}

/* Another store comes in this one's place; what was its log is nothing to it,
 * under the one name or, where a power failure undid that, the other. */
static void exchange_stores(bool undone)
{
	char other[128];

	snprintf(other, sizeof(other), "%s/other.db", folder);
	session(0, 10);
	move(store, other);
	assert_int_equal(unlink(aside), 0);
	session(100, 300);
	move(other, store);
	if (undone)
		move(aside, log_file);
	expect_calls(10);
	session(0, 11);
	expect_calls(11);
	assert_int_equal(unlink(store), 0);
}

static void test_another_store(void **state)
{
	(void)state;
	exchange_stores(false);
	exchange_stores(true);
	/* And a new one where there was one. */
	session(0, 3);
	move(aside, log_file);
	assert_int_equal(unlink(store), 0);
	session(0, 4);
	expect_calls(4);
}

/* A log that is in use is not replaced. */
static void test_in_use(void **state)
{
	static const char zeros[64];
	cleanup_db struct db *one = open_store(DB_WRITE), *two = NULL;
	cleanup_close int fd = -1;
	ino_t log;

	(void)state;
	ok(record_range(one, begin_session(one, "p"), 0, 5, 1));
	log = inode(log_file);
	assert_true(log != 0);
	fd = open(aside, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(base_write_all(fd, zeros, sizeof(zeros)), 0);
	two = open_store(DB_WRITE);
	assert_true(inode(log_file) == log);
	assert_true(inode(aside) != 0);
	ok(record_range(one, begin_session(one, "p"), 0, 10, 1));
	assert_int_equal(whitelist_size(two, "p"), 10);
}

static void test_too_large(void **state)
{
	(void)state;
	session(0, 10);
	session(0, 20000);
	assert_true(inode(log_file) == 0);
	assert_true(inode(aside) == 0);
	expect_calls(20000);
}

static void refuse(ino_t other)
{
	cleanup_db struct db *db = open_store(DB_WRITE);

	assert_true(inode(log_file) != other);
	assert_true(inode(aside) == other);
	ok(record_range(db, begin_session(db, "p"), 0, 10, 1));
}

/* What a log holds stays where it is: frames are for the state of the store
 * that they were written to. */
static void test_not_empty(void **state)
{
	cleanup_free char *frames = NULL;
	cleanup_close int fd = -1;
	size_t size;
	ino_t log;

	(void)state;
	session(0, 300);
	{
		cleanup_db struct db *db = open_store(DB_WRITE);

		ok(db_forget(db, "p", &failure));
		frames = bytes_of(log_file, &size);
	}
	session(0, 10);
	log = inode(aside);
	fd = open(aside, O_WRONLY | O_TRUNC | O_CLOEXEC);
	assert_int_equal(base_write_all(fd, frames, size), 0);
	expect_calls(10);
	session(0, 11);
	expect_calls(11);
	assert_true(inode(aside) != log);
}

/* One that others may use, or may not, where they may not use the store. */
static void test_unlike(void **state)
{
	char target[128];
	ino_t log;

	(void)state;
	session(0, 10);
	assert_int_equal(chmod(aside, 0644), 0);
	log = inode(aside);
	refuse(log);
	assert_true(inode(aside) != log);
	assert_int_equal(chmod(store, 0644), 0);
	refuse(inode(aside));
	snprintf(target, sizeof(target), "%s/target", folder);
	move(aside, target);
	assert_int_equal(symlink(target, aside), 0);
	refuse(inode(aside));
	assert_true(inode(target) != 0);
	expect_calls(10);
}

/* ---- many at once ------------------------------------------------------- */

enum { PROCESSES = 6, ROUNDS = 40, PER_ROUND = 5 };

static void open_and_close(uint32_t process)
{
	struct profiles_observation rows[PER_ROUND] = { 0 };
	const struct profiles_batch batch = {
		.observations = rows, .observation_count = PER_ROUND,
	};
	struct db_session begun = {
		.program = "p", .kernel = "k", .libc = "l",
	};

	for (uint32_t i = 0; i < ROUNDS; i++) {
		struct error err = { 0 };
		struct db *db = NULL;
		char uid[9];
		int64_t id;

		for (uint32_t n = 0; n < PER_ROUND; n++)
			rows[n].call = call_of(
				(process * ROUNDS + i) * PER_ROUND + n);
		if (db_open(&db, store, DB_WRITE, &err) < 0 ||
		    db_session_begin(db, &begun, &id, uid, &err) < 0 ||
		    db_session_record(db, id, &batch, &err) < 0) {
			fprintf(stderr, "# %s\n", err.text);
			_exit(1);
		}
		db_close(db);
	}
	_exit(0);
}

static void test_many(void **state)
{
	pid_t children[PROCESSES];

	(void)state;
	for (uint32_t i = 0; i < PROCESSES; i++) {
		children[i] = fork();
		assert_true(children[i] >= 0);
		if (children[i] == 0)
			open_and_close(i);
	}
	for (size_t i = 0; i < PROCESSES; i++) {
		int status;

		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_int_equal(status, 0);
	}
	expect_calls(PROCESSES * ROUNDS * PER_ROUND);
}

#define log_test(f) cmocka_unit_test_setup_teardown(f, name_logs, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		log_test(test_put_aside),
		log_test(test_another_store),
		log_test(test_in_use),
		log_test(test_too_large),
		log_test(test_not_empty),
		log_test(test_unlike),
		log_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
