/* SPDX-License-Identifier: MIT */
/*
 * Whole histories into the store, in one transaction. What a session of another
 * store saw is on the whitelist as what one of this store saw; but it is not
 * known here (db_known), and its files are not ours (db_objects). A session
 * that is there stays as it is, unless no more than its identifier is known.
 */
#include <string.h>

#include "db/sql.h"

enum { NAME_LIMIT = 255, PATH_LIMIT = 4096 };

struct merge {
	const struct profiles_bundle *bundle;
	const char *author;
	struct db_merged *merged;
	/* Prepared once for all rows. */
	sqlite3_stmt *call, *passed, *argument, *image, *library;
};

/* ---- what cannot be ----------------------------------------------------- */

static bool fits(const char *text, size_t most)
{
	return !text || strlen(text) <= most;
}

static int check_call(struct base_call call, struct error *err)
{
	if (call.arch < BASE_ARCH_COUNT)
		return 0;
	return base_error(err, EINVAL, "a call of an architecture that is not "
			  "known: %u", call.arch);
}

static int check_texts(const struct profiles_bundle_session *s,
		       struct error *err)
{
	bool fit = s->kernel && s->libc && fits(s->host, NAME_LIMIT) &&
		   fits(s->kernel, NAME_LIMIT) && fits(s->libc, NAME_LIMIT) &&
		   fits(s->jail, NAME_LIMIT);

	for (size_t i = 0; fit && i < s->object_count; i++)
		fit = s->objects[i].path && *s->objects[i].path &&
		      fits(s->objects[i].path, PATH_LIMIT) &&
		      fits(s->objects[i].build_id, NAME_LIMIT);
	if (fit)
		return 0;
	return base_error(err, EINVAL, "session %s: host, kernel, libc and "
			  "build-ids have at most %d bytes, paths %d", s->uid,
			  NAME_LIMIT, PATH_LIMIT);
}

static int check_session(const struct profiles_bundle_session *s,
			 struct error *err)
{
	int r = 0;

	if (!profiles_session_valid(s->uid))
		return base_error(err, EINVAL, "%.40s does not identify a "
				  "session: 8 hexadecimal digits do", s->uid);
	if (s->started < 0 || s->ended < 0)
		return base_error(err, EINVAL, "session %s: a time before 1970",
				  s->uid);
	for (size_t i = 0; r == 0 && i < s->call_count; i++)
		r = check_call(s->calls[i].call, err);
	for (size_t i = 0; r == 0 && i < s->passed_count; i++)
		r = check_call(s->passed[i], err);
	for (size_t i = 0; r == 0 && i < s->argument_count; i++)
		r = check_call(s->arguments[i].call, err);
	return r < 0 ? r : check_texts(s, err);
}

static int check_decision(const struct profiles_bundle_decision *d,
			  enum db_decision *decision, struct error *err)
{
	int r = check_call(d->call, err);

	if (r < 0)
		return r;
	if (!db_decision_named(d->decision, decision) || *decision == DB_NONE ||
	    db_evidence_parse(d->evidence) <= DB_LEARNED)
		return base_error(err, EINVAL, "a decision that is none: %s, "
				  "%s", d->decision, d->evidence);
	if (!fits(d->who, NAME_LIMIT) || d->time < 0)
		return base_error(err, EINVAL, "a decision that nobody made: "
				  "its author or its time cannot be");
	return *decision == DB_STUB ? db_stub_check(d->answer, err) : 0;
}

/* ---- sessions ----------------------------------------------------------- */

/* Nothing but its identifier, as from a profile as text. */
static bool is_named(const struct profiles_bundle_session *s)
{
	return !s->started && !s->call_count && !s->passed_count &&
	       !s->object_count;
}

/* *ID is the new row; 0: it is known, and stays as it is. */
static int make_session(struct db *db, int64_t program,
			const struct profiles_bundle_session *s, int64_t *id,
			struct error *err)
{
	int r;

