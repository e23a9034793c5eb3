/* SPDX-License-Identifier: MIT */
/*
 * A batch of the kernel's records, in one transaction, host by host:
 *
 *   events of a host ─> sorted, without doubles ─> not covered yet (covered.c)
 *     ─> not jail's own ─> counted into slots ─> rows (records-rows.c)
 *
 * and in the end what was read is covered. Per event this is work in memory;
 * statements are made per group, day and range.
 *
 * What a supervisor was asked about is always covered by name: a watch hands it
 * over later than the rest, so that jail's own can come first, and till then a
 * range that goes over it says nothing of it.
 */
#include <string.h>

#include "db/covered.h"
#include "db/records.h"

/* Between what jail's supervisor says it refused and the kernel's record. */
enum { JAIL_TIME = 2000000 };

struct window {
	int64_t first, last;
};

/* What is known of a group of the batch. */
struct group {
	size_t host;
	bool looked;			/* for jail's own denials: */
	struct window *windows;
	size_t window_count;
};

struct batch {
	const struct db_records *records;
	int64_t watch;
	struct group *groups;
	const char **hosts;
	size_t host_count;
	int64_t first_time, last_time;
	struct records_slots slots;
};

static int no_memory(struct error *err)
{
	return base_error(err, ENOMEM, "out of memory");
}

static void batch_free(struct batch *batch)
{
	for (size_t i = 0; batch->groups && i < batch->records->group_count;
	     i++)
		free(batch->groups[i].windows);
	free(batch->groups);
	free(batch->hosts);
	records_slots_free(&batch->slots);
}

/* ---- what jail recorded itself ------------------------------------------ */

static int add_window(struct group *group, sqlite3_stmt *stmt,
		      struct error *err)
{
	struct window *windows = reallocarray(
		group->windows, group->window_count + 1, sizeof(*windows));

	if (!windows)
		return no_memory(err);
	group->windows = windows;
	windows[group->window_count++] = (struct window){
		covered_time(sqlite3_column_int64(stmt, 0)) - JAIL_TIME,
		covered_time(sqlite3_column_int64(stmt, 1)) + JAIL_TIME,
	};
	return 0;
}

/* Where the boot is not known, the host has to do. */
static int read_windows(struct db *db, struct batch *batch, size_t index,
			struct error *err)
{
	const struct profiles_denial *d =
		batch->records->groups[index].denial;
	struct group *group = &batch->groups[index];
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int r = db_query(db, &stmt, err,
			 "SELECT time, last_time FROM denials"
			 " WHERE source = 'jail' AND arch = ?1 AND number = ?2"
			 " AND last_time >= ?3 AND time <= ?4"
			 " AND CASE ?5 WHEN '' THEN host = ?6"
			 "  ELSE boot_id = ?5 END",
			 "ciitt", d->call, batch->first_time - JAIL_TIME,
			 batch->last_time + JAIL_TIME, d->boot_id, d->host);

	group->looked = true;
	while (r == 0 && (r = db_next(db, stmt, err)) == 1)
		r = add_window(group, stmt, err);
	return r;
}

static bool was_notified(const struct batch *batch,
			 const struct db_event *event)
{
	return batch->records->groups[event->group].denial->action ==
	       PROFILES_NOTIFIED;
}

/* 1: jail's supervisor has recorded it; 0: it has not. */
static int is_jails(struct db *db, struct batch *batch,
		    const struct db_event *event, struct error *err)
{
	struct group *group = &batch->groups[event->group];
	int r;

	if (!was_notified(batch, event))
		return 0;
	r = group->looked ? 0 : read_windows(db, batch, event->group, err);
	for (size_t i = 0; r == 0 && i < group->window_count; i++)
		if (event->time >= group->windows[i].first &&
		    event->time <= group->windows[i].last)
			return 1;
	return r;
}

/* ---- one host ----------------------------------------------------------- */

struct host {
	const char *name;
	struct db_event *read;		/* its events in the order read */
	struct db_event *sorted;
	struct db_event *listed;	/* not covered before, and to be covered
					 * by name; sorted */
	size_t count, listed_count;
	struct covered_view covered;
};

static void host_free(struct host *host)
{
	free(host->read);
	free(host->sorted);
	free(host->listed);
	covered_free(&host->covered);
}

static int take_events(const struct batch *batch, size_t index,
		       struct host *host, struct error *err)
{
	const struct db_records *records = batch->records;
	bool sorted = true;

