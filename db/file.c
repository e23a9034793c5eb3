/* SPDX-License-Identifier: MIT */
/*
 * The file of a store, before sqlite takes a lock or repairs anything: whether
 * it is one at all, ours, whole, and of a version that this program knows.
 *
 * The header is read through sqlite's own descriptor: closing a second one
 * would drop the locks that this process holds on the file (fcntl(2)).
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "db/sql.h"

/* The header: https://www.sqlite.org/fileformat.html, 1.3 */
enum {
	HEADER_SIZE = 100,
	HEADER_PAGE_SIZE = 16,
	HEADER_WRITE_VERSION = 18,
	HEADER_PAGE_COUNT = 28,
	HEADER_USER_VERSION = 60,
	HEADER_APPLICATION_ID = 68,
	WRITE_VERSION_WAL = 2
};

/* ---- the file ----------------------------------------------------------- */

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
	struct error cause = {0};
	int ret;

	if (!slash || slash == path)
		return 0;
	folder = base_printf("%.*s", (int)(slash - path), path);
	if (!folder)
		return base_error(err, ENOMEM, "out of memory");
	ret = base_mkdirs(folder, 0700, &cause);
	return ret == 0 ? 0 : base_error(err, cause.code, "%.400s; choose "
					 "another store with --db", cause.text);
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
int db_check_file(const char *path, enum db_mode mode, struct error *err)
{
	struct stat st;

	if (strlen(path) > DB_PATH_LIMIT)
		return base_error(err, ENAMETOOLONG,
				  "the path of the store is longer than %d "
				  "bytes; choose another with --db",
				  DB_PATH_LIMIT);
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

/* ---- the header --------------------------------------------------------- */

bool db_has_log(const struct db *db)
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
	return !db_has_log(db) &&
	       file->pMethods->xFileSize(file, &size) == SQLITE_OK &&
	       size < page * pages;
}

int db_check_header(struct db *db, bool *wal, struct error *err)
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
