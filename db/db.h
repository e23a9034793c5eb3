/* SPDX-License-Identifier: MIT */
/*
 * db: the store. One sqlite file in WAL mode; what was observed, refused and
 * decided. The only room that includes <sqlite3.h>.
 *
 * A whitelist is a view: calls that sessions observed, changed by the latest
 * decision on each call. So each entry knows its evidence, nothing is ever
 * overwritten, and a dropped call stays dropped when it is seen again.
 */
#ifndef JAIL_DB_H
#define JAIL_DB_H

#include "profiles/profiles.h"

struct db;

/* ---- opening ------------------------------------------------------------ */

/* --db FILE (may be NULL), else $JAIL_DB, else $XDG_DATA_HOME/jail/jail.db, for
 * root /var/lib/jail/jail.db. *path is new memory. */
int db_path(const char *option, char **path, struct error *err);

enum db_mode {
	DB_READ,	/* must exist: -ENOENT otherwise */
	DB_GLANCE,	/* the same, but without a lock or a file beside the
			 * store where nobody has it open; in the end
			 * db_glanced() tells whether what was read counts */
	DB_WRITE	/* made where missing, its folder 0700, itself 0600 */
};
/*
 * Opens, checks that it is a store and whole, and migrates it to this version.
 * Refused, with the file unchanged: a file that is none (-EINVAL, -EISDIR), one
 * from a newer version (-EPROTO), one cut short or damaged (-EUCLEAN), one that
 * cannot be opened or, for DB_WRITE, written (-EACCES, -EROFS), and for
 * DB_WRITE a place where none can be made (-ENOENT, -ENOTDIR).
 *
 * These failures every function below can have as well: -EUCLEAN, -EACCES,
 * -ENOSPC (the disk is full), -EBUSY (another process wrote for 10 seconds),
 * -EIO, -ENOMEM. What a failed call was to store is not stored at all, and what
 * was there is as it was.
 *
 * A handle belongs to one thread and does not cross a fork: a child neither
 * uses nor closes it.
 */
int db_open(struct db **db, const char *path, enum db_mode mode,
	    struct error *err);
/* The same, with another time than 10 seconds until -EBUSY; 0: at once,
 * whatever others hold. */
int db_open_patient(struct db **db, const char *path, enum db_mode mode,
		    int milliseconds, struct error *err);
/* From now on that time. */
void db_patience(struct db *db, int milliseconds);
/* False: somebody wrote meanwhile; open it again with DB_READ. */
bool db_glanced(const struct db *db);
void db_close(struct db *db);			/* takes NULL */
void db_closep(struct db **db);
#define cleanup_db __attribute__((cleanup(db_closep)))

/* ---- learning ----------------------------------------------------------- */

struct db_session {
	const char *program;		/* profile name */
	char *const *argv;
	const char *kernel;		/* uname -r */
	const char *libc;		/* "glibc 2.36" */
	bool sandbox;			/* false: --no-sandbox */
	bool full;
	const char *host;		/* its name; NULL: not known */
	/* Calls that were known before it and pass unseen from its start on:
	 * those of its set that are not watched. NULL: there are none. */
	const struct profiles_known *passes;
};

/* Begins a session, and makes the program if it is not known: from now on its
 * whitelist may be empty but is there. *id is the session's row, uid its 8
 * hexadecimal digits + NUL. Of argv the first 64 KiB are kept. */
int db_session_begin(struct db *db, const struct db_session *session,
		     int64_t *id, char uid[9], struct error *err);
/* Stores a batch in one transaction; totals replace what was there, but what
 * was partial, or had lost its privileges, stays so in this session. Called
 * again after a failure (full disk, busy) it loses nothing. -ENOENT: the
 * program was forgotten since. */
int db_session_record(struct db *db, int64_t id,
		      const struct profiles_batch *batch, struct error *err);
