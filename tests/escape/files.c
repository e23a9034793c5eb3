/* SPDX-License-Identifier: MIT */
/*
 * Attempts on files by their names: reading what is hidden, writing what is
 * read-only, moving what covers it away; by descriptors that were left open.
 */
#include "escape.h"

#include <dirent.h>
#include <limits.h>
#include <linux/fs.h>
#include <poll.h>

static int try_read(char **args)
{
	return show_file(args[0]);
}

static int try_write(char **args)
{
	return put_file(args[0], args[1]);
}

/* Opens for writing, and leaves the file as it is. */
static int try_open(char **args)
{
	int flags = args[1] && strcmp(args[1], "w") == 0 ? O_WRONLY : O_RDONLY;

	return outcome(args[0], open(args[0], flags | O_NONBLOCK | O_NOCTTY));
}

static int try_list(char **args)
{
	DIR *dir = opendir(args[0]);
	struct dirent *entry;
	int count = 0;

	if (!dir)
		return refused(args[0]);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			count += dprintf(1, "%s\n", entry->d_name) > 0;
	errno = ENOENT;
	return count ? DONE : refused("an empty folder");
}

/* What is still there after a second: process 1 closes its last descriptor when
 * the program may begin. */
static int try_list_still(char **args)
{
	for (int i = 0; i < 100; i++) {
		DIR *dir = opendir(args[0]);
		struct dirent *entry = NULL;

		if (!dir)
			return refused(args[0]);
		while ((entry = readdir(dir)) && entry->d_name[0] == '.')
			;
		closedir(dir);
		if (!entry)
			break;
		usleep(10000);
	}
	return try_list(args);
}

static int try_mkdir(char **args)
{
	return outcome("mkdir", syscall(SYS_mkdir, args[0], 0755));
}

static int try_unlink(char **args)
{
	if (unlink(args[0]) == 0 || rmdir(args[0]) == 0)
		return DONE;
	return refused(args[0]);
}

static int try_chmod(char **args)
{
	if (chmod(args[0], 0777) < 0)
		return refused("chmod");
	return show_file(args[1]);
}

/* FOLDER is moved away and PATH, which lay in it, is made anew with TEXT. */
static int try_rename(char **args)
{
	char away[PATH_MAX];

	snprintf(away, sizeof(away), "%s-away", args[0]);
	if (rename(args[0], away) < 0)
		return refused("rename");
	return put_file(args[1], args[2]);
}

/* The same by exchanging FOLDER with a new one. */
static int try_exchange(char **args)
{
	char other[PATH_MAX];

	snprintf(other, sizeof(other), "%s-new", args[0]);
	if (mkdir(other, 0755) < 0 && errno != EEXIST)
		return refused(other);
	if (renameat2(AT_FDCWD, args[0], AT_FDCWD, other,
		      RENAME_EXCHANGE) < 0)
		return refused("renameat2");
	return put_file(args[1], args[2]);
}

/* FOLDER goes away, and a symbolic link to ELSEWHERE takes its place. */
static int try_replace(char **args)
{
	char away[PATH_MAX];

	snprintf(away, sizeof(away), "%s-away", args[0]);
	if (rename(args[0], away) < 0)
		return refused("rename");
	return outcome("symlink", symlink(args[1], args[0]));
}

static int try_symlink(char **args)
{
	unlink(args[1]);
	if (symlink(args[0], args[1]) < 0)
		return refused("symlink");
	return show_file(args[1]);
}

static int try_link(char **args)
{
	unlink(args[1]);
	if (link(args[0], args[1]) < 0)
		return refused("link");
	return show_file(args[1]);
}

/* O_PATH first, the file through /proc/self/fd then. */
static int try_opath(char **args)
{
	char path[64];
	int fd = open(args[0], O_PATH);

	if (fd < 0)
		return refused("open O_PATH");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return show_file(path);
}

/* Up from where we are as far as it goes, and down again to PATH. */
static int up_and_read(const char *path)
{
	for (int i = 0; i < 64; i++)
		if (chdir("..") < 0)
			return refused("chdir ..");
	return show_file(path + 1);
}

static int try_dots(char **args)
{
	return up_and_read(args[0]);
}

/* Out of a chroot that is not a root: a folder open above a new chroot. */
static int try_chroot(char **args)
{
	int fd;

	mkdir(args[1], 0700);
	fd = open("/", O_RDONLY | O_DIRECTORY);
	if (chroot(args[1]) < 0)
		return refused("chroot");
	if (fchdir(fd) < 0)
		return refused("fchdir");
	return up_and_read(args[0]);
}

