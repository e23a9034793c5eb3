/* SPDX-License-Identifier: MIT */
/*
 * Opening a store, in this order: look at the file, make it if it may be made,
 * let sqlite open it, read its header before sqlite takes a lock or repairs
 * anything, then bring it to this version's schema. Whatever is refused has
 * not been written to.
 *
 * The header is read through sqlite's own descriptor: closing a second one
 * would drop the locks that this process holds on the file (fcntl(2)).
 *
 * A new store gets its schema in one rollback-journal transaction and becomes
 * WAL after that, so the main file of a store always carries our mark, however
 * its making ended.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "db/sql.h"

enum {
	BUSY_MS = 10000,
	PATH_LIMIT = 500,	/* what sqlite's unix files take */
	/* The header: https://www.sqlite.org/fileformat.html, 1.3 */
	HEADER_SIZE = 100,
	HEADER_PAGE_SIZE = 16,
	HEADER_WRITE_VERSION = 18,
	HEADER_PAGE_COUNT = 28,
	HEADER_USER_VERSION = 60,
	HEADER_APPLICATION_ID = 68,
	WRITE_VERSION_WAL = 2
};

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

/* ---- the file ------------------------------------------------------------ */

static int nothing_learned(const char *path, struct error *err)
{
	return base_error(err, ENOENT,
			  "nothing has been learned yet: there is no store at "
			  "%.200s; run jail learn PROGRAM", path);
}

static int no_store(const char *path, struct error *err)
{
	return base_error(err, EINVAL,
			  "%.200s is not a jail store; choose another with "
			  "--db", path);
}

static int cut_short(const char *path, struct error *err)
{
	return base_error(err, EUCLEAN,
			  "%.200s is damaged: it was cut short; move it away "
			  "and learn again, or save what is left with "
			  "`sqlite3 FILE .recover`", path);
}

static int make_folder(const char *path, struct error *err)
{
	const char *slash = strrchr(path, '/');
	cleanup_free char *folder = NULL;

	if (!slash || slash == path)
		return 0;
	folder = base_printf("%.*s", (int)(slash - path), path);
	if (!folder)
		return base_error(err, ENOMEM, "out of memory");
	return base_mkdirs(folder, 0700, err);
}

static int make_file(const char *path, struct error *err)
{
	cleanup_close int fd = -1;
	int r = make_folder(path, err);

	if (r < 0)
		return r;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY,
		  0600);
	if (fd < 0 && errno != EEXIST)
		return base_error(err, errno,
				  "cannot make a store at %.200s: %s; choose "
				  "another place with --db", path,
				  strerror(errno));
	return 0;
}

/* sqlite would wait for a FIFO and write to a device. */
static int check_file(const char *path, enum db_mode mode, struct error *err)
{
	struct stat st;

	if (strlen(path) > PATH_LIMIT)
		return base_error(err, ENAMETOOLONG,
				  "the path of the store is longer than %d "
				  "bytes; choose another with --db",
				  PATH_LIMIT);
	if (stat(path, &st) < 0 && errno == ENOENT)
		return mode == DB_WRITE ? make_file(path, err)
					: nothing_learned(path, err);
	if (stat(path, &st) < 0)
		return base_error(err, errno,
				  "cannot open the store %.200s: %s; choose "
				  "another with --db", path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return base_error(err, EISDIR,
				  "%.200s is a folder, not a jail store; name "
				  "a file in it with --db", path);
	if (!S_ISREG(st.st_mode))
		return base_error(err, EINVAL,
				  "%.200s is not a regular file, so it is no "
				  "jail store; choose another with --db",
				  path);
	/* sqlite takes a file of one byte for an empty one. */
	if (st.st_size == 1)
		return no_store(path, err);
	if (st.st_size == 0 && mode == DB_READ)
		return nothing_learned(path, err);
	return 0;
}

/* ---- the header ----------------------------------------------------------- */

/* Whether a write-ahead log was left, by a jail that runs or was killed. */
static bool has_log(const struct db *db)
{
	cleanup_free char *name = base_printf("%s-wal", db->path);
	struct stat st;

	return !name || (stat(name, &st) == 0 && st.st_size > 0);
}

static uint32_t big_endian(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
	       (uint32_t)at[2] << 8 | at[3];
}

static int judge_header(struct db *db, const unsigned char *header,
			sqlite3_int64 size, struct error *err)
{
	static const char magic[16] = "SQLite format 3";
	size_t known = size < (int)sizeof(magic) ? (size_t)size : sizeof(magic);
	uint32_t version = big_endian(header + HEADER_USER_VERSION);

	if (memcmp(header, magic, known) != 0)
		return no_store(db->path, err);
	if (size < HEADER_SIZE)
		return cut_short(db->path, err);
	if (big_endian(header + HEADER_APPLICATION_ID) != DB_APPLICATION_ID)
		return base_error(err, EINVAL,
				  "%.200s is another program's database, not a "
				  "jail store; choose another with --db",
				  db->path);
	if (version > db_schema_count)
		return db_schema_newer(db, version, err);
	return 0;
}

/* Whether the file has fewer bytes than its header says. While there is a log,
 * another jail may be moving it into the file, the header first; sqlite's own
 * check, by whole pages, knows about that. */
static bool lacks_bytes(struct db *db, sqlite3_file *file,
			const unsigned char *header)
{
	sqlite3_int64 page = header[HEADER_PAGE_SIZE] << 8 |
			     header[HEADER_PAGE_SIZE + 1];
	sqlite3_int64 size, pages = big_endian(header + HEADER_PAGE_COUNT);

	page = page == 1 ? 65536 : page;	/* it did not fit */
	return !has_log(db) &&
	       file->pMethods->xFileSize(file, &size) == SQLITE_OK &&
	       size < page * pages;
}

/* *WAL: the file says that it is in WAL mode. An empty file is a new store. */
static int check_header(struct db *db, bool *wal, struct error *err)
{
	unsigned char header[HEADER_SIZE] = { 0 };
	sqlite3_file *file = NULL;
	sqlite3_int64 size = 0;
	int r, rc;

	*wal = false;
	rc = sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_FILE_POINTER,
				  &file);
	if (rc == SQLITE_OK)
		rc = file->pMethods->xFileSize(file, &size);
	if (rc == SQLITE_OK && size > 0)
		rc = file->pMethods->xRead(file, header, sizeof(header), 0);
	if (rc != SQLITE_OK && rc != SQLITE_IOERR_SHORT_READ)
		return db_fail(db, rc, err);
	if (size == 0)
		return 0;
	r = judge_header(db, header, size, err);
	*wal = header[HEADER_WRITE_VERSION] == WRITE_VERSION_WAL;
	if (r == 0 && *wal && lacks_bytes(db, file, header))
		return cut_short(db->path, err);
	return r;
}

