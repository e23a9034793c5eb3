/* SPDX-License-Identifier: MIT */
/*
 * Short calls for statements, rows and transactions, and the one place where a
 * result code of sqlite becomes an errno and a sentence.
 */
#include <string.h>
#include <sys/statvfs.h>

#include "db/sql.h"

/* ---- failure ------------------------------------------------------------ */

static const struct {
	int rc;
	int code;
	const char *cause;
	const char *remedy;
} failures[] = {
	{ SQLITE_CORRUPT, EUCLEAN, "is damaged or cut short",
	  "move it away and learn again, or save what is left with "
	  "`sqlite3 FILE .recover`" },
	{ SQLITE_ERROR, EUCLEAN, "is damaged",
	  "move it away and learn again" },
	{ SQLITE_NOTADB, EINVAL, "is not a jail store",
	  "choose another with --db" },
	{ SQLITE_FULL, ENOSPC, "cannot be written: its disk is full",
	  "free some space, nothing that was stored before is lost" },
	{ SQLITE_BUSY, EBUSY, "is in use by another program for too long",
	  "try again when that has ended" },
	{ SQLITE_PROTOCOL, EBUSY, "is in use by another program for too long",
	  "try again when that has ended" },
	{ SQLITE_READONLY, EACCES, "cannot be written",
	  "make it and its folder writable, or choose another with --db" },
	{ SQLITE_PERM, EACCES, "cannot be opened",
	  "check its permissions, or choose another with --db" },
	{ SQLITE_CANTOPEN, EACCES, "cannot be opened",
	  "check its permissions and those of its folder, raise ulimit -n if "
	  "it is low, or choose another with --db" },
	{ SQLITE_IOERR, EIO, "cannot be read or written",
	  "check its disk, or choose another with --db" },
	{ SQLITE_NOMEM, ENOMEM, "needs more memory than there is",
	  "try again when more is free" },
	{ SQLITE_CONSTRAINT, EINVAL, "does not take this value",
	  "nothing was stored" },
	{ SQLITE_TOOBIG, E2BIG, "does not take a value this long",
	  "nothing was stored" },
};

/* The shared-memory file of the log fails with an I/O error of its own on a
 * full disk, and errno may be gone by then. */
static bool disk_full(struct db *db)
{
	int last = sqlite3_system_errno(db->handle);
	struct statvfs fs;

	if (last == ENOSPC || last == EDQUOT)
		return true;
	return statvfs(db->path, &fs) == 0 && !(fs.f_flag & ST_RDONLY) &&
	       fs.f_bavail * fs.f_frsize < 65536;
}

int db_fail(struct db *db, int rc, struct error *err)
{
	int basic = rc & 0xff;

	if (basic == SQLITE_CANTOPEN &&
	    sqlite3_system_errno(db->handle) == EAGAIN)
		basic = SQLITE_BUSY;	/* somebody has a lease on it */
	if ((basic == SQLITE_IOERR || basic == SQLITE_CANTOPEN) &&
	    disk_full(db))
		basic = SQLITE_FULL;
	for (size_t i = 0; i < ARRAY_SIZE(failures); i++)
		if (failures[i].rc == basic)
			return base_error(err, failures[i].code,
					  "%.200s %s (%.100s); %s", db->path,
					  failures[i].cause,
					  sqlite3_errmsg(db->handle),
					  failures[i].remedy);
	return base_error(err, EIO, "%.200s: %.200s", db->path,
			  sqlite3_errmsg(db->handle));
}

/* ---- statements --------------------------------------------------------- */

void db_finalize(sqlite3_stmt **stmt)
{
	sqlite3_finalize(*stmt);
	*stmt = NULL;
}

int db_prepare(struct db *db, sqlite3_stmt **stmt, const char *sql,
	       struct error *err)
{
	int rc = sqlite3_prepare_v2(db->handle, sql, -1, stmt, NULL);

	return rc == SQLITE_OK ? 0 : db_fail(db, rc, err);
}

static int bind_text(sqlite3_stmt *stmt, int at, const char *text)
{
	return text ? sqlite3_bind_text(stmt, at, text, -1, SQLITE_TRANSIENT)
		    : sqlite3_bind_null(stmt, at);
}

static int bind_call(sqlite3_stmt *stmt, int at, struct base_call call)
{
	int rc = sqlite3_bind_text(stmt, at, base_arch_name(call.arch), -1,
				   SQLITE_STATIC);

	return rc ? rc : sqlite3_bind_int64(stmt, at + 1, call.number);
}

static int bind_values(sqlite3_stmt *stmt, const char *types, va_list values)
{
	int rc = SQLITE_OK;

	for (int at = 1; *types && rc == SQLITE_OK; types++, at++)
		switch (*types) {
		case 'i':
			rc = sqlite3_bind_int64(stmt, at,
						va_arg(values, int64_t));
			break;
		case 'u':
			rc = sqlite3_bind_int64(
				stmt, at, (int64_t)va_arg(values, uint64_t));
			break;
		case 't':
			rc = bind_text(stmt, at, va_arg(values, const char *));
			break;
		case 'c':
			rc = bind_call(stmt, at++,
				       va_arg(values, struct base_call));
			break;
		default:
			rc = SQLITE_MISUSE;
		}
	return rc;
}

static int query(struct db *db, sqlite3_stmt **stmt, struct error *err,
		 const char *sql, const char *types, va_list values)
{
	int rc, r = db_prepare(db, stmt, sql, err);

	if (r < 0)
		return r;
	rc = bind_values(*stmt, types, values);
	return rc == SQLITE_OK ? 0 : db_fail(db, rc, err);
}

