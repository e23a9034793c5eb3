/* SPDX-License-Identifier: MIT */
/* What the tests of the store share: a folder of their own, a store in it, and
 * short ways to put something there and to look at it. */
#ifndef TESTS_DB_STORE_H
#define TESTS_DB_STORE_H

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "db/sql.h"

#define ok(expression)                                                         \
	do {                                                                   \
		struct error *e_ = &failure;                                   \
		int r_ = (expression);                                         \
		if (r_ < 0)                                                    \
			fail_msg("%s: %d %s", #expression, r_, e_->text);      \
	} while (0)

static struct error failure;
static char folder[64], store[96];

static inline int make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/jail-db.XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(store, sizeof(store), "%s/jail.db", folder);
	return 0;
}

static inline int remove_one(const char *path, const struct stat *st, int kind,
			     struct FTW *ftw)
{
	(void)st, (void)kind, (void)ftw;
	return remove(path);
}

static inline int remove_folder(void **state)
{
	(void)state;
	return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

#define store_test(f) cmocka_unit_test_setup_teardown(f, make_folder,          \
						      remove_folder)

static inline struct db *open_store(enum db_mode mode)
{
	struct db *db = NULL;

	ok(db_open(&db, store, mode, &failure));
	return db;
}

static inline struct base_call call_of(uint32_t number)
{
	return (struct base_call){ BASE_ARCH_X86_64, number };
}

static inline int64_t begin_session(struct db *db, const char *program)
{
	static char *argv[] = { "program", "--option", NULL };
	struct db_session session = {
		.program = program, .argv = argv, .kernel = "6.18.44",
		.libc = "glibc 2.36", .sandbox = true,
	};
	int64_t id = 0;
	char uid[9];

	ok(db_session_begin(db, &session, &id, uid, &failure));
	assert_int_equal(strspn(uid, "0123456789abcdef"), 8);
	return id;
}

/* FIRST, FIRST + 1, ... of image 0, each made CALLS times. */
static inline int record_range(struct db *db, int64_t id, uint32_t first,
			       size_t count, uint64_t calls)
{
	struct profiles_observation *rows = calloc(count, sizeof(*rows));
	struct profiles_batch batch = { .observations = rows,
					.observation_count = count };
	int r;

	assert_non_null(rows);
	for (size_t i = 0; i < count; i++)
		rows[i] = (struct profiles_observation){
			.call = call_of(first + (uint32_t)i),
			.calls = calls, .returns = 1,
			.first_seen = 1000, .last_seen = 2000,
		};
	r = db_session_record(db, id, &batch, &failure);
	free(rows);
	return r;
}

static inline size_t whitelist_size(struct db *db, const char *program)
{
	cleanup_profiles_set struct profiles_set set = { 0 };

	ok(db_whitelist(db, program, &set, &failure));
	return set.count;
}

static inline bool allows(struct db *db, const char *program, uint32_t number)
{
	cleanup_profiles_set struct profiles_set set = { 0 };

	ok(db_whitelist(db, program, &set, &failure));
	return profiles_set_has(&set, call_of(number));
}

static inline int64_t count_rows(struct db *db, const char *sql)
{
	int64_t value = -1;

	ok(db_value(db, &value, &failure, sql, ""));
	return value;
}

/* Rows that a damaged store would have: "ok" if there is none. */
static inline void assert_sound(struct db *db)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;

	ok(db_query(db, &stmt, &failure, "PRAGMA integrity_check", ""));
	assert_int_equal(db_next(db, stmt, &failure), 1);
	assert_string_equal(db_column_text(stmt, 0), "ok");
}

/* Does to the store what db/ never would. */
static inline void sql_file(const char *sql)
{
	sqlite3 *handle;

	assert_int_equal(sqlite3_open(store, &handle), SQLITE_OK);
	assert_int_equal(sqlite3_exec(handle, sql, NULL, NULL, NULL),
			 SQLITE_OK);
	sqlite3_close(handle);
}

/* The bytes of a file, new memory. */
static inline char *bytes_of(const char *path, size_t *size)
{
	struct stat st;
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *bytes;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	*size = (size_t)st.st_size;
	bytes = malloc(*size + 1);
	assert_non_null(bytes);
	assert_int_equal(base_read_all(fd, bytes, *size), (ssize_t)*size);
	return bytes;
}

#endif
