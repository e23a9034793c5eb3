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
 * writes that down (look.c). Programs see none of these folders (cli/policy.c,
 * plan/own.c). Whatever fails here is no failure of the run.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

#include "enforce/registry/folders.h"

#define STAMP ".swept"		/* when the folder was looked through */
#define SWEEP_EVERY (60 * INT64_C(1000000))

/* ---- the beginning -------------------------------------------------- */

uint64_t registry_namespace(pid_t pid, const char *name)
{
	struct stat st;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, name);
	return stat(path, &st) == 0 ? st.st_ino : 0;
}

/* As registry_namespace() has them, with one way to all. */
static void describe_namespaces(struct enforce_running *entry)
{
	const struct {
		const char *name;
		uint64_t *number;
	} rows[] = {
		{"user", &entry->user_ns}, {"pid", &entry->pid_ns},
		{"mnt", &entry->mnt_ns}, {"net", &entry->net_ns},
	};
	cleanup_close int folder = -1;
	struct stat st;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/ns", (int)entry->program);
	folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (fstatat(folder, rows[i].name, &st, 0) == 0)
			*rows[i].number = st.st_ino;
}

/* Its words, with nothing that a terminal obeys. */
static void describe_command(const struct enforce_plan *plan,
			     struct enforce_running *entry)
{
	char text[sizeof(entry->command)];
	size_t used = 0;

	text[0] = '\0';
	for (char *const *word = plan->argv; word && *word &&
	     used < sizeof(text); word++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "%s%s", used ? " " : "", *word);
	base_printable(entry->command, sizeof(entry->command), text);
}

static void describe_names(const struct enforce_plan *plan,
			   const struct enforce_sandbox *sandbox,
			   struct enforce_running *entry)
{
	const char *store = plan->context.store, *name = plan->program;

	if (enforce_sandboxed(plan) && plan->policy->name)
		name = plan->policy->name;
	snprintf(entry->profile, sizeof(entry->profile), "%s", plan->program);
	snprintf(entry->name, sizeof(entry->name), "%s", name);
	snprintf(entry->store, sizeof(entry->store), "%s", store ? store : "");
	snprintf(entry->cgroup, sizeof(entry->cgroup), "%s",
		 sandbox->cgroup ? sandbox->cgroup : "");
	snprintf(entry->address, sizeof(entry->address), "%s",
		 sandbox->address);
}

static void describe(const struct enforce_plan *plan,
		     const struct enforce_sandbox *sandbox, bool supervised,
		     struct enforce_running *entry)
{
	cleanup_free char *exe = NULL;
	pid_t program = sandbox->program;

	memset(entry, 0, sizeof(*entry));
	entry->jail = getpid();
	entry->program = program;
	entry->init = sandbox->init;
	entry->start = base_process_start(program);
	entry->began = base_now();
	describe_namespaces(entry);
	entry->supervised = supervised;
	base_boot_id(entry->boot_id);
	/* As the kernel resolved it; one that has ended by now has none. */
	base_process_exe(program, &exe, NULL);
	snprintf(entry->exe, sizeof(entry->exe), "%s", exe ? exe : plan->path);
	describe_names(plan, sandbox, entry);
	describe_command(plan, entry);
}

/* One that is there is of a jail that was killed, and had this number. */
static int make_file(int folder, const char *name)
{
	int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(folder, name, flags, 0600);

	if (fd < 0 && errno == EEXIST && unlinkat(folder, name, 0) == 0)
		fd = openat(folder, name, flags, 0600);
	return fd;
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

	look_name(name, entry);
	snprintf(until, sizeof(until), "0-%d", (int)entry->jail);
	fd = make_file(folder, until);
	if (fd < 0 || !text)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 &&
	    base_write_all(fd, text, strlen(text)) == 0 &&
	    renameat(folder, until, folder, name) == 0)
		return take_fd(&fd);
	unlinkat(folder, until, 0);
	return -1;
}

/* First the door: an entry that says so can be joined. */
static int open_door(int folder, struct enforce_sandbox *sandbox,
		     struct enforce_running *entry)
{
	int door, fd;
	char name[64];

	look_name(name, entry);
	door = door_open(folder, name);
	entry->joinable = door >= 0;
	fd = write_entry(folder, entry);
	if (fd < 0 && door >= 0) {
		door_remove(folder, name);
		base_close(&door);
	}
	sandbox->door = door + 1;
	return fd;
}

static void say(const struct enforce_plan *plan, const struct error *err)
{
	cleanup_free char *text = base_printf(
		"there is no place to note that this runs: 'jail watch' will "
		"know it by its executable alone, and 'jail ps' not at all%s%s",
		err->code ? "; " : "", err->text);

	if (text)
		plan->debug(text);
}

void registry_begin(const struct enforce_plan *plan,
		    struct enforce_sandbox *sandbox, bool supervised)
{
	struct error err = {0};
	cleanup_close int folder = folders_find(true, &err);
	struct enforce_running entry;
	int fd = -1;

	/* What another's /proc says would be of others. */
	if (folder >= 0 && base_proc_is_ours()) {
		describe(plan, sandbox, supervised, &entry);
		fd = open_door(folder, sandbox, &entry);
	}
	if (fd < 0 && plan->debug)
		say(plan, &err);
	if (plan->claim)
		base_close(plan->claim);
	sandbox->entry = fd < 0 ? 0 : fd + 1;
}

void registry_denied(const struct enforce_sandbox *sandbox, uint64_t denied)
{
	char text[REGISTRY_DENIED_SIZE + 1];

	registry_print_denied(text, denied);
	if (sandbox->entry)
		(void)!pwrite(sandbox->entry - 1, text, REGISTRY_DENIED_SIZE,
			      REGISTRY_DENIED_AT);
}

/* ---- the end -------------------------------------------------------- */

/* True if nobody has looked through it for a while; then it is now. A new stamp
 * is empty. */
static bool sweep_is_due(int folder)
{
	cleanup_close int fd = openat(folder, STAMP, O_WRONLY | O_CREAT |
				      O_NOFOLLOW | O_CLOEXEC, 0600);
	struct stat st;
	int64_t age;

	if (fd < 0 || fstat(fd, &st) < 0)
		return false;
	age = base_now() - look_changed(&st);
	if (age >= 0 && age < SWEEP_EVERY && st.st_size)
		return false;
	return pwrite(fd, "\n", 1, 0) == 1;
}

void registry_end(struct enforce_sandbox *sandbox, bool sweep)
{
	cleanup_close int fd = sandbox->entry - 1;
	cleanup_close int folder = -1;
	int door = sandbox->door - 1;

	if (fd < 0)
		return;
	sandbox->entry = 0;
	look_write_end(fd, base_now());
	door_close(&door);
	sandbox->door = 0;
	folder = sweep ? folders_find(false, NULL) : -1;
	if (folder >= 0 && sweep_is_due(folder))
		look_sweep(take_fd(&folder));
}