	if (!is_named(s)) {
		r = db_run(db, err, "DELETE FROM sessions AS s"
			   " WHERE program = ?1 AND uid = ?2 AND " DB_NAMED,
			   "it", program, s->uid);
		if (r < 0)
			return r;
	}
	r = db_run(db, err,
		   "INSERT INTO sessions (program, uid, origin, started, ended,"
		   " status, kernel, libc, sandbox, full, jail, known, host,"
		   " workload, imported)"
		   " VALUES (?1, ?2, 'import', ?3, nullif(?4, 0),"
		   " iif(?4, ?5, NULL), ?6, ?7, iif(?13, NULL, ?8),"
		   " iif(?13, NULL, ?9), ?10, ?11, nullif(?12, ''), ?14,"
		   " ?15)"
		   " ON CONFLICT DO NOTHING",
		   "itiiittiitutiui", program, s->uid,
		   is_named(s) ? base_now() : s->started, s->ended,
		   (int64_t)s->status, s->kernel, s->libc, (int64_t)s->sandbox,
		   (int64_t)s->full, s->jail, s->known, s->host,
		   (int64_t)is_named(s), s->workload, base_now());
	*id = sqlite3_changes(db->handle) ?
		      sqlite3_last_insert_rowid(db->handle) : 0;
	return r;
}

static int add_calls(struct db *db, const struct merge *m, int64_t id,
		     const struct profiles_bundle_session *s,
		     struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < s->call_count; i++) {
		const struct profiles_bundle_call *c = &s->calls[i];

		r = db_again(db, m->call, err, "icuuuiii", id, c->call,
			     c->calls, c->errors, c->returns, c->first_seen,
			     c->last_seen, (int64_t)c->partial);
	}
	for (size_t i = 0; r == 0 && i < s->passed_count; i++)
		r = db_again(db, m->passed, err, "ic", id, s->passed[i]);
	for (size_t i = 0; r == 0 && i < s->argument_count; i++) {
		const struct profiles_bundle_argument *a = &s->arguments[i];

		r = db_again(db, m->argument, err, "icuuuu", id, a->call,
			     a->values[0], a->values[1], a->values[2],
			     a->calls);
	}
	return r;
}

/* Executables are numbered from 1: which one was the program is not told. */
static int add_objects(struct db *db, const struct merge *m, int64_t id,
		       const struct profiles_bundle_session *s,
		       struct error *err)
{
	int64_t index = 1;
	int r = 0;

	for (size_t i = 0; r == 0 && i < s->object_count; i++) {
		const struct profiles_object *o = &s->objects[i];

		r = db_again(db, o->library ? m->library : m->image, err,
			     "iitt", id, o->library ? 1 : index++, o->path,
			     o->build_id);
	}
	return r;
}

static int add_session(struct db *db, struct merge *m, int64_t program,
		       const struct profiles_bundle_session *s,
		       struct error *err)
{
	int64_t id = 0;
	int r = check_session(s, err);

	if (r == 0)
		r = make_session(db, program, s, &id, err);
	if (r < 0)
		return r;
	m->merged->sessions += id != 0;
	m->merged->known_sessions += id == 0;
	if (!id)
		return 0;
	r = add_calls(db, m, id, s, err);
	if (r == 0)
		r = add_objects(db, m, id, s, err);
	return r < 0 ? r : db_record_seen(db, program, id, false, err);
}

/* ---- decisions ---------------------------------------------------------- */

/* Whether anything was ever decided on the call here, and not taken back. */
static int is_held(struct db *db, int64_t program, struct base_call call,
		   bool *held, struct error *err)
{
	int64_t value;
	int r = db_value(db, &value, err,
			 "SELECT verdict <> 'none' FROM decisions"
			 " WHERE program = ?1 AND arch = ?2 AND number = ?3"
			 " ORDER BY id DESC LIMIT 1", "ic", program, call);

	*held = r == 0 && value;
	return r == -ENOENT ? 0 : r;
}

/* A stub of a call that guards, and that a session of this store saw: what was
 * seen to work would fail from now on, and nobody would be told. */
static int is_unsafe(struct db *db, int64_t program,
		     const struct db_choice *choice, bool *unsafe,
		     struct error *err)
{
	int64_t seen = 0;
	int r;

	if (choice->decision != DB_STUB || !profiles_guards(choice->call))
		return 0;
	r = db_value(db, &seen, err,
		     "SELECT EXISTS (SELECT 1 FROM calls AS c"
		     " JOIN sessions AS s ON s.id = c.session"
		     " WHERE s.program = ?1 AND s.origin = 'learn'"
		     " AND c.arch = ?2 AND c.number = ?3)",
		     "ic", program, choice->call);
	*unsafe |= seen;
	return r;
}

