/* SPDX-License-Identifier: MIT */
/* One session as its end shows it, and the end of one that never began. */
#include "db/sql.h"

static int abandon(struct db *db, void *data, struct error *err)
{
	int64_t id = *(int64_t *)data, program;
	int ret = db_value(db, &program, err,
			   "SELECT program FROM sessions WHERE id = ?1", "i",
			   id);

	if (ret < 0)
		return ret == -ENOENT ? 0 : ret;
	ret = db_run(db, err, "DELETE FROM sessions WHERE id = ?1", "i", id);
	if (ret < 0)
		return ret;
	return db_run(db, err,
		      "DELETE FROM programs WHERE id = ?1"
		      " AND NOT EXISTS (SELECT 1 FROM sessions"
		      "  WHERE program = ?1)"
		      " AND NOT EXISTS (SELECT 1 FROM decisions"
		      "  WHERE program = ?1)"
		      " AND NOT EXISTS (SELECT 1 FROM denials"
		      "  WHERE program = ?1)",
		      "i", program);
}

int db_session_abandon(struct db *db, int64_t id, struct error *err)
{
	return db_write(db, abandon, &id, err);
}

int db_each_session_call(struct db *db, int64_t id,
			 int (*callback)(void *data,
				const struct profiles_observation *row),
			 void *data, struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int ret = db_query(db, &stmt, err,
			   "SELECT arch, number, sum(calls), sum(errors),"
			   " sum(returns), min(first_seen), max(last_seen)"
			   " FROM calls WHERE session = ?1"
			   " GROUP BY arch, number ORDER BY arch, number",
			   "i", id);

	if (ret < 0)
		return ret;
	while ((ret = db_next(db, stmt, err)) > 0) {
		struct profiles_observation row = {
			.calls = db_column_u64(stmt, 2),
			.errors = db_column_u64(stmt, 3),
			.returns = db_column_u64(stmt, 4),
			.first_seen = (int64_t)db_column_u64(stmt, 5),
			.last_seen = (int64_t)db_column_u64(stmt, 6),
		};

		ret = db_column_call(db, stmt, 0, &row.call, err);
		if (ret == 0)
			ret = callback(data, &row);
		if (ret != 0)
			return ret;
	}
	return ret;
}
