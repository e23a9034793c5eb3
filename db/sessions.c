/* SPDX-License-Identifier: MIT */
/*
 * Sessions: begun, recorded batch by batch, ended. A batch holds totals, so
 * that storing one again, or only the one after it, gives the same rows.
 */
#include <jansson.h>
#include <string.h>
#include <sys/random.h>

#include "db/sql.h"

enum { ARGV_LIMIT = 65536 };

/* ---- begin and end ------------------------------------------------------- */

/* JSON is UTF-8; an argument that is not is kept as far as it can be read. */
static json_t *argument_json(const char *text)
{
	cleanup_free char *readable = NULL;
	size_t size = strlen(text) + 1;
	json_t *json = json_string(text);

	if (json)
		return json;
	readable = malloc(size);
	return readable ? json_string(base_printable(readable, size, text))
			: NULL;
}

/* The arguments as far as they fit into ARGV_LIMIT bytes; *count is how many
 * there were. NULL without memory. */
static char *argv_json(char *const *argv, int64_t *count)
{
	json_t *array = json_array();
	size_t left = ARGV_LIMIT;
	char *text = NULL;
	bool ok = array;

	for (*count = 0; argv && argv[*count]; (*count)++) {
		size_t size = strlen(argv[*count]) + 1;

		left = size < left ? left - size : 0;
		if (left && ok)
			ok = json_array_append_new(
				array, argument_json(argv[*count])) == 0;
	}
	if (ok)
		text = json_dumps(array, JSON_COMPACT);
	json_decref(array);
	return text;
}

struct begin {
	const struct db_session *session;
	int64_t *id;
	char *uid;
};

static int new_uid(struct db *db, int64_t program, char uid[9],
		   struct error *err)
{
	uint32_t random;
	int64_t taken;
	int r;

	do {
		if (getrandom(&random, sizeof(random), 0) != sizeof(random))
			return base_error(err, EIO, "no random numbers");
		snprintf(uid, 9, "%08x", random);
		r = db_value(db, &taken, err, "SELECT id FROM sessions"
			     " WHERE program = ?1 AND uid = ?2",
			     "it", program, uid);
	} while (r == 0);
	return r == -ENOENT ? 0 : r;
}

static int begin(struct db *db, void *data, struct error *err)
{
	struct begin *b = data;
	const struct db_session *s = b->session;
	int64_t program, argc;
	cleanup_free char *argv = argv_json(s->argv, &argc);
	int r;

	if (!argv)
		return base_error(err, ENOMEM, "out of memory");
	r = db_program_make(db, s->program, &program, err);
	if (r == 0)
		r = new_uid(db, program, b->uid, err);
	if (r < 0)
		return r;
	r = db_run(db, err,
		   "INSERT INTO sessions (program, uid, origin, started, argv,"
		   " argc, kernel, libc, sandbox, full, jail)"
		   " VALUES (?1, ?2, 'learn', ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
		   "ititittiit", program, b->uid, base_now(), argv, argc,
		   s->kernel, s->libc, (int64_t)s->sandbox, (int64_t)s->full,
		   JAIL_VERSION);
	*b->id = sqlite3_last_insert_rowid(db->handle);
	return r;
}

int db_session_begin(struct db *db, const struct db_session *session,
		     int64_t *id, char uid[9], struct error *err)
{
	struct begin b = { session, id, uid };

	return db_write(db, begin, &b, err);
}

int db_session_end(struct db *db, int64_t id, int status, struct error *err)
{
	return db_run(db, err, "UPDATE sessions SET ended = ?2, status = ?3"
		      " WHERE id = ?1",
		      "iii", id, base_now(), (int64_t)status);
}

/* ---- record -------------------------------------------------------------- */

struct record {
	int64_t session;
	const struct profiles_batch *batch;
};

static int record_images(struct db *db, const struct record *r,
			 struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int ret = db_prepare(db, &stmt,
			     "INSERT INTO images (session, idx, path, build_id)"
			     " VALUES (?1, ?2, ?3, ?4)"
			     " ON CONFLICT DO UPDATE SET path = excluded.path,"
			     " build_id = excluded.build_id", err);

	for (size_t i = 0; ret == 0 && i < r->batch->image_count; i++) {
		const struct profiles_image *image = &r->batch->images[i];

		ret = db_again(db, stmt, err, "iitt", r->session,
			       (int64_t)image->image, image->path,
			       image->build_id);
	}
	return ret;
}