/* STATUS as from wait(2). */
int db_session_end(struct db *db, int64_t id, int status, struct error *err);
/* Something of what it did was lost, so that db_history() does not count it. */
int db_session_incomplete(struct db *db, int64_t id, struct error *err);
/* What sessions of PROGRAM, imported ones not counted, observed: the calls that
 * are on its whitelist now, with all argument values. A call that was only
 * decided on or imported is not in it, for it was never seen here; one that was
 * dropped is not, for it is to be noticed. *KNOWN, zeroed, is filled; nothing,
 * and 0, for a program that is not in the store. The calls of an argument are
 * the most that one session made, enough to rank them.
 *
 * Watched are those calls that fewer than three sessions saw and none made
 * often: to stop for them costs little, and only a session that looks for a
 * call can say that it was not made (db_history). */
int db_known(struct db *db, const char *program, struct profiles_known *known,
	     struct error *err);
/* The calls of this session, added up over its executables. */
int db_each_session_call(struct db *db, int64_t id,
			 int (*callback)(void *data,
				const struct profiles_observation *row),
			 void *data, struct error *err);
/* The executables of this session that lost their privileges, by path. */
int db_each_lost(struct db *db, int64_t session,
		 int (*callback)(void *data, const char *path), void *data,
		 struct error *err);
/* The calls of this session that the program's whitelist did not have before
 * (the others of its calls were observed or decided earlier). */
int db_session_new(struct db *db, int64_t id, struct profiles_set *set,
		   struct error *err);
/* The calls of this session that a decision keeps off the whitelist, as not
 * wanted; stubs are. */
int db_session_dropped(struct db *db, int64_t id, struct profiles_set *set,
		       struct error *err);

/* How sessions found what is known, for profiles_estimate(). *HISTORY, zeroed,
 * is filled; calls that a decision keeps off the whitelist count, too, for they
 * were seen. Imported sessions of which only the identifier is known are not
 * in it. Nothing, and 0, for a program that is not in the store; the same for
 * what is read below. */
int db_history(struct db *db, const char *program,
	       struct profiles_history *history, struct error *err);

/* ---- what it was learned from ------------------------------------------- */

/* Executables and libraries with each build-id that they had, by path, the
 * first so many; and the kernels that it was learned on, new memory, NULL at
 * the end. Imported sessions do not count: they had other files. OBJECTS and
 * what they hold are new memory: db_objects_free(). */
enum { DB_OBJECTS = 4096 };
struct db_objects {
	struct profiles_object *objects;
	size_t count;
	char **kernels;
};
int db_objects(struct db *db, const char *program, struct db_objects *objects,
	       struct error *err);
void db_objects_free(struct db_objects *objects);	/* takes NULL */

/* ---- hosts --------------------------------------------------------------- */

struct db_host {
	const char *host;	/* "" where it is not known */
	const char *kernel, *libc;	/* of the latest session */
	uint64_t sessions;
	uint64_t calls;		/* that its sessions saw */
	int64_t last;		/* when the latest began */
};
/* The hosts whose sessions a program has, by name. */
int db_each_host(struct db *db, const char *program,
		 int (*callback)(void *data, const struct db_host *row),
		 void *data, struct error *err);
/* Each (call, host) that was observed, by call, then by host. */
int db_each_host_call(struct db *db, const char *program,
		      int (*callback)(void *data, struct base_call call,
				      const char *host),
		      void *data, struct error *err);

/* ---- whitelists --------------------------------------------------------- */

/* -ENOENT if the program is not in the store. *set is filled, not emptied. */
int db_whitelist(struct db *db, const char *program, struct profiles_set *set,
		 struct error *err);

enum db_evidence {
	DB_LEARNED, DB_ADDED, DB_IMPORTED, DB_REVIEWED,
	DB_MINIMIZED		/* found by jail minimize */
};
const char *db_evidence_name(enum db_evidence evidence);

struct db_entry {
	struct base_call call;
	uint64_t calls, errors, returns;	/* over all sessions that saw
						 * it; in others it may have
						 * passed unseen, as known */
	bool partial;				/* at least so many: in one of
						 * them it passed uncounted from
						 * some moment on, or a later
						 * session let it pass so */
	int64_t first_seen, last_seen;		/* 0: never here */
	uint64_t sessions;			/* that saw it */
	bool elsewhere;				/* imported ones alone */
	enum db_evidence evidence;
	/* Of the decision; NULL and 0 for what was learned. */
	char *who;
	int64_t decided;
	int64_t denial;				/* that it answers, or 0 */
};
/* The whitelist with its evidence, by arch and number. Free with
 * db_entries_free. */
