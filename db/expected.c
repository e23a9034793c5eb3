/* SPDX-License-Identifier: MIT */
/*
 * Denials that are expected: a person said "never", and wants to hear no more
 * of them.
 */
#include "db/sql.h"

int db_expected(struct db *db, const char *program, struct profiles_set *set,
		struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int r = db_query(db, &stmt, err,
			 "SELECT arch, number FROM decisions AS d"
			 " WHERE program ="
			 " (SELECT id FROM programs WHERE name = ?1)"
			 " AND verdict = 'never' AND NOT EXISTS"
			 " (SELECT 1 FROM decisions AS n"
			 "  WHERE n.program = d.program AND n.arch = d.arch"
			 "  AND n.number = d.number AND n.id > d.id)",
			 "t", program);

	return r < 0 ? r : db_collect(db, stmt, set, err);
}
