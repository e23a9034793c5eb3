/* SPDX-License-Identifier: MIT */
/*
 * Decisions: what a person put on a whitelist, took off it, or wants to hear no
 * more of. They are added, never changed; the latest on a call holds. One that
 * is taken back stays, too: a row that names it says again what held before.
 */
#include <string.h>

#include "db/sql.h"

static const char *const verdicts[] = {
	[DB_ALLOW] = "allow",
	[DB_DROP] = "drop",
	[DB_NEVER] = "never",
	[DB_NONE] = "none",
};

const char *db_decision_name(enum db_decision decision)
{
	return verdicts[decision];
}

int db_decision_parse(struct db *db, const char *name,
		      enum db_decision *decision, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(verdicts); i++)
		if (strcmp(verdicts[i], name) == 0) {
			*decision = (enum db_decision)i;
			return 0;
		}
	return base_error(err, EUCLEAN,
			  "%.200s is damaged: it holds a decision of an "
			  "unknown kind; move it away and learn again",
			  db->path);
}

static int next_batch(struct db *db, int64_t *batch, struct error *err)
{
	return db_value(db, batch, err,
			"SELECT coalesce(max(batch), 0) + 1 FROM decisions",
			"");
}

/* ---- deciding ----------------------------------------------------------- */

struct decide {
	const char *program;
	enum db_decision decision;
	const struct base_call *calls;
	size_t count;
	enum db_evidence evidence;
	const char *author;
};

int db_decisions_add(struct db *db, int64_t program, enum db_decision decision,
		     const struct base_call *calls, size_t count,
		     enum db_evidence evidence, const char *author,
		     struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int64_t batch;
	int r = next_batch(db, &batch, err);

	/* A review answers the latest denial of the call. */
	if (r == 0)
		r = db_prepare(db, &stmt,
			       "INSERT INTO decisions (program, arch, number,"
			       " verdict, evidence, time, author, since, batch,"
			       " denial)"
			       " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?6, ?8,"
			       " CASE ?5 WHEN 'reviewed' THEN"
			       " (SELECT max(id) FROM denials"
			       "  WHERE program ="
			       "  (SELECT name FROM programs WHERE id = ?1)"
			       "  AND arch = ?2 AND number = ?3) END)", err);
	for (size_t i = 0; r == 0 && i < count; i++)
		r = db_again(db, stmt, err, "icttiti", program, calls[i],
			     verdicts[decision], db_evidence_name(evidence),
			     base_now(), author, batch);
	return r;
}

