/* SPDX-License-Identifier: MIT */
/*
 * What waits for a decision: denials, by program and call, that began after the
 * latest decision on the call, or after it came on the whitelist by itself. One
 * pass adds rows to groups; then each group is judged by what was decided. The
 * groups are kept, so that who is told of one may decide on it at once.
 *
 * Rows count by the time when they began: a program that runs on with the old
 * filter raises the count of a row that was answered already, and is silent.
 * The kernel's records begin a new row after a decision (records.c).
 */
#include <string.h>

#include "db/pending.h"

struct group {
	char *program;
	uint64_t program_count;		/* of all its groups */
	struct base_call call;
	struct pending_verdict verdict;
	uint64_t count, rows, unforgeable;
	int64_t first_time, last_time, id;
};

struct pending {
	const char *program;
	int64_t since;
	struct group *groups;
	size_t count, room;
	struct pending_judge judge;
};

static void free_groups(struct pending *pending)
{
	for (size_t i = 0; i < pending->count; i++)
		free(pending->groups[i].program);
	free(pending->groups);
	pending_judge_free(&pending->judge);
}

/* ---- what was decided --------------------------------------------------- */

void pending_judge_free(struct pending_judge *judge)
{
	db_finalize(&judge->decision);
	db_finalize(&judge->learned);
}

int pending_judge_prepare(struct db *db, struct pending_judge *judge,
			  struct error *err)
{
	int r = db_prepare(db, &judge->decision,
			   "SELECT verdict, time, since FROM decisions"
			   " WHERE program ="
			   " (SELECT id FROM programs WHERE name = ?1)"
			   " AND arch = ?2 AND number = ?3"
			   " ORDER BY id DESC LIMIT 1", err);

	/* By its images a session's call is found without going through all
	 * that it made; a session of the first stores may lack them. When an
	 * imported one saw it says another clock. */
	if (r == 0)
		r = db_prepare(db, &judge->learned,
			       "SELECT coalesce(s.imported,"
			       " (SELECT min(first_seen)"
			       " FROM calls AS c WHERE c.session = l.session"
			       " AND c.image IN (SELECT idx FROM images AS i"
			       "  WHERE i.session = l.session)"
			       " AND c.arch = l.arch AND c.number = l.number),"
			       " s.started)"
			       " FROM learned AS l"
			       " JOIN sessions AS s ON s.id = l.session"
			       " WHERE l.program ="
			       " (SELECT id FROM programs WHERE name = ?1)"
			       " AND l.arch = ?2 AND l.number = ?3", err);
	return r;
}

static int judge_decided(struct db *db, sqlite3_stmt *stmt,
			 struct pending_verdict *verdict, struct error *err)
{
	int r = db_next(db, stmt, err);

	if (r <= 0)
		return r;
	r = db_decision_parse(db, db_column_text(stmt, 0), &verdict->decision,
			      err);
	if (verdict->decision == DB_NONE)
		return r;
	verdict->decided = true;
	verdict->listed = verdict->decision == DB_ALLOW;
	verdict->decided_at = sqlite3_column_int64(stmt, 1);
	verdict->since = sqlite3_column_int64(stmt, 2);
	return r;
}

static int judge_learned(struct db *db, sqlite3_stmt *stmt,
			 struct pending_verdict *verdict, struct error *err)
{
	int r = db_next(db, stmt, err);

	if (r <= 0)
		return r;
	verdict->listed = true;
	verdict->since = sqlite3_column_int64(stmt, 0);
	return 0;
}

int pending_judge(struct db *db, struct pending_judge *judge,
		  const char *program, struct base_call call,
		  struct pending_verdict *verdict, struct error *err)
{
	int r = db_bind(db, judge->decision, err, "tc", program, call);

	*verdict = (struct pending_verdict){
		.decision = DB_NONE, .since = INT64_MIN,
	};
	if (r == 0)
		r = judge_decided(db, judge->decision, verdict, err);
	sqlite3_reset(judge->decision);
	if (r < 0 || verdict->decided)
		return r;
	r = db_bind(db, judge->learned, err, "tc", program, call);
	if (r == 0)
		r = judge_learned(db, judge->learned, verdict, err);
	sqlite3_reset(judge->learned);
	return r;
}

/* ---- the rows ----------------------------------------------------------- */

static struct group *append(struct pending *pending, const char *program)
{
	struct group *group;

	if (pending->count == pending->room) {
		size_t room = pending->room ? 2 * pending->room : 64;
		struct group *groups = reallocarray(pending->groups, room,
						    sizeof(*groups));

		if (!groups)
			return NULL;
		pending->groups = groups;
		pending->room = room;
	}
	group = &pending->groups[pending->count];
	*group = (struct group){ .program = strdup(program) };
	if (!group->program)
		return NULL;
	pending->count++;
	return group;
}

/* Columns: program, arch, number, id, time, last_time, count, forgeable. */
static void add_row(struct group *group, sqlite3_stmt *stmt)
{
	int64_t time = sqlite3_column_int64(stmt, 4);
	int64_t last = sqlite3_column_int64(stmt, 5);

	if (group->verdict.decision == DB_NEVER ||
	    group->verdict.decision == DB_STUB || time <= group->verdict.since)
		return;
	if (!group->rows || time < group->first_time)
		group->first_time = time;
	if (!group->rows || last >= group->last_time) {
		group->last_time = last;
		group->id = sqlite3_column_int64(stmt, 3);
	}
	group->rows++;
	group->unforgeable += sqlite3_column_int(stmt, 7) == 0;
	group->count = db_sum(group->count, db_column_u64(stmt, 6));
}

