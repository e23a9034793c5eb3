/* SPDX-License-Identifier: MIT */
/*
 * Export and import. The identifiers of sessions travel with a profile, so that
 * a session counts once however often and on whatever ways it comes back. The
 * calls of other machines' sessions come as decisions with their evidence;
 * those that the whitelist has already need none. A profile as text does not
 * tell what every program may make from what this one made: of that nothing is
 * taken, and the next export completes it again.
 */
#include <string.h>

#include "db/sql.h"

enum { RELEASE_LIMIT = 255 };

/* ---- export ------------------------------------------------------------- */

struct export {
	const char *program;
	struct profiles_text *text;
};

static bool same_origin(const struct profiles_origin *origin,
			const char *kernel, const char *libc)
{
	return strcmp(origin->kernel, kernel) == 0 &&
	       strcmp(origin->libc, libc) == 0;
}

/* The origin of a row: the last one, as rows are sorted, or a new one. */
static struct profiles_origin *origin_of(struct profiles_text *text,
					 const char *kernel, const char *libc)
{
	struct profiles_origin *origins = text->origins, *origin;

	if (text->origin_count &&
	    same_origin(&origins[text->origin_count - 1], kernel, libc))
		return &origins[text->origin_count - 1];
	origins = reallocarray(origins, text->origin_count + 1,
			       sizeof(*origins));
	if (!origins)
		return NULL;
	text->origins = origins;
	origin = &origins[text->origin_count++];
	*origin = (struct profiles_origin){ .kernel = strdup(kernel),
					    .libc = strdup(libc) };
	return origin->kernel && origin->libc ? origin : NULL;
}

/* Columns: kernel, libc, uid. */
static int take_origin(sqlite3_stmt *stmt, struct profiles_text *text)
{
	struct profiles_origin *origin = origin_of(
		text, db_column_text(stmt, 0), db_column_text(stmt, 1));
	char **sessions;

	if (!origin)
		return -ENOMEM;
	sessions = reallocarray(origin->sessions, origin->session_count + 1,
				sizeof(*sessions));
	if (!sessions)
		return -ENOMEM;
	origin->sessions = sessions;
	sessions[origin->session_count] = strdup(db_column_text(stmt, 2));
	return sessions[origin->session_count++] ? 0 : -ENOMEM;
}

static int export_origins(struct db *db, const struct export *e,
			  struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int r = db_query(db, &stmt, err,
			 "SELECT kernel, libc, uid FROM origins WHERE program ="
			 " (SELECT id FROM programs WHERE name = ?1)"
			 " ORDER BY kernel, libc, uid", "t", e->program);

	while (r == 0 && (r = db_next(db, stmt, err)) == 1) {
		r = take_origin(stmt, e->text);
		if (r < 0)
			return base_error(err, ENOMEM, "out of memory");
	}
	return r;
}

static int export(struct db *db, void *data, struct error *err)
{
	const struct export *e = data;
	int r = db_whitelist(db, e->program, &e->text->set, err);

	if (r < 0)
		return r;
	e->text->has_set = true;
	e->text->program = strdup(e->program);
	if (!e->text->program)
		return base_error(err, ENOMEM, "out of memory");
	return export_origins(db, e, err);
}

int db_export(struct db *db, const char *program, unsigned min_hosts,
	      struct profiles_text *text, struct error *err)
{
	struct export e = { program, text };

	(void)min_hosts;
	return db_snapshot(db, export, &e, err);
}

/* ---- import ------------------------------------------------------------- */

struct import {
	const struct profiles_text *text;
	const char *author;
	struct db_imported *imported;
};

static int check_origins(const struct profiles_text *text, struct error *err)
{
	for (size_t i = 0; i < text->origin_count; i++) {
		const struct profiles_origin *o = &text->origins[i];

		if (strlen(o->kernel) > RELEASE_LIMIT ||
		    strlen(o->libc) > RELEASE_LIMIT)
			return base_error(err, EINVAL,
					  "the kernel and libc of a session "
					  "have at most %d bytes",
					  RELEASE_LIMIT);
		for (size_t s = 0; s < o->session_count; s++)
			if (!profiles_session_valid(o->sessions[s]))
				return base_error(
					err, EINVAL, "%.40s does not identify "
					"a session: 8 hexadecimal digits do",
					o->sessions[s]);
	}
	return 0;
}

