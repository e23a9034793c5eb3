/* SPDX-License-Identifier: MIT */
/*
 * The write-ahead log, which sqlite removes when the last process closes the
 * store and all of it is in there. Where a file system frees the blocks of a
 * removed file at once that takes longer than all else a short session stores.
 * So a small log is emptied and put aside under another name, and the next
 * process that needs one takes it from there.
 *
 * Empty is a log without its header: whatever follows it is nothing to sqlite
 * (https://www.sqlite.org/walformat.html). It is overwritten and synced before
 * the log gets its other name, so neither a store put in the place of this one
 * nor a power failure can bring back what it held.
 *
 * Both is done within the interface to the file system
 * (https://www.sqlite.org/c3ref/vfs.html), for there sqlite's locks hold: one
 * process alone has the store open when its log is removed, and none removes
 * one while a log is opened.
 *
 * There is a second interface, for who must not wait. sqlite's busy timeout is
 * for locks alone that a reader or writer has: of those that guard the log's
 * index it sleeps ten seconds whatever the timeout is, and open(2) waits for
 * who has a lease on the file (fcntl(2)) to give it up.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "db/sql.h"

enum { KEEP_LIMIT = 1 << 20 };	/* bytes */

static const char nothing[32];	/* in place of the header */

static int open_log(const char *path, int mode, struct stat *st)
{
	cleanup_close int fd = open(path, mode | O_CLOEXEC | O_NOCTTY |
				    O_NOFOLLOW | O_NONBLOCK);

	return fd < 0 || fstat(fd, st) < 0 ? -1 : take_fd(&fd);
}

/* Nothing has to be written to what nothing was written to. */
static bool is_empty(int fd)
{
	char header[sizeof(nothing)];

	return pread(fd, header, sizeof(header), 0) == sizeof(header) &&
	       memcmp(header, nothing, sizeof(header)) == 0;
}

static bool make_empty(const char *log)
{
	struct stat st;
	cleanup_close int fd = open_log(log, O_RDWR, &st);

	if (fd < 0 || st.st_size > KEEP_LIMIT)
		return false;
	return is_empty(fd) ||
	       (pwrite(fd, nothing, sizeof(nothing), 0) == sizeof(nothing) &&
		fdatasync(fd) == 0);
}

/* Whether it is empty, and whoever may use the store may use it as well. */
static bool fits(const char *aside, const char *store)
{
	struct stat st, store_st;
	cleanup_close int fd = open_log(aside, O_RDONLY, &st);

	return fd >= 0 && stat(store, &store_st) == 0 &&
	       st.st_mode == store_st.st_mode &&
	       st.st_uid == store_st.st_uid && st.st_gid == store_st.st_gid &&
	       is_empty(fd);
}

static bool put_aside(const char *log)
{
	cleanup_free char *aside = base_printf("%s-empty", log);

	return aside && make_empty(log) && rename(log, aside) == 0;
}

static void take_back(const char *log)
{
	cleanup_free char *aside = base_printf("%s-empty", log);
	cleanup_free char *store = base_printf(
		"%.*s", (int)(strlen(log) - strlen("-wal")), log);

	if (aside && store && fits(aside, store))
		renameat2(AT_FDCWD, aside, AT_FDCWD, log, RENAME_NOREPLACE);
}

/* ---- the interface ------------------------------------------------------ */

static sqlite3_vfs *file_system, patient, hasty;
static bool in_haste;	/* who opened a file last */

static bool is_log(const char *name)
{
	size_t length = strlen(name);

	return length > 4 && strcmp(name + length - 4, "-wal") == 0;
}

static int delete(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
	(void)vfs;
	if (is_log(name) && put_aside(name))
		return SQLITE_OK;
	return file_system->xDelete(file_system, name, sync_folder);
}

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file,
		     int flags, int *flags_out)
{
	in_haste = vfs == &hasty;
	if (flags & SQLITE_OPEN_WAL)
		take_back(name);
	return file_system->xOpen(vfs, name, file, flags, flags_out);
}

/* In place of open(2): the index of a log, which sqlite opens behind the
 * interface, follows upon the log. */
static int open_leased(const char *path, int flags, int mode)
{
	int fd = open(path, flags | O_NONBLOCK, mode);

	return fd < 0 && errno == EAGAIN && !in_haste ?
		       open(path, flags, mode) : fd;
}

static int sleep_never(sqlite3_vfs *vfs, int microseconds)
{
	(void)vfs;
	return microseconds;
}

static void make_interfaces(void)
{
	patient = *file_system;
	patient.zName = "jail";
	patient.xDelete = delete;
	patient.xOpen = open_file;
	hasty = patient;
	hasty.zName = "jail-hasty";
	hasty.xSleep = sleep_never;
	sqlite3_vfs_register(&patient, 0);
	sqlite3_vfs_register(&hasty, 0);
	file_system->xSetSystemCall(file_system, "open",
				    (sqlite3_syscall_ptr)open_leased);
}

const char *db_log_vfs(bool waits)
{
	if (!file_system) {
		file_system = sqlite3_vfs_find(NULL);
		if (!file_system)
			return NULL;
		make_interfaces();
	}
	return waits ? patient.zName : hasty.zName;
}
