/* SPDX-License-Identifier: MIT */
/*
 * Whether an entry says the truth. It was written by its owner, who may be an
 * enemy of whoever reads it: root lists, and ends, what users' entries name. So
 * nothing counts but what the kernel says:
 *
 *   the lock on the entry's file	is held by the process that it calls
 *					jail (/proc/locks)
 *   jail				is a process of the owner's
 *   the program			is jail's child, began when it says, is
 *					a process of the owner's alone
 *   init, if there is one	is jail's child, and the owner's alone: what
 *					executed sudo(8) is no init
 *   its namespaces			are those that it names; of those that
 *					are not ours, the owner is the entry's,
 *					or jail is in it: root's PrivateTmp=
 *
 * What a program does must not hide it: one that made further user namespaces,
 * and others in them, is still in what its owner gave it. Where the kernel does
 * not let us look, as at a program of ours that cannot be traced, the other
 * lines stand. A process of ours that ends meanwhile is none that lies.
 *
 * What root's entry says is root's affair: only lock, parent and start count.
 */
#include <fcntl.h>
#include <linux/nsfs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "enforce/registry/locks.h"

#define DEPTH 32		/* of user namespaces: user_namespaces(7) */

/* ---- one entry ------------------------------------------------------ */

static int gone(struct error *err)
{
	return base_error(err, ESRCH, "it has ended");
}

/* A process that is there: its effective user. */
static bool user_of(pid_t pid, uid_t *uid)
{
	struct stat st;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	if (stat(path, &st) < 0)
		return false;
	*uid = st.st_uid;
	return true;
}

/* The number of the user who owns a user namespace; with OF that which FD, of
 * another kind, belongs to. */
static bool owner_of(int fd, bool of, uid_t *uid)
{
	cleanup_close int user = of ? ioctl(fd, NS_GET_USERNS) : -1;

	return (!of || user >= 0) &&
	       ioctl(of ? user : fd, NS_GET_OWNER_UID, uid) == 0;
}

/* Whether the user namespace FD, which is closed, lies in INODE; or, unless it
 * must be BELOW, is that. */
static bool lies_in(int fd, uint64_t inode, bool below)
{
	struct stat st;
	bool found = false;

	for (int depth = 0; fd >= 0 && !found && depth < DEPTH; depth++) {
		int above = -1;

		found = fstat(fd, &st) == 0 && st.st_ino == inode &&
			!(below && depth == 0);
		if (!found)
			above = ioctl(fd, NS_GET_PARENT);
		close(fd);
		fd = above;
	}
	base_close(&fd);
	return found;
}

/* Whether the program, which is not in the namespace that its entry names, has
 * made that of FD itself: in a user namespace below its own. */
static bool is_deeper(const struct locks *locks,
		      const struct enforce_running *entry, int fd,
		      bool is_user)
{
	int user = is_user ? fcntl(fd, F_DUPFD_CLOEXEC, 0) :
			     ioctl(fd, NS_GET_USERNS);

	return lies_in(user, entry->user_ns,
		       is_user || entry->user_ns == locks->user_ns);
}

/* In what root made for jail the program is without a sandbox. By these two no
 * process is taken for one of it. */
static bool is_jails(const struct enforce_running *entry, const char *kind,
		     uint64_t inode)
{
	return (strcmp(kind, "mnt") == 0 || strcmp(kind, "net") == 0) &&
	       registry_namespace(entry->jail, kind) == inode;
}

/* NAMED is what the entry says, 0 where jail could not see it; OURS that of who
 * looks. */
static int check_namespace(const struct locks *locks,
			   const struct enforce_running *entry,
			   const char *kind, uint64_t named, uint64_t ours,
			   struct error *err)
{
	bool is_user = strcmp(kind, "user") == 0;
	cleanup_close int fd = -1;
	struct stat st;
	char path[48];
	uid_t uid;

	if (entry->uid == 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)entry->program,
		 kind);
	if (stat(path, &st) < 0)
		return 0; /* seen by its start, or not to be seen */
	if (st.st_ino == named && named == ours)
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (named && st.st_ino != named &&
	    (strcmp(kind, "pid") == 0 ||
	     !is_deeper(locks, entry, fd, is_user)))
		return base_error(err, EBADF, "process %d is in another %s "
				  "namespace than it says",
				  (int)entry->program, kind);
	if (!owner_of(fd, !is_user, &uid) || uid == entry->uid ||
	    st.st_ino == ours || is_jails(entry, kind, st.st_ino))
		return 0;
	return base_error(err, EBADF, "the %s namespace of process %d belongs "
			  "to user %u", kind, (int)entry->program, uid);
}

