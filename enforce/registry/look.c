/* SPDX-License-Identifier: MIT */
/*
 * The registry is looked through: entries that are whole and their owner's own
 * are given to a callback, those that ended long ago are removed. An entry
 * costs five calls; thousands may be there.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>

#include "enforce/registry/folders.h"

#define KEPT (600 * INT64_C(1000000))
#define KEPT_OF_MANY (10 * INT64_C(1000000))
#define MANY 1024
#define MOST 8192		/* entries of another user that are looked at */
#define ENTRY_SIZE 16384

struct look {
	int (*callback)(void *data, const struct enforce_running *entry);
	void *data;		/* callback NULL: only what is old is removed */
	char boot_id[37];
	int64_t now, kept;
	uid_t owner;
	bool own;		/* the caller's folder: may be tidied up */
	struct seen {
		uid_t uid;
		pid_t jail;
		uint64_t inode;
	} *seen;		/* those that others must not bring again */
	size_t seen_count;
	bool seen_lost;		/* there was no memory for all */
};

void look_name(char name[64], const struct enforce_running *entry)
{
	snprintf(name, 64, "%d-%llu", (int)entry->program,
		 (unsigned long long)entry->start);
}

/* At its end, whatever is written elsewhere in it meanwhile. */
void look_write_end(int fd, int64_t when)
{
	char line[64];
	struct stat st;
	int length = snprintf(line, sizeof(line), "ended %lld\n",
			      (long long)when);

	if (fstat(fd, &st) == 0)
		(void)!pwrite(fd, line, (size_t)length, st.st_size);
}

int64_t look_changed(const struct stat *st)
{
	return st->st_mtim.tv_sec * INT64_C(1000000) +
	       st->st_mtim.tv_nsec / 1000;
}