int db_entries(struct db *db, const char *program, struct db_entry **entries,
	       size_t *count, struct error *err);
void db_entries_free(struct db_entry *entries, size_t count);

/*
 * The db_each_* functions call CALLBACK for each row. Strings live until it
 * returns. If it returns other than 0 no more rows come, and that is what
 * db_each_* returns.
 */
/* Per executable of the tree, over all sessions, by path and call: rows for
 * show --by-exe and show --json. row->image is the executable's place here. */
int db_each_observation(struct db *db, const char *program,
			int (*callback)(void *data, const char *exe,
				const struct profiles_observation *row),
			void *data, struct error *err);
int db_each_argument(struct db *db, const char *program,
		     int (*callback)(void *data,
				     const struct profiles_argument *row),
		     void *data, struct error *err);
/* Executables and libraries, the newest build-id of each path. */
int db_each_object(struct db *db, const char *program,
		   int (*callback)(void *data, const char *kind,
				   const char *path, const char *build_id),
		   void *data, struct error *err);

struct db_program {
	const char *name;
	uint64_t sessions;	/* that observed something, imported too */
	uint64_t calls;				/* whitelist entries */
	uint64_t denials;
	int64_t last_learned;			/* 0: never here */
	bool known;		/* false: there are denials alone */
};
/* By name; those of which only denials are recorded, too. */
int db_each_program(struct db *db,
		    int (*callback)(void *data, const struct db_program *row),
		    void *data, struct error *err);

/* ---- decisions ---------------------------------------------------------- */

enum db_decision {
	DB_ALLOW,
	DB_DROP,	/* taken off the whitelist */
	DB_NEVER,	/* off it, and its denials are expected: no offer */
	DB_NONE,	/* as though nothing had ever been decided; only
			 * db_undo() makes it */
	DB_STUB		/* off the whitelist; answered an errno without a word,
			 * as the program does without it: db_stub() */
};
const char *db_decision_name(enum db_decision decision);
/* Records one decision a call, in one transaction. The program is made if it
 * is not known. DB_REVIEWED keeps the latest denial of the call as what the
 * decision answers. Calls that are decided on together are undone together. */
int db_decide(struct db *db, const char *program, enum db_decision decision,
	      const struct base_call *calls, size_t count,
	      enum db_evidence evidence, const char *author,
	      struct error *err);

/* The calls of PROGRAM whose latest decision is never: their denials are
 * expected. *SET is filled, not emptied; nothing, and 0, for a program that is
 * not known. */
int db_expected(struct db *db, const char *program, struct profiles_set *set,
		struct error *err);

/* Decides that calls are stubs, with what they are answered, as db_decide()
 * does. */
int db_stub(struct db *db, const char *program,
	    const struct profiles_refused *stubs, size_t count,
	    enum db_evidence evidence, const char *author, struct error *err);
/* Those of PROGRAM that hold, by call; *STUBS is new memory. */
int db_stubs(struct db *db, const char *program,
	     struct profiles_refused **stubs, size_t *count,
	     struct error *err);

/*
 * What jail minimize has found out so far about a program and a command, so
 * that it can be stopped and continued: KEY identifies command, list and files.
 * A trial that is stored again replaces what was found. No decision.
 */
struct db_trial {
	struct base_call call;
	int answer;		/* the errno that was tried */
	char result[16];	/* "needed", "works", "not made", ... */
};
int db_trial_store(struct db *db, const char *program, const char *key,
		   const struct db_trial *trials, size_t count,
		   struct error *err);
int db_each_trial(struct db *db, const char *program, const char *key,
		  int (*callback)(void *data, const struct db_trial *trial),
		  void *data, struct error *err);
/* Forgets what was found, of all commands. */
int db_trials_forget(struct db *db, const char *program, struct error *err);

struct db_decided {
	struct base_call call;
	enum db_decision decision;
	int answer;		/* of a stub */
	enum db_evidence evidence;
	const char *who;	/* NULL: not known */
	int64_t time;
};
/* The decision that holds on each call that there is one on, by arch and
 * number; nothing for a program that is not known. */