static int check_namespaces(const struct locks *locks,
			    const struct enforce_running *entry,
			    struct error *err)
{
	const struct {
		const char *kind;
		uint64_t named, ours;
	} rows[] = {
		{"pid", entry->pid_ns, locks->pid_ns},
		{"user", entry->user_ns, locks->user_ns},
		{"mnt", entry->mnt_ns, locks->mnt_ns},
		{"net", entry->net_ns, locks->net_ns},
	};
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < ARRAY_SIZE(rows); i++)
		ret = check_namespace(locks, entry, rows[i].kind,
				      rows[i].named, rows[i].ours, err);
	return ret;
}

/* Without a user namespace of its own a process of root's may borrow the user
 * for a moment. */
static int check_user(const struct locks *locks,
		      const struct enforce_running *entry, pid_t pid,
		      struct error *err)
{
	uid_t uid;

	if (!user_of(pid, &uid))
		return gone(err);
	if (entry->uid == 0)
		return 0;
	if (uid == entry->uid && (entry->user_ns == locks->user_ns ||
				  pid != entry->program)) {
		int64_t real = base_process_number(pid, "Uid");

		if (real < 0)
			return gone(err);
		uid = (uid_t)real;
	}
	return uid == entry->uid ? 0 :
		base_error(err, EBADF, "process %d is user %u's", (int)pid,
			   uid);
}

/* jail's child, which began at START; 0: whenever. 1: it is not there. */
static int check_child(int proc, const struct enforce_running *entry,
		       pid_t pid, uint64_t start, struct error *err)
{
	struct enforce_member process;

	if (!pid || !members_read(proc, pid, &process) ||
	    process.state == 'Z' || (start && process.start != start))
		return 1;
	return process.parent == entry->jail ? 0 :
		base_error(err, EBADF, "process %d is no child of process %d",
			   (int)pid, (int)entry->jail);
}

/* PID 1 of its namespace. */
static bool is_init(pid_t pid)
{
	pid_t numbers[BASE_PID_DEPTH];
	size_t count = base_process_numbers(pid, numbers);

	return count > 1 && numbers[count - 1] == 1;
}

static int check_processes(const struct locks *locks,
			   const struct enforce_running *entry, pid_t *alive,
			   struct error *err)
{
	int program = check_child(locks->proc, entry, entry->program,
				  entry->start, err);
	int init = program < 0 ? program :
		   check_child(locks->proc, entry, entry->init, 0, err);
	int ret = check_user(locks, entry, entry->jail, err);

	if (ret < 0 || program < 0 || init < 0)
		return ret < 0 ? ret : -EBADF;
	*alive = program == 0 ? entry->program : entry->init;
	if (program != 0 && (init != 0 || !is_init(entry->init)))
		return gone(err);
	ret = check_user(locks, entry, *alive, err);
	if (ret == 0 && init == 0 && program == 0)
		ret = check_user(locks, entry, entry->init, err);
	return ret < 0 || program != 0 ? ret :
		check_namespaces(locks, entry, err);
}

/* What was seen of two moments is no lie: PROGRAM must still be there. */
static int check_again(const struct enforce_running *entry, int ret,
		       struct error *err)
{
	char state = ret == -EBADF ? base_process_state(entry->jail) : 0;

	return ret == -EBADF && (!state || state == 'Z') ? gone(err) : ret;
}

static int verify(const struct locks *locks,
		  const struct enforce_running *entry, int *program,
		  struct error *err)
{
	cleanup_close int fd = -1;
	pid_t pid = entry->ended ? 0 :
		    locks_holder(locks, entry->inode, entry->jail);
	int ret;

	if (!pid)
		return gone(err);
	if (pid != entry->jail)
		return check_again(entry, base_error(err, EBADF, "process %d "
			"holds it, not process %d", (int)pid,
			(int)entry->jail), err);
	/* What is seen after it was opened is seen of it. */
	if (program)
		fd = (int)syscall(SYS_pidfd_open, entry->program, 0);
	ret = check_processes(locks, entry, &pid, err);
	if (ret < 0)
		return check_again(entry, ret, err);
	if (program && pid != entry->program) {
		base_close(&fd);
		fd = (int)syscall(SYS_pidfd_open, pid, 0);
		if (check_child(locks->proc, entry, pid, 0, err) != 0 ||
		    !is_init(pid))
			return gone(err);
	}
	if (program && fd < 0)
		return gone(err);
	if (program)
		*program = take_fd(&fd);
	return 0;
}

