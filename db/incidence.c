/* SPDX-License-Identifier: MIT */
/*
 * How sessions found what is known. The rows of `seen` come by call; a session
 * that has none for a call did not make it, unless the call passed unseen
 * there.
 */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "db/sql.h"

struct row {
	int64_t session;
	size_t visit;		/* its index in the history */
};

struct reading {
	const char *program;
	struct profiles_history *history;
	struct row *rows;	/* by session, one a visit */
	size_t rooms, item_rooms;
	uint32_t counted;
	size_t first;		/* the visit that found the current call */
};

/* ---- visits ------------------------------------------------------------- */

/* It ended by itself or as it was asked to: neither by a filter, nor by who
 * could not wait for it. */
static bool is_counted(sqlite3_stmt *stmt)
{
	int status = sqlite3_column_int(stmt, 6);

	return sqlite3_column_type(stmt, 5) != SQLITE_NULL &&
	       sqlite3_column_type(stmt, 6) != SQLITE_NULL &&
	       sqlite3_column_int(stmt, 7) == 0 &&
	       !(WIFSIGNALED(status) && (WTERMSIG(status) == SIGKILL ||
					 WTERMSIG(status) == SIGSYS));
}

static uint64_t workload_of(sqlite3_stmt *stmt)
{
	if (sqlite3_column_type(stmt, 3) == SQLITE_NULL)
		return db_workload(db_column_or_null(stmt, 4));
	return db_column_u64(stmt, 3);
}

/* Room for one more in both arrays. */
static bool grow_visits(struct reading *reading)
{
	struct profiles_history *history = reading->history;
	size_t rooms = reading->rooms ? 2 * reading->rooms : 16;
	struct profiles_visit *visits;
	struct row *rows;

	if (history->visit_count < reading->rooms)
		return true;
	visits = reallocarray(history->visits, rooms, sizeof(*visits));
	if (!visits)
		return false;
	history->visits = visits;
	rows = reallocarray(reading->rows, rooms, sizeof(*rows));
	if (!rows)
		return false;
	reading->rows = rows;
	reading->rooms = rooms;
	return true;
}

/* Columns: id, uid, started, workload, argv, ended, status, incomplete. */
static bool take_visit(sqlite3_stmt *stmt, struct reading *reading)
{
	struct profiles_history *history = reading->history;
	struct profiles_visit *visit;

	if (!grow_visits(reading))
		return false;
	visit = &history->visits[history->visit_count];
	*visit = (struct profiles_visit){
		.started = sqlite3_column_int64(stmt, 2),
		.workload = workload_of(stmt),
		.counted = is_counted(stmt),
	};
	db_column_copy(stmt, 1, visit->session, sizeof(visit->session));
	reading->counted += visit->counted;
	reading->rows[history->visit_count] = (struct row){
		.session = sqlite3_column_int64(stmt, 0),
		.visit = history->visit_count,
	};
	history->visit_count++;
	return true;
}

static int compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return (x->session > y->session) - (x->session < y->session);
}

/* Sessions of which only the identifier is known, from a profile as text, saw
 * nothing that is here. */
static int read_visits(struct db *db, int64_t program, struct reading *reading,
		       struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int r = db_query(db, &stmt, err,
			 "SELECT s.id, s.uid, s.started, s.workload,"
			 " iif(s.workload IS NULL, s.argv, NULL),"
			 " s.ended, s.status, s.incomplete"
			 " FROM sessions AS s JOIN origins AS o ON o.id = s.id"
			 " WHERE s.program = ?1 AND NOT (" DB_NAMED ")"
			 " ORDER BY s.started, s.uid", "i", program);

	while (r == 0 && (r = db_next(db, stmt, err)) == 1)
		r = take_visit(stmt, reading) ? 0 :
		    base_error(err, ENOMEM, "out of memory");
	if (reading->history->visit_count)
		qsort(reading->rows, reading->history->visit_count,
		      sizeof(*reading->rows), compare_rows);
	return r;
}

/* ---- calls -------------------------------------------------------------- */

static struct profiles_incidence *new_item(struct reading *reading,
					   struct base_call call)
{
	struct profiles_history *history = reading->history;
	struct profiles_incidence *items = history->items;

	if (history->item_count == reading->item_rooms) {
		size_t rooms = reading->item_rooms ? 2 * reading->item_rooms
						   : 128;

		items = reallocarray(items, rooms, sizeof(*items));
		if (!items)
			return NULL;
		history->items = items;
		reading->item_rooms = rooms;
	}
	items[history->item_count] = (struct profiles_incidence){
		.call = call, .looked = reading->counted,
	};
	return &items[history->item_count++];
}

