/* SPDX-License-Identifier: MIT */
/*
 * The registry: a file for each `jail enforce`, while it runs and for ten
 * minutes after, in the first of these folders that can be had:
 *
 *	/run/jail			root's
 *	$XDG_RUNTIME_DIR/jail		any other user's
 *	/run/user/UID/jail
 *	$XDG_DATA_HOME/jail/run
 *	$HOME/.local/share/jail/run
 *
 * jail holds a lock on it. So an entry whose lock is free is one of a jail that
 * has ended; it says when, unless that was killed: then whoever looks next
 * writes that down. Programs see none of these folders (cli/policy.c, own.c).
 *
 * A folder or file that others could write, that has another owner or is a link
 * is none of ours: nothing is read from it and nothing written. Whatever fails
 * here is no failure of the run.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "enforce/registry/registry.h"

#define ROOT_FOLDER "/run/jail"
#define USERS "/run/user"
#define STAMP ".swept"		/* when the folder was looked through */
#define KEPT (600 * INT64_C(1000000))
#define KEPT_OF_MANY (10 * INT64_C(1000000))
#define MANY 1024
#define SWEEP_EVERY (60 * INT64_C(1000000))
#define MOST 8192		/* entries of another user that are looked at */
#define ENTRY_SIZE 16384

/* ---- folders ---------------------------------------------------------- */

/* The folder NUMBER of ours, in the order above; NULL: there is no such one. */
static char *folder_path(unsigned number)
{
	static const struct {
		const char *variable, *rest;
	} rows[] = {
		{"XDG_RUNTIME_DIR", "jail"},
		{NULL, NULL},
		{"XDG_DATA_HOME", "jail/run"},
		{"HOME", ".local/share/jail/run"},
	};
	const char *value;

	if (geteuid() == 0)
		return number == 0 ? strdup(ROOT_FOLDER) : NULL;
	if (!rows[number].variable)
		return base_printf(USERS "/%u/jail", geteuid());
	value = getenv(rows[number].variable);
	return value && *value == '/' ?
	       base_printf("%s/%s", value, rows[number].rest) : NULL;
}
#define FOLDERS 4

static bool is_private(int fd, uid_t owner, mode_t type)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (st.st_mode & S_IFMT) == type &&
	       st.st_uid == owner && !(st.st_mode & 077) &&
	       (type == S_IFDIR || st.st_nlink == 1);
}

static int open_folder(const char *path, uid_t owner)
{
	cleanup_close int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
					  O_CLOEXEC);

	return fd >= 0 && is_private(fd, owner, S_IFDIR) ? take_fd(&fd) : -1;
}

/* One of ours to write to; with MAKE it is made where it is missing. -1. */
static int find_folder(bool make)
{
	int fd = -1;

	for (unsigned i = 0; fd < 0 && i < FOLDERS; i++) {
		cleanup_free char *path = folder_path(i);
		bool in_home = i >= 2;

		if (!path)
			continue;
		fd = open_folder(path, geteuid());
		if (fd >= 0 || !make)
			continue;
		if ((in_home ? base_mkdirs(path, 0700, NULL) :
			       mkdir(path, 0700)) == 0)
			fd = open_folder(path, geteuid());
	}
	return fd;
}

/* ---- writing ----------------------------------------------------------- */

uint64_t registry_namespace(pid_t pid, const char *name)
{
	struct stat st;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, name);
	return stat(path, &st) == 0 ? st.st_ino : 0;
}

static void describe(const struct enforce_plan *plan,
		     const struct enforce_sandbox *sandbox, bool supervised,
		     struct enforce_running *entry)
{
	cleanup_free char *exe = NULL;
	pid_t program = sandbox->program;
	const char *store = plan->context.store;

	memset(entry, 0, sizeof(*entry));
	entry->jail = getpid();
	entry->program = program;
	entry->init = sandbox->init;
	entry->start = base_process_start(program);
	entry->began = base_now();
	entry->user_ns = registry_namespace(program, "user");
	entry->pid_ns = registry_namespace(program, "pid");
	entry->supervised = supervised;
	base_boot_id(entry->boot_id);
	/* As the kernel resolved it; one that has ended by now has none. */
	base_process_exe(program, &exe, NULL);
	snprintf(entry->profile, sizeof(entry->profile), "%s", plan->program);
	snprintf(entry->exe, sizeof(entry->exe), "%s", exe ? exe : plan->path);
	snprintf(entry->store, sizeof(entry->store), "%s", store ? store : "");
}

static void name_entry(char name[64], const struct enforce_running *entry)
{
	snprintf(name, 64, "%d-%llu", (int)entry->program,
		 (unsigned long long)entry->start);
}

/* It gets its name when it is locked and whole: whoever looks finds all of it,
 * and nobody who saw the folder's time change before has missed it. One of the
 * same name is of another boot. Under the name that it has until then it is no
 * entry, and removed once it is old. */
