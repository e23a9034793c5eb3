/* SPDX-License-Identifier: MIT */
/*
 * Which of the kernel's records were counted, by host, serial and time.
 *
 * A row is either a range: what a watch read from a source that leaves nothing
 * out, so that all between its corners was counted. Or it is a list of single
 * records, exact to the bit (covered-list.c).
 *
 * A watch has one range a boot, which grows; it never keeps the watch's own
 * next records from being counted, for the kernel may send 6 before 5. It is
 * closed, and another begins, where serial and time do not go on together: at a
 * reboot, or where the clock was set. That costs a row and loses nothing.
 */
#include "db/covered.h"

enum {
	LIST_LIMIT = 512,		/* runs of a list */
	RANGE_LIMIT = 1000,		/* new ones of a batch: no log has more
					 * boots, but a hostile one may */
	DISORDER = 4096,		/* serials, and microseconds, that the
					 * kernel may mix up */
	DISORDER_TIME = 1000000
};

int covered_compare(const void *a, const void *b)
{
	const struct db_event *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return (x->serial > y->serial) - (x->serial < y->serial);
}

/* ---- reading ------------------------------------------------------------ */

void covered_free(struct covered_view *view)
{
	free(view->ranges);
	free(view->runs);
	*view = (struct covered_view){ 0 };
}

static int add_range(struct covered_view *view,
		     const struct covered_range *range, struct error *err)
{
	struct covered_range *new;

	if (view->range_count == view->range_room) {
		size_t room = view->range_room ? 2 * view->range_room : 64;
		struct covered_range *ranges = reallocarray(
			view->ranges, room, sizeof(*ranges));

		if (!ranges)
			return base_error(err, ENOMEM, "out of memory");
		view->ranges = ranges;
		view->range_room = room;
	}
	new = &view->ranges[view->range_count++];
	*new = *range;
	new->reach = new->last_time;
	if (view->range_count > 1 && new[-1].reach > new->reach)
		new->reach = new[-1].reach;
	return 0;
}

/* Columns: id, first and last serial, first and last time, events. */
static struct covered_range row_range(sqlite3_stmt *stmt)
{
	return (struct covered_range){
		.id = sqlite3_column_int64(stmt, 0),
		.first_serial = (uint32_t)sqlite3_column_int64(stmt, 1),
		.last_serial = (uint32_t)sqlite3_column_int64(stmt, 2),
		.first_time = covered_time(sqlite3_column_int64(stmt, 3)),
		.last_time = covered_time(sqlite3_column_int64(stmt, 4)),
	};
}
#define COLUMNS                                                                \
	"id, first_serial, last_serial, first_time, last_time, events"

static int take_row(struct covered_view *view, sqlite3_stmt *stmt,
		    struct error *err)
{
	struct covered_range range = row_range(stmt);

	if (sqlite3_column_type(stmt, 5) == SQLITE_NULL)
		return add_range(view, &range, err);
	return covered_take_runs(view, stmt, 5, range.first_time, err);
}

int covered_read(struct db *db, struct covered_view *view, int64_t watch,
		 const char *host, int64_t from, int64_t to, struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int r = db_query(db, &stmt, err,
			 "SELECT " COLUMNS " FROM covered"
			 " WHERE host = ?1 AND last_time >= ?2"
			 " AND first_time <= ?3"
			 " AND (events IS NOT NULL OR watch <> ?4)"
			 " ORDER BY first_time", "tiii", host, from, to,
			 watch);

	while (r == 0 && (r = db_next(db, stmt, err)) == 1)
		r = take_row(view, stmt, err);
	covered_sort_runs(view);
	return r;
}

static bool within(const struct covered_range *range,
		   const struct db_event *event)
{
	return event->serial >= range->first_serial &&
	       event->serial <= range->last_serial &&
	       event->time >= range->first_time &&
	       event->time <= range->last_time;
}

