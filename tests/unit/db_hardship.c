/* SPDX-License-Identifier: MIT */
/*
 * What a store goes through: many writers at once, readers beside them, a
 * writer killed at any moment, a full disk, a disk that became read-only.
 * Nothing that was stored may be lost, and the store stays sound.
 */
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "tests/unit/db_store.h"
#include "tests/unit/skip.h"

/* ---- several processes -------------------------------------------------- */

/* In a child an assertion cannot jump back to cmocka. */
static void must(int r, const struct error *err)
{
	if (r >= 0)
		return;
	fprintf(stderr, "# %d %s\n", r, err->text);
	_exit(1);
}

static int record_in_child(struct db *db, int64_t id, uint32_t first,
			   size_t count, uint64_t calls, struct error *err)
{
	struct profiles_observation rows[64];
	struct profiles_batch batch = { .observations = rows,
					.observation_count = count };

	for (size_t i = 0; i < count; i++)
		rows[i] = (struct profiles_observation){
			.call = call_of(first + (uint32_t)i), .calls = calls,
		};
	return db_session_record(db, id, &batch, err);
}

enum { WRITERS = 8, BATCHES = 50, PER_BATCH = 20 };

/* Makes the store too, where there is none. */
static struct db *begin_in_child(int64_t *id)
{
	struct db_session session = {
		.program = "p", .kernel = "k", .libc = "l", .sandbox = true,
	};
	struct error err = { 0 };
	struct db *db = NULL;
	char uid[9];

	must(db_open(&db, store, DB_WRITE, &err), &err);
	must(db_session_begin(db, &session, id, uid, &err), &err);
	return db;
}

/* All at once, so that the making of the store is raced for. */
static void write_batches(uint32_t writer)
{
	struct error err = { 0 };
	int64_t id;
	struct db *db = begin_in_child(&id);

	for (uint32_t i = 0; i < BATCHES; i++)
		must(record_in_child(db, id, (writer * BATCHES + i) * PER_BATCH,
				     PER_BATCH, 1, &err), &err);
	must(db_session_end(db, id, 0, &err), &err);
	db_close(db);
	_exit(0);
}

static void read_meanwhile(void)
{
	size_t last = 0;

	for (int i = 0; i < 50; i++) {
		cleanup_profiles_set struct profiles_set set = { 0 };
		cleanup_db struct db *db = NULL;
		struct error err = { 0 };
		int r = db_open(&db, store, DB_READ, &err);

		if (r == 0)
			r = db_whitelist(db, "p", &set, &err);
		must(r == -ENOENT ? 0 : r, &err);	/* not begun yet */
		if (set.count < last || set.count % PER_BATCH)
			_exit(2);	/* it shrank, or half a batch shows */
		last = set.count;
	}
	_exit(0);
}

static void test_writers(void **state)
{
	pid_t children[WRITERS + 1];
	cleanup_db struct db *db = NULL;

	(void)state;
	for (uint32_t i = 0; i <= WRITERS; i++) {
		children[i] = fork();
		assert_true(children[i] >= 0);
		if (children[i] == 0 && i < WRITERS)
			write_batches(i);
		if (children[i] == 0)
			read_meanwhile();
	}
	for (size_t i = 0; i <= WRITERS; i++) {
		int status;

		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_int_equal(status, 0);
	}
	db = open_store(DB_READ);
	assert_int_equal(whitelist_size(db, "p"),
			 WRITERS * BATCHES * PER_BATCH);
	assert_int_equal(count_rows(db, "SELECT count(*) FROM calls"),
			 WRITERS * BATCHES * PER_BATCH);
	assert_int_equal(count_rows(db, "SELECT count(*) FROM sessions"
				    " WHERE ended"), WRITERS);
	assert_sound(db);
}

