/* SPDX-License-Identifier: MIT */
/*
 * The rows that records become: one for all that are alike of one day. Rows do
 * not reach over a decision on their call, so that what came after it can be
 * counted.
 *
 * What a target chooses cannot fill the disk: of executables, and of numbers
 * that no table of calls has, only so many a day get rows of their own;
 * further ones are counted in the last row. Likewise of programs that the store
 * does not know; further ones are "(others)".
 */
#include <string.h>

#include "db/records.h"

enum {
	ROW_LIMIT = 256,		/* of a call, whatever differs */
	UNKNOWN_LIMIT = 64,		/* of all calls that nobody knows */
	STRANGER_LIMIT = 4096		/* of programs not in the store */
};
#define OTHERS "(others)"
#define DAY (INT64_C(24) * 3600 * 1000000)

/* ---- counting ----------------------------------------------------------- */

int records_slots_begin(struct db *db, struct records_slots *slots,
			const struct db_records *records, struct error *err)
{
	*slots = (struct records_slots){ .db = db, .records = records };
	slots->groups = calloc(records->group_count + 1,
			       sizeof(*slots->groups));
	if (!slots->groups)
		return base_error(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < records->group_count; i++)
		slots->groups[i].first = slots->groups[i].last = SIZE_MAX;
	return pending_judge_prepare(db, &slots->judge, err);
}

void records_slots_free(struct records_slots *slots)
{
	free(slots->groups);
	free(slots->slots);
	pending_judge_free(&slots->judge);
}

static int judge(struct records_slots *slots, uint32_t index,
		 struct error *err)
{
	const struct db_group *group = &slots->records->groups[index];
	struct pending_verdict verdict;
	int r = pending_judge(slots->db, &slots->judge, group->program,
			      group->denial->call, &verdict, err);

	slots->groups[index].judged = true;
	slots->groups[index].since = verdict.since;
	return r;
}

static struct records_slot *add_slot(struct records_slots *slots,
				     const struct db_event *event, int64_t day,
				     bool after)
{
	struct records_group *group = &slots->groups[event->group];
	struct records_slot *slot;

	if (slots->count == slots->room) {
		size_t room = slots->room ? 2 * slots->room : 64;
		struct records_slot *new = reallocarray(slots->slots, room,
							sizeof(*new));

		if (!new)
			return NULL;
		slots->slots = new;
		slots->room = room;
	}
	slot = &slots->slots[slots->count];
	*slot = (struct records_slot){
		.group = event->group, .after = after, .day = day,
		.first_time = event->time, .last_time = event->time,
		.serial = event->serial, .next = group->first,
	};
	group->first = slots->count++;
	return slot;
}

static struct records_slot *find_slot(struct records_slots *slots,
				      const struct db_event *event)
{
	struct records_group *group = &slots->groups[event->group];
	bool after = event->time > group->since;
	struct records_slot *slot = group->last == SIZE_MAX
		? NULL : &slots->slots[group->last];
	int64_t day = event->time / DAY;

	/* Mostly it is the same again. */
	if (slot && slot->after == after && slot->day == day)
		return slot;
	for (size_t i = group->first; i != SIZE_MAX; i = slots->slots[i].next) {
		slot = &slots->slots[i];
		if (slot->day == day && slot->after == after)
			goto found;
	}
	slot = add_slot(slots, event, day, after);
	if (!slot)
		return NULL;
found:
	group->last = (size_t)(slot - slots->slots);
	return slot;
}

int records_count(struct records_slots *slots, const struct db_event *event,
		  struct error *err)
{
	struct records_slot *slot;
	int r = 0;

	if (!slots->groups[event->group].judged)
		r = judge(slots, event->group, err);
	if (r < 0)
		return r;
	slot = find_slot(slots, event);
	if (!slot)
		return base_error(err, ENOMEM, "out of memory");
	slot->count++;
	if (event->time < slot->first_time) {
		slot->first_time = event->time;
		slot->serial = event->serial;
	}
	if (event->time > slot->last_time)
		slot->last_time = event->time;
	return 0;
}

/* ---- rows --------------------------------------------------------------- */

