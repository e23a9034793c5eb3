/* SPDX-License-Identifier: MIT */
/*
 * The folders in which entries are. One that others could write, that has
 * another owner or is a link is none of ours: nothing is read from it and
 * nothing written, and that can be said.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>

#include "enforce/registry/folders.h"

#define ROOT_FOLDER "/run/jail"

char *folders_path(unsigned number)
{
	static const struct {
		const char *variable, *rest;
	} rows[FOLDERS] = {
		{"XDG_RUNTIME_DIR", "jail"},
		{NULL, NULL},
		{"XDG_DATA_HOME", "jail/run"},
		{"HOME", ".local/share/jail/run"},
	};
	const char *value;

	if (geteuid() == 0)
		return number == 0 ? strdup(ROOT_FOLDER) : NULL;
	if (!rows[number].variable)
		return base_printf(FOLDERS_USERS "/%u/jail", geteuid());
	value = getenv(rows[number].variable);
	return value && *value == '/' ?
	       base_printf("%s/%s", value, rows[number].rest) : NULL;
}

bool folders_is_private(const struct stat *st, uid_t owner, mode_t type)
{
	return (st->st_mode & S_IFMT) == type && st->st_uid == owner &&
	       !(st->st_mode & 077) &&
	       (type == S_IFDIR || st->st_nlink == 1);
}

/* What is wrong with FD, which was opened at PATH: -1, or FD. */
static int check(int fd, const char *path, uid_t owner, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && folders_is_private(&st, owner, S_IFDIR))
		return fd;
	close(fd);
	if (st.st_uid != owner)
		base_error(err, EPERM, "%s belongs to user %u, not to %u: "
			   "nothing is noted there or read from it; remove it",
			   path, st.st_uid, owner);
	else
		base_error(err, EPERM, "%s can be used by others (mode %03o): "
			   "nothing is noted there or read from it; remove it, "
			   "or give it mode 700", path, st.st_mode & 07777);
	return -1;
}

int folders_open(const char *path, uid_t owner, struct error *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0)
		return check(fd, path, owner, err);
	if (errno == EACCES)
		base_error(err, EPERM, "%s cannot be opened: %m; nothing is "
			   "noted there or read from it", path);
	else if (errno == ENOTDIR || errno == ELOOP)
		base_error(err, EPERM, "%s is no folder, or a link: nothing "
			   "is noted there or read from it; remove it", path);
	return -1;
}

int folders_find(bool make, struct error *err)
{
	int fd = -1;

	for (unsigned i = 0; fd < 0 && i < FOLDERS; i++) {
		cleanup_free char *path = folders_path(i);
		bool in_home = i >= 2;

		if (!path)
			continue;
		fd = folders_open(path, geteuid(), err);
		if (fd >= 0 || !make)
			continue;
		if ((in_home ? base_mkdirs(path, 0700, NULL) :
			       mkdir(path, 0700)) == 0)
			fd = folders_open(path, geteuid(), err);
	}
	return fd;
}

/* Of no other file system, for the user could have one that never answers. */
int folders_open_of_user(int users, const char *name, uid_t uid,
			 struct error *err)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS,
	};
	cleanup_close int user = openat(users, name, O_PATH | O_DIRECTORY |
						     O_NOFOLLOW | O_CLOEXEC);
	int fd = user < 0 ? -1 :
		(int)syscall(SYS_openat2, user, "jail", &how, sizeof(how));
	char path[64];

	snprintf(path, sizeof(path), FOLDERS_USERS "/%u/jail", uid);
	return fd < 0 ? -1 : check(fd, path, uid, err);
}