static void test_busy(void **state)
{
	cleanup_db struct db *one = open_store(DB_WRITE);
	cleanup_db struct db *two = open_store(DB_WRITE);
	int64_t id = begin_session(two, "p");

	(void)state;
	sqlite3_busy_timeout(two->handle, 50);
	ok(db_run(one, &failure, "BEGIN IMMEDIATE", ""));
	assert_int_equal(record_range(two, id, 0, 10, 1), -EBUSY);
	assert_non_null(strstr(failure.text, "try again"));
	assert_int_equal(whitelist_size(two, "p"), 0);	/* reading works */
	ok(db_run(one, &failure, "COMMIT", ""));
	ok(record_range(two, id, 0, 10, 1));
	assert_int_equal(whitelist_size(one, "p"), 10);
}

/* ---- killed ------------------------------------------------------------- */

/* Tells through the pipe, after each batch, that it was stored. */
static void write_until_killed(int told)
{
	struct error err = { 0 };
	int64_t id;
	struct db *db = begin_in_child(&id);

	for (uint64_t i = 1;; i++) {
		must(record_in_child(db, id, 0, 64, i, &err), &err);
		if (base_write_all(told, &i, sizeof(i)) < 0)
			_exit(1);
	}
}

/* Kills the writer MICROSECONDS after its first batch. Returns how many
 * batches it said were stored. */
static uint64_t kill_writer(useconds_t microseconds)
{
	uint64_t batch, stored = 0;
	int status, ends[2];
	pid_t child;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(ends[0]);
		write_until_killed(ends[1]);
	}
	close(ends[1]);
	assert_int_equal(base_read_all(ends[0], &stored, sizeof(stored)),
			 sizeof(stored));
	usleep(microseconds);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	while (base_read_all(ends[0], &batch, sizeof(batch)) == sizeof(batch))
		stored = batch;
	close(ends[0]);
	return stored;
}

static void test_killed(void **state)
{
	(void)state;
	for (useconds_t round = 0; round < 20; round++) {
		uint64_t stored = kill_writer(round * 1500);
		cleanup_db struct db *db = open_store(
			round % 2 ? DB_READ : DB_WRITE);
		const char *last = " FROM calls WHERE session ="
				   " (SELECT max(id) FROM sessions)";
		char sql[128];
		int64_t calls;

		snprintf(sql, sizeof(sql), "SELECT min(calls)%s", last);
		calls = count_rows(db, sql);
		/* All that was reported, and no batch by half. */
		assert_true((uint64_t)calls >= stored);
		snprintf(sql, sizeof(sql), "SELECT max(calls)%s", last);
		assert_int_equal(count_rows(db, sql), calls);
		snprintf(sql, sizeof(sql), "SELECT count(*)%s", last);
		assert_int_equal(count_rows(db, sql), 64);
		assert_sound(db);
	}
}

/* ---- a small disk ------------------------------------------------------- */

static bool mounted;

/* A file system of 1 MiB in a mount namespace of this program's own. */
static int mount_small(void **state)
{
	if (make_folder(state) < 0)
		return -1;
	mounted = unshare(CLONE_NEWNS) == 0 &&
		  mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
		  mount("tmpfs", folder, "tmpfs", 0, "size=1m") == 0;
	return 0;
}

static int unmount_small(void **state)
{
	if (mounted && umount2(folder, MNT_DETACH) < 0)
		return -1;
	return remove_folder(state);
}

static void need_mount(void)
{
	if (mounted)
		return;
	skip_for("no tmpfs may be mounted here");
}

/* Takes what space is left but SPARE bytes. */
static void fill_disk(const char *path, off_t spare)
{
	static const char zeros[4096];
	cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	off_t size = 0;
	ssize_t n;

	assert_true(fd >= 0);
	while ((n = write(fd, zeros, sizeof(zeros))) > 0)
		size += n;
	assert_int_equal(ftruncate(fd, size > spare ? size - spare : 0), 0);
}