/* The visit that found the call before any other, once all were met. */
static void end_item(struct reading *reading)
{
	if (reading->first != SIZE_MAX)
		reading->history->visits[reading->first].fresh++;
	reading->first = SIZE_MAX;
}

static struct profiles_incidence *item_of(struct reading *reading,
					  struct base_call call)
{
	struct profiles_history *history = reading->history;
	size_t count = history->item_count;

	if (count && base_call_compare(&history->items[count - 1].call,
				       &call) == 0)
		return &history->items[count - 1];
	end_item(reading);
	return new_item(reading, call);
}

/* Columns: arch, number, session. */
static int take_seen(struct db *db, sqlite3_stmt *stmt,
		     struct reading *reading, struct error *err)
{
	const struct row key = { .session = sqlite3_column_int64(stmt, 2) };
	struct profiles_visit *visits = reading->history->visits;
	const struct row *row = bsearch(
		&key, reading->rows, reading->history->visit_count,
		sizeof(key), compare_rows);
	struct profiles_incidence *item;
	struct base_call call;
	int r = db_column_call(db, stmt, 0, &call, err);

	if (r < 0 || !row)
		return r;
	item = item_of(reading, call);
	if (!item)
		return base_error(err, ENOMEM, "out of memory");
	visits[row->visit].found++;
	item->seen += visits[row->visit].counted;
	if (row->visit < reading->first)
		reading->first = row->visit;
	return 0;
}

static int read_seen(struct db *db, int64_t program, struct reading *reading,
		     struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int r = db_query(db, &stmt, err,
			 "SELECT arch, number, session FROM seen"
			 " WHERE program = ?1 ORDER BY arch, number",
			 "i", program);

	while (r == 0 && (r = db_next(db, stmt, err)) == 1)
		r = take_seen(db, stmt, reading, err);
	end_item(reading);
	return r;
}

static int compare_items(const void *a, const void *b)
{
	const struct profiles_incidence *x = a, *y = b;

	return base_call_compare(&x->call, &y->call);
}

/* Columns: arch, number, session: it passed there, and no row says more. */
static int take_passed(struct db *db, sqlite3_stmt *stmt,
		       struct reading *reading, struct error *err)
{
	const struct row row = { .session = sqlite3_column_int64(stmt, 2) };
	const struct profiles_history *history = reading->history;
	const struct row *found = bsearch(&row, reading->rows,
					  history->visit_count, sizeof(row),
					  compare_rows);
	struct profiles_incidence key, *item;
	int r = db_column_call(db, stmt, 0, &key.call, err);

	if (r < 0 || !found || !history->visits[found->visit].counted)
		return r;
	item = history->item_count ? bsearch(&key, history->items,
					     history->item_count, sizeof(key),
					     compare_items) : NULL;
	/* Of a damaged or hostile store nothing less than 0 comes. */
	if (item && item->looked > item->seen)
		item->looked--;
	return 0;
}

static int read_passed(struct db *db, int64_t program,
		       struct reading *reading, struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int r = db_query(db, &stmt, err,
			 "SELECT p.arch, p.number, p.session"
			 " FROM sessions AS s JOIN passed AS p"
			 " ON p.session = s.id WHERE s.program = ?1"
			 " AND NOT EXISTS (SELECT 1 FROM seen AS o"
			 "  WHERE o.program = ?1 AND o.arch = p.arch"
			 "  AND o.number = p.number"
			 "  AND o.here = (s.origin = 'learn')"
			 "  AND o.session = p.session)",
			 "i", program);

	while (r == 0 && (r = db_next(db, stmt, err)) == 1)
		r = take_passed(db, stmt, reading, err);
	return r;
}

/* ---- both --------------------------------------------------------------- */

static int read_history(struct db *db, void *data, struct error *err)
{
	struct reading *reading = data;
	int64_t program = 0;
	int r = db_program_known(db, reading->program, &program, err);

	if (r == 0)
		r = read_visits(db, program, reading, err);
	if (r == 0)
		r = read_seen(db, program, reading, err);
	return r < 0 ? r : read_passed(db, program, reading, err);
}

int db_history(struct db *db, const char *program,
	       struct profiles_history *history, struct error *err)
{
	struct reading reading = {
		.program = program, .history = history, .first = SIZE_MAX,
	};
	int r = db_snapshot(db, read_history, &reading, err);

	free(reading.rows);
	if (r < 0) {
		profiles_history_free(history);
		*history = (struct profiles_history){ 0 };
	}
	return r;
}
