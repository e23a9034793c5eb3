/* SPDX-License-Identifier: MIT */
/*
 * Programs, their whitelists, and the evidence for each entry. The rule itself
 * is the view "whitelist" in schema.c.
 */
#include <string.h>

#include "db/sql.h"

/* ---- programs ----------------------------------------------------------- */

int db_program_find(struct db *db, const char *program, int64_t *id,
		    struct error *err)
{
	int r = db_value(db, id, err, "SELECT id FROM programs WHERE name = ?1",
			 "t", program);

	if (r == -ENOENT)
		return base_error(err, ENOENT,
				  "nothing has been learned of %.100s; run "
				  "jail learn %.100s", program, program);
	return r;
}

int db_program_known(struct db *db, const char *program, int64_t *id,
		     struct error *err)
{
	int r = db_value(db, id, err, "SELECT id FROM programs WHERE name = ?1",
			 "t", program);

	return r == -ENOENT ? 0 : r;
}

int db_program_make(struct db *db, const char *program, int64_t *id,
		    struct error *err)
{
	int r;

	if (*program == '\0' || strlen(program) > 255)
		return base_error(err, EINVAL,
				  "the name of a program has 1 to 255 bytes; "
				  "choose one with --name");
	r = db_run(db, err, "INSERT INTO programs (name) VALUES (?1)"
		   " ON CONFLICT DO NOTHING", "t", program);
	return r < 0 ? r : db_program_find(db, program, id, err);
}

int db_each_program(struct db *db,
		    int (*callback)(void *data, const struct db_program *row),
		    void *data, struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int r = db_query(db, &stmt, err,
			 "SELECT name,"
			 " (SELECT count(*) FROM origins WHERE program = p.id),"
			 " (SELECT count(*) FROM whitelist"
			 "  WHERE program = p.id),"
			 " (SELECT count(*) FROM denials"
			 "  WHERE program = p.name),"
			 " (SELECT max(started) FROM origins"
			 "  WHERE program = p.id AND origin = 'learn'),"
			 " id IS NOT NULL"
			 " FROM (SELECT id, name FROM programs UNION ALL"
			 "  SELECT DISTINCT NULL, program FROM denials"
			 "  WHERE program NOT IN (SELECT name FROM programs))"
			 " AS p ORDER BY name", "");

	while (r == 0 && (r = db_next(db, stmt, err)) == 1) {
		struct db_program row = {
			.name = db_column_text(stmt, 0),
			.sessions = db_column_u64(stmt, 1),
			.calls = db_column_u64(stmt, 2),
			.denials = db_column_u64(stmt, 3),
			.last_learned = sqlite3_column_int64(stmt, 4),
			.known = sqlite3_column_int(stmt, 5),
		};

		r = callback(data, &row);
	}
	return r;
}

/* ---- the whitelist ------------------------------------------------------ */

int db_whitelist(struct db *db, const char *program, struct profiles_set *set,
		 struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int64_t id;
	int r = db_program_find(db, program, &id, err);

	if (r == 0)
		r = db_query(db, &stmt, err,
			     "SELECT arch, number FROM whitelist"
			     " WHERE program = ?1", "i", id);
	return r < 0 ? r : db_collect(db, stmt, set, err);
}

/* ---- the whitelist with its evidence ------------------------------------ */

static const char *const evidence_names[] = {
	[DB_LEARNED] = "learned",
	[DB_ADDED] = "added",
	[DB_IMPORTED] = "imported",
	[DB_REVIEWED] = "reviewed",
	[DB_MINIMIZED] = "minimized",
};

const char *db_evidence_name(enum db_evidence evidence)
{
	return evidence_names[evidence];
}

int db_evidence_parse(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(evidence_names); i++)
		if (strcmp(evidence_names[i], name) == 0)
			return (int)i;
	return -EINVAL;
}

void db_entries_free(struct db_entry *entries, size_t count)
{
	for (size_t i = 0; entries && i < count; i++)
		free(entries[i].who);
	free(entries);
}

struct list {
	const char *program;
	struct db_entry *entries;
	size_t count, room;
};

static struct db_entry *append(struct list *list)
{
	if (list->count == list->room) {
		size_t room = list->room ? 2 * list->room : 64;
		struct db_entry *entries = reallocarray(
			list->entries, room, sizeof(*entries));

		if (!entries)
			return NULL;
		list->entries = entries;
		list->room = room;
	}
	list->entries[list->count] = (struct db_entry){ 0 };
	return &list->entries[list->count++];
}

