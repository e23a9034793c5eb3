/* SPDX-License-Identifier: MIT */
/*
 * The hosts that a program was learned on, and what sessions of each saw. Of
 * sessions that do not say where they were the host is "".
 */
#include <string.h>

#include "db/sql.h"

int db_each_host(struct db *db, const char *program,
		 int (*callback)(void *data, const struct db_host *row),
		 void *data, struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	/* sqlite takes bare columns from the row that has the maximum. */
	int r = db_query(db, &stmt, err,
			 "SELECT coalesce(s.host, '') AS name, s.kernel,"
			 " s.libc, max(s.started), count(*),"
			 " coalesce(k.calls, 0)"
			 " FROM sessions AS s JOIN origins AS o ON o.id = s.id"
			 " LEFT JOIN (SELECT coalesce(m.host, '') AS host,"
			 "  count(DISTINCT n.arch || n.number) AS calls"
			 "  FROM seen AS n JOIN sessions AS m"
			 "  ON m.id = n.session WHERE n.program ="
			 "  (SELECT id FROM programs WHERE name = ?1)"
			 "  GROUP BY 1) AS k"
			 " ON k.host = coalesce(s.host, '')"
			 " WHERE s.program ="
			 " (SELECT id FROM programs WHERE name = ?1)"
			 " GROUP BY name ORDER BY name", "t", program);

	while (r == 0 && (r = db_next(db, stmt, err)) == 1) {
		const struct db_host row = {
			.host = db_column_text(stmt, 0),
			.kernel = db_column_text(stmt, 1),
			.libc = db_column_text(stmt, 2),
			.last = sqlite3_column_int64(stmt, 3),
			.sessions = db_column_u64(stmt, 4),
			.calls = db_column_u64(stmt, 5),
		};

		r = callback(data, &row);
	}
	return r;
}

int db_each_host_call(struct db *db, const char *program,
		      int (*callback)(void *data, struct base_call call,
				      const char *host),
		      void *data, struct error *err)
{
	cleanup_stmt sqlite3_stmt *stmt = NULL;
	int r = db_query(db, &stmt, err,
			 "SELECT DISTINCT n.arch, n.number,"
			 " coalesce(s.host, '') AS name"
			 " FROM seen AS n"
			 " JOIN sessions AS s ON s.id = n.session"
			 " WHERE n.program ="
			 " (SELECT id FROM programs WHERE name = ?1)"
			 " ORDER BY n.arch, n.number, name", "t", program);

	while (r == 0 && (r = db_next(db, stmt, err)) == 1) {
		struct base_call call;

		r = db_column_call(db, stmt, 0, &call, err);
		if (r == 0)
			r = callback(data, call, db_column_text(stmt, 2));
	}
	return r;
}

/* ---- what not every host saw -------------------------------------------- */

struct host_calls {
	struct profiles_text *text;
	struct error *err;
};

static struct profiles_seen *seen_of(struct profiles_text *text,
				     const char *host)
{
	struct profiles_seen *seen;

	for (size_t i = 0; i < text->seen_count; i++)
		if (strcmp(text->seen[i].host, host) == 0)
			return &text->seen[i];
	seen = reallocarray(text->seen, text->seen_count + 1, sizeof(*seen));
	if (!seen)
		return NULL;
	text->seen = seen;
	seen[text->seen_count] = (struct profiles_seen){
		.host = strdup(host),
	};
	return seen[text->seen_count].host ? &seen[text->seen_count++] : NULL;
}

static int take_host_call(void *data, struct base_call call, const char *host)
{
	const struct host_calls *calls = data;
	struct profiles_seen *seen = seen_of(calls->text, host);

	if (seen && profiles_set_add(&seen->set, call) == 0)
		return 0;
	return base_error(calls->err, ENOMEM, "out of memory");
}

static unsigned hosts_of(const struct profiles_text *text,
			 struct base_call call)
{
	unsigned count = 0;

	for (size_t i = 0; i < text->seen_count; i++)
		count += profiles_set_has(&text->seen[i].set, call);
	return count;
}

static void free_seen(struct profiles_text *text)
{
	for (size_t i = 0; i < text->seen_count; i++) {
		free(text->seen[i].host);
		profiles_set_free(&text->seen[i].set);
	}
	base_free(&text->seen);
	text->seen_count = 0;
}

static int compare_seen(const void *a, const void *b)
{
	const struct profiles_seen *x = a, *y = b;

	return strcmp(x->host, y->host);
}

static void remove_seen(struct profiles_text *text, struct base_call call)
{
	for (size_t h = 0; h < text->seen_count; h++)
		profiles_set_remove(&text->seen[h].set, call);
}

/* Takes out of each set what all of them have, and what is not on the list; of
 * what is left sets may be empty. */
static void leave_different(struct profiles_text *text)
{
	for (size_t h = 0; h < text->seen_count; h++) {
		struct profiles_set *set = &text->seen[h].set;

		for (size_t i = set->count; i-- > 0;) {
			struct base_call call = set->calls[i];

			if (hosts_of(text, call) == text->seen_count ||
			    !profiles_set_has(&text->set, call))
				remove_seen(text, call);
		}
	}
	qsort(text->seen, text->seen_count, sizeof(*text->seen),
	      compare_seen);
}

int db_hosts_export(struct db *db, const char *program, unsigned min_hosts,
		    const struct profiles_set *decided,
		    struct profiles_text *text, struct error *err)
{
	struct host_calls calls = { text, err };
	int r = db_each_host_call(db, program, take_host_call, &calls, err);

	if (r < 0)
		return r;
	for (size_t i = text->set.count; min_hosts > 1 && i-- > 0;) {
		struct base_call call = text->set.calls[i];

		if (hosts_of(text, call) < min_hosts &&
		    !profiles_set_has(decided, call))
			profiles_set_remove(&text->set, call);
	}
	if (text->seen_count < 2)
		free_seen(text);
	else
		leave_different(text);
	return 0;
}