/* Mostly it is where the last one was. */
static bool in_ranges(struct covered_view *view, const struct db_event *event)
{
	size_t low = 0, high = view->range_count;

	if (view->hit < high && within(&view->ranges[view->hit], event))
		return true;
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (view->ranges[middle].first_time <= event->time)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low > 0 && view->ranges[low - 1].reach >= event->time; low--)
		if (within(&view->ranges[low - 1], event)) {
			view->hit = low - 1;
			return true;
		}
	return false;
}

bool covered_has(struct covered_view *view, const struct db_event *event,
		 bool by_name)
{
	while (view->at < view->run_count &&
	       view->runs[view->at].time < event->time)
		view->at++;
	for (size_t i = view->at; i < view->run_count &&
				  view->runs[i].time == event->time; i++)
		if (covered_in_run(&view->runs[i], event->serial))
			return true;
	return !by_name && view->range_count && in_ranges(view, event);
}

/* ---- writing ------------------------------------------------------------ */

/* The oldest go first: what is read again is recent. */
static int prune(struct db *db, const char *host, struct error *err)
{
	int64_t count;
	int r = db_value(db, &count, err, "SELECT count(*) FROM covered"
			 " WHERE host = ?1", "t", host);

	if (r < 0 || count <= COVERED_LIMIT)
		return r;
	return db_run(db, err, "DELETE FROM covered WHERE id IN"
		      " (SELECT id FROM covered WHERE host = ?1"
		      "  ORDER BY last_time LIMIT ?2)", "ti", host,
		      count - COVERED_LIMIT + COVERED_LIMIT / 10);
}

static int name_watch(struct db *db, int64_t *watch, struct error *err)
{
	int64_t id = sqlite3_last_insert_rowid(db->handle);

	if (*watch)
		return 0;
	*watch = id;
	return db_run(db, err, "UPDATE covered SET watch = id WHERE id = ?1",
		      "i", id);
}

/* LIST: NULL for a range. */
static int write_row(struct db *db, int64_t *watch, const char *host,
		     const struct covered_range *range, const void *list,
		     size_t size, struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int rc, r = db_query(db, &stmt, err, range->id ?
		"UPDATE covered SET watch = ?1, host = ?2, first_serial = ?3,"
		" last_serial = ?4, first_time = ?5, last_time = ?6,"
		" events = ?8 WHERE id = ?7" :
		"INSERT INTO covered (watch, host, first_serial, last_serial,"
		" first_time, last_time, events)"
		" SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?8 WHERE ?7 = 0",
		"itiiiii", *watch, host, range->first_serial,
		range->last_serial, range->first_time, range->last_time,
		range->id);

	if (r < 0)
		return r;
	if (list) {
		rc = sqlite3_bind_blob64(stmt, 8, list, size, SQLITE_STATIC);
		if (rc != SQLITE_OK)
			return db_fail(db, rc, err);
	}
	r = db_next(db, stmt, err);
	return r < 0 || range->id ? r : name_watch(db, watch, err);
}

static void widen(struct covered_range *range, const struct db_event *event)
{
	if (event->serial < range->first_serial)
		range->first_serial = event->serial;
	if (event->serial > range->last_serial)
		range->last_serial = event->serial;
	if (event->time < range->first_time)
		range->first_time = event->time;
	if (event->time > range->last_time)
		range->last_time = event->time;
}

static struct covered_range range_of(const struct db_event *event)
{
	return (struct covered_range){
		.first_serial = event->serial, .last_serial = event->serial,
		.first_time = event->time, .last_time = event->time,
	};
}

/* Whether EVENT is of the boot of RANGE, as far as can be seen. */
static bool goes_on(const struct covered_range *range,
		    const struct db_event *event)
{
	int64_t serials = (int64_t)event->serial - range->last_serial;
	int64_t time = event->time - range->last_time;

	if (within(range, event))
		return true;
	if (serials >= 0)
		return time >= -DISORDER_TIME;
	return serials >= -DISORDER && time >= -DISORDER_TIME &&
	       time <= DISORDER_TIME;
}

