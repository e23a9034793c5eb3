/* SPDX-License-Identifier: MIT */
/*
 * The few calls that all statements of this room are written with, so that a
 * statement is a few lines. Private to db/ and its tests.
 *
 * TYPES names what follows it, one letter a value:
 *   i  int64_t			u  uint64_t, kept as the same 64 bits
 *   t  const char *, NULL is SQL's NULL
 *   c  struct base_call: two values, the name of its arch and its number
 */
#ifndef JAIL_DB_SQL_H
#define JAIL_DB_SQL_H

#include <sqlite3.h>
#include <sys/stat.h>

#include "db/db.h"

struct db {
	sqlite3 *handle;
	char *path;
	int patience;		/* milliseconds, for other processes */
	bool glancing;		/* it is read as though nobody wrote it */
	int64_t data_version;	/* as db_changed() saw it last, 0: never */
	struct stat before;	/* how the file was then */
};

void db_finalize(sqlite3_stmt **stmt);
#define cleanup_stmt __attribute__((cleanup(db_finalize)))

/* The sentence and errno of a sqlite result code. */
int db_fail(struct db *db, int rc, struct error *err);

int db_prepare(struct db *db, sqlite3_stmt **stmt, const char *sql,
	       struct error *err);
/* db_prepare, and binds ?1, ?2 ... to what follows. */
int db_query(struct db *db, sqlite3_stmt **stmt, struct error *err,
	     const char *sql, const char *types, ...);
/* 1: there is a row; 0: there is none left. */
int db_next(struct db *db, sqlite3_stmt *stmt, struct error *err);
/* A statement without rows: prepared, bound and run; db_again runs one that is
 * kept prepared. */
int db_run(struct db *db, struct error *err, const char *sql,
	   const char *types, ...);
int db_again(struct db *db, sqlite3_stmt *stmt, struct error *err,
	     const char *types, ...);
/* For the rows of a statement that is kept prepared: binds; then db_next, and
 * sqlite3_reset in the end. */
int db_bind(struct db *db, sqlite3_stmt *stmt, struct error *err,
	    const char *types, ...);
/* The integer in the first column of the first row; -ENOENT, and no sentence,
 * if there is none. */
int db_value(struct db *db, int64_t *value, struct error *err,
	     const char *sql, const char *types, ...);

/* Columns of the row that db_next found. */
uint64_t db_column_u64(sqlite3_stmt *stmt, int column);
const char *db_column_text(sqlite3_stmt *stmt, int column); /* NULL is "" */
const char *db_column_or_null(sqlite3_stmt *stmt, int column);
void db_column_copy(sqlite3_stmt *stmt, int column, char *out, size_t size);
/* A call: its arch in COLUMN, its number in the next. */
int db_column_call(struct db *db, sqlite3_stmt *stmt, int column,
		   struct base_call *call, struct error *err);
/* Adds all rows of (arch, number) to SET. */
int db_collect(struct db *db, sqlite3_stmt *stmt, struct profiles_set *set,
	       struct error *err);

/* WORK within one transaction: all of it is stored or nothing. db_write takes
 * the write lock first; db_snapshot lets several queries see one state. */
int db_write(struct db *db,
	     int (*work)(struct db *db, void *data, struct error *err),
	     void *data, struct error *err);
int db_snapshot(struct db *db,
		int (*work)(struct db *db, void *data, struct error *err),
		void *data, struct error *err);

/* a + b, or the largest number. */
static inline uint64_t db_sum(uint64_t a, uint64_t b)
{
	return a + b < a ? UINT64_MAX : a + b;
}

/* ---- shared by the files of the room ------------------------------------ */

enum { DB_PATH_LIMIT = 500 };	/* bytes that sqlite's unix files take */

/* Whether PATH can be opened as a store. With DB_WRITE it is made, empty, if
 * it is missing. */
int db_check_file(const char *path, enum db_mode mode, struct error *err);
/* Whether what was opened is a store, by its header alone. An empty file is a
 * new one. *WAL: it says that it is in WAL mode. */
int db_check_header(struct db *db, bool *wal, struct error *err);
/* Whether a write-ahead log was left, by a jail that runs or was killed. */
bool db_has_log(const struct db *db);
/* The calls of program ?1 that passed unseen in a session which has no row for
 * them: made or not, nobody knows. */
