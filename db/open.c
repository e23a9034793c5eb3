/* SPDX-License-Identifier: MIT */
/*
 * Opening a store, in this order: look at the file, make it if it may be made,
 * let sqlite open it, read its header (file.c), then bring it to this version's
 * schema. Whatever is refused has not been written to.
 *
 * A new store gets its schema in one rollback-journal transaction and becomes
 * WAL after that, so the main file of a store always carries our mark, however
 * its making ended.
 */
#include <string.h>

#include "db/sql.h"

enum { BUSY_MS = 10000 };

void db_close(struct db *db)
{
	if (!db)
		return;
	sqlite3_close(db->handle);
	free(db->path);
	free(db);
}

void db_closep(struct db **db)
{
	db_close(*db);
	*db = NULL;
}

void db_patience(struct db *db, int milliseconds)
{
	db->patience = milliseconds;
	sqlite3_busy_timeout(db->handle, milliseconds);
}

/* ---- the connection ----------------------------------------------------- */

static int set(struct db *db, int option, int value)
{
	return sqlite3_db_config(db->handle, option, value, NULL);
}

/* A store may belong to another user: nothing in its schema is trusted. */
static int configure(struct db *db, struct error *err)
{
	int rc = sqlite3_busy_timeout(db->handle, db->patience);

	rc = rc ? rc : set(db, SQLITE_DBCONFIG_ENABLE_FKEY, 1);
	rc = rc ? rc : set(db, SQLITE_DBCONFIG_DEFENSIVE, 1);
	rc = rc ? rc : set(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0);
	rc = rc ? rc : set(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0);
	rc = rc ? rc : set(db, SQLITE_DBCONFIG_DQS_DML, 0);
	/* Else a statement is compiled anew for each value that might decide
	 * whether a partial index serves. */
	rc = rc ? rc : set(db, SQLITE_DBCONFIG_ENABLE_QPSG, 1);
	/* Until it is known to be ours, closing it moves nothing into it. */
	if (rc == SQLITE_OK && db_has_log(db))
		rc = set(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1);
	return rc == SQLITE_OK ? 0 : db_fail(db, rc, err);
}

static int open_handle(struct db *db, const char *name, int flags,
		   struct error *err)
{
	int rc, code;

	flags |= SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	sqlite3_close(db->handle);
	db->handle = NULL;
	rc = sqlite3_open_v2(name, &db->handle, flags,
			     db_log_vfs(db->patience > 0));
	code = sqlite3_system_errno(db->handle);
	if (rc == SQLITE_CANTOPEN && code && code != EAGAIN)
		return base_error(err, code, "cannot open the store %.200s: "
				  "%s; choose another with --db", db->path,
				  strerror(code));
	return rc == SQLITE_OK ? configure(db, err) : db_fail(db, rc, err);
}

/* A relative path could be taken for ":memory:" or "file:...". */
static char *plain_name(const char *path)
{
	return base_printf("%s%s", *path == '/' ? "" : "./", path);
}

/* https://www.sqlite.org/uri.html; *path is at most DB_PATH_LIMIT bytes. */
static char *immutable_name(const char *path)
{
	char escaped[3 * DB_PATH_LIMIT + 1];
	size_t length = 0;

	for (; *path; path++)
		length += (size_t)snprintf(
			escaped + length, sizeof(escaped) - length,
			strchr("%?#", *path) ? "%%%02X" : "%c",
			(unsigned char)*path);
	escaped[length] = '\0';
	return base_printf("file:%s?immutable=1", escaped);
}

/* A reader in WAL mode writes to a file beside the store. Where that cannot be,
 * on a read-only or full disk, a store without a log is read as it is. */
static int open_immutable(struct db *db, struct error *err)
{
	cleanup_free char *name = immutable_name(db->path);
	bool wal;
	int r;

	if (!name)
		return base_error(err, ENOMEM, "out of memory");
	r = open_handle(db, name, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, err);
	return r < 0 ? r : db_check_header(db, &wal, err);
}

/* Who does not wait has it for reading where somebody's lease lets it be read.
 */
