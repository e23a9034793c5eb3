/* SPDX-License-Identifier: MIT */
/*
 * Entries that lie where root does not know to look: those of users without a
 * folder in /run/user, as the users of services are, which lie in their homes,
 * or wherever a user's XDG_RUNTIME_DIR was. All that run are locked; so the
 * kernel's list of locks names the jail, and what it says of the descriptors of
 * that process which of them is the entry. No path of another user's is gone
 * along.
 *
 * Such a process may be an enemy's, and give its descriptor another meaning at
 * any time. So the file is opened without effect (O_PATH) and looked at by what
 * the kernel knows without asking anybody; only if its file system is one that
 * answers by itself, as those that a user can mount by FUSE do not, it is
 * opened to be read. Whether the entry is true is for verify.c to say.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "enforce/registry/folders.h"
#include "enforce/registry/locks.h"

#define PROGRAM "jail"
#define MOST_FILES 256		/* of a process, that are looked at */
#define MOST_MOUNTS 1024	/* of those that it sees, and we do not */

struct holder {
	int proc;		/* its folder */
	pid_t pid;
	uid_t uid;
	uint64_t inode;		/* of what it has locked */
};

/* The beginning of a file below FOLDER, empty where it cannot be read. */
static void read_small(int folder, const char *path, char text[4096])
{
	cleanup_close int fd = openat(folder, path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : base_read_all(fd, text, 4095);

	text[got > 0 ? got : 0] = '\0';
}

/* The value behind KEY, in a small file below FOLDER. */
static bool number_in(int folder, const char *path, const char *key,
		      unsigned long long *number)
{
	char text[4096];
	const char *at;

	read_small(folder, path, text);
	at = strstr(text, key);
	return at && sscanf(at + strlen(key), "%llu", number) == 1;
}

/* "36 35 98:0 /mnt1 /mnt2 rw - ext3 /dev/root rw". Returns whether MOUNT is
 * there, among the first MOST. */
static bool type_of(int folder, unsigned long long mount, size_t most,
		    char type[32])
{
	int fd = openat(folder, "mountinfo", O_RDONLY | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	cleanup_free char *line = NULL;
	unsigned long long number;
	size_t room = 0;
	bool found = false;

	if (!file) {
		base_close(&fd);
		return false;
	}
	while (!found && most-- > 0 && getline(&line, &room, file) > 0) {
		const char *rest = strstr(line, " - ");

		found = rest && sscanf(line, "%llu", &number) == 1 &&
			number == mount && sscanf(rest, " - %31s", type) == 1;
	}
	fclose(file);
	return found;
}

/* An overlay can be one of FUSE's file systems, where root has not made it. */
static bool answers_by_itself(const struct holder *holder, int fd)
{
	static const char *const types[] = {
		"ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "bcachefs",
		"zfs", "tmpfs",
	};
	cleanup_close int self = open("/proc/self", O_PATH | O_DIRECTORY |
						    O_CLOEXEC);
	unsigned long long mount;
	char path[32], type[32];

	snprintf(path, sizeof(path), "fdinfo/%d", fd);
	if (self < 0 || !number_in(self, path, "mnt_id:", &mount))
		return false;
	if (type_of(self, mount, SIZE_MAX, type)) {
		if (strcmp(type, "overlay") == 0)
			return true;
	} else if (!type_of(holder->proc, mount, MOST_MOUNTS, type)) {
		return false;
	}
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return false;
}

/* To be read; -1. NUMBER is the holder's. */
static int open_file(const struct holder *holder, const char *number)
{
	char path[32];
	cleanup_close int file = -1;
	struct statx st;

	snprintf(path, sizeof(path), "fd/%.8s", number);
	file = openat(holder->proc, path, O_PATH | O_CLOEXEC);
	if (file < 0 ||
	    statx(file, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC,
		  STATX_TYPE | STATX_INO, &st) < 0 ||
	    !S_ISREG(st.stx_mode) || st.stx_ino != holder->inode ||
	    !answers_by_itself(holder, file))
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	return open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

/* Its name is the last part of what the kernel calls it; NULL: it is none of an
 * entry. To know so costs little, whatever the file is. */
static const char *name_of(const struct holder *holder, const char *number,
			   char target[PATH_MAX + 1])
{
	char path[32];
	const char *name;
	ssize_t length;

	snprintf(path, sizeof(path), "fd/%.8s", number);
	length = readlinkat(holder->proc, path, target, PATH_MAX);
	target[length > 0 ? length : 0] = '\0';
	name = strrchr(target, '/');
	return name && look_is_name(name + 1) ? name + 1 : NULL;
}

/* Sets its inode.
 * "lock:	1: FLOCK  ADVISORY  WRITE 124 00:1a:5678 0 EOF" */
static bool is_locked_by(struct holder *holder, const char *number)
{
	char path[32], text[4096];
	unsigned long long inode;
	int pid;

	snprintf(path, sizeof(path), "fdinfo/%.8s", number);
	read_small(holder->proc, path, text);
	for (const char *at = text; (at = strstr(at, "lock:")); at++)
		if (sscanf(at, "lock:	%*d: FLOCK ADVISORY WRITE %d "
			   "%*x:%*x:%llu", &pid, &inode) == 2 &&
		    pid == holder->pid) {
			holder->inode = inode;
			return true;
		}
	return false;
}

static int give(const struct elsewhere *self, struct holder *holder,
		const char *number, const char *name)
{
	cleanup_close int fd = -1;

	if (self->known(self->data, holder->uid, holder->pid, holder->inode))
		return 0;
	fd = open_file(holder, number);
	return fd < 0 ? 0 : self->each(self->data, fd, name);
}

/* A jail has one entry, among the first files: it has closed what it inherited.
 */
static int look_through_files(const struct elsewhere *self,
			      struct holder *holder)
{
	int fd = openat(holder->proc, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	char target[PATH_MAX + 1];
	const struct dirent *entry;
	size_t left = MOST_FILES;
	int ret = 0;

	if (!dir) {
		base_close(&fd);
		return 0;
	}
	while (left-- > 0 && (entry = readdir(dir))) {
		const char *name = name_of(holder, entry->d_name, target);

		if (name && is_locked_by(holder, entry->d_name)) {
			ret = give(self, holder, entry->d_name, name);
			break;
		}
	}
	closedir(dir);
	return ret;
}

/* Whoever calls his program otherwise is not listed, as he is not if he makes
 * no entry. In another PID namespace an entry has other numbers. */
static bool is_jail(int proc, uint64_t pid_ns)
{
	char exe[PATH_MAX + 1];
	ssize_t length = readlinkat(proc, "exe", exe, sizeof(exe) - 1);
	const char *name;
	struct stat st;

	exe[length > 0 ? length : 0] = '\0';
	name = strrchr(exe, '/');
	return name && strncmp(name + 1, PROGRAM, strlen(PROGRAM)) == 0 &&
	       fstatat(proc, "ns/pid", &st, 0) == 0 && st.st_ino == pid_ns;
}

static int look_at_holder(const struct elsewhere *self,
			  const struct locks *locks, pid_t pid)
{
	cleanup_close int proc = -1;
	struct holder holder = {.pid = pid};
	struct stat st;
	char path[16];

	snprintf(path, sizeof(path), "%d", (int)pid);
	proc = openat(locks->proc, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0 || fstat(proc, &st) < 0 || st.st_uid == 0 ||
	    !is_jail(proc, locks->pid_ns))
		return 0;
	holder.proc = proc;
	holder.uid = st.st_uid;
	return look_through_files(self, &holder);
}

static int by_pid(const void *a, const void *b)
{
	const struct lock *x = a, *y = b;

	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

/* Each process once, however many locks it has. */
int elsewhere_each(const struct elsewhere *self)
{
	cleanup_locks struct locks locks = {.proc = -1};
	pid_t last = 0;
	int ret = 0;

	if (locks_open(&locks, NULL) < 0)
		return 0;
	qsort(locks.rows, locks.count, sizeof(*locks.rows), by_pid);
	for (size_t i = 0; ret == 0 && i < locks.count; i++) {
		pid_t pid = locks.rows[i].pid;

		if (pid > 0 && pid != last)
			ret = look_at_holder(self, &locks, pid);
		last = pid;
	}
	return ret;
}

uint64_t elsewhere_version(void)
{
	cleanup_locks struct locks locks = {.proc = -1};
	uint64_t version = 0;

	(void)locks_read(&locks, NULL);
	for (size_t i = 0; i < locks.count; i++)
		version += base_hash(BASE_HASH, &locks.rows[i].inode,
				     sizeof(locks.rows[i].inode)) *
			   (uint64_t)(locks.rows[i].pid | 1);
	return version;
}
