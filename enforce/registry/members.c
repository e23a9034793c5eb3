/* SPDX-License-Identifier: MIT */
/*
 * The processes of sandboxes, in one pass over /proc. A process is in the
 * sandbox whose program or init is the nearest of its ancestors; of the others,
 * such as those that joined, in the one whose PID namespace it has. So nothing
 * that makes namespaces of its own gets away, and few have to be asked for
 * theirs. Kernel threads are nobody's.
 */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "enforce/registry/registry.h"

#define NONE SIZE_MAX
#define MOST (1 << 22)		/* processes: PID_MAX_LIMIT */
#define KTHREADD 2

struct table {
	struct enforce_member *rows;	/* by PID */
	size_t count, room;
};

/* What is known by a number: a process, a namespace. */
struct mark {
	uint64_t number;
	size_t sandbox;
};

struct members {
	const struct enforce_running *entries;
	size_t count;
	struct table table;
	struct mark *roots, *namespaces;
	size_t root_count, namespace_count;
	int proc;		/* the folder */
};

/* ---- what /proc says ------------------------------------------------ */

bool members_read(int proc, pid_t pid, struct enforce_member *member)
{
	struct base_process process;

	if (!base_process_read(proc, pid, &process))
		return false;
	*member = (struct enforce_member){
		.sandbox = NONE, .pid = pid, .parent = process.parent,
		.state = process.state, .start = process.start,
		.cpu = process.cpu, .memory = process.memory,
	};
	memcpy(member->comm, process.comm, sizeof(member->comm));
	return true;
}

static struct enforce_member *add_row(struct table *table)
{
	struct enforce_member *rows;
	size_t room = table->room ? table->room * 2 : 1024;

	if (table->count < table->room)
		return &table->rows[table->count];
	rows = table->count < MOST ?
		reallocarray(table->rows, room, sizeof(*rows)) : NULL;
	if (!rows)
		return NULL;
	table->rows = rows;
	table->room = room;
	return &table->rows[table->count];
}

