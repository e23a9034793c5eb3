/* SPDX-License-Identifier: MIT */
/*
 * Decisions that are taken back, and programs that are forgotten. A decision
 * that is taken back stays: a row that names it says again what held before.
 */
#include <string.h>

#include "db/sql.h"

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
		r = db_next_batch(db, &fresh, err);
	return r < 0 ? r : db_run(
		db, err,
		"INSERT INTO decisions (program, arch, number, verdict,"
		" evidence, time, author, denial, since, batch, undoes,"
		" answer, from_evidence, from_author, from_time)"
		" SELECT d.program, d.arch, d.number,"
		" coalesce(b.verdict, 'none'),"
		" coalesce(b.evidence, d.evidence), ?2, ?3, b.denial,"
		" CASE b.verdict WHEN 'allow' THEN ?2"
		"  ELSE coalesce(b.since, 0) END, ?4, d.id, b.answer,"
		" b.from_evidence, b.from_author, b.from_time"
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