/* ---- the connection -------------------------------------------------------- */

static int set(struct db *db, int option, int value)
{
	return sqlite3_db_config(db->handle, option, value, NULL);
}

/* A store may belong to another user: nothing in its schema is trusted. */
static int configure(struct db *db, struct error *err)
{
	int rc = sqlite3_busy_timeout(db->handle, BUSY_MS);

	rc = rc ? rc : set(db, SQLITE_DBCONFIG_ENABLE_FKEY, 1);
	rc = rc ? rc : set(db, SQLITE_DBCONFIG_DEFENSIVE, 1);
	rc = rc ? rc : set(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0);
	rc = rc ? rc : set(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0);
	rc = rc ? rc : set(db, SQLITE_DBCONFIG_DQS_DML, 0);
	/* Until it is known to be ours, closing it moves nothing into it. */
	rc = rc ? rc : set(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, has_log(db));
	return rc == SQLITE_OK ? 0 : db_fail(db, rc, err);
}

static int open_handle(struct db *db, const char *name, int flags,
		   struct error *err)
{
	int rc;

	sqlite3_close(db->handle);
	db->handle = NULL;
	rc = sqlite3_open_v2(name, &db->handle,
			     flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
			     NULL);
	if (rc == SQLITE_CANTOPEN && sqlite3_system_errno(db->handle))
		return base_error(err, sqlite3_system_errno(db->handle),
				  "cannot open the store %.200s: %s; choose "
				  "another with --db", db->path,
				  strerror(sqlite3_system_errno(db->handle)));
	return rc == SQLITE_OK ? configure(db, err) : db_fail(db, rc, err);
}

/* A relative path could be taken for ":memory:" or "file:...". */
static char *plain_name(const char *path)
{
	return base_printf("%s%s", *path == '/' ? "" : "./", path);
}

/* https://www.sqlite.org/uri.html; *path is at most PATH_LIMIT bytes. */
static char *immutable_name(const char *path)
{
	char escaped[3 * PATH_LIMIT + 1];
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
	return r < 0 ? r : check_header(db, &wal, err);
}

static int refuse_read_only(struct db *db, struct error *err)
{
	int code = access(db->path, W_OK) < 0 ? errno : EACCES;

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

	if (r < 0 && !has_log(db) && err->code != EUCLEAN &&
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

static int open_store(struct db *db, enum db_mode mode, struct error *err)
{
	cleanup_free char *name = plain_name(db->path);
	bool wal;
	int r;

	if (!name)
		return base_error(err, ENOMEM, "out of memory");
	r = open_handle(db, name, SQLITE_OPEN_READWRITE, err);
	if (r == 0)
		r = check_header(db, &wal, err);
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
	cleanup_db struct db *new = NULL;
	struct error own = { 0 };
	int r = check_file(path, mode, err);

	if (r < 0)
		return r;
	new = calloc(1, sizeof(*new));
	if (new)
		new->path = strdup(path);
	if (!new || !new->path)
		return base_error(err, ENOMEM, "out of memory");
	r = open_store(new, mode, &own);
	if (r == 0)
		*db = take_ptr(new);
	else if (err)
		*err = own;
	return r;
}
