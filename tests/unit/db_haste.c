/* SPDX-License-Identifier: MIT */
/*
 * Who opens a store without patience is refused at once, whatever another
 * process holds of it: the locks of readers and writers, those of the log's
 * index, which the busy timeout of sqlite is not for, or a lease. When that is
 * let go he writes as if nothing had been.
 */
#include <signal.h>
#include <sys/wait.h>

#include "tests/unit/db_store.h"

/* sqlite's os_unix.c, wal.c and sqlite3.h have the places of its locks. */
static const struct held {
	const char *what;
	const char *suffix;	/* of the store's file */
	off_t start, length;	/* length 0: a lease */
	int kind;
} rows[] = {
	{"the store", "", 0x40000000, 512, F_WRLCK},
	{"the right to write", "-shm", 120, 1, F_WRLCK},
	{"the right to empty the log", "-shm", 121, 1, F_WRLCK},
	{"the making of the index", "-shm", 128, 1, F_WRLCK},
	{"all of the index", "-shm", 120, 9, F_WRLCK},
	{"a lease to write", "", 0, 0, F_WRLCK},
	{"a lease to read", "", 0, 0, F_RDLCK},
	{"a lease on the log", "-wal", 0, 0, F_WRLCK},
	{"a lease on the index", "-shm", 0, 0, F_WRLCK},
};

/* As a lease is broken its holder gets SIGIO. */
static _Noreturn void hold(const struct held *row, int ready)
{
	struct flock lock = {
		.l_type = (short)row->kind, .l_whence = SEEK_SET,
		.l_start = row->start, .l_len = row->length,
	};
	char path[128];
	int fd;

	signal(SIGIO, SIG_IGN);
	snprintf(path, sizeof(path), "%s%s", store, row->suffix);
	fd = open(path, (row->length ? O_RDWR : O_RDONLY) | O_CREAT |
		  O_CLOEXEC, 0600);
	if (fd < 0 || (row->length ? fcntl(fd, F_SETLK, &lock) :
				     fcntl(fd, F_SETLEASE, row->kind)) < 0 ||
	    write(ready, "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static pid_t begin_holding(const struct held *row)
{
	int pipe[2];
	pid_t child;
	char byte;

	assert_int_equal(pipe2(pipe, O_CLOEXEC), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		hold(row, pipe[1]);
	close(pipe[1]);
	if (read(pipe[0], &byte, 1) != 1)
		fail_msg("%s cannot be held", row->what);
	close(pipe[0]);
	return child;
}

static void end_holding(pid_t child)
{
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

static int write_in_haste(struct error *err)
{
	const struct db_session session = {
		.program = "p", .kernel = "k", .libc = "l",
	};
	cleanup_db struct db *db = NULL;
	char uid[9];
	int64_t id;
	int ret = db_open_patient(&db, store, DB_WRITE, 0, err);

	return ret < 0 ? ret : db_session_begin(db, &session, &id, uid, err);
}

static void test_haste(void **state)
{
	(void)state;
	db_close(open_store(DB_WRITE));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct error err = {0};
		pid_t child = begin_holding(&rows[i]);
		int64_t began = base_now_monotonic();
		int ret = write_in_haste(&err);

		if (ret != -EBUSY)
			fail_msg("%s: %d %s", rows[i].what, ret, err.text);
		if (base_now_monotonic() - began > 5000000)
			fail_msg("%s kept it waiting", rows[i].what);
		end_holding(child);
		ok(write_in_haste(&failure));
	}
}

/* He who can wait does so until a lease is given up. */
static void test_patience(void **state)
{
	static const struct held lease = {"a lease", "", 0, 0, F_RDLCK};
	pid_t child, killer;

	(void)state;
	db_close(open_store(DB_WRITE));
	child = begin_holding(&lease);
	killer = fork();
	if (killer == 0) {
		usleep(300000);
		_exit(kill(child, SIGKILL) < 0);
	}
	db_close(open_store(DB_WRITE));
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(waitpid(killer, NULL, 0), killer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_haste),
		store_test(test_patience),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
