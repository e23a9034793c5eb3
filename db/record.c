/* SPDX-License-Identifier: MIT */
/*
 * What a session observed, batch by batch. A batch holds totals of the session,
 * so that storing one again, or only the one after it, gives the same rows.
 */
#include "db/sql.h"

struct record {
	int64_t session, program;
	const struct profiles_batch *batch;
};

/* ---- files -------------------------------------------------------------- */

/* What freshness is judged by, for all sessions together: each file with the
 * stamp that the latest session saw which knows one. */
static int prepare_learned(struct db *db, sqlite3_stmt **stmt,
			   struct error *err)
{
	return db_prepare(db, stmt,
			  "INSERT INTO learned_objects (program, path,"
			  " build_id, library, inode, size, mtime, session)"
			  " VALUES (?1, ?2, coalesce(?3, ''), ?4, ?5, ?6, ?7,"
			  " ?8) ON CONFLICT DO UPDATE SET"
			  " library = min(library, excluded.library),"
			  " (inode, size, mtime) = (SELECT excluded.inode,"
			  "  excluded.size, excluded.mtime"
			  "  WHERE excluded.inode <> 0"
			  "  AND excluded.session >= session UNION ALL"
			  "  SELECT inode, size, mtime LIMIT 1),"
			  " session = max(session, excluded.session)", err);
}

static int learned(struct db *db, sqlite3_stmt *stmt, const struct record *r,
		   const struct profiles_object *object, struct error *err)
{
	return db_again(db, stmt, err, "ittiuuii", r->program, object->path,
			object->build_id, (int64_t)object->library,
			object->stamp.inode, object->stamp.size,
			object->stamp.mtime, r->session);
}

static int record_images(struct db *db, const struct record *r,
			 struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL, *all = NULL;
	int ret = db_prepare(db, &stmt,
			     "INSERT INTO images (session, idx, path, build_id,"
			     " lost_privileges, inode, size, mtime)"
			     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
			     " ON CONFLICT DO UPDATE SET path = excluded.path,"
			     " build_id = excluded.build_id, lost_privileges ="
			     " max(lost_privileges, excluded.lost_privileges),"
			     " inode = excluded.inode, size = excluded.size,"
			     " mtime = excluded.mtime", err);

	if (ret == 0)
		ret = prepare_learned(db, &all, err);
	for (size_t i = 0; ret == 0 && i < r->batch->image_count; i++) {
		const struct profiles_image *image = &r->batch->images[i];

		ret = db_again(db, stmt, err, "iittiuui", r->session,
			       (int64_t)image->image, image->path,
			       image->build_id,
			       (int64_t)image->lost_privileges,
			       image->stamp.inode, image->stamp.size,
			       image->stamp.mtime);
		if (ret == 0)
			ret = learned(db, all, r,
				      &(struct profiles_object){
					.path = image->path,
					.build_id = image->build_id,
					.stamp = image->stamp,
				      }, err);
	}
	return ret;
}

static int record_libraries(struct db *db, const struct record *r,
			    struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL, *all = NULL;
	int ret = db_prepare(db, &stmt,
			     "INSERT INTO libraries (session, image, path,"
			     " build_id, inode, size, mtime)"
			     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
			     " ON CONFLICT DO UPDATE"
			     " SET build_id = excluded.build_id,"
			     " inode = excluded.inode, size = excluded.size,"
			     " mtime = excluded.mtime", err);

	if (ret == 0)
		ret = prepare_learned(db, &all, err);
	for (size_t i = 0; ret == 0 && i < r->batch->library_count; i++) {
		const struct profiles_library *library =
			&r->batch->libraries[i];

		ret = db_again(db, stmt, err, "iittuui", r->session,
			       (int64_t)library->image, library->path,
			       library->build_id, library->stamp.inode,
			       library->stamp.size, library->stamp.mtime);
		if (ret == 0)
			ret = learned(db, all, r,
				      &(struct profiles_object){
					.path = library->path,
					.build_id = library->build_id,
					.stamp = library->stamp,
					.library = true,
				      }, err);
	}
	return ret;
}

/* ---- calls -------------------------------------------------------------- */

int db_record_seen(struct db *db, int64_t program, int64_t session, bool here,
		   struct error *err)
{
	int r = db_run(db, err,
		       "INSERT OR IGNORE INTO learned"
		       " (program, arch, number, session)"
		       " SELECT ?1, arch, number, ?2 FROM calls"
		       " WHERE session = ?2",
		       "ii", program, session);