static int add_decisions(struct db *db, struct merge *m, int64_t id,
			 const struct profiles_bundle_program *program,
			 struct error *err)
{
	cleanup_free struct db_choice *choices =
		calloc(program->decision_count + 1, sizeof(*choices));
	size_t count = 0;
	int r = 0;

	if (!choices)
		return base_error(err, ENOMEM, "out of memory");
	for (size_t i = 0; r == 0 && i < program->decision_count; i++) {
		const struct profiles_bundle_decision *d =
			&program->decisions[i];
		bool held = false;

		choices[count] = (struct db_choice){
			.call = d->call, .answer = d->answer, .from = d,
		};
		r = check_decision(d, &choices[count].decision, err);
		if (r == 0)
			r = is_held(db, id, d->call, &held, err);
		if (r == 0)
			r = is_unsafe(db, id, &choices[count], &held, err);
		count += !held;
	}
	m->merged->decisions += count;
	return r < 0 ? r : db_decisions_add(db, id, choices, count,
					    DB_IMPORTED, m->author, err);
}

/* ---- all ---------------------------------------------------------------- */

static int count_listed(struct db *db, int64_t program, int64_t *count,
			struct error *err)
{
	return db_value(db, count, err, "SELECT count(*) FROM whitelist"
			" WHERE program = ?1", "i", program);
}

static int add_program(struct db *db, struct merge *m,
		       const struct profiles_bundle_program *program,
		       struct error *err)
{
	int64_t id = 0, before, after = 0;
	int r = program->name ? db_program_known(db, program->name, &id, err)
			      : base_error(err, EINVAL, "a program without a "
					   "name");
	if (r < 0)
		return r;
	m->merged->programs += id == 0;
	r = db_program_make(db, program->name, &id, err);
	if (r == 0)
		r = count_listed(db, id, &before, err);
	for (size_t i = 0; r == 0 && i < program->session_count; i++)
		r = add_session(db, m, id, &program->sessions[i], err);
	if (r == 0)
		r = add_decisions(db, m, id, program, err);
	if (r == 0)
		r = count_listed(db, id, &after, err);
	if (r == 0 && after > before)
		m->merged->calls += (uint64_t)(after - before);
	return r < 0 ? base_error_at(err, "%.255s", program->name ?: "") : 0;
}

static int prepare(struct db *db, struct merge *m, struct error *err)
{
	struct {
		sqlite3_stmt **stmt;
		const char *sql;
	} all[] = {
		{ &m->call, "INSERT OR REPLACE INTO calls (session, image,"
		  " arch, number, calls, errors, returns, first_seen,"
		  " last_seen, partial)"
		  " VALUES (?1, 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)" },
		{ &m->passed, "INSERT OR IGNORE INTO passed"
		  " (session, arch, number) VALUES (?1, ?2, ?3)" },
		{ &m->argument, "INSERT OR REPLACE INTO arguments (session,"
		  " arch, number, a, b, c, calls)"
		  " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)" },
		{ &m->image, "INSERT OR REPLACE INTO images"
		  " (session, idx, path, build_id) VALUES (?1, ?2, ?3, ?4)" },
		{ &m->library, "INSERT OR REPLACE INTO libraries"
		  " (session, image, path, build_id)"
		  " VALUES (?1, ?2, ?3, ?4)" },
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(all); i++)
		r = db_prepare(db, all[i].stmt, all[i].sql, err);
	return r;
}

static int merge(struct db *db, void *data, struct error *err)
{
	struct merge *m = data;
	int r = prepare(db, m, err);

	for (size_t i = 0; r == 0 && i < m->bundle->count; i++)
		r = add_program(db, m, &m->bundle->programs[i], err);
	return r;
}

int db_merge(struct db *db, const struct profiles_bundle *bundle,
	     const char *author, struct db_merged *merged, struct error *err)
{
	struct merge m = {
		.bundle = bundle, .author = author, .merged = merged,
	};
	int r;

	*merged = (struct db_merged){ 0 };
	r = db_write(db, merge, &m, err);
	db_finalize(&m.call);
	db_finalize(&m.passed);
	db_finalize(&m.argument);
	db_finalize(&m.image);
	db_finalize(&m.library);
	if (r < 0)
		*merged = (struct db_merged){ 0 };
	return r;
}
