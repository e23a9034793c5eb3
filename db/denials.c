/* SPDX-License-Identifier: MIT */
/*
 * Denials. One that is told again is not stored again: an audit record is
 * known by (host, boot id, serial), a repeat within a run by the row that it
 * was given the first time.
 */
#include <string.h>

#include "db/sql.h"

struct add {
	const char *program;
	const struct profiles_denial *denial;
	int64_t *id;
};

/* The same row again, seen COUNT times by now. */
static int update(struct db *db, int64_t id, uint64_t count, int64_t last_time,
		  struct error *err)
{
	return db_run(db, err, "UPDATE denials SET count = ?2,"
		      " last_time = max(last_time, ?3) WHERE id = ?1",
		      "iui", id, count, last_time);
}

/* -ENOENT, and no sentence: the row is gone or was none. */
static int repeat(struct db *db, const struct add *add, struct error *err)
{
	const struct profiles_denial *d = add->denial;
	int64_t count;
	int r = db_value(db, &count, err,
			 "SELECT count FROM denials WHERE id = ?1", "i",
			 *add->id);

	return r < 0 ? r : update(db, *add->id,
				  db_sum((uint64_t)count, d->count),
				  d->last_time, err);
}

/* A record that was read before, from another source or on another day, is the
 * same event and counts once. */
static int known_record(struct db *db, const struct add *add,
			struct error *err)
{
	const struct profiles_denial *d = add->denial;
	int64_t id, count;
	int r;

	if (d->serial == 0)
		return -ENOENT;
	r = db_value(db, &id, err,
		     "SELECT id FROM denials WHERE host = ?1 AND boot_id = ?2"
		     " AND serial = ?3 AND serial <> 0",
		     "tti", d->host, d->boot_id, d->serial);
	if (r == 0)
		r = db_value(db, &count, err,
			     "SELECT count FROM denials WHERE id = ?1", "i",
			     id);
	if (r < 0)
		return r;
	*add->id = id;
	return update(db, id,
		      d->count > (uint64_t)count ? d->count : (uint64_t)count,
		      d->last_time, err);
}

const char *db_denial_source(const struct profiles_denial *denial)
{
	return *denial->source ? denial->source : "jail";
}

/* Columns that few denials have. */
static int insert_more(struct db *db, const struct profiles_denial *d,
		       int64_t day, int64_t id, struct error *err)
{
	int r = 0;

	if (d->has_arguments)
		r = db_run(db, err, "UPDATE denials SET a0 = ?2, a1 = ?3,"
			   " a2 = ?4, a3 = ?5, a4 = ?6, a5 = ?7 WHERE id = ?1",
			   "iuuuuuu", id, d->arguments[0], d->arguments[1],
			   d->arguments[2], d->arguments[3], d->arguments[4],
			   d->arguments[5]);
	if (r == 0 && day != DB_NO_DAY)
		r = db_run(db, err, "UPDATE denials SET day = ?2"
			   " WHERE id = ?1", "ii", id, day);
	return r;
}

int db_denial_insert(struct db *db, const char *program,
		     const struct profiles_denial *d, int64_t day, int64_t *id,
		     struct error *err)
{
	int64_t last = d->last_time > d->time ? d->last_time : d->time;
	int r;

	r = db_run(db, err,
		   "INSERT INTO denials (program, time, last_time, count, host,"
		   " boot_id, serial, pid, uid, exe, comm, arch, number, ip,"
		   " action, errno, source, forgeable, code)"
		   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,"
		   " ?13, ?14, ?15, ?16, ?17, ?18, ?19)",
		   "tiiuttiiittcutitit", program, d->time, last, d->count,
		   d->host, d->boot_id, d->serial, (int64_t)d->pid,
		   (int64_t)d->uid, d->exe, d->comm, d->call, d->ip,
		   profiles_action_name(d->action), (int64_t)d->action_errno,
		   db_denial_source(d), (int64_t)d->forgeable, d->code);
	if (r < 0)
		return r;
	*id = sqlite3_last_insert_rowid(db->handle);
	return insert_more(db, d, day, *id, err);
}

static int add_denial(struct db *db, void *data, struct error *err)
{
	const struct add *add = data;
	int r = -ENOENT;

	if (*add->id != 0)
		r = repeat(db, add, err);
	if (r == -ENOENT)
		r = known_record(db, add, err);
	if (r == -ENOENT)
		r = db_denial_insert(db, add->program, add->denial, DB_NO_DAY,
				     add->id, err);
	return r;
}

int db_denial_add(struct db *db, const char *program,
		  const struct profiles_denial *denial, int64_t *id,
		  struct error *err)
{
	int64_t row = *id;
	struct add add = { program, denial, &row };
	int r = db_write(db, add_denial, &add, err);

