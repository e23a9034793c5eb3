/* SPDX-License-Identifier: MIT */
/*
 * The end of a session, from the store: what was called, what of it was new,
 * and what to do next.
 */
#include <jansson.h>
#include <string.h>
#include <sys/wait.h>

#include "cli/session.h"

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

static const char *call_label(struct base_call call, char *out, size_t size)
{
	char number[12];
	const char *name = base_call_text(call, number, sizeof(number));

	if (call.arch == base_arch_native())
		snprintf(out, size, "%s", name);
	else
		snprintf(out, size, "%s:%s", base_arch_name(call.arch), name);
	return out;
}

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
			call_label(row->call, label, sizeof(label)));
	}
}

static void print_set(const char *title, const struct profiles_set *set)
{
	char label[64];
	int column = fprintf(stderr, "%s:", title);

	for (size_t i = 0; i < set->count; i++) {
		call_label(set->calls[i], label, sizeof(label));
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
	unsigned seconds = (unsigned)(summary->elapsed / 1000000);

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
	fprintf(stderr, "run it confined: jail enforce %s\n",
		summary->program);
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
	char number[12];

	return json_pack(
		"{s:s, s:I, s:s, s:I, s:I, s:I, s:b}", "arch",
		base_arch_name(row->call.arch), "number",
		(json_int_t)row->call.number, "name",
		base_call_text(row->call, number, sizeof(number)), "calls",
		(json_int_t)row->calls, "errors", (json_int_t)row->errors,
		"returns", (json_int_t)row->returns, "new",
		profiles_set_has(new, row->call));
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
	object = json_pack("{s:s, s:s, s:f, s:b, s:I, s:o}", "program",
			   summary->program, "session", summary->uid,
			   "seconds", (double)summary->elapsed / 1e6,
			   "complete", !summary->result->last.lost, "total",
			   (json_int_t)summary->result->last.total, "calls",
			   calls);
	json_dumpf(object, stdout, JSON_COMPACT);
	json_decref(object);
	putchar('\n');
	return 0;
}
