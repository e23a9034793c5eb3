/* SPDX-License-Identifier: MIT */
/*
 * Which file a process has mapped or executes: what it calls the file may be
 * another one to us.
 */
#include "learn/build_id.h"

#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <sys/stat.h>

#define FLAGS (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

/* PATH from the root that PID has, without a way out of it. Kernels before 5.6,
 * which cannot do that, build no sandboxes: there all have our root. */
static int open_inside(pid_t pid, const char *path)
{
	cleanup_close int root = -1;
	char link[32];
	int fd;

	snprintf(link, sizeof(link), "/proc/%d/root", (int)pid);
	root = open(link, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return -1;
	fd = base_openat2(root, path, FLAGS,
			  RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
	return fd < 0 && errno == ENOSYS ? open(path, FLAGS) : fd;
}

/* Both of one open file: a path may be another file's a moment later. */
static char *identify(int fd, const char *path, struct profiles_stamp *stamp)
{
	struct stat file;
	char *hex = NULL;

	*stamp = (struct profiles_stamp){ 0 };
	if (fd < 0 || fstat(fd, &file) < 0 || !S_ISREG(file.st_mode))
		return NULL;
	*stamp = (struct profiles_stamp){
		.inode = file.st_ino, .size = (uint64_t)file.st_size,
		.mtime = (int64_t)file.st_mtim.tv_sec * 1000000000 +
			 file.st_mtim.tv_nsec,
	};
	(void)base_build_id_fd(fd, path, &hex, NULL);
	return hex;
}

char *build_id_mapped(pid_t pid, uint64_t start, uint64_t end, const char *path,
		      struct profiles_stamp *stamp)
{
	cleanup_close int fd = -1;
	char link[80];

	snprintf(link, sizeof(link), "/proc/%d/map_files/%" PRIx64 "-%" PRIx64,
		 (int)pid, start, end);
	fd = open(link, FLAGS); /* the very file, for root alone */
	if (fd < 0)
		fd = open_inside(pid, path);
	return identify(fd, path, stamp);
}

char *build_id_executed(pid_t pid, struct profiles_stamp *stamp)
{
	cleanup_close int fd = -1;
	char link[32];

	snprintf(link, sizeof(link), "/proc/%d/exe", (int)pid);
	fd = open(link, FLAGS);
	return identify(fd, link, stamp);
}
