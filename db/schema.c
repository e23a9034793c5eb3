/* SPDX-License-Identifier: MIT */
/*
 * The schema as numbered steps: PRAGMA user_version says how many of them a
 * store has taken. A step that was released is never changed; a new need is a
 * new step at the end.
 *
 * Times are microseconds since the epoch. Architectures are their names, which
 * sort as base_call_compare does. Counts and argument values are unsigned 64
 * bits kept in sqlite's signed ones, so they are added up in C, not in SQL.
 */
#include <string.h>

#include "db/sql.h"

const char *const db_schema_steps[] = {
	/* 0 -> 1 */
	"CREATE TABLE programs ("
	" id INTEGER PRIMARY KEY,"
	" name TEXT NOT NULL UNIQUE);"

	"CREATE TABLE sessions ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" program INTEGER NOT NULL REFERENCES programs ON DELETE CASCADE,"
	" uid TEXT NOT NULL,"		/* 8 hexadecimal digits, random */
	" origin TEXT NOT NULL CHECK (origin IN ('learn', 'import')),"
	" started INTEGER NOT NULL,"	/* of an import: its time */
	" ended INTEGER,"		/* NULL: it runs, or was killed */
	" status INTEGER,"		/* as from wait(2) */
	" argv TEXT,"			/* JSON array, its first 64 KiB */
	" argc INTEGER,"
	" kernel TEXT NOT NULL,"
	" libc TEXT NOT NULL,"
	" sandbox INTEGER,"
	" full INTEGER,"
	" jail TEXT,"			/* the version that learned */
	" UNIQUE (program, uid));"

	"CREATE TABLE images ("
	" session INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,"
	" idx INTEGER NOT NULL,"
	" path TEXT NOT NULL,"
	" build_id TEXT,"
	" PRIMARY KEY (session, idx)) WITHOUT ROWID;"

	"CREATE TABLE libraries ("
	" session INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,"
	" image INTEGER NOT NULL,"	/* images.idx */
	" path TEXT NOT NULL,"
	" build_id TEXT,"
	" PRIMARY KEY (session, image, path)) WITHOUT ROWID;"

	"CREATE TABLE calls ("
	" session INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,"
	" image INTEGER NOT NULL,"
	" arch TEXT NOT NULL,"
	" number INTEGER NOT NULL,"
	" calls INTEGER NOT NULL,"
	" errors INTEGER NOT NULL,"
	" returns INTEGER NOT NULL,"
	" first_seen INTEGER NOT NULL,"
	" last_seen INTEGER NOT NULL,"
	" PRIMARY KEY (session, image, arch, number)) WITHOUT ROWID;"

	/* Which session saw a call of the program first. It lets a whitelist
	 * be read without going through all that was ever observed. */
	"CREATE TABLE learned ("
	" program INTEGER NOT NULL REFERENCES programs ON DELETE CASCADE,"
	" arch TEXT NOT NULL,"
	" number INTEGER NOT NULL,"
	" session INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,"
	" PRIMARY KEY (program, arch, number)) WITHOUT ROWID;"
	"CREATE INDEX learned_session ON learned (session);"

	"CREATE TABLE arguments ("
	" session INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,"
	" arch TEXT NOT NULL,"
	" number INTEGER NOT NULL,"
	" a INTEGER NOT NULL,"
	" b INTEGER NOT NULL,"
	" c INTEGER NOT NULL,"
	" calls INTEGER NOT NULL,"
	" PRIMARY KEY (session, arch, number, a, b, c)) WITHOUT ROWID;"

	/* By name: what was refused to a program can be known before anything
	 * of it was learned. Unused arguments are NULL. */
	"CREATE TABLE denials ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" program TEXT NOT NULL,"
	" time INTEGER NOT NULL,"
	" last_time INTEGER NOT NULL,"
	" count INTEGER NOT NULL,"
	" host TEXT NOT NULL,"
	" boot_id TEXT NOT NULL,"
	" serial INTEGER NOT NULL,"	/* of the audit record, 0: none */
	" pid INTEGER NOT NULL,"
	" uid INTEGER NOT NULL,"
	" exe TEXT NOT NULL,"
	" comm TEXT NOT NULL,"
	" arch TEXT NOT NULL,"
	" number INTEGER NOT NULL,"
	" a0 INTEGER, a1 INTEGER, a2 INTEGER,"
	" a3 INTEGER, a4 INTEGER, a5 INTEGER,"
	" ip INTEGER NOT NULL,"
	" action TEXT NOT NULL,"
	" errno INTEGER NOT NULL);"
	"CREATE UNIQUE INDEX denials_record"
	" ON denials (host, boot_id, serial) WHERE serial <> 0;"
	"CREATE INDEX denials_call ON denials (program, arch, number);"

	/* Never changed: the one with the highest id on a call holds. */
	"CREATE TABLE decisions ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" program INTEGER NOT NULL REFERENCES programs ON DELETE CASCADE,"
	" arch TEXT NOT NULL,"
	" number INTEGER NOT NULL,"
	" verdict TEXT NOT NULL CHECK (verdict IN ('allow', 'drop')),"
	" evidence TEXT NOT NULL"
	"  CHECK (evidence IN ('added', 'imported', 'reviewed')),"
	" time INTEGER NOT NULL,"
	" author TEXT,"
	" denial INTEGER REFERENCES denials ON DELETE SET NULL);"
	"CREATE INDEX decisions_call ON decisions (program, arch, number);"
	"CREATE INDEX decisions_denial ON decisions (denial);"

	"CREATE VIEW whitelist AS"
	" SELECT program, arch, number FROM learned AS l"
	" WHERE NOT EXISTS (SELECT 1 FROM decisions AS d"
	"  WHERE d.program = l.program AND d.arch = l.arch"
	"  AND d.number = l.number)"
	" UNION ALL"
	" SELECT program, arch, number FROM decisions AS d"
	" WHERE verdict = 'allow' AND NOT EXISTS (SELECT 1 FROM decisions AS n"
	"  WHERE n.program = d.program AND n.arch = d.arch"
	"  AND n.number = d.number AND n.id > d.id);"

	/* The sessions that a whitelist stands on: a program that never
	 * started taught nothing. */
	"CREATE VIEW origins AS"
	" SELECT id, program, uid, origin, started, kernel, libc"
	" FROM sessions AS s WHERE origin = 'import'"
	" OR EXISTS (SELECT 1 FROM calls WHERE session = s.id);",

	/* 1 -> 2 */
	/* Calls that were known before and passed unseen from the start. */
	"ALTER TABLE sessions ADD COLUMN known INTEGER;"
	"ALTER TABLE images"
	" ADD COLUMN lost_privileges INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE calls ADD COLUMN partial INTEGER NOT NULL DEFAULT 0;"

	/* What learned is for calls, for the values of their arguments: read
	 * before each session. calls is the most that one session made. */
	"CREATE TABLE learned_arguments ("
	" program INTEGER NOT NULL REFERENCES programs ON DELETE CASCADE,"
	" arch TEXT NOT NULL,"
	" number INTEGER NOT NULL,"
	" a INTEGER NOT NULL,"
	" b INTEGER NOT NULL,"
	" c INTEGER NOT NULL,"
	" calls INTEGER NOT NULL,"
	" PRIMARY KEY (program, arch, number, a, b, c)) WITHOUT ROWID;"
	"INSERT INTO learned_arguments"
	" SELECT s.program, a.arch, a.number, a.a, a.b, a.c, max(a.calls)"
	" FROM sessions AS s JOIN arguments AS a ON a.session = s.id"
	" GROUP BY 1, 2, 3, 4, 5, 6;"

	/* A session whose calls were all known brings none, but it ran. */
	"DROP VIEW origins;"
	"CREATE VIEW origins AS"
	" SELECT id, program, uid, origin, started, kernel, libc"
	" FROM sessions AS s WHERE origin = 'import'"
	" OR EXISTS (SELECT 1 FROM images WHERE session = s.id)"
	" OR EXISTS (SELECT 1 FROM calls WHERE session = s.id);",

	/* 2 -> 3 */
	/* sqlite cannot change a CHECK, so the table is made anew. A decision
	 * is `since` when the denials before it need no answer any more: when
	 * it was made, but what an undo brings back is as old as it was. */
	"DROP VIEW whitelist;"
	"CREATE TABLE decisions_new ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" program INTEGER NOT NULL REFERENCES programs ON DELETE CASCADE,"
	" arch TEXT NOT NULL,"
	" number INTEGER NOT NULL,"
	" verdict TEXT NOT NULL"
	"  CHECK (verdict IN ('allow', 'drop', 'never', 'none')),"
	" evidence TEXT NOT NULL"
	"  CHECK (evidence IN ('added', 'imported', 'reviewed')),"
	" time INTEGER NOT NULL,"
	" author TEXT,"
	" denial INTEGER REFERENCES denials ON DELETE SET NULL,"
	" since INTEGER NOT NULL,"
	" batch INTEGER NOT NULL,"	/* made together, by one call */
	" undoes INTEGER);"		/* the one that it took back */
	"INSERT INTO decisions_new"
	" SELECT *, time, id, NULL FROM decisions ORDER BY id;"
	"DROP TABLE decisions;"
	"ALTER TABLE decisions_new RENAME TO decisions;"
	"CREATE INDEX decisions_call ON decisions (program, arch, number);"
	"CREATE INDEX decisions_denial ON decisions (denial);"
	"CREATE INDEX decisions_batch ON decisions (batch);"
	"CREATE INDEX decisions_undoes ON decisions (undoes)"
	" WHERE undoes IS NOT NULL;"

	/* 'none' is as though nothing had been decided. */
	"CREATE VIEW whitelist AS"
	" SELECT program, arch, number FROM learned AS l"
	" WHERE 'none' = coalesce((SELECT verdict FROM decisions AS d"
	"  WHERE d.program = l.program AND d.arch = l.arch"
	"  AND d.number = l.number ORDER BY id DESC LIMIT 1), 'none')"
	" UNION ALL"
	" SELECT program, arch, number FROM decisions AS d"
	" WHERE verdict = 'allow' AND NOT EXISTS (SELECT 1 FROM decisions AS n"
	"  WHERE n.program = d.program AND n.arch = d.arch"
	"  AND n.number = d.number AND n.id > d.id);"

	/* A row with a day stands for the kernel's records of that day, counted
	 * from the epoch, that are alike. Others are single denials. */
	"ALTER TABLE denials ADD COLUMN source TEXT NOT NULL DEFAULT 'jail';"
	"ALTER TABLE denials ADD COLUMN forgeable INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE denials ADD COLUMN code TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE denials ADD COLUMN day INTEGER;"
	"CREATE INDEX denials_time ON denials (last_time);"
	"CREATE INDEX denials_day ON denials (program, arch, number, day)"
	" WHERE day IS NOT NULL;"
	"CREATE INDEX denials_jail ON denials (arch, number, last_time)"
	" WHERE source = 'jail';"

	/* Where a source of records stopped. */
	"CREATE TABLE positions ("
	" source TEXT PRIMARY KEY,"
	" position TEXT NOT NULL) WITHOUT ROWID;"

	/* Which records were counted (covered.c). */
	"CREATE TABLE covered ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" watch INTEGER NOT NULL,"	/* its first row here */
	" host TEXT NOT NULL,"
	" first_serial INTEGER NOT NULL,"
	" last_serial INTEGER NOT NULL,"
	" first_time INTEGER NOT NULL,"
	" last_time INTEGER NOT NULL,"
	" events BLOB);"		/* NULL: all between them */
	"CREATE INDEX covered_host ON covered (host, last_time);"
	"CREATE INDEX covered_watch ON covered (watch, host);",

	/* 3 -> 4 */
	"ALTER TABLE sessions ADD COLUMN host TEXT;"	/* NULL: not known */
	/* A hash of argv; NULL: it was not made yet. */
	"ALTER TABLE sessions ADD COLUMN workload INTEGER;"
	"ALTER TABLE sessions ADD COLUMN imported INTEGER;"	/* when */
	/* Something of it was lost. */
	"ALTER TABLE sessions"
	" ADD COLUMN incomplete INTEGER NOT NULL DEFAULT 0;"
	"CREATE INDEX sessions_kernel ON sessions (program, origin, kernel);"

	/* By which the file is known again (profiles_stamp); 0: not kept. */
	"ALTER TABLE images ADD COLUMN inode INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE images ADD COLUMN size INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE images ADD COLUMN mtime INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE libraries ADD COLUMN inode INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE libraries ADD COLUMN size INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE libraries ADD COLUMN mtime INTEGER NOT NULL DEFAULT 0;"

	/* Which session saw what, whatever executable made it. `often`: to stop
	 * for it would have cost (record.c). `here`: no imported session. */
	"CREATE TABLE seen ("
	" program INTEGER NOT NULL REFERENCES programs ON DELETE CASCADE,"
	" arch TEXT NOT NULL,"
	" number INTEGER NOT NULL,"
	" here INTEGER NOT NULL,"
	" session INTEGER NOT NULL,"
	" often INTEGER NOT NULL,"
	" PRIMARY KEY (program, arch, number, here, session))"
	" WITHOUT ROWID;"
	"INSERT INTO seen"
	" SELECT s.program, c.arch, c.number, 1, s.id,"
	"  sum(CASE WHEN c.calls BETWEEN 0 AND 50 THEN c.calls ELSE 50 END)"
	"  >= CASE max(c.partial) WHEN 0 THEN 50 ELSE 2 END"
	" FROM sessions AS s JOIN calls AS c ON c.session = s.id"
	" GROUP BY s.program, c.arch, c.number, s.id;"

	/* The calls that passed unseen in a session, as known; made or not. Of
	 * older sessions all that others had seen is taken for it. */
	"CREATE TABLE passed ("
	" session INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,"
	" arch TEXT NOT NULL,"
	" number INTEGER NOT NULL,"
	" PRIMARY KEY (session, arch, number)) WITHOUT ROWID;"
	"INSERT INTO passed"
	" SELECT s.id, l.arch, l.number"
	" FROM sessions AS s JOIN learned AS l ON l.program = s.program"
	" WHERE s.known > 0 AND l.session < s.id;"

	/* The files that sessions of this store had, each build-id of a path
	 * once, with the stamp that was seen last, and by which session. */
	"CREATE TABLE learned_objects ("
	" program INTEGER NOT NULL REFERENCES programs ON DELETE CASCADE,"
	" path TEXT NOT NULL,"
	" build_id TEXT NOT NULL,"	/* '': it has none */
	" library INTEGER NOT NULL,"
	" inode INTEGER NOT NULL,"
	" size INTEGER NOT NULL,"
	" mtime INTEGER NOT NULL,"
	" session INTEGER NOT NULL,"
	" PRIMARY KEY (program, path, build_id)) WITHOUT ROWID;"
	"INSERT INTO learned_objects"
	" SELECT s.program, i.path, coalesce(i.build_id, ''), 0, 0, 0, 0,"
	"  max(s.id)"
	" FROM sessions AS s JOIN images AS i ON i.session = s.id"
	" GROUP BY 1, 2, 3;"
	"INSERT OR IGNORE INTO learned_objects"
	" SELECT s.program, l.path, coalesce(l.build_id, ''), 1, 0, 0, 0,"
	"  max(s.id)"
	" FROM sessions AS s JOIN libraries AS l ON l.session = s.id"
	" GROUP BY 1, 2, 3;"

	/* The CHECKs again. `answer`: the errno of a stub. An imported decision
	 * is of now and here; what its maker said is `from`. */
	"DROP VIEW whitelist;"
	"CREATE TABLE decisions_new ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" program INTEGER NOT NULL REFERENCES programs ON DELETE CASCADE,"
	" arch TEXT NOT NULL,"
	" number INTEGER NOT NULL,"
	" verdict TEXT NOT NULL CHECK"
	"  (verdict IN ('allow', 'drop', 'never', 'none', 'stub')),"
	" evidence TEXT NOT NULL CHECK"
	"  (evidence IN ('added', 'imported', 'reviewed', 'minimized')),"
	" time INTEGER NOT NULL,"
	" author TEXT,"
	" denial INTEGER REFERENCES denials ON DELETE SET NULL,"
	" since INTEGER NOT NULL,"
	" batch INTEGER NOT NULL,"
	" undoes INTEGER,"
	" answer INTEGER,"
	" from_evidence TEXT,"
	" from_author TEXT,"
	" from_time INTEGER);"
	"INSERT INTO decisions_new"
	" SELECT *, NULL, NULL, NULL, NULL FROM decisions ORDER BY id;"
	"DROP TABLE decisions;"
	"ALTER TABLE decisions_new RENAME TO decisions;"
	"CREATE INDEX decisions_call ON decisions (program, arch, number);"
	"CREATE INDEX decisions_denial ON decisions (denial);"
	"CREATE INDEX decisions_batch ON decisions (batch);"
	"CREATE INDEX decisions_undoes ON decisions (undoes)"
	" WHERE undoes IS NOT NULL;"
	"CREATE VIEW whitelist AS"
	" SELECT program, arch, number FROM learned AS l"
	" WHERE 'none' = coalesce((SELECT verdict FROM decisions AS d"
	"  WHERE d.program = l.program AND d.arch = l.arch"
	"  AND d.number = l.number ORDER BY id DESC LIMIT 1), 'none')"
	" UNION ALL"
	" SELECT program, arch, number FROM decisions AS d"
	" WHERE verdict = 'allow' AND NOT EXISTS (SELECT 1 FROM decisions AS n"
	"  WHERE n.program = d.program AND n.arch = d.arch"
	"  AND n.number = d.number AND n.id > d.id);"

	/* What was tried to find stubs: no decision. */
	"CREATE TABLE trials ("
	" program INTEGER NOT NULL REFERENCES programs ON DELETE CASCADE,"
	" key TEXT NOT NULL,"
	" arch TEXT NOT NULL,"
	" number INTEGER NOT NULL,"
	" answer INTEGER NOT NULL,"
	" result TEXT NOT NULL,"
	" PRIMARY KEY (program, key, arch, number, answer)) WITHOUT ROWID;",
};
const size_t db_schema_count = ARRAY_SIZE(db_schema_steps);