int db_each_decision(struct db *db, const char *program,
		     int (*callback)(void *data, const struct db_decided *row),
		     void *data, struct error *err);

/* A call whose decision was taken back, and what holds now. */
struct db_undone {
	char program[256];
	struct base_call call;
	enum db_decision was, is;
	int64_t decided;	/* when the one that was taken back was made */
	char who[64];		/* and by whom */
};
/* Takes the latest decision back that was not taken back before and is none of
 * an import, of PROGRAM or of any (NULL), with those that were made with it:
 * what held before them holds again, by a new row of AUTHOR's. *UNDONE is new
 * memory. -ENOENT: there is none. */
int db_undo(struct db *db, const char *program, const char *author,
	    struct db_undone **undone, size_t *count, struct error *err);

/* Removes the program and all that was recorded for it. -ENOENT. */
int db_forget(struct db *db, const char *program, struct error *err);

/* ---- denials ------------------------------------------------------------ */

/*
 * Records a denial. *id not 0: a repeat of that row; its count grows by
 * DENIAL's, its last_time rises. Else, if serial is not 0 and there is a row
 * with the same (host, boot_id, serial), it is the same record read again: the
 * row's count becomes DENIAL's if that is more, its last_time rises. Else a new
 * row. *id is set. The program needs not be known.
 */
int db_denial_add(struct db *db, const char *program,
		  const struct profiles_denial *denial, int64_t *id,
		  struct error *err);
int db_each_denial(struct db *db, const char *program /* NULL: all */,
		   int (*callback)(void *data, int64_t id, const char *program,
				   const struct profiles_denial *denial),
		   void *data, struct error *err);
/* Those that happened, or were repeated, at or after SINCE (microseconds), the
 * latest last. */
int db_each_denial_since(struct db *db, int64_t since,
			 int (*callback)(void *data, int64_t id,
					 const char *program,
					 const struct profiles_denial *denial),
			 void *data, struct error *err);

/* ---- what waits for a decision ------------------------------------------ */

/* All denials of one (program, call) since the latest decision on it. */
struct db_pending {
	const char *program;
	struct base_call call;
	uint64_t count;			/* of denials, the counts added up */
	int64_t first_time, last_time;
	uint64_t rows;			/* of the store that it stands for */
	bool forgeable;			/* every one of them */
	bool listed;			/* it is on the whitelist all the same:
					 * dangerous, or its arguments */
	bool decided;			/* there is a decision on it */
	enum db_decision decision;	/* the latest */
	int64_t decided_at;
	int64_t id;			/* the latest denial's row, and the
					 * denial itself: */
	const struct profiles_denial *latest;
};
/*
 * What is to be offered: per program and call, most frequent first within a
 * program, those with the most denials first. Left out: what was decided never,
 * and stubs; what is on the whitelist by now, unless it was refused after that;
 * groups without a denial at or after SINCE (microseconds, 0: all).
 */
int db_each_pending(struct db *db, const char *program /* NULL: all */,
		    int64_t since,
		    int (*callback)(void *data,
				    const struct db_pending *pending),
		    void *data, struct error *err);
/* Whether another handle or process has written since this was called last by
 * this handle; true the first time. */
bool db_changed(struct db *db);

/* ---- records of the kernel ---------------------------------------------- */

/*
 * `jail watch` may read 100,000 records a second, the same ones by several
 * sources, twice, or together with another watch. So they are stored in
 * batches, coalesced: a denial's row stands for all records alike of one day
 * (program, call, action, executable, host, boot), with their number. What was
 * counted is known by (host, serial, time), as ranges: a source that is
 * complete covers all between its first and its last record of a boot, any
 * other each single record. So an event counts once, whoever reads it.
 */
/* So many executables that make the same call have rows of their own; what
 * others make is counted in the last one. */
enum { DB_EXECUTABLES = 16 };

