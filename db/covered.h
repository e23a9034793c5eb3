/* SPDX-License-Identifier: MIT */
/* Which of the kernel's records were counted. For db/ alone. */
#ifndef JAIL_DB_COVERED_H
#define JAIL_DB_COVERED_H

#include "db/sql.h"

enum { COVERED_LIMIT = 10000 };	/* rows a host */

/* TIME, or the nearest that can be reckoned with: it comes from outside. */
static inline int64_t covered_time(int64_t time)
{
	const int64_t latest = INT64_C(253402300800) * 1000000; /* 9999 */

	return time < 0 ? 0 : time > latest ? latest : time;
}
/* Orders events by time, then serial: for qsort(3). */
int covered_compare(const void *a, const void *b);

struct covered_range {
	int64_t id;			/* its row; 0: none yet */
	int64_t first_serial, last_serial, first_time, last_time;
	int64_t reach;			/* the highest last_time up to here */
};

/* Single records of one time: SERIAL, SERIAL + STEP, ... */
struct covered_run {
	int64_t time;
	uint32_t serial, step, count;
};
enum { COVERED_RUN_SIZE = 40 };	/* bytes of a list, at most */

/* What of a host is covered within a span of time. Zeroed is empty. */
struct covered_view {
	struct covered_range *ranges;	/* by first_time */
	size_t range_count, range_room, hit;
	struct covered_run *runs;	/* by time, then serial */
	size_t run_count, run_room, at;
};
/* WATCH: whose ranges are left out; what it has listed is not. */
int covered_read(struct db *db, struct covered_view *view, int64_t watch,
		 const char *host, int64_t from, int64_t to,
		 struct error *err);
/* To be asked of sorted events, one after the other. BY_NAME: ranges do not
 * count, only lists. */
bool covered_has(struct covered_view *view, const struct db_event *event,
		 bool by_name);
void covered_free(struct covered_view *view);

/* ---- covered-list.c ----------------------------------------------------- */

/* Adds EVENT, which comes after the last one, to the view's runs from FIRST
 * on. */
int covered_append(struct covered_view *view, size_t first,
		   const struct db_event *event, struct error *err);
void covered_sort_runs(struct covered_view *view);
bool covered_in_run(const struct covered_run *run, uint32_t serial);
/* Sorted runs to the bytes of a list, and back from a row: TIME is that of the
 * first. Of what is damaged the rest covers nothing. */
size_t covered_put_runs(unsigned char *out, const struct covered_run *runs,
			size_t count);
int covered_take_runs(struct covered_view *view, sqlite3_stmt *stmt,
		      int column, int64_t time, struct error *err);

/* ---- writing ------------------------------------------------------------ */

/* Within db_write: covers EVENTS, and all between them (in the order read), or
 * them alone (sorted). *WATCH is the watch's number, 0: it gets one. */
int covered_add_range(struct db *db, int64_t *watch, const char *host,
		      const struct db_event *events, size_t count,
		      struct error *err);
int covered_add_list(struct db *db, int64_t *watch, const char *host,
		     const struct db_event *events, size_t count,
		     struct error *err);

#endif
