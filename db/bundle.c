/* SPDX-License-Identifier: MIT */
/*
 * Whole histories out of the store: of each program its sessions, of each
 * session its rows, in the order that a bundle has. Of what an image did and
 * had, the session is told to have.
 */
#include <string.h>

#include "db/sql.h"

struct reading {
	const char *program;	/* NULL: all */
	struct profiles_bundle *bundle;
};

/* Room for one more behind COUNT entries of SIZE, which doubles; it is zeroed.
 * NULL without memory. */
static void *append(void *array_pointer, size_t *count, size_t size)
{
	void **array = array_pointer, *entry;

	if ((*count & (*count - 1)) == 0) {
		void *bigger = reallocarray(*array, *count ? 2 * *count : 1,
					    size);

		if (!bigger)
			return NULL;
		*array = bigger;
	}
	entry = (char *)*array + (*count)++ * size;
	memset(entry, 0, size);
	return entry;
}

/* False without memory; NULL stays NULL. */
static bool copy(char **out, const char *text)
{
	*out = text ? strdup(text) : NULL;
	return !text || *out;
}

static int no_memory(struct error *err)
{
	return base_error(err, ENOMEM, "out of memory");
}

/* ---- of a session ------------------------------------------------------- */

static int take_call(void *data, const struct profiles_observation *row)
{
	struct profiles_bundle_session *session = data;
	struct profiles_bundle_call *call = append(
		&session->calls, &session->call_count, sizeof(*call));

	if (!call)
		return -ENOMEM;
	*call = (struct profiles_bundle_call){
		.call = row->call, .calls = row->calls, .errors = row->errors,
		.returns = row->returns, .partial = row->partial,
		.first_seen = row->first_seen, .last_seen = row->last_seen,
	};
	return 0;
}

static int read_passed(struct db *db, int64_t id,
		       struct profiles_bundle_session *session,
		       struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int r = db_query(db, &stmt, err,
			 "SELECT arch, number FROM passed WHERE session = ?1"
			 " ORDER BY arch, number", "i", id);

	while (r == 0 && (r = db_next(db, stmt, err)) == 1) {
		struct base_call *call = append(
			&session->passed, &session->passed_count,
			sizeof(*call));

		r = call ? db_column_call(db, stmt, 0, call, err) : -ENOMEM;
	}
	return r;
}

static int read_arguments(struct db *db, int64_t id,
			  struct profiles_bundle_session *session,
			  struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int r = db_query(db, &stmt, err,
			 "SELECT arch, number, a, b, c, calls FROM arguments"
			 " WHERE session = ?1 ORDER BY arch, number,"
			 " a < 0, a, b < 0, b, c < 0, c", "i", id);

	while (r == 0 && (r = db_next(db, stmt, err)) == 1) {
		struct profiles_bundle_argument *argument = append(
			&session->arguments, &session->argument_count,
			sizeof(*argument));

		if (!argument)
			return -ENOMEM;
		r = db_column_call(db, stmt, 0, &argument->call, err);
		for (int i = 0; i < 3; i++)
			argument->values[i] = db_column_u64(stmt, 2 + i);
		argument->calls = db_column_u64(stmt, 5);
	}
	return r;
}

/* A file is told once: as an executable, if it was one. */
static int read_objects(struct db *db, int64_t id,
			struct profiles_bundle_session *session,
			struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int r = db_query(db, &stmt, err,
			 "SELECT path, build_id, min(library) FROM"
			 " (SELECT path, build_id, 0 AS library FROM images"
			 "  WHERE session = ?1 UNION ALL"
			 "  SELECT path, build_id, 1 FROM libraries"
			 "  WHERE session = ?1)"
			 " GROUP BY path ORDER BY path", "i", id);

	while (r == 0 && (r = db_next(db, stmt, err)) == 1) {
		struct profiles_object *object = append(
			&session->objects, &session->object_count,
			sizeof(*object));

		if (!object ||
		    !copy(&object->path, db_column_text(stmt, 0)) ||
		    !copy(&object->build_id, db_column_or_null(stmt, 1)))
			return -ENOMEM;
		object->library = sqlite3_column_int(stmt, 2) != 0;
		r = 0;
	}
	return r;
}

/* ---- of a program ------------------------------------------------------- */

/* Columns: id, uid, host, kernel, libc, jail, started, ended, status, workload,
 * argv, known, sandbox, full. */
static bool take_session(sqlite3_stmt *stmt,
			 struct profiles_bundle_session *session)
{
	db_column_copy(stmt, 1, session->uid, sizeof(session->uid));
	session->started = sqlite3_column_int64(stmt, 6);
	session->ended = sqlite3_column_int64(stmt, 7);
	session->status = sqlite3_column_int(stmt, 8);
	session->workload = sqlite3_column_type(stmt, 9) == SQLITE_NULL
				    ? db_workload(db_column_or_null(stmt, 10))
				    : db_column_u64(stmt, 9);
	session->known = db_column_u64(stmt, 11);
	session->sandbox = sqlite3_column_int(stmt, 12) != 0;
	session->full = sqlite3_column_int(stmt, 13) != 0;
	return copy(&session->host, db_column_or_null(stmt, 2)) &&
	       copy(&session->kernel, db_column_text(stmt, 3)) &&
	       copy(&session->libc, db_column_text(stmt, 4)) &&
	       copy(&session->jail, db_column_or_null(stmt, 5));
}