struct db_event {
	uint32_t serial;
	uint32_t group;		/* index into the groups of the batch */
	int64_t time;		/* microseconds */
};
struct db_group {
	const char *program;
	/* What its events have in common; count, serial, time and last_time
	 * come from the events. boot_id may be empty: not known. */
	const struct profiles_denial *denial;
	/* Results: how many events were new, and the row they are in (0 if
	 * none were). */
	uint64_t counted;
	int64_t id;
};
struct db_records {
	const struct db_event *events;	/* in the order read */
	size_t event_count;
	struct db_group *groups;
	size_t group_count;
	bool complete;		/* the source leaves nothing out
				 * (auditlog_about), and neither does the
				 * watch: what it passes over without handing
				 * it on would be taken for counted */
	const char *source;	/* auditlog_key(), and the new position */
	const char *position;
};
/* Which ranges this watch covers: zeroed in the beginning, one for each source,
 * kept from batch to batch; nothing to free. Zeroed again where a source has
 * lost some: of what is read from then on another range is made, and what lies
 * between both is counted if another source has it. */
struct db_covered {
	int64_t watch;		/* for db/ alone */
};
/*
 * Stores a batch and the source's position, in one transaction. An event does
 * not count if another watch, or an earlier one, has counted it; nor, where its
 * action is PROFILES_NOTIFIED, if jail's own supervisor has recorded the same
 * call on the same boot (where that is not known: host) within two seconds.
 * After a failure nothing of it is stored, and it can be handed over again.
 * Records of this action are always counted one by one, so they may be handed
 * over later than others of a complete source.
 *
 * A complete source hands each event over once: only within a batch doubles of
 * it are noticed. Of two complete ones read at the same time an event is lost
 * if the kernel sent it after a later one, and both batches ended between
 * these two.
 *
 * A row does not reach over the latest decision on its call, or the time when
 * that was learned. So that no target fills the disk, 16 executables of a call
 * and day get rows of their own, and 64 calls beyond the table; further ones
 * are counted in the last. Programs that the store does not know get 4096 rows
 * a day; further ones are the program "(others)".
 */
int db_records_add(struct db *db, struct db_covered *covered,
		   struct db_records *records, struct error *err);
/* Where a source stopped; *POSITION is new memory, NULL if it is not known. */
int db_position(struct db *db, const char *source, char **position,
		struct error *err);
/* Executables that sessions of programs saw, each (program, path) once. FIRST:
 * it is the program's own, not a child's. */
int db_each_executable(struct db *db,
		       int (*callback)(void *data, const char *program,
				       const char *path, bool first),
		       void *data, struct error *err);

/* ---- exchange ----------------------------------------------------------- */

/* Fills a zeroed text with whitelist, stubs, expected denials and origins, all
 * sorted; MIN_HOSTS above 1: of what was observed only calls that sessions of
 * so many hosts saw, and what was decided. -ENOENT if the program is not in the
 * store. */
int db_export(struct db *db, const char *program, unsigned min_hosts,
	      struct profiles_text *text, struct error *err);
struct db_imported {
	size_t fresh;			/* calls that the whitelist had not */
	struct profiles_set dropped;	/* and those that stay off it: an
					 * earlier decision dropped them */
};
/* Adds what TEXT holds to TEXT->program. Sessions already known by their
 * identifier count once, calls already on the whitelist keep their evidence,
 * and of those that every program may make none is added. *IMPORTED, zeroed, is
 * filled; its set is the caller's. -EINVAL: TEXT has no program, no set, or a
 * session identifier that is none. */
int db_import(struct db *db, const struct profiles_text *text,
	      const char *author, struct db_imported *imported,
	      struct error *err);

/* Fills a zeroed bundle with PROGRAM (NULL: all). -ENOENT. */
int db_bundle(struct db *db, const char *program,
	      struct profiles_bundle *bundle, struct error *err);
struct db_merged {
	uint64_t programs, sessions, calls, decisions;	/* that were new */
	uint64_t known_sessions;	/* that the store had */
};
/* Adds what BUNDLE holds, all of it or nothing. A session that the store has
 * counts once and stays as it is. Decisions of elsewhere come as imported, and
 * only on calls on which none is held here; stubs of calls that guard
 * (profiles_guards) not where they were learned here. Clocks of hosts differ:
 * nothing depends on their order. -EINVAL: a name, an identifier, a number that
 * cannot be. */
int db_merge(struct db *db, const struct profiles_bundle *bundle,
	     const char *author, struct db_merged *merged, struct error *err);

#endif
