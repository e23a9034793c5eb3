/* SPDX-License-Identifier: MIT */
/*
 * Decisions: what a person put on a whitelist or took off it. They are added,
 * never changed; the latest on a call holds.
 */
#include "db/sql.h"

struct decide {
	const char *program;
	enum db_decision decision;
	const struct base_call *calls;
	size_t count;
	enum db_evidence evidence;
	const char *author;
};

static const char *const verdicts[] = {
	[DB_ALLOW] = "allow",
	[DB_DROP] = "drop",
};

int db_decisions_add(struct db *db, int64_t program, enum db_decision decision,
		     const struct base_call *calls, size_t count,
		     enum db_evidence evidence, const char *author,
		     struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	/* A review answers the latest denial of the call. */
	int r = db_prepare(db, &stmt,
			   "INSERT INTO decisions (program, arch, number,"
			   " verdict, evidence, time, author, denial)"
			   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7,"
			   " CASE ?5 WHEN 'reviewed' THEN"
			   " (SELECT max(id) FROM denials"
			   "  WHERE program ="
			   "  (SELECT name FROM programs WHERE id = ?1)"
			   "  AND arch = ?2 AND number = ?3) END)", err);

	for (size_t i = 0; r == 0 && i < count; i++)
		r = db_again(db, stmt, err, "icttit", program, calls[i],
			     verdicts[decision], db_evidence_name(evidence),
			     base_now(), author);
	return r;
}

static int decide(struct db *db, void *data, struct error *err)
{
	const struct decide *d = data;
	int64_t id;
	int r = d->decision == DB_ALLOW
			? db_program_make(db, d->program, &id, err)
			: db_program_find(db, d->program, &id, err);

	return r < 0 ? r : db_decisions_add(db, id, d->decision, d->calls,
					    d->count, d->evidence, d->author,
					    err);
}

int db_decide(struct db *db, const char *program, enum db_decision decision,
	      const struct base_call *calls, size_t count,
	      enum db_evidence evidence, const char *author,
	      struct error *err)
{
	struct decide d = {
		program, decision, calls, count, evidence, author
	};

	return db_write(db, decide, &d, err);
}

/* ---- forget ------------------------------------------------------------- */

static int forget(struct db *db, void *data, struct error *err)
{
	const char *program = data;
	int changes, r;

	r = db_run(db, err, "DELETE FROM programs WHERE name = ?1", "t",
		   program);
	changes = sqlite3_changes(db->handle);
	if (r == 0)
		r = db_run(db, err, "DELETE FROM denials WHERE program = ?1",
			   "t", program);
	changes += sqlite3_changes(db->handle);
	if (r < 0 || changes)
		return r;
	return base_error(err, ENOENT, "the store holds nothing of %.100s",
			  program);
}

int db_forget(struct db *db, const char *program, struct error *err)
{
	return db_write(db, forget, (void *)(uintptr_t)program, err);
}
