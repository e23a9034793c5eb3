/* SPDX-License-Identifier: MIT */
/* Paths of calls that failed. See refused.h. */
#include "learn/refused.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "learn/regs.h"

#define PAGE 4096

/* What is done with a path; of several paths of a call the one that would be
 * new is told, since where that may be is what is refused. */
enum use {
	READS,
	WRITES,
	CHANGES,	/* names in the folder that it is in */
	OPENS,		/* as the flags in the next argument say */
	OPENS_HOW,	/* as those in memory there say */
	EXECUTES,
	CONNECTS,	/* a struct sockaddr, its length follows */
	BINDS
};

/* Calls with a path, by x86_64's and i386's order of arguments, which are the
 * same; folder is the argument that a relative path begins at, -1: none is. */
static const struct row {
	const char *name;
	signed char folder;
	unsigned char path;
	unsigned char use;
} rows[] = {
	{"open", -1, 0, OPENS},
	{"openat", 0, 1, OPENS},
	{"openat2", 0, 1, OPENS_HOW},
	{"creat", -1, 0, WRITES},
	{"access", -1, 0, READS},
	{"faccessat", 0, 1, READS},
	{"faccessat2", 0, 1, READS},
	{"stat", -1, 0, READS},
	{"stat64", -1, 0, READS},
	{"lstat", -1, 0, READS},
	{"lstat64", -1, 0, READS},
	{"newfstatat", 0, 1, READS},
	{"fstatat64", 0, 1, READS},
	{"statx", 0, 1, READS},
	{"statfs", -1, 0, READS},
	{"statfs64", -1, 0, READS},
	{"getxattr", -1, 0, READS},
	{"lgetxattr", -1, 0, READS},
	{"listxattr", -1, 0, READS},
	{"llistxattr", -1, 0, READS},
	{"chdir", -1, 0, READS},
	{"chroot", -1, 0, READS},
	{"readlink", -1, 0, READS},
	{"readlinkat", 0, 1, READS},
	{"inotify_add_watch", -1, 1, READS},
	{"execve", -1, 0, EXECUTES},
	{"execveat", 0, 1, EXECUTES},
	{"connect", -1, 1, CONNECTS},
	{"bind", -1, 1, BINDS},
	{"mkdir", -1, 0, CHANGES},
	{"mkdirat", 0, 1, CHANGES},
	{"mknod", -1, 0, CHANGES},
	{"mknodat", 0, 1, CHANGES},
	{"rmdir", -1, 0, CHANGES},
	{"unlink", -1, 0, CHANGES},
	{"unlinkat", 0, 1, CHANGES},
	{"rename", -1, 1, CHANGES},
	{"renameat", 2, 3, CHANGES},
	{"renameat2", 2, 3, CHANGES},
	{"link", -1, 1, CHANGES},
	{"linkat", 2, 3, CHANGES},
	{"symlink", -1, 1, CHANGES},
	{"symlinkat", 1, 2, CHANGES},
	{"chmod", -1, 0, WRITES},
	{"fchmodat", 0, 1, WRITES},
	{"fchmodat2", 0, 1, WRITES},
	{"chown", -1, 0, WRITES},
	{"lchown", -1, 0, WRITES},
	{"fchownat", 0, 1, WRITES},
	{"truncate", -1, 0, WRITES},
	{"utime", -1, 0, WRITES},
	{"utimes", -1, 0, WRITES},
	{"futimesat", 0, 1, WRITES},
	{"utimensat", 0, 1, WRITES},
	{"setxattr", -1, 0, WRITES},
	{"lsetxattr", -1, 0, WRITES},
	{"removexattr", -1, 0, WRITES},
	{"lremovexattr", -1, 0, WRITES},
};

static const struct row *find_row(struct base_call call)
{
	const char *name = base_call_name(call);

	for (size_t i = 0; name && i < ARRAY_SIZE(rows); i++)
		if (strcmp(name, rows[i].name) == 0)
			return &rows[i];
	return NULL;
}

/* ---- its memory ------------------------------------------------------- */

static ssize_t copy(pid_t tid, uint64_t address, void *bytes, size_t size)
{
	struct iovec here = {bytes, size};
	struct iovec there = {(void *)(uintptr_t)address, size};

	return process_vm_readv(tid, &here, 1, &there, 1, 0);
}

/* A string of at most SIZE-1 bytes, page by page: the next one may not be
 * there. */
static bool copy_text(pid_t tid, uint64_t address, char *text, size_t size)
{
	size_t used = 0;

	while (used < size) {
		size_t room = PAGE - (address + used) % PAGE;
		ssize_t got = copy(tid, address + used, text + used,
				   room < size - used ? room : size - used);

		if (got <= 0)
			return false;
		if (memchr(text + used, '\0', (size_t)got))
			return *text != '\0';
		used += (size_t)got;
	}
	return false;
}

/* Not those of the abstract namespace. */
static bool copy_socket(pid_t tid, uint64_t address, uint64_t length,
			char *text, size_t size)
{
	struct sockaddr_un name = {0};

	if (length > sizeof(name) ||
	    copy(tid, address, &name, length) != (ssize_t)length ||
	    name.sun_family != AF_UNIX || !*name.sun_path)
		return false;
	snprintf(text, size, "%.*s", (int)sizeof(name.sun_path), name.sun_path);
	return true;
}

/* ---- what was asked --------------------------------------------------- */