	if (r == 0)
		*id = row;
	return r;
}

/* ---- reading ------------------------------------------------------------ */

enum {
	ID, PROGRAM, TIME, LAST_TIME, COUNT, HOST, BOOT_ID, SERIAL, PID, UID,
	EXE, COMM, ARCH, NUMBER, IP, ACTION, ERRNO, SOURCE, FORGEABLE, CODE,
	ARGUMENTS
};
#define COLUMNS                                                                \
	"id, program, time, last_time, count, host, boot_id, serial, pid, uid,"\
	" exe, comm, arch, number, ip, action, errno, source, forgeable, code,"\
	" a0, a1, a2, a3, a4, a5"

static int read_row(struct db *db, sqlite3_stmt *stmt,
		    struct profiles_denial *d, struct error *err)
{
	int action = profiles_action_parse(db_column_text(stmt, ACTION));

	if (action < 0)
		return base_error(err, EUCLEAN,
				  "%.200s is damaged: it holds a denial of an "
				  "unknown kind; move it away and learn again",
				  db->path);
	*d = (struct profiles_denial){
		.time = sqlite3_column_int64(stmt, TIME),
		.last_time = sqlite3_column_int64(stmt, LAST_TIME),
		.count = db_column_u64(stmt, COUNT),
		.serial = sqlite3_column_int64(stmt, SERIAL),
		.pid = (pid_t)sqlite3_column_int64(stmt, PID),
		.uid = (uid_t)sqlite3_column_int64(stmt, UID),
		.ip = db_column_u64(stmt, IP),
		.action = action,
		.action_errno = sqlite3_column_int(stmt, ERRNO),
		.forgeable = sqlite3_column_int(stmt, FORGEABLE) != 0,
		.has_arguments =
			sqlite3_column_type(stmt, ARGUMENTS) != SQLITE_NULL,
	};
	for (int i = 0; i < 6; i++)
		d->arguments[i] = db_column_u64(stmt, ARGUMENTS + i);
	db_column_copy(stmt, HOST, d->host, sizeof(d->host));
	db_column_copy(stmt, BOOT_ID, d->boot_id, sizeof(d->boot_id));
	db_column_copy(stmt, EXE, d->exe, sizeof(d->exe));
	db_column_copy(stmt, COMM, d->comm, sizeof(d->comm));
	db_column_copy(stmt, SOURCE, d->source, sizeof(d->source));
	db_column_copy(stmt, CODE, d->code, sizeof(d->code));
	return db_column_call(db, stmt, ARCH, &d->call, err);
}

int db_denial_read(struct db *db, int64_t id, struct profiles_denial *denial,
		   struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int r = db_query(db, &stmt, err,
			 "SELECT " COLUMNS " FROM denials WHERE id = ?1", "i",
			 id);

	if (r == 0)
		r = db_next(db, stmt, err);
	if (r == 0)
		return -ENOENT;
	return r < 0 ? r : read_row(db, stmt, denial, err);
}

/* All that STMT yields; it is taken over. */
static int each_row(struct db *db, sqlite3_stmt *rows,
		    int (*callback)(void *data, int64_t id, const char *name,
				    const struct profiles_denial *denial),
		    void *data, struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = rows;
	struct profiles_denial denial;
	int r;

	while ((r = db_next(db, stmt, err)) == 1) {
		r = read_row(db, stmt, &denial, err);
		if (r == 0)
			r = callback(data, sqlite3_column_int64(stmt, ID),
				     db_column_text(stmt, PROGRAM), &denial);
		if (r != 0)
			break;
	}
	return r;
}

int db_each_denial(struct db *db, const char *program,
		   int (*callback)(void *data, int64_t id, const char *name,
				   const struct profiles_denial *denial),
		   void *data, struct error *err)
{
	sqlite3_stmt *stmt = NULL;
	int r = db_query(db, &stmt, err,
			 "SELECT " COLUMNS
			 " FROM denials WHERE ?1 IS NULL OR program = ?1"
			 " ORDER BY id", "t", program);

	return r == 0 ? each_row(db, stmt, callback, data, err) : r;
}

int db_each_denial_since(struct db *db, int64_t since,
			 int (*callback)(void *data, int64_t id,
					 const char *name,
					 const struct profiles_denial *denial),
			 void *data, struct error *err)
{
	sqlite3_stmt *stmt = NULL;
	int r = db_query(db, &stmt, err,
			 "SELECT " COLUMNS " FROM denials WHERE last_time >= ?1"
			 " ORDER BY last_time, id", "i", since);

	return r == 0 ? each_row(db, stmt, callback, data, err) : r;
}
