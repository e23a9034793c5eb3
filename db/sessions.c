/* SPDX-License-Identifier: MIT */
/*
 * Sessions: begun and ended, and what each brought to the whitelist. record.c
 * fills them. One that observed nothing stays, and counts nowhere.
 */
#include <jansson.h>
#include <string.h>
#include <sys/random.h>

#include "db/sql.h"

enum { ARGV_LIMIT = 65536 };

/* ---- begin and end ------------------------------------------------------ */

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

/* FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/ */
uint64_t db_workload(const char *argv)
{
	uint64_t hash = 0xcbf29ce484222325;

	if (!argv || strcmp(argv, "[]") == 0)
		return 0;
	for (; *argv; argv++)
		hash = (hash ^ (unsigned char)*argv) * 0x100000001b3;
	return hash ? hash : 1;
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

/* Those of what is known that are not watched. */
static int begin_passes(struct db *db, int64_t session,
			const struct profiles_known *known, uint64_t *count,
			struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int r = db_prepare(db, &stmt, "INSERT INTO passed"
			   " (session, arch, number) VALUES (?1, ?2, ?3)", err);

	*count = 0;
	for (size_t i = 0; r == 0 && i < known->set.count; i++) {
		if (profiles_set_has(&known->watched, known->set.calls[i]))
			continue;
		r = db_again(db, stmt, err, "ic", session,
			     known->set.calls[i]);
		++*count;
	}
	return r;
}

static int begin_row(struct db *db, const struct begin *b, int64_t program,
		     struct error *err)
{
	const struct db_session *s = b->session;
	int64_t argc;
	cleanup_free char *argv = argv_json(s->argv, &argc);
	int r;

	if (!argv)
		return base_error(err, ENOMEM, "out of memory");
	r = db_run(db, err,
		   "INSERT INTO sessions (program, uid, origin, started, argv,"
		   " argc, kernel, libc, sandbox, full, jail, known, host,"
		   " workload) VALUES (?1, ?2, 'learn', ?3, ?4, ?5, ?6, ?7, ?8,"
		   " ?9, ?10, 0, nullif(?11, ''), ?12)",
		   "ititittiittu", program, b->uid, base_now(), argv, argc,
		   s->kernel, s->libc, (int64_t)s->sandbox, (int64_t)s->full,
		   JAIL_VERSION, s->host, db_workload(argv));
	*b->id = sqlite3_last_insert_rowid(db->handle);
	return r;
}

static int begin(struct db *db, void *data, struct error *err)
{
	struct begin *b = data;
	int64_t program;
	uint64_t count = 0;
	int r = db_program_make(db, b->session->program, &program, err);

	if (r == 0)
		r = new_uid(db, program, b->uid, err);
	if (r == 0)
		r = begin_row(db, b, program, err);
	if (r == 0 && b->session->passes)
		r = begin_passes(db, *b->id, b->session->passes, &count, err);
	if (r == 0 && count)
		r = db_run(db, err, "UPDATE sessions SET known = ?2"
			   " WHERE id = ?1", "iu", *b->id, count);
	return r;
}

int db_session_begin(struct db *db, const struct db_session *session,
		     int64_t *id, char uid[9], struct error *err)
{
	int64_t begun;
	struct begin b = { session, &begun, uid };
	int r = db_write(db, begin, &b, err);

	if (r == 0) /* a commit that failed leaves no row */
		*id = begun;
	return r;
}

struct end {
	int64_t id, status;
};

static int end(struct db *db, void *data, struct error *err)
{
	const struct end *e = data;

	return db_run(db, err, "UPDATE sessions SET ended = ?2, status = ?3"
		      " WHERE id = ?1",
		      "iii", e->id, base_now(), e->status);
}

int db_session_end(struct db *db, int64_t id, int status, struct error *err)
{
	struct end e = { id, status };

	return db_write(db, end, &e, err);
}

static int incomplete(struct db *db, void *data, struct error *err)
{
	const int64_t *id = data;

	return db_run(db, err, "UPDATE sessions SET incomplete = 1"
		      " WHERE id = ?1", "i", *id);
}

int db_session_incomplete(struct db *db, int64_t id, struct error *err)
{
	return db_write(db, incomplete, &id, err);
}

/* ---- what a session brought --------------------------------------------- */

int db_session_new(struct db *db, int64_t id, struct profiles_set *set,
		   struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int r = db_query(db, &stmt, err,
			 "SELECT l.arch, l.number FROM learned AS l"
			 " JOIN sessions AS s ON s.id = l.session"
			 " WHERE l.session = ?1 AND 'none' ="
			 " coalesce((SELECT verdict FROM decisions AS d"
			 "  WHERE d.program = l.program AND d.arch = l.arch"
			 "  AND d.number = l.number AND d.time < s.started"
			 "  ORDER BY id DESC LIMIT 1), 'none')",
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
			 " JOIN learned AS l ON l.program = s.program"
			 " AND l.arch = c.arch AND l.number = c.number"
			 " WHERE c.session = ?1"
			 " AND " DB_DECIDED " IN ('drop', 'never')",
			 "i", id);

	return r < 0 ? r : db_collect(db, stmt, set, err);
}
