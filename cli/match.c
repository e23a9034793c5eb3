/* SPDX-License-Identifier: MIT */
/*
 * match: which profile a record of the kernel belongs to.
 *
 *   a sandbox that runs, or has just ended, by its process, user and time
 *   a program whose sessions saw the executable
 *   a program of the executable's name
 *   with --all: the executable's name itself
 *
 * What our own supervisor answers it also tells: such records are passed over,
 * for they are in the store already, with their arguments.
 */
#include <limits.h>

#include "cli/watch.h"

enum {
	RUNNING_MOST = 4096,
	OF_ANOTHER = 512,	/* of those, of one user */
	LOOK_EVERY = 1000000,	/* microseconds */
	CHECK_EVERY = 1000,	/* likewise */
	TICK = 10000,		/* records have the time of the last one */
	SLACK = 5000000		/* around a sandbox's life */
};

struct match_exe {
	char *path;
	char *program;
	bool first;		/* it is the program's own executable */
};

/* ---- what the store has ----------------------------------------------- */

static int by_path(const void *a, const void *b)
{
	const struct match_exe *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void forget_store(struct match *match)
{
	for (size_t i = 0; i < match->exe_count; i++) {
		free(match->exes[i].path);
		free(match->exes[i].program);
	}
	for (size_t i = 0; i < match->program_count; i++)
		free(match->programs[i]);
	base_free(&match->exes);
	base_free(&match->programs);
	match->exe_count = match->program_count = 0;
}

static int add_exe(void *data, const char *program, const char *path,
		   bool first)
{
	struct match *match = data;
	struct match_exe *exes = reallocarray(match->exes, match->exe_count + 1,
					      sizeof(*exes));

	if (!exes)
		return -ENOMEM;
	match->exes = exes;
	exes += match->exe_count;
	*exes = (struct match_exe){
		.path = strdup(path), .program = strdup(program),
		.first = first,
	};
	match->exe_count++;
	return exes->path && exes->program ? 0 : -ENOMEM;
}

static int add_program(void *data, const struct db_program *row)
{
	struct match *match = data;
	char **programs;

	if (!row->known)
		return 0; /* a stranger's, of an earlier --all */
	programs = reallocarray(match->programs, match->program_count + 1,
				sizeof(*programs));
	if (!programs)
		return -ENOMEM;
	match->programs = programs;
	programs[match->program_count] = strdup(row->name);
	return programs[match->program_count++] ? 0 : -ENOMEM;
}

int match_read(struct match *match, struct db *db, struct error *err)
{
	int ret;

	forget_store(match);
	base_error(err, ENOMEM, "out of memory");
	ret = db_each_executable(db, add_exe, match, err);
	if (ret == 0)
		ret = db_each_program(db, add_program, match, err);
	if (match->exe_count)
		qsort(match->exes, match->exe_count, sizeof(*match->exes),
		      by_path);
	if (match->program_count)
		qsort(match->programs, match->program_count,
		      sizeof(*match->programs), by_name);
	match->version++;
	return ret;
}

/* ---- the sandboxes ---------------------------------------------------- */

/* They come user by user, and a user can make up as many as he likes. */
static bool has_enough(const struct match *match, uid_t uid)
{
	size_t count = match->running_count;

	return uid != geteuid() && count >= OF_ANOTHER &&
	       match->running[count - OF_ANOTHER].uid == uid;
}

static int add_running(void *data, const struct enforce_running *entry)
{
	struct match *match = data;
	struct enforce_running *running;

	if (has_enough(match, entry->uid))
		return 0;
	if (match->running_count == RUNNING_MOST)
		return 1;
	running = reallocarray(match->running, match->running_count + 1,
			       sizeof(*running));
	if (!running)
		return 1;
	match->running = running;
	running[match->running_count++] = *entry;
	if (entry->began - SLACK < match->first)
		match->first = entry->began - SLACK;
	if (!entry->ended)
		match->last = INT64_MAX;
	else if (entry->ended + SLACK > match->last)
		match->last = entry->ended + SLACK;
	return 0;
}

void match_look(struct match *match)
{
	size_t before = match->running_count;
	int64_t now = base_now();
	uint64_t registry = enforce_registry_version();
	bool changed = registry != match->registry;

	match->checked = now;
	if (match->looked && !changed &&
	    base_now_monotonic() - match->looked < LOOK_EVERY)
		return;
	match->registry = registry;
	match->looked = base_now_monotonic();
	match->running_count = 0;
	match->first = INT64_MAX;
	match->last = 0;
	(void)enforce_registry_each(add_running, match);
	match->version += changed || before != match->running_count;
}

void match_look_for(struct match *match, int64_t time)
{
	int64_t since = base_now() - match->checked;

	/* Negative: the clock was set back. */
	if (since < 0 || (time + TICK >= match->checked &&
			  since >= CHECK_EVERY))
		match_look(match);
}

void match_free(struct match *match)
{
	forget_store(match);
	for (size_t i = 0; i < match->stranger_count; i++)
		free(match->strangers[i]);
	free(match->running);
	free(match->store);
}

bool match_covers(const struct match *match, int64_t time)
{
	return match->running_count && time >= match->first &&
	       time <= match->last;
}

/* Of what is gone only user, executable and time are left to go by. */
bool match_knows(const struct match *match, pid_t pid)
{
	for (size_t i = 0; i < match->running_count && i < 64; i++)
		if (match->running[i].program == pid)
			return true;
	return kill(pid, 0) == 0 || errno == EPERM;
}

/* A program can change its name with each call, and then each record is looked
 * up: of those that are gone nothing in /proc needs to be asked, entry by
 * entry. */
static bool is_out(const struct enforce_running *entry,
		   const struct profiles_denial *denial)
{
	return entry->program != denial->pid &&
	       strcmp(entry->exe, denial->exe) != 0;
}

/* The entry that the record fits best. */
static const struct enforce_running *find_running(
	const struct match *match, const struct profiles_denial *denial)
{
	const struct enforce_running *best = NULL;
	enum enforce_tie best_tie = ENFORCE_TIE_NONE, tie;
	bool gone = kill(denial->pid, 0) < 0 && errno == ESRCH;
	struct enforce_suspect suspect = {
		.pid = denial->pid, .uid = denial->uid, .exe = denial->exe,
		.time = denial->time,
	};

	for (size_t i = 0; i < match->running_count; i++) {
		const struct enforce_running *entry = &match->running[i];

		if (gone && is_out(entry, denial))
			continue;
		tie = enforce_registry_tie(entry, &suspect);
		if (tie > best_tie) {
			best_tie = tie;
			best = entry;
		}
	}
	return best;
}

/* ---- by name ---------------------------------------------------------- */

static bool is_program(const struct match *match, const char *name)
{
	return match->program_count &&
	       bsearch(&name, match->programs, match->program_count,
		       sizeof(*match->programs), by_name);
}

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The first of those with PATH, which follow each other; NULL: none has it. */
static const struct match_exe *find_exe(const struct match *match,
					const char *path)
{
	const struct match_exe key = {.path = (char *)(uintptr_t)path};
	const struct match_exe *found = !match->exe_count ? NULL :
		bsearch(&key, match->exes, match->exe_count,
			sizeof(*match->exes), by_path);

	while (found && found > match->exes &&
	       strcmp(found[-1].path, path) == 0)
		found--;
	return found;
}

/* Of several programs that saw the executable the one whose own it is; of
 * several such, the one of its name, or else none: nobody knows which. EXE is
 * the first of them, or NULL. */
static const char *program_of(const struct match *match,
			      const struct match_exe *exe, const char *path)
{
	const struct match_exe *end = match->exes + match->exe_count;
	const char *found = NULL;
	bool own = false, several = false;

	for (; exe && exe < end && strcmp(exe->path, path) == 0; exe++) {
		if (own && !exe->first)
			continue;
		if (strcmp(exe->program, base_of(path)) == 0)
			return exe->program;
		several = found && own == exe->first;
		own = exe->first;
		found = exe->program;
	}
	return several ? NULL : found;
}

/* A hostile program chooses its name, and as many as it likes. */
static const char *stranger(struct match *match, const char *name)
{
	for (size_t i = 0; i < match->stranger_count; i++)
		if (strcmp(match->strangers[i], name) == 0)
			return name;
	if (match->stranger_count == ARRAY_SIZE(match->strangers))
		return "(others)";
	match->strangers[match->stranger_count] = strdup(name);
	if (!match->strangers[match->stranger_count])
		return "(others)";
	return match->strangers[match->stranger_count++];
}

/* "/usr/bin/x (deleted)" was /usr/bin/x. */
static void path_of(const struct profiles_denial *denial, char *path,
		    size_t size)
{
	static const char deleted[] = " (deleted)";
	size_t length;

	snprintf(path, size, "%s", *denial->exe ? denial->exe : denial->comm);
	length = strlen(path);
	if (length > strlen(deleted) &&
	    strcmp(path + length - strlen(deleted), deleted) == 0)
		path[length - strlen(deleted)] = '\0';
}

static const char *by_executable(struct match *match, const char *path)
{
	const struct match_exe *seen = find_exe(match, path);
	const char *name = program_of(match, seen, path);
	const char *base = base_of(path);
	struct error err;

	if (name)
		return name;
	if (is_program(match, base))
		return base;
	if (!match->all && !seen)
		return NULL;
	if (cli_profile_name(NULL, base, &base, &err) < 0)
		return "(others)";
	return stranger(match, base);
}

/* ---- both ------------------------------------------------------------- */

/* How jail's filters keep a newer libc alive: clone3 and calls that it does not
 * know are said not to exist. That is no denial. */
static bool is_fallback(const struct profiles_denial *denial)
{
	const char *name = base_call_name(denial->call);

	return denial->action == PROFILES_ERRNO &&
	       (!name || strcmp(name, "clone3") == 0 ||
		denial->call.number > base_call_highest(denial->call.arch));
}

static bool told_by_jail(const struct enforce_running *entry,
			 const struct profiles_denial *denial)
{
	return entry->supervised && (denial->action == PROFILES_NOTIFIED ||
				     denial->action == PROFILES_ERRNO);
}

/* An entry can name any store: that counts from who may write to it. */
static bool is_of_store(const struct match *match,
			const struct enforce_running *entry)
{
	return (entry->uid == match->owner || entry->uid == 0) &&
	       match->store && strcmp(entry->store, match->store) == 0;
}

bool match_program(struct match *match,
		   const struct profiles_denial *denial, bool now,
		   char *program, size_t size)
{
	const struct enforce_running *entry =
		now ? find_running(match, denial) : NULL;
	const char *name;
	char path[PATH_MAX];

	if (entry && told_by_jail(entry, denial))
		return false;
	path_of(denial, path, sizeof(path));
	name = by_executable(match, path);
	if (entry && is_of_store(match, entry))
		name = entry->profile;
	if (!name || is_fallback(denial))
		return false;
	snprintf(program, size, "%s", name);
	return true;
}