/* Columns: arch, number, evidence, author, time, denial. */
static int take_entry(struct db *db, sqlite3_stmt *stmt, struct list *list,
		      struct error *err)
{
	struct db_entry *entry = append(list);
	const char *author = db_column_or_null(stmt, 3);
	int evidence = db_evidence_parse(db_column_text(stmt, 2));
	bool ok = entry != NULL;

	if (ok && author)
		ok = (entry->who = strdup(author)) != NULL;
	if (!ok)
		return base_error(err, ENOMEM, "out of memory");
	entry->evidence = evidence < 0 ? DB_LEARNED : evidence;
	entry->decided = sqlite3_column_int64(stmt, 4);
	entry->denial = sqlite3_column_int64(stmt, 5);
	return db_column_call(db, stmt, 0, &entry->call, err);
}

static int list_entries(struct db *db, int64_t program, struct list *list,
			struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int r = db_query(db, &stmt, err,
			 "SELECT w.arch, w.number, d.evidence, d.author,"
			 " d.time, d.denial"
			 " FROM whitelist AS w LEFT JOIN decisions AS d"
			 " ON d.id = (SELECT max(id) FROM decisions"
			 "  WHERE program = ?1 AND arch = w.arch"
			 "  AND number = w.number)"
			 " AND d.verdict = 'allow'"
			 " WHERE w.program = ?1 ORDER BY w.arch, w.number",
			 "i", program);

	while (r == 0 && (r = db_next(db, stmt, err)) == 1)
		r = take_entry(db, stmt, list, err);
	return r;
}

static int compare_entries(const void *a, const void *b)
{
	const struct db_entry *left = a, *right = b;

	return base_call_compare(&left->call, &right->call);
}

/* Columns: arch, number, calls, errors, returns, first_seen, last_seen,
 * session, partial, imported. The rows of one session follow each other: FIRST
 * says that a new one begins. */
static void add_seen(struct db_entry *entry, sqlite3_stmt *stmt, bool first)
{
	int64_t from = sqlite3_column_int64(stmt, 5);
	int64_t to = sqlite3_column_int64(stmt, 6);
	bool fresh = entry->sessions == 0;

	entry->calls = db_sum(entry->calls, db_column_u64(stmt, 2));
	entry->errors = db_sum(entry->errors, db_column_u64(stmt, 3));
	entry->returns = db_sum(entry->returns, db_column_u64(stmt, 4));
	entry->partial |= sqlite3_column_int(stmt, 8) != 0;
	entry->sessions += first || fresh;
	entry->elsewhere = sqlite3_column_int(stmt, 9) &&
			   (fresh || entry->elsewhere);
	if (fresh || from < entry->first_seen)
		entry->first_seen = from;
	if (fresh || to > entry->last_seen)
		entry->last_seen = to;
}

static int add_observations(struct db *db, int64_t program, struct list *list,
			    struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	struct db_entry key, *entry, *last = NULL;
	int64_t session, last_session = 0;
	int r = db_query(db, &stmt, err,
			 "SELECT c.arch, c.number, c.calls, c.errors,"
			 " c.returns, c.first_seen, c.last_seen, c.session,"
			 " c.partial OR (c.arch, c.number) IN " DB_PASSED ","
			 " s.origin = 'import'"
			 " FROM sessions AS s"
			 " JOIN calls AS c ON c.session = s.id"
			 " WHERE s.program = ?1"
			 " ORDER BY c.arch, c.number, c.session", "i", program);

	while (r == 0 && (r = db_next(db, stmt, err)) == 1) {
		r = db_column_call(db, stmt, 0, &key.call, err);
		if (r < 0)
			return r;
		session = sqlite3_column_int64(stmt, 7);
		entry = bsearch(&key, list->entries, list->count, sizeof(key),
				compare_entries);
		if (entry)
			add_seen(entry, stmt,
				 entry != last || session != last_session);
		last = entry;
		last_session = session;
	}
	return r;
}

static int read_entries(struct db *db, void *data, struct error *err)
{
	struct list *list = data;
	int64_t program;
	int r = db_program_find(db, list->program, &program, err);

	if (r == 0)
		r = list_entries(db, program, list, err);
	return r < 0 ? r : add_observations(db, program, list, err);
}

int db_entries(struct db *db, const char *program, struct db_entry **entries,
	       size_t *count, struct error *err)
{
	struct list list = { .program = program };
	int r = db_snapshot(db, read_entries, &list, err);

	if (r < 0) {
		db_entries_free(list.entries, list.count);
		return r;
	}
	*entries = list.entries;
	*count = list.count;
	return 0;
}
