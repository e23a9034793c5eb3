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

#define KILLS 1024u		/* rows of a kill that are remembered */
#define MARGIN 5000000		/* microseconds: a store may be late */
#define AGAIN 50000
#define OPEN_PATIENCE 100	/* milliseconds */
#define END_PATIENCE 100000	/* microseconds */
#define END_STEP 5000
#define REST 2000000

/* A row that was told, and with which count. */
struct told {
	int64_t id;
	uint64_t count;
	bool seen;		/* in the look that is being taken */
};

struct monitor_store {
	char *path;
	struct db *db;
	int64_t since;
	/* All that the last look had: the next one has some of it again. Those
	 * before SORTED stand by their ids. */
	struct told *told;
	size_t told_count, told_room, sorted;
	struct kill {
		pid_t pid;
		int64_t time;
		struct base_call call;
	} kills[KILLS];
	size_t kill_count;	/* that ever came */
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
		free(denials->stores[i].told);
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

static int by_id(const void *a, const void *b)
{
	const struct told *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

/* That of row ID, with the count that it had; a new one has 0. NULL without
 * memory. */
static struct told *told_of(struct monitor_store *store, int64_t id)
{
	struct told key = {.id = id}, *rows = store->told;
	size_t room = store->told_room ? store->told_room * 2 : 256;
	struct told *row = !store->sorted ? NULL :
		bsearch(&key, rows, store->sorted, sizeof(key), by_id);

	if (row)
		return row;
	if (store->told_count == store->told_room) {
		rows = reallocarray(rows, room, sizeof(*rows));
		if (!rows)
			return NULL;
		store->told = rows;
		store->told_room = room;
	}
	rows[store->told_count] = key;
	return &rows[store->told_count++];
}

/* What this look did not have is too old for the next one; of a look that
 * failed that is not known. */
static void forget_old(struct monitor_store *store, bool failed)
{
	size_t kept = 0;

	for (size_t i = 0; i < store->told_count; i++)
		if (store->told[i].seen || failed)
			store->told[kept++] = store->told[i];
	for (size_t i = 0; i < kept; i++)
		store->told[i].seen = false;
	if (kept)
		qsort(store->told, kept, sizeof(*store->told), by_id);
	store->told_count = store->sorted = kept;
}

static void note_kill(struct monitor_store *store,
		      const struct profiles_denial *denial)
{
	store->kills[store->kill_count++ % KILLS] = (struct kill){
		denial->pid, denial->time, denial->call,
	};
}

static int take(void *data, int64_t id, const char *program,
		const struct profiles_denial *denial)
{
	struct monitor_store *store = data;
	struct monitor_denials *denials = store->denials;
	struct told *told = told_of(store, id);
	uint64_t before = told ? told->count : 0;

	if (!told)
		return -ENOMEM;
	told->seen = true;
	if (denial->last_time - MARGIN > store->since)
		store->since = denial->last_time - MARGIN;
	if ((*denial->source && strcmp(denial->source, "jail") != 0) ||
	    denial->count <= before)
		return 0;
	told->count = denial->count;
	if (!before && denial->action == PROFILES_KILLED)
		note_kill(store, denial);
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
		forget_old(store, db_each_denial_since(
			store->db, store->since, take, store, NULL) < 0);
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

static const struct kill *find_kill(const struct monitor_store *store,
				    pid_t pid, int64_t since)
{
	size_t most = store->kill_count < KILLS ? store->kill_count : KILLS;

	for (size_t i = 0; i < most; i++)
		if (store->kills[i].pid == pid &&
		    store->kills[i].time >= since)
			return &store->kills[i];
	return NULL;
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
		const struct kill *kill;

		look(denials, store);
		kill = find_kill(store, pid, entry->began);
		if (kill) {
			*call = kill->call;
			return true;
		}
		if (!wait || base_now_monotonic() >= until)
			break;
		usleep(END_STEP);
	}
	if (wait)
		denials->rest = base_now_monotonic() + REST;
	return false;
}