static bool is_locked(int fd)
{
	return flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

/* Without a sandbox the program outlives a jail that was killed. */
static bool program_lives(const struct enforce_running *entry)
{
	struct base_process process;

	return base_process_read(-1, entry->program, &process) &&
	       process.state != 'Z' && process.start == entry->start;
}

/* What grows meanwhile is read as it was. */
static int read_entry(int fd, const char *name, const struct stat *st,
		      struct enforce_running *entry)
{
	char text[ENTRY_SIZE], wanted[64];
	ssize_t length = st->st_size;

	if (length <= 0 || length >= ENTRY_SIZE ||
	    read(fd, text, (size_t)length) != length ||
	    memchr(text, '\0', (size_t)length))
		return -EINVAL;
	text[length] = '\0';
	if (registry_parse(text, entry) < 0)
		return -EINVAL;
	/* One that an earlier jail wrote has no name. */
	if (!*entry->name)
		memcpy(entry->name, entry->profile, sizeof(entry->name));
	look_name(wanted, entry);
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
		again = openat(folder, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	if (again >= 0)
		look_write_end(again, entry->ended);
}

static void remove_entry(int folder, const char *name)
{
	unlinkat(folder, name, 0);
	door_remove(folder, name);
}

/* For root, who looks for others: elsewhere.c. */
static void note_seen(struct look *look, const struct enforce_running *entry)
{
	struct seen *seen;

	if (geteuid() != 0 || !look->callback || entry->ended)
		return;
	seen = reallocarray(look->seen, look->seen_count + 1, sizeof(*seen));
	look->seen_lost |= !seen;
	if (!seen)
		return;
	look->seen = seen;
	seen[look->seen_count++] = (struct seen){
		entry->uid, entry->jail, entry->inode};
}

static int look_at(struct look *look, int folder, const char *name)
{
	/* What waits, as a FIFO or a lease would, is not waited for. */
	cleanup_close int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW |
				      O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct enforce_running entry;
	struct stat st;
	bool old;

	if (fd < 0 || fstat(fd, &st) < 0 ||
	    !folders_is_private(&st, look->owner, S_IFREG))
		return 0;
	old = look_changed(&st) < look->now - look->kept;
	if (read_entry(fd, name, &st, &entry) < 0 ||
	    strcmp(entry.boot_id, look->boot_id) != 0) {
		/* It may be about to be written, or another host's. */
		if (look->own && old && !is_locked(fd))
			remove_entry(folder, name);
		return 0;
	}
	entry.uid = look->owner;
	entry.inode = st.st_ino;
	find_end(look, folder, name, fd, &entry);
	note_seen(look, &entry);
	if (!entry.ended || entry.ended >= look->now - look->kept)
		return look->callback ? look->callback(look->data, &entry) : 0;
	if (look->own)
		remove_entry(folder, name);
	return 0;
}

bool look_is_name(const char *name)
{
	return *name && !name[strspn(name, "0123456789-")];
}

static size_t count_entries(DIR *dir)
{
	const struct dirent *entry;
	size_t count = 0;

	while ((entry = readdir(dir)))
		count += look_is_name(entry->d_name);
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
		if (look_is_name(entry->d_name))
			ret = look_at(look, folder, entry->d_name);
	closedir(dir);
	return ret;
}

static void begin_look(struct look *look)
{
	look->now = base_now();
	base_boot_id(look->boot_id);
}

void look_sweep(int folder)
{
	struct look look = {0};

	begin_look(&look);
	look_through(&look, folder, geteuid());
}

/* ---- all folders ---------------------------------------------------- */

/* Two variables may name one folder, and mostly do: FD is closed then. */
static int only_once(int fd, struct stat *seen, unsigned *count)
{
	struct stat *st = &seen[*count];

	if (fd < 0 || fstat(fd, st) < 0)
		return fd;
	for (unsigned i = 0; i < *count; i++)
		if (seen[i].st_dev == st->st_dev &&
		    seen[i].st_ino == st->st_ino) {
			close(fd);
			return -1;
		}
	++*count;
	return fd;
}

/* Calls EACH with the folders of the caller, and as root those of all users;
 * -1 for what cannot be had, or was there before. */
static int each_folder(int (*each)(void *data, int folder, uid_t owner),
		       void *data, struct error *err)
{
	DIR *users = geteuid() == 0 ? opendir(FOLDERS_USERS) : NULL;
	struct stat seen[FOLDERS];
	const struct dirent *entry;
	unsigned count = 0;
	uint64_t uid;
	int ret = 0;

	for (unsigned i = 0; ret == 0 && i < FOLDERS; i++) {
		cleanup_free char *path = folders_path(i);
		int fd = path ? folders_open(path, geteuid(), err) : -1;

		if (path)
			ret = each(data, only_once(fd, seen, &count),
				   geteuid());
	}
	while (ret == 0 && users && (entry = readdir(users)))
		if (base_parse_number(entry->d_name, UINT32_MAX, &uid) == 0 &&
		    uid != 0)
			ret = each(data, folders_open_of_user(dirfd(users),
				entry->d_name, (uid_t)uid, err), (uid_t)uid);
	if (users)
		closedir(users);
	return ret;
}

static int look_in(void *data, int folder, uid_t owner)
{
	return look_through(data, folder, owner);
}

/* ---- elsewhere ------------------------------------------------------ */

/* What one user's entry says hides none of another's. */
static bool was_seen(void *data, uid_t uid, pid_t jail, uint64_t inode)
{
	const struct look *look = data;

	for (size_t i = 0; i < look->seen_count; i++)
		if (look->seen[i].inode == inode &&
		    look->seen[i].jail == jail && look->seen[i].uid == uid)
			return true;
	return false;
}

/* Root's own are in his folder. */
static int look_elsewhere(void *data, int fd, const char *name)
{
	const struct look *look = data;
	struct enforce_running entry;
	struct stat st;

	if (fstat(fd, &st) < 0 || st.st_uid == 0 ||
	    !folders_is_private(&st, st.st_uid, S_IFREG) ||
	    read_entry(fd, name, &st, &entry) < 0 ||
	    strcmp(entry.boot_id, look->boot_id) != 0)
		return 0;
	entry.uid = st.st_uid;
	entry.inode = st.st_ino;
	entry.ended = 0;
	return look->callback(look->data, &entry);
}

int enforce_registry_each(int (*callback)(void *data,
					  const struct enforce_running *entry),
			  void *data)
{
	struct look look = {.callback = callback, .data = data};
	int ret;

	begin_look(&look);
	ret = each_folder(look_in, &look, NULL);
	if (ret == 0 && geteuid() == 0 && !look.seen_lost)
		ret = elsewhere_each(&(struct elsewhere){
			was_seen, look_elsewhere, &look});
	free(look.seen);
	return ret;
}

static int only_close(void *data, int folder, uid_t owner)
{
	const struct error *err = data;

	(void)owner;
	base_close(&folder);
	return -err->code;
}

int enforce_registry_refused(struct error *err)
{
	*err = (struct error){0};
	return each_folder(only_close, err, err);
}

/* ---- what is new ---------------------------------------------------- */

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
	DIR *users = geteuid() == 0 ? opendir(FOLDERS_USERS) : NULL;
	const struct dirent *entry;
	uint64_t version = 0;

	for (unsigned i = 0; i < FOLDERS; i++) {
		cleanup_free char *path = folders_path(i);

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
	return geteuid() == 0 ? version + elsewhere_version() : version;
}