static int refuse_read_only(struct db *db, struct error *err)
{
	int code = access(db->path, W_OK) < 0 ? errno :
		   db->patience > 0 ? EACCES : EBUSY;

	return base_error(err, code,
			  "the store %.200s cannot be written: %s; choose "
			  "another with --db", db->path, strerror(code));
}

/* One after the other; in WAL mode a commit that was reported survives the end
 * of any process. */
static int prepare_write(struct db *db, bool wal, struct error *err)
{
	int r;

	if (sqlite3_db_readonly(db->handle, "main"))
		return refuse_read_only(db, err);
	r = db_run(db, err, "PRAGMA synchronous = NORMAL", "");
	if (r == 0)
		r = db_migrate(db, db_schema_steps, db_schema_count, err);
	/* No failure: on a file system without shared memory, or while another
	 * jail makes the same store, it stays in the other mode for now. */
	if (r == 0 && !wal)
		sqlite3_exec(db->handle, "PRAGMA journal_mode = WAL", NULL,
			     NULL, NULL);
	return r;
}

static int prepare_read(struct db *db, struct error *err)
{
	int64_t version;
	int r = db_schema_version(db, &version, err);

	if (r < 0 && !db_has_log(db) && err->code != EUCLEAN &&
	    err->code != EINVAL && err->code != EBUSY) {
		r = open_immutable(db, err);
		if (r == 0)
			r = db_schema_version(db, &version, err);
	}
	if (r < 0 || version == (int64_t)db_schema_count)
		return r;
	if (version > (int64_t)db_schema_count)
		return db_schema_newer(db, version, err);
	if (sqlite3_db_readonly(db->handle, "main"))
		return base_error(err, EROFS,
				  "%.200s was written by an older jail and "
				  "cannot be brought up to date here; make it "
				  "writable or copy it to a place that is",
				  db->path);
	return db_migrate(db, db_schema_steps, db_schema_count, err);
}

/*
 * Where nobody has the store open there is no log, and all is in the file: it
 * is read as it is, which saves the log, the shared memory and the locks. Who
 * comes meanwhile makes a log, and who has gone again has changed the file.
 */
static bool begin_glance(struct db *db)
{
	struct error ignored;
	int64_t version;

	if (stat(db->path, &db->before) < 0 || db_has_log(db) ||
	    open_immutable(db, &ignored) < 0 ||
	    db_schema_version(db, &version, &ignored) < 0 ||
	    version != (int64_t)db_schema_count)
		return false;
	db->glancing = true;
	return true;
}

bool db_glanced(const struct db *db)
{
	struct stat now;

	return !db->glancing ||
	       (!db_has_log(db) && stat(db->path, &now) == 0 &&
		now.st_ino == db->before.st_ino &&
		now.st_size == db->before.st_size &&
		memcmp(&now.st_mtim, &db->before.st_mtim,
		       sizeof(now.st_mtim)) == 0);
}

static int open_store(struct db *db, enum db_mode mode, struct error *err)
{
	cleanup_free char *name = plain_name(db->path);
	bool wal;
	int r;

	if (!name)
		return base_error(err, ENOMEM, "out of memory");
	if (mode == DB_GLANCE && begin_glance(db))
		return 0;
	r = open_handle(db, name, SQLITE_OPEN_READWRITE, err);
	if (r == 0)
		r = db_check_header(db, &wal, err);
	if (r == 0)
		r = mode == DB_WRITE ? prepare_write(db, wal, err)
				     : prepare_read(db, err);
	if (r == 0)
		set(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0);
	return r;
}

int db_open(struct db **db, const char *path, enum db_mode mode,
	    struct error *err)
{
	return db_open_patient(db, path, mode, BUSY_MS, err);
}

int db_open_patient(struct db **db, const char *path, enum db_mode mode,
		    int milliseconds, struct error *err)
{
	cleanup_db struct db *new = NULL;
	struct error own = { 0 };
	int r = db_check_file(path, mode, err);

	if (r < 0)
		return r;
	new = calloc(1, sizeof(*new));
	if (new) {
		new->patience = milliseconds;
		new->path = strdup(path);
	}
	if (!new || !new->path)
		return base_error(err, ENOMEM, "out of memory");
	r = open_store(new, mode, &own);
	if (r == 0)
		*db = take_ptr(new);
	else if (err)
		*err = own;
	return r;
}