	host->name = batch->hosts[index];
	host->read = calloc(records->event_count, sizeof(*host->read));
	host->sorted = calloc(records->event_count, sizeof(*host->sorted));
	host->listed = calloc(records->event_count, sizeof(*host->listed));
	if (!host->read || !host->sorted || !host->listed)
		return no_memory(err);
	for (size_t i = 0; i < records->event_count; i++) {
		struct db_event *event = &host->read[host->count];

		*event = records->events[i];
		if (batch->groups[event->group].host != index)
			continue;
		event->time = covered_time(event->time);
		if (host->count++)
			sorted &= covered_compare(event - 1, event) <= 0;
	}
	memcpy(host->sorted, host->read, host->count * sizeof(*host->sorted));
	if (!sorted)
		qsort(host->sorted, host->count, sizeof(*host->sorted),
		      covered_compare);
	return 0;
}

static int count_events(struct db *db, struct batch *batch, struct host *host,
			struct error *err)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < host->count; i++) {
		const struct db_event *event = &host->sorted[i];
		bool notified = was_notified(batch, event);

		if (i > 0 && covered_compare(event - 1, event) == 0)
			continue;
		if (covered_has(&host->covered, event, notified))
			continue;
		if (notified || !batch->records->complete)
			host->listed[host->listed_count++] = *event;
		r = is_jails(db, batch, event, err);
		if (r == 0)
			r = records_count(&batch->slots, event, err);
	}
	return r < 0 ? r : 0;
}

static int cover(struct db *db, struct batch *batch, struct host *host,
		 struct error *err)
{
	size_t count = 0;
	int r = 0;

	for (size_t i = 0; i < host->count; i++)
		if (!was_notified(batch, &host->read[i]))
			host->read[count++] = host->read[i];
	if (batch->records->complete && count)
		r = covered_add_range(db, &batch->watch, host->name,
				      host->read, count, err);
	if (r == 0 && host->listed_count)
		r = covered_add_list(db, &batch->watch, host->name,
				     host->listed, host->listed_count, err);
	return r;
}

static int take_host(struct db *db, struct batch *batch, size_t index,
		     struct error *err)
{
	struct host host = { 0 };
	int r = take_events(batch, index, &host, err);

	if (r == 0 && host.count)
		r = covered_read(db, &host.covered, batch->watch, host.name,
				 host.sorted[0].time,
				 host.sorted[host.count - 1].time, err);
	if (r == 0)
		r = count_events(db, batch, &host, err);
	if (r == 0 && host.count)
		r = cover(db, batch, &host, err);
	host_free(&host);
	return r;
}

/* ---- the batch ---------------------------------------------------------- */

static size_t find_host(struct batch *batch, const char *name)
{
	size_t i = 0;

	while (i < batch->host_count && strcmp(batch->hosts[i], name) != 0)
		i++;
	if (i == batch->host_count)
		batch->hosts[batch->host_count++] = name;
	return i;
}

static int take_times(struct batch *batch, struct error *err)
{
	const struct db_records *records = batch->records;

	for (size_t i = 0; i < records->event_count; i++) {
		int64_t time = covered_time(records->events[i].time);

		if (records->events[i].group >= records->group_count)
			return base_error(err, EINVAL,
					  "a record is of no group");
		if (i == 0 || time < batch->first_time)
			batch->first_time = time;
		if (i == 0 || time > batch->last_time)
			batch->last_time = time;
	}
	return 0;
}

static int begin(struct db *db, struct batch *batch, struct error *err)
{
	size_t count = batch->records->group_count;
	int r;

	batch->groups = calloc(count + 1, sizeof(*batch->groups));
	batch->hosts = calloc(count + 1, sizeof(*batch->hosts));
	if (!batch->groups || !batch->hosts)
		return no_memory(err);
	r = take_times(batch, err);
	for (size_t i = 0; r == 0 && i < count; i++)
		batch->groups[i].host = find_host(
			batch, batch->records->groups[i].denial->host);
	return r < 0 ? r : records_slots_begin(db, &batch->slots,
					       batch->records, err);
}

static int store_position(struct db *db, const struct db_records *records,
			  struct error *err)
{
	if (!records->source || !*records->source || !records->position ||
	    !*records->position)
		return 0;
	return db_run(db, err, "INSERT INTO positions (source, position)"
		      " VALUES (?1, ?2) ON CONFLICT DO UPDATE"
		      " SET position = excluded.position", "tt",
		      records->source, records->position);
}

static int add_records(struct db *db, void *data, struct error *err)
{
	struct batch *batch = data;
	int r = begin(db, batch, err);

	for (size_t i = 0; r == 0 && i < batch->host_count; i++)
		r = take_host(db, batch, i, err);
	if (r == 0)
		r = records_store(db, &batch->slots, err);
	return r < 0 ? r : store_position(db, batch->records, err);
}

int db_records_add(struct db *db, struct db_covered *covered,
		   struct db_records *records, struct error *err)
{
	struct batch batch = {
		.records = records, .watch = covered->watch,
	};
	int r = db_write(db, add_records, &batch, err);

	/* Only what is stored is told. */
	if (r == 0) {
		covered->watch = batch.watch;
		records_tell(&batch.slots, records);
	}
	batch_free(&batch);
	return r;
}