static int by_pid(const void *a, const void *b)
{
	const struct enforce_member *x = a, *y = b;

	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

static int read_all(struct members *self, struct error *err)
{
	DIR *dir = fdopendir(fcntl(self->proc, F_DUPFD_CLOEXEC, 0));
	const struct dirent *entry;
	uint64_t pid;
	int ret = 0;

	if (!dir)
		return base_error(err, errno, "cannot read /proc: %m");
	while (ret == 0 && (entry = readdir(dir))) {
		struct enforce_member *row;

		if (base_parse_number(entry->d_name, INT32_MAX, &pid) < 0)
			continue;
		row = add_row(&self->table);
		if (!row)
			ret = base_error(err, ENOMEM, "out of memory");
		else
			self->table.count += members_read(
				self->proc, (pid_t)pid, row);
	}
	closedir(dir);
	qsort(self->table.rows, self->table.count, sizeof(*self->table.rows),
	      by_pid);
	return ret;
}

static struct enforce_member *find_process(const struct members *self,
					   pid_t pid)
{
	struct enforce_member key = {.pid = pid};

	return bsearch(&key, self->table.rows, self->table.count, sizeof(key),
		       by_pid);
}

/* ---- whose they are ------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

static size_t find_mark(const struct mark *marks, size_t count,
			uint64_t number)
{
	struct mark key = {.number = number};
	const struct mark *mark = bsearch(&key, marks, count, sizeof(key),
					  by_number);

	return mark ? mark->sandbox : NONE;
}

/* Program and init are jail's children. */
static void mark_root(struct members *self, size_t sandbox, pid_t pid,
		      uint64_t start)
{
	const struct enforce_member *row = pid > 0 ? find_process(self, pid) :
						     NULL;

	if (row && row->parent == self->entries[sandbox].jail &&
	    (!start || row->start == start))
		self->roots[self->root_count++] =
			(struct mark){(uint64_t)pid, sandbox};
}

static int mark_all(struct members *self, struct error *err)
{
	uint64_t ours = registry_namespace(getpid(), "pid");

	self->roots = calloc(2 * self->count + 1, sizeof(*self->roots));
	self->namespaces = calloc(self->count + 1, sizeof(*self->namespaces));
	if (!self->roots || !self->namespaces)
		return base_error(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < self->count; i++) {
		const struct enforce_running *entry = &self->entries[i];

		mark_root(self, i, entry->program, entry->start);
		mark_root(self, i, entry->init, 0);
		if (entry->pid_ns && entry->pid_ns != ours)
			self->namespaces[self->namespace_count++] =
				(struct mark){entry->pid_ns, i};
	}
	qsort(self->roots, self->root_count, sizeof(*self->roots), by_number);
	qsort(self->namespaces, self->namespace_count,
	      sizeof(*self->namespaces), by_number);
	return 0;
}

/* By its ancestors. What was found for one of them before is not looked for
 * again. */
static size_t by_ancestors(const struct members *self,
			   const struct enforce_member *row)
{
	for (size_t steps = 0; row && steps < self->table.count; steps++) {
		size_t found = row->sandbox != NONE ? row->sandbox :
			find_mark(self->roots, self->root_count,
				  (uint64_t)row->pid);

		if (found != NONE)
			return found;
		row = row->parent > KTHREADD ?
			find_process(self, row->parent) : NULL;
	}
	return NONE;
}

static size_t by_namespace(const struct members *self, pid_t pid)
{
	struct stat st;
	char path[32];

	snprintf(path, sizeof(path), "%d/ns/pid", (int)pid);
	if (!self->namespace_count || fstatat(self->proc, path, &st, 0) < 0)
		return NONE;
	return find_mark(self->namespaces, self->namespace_count, st.st_ino);
}

static bool is_kernels(const struct enforce_member *row)
{
	return row->pid <= KTHREADD || row->parent == KTHREADD;
}

/* Those that are not there any more are left out. */
static bool find_user(const struct members *self, struct enforce_member *row)
{
	struct stat st;
	char path[16];

	snprintf(path, sizeof(path), "%d", (int)row->pid);
	if (fstatat(self->proc, path, &st, 0) < 0)
		return false;
	row->uid = st.st_uid;
	return true;
}

/* A process of a namespace may have had children in the same, or deeper: hence
 * ancestors again. */
static int tell_all(struct members *self,
		    int (*each)(void *data,
				const struct enforce_member *member),
		    void *data)
{
	struct table *table = &self->table;
	int ret = 0;

	for (size_t i = 0; i < table->count; i++)
		table->rows[i].sandbox = by_ancestors(self, &table->rows[i]);
	for (size_t i = 0; i < table->count; i++)
		if (table->rows[i].sandbox == NONE &&
		    !is_kernels(&table->rows[i]))
			table->rows[i].sandbox = by_namespace(
				self, table->rows[i].pid);
	for (size_t i = 0; ret == 0 && i < table->count; i++) {
		struct enforce_member *row = &table->rows[i];

		if (row->sandbox == NONE)
			row->sandbox = by_ancestors(self, row);
		if (row->sandbox != NONE && find_user(self, row))
			ret = each(data, row);
	}
	return ret;
}

int enforce_members(const struct enforce_running *entries, size_t count,
		    int (*each)(void *data,
				const struct enforce_member *member),
		    void *data, struct error *err)
{
	cleanup_close int proc = open("/proc", O_RDONLY | O_DIRECTORY |
				      O_CLOEXEC);
	struct members self = {
		.entries = entries, .count = count, .proc = proc,
	};
	int ret = proc < 0 ? base_error(err, errno, "cannot open /proc: %m") :
		  count ? read_all(&self, err) : 0;

	if (ret == 0 && count)
		ret = mark_all(&self, err);
	if (ret == 0 && count)
		ret = tell_all(&self, each, data);
	free(self.table.rows);
	free(self.roots);
	free(self.namespaces);
	return ret;
}