	/* What began to pass unseen while it ran was made more often than was
	 * counted; but what had been made only once by then is hardly what the
	 * program does all the time. */
	return r < 0 ? r : db_run(
		db, err,
		"INSERT INTO seen (program, arch, number, session, here, often)"
		" SELECT ?1, arch, number, ?2, ?3,"
		"  sum(CASE WHEN calls BETWEEN 0 AND ?4 THEN calls ELSE ?4 END)"
		"  >= CASE max(partial) WHEN 0 THEN ?4 ELSE 2 END"
		" FROM calls WHERE session = ?2 GROUP BY arch, number"
		" ON CONFLICT DO UPDATE SET often = 1"
		" WHERE excluded.often > often",
		"iiii", program, session, (int64_t)here, (int64_t)DB_OFTEN);
}

static int record_calls(struct db *db, const struct record *r,
			struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int ret = db_prepare(db, &stmt,
			     "INSERT INTO calls (session, image, arch, number,"
			     " calls, errors, returns, first_seen, last_seen,"
			     " partial)"
			     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
			     " ON CONFLICT DO UPDATE SET"
			     " calls = excluded.calls,"
			     " errors = excluded.errors,"
			     " returns = excluded.returns,"
			     " first_seen = excluded.first_seen,"
			     " last_seen = excluded.last_seen,"
			     " partial = max(partial, excluded.partial)", err);

	for (size_t i = 0; ret == 0 && i < r->batch->observation_count; i++) {
		const struct profiles_observation *o =
			&r->batch->observations[i];

		ret = db_again(db, stmt, err, "iicuuuiii", r->session,
			       (int64_t)o->image, o->call, o->calls, o->errors,
			       o->returns, o->first_seen, o->last_seen,
			       (int64_t)o->partial);
	}
	return ret < 0 ? ret : db_record_seen(db, r->program, r->session,
					      true, err);
}

static int record_learned_arguments(struct db *db, const struct record *r,
				    struct error *err)
{
	return db_run(db, err,
		      "INSERT INTO learned_arguments"
		      " (program, arch, number, a, b, c, calls)"
		      " SELECT ?1, arch, number, a, b, c, calls"
		      " FROM arguments WHERE session = ?2"
		      " ON CONFLICT DO UPDATE SET calls = excluded.calls"
		      " WHERE excluded.calls > calls",
		      "ii", r->program, r->session);
}

static int record_arguments(struct db *db, const struct record *r,
			    struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int ret = db_prepare(db, &stmt,
			     "INSERT INTO arguments (session, arch, number,"
			     " a, b, c, calls)"
			     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
			     " ON CONFLICT DO UPDATE"
			     " SET calls = excluded.calls", err);

	for (size_t i = 0; ret == 0 && i < r->batch->argument_count; i++) {
		const struct profiles_argument *a = &r->batch->arguments[i];

		ret = db_again(db, stmt, err, "icuuuu", r->session, a->call,
			       a->values[0], a->values[1], a->values[2],
			       a->calls);
	}
	return ret < 0 ? ret : record_learned_arguments(db, r, err);
}

static int record(struct db *db, void *data, struct error *err)
{
	struct record *r = data;
	int ret = db_value(db, &r->program, err,
			   "SELECT program FROM sessions WHERE id = ?1", "i",
			   r->session);

	if (ret == -ENOENT)
		return base_error(err, ENOENT,
				  "the program was taken out of the store "
				  "%.200s while it was learned; learn it "
				  "again", db->path);
	/* To prepare a statement takes longer than to run it for some rows,
	 * and where most is known a batch lacks most kinds of them. */
	if (ret == 0 && r->batch->image_count)
		ret = record_images(db, r, err);
	if (ret == 0 && r->batch->library_count)
		ret = record_libraries(db, r, err);
	if (ret == 0 && r->batch->observation_count)
		ret = record_calls(db, r, err);
	if (ret == 0 && r->batch->argument_count)
		ret = record_arguments(db, r, err);
	return ret;
}

int db_session_record(struct db *db, int64_t id,
		      const struct profiles_batch *batch, struct error *err)
{
	struct record r = { .session = id, .batch = batch };

	return db_write(db, record, &r, err);
}