struct store {
	struct db *db;
	struct records_slots *slots;
	sqlite3_stmt *find, *taken, *update;
	int64_t day, strangers;		/* rows of programs not in the store */
};

static void store_free(struct store *store)
{
	db_finalize(&store->find);
	db_finalize(&store->taken);
	db_finalize(&store->update);
}

static int prepare(struct store *store, struct error *err)
{
	int r = db_prepare(store->db, &store->find,
			   "SELECT id, count FROM denials WHERE program = ?1"
			   " AND arch = ?2 AND number = ?3 AND day = ?4"
			   " AND action = ?5 AND errno = ?6 AND exe = ?7"
			   " AND host = ?8 AND boot_id = ?9 AND source = ?10"
			   " AND forgeable = ?11 AND (time > ?12) = ?13"
			   " LIMIT 1", err);

	if (r == 0)
		r = db_prepare(store->db, &store->taken,
			       "SELECT 1 FROM denials WHERE host = ?1"
			       " AND boot_id = ?2 AND serial = ?3"
			       " AND serial <> 0", err);
	/* The serial is the first event's, as the time. */
	if (r == 0)
		r = db_prepare(store->db, &store->update,
			       "UPDATE denials SET count = ?2,"
			       " serial = CASE WHEN ?3 < time THEN ?4"
			       "  ELSE serial END,"
			       " time = min(time, ?3),"
			       " last_time = max(last_time, ?5),"
			       " code = CASE code WHEN '' THEN ?6 ELSE code END"
			       " WHERE id = ?1", err);
	return r;
}

static const struct profiles_denial *denial_of(const struct store *store,
					       const struct records_slot *slot)
{
	return store->slots->records->groups[slot->group].denial;
}

/* A serial of 0 where another row has it already. */
static int free_serial(struct store *store, const struct records_slot *slot,
		       const struct profiles_denial *d, int64_t *serial,
		       struct error *err)
{
	int r = db_bind(store->db, store->taken, err, "tti", d->host,
			d->boot_id, (int64_t)slot->serial);

	if (r == 0)
		r = db_next(store->db, store->taken, err);
	sqlite3_reset(store->taken);
	*serial = r == 1 ? 0 : (int64_t)slot->serial;
	return r < 0 ? r : 0;
}

/* -ENOENT, and no sentence: there is no row. */
static int find_row(struct store *store, const struct records_slot *slot,
		    const char *program, int64_t *id, uint64_t *count,
		    struct error *err)
{
	const struct profiles_denial *d = denial_of(store, slot);
	int r = db_bind(store->db, store->find, err, "tcitittttiii",
			program, d->call, slot->day,
			profiles_action_name(d->action),
			(int64_t)d->action_errno, d->exe, d->host, d->boot_id,
			db_denial_source(d), (int64_t)d->forgeable,
			store->slots->groups[slot->group].since,
			(int64_t)slot->after);

	if (r == 0)
		r = db_next(store->db, store->find, err);
	if (r == 1) {
		*id = sqlite3_column_int64(store->find, 0);
		*count = db_column_u64(store->find, 1);
	}
	sqlite3_reset(store->find);
	return r == 0 ? -ENOENT : r < 0 ? r : 0;
}

/* The last row of those that the slot shares a limit with, if that is reached,
 * else -ENOENT. */
static int find_last(struct store *store, const struct records_slot *slot,
		     const char *program, int64_t *id, uint64_t *count,
		     struct error *err)
{
	const struct profiles_denial *d = denial_of(store, slot);
	uint32_t highest = base_call_highest(d->call.arch);
	bool unknown = d->call.number > highest;
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int64_t first = d->call.number, last = d->call.number;
	int r;

