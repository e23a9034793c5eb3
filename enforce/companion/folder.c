/* SPDX-License-Identifier: MIT */
/*
 * The folder of what companions share with the sandbox: their sockets, a key.
 * It is the user's alone, and locked as long as jail runs; what a jail that was
 * killed has left the next one removes.
 */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "enforce/companion/companion.h"

/* How the names of such folders begin. */
#define PREFIX "served-"

int companion_folder_name(const char *runtime, char **path, struct error *err)
{
	uint64_t number;

	if (getentropy(&number, sizeof(number)) < 0)
		return base_error(err, errno, "cannot draw a number: %m");
	*path = base_printf("%s/" PREFIX "%d-%016llx", runtime, (int)getpid(),
			    (unsigned long long)number);
	return *path ? 0 : base_error(err, ENOMEM, "out of memory");
}

/* Sockets and files alone are made there. */
static void empty(int fd)
{
	int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	DIR *dir = own < 0 ? NULL : fdopendir(own);
	const struct dirent *entry;

	if (!dir) {
		base_close(&own);
		return;
	}
	while ((entry = readdir(dir)))
		if (*entry->d_name != '.')
			unlinkat(fd, entry->d_name, 0);
	closedir(dir);
}

static void remove_folder(const char *path)
{
	cleanup_close int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
					  O_CLOEXEC);

	if (fd >= 0)
		empty(fd);
	rmdir(path);
}

/* Not so if another has removed it: by its name there may be a new one. */
static bool is_there(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_nlink > 0;
}

/* What a jail that was killed has left. */
static void sweep(const char *folder)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		cleanup_free char *path = base_printf("%s/%s", folder,
						      entry->d_name);
		cleanup_close int fd = -1;

		if (!path || strncmp(entry->d_name, PREFIX,
				     strlen(PREFIX)) != 0)
			continue;
		fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
				O_CLOEXEC);
		if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 &&
		    is_there(fd))
			remove_folder(path);
	}
	if (dir)
		closedir(dir);
}

/* What others could write to is none of ours. */
static int check_runtime(const char *folder, struct error *err)
{
	struct stat st;

	if (base_mkdirs(folder, 0700, err) < 0)
		return -err->code;
	if (lstat(folder, &st) < 0)
		return base_error(err, errno, "'%.200s': %m", folder);
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & 022))
		return base_error(err, EPERM, "'%.200s', for the sockets of "
				  "what serves the sandbox, is not yours "
				  "alone; remove it, or make it so (chmod 700)",
				  folder);
	return 0;
}

/* 1: somebody swept it away before it was locked. */
static int make_locked(const char *path, struct companion_folder *folder,
		       struct error *err)
{
	cleanup_close int fd = -1;

	if (mkdir(path, 0700) < 0)
		return base_error(err, errno, "cannot make the folder "
				  "'%.200s': %m", path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return 1;
	if (fd < 0 || flock(fd, LOCK_SH) < 0)
		return base_error(err, errno, "cannot lock the folder "
				  "'%.200s': %m", path);
	if (!is_there(fd))
		return 1;
	folder->lock = take_fd(&fd) + 1;
	return 0;
}

int companion_folder_open(const char *runtime, const char *path,
			  struct companion_folder *folder, struct error *err)
{
	int ret = check_runtime(runtime, err);

	*folder = (struct companion_folder){0};
	if (ret < 0)
		return ret;
	sweep(runtime);
	folder->path = strdup(path);
	if (!folder->path)
		return base_error(err, ENOMEM, "out of memory");
	do
		ret = make_locked(folder->path, folder, err);
	while (ret > 0);
	return ret;
}

void companion_folder_end(struct companion_folder *folder)
{
	int lock = folder->lock - 1;

	if (folder->path)
		remove_folder(folder->path);
	base_free(&folder->path);
	base_close(&lock);
	*folder = (struct companion_folder){0};
}
