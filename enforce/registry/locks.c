/* SPDX-License-Identifier: MIT */
/*
 * Who holds the locks on entries. A lock of a process in another PID namespace
 * is not listed, and what is locked or unlocked while the list is read may be
 * missing: who needs it looks again.
 */
#include <fcntl.h>
#include <string.h>

#include "enforce/registry/locks.h"

#define LOCKS_SIZE (16 << 20)	/* of /proc/locks, at most */
#define AGAIN 16		/* times that locks are read for one list */

static int by_inode(const void *a, const void *b)
{
	const struct lock *x = a, *y = b;

	return x->inode < y->inode ? -1 : x->inode > y->inode;
}

/* "7: FLOCK  ADVISORY  WRITE 124 00:1a:5678 0 EOF" */
static bool read_lock(const char *line, struct lock *lock)
{
	unsigned long long inode;
	int pid;

	if (sscanf(line, "%*d: FLOCK ADVISORY WRITE %d %*x:%*x:%llu", &pid,
		   &inode) != 2)
		return false;
	*lock = (struct lock){inode, pid};
	return true;
}

/* NULL, and errno: EFBIG where it is too large. */
static char *read_all(const char *path)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	cleanup_free char *text = NULL;
	size_t room = 1 << 14, used = 0;
	ssize_t got = 1;

	while (fd >= 0 && got > 0 && room <= LOCKS_SIZE) {
		char *more = realloc(text, room + 1);

		if (!more)
			return NULL;
		text = more;
		got = base_read_all(fd, text + used, room - used);
		if (got < 0)
			return NULL;
		used += (size_t)got;
		text[used] = '\0';
		if (used < room)
			return take_ptr(text);
		room *= 2;
	}
	if (fd >= 0)
		errno = EFBIG;
	return NULL;
}

int locks_read(struct locks *locks, struct error *err)
{
	cleanup_free char *text = read_all("/proc/locks");
	size_t lines = 0;

	base_free(&locks->rows);
	locks->count = 0;
	if (!text && errno == EFBIG)
		return base_error(err, EFBIG, "/proc/locks, which says who "
				  "holds an entry of the registry, has more "
				  "than 16 MiB; end what holds that many locks "
				  "(lslocks shows it)");
	if (!text)
		return base_error(err, EIO, "cannot read /proc/locks, which "
				  "says who holds an entry of the registry: "
				  "%m; mount a /proc that has it (without "
				  "subset=pid)");
	for (const char *at = text; (at = strchr(at, '\n')); at++)
		lines++;
	locks->rows = calloc(lines + 1, sizeof(*locks->rows));
	if (!locks->rows)
		return base_error(err, ENOMEM, "out of memory");
	for (char *at = text, *end; *at && locks->count < lines; at = end) {
		end = at + strcspn(at, "\n");
		end += *end != '\0';
		locks->count += read_lock(at, &locks->rows[locks->count]);
	}
	qsort(locks->rows, locks->count, sizeof(*locks->rows), by_inode);
	return 0;
}

/* A jail cannot be traced by its user, so where hidepid hides from him whom he
 * cannot trace, as it does process 1, he does not see his own (proc(5)). */
static bool hides_processes(void)
{
	char stat[64];

	return base_read_file("/proc/1/stat", stat, sizeof(stat)) < 0;
}

int locks_open(struct locks *locks, struct error *err)
{
	pid_t self = getpid();

	*locks = (struct locks){
		.again = AGAIN,
		.proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC),
		.user_ns = registry_namespace(self, "user"),
		.pid_ns = registry_namespace(self, "pid"),
		.mnt_ns = registry_namespace(self, "mnt"),
		.net_ns = registry_namespace(self, "net"),
	};
	if (!base_proc_is_ours())
		return base_error(err, ENOTSUP, "/proc is that of another PID "
				  "namespace: it cannot be said what runs "
				  "here; mount a new one");
	if (hides_processes())
		return base_error(err, EACCES, "/proc is mounted with hidepid, "
				  "which hides the sandboxes from their user: "
				  "it cannot be said what runs here; ask as "
				  "root, or mount it with gid= of a group of "
				  "yours");
	return locks_read(locks, err);
}

void locks_free(struct locks *locks)
{
	base_free(&locks->rows);
	base_close(&locks->proc);
}
pid_t locks_holder(const struct locks *locks, uint64_t inode, pid_t wanted)
{
	struct lock key = {.inode = inode};
	const struct lock *row = bsearch(&key, locks->rows, locks->count,
					 sizeof(key), by_inode);
	const struct lock *end = locks->rows + locks->count;
	pid_t pid = 0;

	while (row && row > locks->rows && row[-1].inode == inode)
		row--;
	for (; row && row < end && row->inode == inode && pid != wanted; row++)
		pid = row->pid;
	return pid;
}