int db_query(struct db *db, sqlite3_stmt **stmt, struct error *err,
	     const char *sql, const char *types, ...)
{
	va_list values;
	int r;

	va_start(values, types);
	r = query(db, stmt, err, sql, types, values);
	va_end(values);
	return r;
}

int db_next(struct db *db, sqlite3_stmt *stmt, struct error *err)
{
	int rc = sqlite3_step(stmt);

	if (rc == SQLITE_ROW)
		return 1;
	return rc == SQLITE_DONE ? 0 : db_fail(db, rc, err);
}

/* Prepared, bound, and at its first row if there is one. */
static int first_row(struct db *db, sqlite3_stmt **stmt, struct error *err,
		     const char *sql, const char *types, va_list values)
{
	int r = query(db, stmt, err, sql, types, values);

	return r < 0 ? r : db_next(db, *stmt, err);
}

int db_run(struct db *db, struct error *err, const char *sql,
	   const char *types, ...)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	va_list values;
	int r;

	va_start(values, types);
	r = first_row(db, &stmt, err, sql, types, values);
	va_end(values);
	return r;
}

int db_bind(struct db *db, sqlite3_stmt *stmt, struct error *err,
	    const char *types, ...)
{
	va_list values;
	int rc;

	va_start(values, types);
	rc = bind_values(stmt, types, values);
	va_end(values);
	return rc == SQLITE_OK ? 0 : db_fail(db, rc, err);
}

int db_again(struct db *db, sqlite3_stmt *stmt, struct error *err,
	     const char *types, ...)
{
	va_list values;
	int rc, r;

	va_start(values, types);
	rc = bind_values(stmt, types, values);
	va_end(values);
	if (rc != SQLITE_OK)
		return db_fail(db, rc, err);
	r = db_next(db, stmt, err);
	sqlite3_reset(stmt);
	return r;
}

int db_value(struct db *db, int64_t *value, struct error *err,
	     const char *sql, const char *types, ...)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	va_list values;
	int r;

	va_start(values, types);
	r = first_row(db, &stmt, err, sql, types, values);
	va_end(values);
	if (r == 1)
		*value = sqlite3_column_int64(stmt, 0);
	return r == 0 ? -ENOENT : r < 0 ? r : 0;
}

/* ---- columns ------------------------------------------------------------ */

uint64_t db_column_u64(sqlite3_stmt *stmt, int column)
{
	return (uint64_t)sqlite3_column_int64(stmt, column);
}

const char *db_column_or_null(sqlite3_stmt *stmt, int column)
{
	return (const char *)sqlite3_column_text(stmt, column);
}

const char *db_column_text(sqlite3_stmt *stmt, int column)
{
	const char *text = db_column_or_null(stmt, column);

	return text ? text : "";
}

void db_column_copy(sqlite3_stmt *stmt, int column, char *out, size_t size)
{
	snprintf(out, size, "%s", db_column_text(stmt, column));
}

int db_column_call(struct db *db, sqlite3_stmt *stmt, int column,
		   struct base_call *call, struct error *err)
{
	const char *name = db_column_text(stmt, column);
	int64_t number = sqlite3_column_int64(stmt, column + 1);
	int arch = base_arch_parse(name);

	if (arch < 0 || number < 0 || number > UINT32_MAX)
		return base_error(err, EUCLEAN,
				  "%.200s is damaged: it holds a call that "
				  "cannot exist (%.20s %lld); move it away "
				  "and learn again", db->path,
				  name, (long long)number);
	*call = (struct base_call){ (uint32_t)arch, (uint32_t)number };
	return 0;
}

int db_collect(struct db *db, sqlite3_stmt *stmt, struct profiles_set *set,
	       struct error *err)
{
	struct base_call call;
	int r;

	while ((r = db_next(db, stmt, err)) == 1) {
		r = db_column_call(db, stmt, 0, &call, err);
		if (r < 0)
			return r;
		if (profiles_set_add(set, call) < 0)
			return base_error(err, ENOMEM, "out of memory");
	}
	return r;
}

/* ---- transactions ------------------------------------------------------- */

/* Whether what is written would be in the file that others see. */
static int check_place(struct db *db, struct error *err)
{
	int moved = 0;

	if (sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_HAS_MOVED,
				 &moved) == SQLITE_OK && moved)
		return base_error(err, ESTALE,
				  "the store %.200s was removed or replaced "
				  "while it was in use; leave it in its place "
				  "and learn again", db->path);
	return 0;
}

static int transaction(struct db *db, const char *begin,
		       int (*work)(struct db *, void *, struct error *),
		       void *data, struct error *err)
{
	int r = db_run(db, err, begin, "");

	if (r < 0)
		return r;
	r = work(db, data, err);
	if (r >= 0)
		r = db_run(db, err, "COMMIT", "");
	/* Some failures, a full disk among them, end it without being asked. */
	if (r < 0 && !sqlite3_get_autocommit(db->handle))
		sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
	return r;
}

int db_write(struct db *db,
	     int (*work)(struct db *, void *, struct error *), void *data,
	     struct error *err)
{
	int r = check_place(db, err);

	return r < 0 ? r : transaction(db, "BEGIN IMMEDIATE", work, data, err);
}

int db_snapshot(struct db *db,
		int (*work)(struct db *, void *, struct error *), void *data,
		struct error *err)
{
	return transaction(db, "BEGIN", work, data, err);
}