#define DB_PASSED                                                              \
	"(SELECT p.arch, p.number FROM sessions AS k"                          \
	" JOIN passed AS p ON p.session = k.id WHERE k.program = ?1"           \
	" AND NOT EXISTS (SELECT 1 FROM seen AS o WHERE o.program = ?1"        \
	" AND o.arch = p.arch AND o.number = p.number"                         \
	" AND o.here = (k.origin = 'learn') AND o.session = k.id))"
/* Of a session S only the identifier is known, from a profile as text. */
#define DB_NAMED "s.origin = 'import' AND s.full IS NULL"
/* The latest decision on the call of a row of learned, L; 'none'. */
#define DB_DECIDED                                                             \
	"coalesce((SELECT verdict FROM decisions AS d"                         \
	" WHERE d.program = l.program AND d.arch = l.arch"                     \
	" AND d.number = l.number ORDER BY id DESC LIMIT 1), 'none')"
/* The name of the interface to the file system by which stores are opened, NULL
 * for sqlite's own. Unless it WAITS nothing sleeps in it. */
const char *db_log_vfs(bool waits);

/* A step of the schema makes version N+1 out of version N; steps[0] makes a
 * store out of an empty file. */
extern const char *const db_schema_steps[];
extern const size_t db_schema_count;
#define DB_APPLICATION_ID 0x6a61696c	/* "jail" */

/* The version that the store has now, the write-ahead log included. */
int db_schema_version(struct db *db, int64_t *version, struct error *err);
int db_schema_newer(struct db *db, int64_t version, struct error *err);
/* Takes the steps that are missing, each in a transaction of its own. */
int db_migrate(struct db *db, const char *const *steps, size_t count,
	       struct error *err);

/* The row of a program: -ENOENT if it has none. */
int db_program_find(struct db *db, const char *program, int64_t *id,
		    struct error *err);
/* The same; 0, and *ID as it was, if it has none. */
int db_program_known(struct db *db, const char *program, int64_t *id,
		     struct error *err);
/* The same, but makes it. Within db_write. */
int db_program_make(struct db *db, const char *program, int64_t *id,
		    struct error *err);

/* After a batch of SESSION: what the program's whitelist, db_known() and
 * db_history() are read from. HERE: it is no imported one. A call that a
 * session makes DB_OFTEN times is not worth a stop each time. */
enum { DB_OFTEN = 50, DB_SELDOM = 3 /* sessions */ };
int db_record_seen(struct db *db, int64_t program, int64_t session, bool here,
		   struct error *err);

/* Tells command lines apart: a hash of what is stored of one, as JSON; 0 where
 * there is none. */
uint64_t db_workload(const char *argv);

/* Takes out of TEXT's set what fewer than MIN_HOSTS saw and is not DECIDED on,
 * and notes what not every host saw. */
int db_hosts_export(struct db *db, const char *program, unsigned min_hosts,
		    const struct profiles_set *decided,
		    struct profiles_text *text, struct error *err);

/* Decisions that are made together. FROM: that of another store, as which it is
 * told on, or NULL. Within db_write. */
struct db_choice {
	struct base_call call;
	enum db_decision decision;
	int answer;		/* of a stub */
	const struct profiles_bundle_decision *from;
};
int db_decisions_add(struct db *db, int64_t program,
		     const struct db_choice *choices, size_t count,
		     enum db_evidence evidence, const char *author,
		     struct error *err);
/* The number of what is decided together next. Within db_write. */
int db_next_batch(struct db *db, int64_t *batch, struct error *err);
/* -EINVAL: ANSWER is no errno that a stub can have. */
int db_stub_check(int answer, struct error *err);
bool db_decision_named(const char *name, enum db_decision *decision);
/* The same of a row; -EUCLEAN: NAME is none. */
int db_decision_parse(struct db *db, const char *name,
		      enum db_decision *decision, struct error *err);
int db_evidence_parse(const char *name);	/* -EINVAL */

/* The denial in row ID: -ENOENT, and no sentence, if there is none. */
int db_denial_read(struct db *db, int64_t id, struct profiles_denial *denial,
		   struct error *err);
/* A new row. DAY: of the kernel's records, DB_NO_DAY for all else. Within
 * db_write. */
#define DB_NO_DAY INT64_MIN
int db_denial_insert(struct db *db, const char *program,
		     const struct profiles_denial *denial, int64_t day,
		     int64_t *id, struct error *err);
/* What is stored for denial->source. */
const char *db_denial_source(const struct profiles_denial *denial);

#endif
