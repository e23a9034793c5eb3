/* SPDX-License-Identifier: MIT */
/* What a watch keeps or looks up beside the records themselves: where each of
 * its sources stopped, and whose executables are whose. */
#include <string.h>

#include "db/sql.h"

int db_position(struct db *db, const char *source, char **position,
		struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int r = db_query(db, &stmt, err, "SELECT position FROM positions"
			 " WHERE source = ?1", "t", source);

	*position = NULL;
	if (r == 0)
		r = db_next(db, stmt, err);
	if (r <= 0)
		return r;
	*position = strdup(db_column_text(stmt, 0));
	return *position ? 0 : base_error(err, ENOMEM, "out of memory");
}

int db_each_executable(struct db *db,
		       int (*callback)(void *data, const char *program,
				       const char *path, bool first),
		       void *data, struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	/* Executables are numbered as they are met. */
	int r = db_query(db, &stmt, err,
			 "SELECT p.name, i.path, min(i.idx) = 0"
			 " FROM programs AS p"
			 " JOIN sessions AS s ON s.program = p.id"
			 " AND s.origin = 'learn'"
			 " JOIN images AS i ON i.session = s.id"
			 " GROUP BY p.name, i.path ORDER BY p.name, i.path",
			 "");

	while (r == 0 && (r = db_next(db, stmt, err)) == 1)
		r = callback(data, db_column_text(stmt, 0),
			     db_column_text(stmt, 1),
			     sqlite3_column_int(stmt, 2) != 0);
	return r;
}