static int read_session(struct db *db, sqlite3_stmt *stmt,
			struct profiles_bundle_program *program,
			struct error *err)
{
	struct profiles_bundle_session *session = append(
		&program->sessions, &program->session_count, sizeof(*session));
	int64_t id = sqlite3_column_int64(stmt, 0);
	int r;

	if (!session || !take_session(stmt, session))
		return -ENOMEM;
	r = db_each_session_call(db, id, take_call, session, err);
	if (r == 0)
		r = read_passed(db, id, session, err);
	if (r == 0)
		r = read_arguments(db, id, session, err);
	return r < 0 ? r : read_objects(db, id, session, err);
}

/* One that lost something is no unit of an estimate: it is told as one whose
 * end is not known. */
static int read_sessions(struct db *db, struct profiles_bundle_program *program,
			 struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int r = db_query(db, &stmt, err,
			 "SELECT s.id, s.uid, s.host, s.kernel, s.libc, s.jail,"
			 " iif(" DB_NAMED ", 0, s.started),"
			 " iif(s.incomplete, NULL, s.ended),"
			 " iif(s.incomplete, NULL, s.status), s.workload,"
			 " s.argv, s.known, s.sandbox, s.full"
			 " FROM sessions AS s"
			 " JOIN origins AS o ON o.id = s.id"
			 " WHERE s.program ="
			 " (SELECT id FROM programs WHERE name = ?1)"
			 " ORDER BY s.uid", "t", program->name);

	while (r == 0 && (r = db_next(db, stmt, err)) == 1)
		r = read_session(db, stmt, program, err);
	return r;
}

/* What its maker said of a decision, not who imported it. */
static int read_decisions(struct db *db,
			  struct profiles_bundle_program *program,
			  struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int r = db_query(db, &stmt, err,
			 "SELECT arch, number, verdict, answer,"
			 " coalesce(from_evidence, evidence),"
			 " iif(from_evidence IS NULL, author, from_author),"
			 " coalesce(from_time, time)"
			 " FROM decisions AS d WHERE program ="
			 " (SELECT id FROM programs WHERE name = ?1)"
			 " AND verdict <> 'none'"
			 " AND NOT EXISTS (SELECT 1 FROM decisions AS n"
			 "  WHERE n.program = d.program AND n.arch = d.arch"
			 "  AND n.number = d.number AND n.id > d.id)"
			 " ORDER BY arch, number", "t", program->name);

	while (r == 0 && (r = db_next(db, stmt, err)) == 1) {
		struct profiles_bundle_decision *decision = append(
			&program->decisions, &program->decision_count,
			sizeof(*decision));

		if (!decision ||
		    !copy(&decision->who, db_column_or_null(stmt, 5)))
			return -ENOMEM;
		r = db_column_call(db, stmt, 0, &decision->call, err);
		db_column_copy(stmt, 2, decision->decision,
			       sizeof(decision->decision));
		decision->answer = sqlite3_column_int(stmt, 3);
		db_column_copy(stmt, 4, decision->evidence,
			       sizeof(decision->evidence));
		decision->time = sqlite3_column_int64(stmt, 6);
	}
	return r;
}

/* ---- all ---------------------------------------------------------------- */

static int read_bundle(struct db *db, void *data, struct error *err)
{
	const struct reading *reading = data;
	struct profiles_bundle *bundle = reading->bundle;
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int64_t id;
	int r = 0;

	if (reading->program)
		r = db_program_find(db, reading->program, &id, err);
	if (r == 0)
		r = db_query(db, &stmt, err, "SELECT name FROM programs"
			     " WHERE ?1 IS NULL OR name = ?1 ORDER BY name",
			     "t", reading->program);
	while (r == 0 && (r = db_next(db, stmt, err)) == 1) {
		struct profiles_bundle_program *program = append(
			&bundle->programs, &bundle->count, sizeof(*program));

		if (!program ||
		    !copy(&program->name, db_column_text(stmt, 0)))
			return -ENOMEM;
		r = read_sessions(db, program, err);
		if (r == 0)
			r = read_decisions(db, program, err);
	}
	return r;
}

int db_bundle(struct db *db, const char *program,
	      struct profiles_bundle *bundle, struct error *err)
{
	struct reading reading = { program, bundle };
	struct error without_memory;
	int r;

	/* What a callback without a sentence fails with. */
	no_memory(err ? err : &without_memory);
	r = db_snapshot(db, read_bundle, &reading, err);
	if (r < 0) {
		profiles_bundle_free(bundle);
		*bundle = (struct profiles_bundle){ 0 };
	}
	return r;
}
