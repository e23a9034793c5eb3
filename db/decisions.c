/* SPDX-License-Identifier: MIT */
/*
 * Decisions: what a person put on a whitelist, took off it, or wants to hear no
 * more of; and calls that are answered an error because the program does
 * without them. They are added, never changed; the latest on a call holds
 * (undo.c).
 */
#include <string.h>

#include "db/sql.h"

static const char *const verdicts[] = {
	[DB_ALLOW] = "allow",
	[DB_DROP] = "drop",
	[DB_NEVER] = "never",
	[DB_NONE] = "none",
	[DB_STUB] = "stub",
};

const char *db_decision_name(enum db_decision decision)
{
	return verdicts[decision];
}

bool db_decision_named(const char *name, enum db_decision *decision)
{
	for (size_t i = 0; i < ARRAY_SIZE(verdicts); i++)
		if (strcmp(verdicts[i], name) == 0) {
			*decision = (enum db_decision)i;
			return true;
		}
	return false;
}

int db_decision_parse(struct db *db, const char *name,
		      enum db_decision *decision, struct error *err)
{
	if (db_decision_named(name, decision))
		return 0;
	return base_error(err, EUCLEAN,
			  "%.200s is damaged: it holds a decision of an "
			  "unknown kind; move it away and learn again",
			  db->path);
}

int db_next_batch(struct db *db, int64_t *batch, struct error *err)
{
	return db_value(db, batch, err,
			"SELECT coalesce(max(batch), 0) + 1 FROM decisions",
			"");
}

/* ---- deciding ----------------------------------------------------------- */

struct decide {
	const char *program;
	const struct db_choice *choices;
	size_t count;
	enum db_evidence evidence;
	const char *author;
};

static int decide_one(struct db *db, sqlite3_stmt *stmt, int64_t program,
		      const struct db_choice *choice,
		      enum db_evidence evidence, const char *author,
		      int64_t batch, struct error *err)
{
	const struct profiles_bundle_decision *from = choice->from;

	return db_again(db, stmt, err, "icttitiutti", program, choice->call,
			verdicts[choice->decision], db_evidence_name(evidence),
			base_now(), author, batch,
			choice->decision == DB_STUB ? (uint64_t)choice->answer
						    : 0,
			from ? from->evidence : NULL,
			from ? from->who : NULL, from ? from->time : 0);
}

int db_decisions_add(struct db *db, int64_t program,
		     const struct db_choice *choices, size_t count,
		     enum db_evidence evidence, const char *author,
		     struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int64_t batch;
	int r = db_next_batch(db, &batch, err);

	/* A review answers the latest denial of the call. */
	if (r == 0)
		r = db_prepare(db, &stmt,
			       "INSERT INTO decisions (program, arch, number,"
			       " verdict, evidence, time, author, since, batch,"
			       " answer, from_evidence, from_author, from_time,"
			       " denial)"
			       " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?6, ?8,"
			       " iif(?4 = 'stub', ?9, NULL), ?10, ?11,"
			       " iif(?10 IS NULL, NULL, ?12),"
			       " CASE ?5 WHEN 'reviewed' THEN"
			       " (SELECT max(id) FROM denials"
			       "  WHERE program ="
			       "  (SELECT name FROM programs WHERE id = ?1)"
			       "  AND arch = ?2 AND number = ?3) END)", err);
	for (size_t i = 0; r == 0 && i < count; i++)
		r = decide_one(db, stmt, program, &choices[i], evidence,
			       author, batch, err);
	return r;
}

static int decide(struct db *db, void *data, struct error *err)
{
	const struct decide *d = data;
	int64_t id;
	int r = db_program_make(db, d->program, &id, err);

	return r < 0 ? r : db_decisions_add(db, id, d->choices, d->count,
					    d->evidence, d->author, err);
}

int db_decide(struct db *db, const char *program, enum db_decision decision,
	      const struct base_call *calls, size_t count,
	      enum db_evidence evidence, const char *author,
	      struct error *err)
{
	cleanup_free struct db_choice *choices =
		calloc(count + 1, sizeof(*choices));
	struct decide d = { program, choices, count, evidence, author };

	if (!choices)
		return base_error(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < count; i++)
		choices[i] = (struct db_choice){
			.call = calls[i], .decision = decision,
		};
	return db_write(db, decide, &d, err);
}

int db_stub_check(int answer, struct error *err)
{
	if (answer > 0 && answer <= BASE_ERRNO_MAX)
		return 0;
	return base_error(err, EINVAL, "a stub is answered an error number, 1 "
			  "to %d; %d is none", BASE_ERRNO_MAX, answer);
}

int db_stub(struct db *db, const char *program,
	    const struct profiles_refused *stubs, size_t count,
	    enum db_evidence evidence, const char *author, struct error *err)
{
	cleanup_free struct db_choice *choices =
		calloc(count + 1, sizeof(*choices));
	struct decide d = { program, choices, count, evidence, author };
	int r = 0;

	if (!choices)
		return base_error(err, ENOMEM, "out of memory");
	for (size_t i = 0; r == 0 && i < count; i++) {
		r = db_stub_check(stubs[i].answer, err);
		choices[i] = (struct db_choice){
			.call = stubs[i].call, .decision = DB_STUB,
			.answer = stubs[i].answer,
		};
	}
	return r < 0 ? r : db_write(db, decide, &d, err);
}

/* ---- what holds --------------------------------------------------------- */

/* Columns: arch, number, verdict, author, time, evidence, answer. */
static int take_decided(struct db *db, sqlite3_stmt *stmt,
			struct db_decided *row, struct error *err)
{
	int evidence = db_evidence_parse(db_column_text(stmt, 5));
	int r = db_column_call(db, stmt, 0, &row->call, err);

	if (r == 0)
		r = db_decision_parse(db, db_column_text(stmt, 2),
				      &row->decision, err);
	row->who = db_column_or_null(stmt, 3);
	row->time = sqlite3_column_int64(stmt, 4);
	row->evidence = evidence < 0 ? DB_ADDED : evidence;
	row->answer = sqlite3_column_int(stmt, 6);
	if (r < 0 || row->decision != DB_STUB ||
	    db_stub_check(row->answer, NULL) == 0)
		return r;
	return base_error(err, EUCLEAN, "%.200s is damaged: it holds a stub "
			  "that answers %d; move it away and learn again",
			  db->path, row->answer);
}

int db_each_decision(struct db *db, const char *program,
		     int (*callback)(void *data, const struct db_decided *row),
		     void *data, struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int r = db_query(db, &stmt, err,
			 "SELECT arch, number, verdict, author, time,"
			 " evidence, answer FROM decisions AS d WHERE program ="
			 " (SELECT id FROM programs WHERE name = ?1)"
			 " AND verdict <> 'none'"
			 " AND NOT EXISTS (SELECT 1 FROM decisions AS n"
			 "  WHERE n.program = d.program AND n.arch = d.arch"
			 "  AND n.number = d.number AND n.id > d.id)"
			 " ORDER BY arch, number", "t", program);

	while (r == 0 && (r = db_next(db, stmt, err)) == 1) {
		struct db_decided row = { 0 };

		r = take_decided(db, stmt, &row, err);
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