/* Whose entry, and which, in front of how it lies. */
static int name_liar(const struct enforce_running *entry, int ret,
		     struct error *err)
{
	char name[256];

	if (ret == -EBADF)
		base_error_at(err, "an entry of user %u, '%s' (%d), is not "
			      "what it says", entry->uid,
			      base_printable(name, sizeof(name), entry->name),
			      (int)entry->program);
	return ret;
}

/* Its lock may have been missed, or have come after the list was read. */
static void read_again(struct locks *locks,
		       const struct enforce_running *entry)
{
	while (locks->again && !entry->ended &&
	       !locks_holder(locks, entry->inode, entry->jail) &&
	       base_process_state(entry->jail)) {
		locks->again--;
		(void)locks_read(locks, NULL);
	}
}

int enforce_registry_verify(const struct enforce_running *entry, int *program,
			    struct error *err)
{
	cleanup_locks struct locks locks = {.proc = -1};
	int ret = locks_open(&locks, err);

	if (ret < 0)
		return ret;
	read_again(&locks, entry);
	return name_liar(entry, verify(&locks, entry, program, err), err);
}

/* ---- all entries ---------------------------------------------------- */

struct running {
	struct locks locks;
	int (*callback)(void *data, const struct enforce_running *entry);
	void (*lies)(void *data, const struct enforce_running *entry,
		     const struct error *err);
	void *data;
};

static int each(void *data, const struct enforce_running *entry)
{
	struct running *self = data;
	struct error err = {0};
	int ret;

	if (entry->ended)
		return 0;
	read_again(&self->locks, entry);
	ret = name_liar(entry, verify(&self->locks, entry, NULL, &err), &err);
	if (ret == 0)
		return self->callback(self->data, entry);
	if (ret == -EBADF && self->lies)
		self->lies(self->data, entry, &err);
	return 0;
}

int enforce_registry_running(int (*callback)(void *data,
					     const struct enforce_running *),
			     void (*lies)(void *data,
					  const struct enforce_running *,
					  const struct error *err),
			     void *data, struct error *err)
{
	struct running self = {
		.callback = callback, .lies = lies, .data = data,
	};
	int ret = locks_open(&self.locks, err);

	if (ret == 0)
		ret = enforce_registry_each(each, &self);
	locks_free(&self.locks);
	return ret;
}

/* What is meant by a word: first an id, then a sandbox of the caller's own,
 * then those of others, who may call theirs as they like. */
enum meant { NOBODY, OTHERS, OWN, ID };

struct wanted {
	const char *word;
	uint64_t id;		/* 0: it is no number */
	struct enforce_running *entry;
	enum meant meant;
	size_t count;
	char ids[256];
};

static enum meant means(const struct wanted *wanted,
			const struct enforce_running *entry)
{
	if ((uint64_t)entry->program == wanted->id)
		return ID;
	if (strcmp(entry->name, wanted->word) != 0)
		return NOBODY;
	return entry->uid == geteuid() ? OWN : OTHERS;
}

static int find(void *data, const struct enforce_running *entry)
{
	struct wanted *wanted = data;
	enum meant meant = means(wanted, entry);
	size_t used;

	if (meant == NOBODY || meant < wanted->meant)
		return 0;
	if (meant > wanted->meant) {
		wanted->meant = meant;
		wanted->count = 0;
		*wanted->ids = '\0';
	}
	if (!wanted->count++)
		*wanted->entry = *entry;
	used = strlen(wanted->ids);
	snprintf(wanted->ids + used, sizeof(wanted->ids) - used, "%s%d",
		 used ? ", " : "", (int)entry->program);
	return 0;
}

int enforce_registry_find(const char *word, struct enforce_running *entry,
			  struct error *err)
{
	struct wanted wanted = {.word = word, .entry = entry};
	struct error refused;
	int ret;

	if (base_parse_number(word, INT32_MAX, &wanted.id) < 0)
		wanted.id = 0;
	ret = enforce_registry_running(find, NULL, &wanted, err);
	if (ret < 0 || wanted.count == 1)
		return ret;
	if (!wanted.count && enforce_registry_refused(&refused) < 0)
		return base_error(err, refused.code, "%s", refused.text);
	if (!wanted.count)
		return base_error(err, ENOENT, "no sandbox that runs has the "
				  "id or name '%s'; 'jail ps' shows them",
				  word);
	return base_error(err, EEXIST, "%zu sandboxes have the name '%s'; say "
			  "which one by its id: %s", wanted.count, word,
			  wanted.ids);
}