static void test_full_disk(void **state)
{
	cleanup_db struct db *db = NULL;
	char ballast[128];
	uint32_t stored;
	int64_t id;

	(void)state;
	need_mount();
	snprintf(ballast, sizeof(ballast), "%s/ballast", folder);
	db = open_store(DB_WRITE);
	id = begin_session(db, "p");
	ok(record_range(db, id, 0, 100, 1));
	fill_disk(ballast, 65536);
	for (stored = 1; stored < 100; stored++)
		if (record_range(db, id, stored * 100, 100, 1) < 0)
			break;
	assert_true(stored < 100);
	assert_int_equal(failure.code, ENOSPC);
	assert_non_null(strstr(failure.text, "; free some space"));
	assert_int_equal(whitelist_size(db, "p"), stored * 100);
	assert_sound(db);
	/* The next jail can read what there is, and is told when it writes. */
	db_close(db);
	db = NULL;
	db = open_store(DB_READ);
	assert_int_equal(whitelist_size(db, "p"), stored * 100);
	db_close(db);
	db = NULL;
	assert_int_equal(unlink(ballast), 0);
	db = open_store(DB_WRITE);
	ok(record_range(db, id, stored * 100, 100, 1));
	assert_int_equal(whitelist_size(db, "p"), stored * 100 + 100);
	assert_sound(db);
}

/* The same batch once more, on the same connection, after space was made. */
static void test_space_again(void **state)
{
	cleanup_db struct db *db = NULL;
	char ballast[128];
	int64_t id;

	(void)state;
	need_mount();
	snprintf(ballast, sizeof(ballast), "%s/ballast", folder);
	db = open_store(DB_WRITE);
	id = begin_session(db, "p");
	ok(record_range(db, id, 0, 100, 1));
	fill_disk(ballast, 0);
	assert_int_equal(record_range(db, id, 0, 3000, 2), -ENOSPC);
	assert_int_equal(record_range(db, id, 0, 3000, 2), -ENOSPC);
	assert_int_equal(whitelist_size(db, "p"), 100);
	assert_int_equal(unlink(ballast), 0);
	ok(record_range(db, id, 0, 3000, 2));
	assert_int_equal(whitelist_size(db, "p"), 3000);
	assert_sound(db);
}

static void test_no_space_for_a_store(void **state)
{
	struct db *db = NULL;
	char ballast[128];

	(void)state;
	need_mount();
	snprintf(ballast, sizeof(ballast), "%s/ballast", folder);
	fill_disk(ballast, 0);
	assert_int_equal(db_open(&db, store, DB_WRITE, &failure), -ENOSPC);
	assert_non_null(strstr(failure.text, "free some space"));
	fill_disk(ballast, 8192);
	assert_int_equal(db_open(&db, store, DB_WRITE, &failure), -ENOSPC);
	assert_int_equal(unlink(ballast), 0);
	db = open_store(DB_WRITE);
	assert_sound(db);
	db_close(db);
}

static void test_read_only_disk(void **state)
{
	cleanup_db struct db *db = NULL;

	(void)state;
	need_mount();
	db = open_store(DB_WRITE);
	ok(record_range(db, begin_session(db, "p"), 0, 10, 1));
	db_close(db);
	db = NULL;
	assert_int_equal(mount(NULL, folder, NULL, MS_REMOUNT | MS_RDONLY,
			       NULL), 0);
	assert_int_equal(db_open(&db, store, DB_WRITE, &failure), -EROFS);
	assert_non_null(strstr(failure.text, "Read-only file system"));
	db = open_store(DB_READ);
	assert_int_equal(whitelist_size(db, "p"), 10);
	assert_int_equal(db_forget(db, "p", &failure), -EACCES);
}

#define disk_test(f) cmocka_unit_test_setup_teardown(f, mount_small,           \
						     unmount_small)

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_writers),
		store_test(test_busy),
		store_test(test_killed),
		disk_test(test_full_disk),
		disk_test(test_space_again),
		disk_test(test_no_space_for_a_store),
		disk_test(test_read_only_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
