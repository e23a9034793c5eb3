/* SPDX-License-Identifier: MIT */
/*
 * What was observed of a program or in a session, added up: calls, argument
 * values, executables and libraries. Rows come sorted by what they are about,
 * so that alike ones follow each other and one row is held at a time.
 */
#include <string.h>

#include "db/sql.h"

/* ---- calls -------------------------------------------------------------- */

/* One of the two is set: rows by executable, or of all executables. */
struct sum {
	int (*by_exe)(void *data, const char *exe,
		      const struct profiles_observation *row);
	int (*of_all)(void *data, const struct profiles_observation *row);
	void *data;
	char exe[4096];
	struct profiles_observation row;
	bool held;
};

static int hand_on_call(struct sum *sum)
{
	if (!sum->held)
		return 0;
	return sum->by_exe ? sum->by_exe(sum->data, sum->exe, &sum->row)
			   : sum->of_all(sum->data, &sum->row);
}

static void add_call(struct profiles_observation *to,
		     const struct profiles_observation *row)
{
	to->calls = db_sum(to->calls, row->calls);
	to->errors = db_sum(to->errors, row->errors);
	to->returns = db_sum(to->returns, row->returns);
	to->partial |= row->partial;
	if (row->first_seen < to->first_seen)
		to->first_seen = row->first_seen;
	if (row->last_seen > to->last_seen)
		to->last_seen = row->last_seen;
}

/* Columns: path, arch, number, calls, errors, returns, first and last seen,
 * partial. */
static int take_call(struct db *db, sqlite3_stmt *stmt, struct sum *sum,
		     struct error *err)
{
	struct profiles_observation row = {
		.calls = db_column_u64(stmt, 3),
		.errors = db_column_u64(stmt, 4),
		.returns = db_column_u64(stmt, 5),
		.first_seen = sqlite3_column_int64(stmt, 6),
		.last_seen = sqlite3_column_int64(stmt, 7),
		.partial = sqlite3_column_int(stmt, 8),
	};
	char exe[sizeof(sum->exe)];
	int r = db_column_call(db, stmt, 1, &row.call, err);

	if (r < 0)
		return r;
	db_column_copy(stmt, 0, exe, sizeof(exe));
	if (sum->held && strcmp(exe, sum->exe) == 0 &&
	    base_call_compare(&row.call, &sum->row.call) == 0) {
		add_call(&sum->row, &row);
		return 0;
	}
	r = hand_on_call(sum);
	/* Over all sessions an executable has no number but its place. */
	row.image = sum->row.image +
		    (sum->held && strcmp(exe, sum->exe) != 0);
	sum->row = row;
	sum->held = true;
	memcpy(sum->exe, exe, sizeof(exe));
	return r;
}

/* Rows that SQL finds for the row ID, added up. */
static int sum_calls(struct db *db, const char *sql, int64_t id,
		     struct sum *sum, struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int r = db_query(db, &stmt, err, sql, "i", id);

	while (r == 0 && (r = db_next(db, stmt, err)) == 1)
		r = take_call(db, stmt, sum, err);
	return r ? r : hand_on_call(sum);
}

int db_each_observation(struct db *db, const char *program,
			int (*callback)(void *data, const char *exe,
				const struct profiles_observation *row),
			void *data, struct error *err)
{
	struct sum sum = { .by_exe = callback, .data = data };
	int64_t id;
	int r = db_program_find(db, program, &id, err);

	if (r < 0)
		return r;
	return sum_calls(db,
			 "SELECT iif(s.origin = 'import', '(imported)', i.path)"
			 " AS path, c.arch, c.number, c.calls, c.errors,"
			 " c.returns, c.first_seen, c.last_seen,"
			 " c.partial OR (c.arch, c.number) IN " DB_PASSED
			 " FROM sessions AS s"
			 " JOIN calls AS c ON c.session = s.id"
			 " LEFT JOIN images AS i"
			 " ON i.session = s.id AND i.idx = c.image"
			 " WHERE s.program = ?1"
			 " ORDER BY path, c.arch, c.number", id, &sum, err);
}

