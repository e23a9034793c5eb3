/* SPDX-License-Identifier: MIT */
/*
 * What db_open makes, and what it refuses: every file that is no store of this
 * version gives one sentence with the remedy and stays as it was, byte by byte.
 */
#include <sys/wait.h>

#include "tests/unit/db_store.h"

/* ---- made --------------------------------------------------------------- */

static mode_t mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static void test_made(void **state)
{
	cleanup_db struct db *db = NULL;
	mode_t old = umask(0);

	(void)state;
	snprintf(store, sizeof(store), "%s/a/b/jail.db", folder);
	db = open_store(DB_WRITE);
	umask(old);
	assert_int_equal(mode_of(store), 0600);
	*strrchr(store, '/') = '\0';
	assert_int_equal(mode_of(store), 0700);
	assert_int_equal(count_rows(db, "PRAGMA application_id"),
			 DB_APPLICATION_ID);
	assert_int_equal(count_rows(db, "PRAGMA user_version"),
			 db_schema_count);
	assert_int_equal(count_rows(db, "PRAGMA foreign_keys"), 1);
	assert_int_equal(count_rows(db, "PRAGMA synchronous"), 1);
	assert_int_equal(count_rows(db, "SELECT count(*) FROM"
		" pragma_journal_mode WHERE journal_mode = 'wal'"), 1);
	assert_sound(db);
}