/* READS, WRITES or CHANGES. */
static enum use find_use(pid_t tid, const struct row *row,
			 const uint64_t *arguments)
{
	struct open_how how = {0};
	uint64_t flags = arguments[row->path + 1];

	if (row->use == BINDS)
		return CHANGES;
	if (row->use != OPENS && row->use != OPENS_HOW)
		return row->use == WRITES || row->use == CHANGES ? row->use :
								   READS;
	if (row->use == OPENS_HOW) {
		if (copy(tid, flags, &how, sizeof(how.flags)) < 0)
			return READS;
		flags = how.flags;
	}
	if (flags & O_CREAT && flags & O_EXCL)
		return CHANGES;
	return (flags & O_ACCMODE) != O_RDONLY ||
	       flags & (O_CREAT | O_TRUNC) ? WRITES : READS;
}

/* Where a relative path of TID begins; false if that is no folder. */
static bool find_folder(pid_t tid, const struct row *row,
			const uint64_t *arguments, char *text, size_t size)
{
	int fd = row->folder < 0 ? AT_FDCWD : (int)arguments[row->folder];
	char link[48];
	ssize_t length;

	if (fd == AT_FDCWD)
		snprintf(link, sizeof(link), "/proc/%d/cwd", (int)tid);
	else
		snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)tid, fd);
	length = readlink(link, text, size - 1);
	if (length <= 0 || *text != '/')
		return false;
	text[length] = '\0';
	return true;
}

/* Without doubled slashes, "." and "..". */
static void normalize(char *path)
{
	char *from = path, *to = path;

	while (*from) {
		size_t length = strcspn(from += strspn(from, "/"), "/");

		if (length == 2 && strncmp(from, "..", 2) == 0) {
			while (to > path && *--to != '/')
				;
		} else if (length && !(length == 1 && *from == '.')) {
			*to++ = '/';
			memmove(to, from, length);
			to += length;
		}
		from += length;
	}
	if (to == path)
		*to++ = '/';
	*to = '\0';
}

static bool find_path(pid_t tid, const struct row *row,
		      const uint64_t *arguments, char path[2 * PAGE])
{
	char text[PAGE];
	size_t used = 0;

	if (row->use == CONNECTS || row->use == BINDS) {
		if (!copy_socket(tid, arguments[row->path],
				 arguments[row->path + 1], text, sizeof(text)))
			return false;
	} else if (!copy_text(tid, arguments[row->path], text, sizeof(text))) {
		return false;
	}
	if (*text != '/') {
		if (!find_folder(tid, row, arguments, path, PAGE))
			return false;
		used = strlen(path);
		path[used++] = '/';
	}
	snprintf(path + used, 2 * PAGE - used, "%s", text);
	normalize(path);
	return true;
}

/* ---- what is told ----------------------------------------------------- */

/* Most of what cannot be read is nowhere; what we see may be hidden. */
static bool is_hidden(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/* Links lead where they do for TID. It has just looked there itself: what is
 * not at hand is not worth to wait for. */
static bool is_seen(pid_t tid, const char *path)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_CACHED,
	};
	cleanup_close int root = -1, fd = -1;
	char link[32];

	snprintf(link, sizeof(link), "/proc/%d/root", (int)tid);
	root = open(link, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root >= 0)
		fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
	return fd >= 0;
}

/* Who makes a file or takes its name away needs its folder: of PATH that is
 * left where it is hidden, or was read-only for what it has. */
static void leave_folder(pid_t tid, enum use use, int code, char *path)
{
	char *slash = strrchr(path, '/');
	bool there = is_hidden(path);

	if (slash == path || (code == EROFS && !there) ||
	    (use == WRITES && (code == EROFS || there)))
		return;
	*slash = '\0';
	if (code == ENOENT && (!is_hidden(path) || is_seen(tid, path)))
		*slash = '/';
}

static bool is_there(const struct refused *refused,
		     const struct learn_refusal *wanted, const char *path)
{
	for (size_t i = 0; i < refused->count; i++)
		if (refused->rows[i].writes == wanted->writes &&
		    refused->rows[i].code == wanted->code &&
		    refused->rows[i].lacked == wanted->lacked &&
		    strcmp(refused->rows[i].path, path) == 0)
			return true;
	return false;
}

static bool add(struct refused *refused, struct learn_refusal row,
		const char *path)
{
	if (is_there(refused, &row, path))
		return true;
	row.inside = !(row.writes && row.code != ENOENT) && !is_hidden(path);
	if (row.inside && !row.lacked)
		return true;
	if (!refused->rows)
		refused->rows = calloc(REFUSED_LIMIT, sizeof(*refused->rows));
	row.path = strdup(path);
	if (refused->rows && row.path)
		refused->rows[refused->count++] = row;
	else
		free(row.path);
	return refused->rows != NULL;
}

bool refused_note(struct refused *refused, pid_t tid, struct base_call call,
		  int code, uint64_t lacked)
{
	struct learn_refusal found = {.code = code, .lacked = lacked};
	uint64_t arguments[6];
	struct base_call now;
	const struct row *row;
	char path[2 * PAGE];
	enum use use;

	if (code != EACCES && code != EPERM && code != EROFS &&
	    code != ENOENT)
		return false;
	row = refused->count < REFUSED_LIMIT ? find_row(call) : NULL;
	if (!row || !regs_call_in_flight(tid, &now, arguments) ||
	    base_call_compare(&now, &call) != 0 ||
	    !find_path(tid, row, arguments, path))
		return false;
	use = find_use(tid, row, arguments);
	found.writes = use != READS;
	if (use != READS && (code == ENOENT || code == EROFS))
		leave_folder(tid, use, code, path);
	return add(refused, found, path);
}

void refused_free(struct refused *refused)
{
	for (size_t i = 0; i < refused->count; i++)
		free(refused->rows[i].path);
	base_free(&refused->rows);
	refused->count = refused->sent = 0;
}
