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

#define NOTHING "nothing is noted there or read from it"

static int explain(const char *path, const struct stat *st, uid_t owner,
		   struct error *err)
{
	if (!S_ISDIR(st->st_mode))
		base_error(err, EPERM, "%s is no folder, or a link: " NOTHING
			   "; remove it", path);
	else if (st->st_uid != owner)
		base_error(err, EPERM, "%s belongs to user %u, not to %u: "
			   NOTHING "; remove it", path, st->st_uid, owner);
	else if (!(st->st_mode & 07777))
		base_error(err, EPERM, "%s is hidden, as it is inside of a "
			   "jail: " NOTHING "; start jail outside of it", path);
	else
		base_error(err, EPERM, "%s can be used by others, or not by "
			   "its owner (mode %03o): " NOTHING "; remove it, or "
			   "give it mode 700", path, st->st_mode & 07777);
	return -1;
}

/* FD, which was opened at PATH and is taken over; -1: it is not to be trusted.
 */
static int check(int fd, const char *path, uid_t owner, struct error *err)
{
	cleanup_close int folder = fd;
	struct stat st = {0};

	return fstat(fd, &st) == 0 && folders_is_private(&st, owner, S_IFDIR) ?
		       take_fd(&folder) : explain(path, &st, owner, err);
}

int folders_open(const char *path, uid_t owner, struct error *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd >= 0)
		return check(fd, path, owner, err);
	return lstat(path, &st) == 0 ? explain(path, &st, owner, err) : -1;
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
	cleanup_close int user = openat(users, name, O_PATH | O_DIRECTORY |
						     O_NOFOLLOW | O_CLOEXEC);
	int fd = user < 0 ? -1 :
		base_openat2(user, "jail", O_RDONLY | O_DIRECTORY | O_NOFOLLOW,
			     RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS);
	char path[64];

	snprintf(path, sizeof(path), FOLDERS_USERS "/%u/jail", uid);
	return fd < 0 ? -1 : check(fd, path, uid, err);
}
