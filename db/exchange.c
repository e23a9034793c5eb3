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
	unsigned min_hosts;
	struct profiles_text *text;
};

static bool same_origin(const struct profiles_origin *origin, const char *host,
			const char *kernel, const char *libc)
{
	return strcmp(origin->host ? origin->host : "", host) == 0 &&
	       strcmp(origin->kernel, kernel) == 0 &&
	       strcmp(origin->libc, libc) == 0;
}

/* The origin of a row: the last one, as rows are sorted, or a new one. */
static struct profiles_origin *origin_of(struct profiles_text *text,
					 const char *host, const char *kernel,
					 const char *libc)
{
	struct profiles_origin *origins = text->origins, *origin;

	if (text->origin_count &&
	    same_origin(&origins[text->origin_count - 1], host, kernel, libc))
		return &origins[text->origin_count - 1];
	origins = reallocarray(origins, text->origin_count + 1,
			       sizeof(*origins));
	if (!origins)
		return NULL;
	text->origins = origins;
	origin = &origins[text->origin_count++];
	*origin = (struct profiles_origin){
		.host = *host ? strdup(host) : NULL,
		.kernel = strdup(kernel), .libc = strdup(libc),
	};
	return origin->kernel && origin->libc && !*host == !origin->host
		       ? origin : NULL;
}

/* Columns: host, kernel, libc, uid. */
static int take_origin(sqlite3_stmt *stmt, struct profiles_text *text)
{
	struct profiles_origin *origin = origin_of(
		text, db_column_text(stmt, 0), db_column_text(stmt, 1),
		db_column_text(stmt, 2));
	char **sessions;

	if (!origin)
		return -ENOMEM;
	sessions = reallocarray(origin->sessions, origin->session_count + 1,
				sizeof(*sessions));
	if (!sessions)
		return -ENOMEM;
	origin->sessions = sessions;
	sessions[origin->session_count] = strdup(db_column_text(stmt, 3));
	return sessions[origin->session_count++] ? 0 : -ENOMEM;
}

static int export_origins(struct db *db, const struct export *e,
			  struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int r = db_query(db, &stmt, err,
			 "SELECT s.host, s.kernel, s.libc, s.uid"
			 " FROM sessions AS s JOIN origins AS o ON o.id = s.id"
			 " WHERE s.program ="
			 " (SELECT id FROM programs WHERE name = ?1)"
			 " ORDER BY coalesce(s.host, ''), s.kernel, s.libc,"
			 " s.uid", "t", e->program);

	while (r == 0 && (r = db_next(db, stmt, err)) == 1) {
		r = take_origin(stmt, e->text);
		if (r < 0)
			return base_error(err, ENOMEM, "out of memory");
	}
	return r;
}

/* What decisions say: refused for good, and what is allowed by one. */
struct decided {
	struct profiles_text *text;
	struct profiles_set allowed;
	struct error *err;
};

static int take_decision(void *data, const struct db_decided *row)
{
	struct decided *decided = data;
	int r = 0;

	if (row->decision == DB_NEVER)
		r = profiles_set_add(&decided->text->expected, row->call);
	if (row->decision == DB_ALLOW)
		r = profiles_set_add(&decided->allowed, row->call);
	return r < 0 ? base_error(decided->err, ENOMEM, "out of memory") : 0;
}

static int export_hosts(struct db *db, const struct export *e,
			struct error *err)
{
	struct decided decided = { .text = e->text, .err = err };
	int r = db_each_decision(db, e->program, take_decision, &decided, err);

	if (r == 0)
		r = db_hosts_export(db, e->program, e->min_hosts,
				    &decided.allowed, e->text, err);
	profiles_set_free(&decided.allowed);
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
	r = db_stubs(db, e->program, &e->text->stubs, &e->text->stub_count,
		     err);
	if (r == 0)
		r = export_hosts(db, e, err);
	return r < 0 ? r : export_origins(db, e, err);
}

int db_export(struct db *db, const char *program, unsigned min_hosts,
	      struct profiles_text *text, struct error *err)
{
	struct export e = { program, min_hosts, text };

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
		    strlen(o->libc) > RELEASE_LIMIT ||
		    (o->host && strlen(o->host) > RELEASE_LIMIT))
			return base_error(err, EINVAL,
					  "the host, kernel and libc of a "
					  "session have at most %d bytes",
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
			   " started, kernel, libc, host)"
			   " VALUES (?1, ?2, 'import', ?3, ?4, ?5, ?6)"
			   " ON CONFLICT DO NOTHING", err);

	for (size_t i = 0; i < text->origin_count; i++) {
		const struct profiles_origin *o = &text->origins[i];

		for (size_t s = 0; r == 0 && s < o->session_count; s++)
			r = db_again(db, stmt, err, "itittt", program,
				     o->sessions[s], base_now(), o->kernel,
				     o->libc, o->host);
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

/* What the list has, or a decision keeps off it, stays as it is. */
static bool is_free(const struct profiles_set *has,
		    const struct profiles_set *dropped, struct base_call call)
{
	return !profiles_set_has(has, call) && !profiles_set_has(dropped, call);
}

static int import_chosen(struct db *db, int64_t program,
			 const struct import *in,
			 const struct profiles_set *has,
			 const struct profiles_set *dropped,
			 const struct profiles_set *chosen, struct error *err)
{
	const struct profiles_text *text = in->text;
	size_t count = 0, most = chosen->count + text->stub_count +
				 text->expected.count;
	cleanup_free struct db_choice *choices =
		calloc(most + 1, sizeof(*choices));

	if (!choices)
		return base_error(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < chosen->count; i++)
		choices[count++] = (struct db_choice){
			.call = chosen->calls[i], .decision = DB_ALLOW,
		};
	for (size_t i = 0; i < text->stub_count; i++)
		if (is_free(has, dropped, text->stubs[i].call))
			choices[count++] = (struct db_choice){
				.call = text->stubs[i].call,
				.decision = DB_STUB,
				.answer = text->stubs[i].answer,
			};
	for (size_t i = 0; i < text->expected.count; i++)
		if (is_free(has, dropped, text->expected.calls[i]))
			choices[count++] = (struct db_choice){
				.call = text->expected.calls[i],
				.decision = DB_NEVER,
			};
	return db_decisions_add(db, program, choices, count, DB_IMPORTED,
				in->author, err);
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
	return import_chosen(db, program, in, &has, &dropped, &chosen, err);
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

	for (size_t i = 0; r == 0 && i < text->stub_count; i++)
		r = db_stub_check(text->stubs[i].answer, err);
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