int db_each_session_call(struct db *db, int64_t id,
			 int (*callback)(void *data,
				const struct profiles_observation *row),
			 void *data, struct error *err)
{
	struct sum sum = { .of_all = callback, .data = data };

	return sum_calls(db,
			 "SELECT '', arch, number, calls, errors, returns,"
			 " first_seen, last_seen, partial FROM calls"
			 " WHERE session = ?1 ORDER BY arch, number", id, &sum,
			 err);
}

/* ---- argument values ---------------------------------------------------- */

struct by_value {
	int (*callback)(void *data, const struct profiles_argument *row);
	void *data;
	struct profiles_argument row;
	bool held;
};

static int hand_on_value(struct by_value *by)
{
	return by->held ? by->callback(by->data, &by->row) : 0;
}

/* Columns: arch, number, a, b, c, calls. */
static int take_value(struct db *db, sqlite3_stmt *stmt, struct by_value *by,
		      struct error *err)
{
	struct profiles_argument row = {
		.values = { db_column_u64(stmt, 2), db_column_u64(stmt, 3),
			    db_column_u64(stmt, 4) },
		.calls = db_column_u64(stmt, 5),
	};
	int r = db_column_call(db, stmt, 0, &row.call, err);

	if (r < 0)
		return r;
	if (by->held && base_call_compare(&row.call, &by->row.call) == 0 &&
	    memcmp(row.values, by->row.values, sizeof(row.values)) == 0) {
		by->row.calls = db_sum(by->row.calls, row.calls);
		return 0;
	}
	r = hand_on_value(by);
	by->row = row;
	by->held = true;
	return r;
}

int db_each_argument(struct db *db, const char *program,
		     int (*callback)(void *data,
				     const struct profiles_argument *row),
		     void *data, struct error *err)
{
	struct by_value by = { .callback = callback, .data = data };
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int64_t id;
	int r = db_program_find(db, program, &id, err);

	/* Values are unsigned: what sqlite takes for negative comes last. */
	if (r == 0)
		r = db_query(db, &stmt, err,
			     "SELECT arch, number, a, b, c, calls"
			     " FROM arguments WHERE session IN"
			     " (SELECT id FROM sessions WHERE program = ?1)"
			     " ORDER BY arch, number,"
			     " a < 0, a, b < 0, b, c < 0, c", "i", id);
	while (r == 0 && (r = db_next(db, stmt, err)) == 1)
		r = take_value(db, stmt, &by, err);
	return r ? r : hand_on_value(&by);
}

/* ---- executables and libraries ------------------------------------------ */

int db_each_object(struct db *db, const char *program,
		   int (*callback)(void *data, const char *kind,
				   const char *path, const char *build_id),
		   void *data, struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int64_t id;
	int r = db_program_find(db, program, &id, err);

	/* sqlite takes bare columns from the row that has the maximum:
	 * https://www.sqlite.org/lang_select.html, 2.5 */
	if (r == 0)
		r = db_query(db, &stmt, err,
			     "SELECT 'executable', path, build_id, max(session)"
			     " FROM images WHERE session IN"
			     " (SELECT id FROM sessions WHERE program = ?1"
			     "  AND origin = 'learn') GROUP BY path"
			     " UNION ALL "
			     "SELECT 'library', path, build_id, max(session)"
			     " FROM libraries WHERE session IN"
			     " (SELECT id FROM sessions WHERE program = ?1"
			     "  AND origin = 'learn')"
			     " GROUP BY path ORDER BY 1, 2", "i", id);
	while (r == 0 && (r = db_next(db, stmt, err)) == 1)
		r = callback(data, db_column_text(stmt, 0),
			     db_column_text(stmt, 1),
			     db_column_or_null(stmt, 2));
	return r;
}

int db_each_lost(struct db *db, int64_t session,
		 int (*callback)(void *data, const char *path), void *data,
		 struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int r = db_query(db, &stmt, err,
			 "SELECT DISTINCT path FROM images WHERE session = ?1"
			 " AND lost_privileges ORDER BY path", "i", session);

	while (r == 0 && (r = db_next(db, stmt, err)) == 1)
		r = callback(data, db_column_text(stmt, 0));
	return r;
}