	if (unknown) {
		first = (int64_t)highest + 1;
		last = UINT32_MAX;
	}
	r = db_query(store->db, &stmt, err,
		     "SELECT max(id), count(*) >= ?10 OR"
		     " (count(DISTINCT exe) >= ?11 AND NOT max(exe = ?9))"
		     " FROM denials WHERE program = ?1 AND arch = ?2"
		     " AND number BETWEEN ?4 AND ?5"
		     " AND day = ?6 AND forgeable = ?7 AND (time > ?8) = ?12",
		     "tciiiiitiii", program, d->call, first, last,
		     slot->day, (int64_t)d->forgeable,
		     store->slots->groups[slot->group].since, d->exe,
		     (int64_t)(unknown ? UNKNOWN_LIMIT : ROW_LIMIT),
		     (int64_t)DB_EXECUTABLES, (int64_t)slot->after);
	if (r == 0)
		r = db_next(store->db, stmt, err);
	if (r < 0)
		return r;
	if (!sqlite3_column_int(stmt, 1))
		return -ENOENT;
	*id = sqlite3_column_int64(stmt, 0);
	r = db_value(store->db, (int64_t *)count, err,
		     "SELECT count FROM denials WHERE id = ?1", "i", *id);
	return r;
}

static int find(struct store *store, const struct records_slot *slot,
		const char *program, int64_t *id, uint64_t *count,
		struct error *err)
{
	int r = find_row(store, slot, program, id, count, err);

	if (r == -ENOENT)
		r = find_last(store, slot, program, id, count, err);
	return r;
}

/* 1: PROGRAM is one too many for a row of its own on that day. */
static int is_crowded(struct store *store, const struct records_slot *slot,
		      const char *program, struct error *err)
{
	int64_t known;
	int r = db_value(store->db, &known, err,
			 "SELECT id FROM programs WHERE name = ?1", "t",
			 program);

	if (r != -ENOENT)
		return r;
	r = 0;
	if (store->day != slot->day)
		r = db_value(store->db, &store->strangers, err,
			     "SELECT count(*) FROM denials WHERE day = ?1"
			     " AND program NOT IN (SELECT name FROM programs)",
			     "i", slot->day);
	store->day = slot->day;
	return r < 0 ? r : store->strangers++ >= STRANGER_LIMIT;
}

static int insert_row(struct store *store, const struct records_slot *slot,
		      const char *program, int64_t serial, int64_t *id,
		      struct error *err)
{
	struct profiles_denial denial = *denial_of(store, slot);

	denial.count = slot->count;
	denial.serial = serial;
	denial.time = slot->first_time;
	denial.last_time = slot->last_time;
	return db_denial_insert(store->db, program, &denial, slot->day, id,
				err);
}

static int store_slot(struct store *store, struct records_slot *slot,
		      struct error *err)
{
	const struct profiles_denial *denial = denial_of(store, slot);
	const char *program =
		store->slots->records->groups[slot->group].program;
	int64_t serial;
	uint64_t count = 0;
	int crowded = 0, r = free_serial(store, slot, denial, &serial, err);

	if (r == 0)
		r = find(store, slot, program, &slot->id, &count, err);
	if (r == -ENOENT)
		crowded = is_crowded(store, slot, program, err);
	if (crowded < 0)
		return crowded;
	if (crowded) {
		program = OTHERS;
		r = find(store, slot, program, &slot->id, &count, err);
	}
	if (r == -ENOENT)
		return insert_row(store, slot, program, serial, &slot->id,
				  err);
	return r < 0 ? r : db_again(store->db, store->update, err, "iuiiit",
				    slot->id, db_sum(count, slot->count),
				    slot->first_time, serial, slot->last_time,
				    denial->code);
}

int records_store(struct db *db, struct records_slots *slots,
		  struct error *err)
{
	struct store store = { .db = db, .slots = slots, .day = -1 };
	int r = slots->count ? prepare(&store, err) : 0;

	for (size_t i = 0; r == 0 && i < slots->count; i++)
		r = store_slot(&store, &slots->slots[i], err);
	store_free(&store);
	return r;
}

void records_tell(const struct records_slots *slots,
		  struct db_records *records)
{
	for (size_t i = 0; i < records->group_count; i++) {
		records->groups[i].counted = 0;
		records->groups[i].id = 0;
	}
	/* Of several rows the latest day's. */
	for (size_t i = 0; i < slots->count; i++) {
		struct db_group *group =
			&records->groups[slots->slots[i].group];

		group->counted = db_sum(group->counted, slots->slots[i].count);
		if (slots->slots[i].id > group->id)
			group->id = slots->slots[i].id;
	}
}