int db_schema_version(struct db *db, int64_t *version, struct error *err)
{
	return db_value(db, version, err, "PRAGMA user_version", "");
}

int db_schema_newer(struct db *db, int64_t version, struct error *err)
{
	return base_error(err, EPROTO,
			  "%.200s was written by a newer jail (store version "
			  "%lld, this one knows %zu); upgrade jail or choose "
			  "another store with --db", db->path,
			  (long long)version, db_schema_count);
}

struct step {
	const char *sql;
	int64_t from;
};

static int take(struct db *db, void *data, struct error *err)
{
	const struct step *step = data;
	char mark[128];
	int64_t version;
	int rc, r = db_schema_version(db, &version, err);

	/* Another jail may have taken it while this one waited. */
	if (r < 0 || version != step->from)
		return r;
	snprintf(mark, sizeof(mark),
		 "PRAGMA application_id = %d; PRAGMA user_version = %lld",
		 DB_APPLICATION_ID, (long long)step->from + 1);
	rc = sqlite3_exec(db->handle, step->sql, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db->handle, mark, NULL, NULL, NULL);
	return rc == SQLITE_OK ? 0 : db_fail(db, rc, err);
}

int db_migrate(struct db *db, const char *const *steps, size_t count,
	       struct error *err)
{
	int64_t version;
	int r = db_schema_version(db, &version, err);

	if (r < 0)
		return r;
	if (version < 0 || version > (int64_t)count)
		return db_schema_newer(db, version, err);
	for (; r == 0 && version < (int64_t)count; version++) {
		struct step step = { steps[version], version };

		r = db_write(db, take, &step, err);
	}
	return r;
}