/* What a caller of jail left open: descriptors of folders, files, sockets. */
static int try_descriptors(char **args)
{
	int result = REFUSED;

	errno = EBADF;
	for (int fd = 3; fd < 1024; fd++) {
		int file = openat(fd, args[0] + 1, O_RDONLY);

		if (file < 0 && fchdir(fd) == 0)
			return up_and_read(args[0]);
		if (file >= 0)
			return show_fd(file);
		if (write(fd, "leaked", 6) == 6 || fcntl(fd, F_GETFD) >= 0)
			result = DONE;
	}
	return result == DONE ? DONE : refused("descriptors");
}

/* The same through descriptors that are folders in place of stdio. */
static int try_stdio(char **args)
{
	for (int fd = 0; fd < 3; fd++)
		if (fchdir(fd) == 0)
			return up_and_read(args[0]);
	return refused("fchdir");
}

/* 16 bytes of a disk that tell it from others, as stage.py makes them. */
static int show_disk(const char *path)
{
	unsigned char id[16];
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		return refused(path);
	if (pread(fd, id, sizeof(id), 0x468) != sizeof(id))
		return refused("pread");
	for (size_t i = 0; i < sizeof(id); i++)
		dprintf(1, "%02x", id[i]);
	return DONE;
}

static int try_disk(char **args)
{
	return show_disk(args[0]);
}

static int try_mknod(char **args)
{
	dev_t device = strtoull(args[0], NULL, 0);

	unlink(args[1]);
	if (mknod(args[1], S_IFBLK | 0600, device) < 0)
		return refused("mknod");
	return show_disk(args[1]);
}

/* The file of a handle (open_by_handle_at(2)): TYPE and BYTES in hexadecimal,
 * on the file system that MOUNT lies on; or NAME below it. */
static int try_handle(char **args)
{
	struct {
		struct file_handle head;
		unsigned char bytes[MAX_HANDLE_SZ];
	} handle = {.head.handle_type = atoi(args[1])};
	int fd, mount = open(args[0], O_RDONLY);

	if (mount < 0)
		return refused(args[0]);
	for (const char *p = args[2]; p[0] && p[1]; p += 2) {
		unsigned byte;

		if (sscanf(p, "%2x", &byte) != 1)
			return BROKEN;
		handle.bytes[handle.head.handle_bytes++] = byte;
	}
	fd = open_by_handle_at(mount, &handle.head, O_RDONLY);
	if (fd < 0)
		return refused("open_by_handle_at");
	if (args[3])
		fd = openat(fd, args[3], O_RDONLY);
	return fd < 0 ? refused(args[3]) : show_fd(fd);
}

/* Exchanges two names without end, or until stdin has one. */
static int try_swap(char **args)
{
	struct pollfd in = {.fd = 0, .events = POLLIN};

	while (poll(&in, 1, 0) <= 0)
		for (int i = 0; i < 64; i++)
			if (renameat2(AT_FDCWD, args[0], AT_FDCWD, args[1],
				      RENAME_EXCHANGE) < 0)
				return refused("renameat2");
	return DONE;
}

const struct attempt attempts_files[] = {
	{"read", try_read, 1},		/* PATH */
	{"write", try_write, 2},	/* PATH TEXT */
	{"open", try_open, 1},		/* PATH [w] */
	{"list", try_list, 1},		/* FOLDER */
	{"list_still", try_list_still, 1},	/* FOLDER */
	{"mkdir", try_mkdir, 1},	/* PATH */
	{"unlink", try_unlink, 1},	/* PATH */
	{"chmod", try_chmod, 2},	/* MASK PATH */
	{"rename", try_rename, 3},	/* FOLDER PATH TEXT */
	{"exchange", try_exchange, 3},	/* FOLDER PATH TEXT */
	{"replace", try_replace, 2},	/* FOLDER ELSEWHERE */
	{"symlink", try_symlink, 2},	/* PATH NAME */
	{"link", try_link, 2},		/* PATH NAME */
	{"opath", try_opath, 1},	/* PATH */
	{"dots", try_dots, 1},		/* PATH */
	{"chroot", try_chroot, 2},	/* PATH FOLDER */
	{"descriptors", try_descriptors, 1},	/* PATH */
	{"stdio", try_stdio, 1},	/* PATH */
	{"disk", try_disk, 1},		/* DEVICE */
	{"mknod", try_mknod, 2},	/* NUMBER PATH */
	{"handle", try_handle, 3},	/* MOUNT TYPE BYTES [NAME] */
	{"swap", try_swap, 2},		/* NAME NAME */
	{NULL, NULL, 0}};
