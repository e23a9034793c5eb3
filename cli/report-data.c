/* SPDX-License-Identifier: MIT */
/*
 * report-data: what the page tells, out of the store. Calls are those that are
 * on the list and those that any session made; of each it is known which
 * sessions made it, and in which it passed unseen.
 */
#include <string.h>

#include "cli/report.h"

/* ---- calls -------------------------------------------------------------- */

static int compare_calls(const void *a, const void *b)
{
	const struct report_call *x = a, *y = b;

	return base_call_compare(&x->call, &y->call);
}

struct report_call *report_find(const struct report *report,
				struct base_call call)
{
	struct report_call key = {.call = call};

	return report->call_count == 0 ? NULL :
	       bsearch(&key, report->calls, report->call_count, sizeof(key),
		       compare_calls);
}

static int add_session_calls(const struct report *report,
			     struct profiles_set *set)
{
	int result = 0;

	for (size_t s = 0; s < report->session_count; s++) {
		const struct profiles_bundle_session *session =
			report->sessions[s];

		for (size_t i = 0; i < session->call_count && !result; i++)
			result = profiles_set_add(set, session->calls[i].call);
	}
	return result;
}

/* Fills the calls from a set of all of them. */
static int make_calls(struct report *report)
{
	cleanup_profiles_set struct profiles_set set = {0};
	int result = add_session_calls(report, &set);

	for (size_t i = 0; i < report->entry_count && !result; i++)
		result = profiles_set_add(&set, report->entries[i].call);
	if (result < 0 || set.count == 0)
		return result;
	report->calls = calloc(set.count, sizeof(*report->calls));
	if (!report->calls)
		return -ENOMEM;
	report->call_count = set.count;
	for (size_t i = 0; i < set.count; i++) {
		struct report_call *row = &report->calls[i];

		row->call = set.calls[i];
		row->risk = base_call_risk(row->call, &row->why);
		if (!row->why)
			row->why = base_call_help(row->call);
	}
	return 0;
}

/* Of what may have passed unseen something may have been seen all the same: a
 * value of an argument that was not known. */
static bool was_seen(const struct profiles_bundle_session *session,
		     struct base_call call)
{
	struct profiles_bundle_call key = {.call = call};

	return session->call_count &&
	       bsearch(&key, session->calls, session->call_count, sizeof(key),
		       base_call_compare);
}

static void mark_sessions(struct report *report)
{
	struct report_call *row;

	for (size_t s = 0; s < report->session_count; s++) {
		const struct profiles_bundle_session *session =
			report->sessions[s];

		for (size_t i = 0; i < session->call_count; i++) {
			row = report_find(report, session->calls[i].call);
			if (row && row->seen++ == 0)
				row->first = (uint32_t)s;
		}
		for (size_t i = 0; i < session->passed_count; i++) {
			row = report_find(report, session->passed[i]);
			if (row && !was_seen(session, session->passed[i]))
				row->passed++;
		}
	}
}

static int mark_decision(void *data, const struct db_decided *decided)
{
	struct report_call *row = report_find(data, decided->call);

	if (!row || row->entry)
		return 0;
	row->off = decided->decision == DB_DROP ? "dropped" :
		   db_decision_name(decided->decision);
	row->answer = decided->decision == DB_STUB ? decided->answer : 0;
	return 0;
}

static int gather_calls(struct db *db, struct report *report,
			struct error *err)
{
	int result = make_calls(report);

	if (result < 0)
		return base_error(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < report->entry_count; i++)
		report_find(report, report->entries[i].call)->entry =
			&report->entries[i];
	mark_sessions(report);
	return db_each_decision(db, report->program, mark_decision, report,
				err);
}

/* ---- sessions ----------------------------------------------------------- */

static int compare_sessions(const void *a, const void *b)
{
	const struct profiles_bundle_session *const *x = a, *const *y = b;

	if ((*x)->started != (*y)->started)
		return (*x)->started < (*y)->started ? -1 : 1;
	return strcmp((*x)->uid, (*y)->uid);
}

static int gather_sessions(struct db *db, struct report *report,
			   struct error *err)
{
	const struct profiles_bundle_program *program;
	int result = db_bundle(db, report->program, &report->bundle, err);

	if (result < 0 || report->bundle.count == 0)
		return result;
	program = &report->bundle.programs[0];
	report->sessions = calloc(program->session_count + 1,
				  sizeof(struct profiles_bundle_session *));
	if (!report->sessions)
		return base_error(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < program->session_count; i++) {
		const struct profiles_bundle_session *session =
			&program->sessions[i];

		if (session->call_count || session->passed_count)
			report->sessions[report->session_count++] = session;
		else
			report->bare++;
	}
	qsort(report->sessions, report->session_count,
	      sizeof(struct profiles_bundle_session *), compare_sessions);
	return 0;
}

/* ---- all of it ---------------------------------------------------------- */

/* Nothing, of a program of which there are only denials. */
static int gather_learned(struct db *db, struct report *report,
			  struct error *err)
{
	int r = db_entries(db, report->program, &report->entries,
			   &report->entry_count, err);

	if (r == 0)
		r = gather_sessions(db, report, err);
	if (r == 0)
		r = complete_read(db, report->program, &report->complete, err);
	if (r == 0)
		r = gather_calls(db, report, err);
	if (r == 0)
		r = report_gather_executables(db, report, err);
	if (r == 0)
		r = report_gather_more(db, report, err);
	return r == -ENOENT ? 0 : r;
}

int report_gather(struct db *db, const char *program, struct report *report,
		  struct error *err)
{
	int result;

	report->program = program;
	report->now = base_now();
	result = gather_learned(db, report, err);
	return result < 0 ? result : report_gather_denials(db, report, err);
}

void report_free(struct report *report)
{
	if (!report)
		return;
	report_free_more(report);
	free(report->calls);
	free(report->sessions);
	db_entries_free(report->entries, report->entry_count);
	complete_free(&report->complete);
	profiles_bundle_free(&report->bundle);
	cli_denial_groups_free(report->denials);
	free(report->timeline);
}