static int decide(struct db *db, void *data, struct error *err)
{
	const struct decide *d = data;
	int64_t id;
	int r = db_program_make(db, d->program, &id, err);

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

int db_each_decision(struct db *db, const char *program,
		     int (*callback)(void *data, const struct db_decided *row),
		     void *data, struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int r = db_query(db, &stmt, err,
			 "SELECT arch, number, verdict, author, time"
			 " FROM decisions AS d WHERE program ="
			 " (SELECT id FROM programs WHERE name = ?1)"
			 " AND verdict <> 'none'"
			 " AND NOT EXISTS (SELECT 1 FROM decisions AS n"
			 "  WHERE n.program = d.program AND n.arch = d.arch"
			 "  AND n.number = d.number AND n.id > d.id)"
			 " ORDER BY arch, number", "t", program);

	while (r == 0 && (r = db_next(db, stmt, err)) == 1) {
		struct db_decided row = {
			.who = db_column_or_null(stmt, 3),
			.time = sqlite3_column_int64(stmt, 4),
		};

		r = db_column_call(db, stmt, 0, &row.call, err);
		if (r == 0)
			r = db_decision_parse(db, db_column_text(stmt, 2),
					      &row.decision, err);
		if (r == 0)
			r = callback(data, &row);
	}
	return r;
}

struct expected {
	struct profiles_set *set;
	struct error *err;
};

static int take_expected(void *data, const struct db_decided *row)
{
	struct expected *expected = data;

	if (row->decision == DB_NEVER &&
	    profiles_set_add(expected->set, row->call) < 0)
		return base_error(expected->err, ENOMEM, "out of memory");
	return 0;
}

int db_expected(struct db *db, const char *program, struct profiles_set *set,
		struct error *err)
{
	struct expected expected = { set, err };

	return db_each_decision(db, program, take_expected, &expected, err);
}

/* ---- undoing ------------------------------------------------------------ */

struct undo {
	const char *program, *author;
	struct db_undone *undone;
	size_t count;
};

static int find_batch(struct db *db, const struct undo *undo, int64_t *batch,
		      struct error *err)
{
	int r = db_value(db, batch, err,
			 "SELECT batch FROM decisions AS d"
			 " WHERE undoes IS NULL AND evidence <> 'imported'"
			 " AND (?1 IS NULL OR program ="
			 "  (SELECT id FROM programs WHERE name = ?1))"
			 " AND NOT EXISTS (SELECT 1 FROM decisions AS u"
			 "  WHERE u.undoes = d.id)"
			 " ORDER BY id DESC LIMIT 1", "t", undo->program);

	if (r == -ENOENT && undo->program)
		return base_error(err, ENOENT, "there is no decision on %.100s "
				  "left that could be taken back",
				  undo->program);
	if (r == -ENOENT)
		return base_error(err, ENOENT, "there is no decision left that "
				  "could be taken back");
	return r;
}

/* Columns: name, arch, number, verdict, time, author, what it was before. */
static int take_undone(struct db *db, sqlite3_stmt *stmt, struct undo *undo,
		       struct error *err)
{
	struct db_undone *undone = reallocarray(
		undo->undone, undo->count + 1, sizeof(*undone));
	int r;

	if (!undone)
		return base_error(err, ENOMEM, "out of memory");
	undo->undone = undone;
	undone = &undone[undo->count++];
	*undone = (struct db_undone){
		.decided = sqlite3_column_int64(stmt, 4),
	};
	db_column_copy(stmt, 0, undone->program, sizeof(undone->program));
	db_column_copy(stmt, 5, undone->who, sizeof(undone->who));
	r = db_column_call(db, stmt, 1, &undone->call, err);
	if (r == 0)
		r = db_decision_parse(db, db_column_text(stmt, 3),
				      &undone->was, err);
	if (r == 0)
		r = db_decision_parse(db, db_column_text(stmt, 6),
				      &undone->is, err);
	return r;
}

/* The decision on D's call that held before D and those made with it. */
#define BEFORE                                                                 \
	"(SELECT max(id) FROM decisions AS o WHERE o.program = d.program"      \
	" AND o.arch = d.arch AND o.number = d.number AND o.batch < d.batch)"

static int read_undone(struct db *db, struct undo *undo, int64_t batch,
		       struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int r = db_query(db, &stmt, err,
			 "SELECT p.name, d.arch, d.number, d.verdict, d.time,"
			 " d.author, coalesce(b.verdict, 'none')"
			 " FROM decisions AS d"
			 " JOIN programs AS p ON p.id = d.program"
			 " LEFT JOIN decisions AS b ON b.id = " BEFORE
			 " WHERE d.batch = ?1 ORDER BY d.id", "i", batch);

	while (r == 0 && (r = db_next(db, stmt, err)) == 1)
		r = take_undone(db, stmt, undo, err);
	return r;
}

/* What is allowed again answers all denials until now, as it did before; what
 * is not waits again since when it did. */
static int undo_batch(struct db *db, void *data, struct error *err)
{
	struct undo *undo = data;
	int64_t batch, fresh;
	int r = find_batch(db, undo, &batch, err);

	if (r == 0)
		r = read_undone(db, undo, batch, err);
	if (r == 0)
		r = next_batch(db, &fresh, err);
	return r < 0 ? r : db_run(
		db, err,
		"INSERT INTO decisions (program, arch, number, verdict,"
		" evidence, time, author, denial, since, batch, undoes)"
		" SELECT d.program, d.arch, d.number,"
		" coalesce(b.verdict, 'none'),"
		" coalesce(b.evidence, d.evidence), ?2, ?3, b.denial,"
		" CASE b.verdict WHEN 'allow' THEN ?2"
		"  ELSE coalesce(b.since, 0) END, ?4, d.id"
		" FROM decisions AS d"
		" LEFT JOIN decisions AS b ON b.id = " BEFORE
		" WHERE d.batch = ?1 ORDER BY d.id",
		"iiti", batch, base_now(), undo->author, fresh);
}

int db_undo(struct db *db, const char *program, const char *author,
	    struct db_undone **undone, size_t *count, struct error *err)
{
	struct undo undo = { .program = program, .author = author };
	int r = db_write(db, undo_batch, &undo, err);

	if (r < 0) {
		free(undo.undone);
		return r;
	}
	*undone = undo.undone;
	*count = undo.count;
	return 0;
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