static int write_entry(int folder, const struct enforce_running *entry)
{
	cleanup_free char *text = registry_print(entry);
	cleanup_close int fd = -1;
	char name[64], until[64];

	name_entry(name, entry);
	snprintf(until, sizeof(until), "0-%d", (int)entry->jail);
	unlinkat(folder, until, 0);
	fd = text ? openat(folder, until, O_WRONLY | O_APPEND | O_CREAT |
			   O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600) : -1;
	if (fd < 0)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 &&
	    base_write_all(fd, text, strlen(text)) == 0 &&
	    renameat(folder, until, folder, name) == 0)
		return take_fd(&fd);
	unlinkat(folder, until, 0);
	return -1;
}

void registry_begin(const struct enforce_plan *plan,
		    struct enforce_sandbox *sandbox, bool supervised)
{
	cleanup_close int folder = find_folder(true);
	struct enforce_running entry;
	int fd = -1;

	/* What another's /proc says would be of others. */
	if (folder >= 0 && base_proc_is_ours()) {
		describe(plan, sandbox, supervised, &entry);
		fd = write_entry(folder, &entry);
	}
	if (fd < 0 && plan->debug)
		plan->debug("there is no place to note that this runs: 'jail "
			    "watch' will know it by its executable alone");
	sandbox->entry = fd < 0 ? 0 : fd + 1;
}

static void write_end(int fd)
{
	char line[64];
	int length = snprintf(line, sizeof(line), "ended %lld\n",
			      (long long)base_now());

	(void)base_write_all(fd, line, (size_t)length);
}

/* ---- reading ----------------------------------------------------------- */

struct look {
	int (*callback)(void *data, const struct enforce_running *entry);
	void *data;		/* callback NULL: only what is old is removed */
	char boot_id[37];
	int64_t now, kept;
	uid_t owner;
	bool own;		/* the caller's folder: may be tidied up */
};

static int64_t changed_at(int fd)
{
	struct stat st;

	return fstat(fd, &st) < 0 ? 0 :
	       st.st_mtim.tv_sec * INT64_C(1000000) + st.st_mtim.tv_nsec / 1000;
}

static bool is_locked(int fd)
{
	return flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

/* Without a sandbox the program outlives a jail that was killed. */
static bool program_lives(const struct enforce_running *entry)
{
	char state = base_process_state(entry->program);

	return state && state != 'Z' &&
	       base_process_start(entry->program) == entry->start;
}

static int read_entry(int fd, const char *name, struct enforce_running *entry)
{
	char text[ENTRY_SIZE], wanted[64];
	ssize_t length = base_read_all(fd, text, sizeof(text) - 1);

	if (length <= 0 || length == (ssize_t)sizeof(text) - 1 ||
	    memchr(text, '\0', (size_t)length))
		return -EINVAL;
	text[length] = '\0';
	if (registry_parse(text, entry) < 0)
		return -EINVAL;
	name_entry(wanted, entry);
	return strcmp(name, wanted) == 0 ? 0 : -EINVAL;
}

/* Sets when it ended; one whose jail was killed, ended by now. */
static void find_end(const struct look *look, int folder, const char *name,
		     int fd, struct enforce_running *entry)
{
	cleanup_close int again = -1;

	if (is_locked(fd) || program_lives(entry)) {
		entry->ended = 0;
		return;
	}
	if (entry->ended)
		return;
	entry->ended = look->now;
	if (look->own)
		again = openat(folder, name, O_WRONLY | O_APPEND | O_NOFOLLOW |
					     O_CLOEXEC);
	if (again >= 0)
		write_end(again);
}

static int look_at(const struct look *look, int folder, const char *name)
{
	/* What waits, as a FIFO or a lease would, is not waited for. */
	cleanup_close int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW |
				      O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct enforce_running entry;
	bool old;

	if (fd < 0 || !is_private(fd, look->owner, S_IFREG))
		return 0;
	old = changed_at(fd) < look->now - look->kept;
	if (read_entry(fd, name, &entry) < 0 ||
	    strcmp(entry.boot_id, look->boot_id) != 0) {
		/* It may be about to be written, or another host's. */
		if (look->own && old && !is_locked(fd))
			unlinkat(folder, name, 0);
		return 0;
	}
	entry.uid = look->owner;
	find_end(look, folder, name, fd, &entry);
	if (!entry.ended || entry.ended >= look->now - look->kept)
		return look->callback ? look->callback(look->data, &entry) : 0;
	if (look->own)
		unlinkat(folder, name, 0);
	return 0;
}

static bool is_number(const char *name)
{
	return *name && !name[strspn(name, "0123456789-")];
}

static size_t count_entries(DIR *dir)
{
	const struct dirent *entry;
	size_t count = 0;

	while ((entry = readdir(dir)))
		count += is_number(entry->d_name);
	rewinddir(dir);
	return count;
}

/* FOLDER is taken over. Ends with what the callback says. */
static int look_through(struct look *look, int folder, uid_t owner)
{
	DIR *dir = folder < 0 ? NULL : fdopendir(folder);
	const struct dirent *entry;
	size_t left = MOST;
	int ret = 0;

	if (!dir) {
		base_close(&folder);
		return 0;
	}
	look->owner = owner;
	look->own = owner == geteuid();
	look->kept = look->own && count_entries(dir) > MANY ? KEPT_OF_MANY :
							      KEPT;
	while (ret == 0 && (look->own || left-- > 0) && (entry = readdir(dir)))
		if (is_number(entry->d_name))
			ret = look_at(look, folder, entry->d_name);
	closedir(dir);
	return ret;
}

static void begin_look(struct look *look)
{
	look->now = base_now();
	base_boot_id(look->boot_id);
}

/* The folder NAME in USERS, and in it that of jail: of no other file system,
 * for the user could have one that never answers. */
static int open_of_user(int users, const char *name, uid_t uid)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS,
	};
	cleanup_close int user = openat(users, name, O_PATH | O_DIRECTORY |
						     O_NOFOLLOW | O_CLOEXEC);
	cleanup_close int fd = user < 0 ? -1 :
		(int)syscall(SYS_openat2, user, "jail", &how, sizeof(how));

	return fd >= 0 && is_private(fd, uid, S_IFDIR) ? take_fd(&fd) : -1;
}

