/* SPDX-License-Identifier: MIT */
/*
 * What sessions brought, from the store, added up. A call that one session
 * counted and another let pass, because it was known by then, was made at least
 * as often as was counted.
 */
#include <string.h>

#include "cli/session.h"

/* A session on its way into the totals. */
struct adding {
	struct totals *totals;
	struct profiles_set seen;	/* the calls that it counted */
};

static int no_memory(struct error *err)
{
	return base_error(err, ENOMEM, "out of memory");
}

/* The row of CALL, made where there is none; NULL without memory. */
static struct profiles_observation *row_of(struct totals *totals,
					   struct base_call call)
{
	struct profiles_observation *rows = totals->rows, *row;

	for (size_t i = 0; i < totals->row_count; i++)
		if (base_call_compare(&rows[i].call, &call) == 0)
			return &rows[i];
	rows = reallocarray(rows, totals->row_count + 1, sizeof(*rows));
	if (!rows)
		return NULL;
	totals->rows = rows;
	row = &rows[totals->row_count++];
	*row = (struct profiles_observation){.call = call};
	return row;
}

static int add_row(void *data, const struct profiles_observation *seen)
{
	struct adding *adding = data;
	struct profiles_observation *row =
		row_of(adding->totals, seen->call);

	if (!row)
		return -ENOMEM;
	row->calls += seen->calls;
	row->errors += seen->errors;
	row->returns += seen->returns;
	row->partial |= seen->partial;
	return profiles_set_add(&adding->seen, seen->call);
}

/* Watched ones were counted, if they were made. */
static int add_uncounted(struct adding *adding,
			 const struct profiles_known *known)
{
	struct totals *totals = adding->totals;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < known->set.count; i++)
		if (!profiles_set_has(&adding->seen, known->set.calls[i]) &&
		    !profiles_set_has(&known->watched, known->set.calls[i]))
			ret = profiles_set_add(&totals->uncounted,
					       known->set.calls[i]);
	for (size_t i = 0; i < totals->row_count; i++)
		totals->rows[i].partial |= profiles_set_has(
			&totals->uncounted, totals->rows[i].call);
	return ret;
}

static int add_loser(void *data, const char *path)
{
	struct totals *totals = data;

	for (size_t i = 0; i < totals->loser_count; i++)
		if (strcmp(totals->losers[i], path) == 0)
			return 0;
	if (totals->loser_count == ARRAY_SIZE(totals->losers)) {
		totals->more_losers = true;
		return 0;
	}
	totals->losers[totals->loser_count] = strdup(path);
	return totals->losers[totals->loser_count++] ? 0 : -ENOMEM;
}

static int read_store(struct adding *adding, const struct session *session,
		      size_t *fresh, struct error *err)
{
	struct totals *totals = adding->totals;
	struct db *db = session->training->db;
	cleanup_profiles_set struct profiles_set new = {0}, list = {0};
	int ret;

	no_memory(err); /* what a callback fails with */
	ret = db_each_session_call(db, session->id, add_row, adding, err);
	if (ret == 0)
		ret = db_each_lost(db, session->id, add_loser, totals, err);
	if (ret == 0)
		ret = db_session_dropped(db, session->id, &totals->dropped,
					 err);
	if (ret == 0)
		ret = db_session_new(db, session->id, &new, err);
	if (ret == 0)
		ret = db_whitelist(db, session->training->program, &list, err);
	for (size_t i = 0; ret == 0 && i < new.count; i++)
		if (profiles_set_add(&totals->new, new.calls[i]) < 0)
			ret = no_memory(err);
	*fresh = new.count;
	totals->listed = list.count;
	return ret;
}

static int add_uid(struct totals *totals, const char *uid, struct error *err)
{
	void *more = reallocarray(totals->uids, totals->sessions + 1,
				  sizeof(*totals->uids));

	if (!more)
		return no_memory(err);
	totals->uids = more;
	snprintf(totals->uids[totals->sessions++], sizeof(*totals->uids),
		 "%s", uid);
	return 0;
}

int totals_add(struct totals *totals, const struct session *session,
	       size_t *fresh, struct error *err)
{
	struct adding adding = {.totals = totals};
	int ret = read_store(&adding, session, fresh, err);

	if (totals->sessions == 0)
		totals->known = session->known.set.count;
	if (ret == 0 && session_passes(session->training) &&
	    add_uncounted(&adding, &session->known) < 0)
		ret = no_memory(err);
	if (ret == 0)
		ret = add_uid(totals, session->uid, err);
	profiles_set_free(&adding.seen);
	totals->elapsed += session->elapsed;
	totals->total += session->result.last.total;
	if (session->result.limited)
		totals->limited = session->result.limited;
	totals->interrupted |= session->result.interrupted;
	totals->incomplete |= session->incomplete;
	totals->lost |= session->result.last.lost;
	return ret;
}

void totals_free(struct totals *totals)
{
	free(totals->uids);
	free(totals->rows);
	profiles_set_free(&totals->uncounted);
	profiles_set_free(&totals->new);
	profiles_set_free(&totals->dropped);
	for (size_t i = 0; i < totals->loser_count; i++)
		free(totals->losers[i]);
}
