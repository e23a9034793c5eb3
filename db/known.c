/* SPDX-License-Identifier: MIT */
/*
 * What needs not be seen again. It is read before each session, so it comes
 * from the tables that hold each call and each value once, however many
 * sessions there were (record.c fills them).
 */
#include "db/sql.h"

struct reading {
	struct profiles_known *known;
	size_t room;		/* of its arguments */
};

static struct profiles_argument *append(struct reading *reading)
{
	struct profiles_known *known = reading->known;

	if (known->argument_count == reading->room) {
		size_t room = reading->room ? 2 * reading->room : 64;
		struct profiles_argument *arguments = reallocarray(
			known->arguments, room, sizeof(*arguments));

		if (!arguments)
			return NULL;
		known->arguments = arguments;
		reading->room = room;
	}
	return &known->arguments[known->argument_count++];
}

/* Columns: arch, number, and a value of its arguments if it has any: a, b, c,
 * calls. */
static int take(struct db *db, sqlite3_stmt *stmt, struct reading *reading,
		struct error *err)
{
	struct profiles_argument row = {
		.values = { db_column_u64(stmt, 2), db_column_u64(stmt, 3),
			    db_column_u64(stmt, 4) },
		.calls = db_column_u64(stmt, 5),
	};
	struct profiles_argument *argument;
	int r = db_column_call(db, stmt, 0, &row.call, err);

	if (r < 0)
		return r;
	if (profiles_set_add(&reading->known->set, row.call) < 0)
		return base_error(err, ENOMEM, "out of memory");
	if (sqlite3_column_type(stmt, 2) == SQLITE_NULL)
		return 0;
	argument = append(reading);
	if (!argument)
		return base_error(err, ENOMEM, "out of memory");
	*argument = row;
	return 0;
}

/* The rows of seen for a row of learned, by sessions of this store. */
#define SEEN                                                                   \
	"FROM seen AS s WHERE s.program = l.program AND s.arch = l.arch"       \
	" AND s.number = l.number AND s.here = 1"

/* Rows come by the keys of both tables, which needs no sorting. But values are
 * unsigned, and sqlite takes large ones for negative. */
static int read_known(struct db *db, int64_t program,
		      struct profiles_known *known, struct error *err)
{
	struct reading reading = { .known = known };
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int r = db_query(db, &stmt, err,
			 "SELECT l.arch, l.number, a, b, c, calls"
			 " FROM learned AS l"
			 " LEFT JOIN learned_arguments AS a"
			 " ON a.program = l.program AND a.arch = l.arch"
			 " AND a.number = l.number"
			 " WHERE l.program = ?1 AND EXISTS (SELECT 1 " SEEN ")"
			 " AND " DB_DECIDED " NOT IN ('drop', 'never')",
			 "i", program);

	while (r == 0 && (r = db_next(db, stmt, err)) == 1)
		r = take(db, stmt, &reading, err);
	if (known->argument_count)
		qsort(known->arguments, known->argument_count,
		      sizeof(*known->arguments), profiles_argument_compare);
	return r;
}

/* There is no third session, and of the two that there may be none made it
 * often. */
static int read_watched(struct db *db, int64_t program,
			struct profiles_known *known, struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int r = db_query(db, &stmt, err,
			 "SELECT l.arch, l.number FROM learned AS l"
			 " WHERE l.program = ?1 AND EXISTS (SELECT 1 " SEEN ")"
			 " AND NOT EXISTS"
			 "  (SELECT 1 " SEEN " LIMIT 1 OFFSET ?2 - 1)"
			 " AND NOT EXISTS (SELECT 1 " SEEN " AND s.often)"
			 " AND " DB_DECIDED " NOT IN ('drop', 'never')",
			 "ii", program, (int64_t)DB_SELDOM);

	return r < 0 ? r : db_collect(db, stmt, &known->watched, err);
}

int db_known(struct db *db, const char *program, struct profiles_known *known,
	     struct error *err)
{
	int64_t id = 0;
	int r = db_program_known(db, program, &id, err);

	if (r == 0)
		r = read_known(db, id, known, err);
	return r < 0 ? r : read_watched(db, id, known, err);
}
