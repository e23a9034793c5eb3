/* SPDX-License-Identifier: MIT */
/*
 * The end of a session, from the store: what was called, what of it was new,
 * and what to do next.
 */
#include <string.h>
#include <sys/wait.h>

#include "cli/session.h"
#include "cli/store.h"

struct rows {
	struct profiles_observation *rows;
	size_t count;
	bool partial;		/* an error count is a lower bound */
};

static int collect(void *data, const struct profiles_observation *row)
{
	struct rows *rows = data;
	void *more = reallocarray(rows->rows, rows->count + 1,
				  sizeof(*rows->rows));

	if (!more)
		return -ENOMEM;
	rows->rows = more;
	rows->rows[rows->count++] = *row;
	rows->partial |= row->returns < row->calls;
	return 0;
}

static int most_calls_first(const void *a, const void *b)
{
	const struct profiles_observation *x = a, *y = b;

	if (x->calls != y->calls)
		return x->calls < y->calls ? 1 : -1;
	return base_call_compare(&x->call, &y->call);
}

static int read_rows(struct db *db, int64_t session, struct rows *rows,
		     struct error *err)
{
	int ret = db_each_session_call(db, session, collect, rows, err);

	if (rows->count)
		qsort(rows->rows, rows->count, sizeof(*rows->rows),
		      most_calls_first);
	return ret;
}

/* ---- for people ------------------------------------------------------- */

static void print_table(const struct rows *rows)
{
	char label[64];

	fprintf(stderr, "%10s %10s  %s\n", "calls", "errors", "call");
	for (size_t i = 0; i < rows->count; i++) {
		const struct profiles_observation *row = &rows->rows[i];
		const char *more = row->returns < row->calls ? "+" : "";
		char errors[24] = "";

		if (row->errors || *more)
			snprintf(errors, sizeof(errors), "%llu%s",
				 (unsigned long long)row->errors, more);
		fprintf(stderr, "%10llu %10s  %s\n",
			(unsigned long long)row->calls, errors,
			cli_call_word(label, sizeof(label), row->call));
	}
}

static void print_set(const char *title, const struct profiles_set *set)
{
	char label[64];
	int column = fprintf(stderr, "%s:", title);

	for (size_t i = 0; i < set->count; i++) {
		cli_call_word(label, sizeof(label), set->calls[i]);
		if (column + 1 + (int)strlen(label) > 79)
			column = fprintf(stderr, "\n   ") - 1;
		column += fprintf(stderr, " %s", label);
	}
	fputc('\n', stderr);
}

static void print_end(const struct summary *summary, const struct rows *rows,
		      const struct profiles_set *new,
		      const struct profiles_set *dropped)
{
	const struct cli_words words = {
		.verb = "enforce", .common = summary->common,
		.name = summary->program, .program = summary->command,
	};
	unsigned seconds = (unsigned)(summary->elapsed / 1000000);
	char enforce[2048];

	fprintf(stderr, "%s: %zu call%s seen in %02u:%02u, %zu of them new",
		summary->program, rows->count, rows->count == 1 ? "" : "s",
		seconds / 60, seconds % 60, new->count);
	fputs(rows->partial ? "; + means at least (--full counts all)\n"
			    : "\n", stderr);
	if (summary->result->last.lost)
		fputs("more different calls were made than are kept; the list "
		      "is not complete\n", stderr);
	if (new->count)
		print_set("new", new);
	if (dropped->count)
		print_set("seen, but dropped from the whitelist earlier "
			  "(jail add puts them back)", dropped);
	fprintf(stderr, "run it confined: %s\n",
		cli_command_text(enforce, sizeof(enforce), &words));
}

int summary_print(struct db *db, const struct summary *summary,
		  struct error *err)
{
	cleanup_profiles_set struct profiles_set new = {0}, dropped = {0};
	struct rows rows = {0};
	int ret = read_rows(db, summary->session, &rows, err);

	if (ret == 0)
		ret = db_session_new(db, summary->session, &new, err);
	if (ret == 0)
		ret = db_session_dropped(db, summary->session, &dropped, err);
	if (ret == 0) {
		print_table(&rows);
		print_end(summary, &rows, &new, &dropped);
	}
	free(rows.rows);
	return ret;
}

/* ---- for programs ----------------------------------------------------- */

static json_t *row_json(const struct profiles_observation *row,
			const struct profiles_set *new)
{
	json_t *object = cli_json_call(row->call);

	json_object_set_new(object, "calls", cli_json_value(row->calls));
	json_object_set_new(object, "errors", cli_json_value(row->errors));
	json_object_set_new(object, "returns", cli_json_value(row->returns));
	json_object_set_new(object, "new",
			    json_boolean(profiles_set_has(new, row->call)));
	return object;
}

int summary_json(struct db *db, const struct summary *summary,
		 struct error *err)
{
	cleanup_profiles_set struct profiles_set new = {0};
	struct rows rows = {0};
	json_t *calls = json_array(), *object;
	int ret = read_rows(db, summary->session, &rows, err);

	if (ret == 0)
		ret = db_session_new(db, summary->session, &new, err);
	for (size_t i = 0; ret == 0 && i < rows.count; i++)
		json_array_append_new(calls, row_json(&rows.rows[i], &new));
	free(rows.rows);
	if (ret < 0) {
		json_decref(calls);
		return ret;
	}
	object = json_pack("{s:o, s:s, s:f, s:b, s:o, s:o}", "program",
			   cli_json_text(summary->program), "session",
			   summary->uid, "seconds",
			   (double)summary->elapsed / 1e6, "complete",
			   !summary->result->last.lost, "total",
			   cli_json_value(summary->result->last.total),
			   "calls", calls);
	return cli_json_print(object, err);
}
