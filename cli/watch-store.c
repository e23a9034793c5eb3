/* SPDX-License-Identifier: MIT */
/*
 * watch-store: the store, held open and followed. Whoever writes to it changes
 * a file beside it, which inotify(7) tells; whether it was another than us,
 * sqlite knows.
 */
#include <libgen.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "cli/watch.h"

enum {
	AGAIN_FIRST = 5,
	AGAIN_LAST = 1000,
	STRANGE = 5000000	/* microseconds */
};

int watch_store_open(struct watch_store *store, struct error *err)
{
	struct db *db = NULL;
	struct stat st;
	int ret = db_open_patient(&db, store->path, DB_WRITE, WATCH_PATIENCE,
				  err);

	if (ret < 0)
		return ret;
	db_close(store->db);
	store->db = db;
	store->strange_since = 0;
	if (stat(store->path, &st) < 0)
		return 0;
	store->device = st.st_dev;
	store->inode = st.st_ino;
	return 0;
}

void watch_store_follow(struct watch_store *store)
{
	cleanup_free char *copy = strdup(store->path);

	store->changes = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (store->changes >= 0 && copy &&
	    inotify_add_watch(store->changes, dirname(copy),
			      IN_MODIFY | IN_CREATE | IN_MOVED_TO |
			      IN_DELETE | IN_MOVE_SELF) >= 0)
		return;
	base_close(&store->changes);
}

void watch_store_close(struct watch_store *store)
{
	db_close(take_ptr(store->db));
	base_close(&store->changes);
	base_free(&store->path);
}

int watch_store_renew(struct watch_store *store, struct error *err)
{
	struct stat st;
	int ret;

	if (stat(store->path, &st) < 0 ||
	    (st.st_dev == store->device && st.st_ino == store->inode))
		return 0;
	ret = watch_store_open(store, err);
	if (ret == 0) {
		/* Its folder may be another, too. */
		base_close(&store->changes);
		watch_store_follow(store);
		store->again = AGAIN_FIRST;
		return 1;
	}
	/* It may be about to become a store. */
	if (!store->strange_since)
		store->strange_since = base_now_monotonic();
	store->again = AGAIN_LAST / 10;
	return base_now_monotonic() - store->strange_since < STRANGE ? 0 : ret;
}

static bool is_ours(const struct watch_store *store,
		    const struct inotify_event *event)
{
	const char *slash = strrchr(store->path, '/');
	const char *file = slash ? slash + 1 : store->path;

	return event->mask & IN_Q_OVERFLOW ||
	       (event->len && strncmp(event->name, file, strlen(file)) == 0);
}

/* So much at once: whoever writes beside the store without a pause keeps nobody
 * from being read. Without its folder there is nothing to be told: it is looked
 * at once a second until it is open again. */
static bool drain(struct watch_store *store)
{
	char buffer[65536]
		__attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t size = read(store->changes, buffer, sizeof(buffer));
	bool ours = false, gone = false;

	for (char *at = buffer; size > 0 && at < buffer + size;) {
		const struct inotify_event *event = (void *)at;

		ours |= is_ours(store, event);
		gone |= event->mask & (IN_IGNORED | IN_MOVE_SELF);
		at += sizeof(*event) + event->len;
	}
	if (gone)
		base_close(&store->changes);
	return ours || gone;
}

int watch_store_wait(const struct watch_store *store)
{
	if (store->again)
		return store->again;
	return store->changes < 0 ? AGAIN_LAST : -1;
}

/* Its file changes a moment before what was written can be read, which is told
 * by shared memory alone (https://sqlite.org/walformat.html): it is looked at
 * again, at growing distances. */
bool watch_store_stirs(struct watch_store *store, bool readable, bool slept)
{
	bool stirs;

	if (readable && drain(store))
		store->again = AGAIN_FIRST;
	stirs = store->again || store->changes < 0;
	if (slept)
		store->again = store->again < AGAIN_LAST ? store->again * 2 : 0;
	return stirs;
}