static int import_origins(struct db *db, int64_t program,
			  const struct profiles_text *text, struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int r = db_prepare(db, &stmt,
			   "INSERT INTO sessions (program, uid, origin,"
			   " started, kernel, libc)"
			   " VALUES (?1, ?2, 'import', ?3, ?4, ?5)"
			   " ON CONFLICT DO NOTHING", err);

	for (size_t i = 0; i < text->origin_count; i++) {
		const struct profiles_origin *o = &text->origins[i];

		for (size_t s = 0; r == 0 && s < o->session_count; s++)
			r = db_again(db, stmt, err, "ititt", program,
				     o->sessions[s], base_now(), o->kernel,
				     o->libc);
	}
	return r;
}

/* What decisions keep off the whitelist. */
static int read_dropped(struct db *db, int64_t program,
			struct profiles_set *dropped, struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int r = db_query(db, &stmt, err,
			 "SELECT arch, number FROM decisions AS d"
			 " WHERE program = ?1"
			 " AND verdict IN ('drop', 'never', 'stub')"
			 " AND NOT EXISTS (SELECT 1 FROM decisions AS n"
			 "  WHERE n.program = d.program AND n.arch = d.arch"
			 "  AND n.number = d.number AND n.id > d.id)",
			 "i", program);

	return r < 0 ? r : db_collect(db, stmt, dropped, err);
}

/* The architectures, as bits, of which SET or the store tells more than the
 * baseline. */
static unsigned archs_of(const struct profiles_set *set,
			 const struct profiles_set *has,
			 const struct profiles_set *dropped)
{
	unsigned archs = 0;

	for (size_t i = 0; i < set->count; i++)
		if (!profiles_is_baseline(set->calls[i]))
			archs |= 1u << set->calls[i].arch;
	for (size_t i = 0; i < has->count; i++)
		archs |= 1u << has->calls[i].arch;
	for (size_t i = 0; i < dropped->count; i++)
		archs |= 1u << dropped->calls[i].arch;
	return archs;
}

/*
 * What of SET the whitelist is to have. The baseline is only where nothing else
 * is known of an architecture: there it says that such code may run.
 */
static int choose(const struct profiles_set *set,
		  const struct profiles_set *has,
		  const struct profiles_set *dropped,
		  struct profiles_set *chosen, struct db_imported *imported)
{
	unsigned archs = archs_of(set, has, dropped);
	int r = 0;

	for (size_t i = 0; r == 0 && i < set->count; i++) {
		struct base_call call = set->calls[i];

		if (profiles_set_has(has, call) ||
		    (profiles_is_baseline(call) && archs & 1u << call.arch))
			continue;
		r = profiles_set_add(profiles_set_has(dropped, call) ?
					     &imported->dropped : chosen, call);
	}
	return r;
}

static int import_chosen(struct db *db, int64_t program,
			 const struct import *in,
			 const struct profiles_set *chosen, struct error *err)
{
	cleanup_free struct db_choice *choices =
		calloc(chosen->count + 1, sizeof(*choices));

	if (!choices)
		return base_error(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < chosen->count; i++)
		choices[i] = (struct db_choice){
			.call = chosen->calls[i], .decision = DB_ALLOW,
		};
	return db_decisions_add(db, program, choices, chosen->count,
				DB_IMPORTED, in->author, err);
}

static int import_calls(struct db *db, int64_t program, const struct import *in,
			struct error *err)
{
	cleanup_profiles_set struct profiles_set has = { 0 }, dropped = { 0 };
	cleanup_profiles_set struct profiles_set chosen = { 0 };
	int r = db_whitelist(db, in->text->program, &has, err);

	if (r == 0)
		r = read_dropped(db, program, &dropped, err);
	if (r < 0)
		return r;
	if (choose(&in->text->set, &has, &dropped, &chosen, in->imported) < 0)
		return base_error(err, ENOMEM, "out of memory");
	in->imported->fresh = chosen.count;
	return import_chosen(db, program, in, &chosen, err);
}

static int import(struct db *db, void *data, struct error *err)
{
	const struct import *in = data;
	int64_t program;
	int r = db_program_make(db, in->text->program, &program, err);

	if (r == 0)
		r = import_origins(db, program, in->text, err);
	return r < 0 ? r : import_calls(db, program, in, err);
}

int db_import(struct db *db, const struct profiles_text *text,
	      const char *author, struct db_imported *imported,
	      struct error *err)
{
	struct import in = { text, author, imported };
	int r = check_origins(text, err);

	if (r == 0 && !text->program)
		r = base_error(err, EINVAL,
			       "the profile does not say which program it is "
			       "for; name it with --name");
	if (r == 0 && !text->has_set)
		r = base_error(err, EINVAL,
			       "the profile has no seccomp.keep line, so there "
			       "is nothing to import; 'jail export' prints "
			       "one that has");
	return r < 0 ? r : db_write(db, import, &in, err);
}