/* The rows of a group follow each other. */
static int take_row(struct db *db, sqlite3_stmt *stmt, struct pending *pending,
		    struct error *err)
{
	struct group *group = pending->count
		? &pending->groups[pending->count - 1] : NULL;
	const char *program = db_column_text(stmt, 0);
	struct base_call call;
	int r = db_column_call(db, stmt, 1, &call, err);

	if (r < 0)
		return r;
	if (!group || base_call_compare(&group->call, &call) != 0 ||
	    strcmp(group->program, program) != 0) {
		group = append(pending, program);
		if (!group)
			return base_error(err, ENOMEM, "out of memory");
		group->call = call;
		r = pending_judge(db, &pending->judge, program, call,
				  &group->verdict, err);
	}
	if (r == 0)
		add_row(group, stmt);
	return r;
}

#define ROWS                                                                   \
	"SELECT program, arch, number, id, time, last_time, count, forgeable"  \
	" FROM denials WHERE "
#define ORDER " ORDER BY program, arch, number, id"

/* Where little is new, or one program is asked for, all the rest is not looked
 * at. */
static int query_rows(struct db *db, const struct pending *pending,
		      sqlite3_stmt **stmt, struct error *err)
{
	if (pending->since > 0)
		return db_query(db, stmt, err,
				ROWS "(?1 IS NULL OR program = ?1)"
				" AND (program, arch, number) IN"
				" (SELECT program, arch, number FROM denials"
				"  WHERE last_time >= ?2)" ORDER,
				"ti", pending->program, pending->since);
	if (pending->program)
		return db_query(db, stmt, err, ROWS "program = ?1" ORDER, "t",
				pending->program);
	return db_query(db, stmt, err, ROWS "1" ORDER, "");
}

static int collect(struct db *db, void *data, struct error *err)
{
	struct pending *pending = data;
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int r = pending_judge_prepare(db, &pending->judge, err);

	if (r == 0)
		r = query_rows(db, pending, &stmt, err);
	while (r == 0 && (r = db_next(db, stmt, err)) == 1)
		r = take_row(db, stmt, pending, err);
	return r;
}

/* ---- in order ----------------------------------------------------------- */

static bool is_pending(const struct pending *pending, const struct group *group)
{
	return group->rows > 0 && group->last_time >= pending->since;
}

/* Leaves the groups that wait, each with the sum of its program. */
static void choose(struct pending *pending)
{
	size_t left = 0, first = 0;

	for (size_t i = 0; i < pending->count; i++) {
		struct group *group = &pending->groups[i];

		if (!is_pending(pending, group)) {
			free(group->program);
			continue;
		}
		pending->groups[left++] = *group;
	}
	pending->count = left;
	for (size_t i = 0; i < left; i = first) {
		uint64_t sum = 0;

		for (; first < left && strcmp(pending->groups[first].program,
					      pending->groups[i].program) == 0;
		     first++)
			sum = db_sum(sum, pending->groups[first].count);
		for (size_t k = i; k < first; k++)
			pending->groups[k].program_count = sum;
	}
}

static int most_first(uint64_t a, uint64_t b)
{
	return a < b ? 1 : a > b ? -1 : 0;
}

static int compare_groups(const void *a, const void *b)
{
	const struct group *x = a, *y = b;
	int r = most_first(x->program_count, y->program_count);

	r = r ? r : strcmp(x->program, y->program);
	r = r ? r : most_first(x->count, y->count);
	return r ? r : base_call_compare(&x->call, &y->call);
}

static int tell(struct db *db, const struct group *group,
		int (*callback)(void *data, const struct db_pending *pending),
		void *data, struct error *err)
{
	struct profiles_denial denial;
	const struct db_pending row = {
		.program = group->program, .call = group->call,
		.count = group->count, .rows = group->rows,
		.first_time = group->first_time, .last_time = group->last_time,
		.forgeable = group->unforgeable == 0,
		.listed = group->verdict.listed,
		.decided = group->verdict.decided,
		.decision = group->verdict.decision,
		.decided_at = group->verdict.decided_at, .id = group->id,
		.latest = &denial,
	};
	int r = db_denial_read(db, group->id, &denial, err);

	/* Forgotten since. */
	return r == -ENOENT ? 0 : r < 0 ? r : callback(data, &row);
}

int db_each_pending(struct db *db, const char *program, int64_t since,
		    int (*callback)(void *data,
				    const struct db_pending *pending),
		    void *data, struct error *err)
{
	struct pending pending = { .program = program, .since = since };
	int r = db_snapshot(db, collect, &pending, err);

	if (r == 0) {
		choose(&pending);
		if (pending.count)
			qsort(pending.groups, pending.count,
			      sizeof(*pending.groups), compare_groups);
		for (size_t i = 0; r == 0 && i < pending.count; i++)
			r = tell(db, &pending.groups[i], callback, data, err);
	}
	free_groups(&pending);
	return r;
}

bool db_changed(struct db *db)
{
	struct error ignored;
	int64_t version, before = db->data_version;

	if (db_value(db, &version, &ignored, "PRAGMA data_version", "") < 0)
		return true;
	db->data_version = version;
	return version != before;
}