static int each_user(struct look *look)
{
	DIR *dir = opendir(USERS);
	const struct dirent *entry;
	uint64_t uid;
	int ret = 0;

	while (ret == 0 && dir && (entry = readdir(dir)))
		if (base_parse_number(entry->d_name, UINT32_MAX, &uid) == 0 &&
		    uid != 0)
			ret = look_through(look, open_of_user(dirfd(dir),
				entry->d_name, (uid_t)uid), (uid_t)uid);
	if (dir)
		closedir(dir);
	return ret;
}

int enforce_registry_each(int (*callback)(void *data,
					  const struct enforce_running *entry),
			  void *data)
{
	struct look look = {.callback = callback, .data = data};
	int ret = 0;

	begin_look(&look);
	for (unsigned i = 0; ret == 0 && i < FOLDERS; i++) {
		cleanup_free char *path = folder_path(i);

		if (path)
			ret = look_through(&look, open_folder(path, geteuid()),
					   geteuid());
	}
	return ret == 0 && geteuid() == 0 ? each_user(&look) : ret;
}

/* ---- what is new --------------------------------------------------------- */

/* A folder's time changes with each entry that comes or goes. */
static uint64_t folder_version(int at, const char *path)
{
	struct stat st;

	if (fstatat(at, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	return ((uint64_t)st.st_mtim.tv_sec * 1000000000 +
		(uint64_t)st.st_mtim.tv_nsec) * 2 + 1;
}

uint64_t enforce_registry_version(void)
{
	DIR *users = geteuid() == 0 ? opendir(USERS) : NULL;
	const struct dirent *entry;
	uint64_t version = 0;

	for (unsigned i = 0; i < FOLDERS; i++) {
		cleanup_free char *path = folder_path(i);

		if (path)
			version += folder_version(AT_FDCWD, path);
	}
	while (users && (entry = readdir(users))) {
		char path[NAME_MAX + 8];

		snprintf(path, sizeof(path), "%s/jail", entry->d_name);
		if (*entry->d_name != '.')
			version += folder_version(dirfd(users), path);
	}
	if (users)
		closedir(users);
	return version;
}

/* ---- the end ------------------------------------------------------------ */

/* True if nobody has looked through it for a while; then it is now. A new stamp
 * is empty. */
static bool sweep_is_due(int folder)
{
	cleanup_close int fd = openat(folder, STAMP, O_WRONLY | O_CREAT |
				      O_NOFOLLOW | O_CLOEXEC, 0600);
	int64_t age = fd < 0 ? 0 : base_now() - changed_at(fd);

	if (fd < 0 || (age >= 0 && age < SWEEP_EVERY && lseek(fd, 0, SEEK_END)))
		return false;
	return pwrite(fd, "\n", 1, 0) == 1;
}

void registry_end(struct enforce_sandbox *sandbox, bool sweep)
{
	cleanup_close int fd = sandbox->entry - 1;
	cleanup_close int folder = -1;
	struct look look = {0};

	if (fd < 0)
		return;
	sandbox->entry = 0;
	write_end(fd);
	folder = sweep ? find_folder(false) : -1;
	if (folder < 0 || !sweep_is_due(folder))
		return;
	begin_look(&look);
	look_through(&look, take_fd(&folder), geteuid());
}