/* The watch's latest row of its kind; its runs, if it is a list. */
static int read_own(struct db *db, int64_t watch, const char *host, bool list,
		    struct covered_range *range, struct covered_view *view,
		    struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int r = db_query(db, &stmt, err,
			 "SELECT " COLUMNS " FROM covered WHERE watch = ?1"
			 " AND host = ?2 AND (events IS NOT NULL) = ?3"
			 " ORDER BY id DESC LIMIT 1", "iti", watch, host,
			 (int64_t)list);

	if (r == 0 && watch)
		r = db_next(db, stmt, err);
	if (r <= 0)
		return r;
	*range = row_range(stmt);
	if (!list)
		return 0;
	return covered_take_runs(view, stmt, 5, range->first_time, err);
}

int covered_add_range(struct db *db, int64_t *watch, const char *host,
		      const struct db_event *events, size_t count,
		      struct error *err)
{
	struct covered_range range = { 0 };
	bool fresh = false;
	int made = 0, r;

	r = read_own(db, *watch, host, false, &range, NULL, err);
	if (r == 0 && !range.id)
		range = range_of(&events[0]);
	for (size_t i = 0; r == 0 && i < count; i++) {
		if (goes_on(&range, &events[i])) {
			widen(&range, &events[i]);
			continue;
		}
		if (++made > RANGE_LIMIT)
			continue;
		fresh |= !range.id;
		r = write_row(db, watch, host, &range, NULL, 0, err);
		range = range_of(&events[i]);
	}
	fresh |= !range.id;
	if (r == 0)
		r = write_row(db, watch, host, &range, NULL, 0, err);
	return r < 0 || !fresh ? r : prune(db, host, err);
}

static int write_list(struct db *db, int64_t *watch, const char *host,
		      int64_t id, const struct covered_run *runs, size_t count,
		      struct error *err)
{
	unsigned char list[LIST_LIMIT * COVERED_RUN_SIZE];
	struct covered_range range = { 0 };

	for (size_t i = 0; i < count; i++) {
		struct db_event corner = {
			.time = runs[i].time, .serial = runs[i].serial,
		};

		if (i == 0)
			range = range_of(&corner);
		widen(&range, &corner);
		corner.serial += runs[i].step * (runs[i].count - 1);
		widen(&range, &corner);
	}
	range.id = id;
	return write_row(db, watch, host, &range, list,
			 covered_put_runs(list, runs, count), err);
}

/* The latest list is filled first. */
static int write_lists(struct db *db, int64_t *watch, const char *host,
		       const struct covered_view *own, int64_t id,
		       struct error *err)
{
	bool fresh = false;
	int r = 0;

	for (size_t i = 0; r == 0 && i < own->run_count; i += LIST_LIMIT) {
		size_t left = own->run_count - i;

		fresh |= id == 0;
		r = write_list(db, watch, host, id, own->runs + i,
			       left < LIST_LIMIT ? left : LIST_LIMIT, err);
		id = 0;
	}
	return r < 0 || !fresh ? r : prune(db, host, err);
}

int covered_add_list(struct db *db, int64_t *watch, const char *host,
		     const struct db_event *events, size_t count,
		     struct error *err)
{
	struct covered_view own = { 0 };
	struct covered_range range = { 0 };
	size_t first;
	int r = read_own(db, *watch, host, true, &range, &own, err);

	if (own.run_count >= LIST_LIMIT) {
		range.id = 0;
		own.run_count = 0;
	}
	first = own.run_count;
	for (size_t i = 0; r == 0 && i < count; i++)
		r = covered_append(&own, first, &events[i], err);
	covered_sort_runs(&own);
	if (r == 0 && count)
		r = write_lists(db, watch, host, &own, range.id, err);
	covered_free(&own);
	return r;
}