static void test_empty_file(void **state)
{
	cleanup_db struct db *db = NULL;
	cleanup_close int fd = -1;

	(void)state;
	fd = open(store, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(db_open(&db, store, DB_READ, &failure), -ENOENT);
	assert_non_null(strstr(failure.text, "run jail learn PROGRAM"));
	db = open_store(DB_WRITE);
	assert_int_equal(count_rows(db, "PRAGMA user_version"),
			 db_schema_count);
}

static void test_read_needs_a_store(void **state)
{
	cleanup_db struct db *db = NULL;

	(void)state;
	assert_int_equal(db_open(&db, store, DB_READ, &failure), -ENOENT);
	assert_non_null(strstr(failure.text, "nothing has been learned yet"));
	assert_non_null(strstr(failure.text, store));
	assert_null(db);
	assert_int_equal(access(store, F_OK), -1);
	assert_int_equal(db_open(&db, store, DB_READ, NULL), -ENOENT);
}

/* Names that sqlite would take for something else than a file. */
static void test_odd_names(void **state)
{
	static const char *const names[] = {
		":memory:", "file:x?mode=memory", "a b%41?#.db", "-x",
	};
	char *cwd = getcwd(NULL, 0);
	struct stat st;

	(void)state;
	assert_int_equal(chdir(folder), 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		cleanup_db struct db *db = NULL;

		ok(db_open(&db, names[i], DB_WRITE, &failure));
		begin_session(db, "p");
		assert_int_equal(lstat(names[i], &st), 0);
		assert_true(st.st_size > 0);
	}
	assert_int_equal(chdir(cwd), 0);
	free(cwd);
}

/* ---- refused ------------------------------------------------------------ */

static void refuse(enum db_mode mode, int code, const char *words)
{
	struct db *db = NULL;
	struct error err = { 0 };

	assert_int_equal(db_open(&db, store, mode, &err), -code);
	assert_null(db);
	assert_int_equal(err.code, code);
	if (!strstr(err.text, words) || !strstr(err.text, folder))
		fail_msg("\"%s\" lacks \"%s\" or the path", err.text, words);
}

/* In both modes, and without a trace in the file or beside it. */
static void refuse_unharmed(int code, const char *words)
{
	size_t before, after;
	cleanup_free char *old = bytes_of(store, &before);
	char side[128];

	refuse(DB_READ, code, words);
	refuse(DB_WRITE, code, words);
	cleanup_free char *new = bytes_of(store, &after);
	assert_int_equal(before, after);
	assert_memory_equal(old, new, before);
	snprintf(side, sizeof(side), "%s-wal", store);
	assert_true(access(side, F_OK) < 0);
	snprintf(side, sizeof(side), "%s-journal", store);
	assert_true(access(side, F_OK) < 0);
}

static void write_file(const void *bytes, size_t size)
{
	cleanup_close int fd = open(store, O_WRONLY | O_CREAT | O_TRUNC |
				    O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(base_write_all(fd, bytes, size), 0);
}

/* A store with something in it, closed. */
static void make_store(void)
{
	cleanup_db struct db *db = open_store(DB_WRITE);

	ok(record_range(db, begin_session(db, "p"), 0, 300, 1));
}

static void test_no_database(void **state)
{
	static char zeros[65536];

	(void)state;
	write_file("root:x:0:0:root:/root:/bin/bash\n", 32);
	refuse_unharmed(EINVAL, "is not a jail store; choose another");
	write_file("x", 1);
	refuse_unharmed(EINVAL, "is not a jail store");
	write_file(zeros, sizeof(zeros));
	refuse_unharmed(EINVAL, "is not a jail store");
}

static void test_foreign_database(void **state)
{
	(void)state;
	sql_file("CREATE TABLE t (x); INSERT INTO t VALUES (1)");
	refuse_unharmed(EINVAL, "another program's database");
	assert_int_equal(remove(store), 0);
	sql_file("PRAGMA journal_mode = WAL; PRAGMA application_id = 252006673;"
		 "CREATE TABLE t (x); PRAGMA user_version = 1");
	refuse_unharmed(EINVAL, "another program's database");
}

static void test_newer(void **state)
{
	char words[128];

	(void)state;
	make_store();
	sql_file("PRAGMA user_version = 7");
	snprintf(words, sizeof(words), "was written by a newer jail (store "
		 "version 7, this one knows %zu); upgrade", db_schema_count);
	refuse_unharmed(EPROTO, words);
}

/* The version of a store whose latest state is still in its log. */
static void test_newer_in_log(void **state)
{
	size_t before, after;
	sqlite3 *handle;

	(void)state;
	make_store();
	assert_int_equal(sqlite3_open(store, &handle), SQLITE_OK);
	sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	assert_int_equal(sqlite3_exec(handle, "PRAGMA user_version = 8", NULL,
				      NULL, NULL), SQLITE_OK);
	sqlite3_close(handle);
	cleanup_free char *old = bytes_of(store, &before);
	refuse(DB_READ, EPROTO, "store version 8");
	refuse(DB_WRITE, EPROTO, "store version 8");
	cleanup_free char *new = bytes_of(store, &after);
	assert_int_equal(before, after);
	assert_memory_equal(old, new, before);
}

static void test_cut_short(void **state)
{
	size_t whole;
	cleanup_free char *bytes = (make_store(), bytes_of(store, &whole));
	const size_t sizes[] = { 16, 50, 99, 100, 1000, 4096, 5000, 8192,
				 whole / 2, whole - 4096, whole - 1 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		write_file(bytes, sizes[i]);
		refuse_unharmed(EUCLEAN, "cut short");
	}
	write_file(bytes, whole);
	db_close(open_store(DB_READ));
}

/* Damage that only shows later is a sentence then, never a crash. */
static void test_scribbled(void **state)
{
	size_t whole;
	cleanup_free char *bytes = (make_store(), bytes_of(store, &whole));

	(void)state;
	for (size_t page = 0; page < whole / 4096; page++) {
		cleanup_profiles_set struct profiles_set set = { 0 };
		cleanup_free char *copy = malloc(whole);
		cleanup_db struct db *db = NULL;
		struct error err = { 0 };
		int r;

		assert_non_null(copy);
		memcpy(copy, bytes, whole);
		memset(copy + page * 4096 + (page ? 0 : 100), 0xa5, 3000);
		write_file(copy, whole);
		r = db_open(&db, store, DB_READ, &err);
		if (r == 0)
			r = db_whitelist(db, "p", &set, &err);
		if (r < 0 && r != -ENOENT)
			assert_int_equal(r, -EUCLEAN);
		assert_int_equal(r < 0, err.text[0] != '\0');
	}
}

static int ignore_program(void *data, const struct db_program *row)
{
	(void)data;
	assert_non_null(row->name);
	return 0;
}

static int ignore_denial(void *data, int64_t id, const char *program,
			 const struct profiles_denial *denial)
{
	(void)data, (void)id, (void)denial;
	assert_non_null(program);
	return 0;
}

static int ignore_object(void *data, const char *kind, const char *path,
			 const char *build_id)
{
	(void)data, (void)kind, (void)build_id;
	assert_non_null(path);
	return 0;
}

/* Our mark and version, but not our tables. */
static void test_no_tables(void **state)
{
	cleanup_db struct db *db = NULL;
	char mark[64];

	(void)state;
	sql_file("PRAGMA application_id = 1784768876; CREATE TABLE t (x);"
		 "PRAGMA user_version = 1");
	refuse(DB_READ, EUCLEAN, "is damaged (no such table");
	snprintf(mark, sizeof(mark), "PRAGMA user_version = %zu",
		 db_schema_count);
	sql_file(mark);
	db = open_store(DB_READ);
	assert_int_equal(db_each_program(db, ignore_program, NULL, &failure),
			 -EUCLEAN);
	assert_non_null(strstr(failure.text, "is damaged (no such table"));
}

/* A store whose tables hold what its constraints forbid. */
static void test_hostile(void **state)
{
	cleanup_profiles_text struct profiles_text text = { 0 };
	cleanup_profiles_set struct profiles_set set = { 0 };
	cleanup_db struct db *db = NULL;
	struct db_entry *entries;
	size_t count;

	(void)state;
	make_store();
	sql_file("PRAGMA writable_schema = 1;"
		 "UPDATE sqlite_schema SET sql = replace(sql, 'NOT NULL', '')"
		 " WHERE type = 'table' AND sql NOT LIKE '%WITHOUT ROWID%'");
	sql_file("PRAGMA ignore_check_constraints = 1;"
		 "INSERT INTO programs VALUES (2, NULL);"
		 "UPDATE sessions SET kernel = NULL, libc = NULL, uid = NULL;"
		 "INSERT INTO images (session, idx, path)"
		 " VALUES (1, 0, x'00ff');"
		 "INSERT INTO denials (id, action) VALUES (1, NULL);"
		 "INSERT INTO decisions VALUES"
		 " (1, 1, 'vax', -1, 'allow', 'hearsay', 'soon', NULL, NULL,"
		 "  'never', 'none', 'all', 'no', NULL, 3, '')");
	db = open_store(DB_WRITE);
	ok(db_each_program(db, ignore_program, NULL, &failure));
	ok(db_each_object(db, "p", ignore_object, NULL, &failure));
	assert_int_equal(db_each_denial(db, NULL, ignore_denial, NULL,
					&failure), -EUCLEAN);
	assert_int_equal(db_whitelist(db, "p", &set, &failure), -EUCLEAN);
	assert_non_null(strstr(failure.text, "cannot exist (vax -1)"));
	assert_int_equal(db_entries(db, "p", &entries, &count, &failure),
			 -EUCLEAN);
	assert_int_equal(db_export(db, "p", 0, &text, &failure), -EUCLEAN);
	ok(db_run(db, &failure, "DELETE FROM decisions", ""));
	ok(db_export(db, "p", 0, &text, &failure));
	assert_string_equal(text.origins[0].kernel, "");
	ok(db_forget(db, "p", &failure));
}

static void test_no_regular_file(void **state)
{
	(void)state;
	assert_int_equal(mkdir(store, 0700), 0);
	refuse(DB_READ, EISDIR, "is a folder");
	refuse(DB_WRITE, EISDIR, "is a folder");
	assert_int_equal(rmdir(store), 0);
	assert_int_equal(mkfifo(store, 0600), 0);
	alarm(10);	/* it must not wait for a writer */
	refuse(DB_READ, EINVAL, "is not a regular file");
	refuse(DB_WRITE, EINVAL, "is not a regular file");
	alarm(0);
	assert_int_equal(unlink(store), 0);
	assert_int_equal(symlink("/dev/zero", store), 0);
	refuse(DB_READ, EINVAL, "is not a regular file");
	refuse(DB_WRITE, EINVAL, "is not a regular file");
	assert_int_equal(unlink(store), 0);
	assert_int_equal(symlink("nowhere", store), 0);
	refuse(DB_READ, ENOENT, "nothing has been learned");
	refuse(DB_WRITE, ENOENT, "cannot open the store");
}

static void test_bad_places(void **state)
{
	struct db *db = NULL;
	char longest[4096];

	(void)state;
	assert_int_equal(db_open(&db, "/proc/jail.db", DB_WRITE, &failure),
			 -ENOENT);
	assert_non_null(strstr(failure.text, "choose another place"));
	assert_int_equal(db_open(&db, "/dev/null/jail.db", DB_WRITE, &failure),
			 -ENOTDIR);
	memset(longest, 'x', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(db_open(&db, longest, DB_WRITE, &failure),
			 -ENAMETOOLONG);
	assert_null(db);
}

/* ---- without permission ------------------------------------------------- */

/* Runs CHECK as nobody; root is stopped by no mode. */
static void as_nobody(void (*check)(void))
{
	int status;
	pid_t child;

	if (geteuid() != 0) {
		check();
		return;
	}
	assert_int_equal(chown(folder, 65534, 65534), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if (setegid(65534) < 0 || seteuid(65534) < 0)
			_exit(99);
		check();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* In the child an assertion cannot jump back to cmocka. */
static void must(bool truth, int line, const struct error *err)
{
	if (truth)
		return;
	fprintf(stderr, "# db_open.c:%d: %s\n", line, err->text);
	_exit(1);
}
#define MUST(truth) must(truth, __LINE__, &err)

static void check_unreadable(void)
{
	struct db *db = NULL;
	struct error err = { 0 };

	MUST(db_open(&db, store, DB_READ, &err) == -EACCES);
	MUST(strstr(err.text, "Permission denied; choose another"));
	MUST(db_open(&db, store, DB_WRITE, &err) == -EACCES);
	MUST(!db);
}

static void check_read_only(void)
{
	cleanup_profiles_set struct profiles_set set = { 0 };
	struct db *db = NULL;
	struct error err = { 0 };

	MUST(db_open(&db, store, DB_WRITE, &err) == -EACCES);
	MUST(strstr(err.text, "cannot be written: Permission denied"));
	MUST(db_open(&db, store, DB_READ, &err) == 0);
	MUST(db_whitelist(db, "p", &set, &err) == 0 && set.count == 300);
	MUST(db_forget(db, "p", &err) == -EACCES);
	MUST(strstr(err.text, "cannot be written"));
	db_close(db);
}

static void check_no_folder(void)
{
	struct db *db = NULL;
	struct error err = { 0 };

	MUST(db_open(&db, store, DB_WRITE, &err) == -EACCES);
	MUST(strstr(err.text, "choose another place"));
}

static void test_permissions(void **state)
{
	(void)state;
	make_store();
	assert_int_equal(chmod(store, 0), 0);
	as_nobody(check_unreadable);
	assert_int_equal(chmod(store, 0444), 0);
	as_nobody(check_read_only);	/* in a folder that can be written */
	assert_int_equal(chmod(folder, 0555), 0);
	as_nobody(check_read_only);	/* and in one that cannot */
	assert_int_equal(chmod(folder, 0700), 0);
	assert_int_equal(unlink(store), 0);
	assert_int_equal(chmod(folder, 0555), 0);
	as_nobody(check_no_folder);
	assert_int_equal(chmod(folder, 0700), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_made),
		store_test(test_empty_file),
		store_test(test_read_needs_a_store),
		store_test(test_odd_names),
		store_test(test_no_database),
		store_test(test_foreign_database),
		store_test(test_newer),
		store_test(test_newer_in_log),
		store_test(test_cut_short),
		store_test(test_scribbled),
		store_test(test_no_tables),
		store_test(test_hostile),
		store_test(test_no_regular_file),
		store_test(test_bad_places),
		store_test(test_permissions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