static int record_libraries(struct db *db, const struct record *r,
			    struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int ret = db_prepare(db, &stmt,
			     "INSERT INTO libraries (session, image, path,"
			     " build_id) VALUES (?1, ?2, ?3, ?4)"
			     " ON CONFLICT DO UPDATE"
			     " SET build_id = excluded.build_id", err);

	for (size_t i = 0; ret == 0 && i < r->batch->library_count; i++) {
		const struct profiles_library *library =
			&r->batch->libraries[i];

		ret = db_again(db, stmt, err, "iitt", r->session,
			       (int64_t)library->image, library->path,
			       library->build_id);
	}
	return ret;
}

static int record_calls(struct db *db, const struct record *r,
			struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int ret = db_prepare(db, &stmt,
			     "INSERT INTO calls (session, image, arch, number,"
			     " calls, errors, returns, first_seen, last_seen)"
			     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
			     " ON CONFLICT DO UPDATE SET"
			     " calls = excluded.calls,"
			     " errors = excluded.errors,"
			     " returns = excluded.returns,"
			     " first_seen = excluded.first_seen,"
			     " last_seen = excluded.last_seen", err);

	for (size_t i = 0; ret == 0 && i < r->batch->observation_count; i++) {
		const struct profiles_observation *o =
			&r->batch->observations[i];

		ret = db_again(db, stmt, err, "iicuuuii", r->session,
			       (int64_t)o->image, o->call, o->calls, o->errors,
			       o->returns, o->first_seen, o->last_seen);
	}
	return ret;
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
	return ret;
}

static int record_learned(struct db *db, int64_t program, int64_t session,
			  struct error *err)
{
	return db_run(db, err,
		      "INSERT INTO learned (program, arch, number, session)"
		      " SELECT DISTINCT ?1, arch, number, ?2 FROM calls"
		      " WHERE session = ?2 ON CONFLICT DO NOTHING",
		      "ii", program, session);
}

static int record(struct db *db, void *data, struct error *err)
{
	const struct record *r = data;
	int64_t program;
	int ret = db_value(db, &program, err,
			   "SELECT program FROM sessions WHERE id = ?1", "i",
			   r->session);

	if (ret == -ENOENT)
		return base_error(err, ENOENT,
				  "the program was taken out of the store "
				  "%.200s while it was learned; learn it "
				  "again", db->path);
	if (ret == 0)
		ret = record_images(db, r, err);
	if (ret == 0)
		ret = record_libraries(db, r, err);
	if (ret == 0)
		ret = record_calls(db, r, err);
	if (ret == 0)
		ret = record_arguments(db, r, err);
	if (ret == 0)
		ret = record_learned(db, program, r->session, err);
	return ret;
}

int db_session_record(struct db *db, int64_t id,
		      const struct profiles_batch *batch, struct error *err)
{
	struct record r = { id, batch };

	return db_write(db, record, &r, err);
}

/* ---- what a session brought ---------------------------------------------- */

int db_session_new(struct db *db, int64_t id, struct profiles_set *set,
		   struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int r = db_query(db, &stmt, err,
			 "SELECT l.arch, l.number FROM learned AS l"
			 " JOIN sessions AS s ON s.id = l.session"
			 " WHERE l.session = ?1 AND NOT EXISTS"
			 " (SELECT 1 FROM decisions AS d"
			 "  WHERE d.program = l.program AND d.arch = l.arch"
			 "  AND d.number = l.number AND d.time < s.started)",
			 "i", id);

	return r < 0 ? r : db_collect(db, stmt, set, err);
}

int db_session_dropped(struct db *db, int64_t id, struct profiles_set *set,
		       struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int r = db_query(db, &stmt, err,
			 "SELECT c.arch, c.number FROM calls AS c"
			 " JOIN sessions AS s ON s.id = c.session"
			 " WHERE c.session = ?1 AND NOT EXISTS"
			 " (SELECT 1 FROM whitelist AS w"
			 "  WHERE w.program = s.program AND w.arch = c.arch"
			 "  AND w.number = c.number)",
			 "i", id);

	return r < 0 ? r : db_collect(db, stmt, set, err);
}
