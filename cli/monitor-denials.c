/* SPDX-License-Identifier: MIT */
/*
 * monitor-denials: what was refused, from the stores of the sandboxes that are
 * followed. Whoever writes to a store changes a file beside it (inotify(7)), a
 * moment before it can be read: so it is looked at twice more.
 *
 * Only stores of the caller's own are opened: another user could have put
 * anything in the place of his.
 */
#include <libgen.h>
#include <string.h>
#include <sys/inotify.h>

#include "cli/monitor.h"

#define KNOWN 1024u		/* rows of which the count is remembered */
#define MARGIN 5000000		/* microseconds: a store may be late */
#define AGAIN 50000
#define OPEN_PATIENCE 100	/* milliseconds */
#define END_PATIENCE 100000	/* microseconds */
#define END_STEP 5000
#define REST 2000000

struct monitor_store {
	char *path;
	struct db *db;
	int64_t since;
	struct row {
		int64_t id;
		uint64_t count;
		pid_t pid;
		int64_t time;
		bool killed;
		struct base_call call;
	} rows[KNOWN];
	size_t row_count;	/* that ever came */
	struct monitor_denials *denials;
};

void monitor_denials_begin(struct monitor_denials *denials)
{
	denials->changes = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
}

void monitor_denials_end(struct monitor_denials *denials)
{
	for (size_t i = 0; i < denials->count; i++) {
		db_close(denials->stores[i].db);
		free(denials->stores[i].path);
	}
	free(denials->stores);
	base_close(&denials->changes);
}

static struct monitor_store *find(const struct monitor_denials *denials,
				  const char *path)
{
	for (size_t i = 0; i < denials->count; i++)
		if (strcmp(denials->stores[i].path, path) == 0)
			return &denials->stores[i];
	return NULL;
}

void monitor_denials_add(struct monitor_denials *denials,
			 const struct enforce_running *entry)
{
	struct monitor_store *more;
	cleanup_free char *copy = strdup(entry->store), *path = NULL;

	if (entry->uid != geteuid() || !*entry->store || !copy ||
	    find(denials, entry->store))
		return;
	path = strdup(entry->store);
	more = reallocarray(denials->stores, denials->count + 1,
			    sizeof(*more));
	if (more)
		denials->stores = more;
	if (!more || !path)
		return;
	more += denials->count++;
	memset(more, 0, sizeof(*more));
	more->path = take_ptr(path);
	more->since = entry->began;
	(void)inotify_add_watch(denials->changes, dirname(copy), IN_MODIFY |
				IN_CREATE | IN_MOVED_TO);
	denials->look_at = base_now_monotonic();
}

static struct row *row_of(struct monitor_store *store, int64_t id)
{
	size_t most = store->row_count < KNOWN ? store->row_count : KNOWN;

	for (size_t i = 0; i < most; i++)
		if (store->rows[i].id == id)
			return &store->rows[i];
	return NULL;
}

static int take(void *data, int64_t id, const char *program,
		const struct profiles_denial *denial)
{
	struct monitor_store *store = data;
	struct monitor_denials *denials = store->denials;
	struct row *row = row_of(store, id);
	uint64_t before = row ? row->count : 0;

	if (denial->last_time - MARGIN > store->since)
		store->since = denial->last_time - MARGIN;
	if ((*denial->source && strcmp(denial->source, "jail") != 0) ||
	    denial->count <= before)
		return 0;
	if (!row)
		row = &store->rows[store->row_count++ % KNOWN];
	*row = (struct row){
		.id = id, .count = denial->count, .pid = denial->pid,
		.time = denial->time, .call = denial->call,
		.killed = denial->action == PROFILES_KILLED,
	};
	denials->tell(denials->data, program, denial, id,
		      before ? denial->count - before : 0);
	return 0;
}

/* A store that cannot be read now is read when it changes. */
static void look(struct monitor_denials *denials, struct monitor_store *store)
{
	store->denials = denials;
	if (!store->db && db_open_patient(&store->db, store->path, DB_READ,
					  OPEN_PATIENCE, NULL) < 0)
		return;
	if (db_changed(store->db))
		(void)db_each_denial_since(store->db, store->since, take,
					   store, NULL);
}

static void look_at_all(struct monitor_denials *denials)
{
	for (size_t i = 0; i < denials->count; i++)
		look(denials, &denials->stores[i]);
}

void monitor_denials_look(struct monitor_denials *denials, bool changed)
{
	char ignored[16384];
	int64_t now = base_now_monotonic();
	bool again = denials->look_at && now >= denials->look_at;

	if (!changed && !again)
		return;
	if (changed)
		(void)!read(denials->changes, ignored, sizeof(ignored));
	denials->look_at = changed ? now + AGAIN : 0;
	look_at_all(denials);
}

bool monitor_denials_of(struct monitor_denials *denials,
			const struct enforce_running *entry, pid_t pid,
			bool wait, struct base_call *call)
{
	int64_t now = base_now_monotonic(), until = now + END_PATIENCE;
	struct monitor_store *store = find(denials, entry->store);

	if (!store || !entry->supervised)
		return false;
	wait = wait && now >= denials->rest;
	for (;;) {
		size_t most;

		look(denials, store);
		most = store->row_count < KNOWN ? store->row_count : KNOWN;
		for (size_t i = 0; i < most; i++) {
			const struct row *row = &store->rows[i];

			if (row->pid == pid && row->killed &&
			    row->time >= entry->began) {
				*call = row->call;
				return true;
			}
		}
		if (!wait || base_now_monotonic() >= until)
			break;
		usleep(END_STEP);
	}
	if (wait)
		denials->rest = base_now_monotonic() + REST;
	return false;
}
