/* SPDX-License-Identifier: MIT */
/*
 * report-heat: which session made which call, as a map. A row is a call: first
 * what all sessions made that looked for it, last what a single one made, and
 * among equals what was seen first; so the common core, and what each session
 * added, are seen as areas. A column is a session, or several in a row where
 * there are many. Rows are drawn in groups, for a page that is printed.
 */
#include <stdlib.h>

#include "cli/report.h"

enum { ROW = 16, WIDEST = 40, GROUP = 30 };

/* What a cell says: how often the session made the call; of several sessions
 * in a column, how many of them did. */
enum level { NOT_MADE, PASSED, LOW, MIDDLE, HIGH, HIGHEST, LEVELS };

static const char *const level_words[2][LEVELS] = {
	{"not made", "known, so it may have passed unseen", "once",
	 "2 to 9 times", "10 to 99", "100 or more"},
	{"not made", "known, so it may have passed unseen",
	 "by a quarter of its sessions or fewer", "up to half of them",
	 "up to three quarters", "more"},
};

struct cell {
	uint32_t seen;		/* sessions that made it */
	unsigned char level;	/* by the latest of them */
	bool passed;
};

/* In how many of the sessions that looked for it a call was seen. */
enum class { ALWAYS, OFTEN, SELDOM, ONE };

struct map {
	const struct report *report;
	const struct report_call **rows;
	size_t row_count, left_out;
	size_t per;		/* sessions of a column */
	size_t columns;
	struct cell *cells;	/* by call, as in report->calls */
};

static enum level level_of(uint64_t times)
{
	return times >= 100 ? HIGHEST : times >= 10 ? HIGH :
	       times >= 2 ? MIDDLE : LOW;
}

/* CELLS is a row. */
static enum level level_at(const struct map *map, const struct cell *cells,
			   size_t column)
{
	const struct cell *cell = &cells[column];
	size_t left = map->report->session_count - column * map->per;
	size_t of = left < map->per ? left : map->per;
	size_t quarters = (4 * (size_t)cell->seen + of - 1) / of;

	if (!cell->seen)
		return cell->passed ? PASSED : NOT_MADE;
	return map->per == 1 ? cell->level : LOW + (enum level)quarters - 1;
}

/* ---- cells -------------------------------------------------------------- */

static struct cell *cell_of(const struct map *map, struct base_call call,
			    size_t session)
{
	size_t row = (size_t)(report_find(map->report, call) -
			      map->report->calls);

	return &map->cells[row * map->columns + session / map->per];
}

static void mark_sessions(struct map *map)
{
	const struct report *report = map->report;

	for (size_t s = 0; s < report->session_count; s++) {
		const struct profiles_bundle_session *session =
			report->sessions[s];

		for (size_t i = 0; i < session->passed_count; i++)
			if (report_find(report, session->passed[i]))
				cell_of(map, session->passed[i], s)->passed =
					true;
		for (size_t i = 0; i < session->call_count; i++) {
			struct cell *cell = cell_of(map, session->calls[i].call,
						    s);

			cell->seen++;
			cell->level = (unsigned char)level_of(
				session->calls[i].calls);
		}
	}
}

/* Sessions that would have seen it, had it been made. */
static size_t looked(const struct report *report,
		     const struct report_call *row)
{
	return report->session_count - row->passed;
}

static enum class class_of(const struct report *report,
			   const struct report_call *row)
{
	size_t of = looked(report, row);

	return row->seen >= of ? ALWAYS : row->seen == 1 ? ONE :
	       2 * (size_t)row->seen >= of ? OFTEN : SELDOM;
}

static int often_first(const void *a, const void *b, void *data)
{
	const struct report_call *x = *(const struct report_call *const *)a;
	const struct report_call *y = *(const struct report_call *const *)b;
	enum class class = class_of(data, x);
	uint64_t x_of = looked(data, x), y_of = looked(data, y);

	if (class != class_of(data, y))
		return class < class_of(data, y) ? -1 : 1;
	if (x->seen * y_of != y->seen * x_of)
		return x->seen * y_of < y->seen * x_of ? 1 : -1;
	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return base_call_compare(&x->call, &y->call);
}

static bool make_map(struct map *map)
{
	const struct report *report = map->report;

	map->per = (report->session_count + REPORT_COLUMNS - 1) /
		   REPORT_COLUMNS;
	map->columns = (report->session_count + map->per - 1) / map->per;
	map->cells = calloc(report->call_count * map->columns,
			    sizeof(*map->cells));
	map->rows = calloc(report->call_count, sizeof(*map->rows));
	if (!map->cells || !map->rows)
		return false;
	mark_sessions(map);
	for (size_t i = 0; i < report->call_count; i++)
		if (report->calls[i].seen)
			map->rows[map->row_count++] = &report->calls[i];
	qsort_r(map->rows, map->row_count, sizeof(*map->rows), often_first,
		(void *)report);
	if (map->row_count > REPORT_CALLS) {
		map->left_out = map->row_count - REPORT_CALLS;
		map->row_count = REPORT_CALLS;
	}
	return true;
}

/* ---- drawing ------------------------------------------------------------ */

static const struct cell *cells_of(const struct map *map, size_t row)
{
	return map->cells + map->columns *
		(size_t)(map->rows[row] - map->report->calls);
}

/* One path for all cells of a level: neighbours are one rectangle. */
static void put_level(const struct map *map, size_t from, size_t to,
		      enum level level)
{
	FILE *out = map->report->out;
	bool any = false;

	for (size_t row = from; row < to; row++) {
		const struct cell *cells = cells_of(map, row);

		for (size_t c = 0, end; c < map->columns; c = end) {
			for (end = c; end < map->columns &&
			     level_at(map, cells, end) == level; end++)
				;
			if (end == c) {
				end++;
				continue;
			}
			if (!any)
				fprintf(out, "<path class=\"l%d\" d=\"", level);
			any = true;
			fprintf(out, "M%zu %zuh%zuv1h-%zuz", c, row - from,
				end - c, end - c);
		}
	}
	if (any)
		fputs("\"/>\n", out);
}

/* Lines between the cells, which do not grow with them. */
static void put_gaps(const struct map *map, size_t rows)
{
	FILE *out = map->report->out;

	fputs("<path class=\"gap\" d=\"", out);
	for (size_t row = 1; row < rows; row++)
		fprintf(out, "M0 %zuh%zu", row, map->columns);
	for (size_t c = 1; c < map->columns && map->columns <= 80; c++)
		fprintf(out, "M%zu 0v%zu", c, rows);
	fputs("\"/>\n", out);
}

/* What is shown where the pointer rests on a row. */
static void put_hints(const struct map *map, size_t from, size_t to)
{
	char word[64];

	for (size_t row = from; row < to; row++)
		fprintf(map->report->out, "<path class=\"hint\" d=\"M0 %zuh%zu"
			"v1h-%zuz\"><title>%s: seen in %u of %zu sessions that "
			"looked for it</title></path>\n", row - from,
			map->columns, map->columns,
			cli_call_word(word, sizeof(word),
				      map->rows[row]->call),
			map->rows[row]->seen,
			looked(map->report, map->rows[row]));
}

static void put_names(const struct map *map, size_t from, size_t to)
{
	FILE *out = map->report->out;
	char word[64];

	fputs("<ol class=\"names\">", out);
	for (size_t row = from; row < to; row++)
		fprintf(out, "<li%s>%s</li>",
			map->rows[row]->entry ? "" : " class=\"off\"",
			cli_call_word(word, sizeof(word),
				      map->rows[row]->call));
	fputs("</ol>\n", out);
}

static void put_group(const struct map *map, size_t from, size_t to)
{
	FILE *out = map->report->out;

	fputs("<div class=\"heat\">\n", out);
	put_names(map, from, to);
	fprintf(out, "<svg style=\"height:%zupx;max-width:%zupx\" "
		"viewBox=\"0 0 %zu %zu\" preserveAspectRatio=\"none\" "
		"role=\"img\" aria-label=\"calls %zu to %zu of the map, by "
		"session\">\n<path class=\"l0\" d=\"M0 0h%zuv%zuH0z\"/>\n",
		(to - from) * ROW, map->columns * WIDEST, map->columns,
		to - from, from + 1, to, map->columns, to - from);
	for (enum level level = PASSED; level < LEVELS; level++)
		put_level(map, from, to, level);
	put_gaps(map, to - from);
	put_hints(map, from, to);
	fputs("</svg>\n<ol class=\"of\">", out);
	for (size_t row = from; row < to; row++)
		fprintf(out, "<li>%u/%zu</li>", map->rows[row]->seen,
			looked(map->report, map->rows[row]));
	fputs("</ol>\n</div>\n", out);
}

/* ---- the words around it ------------------------------------------------ */

static void put_legend(const struct map *map)
{
	FILE *out = map->report->out;

	fputs("<p class=\"legend\">", out);
	for (int level = 0; level < LEVELS; level++)
		fprintf(out, "<span class=\"entry\"><span class=\"key l%d\">"
			"</span>%s</span> ", level,
			level_words[map->per > 1][level]);
	fputs("</p>\n", out);
	fprintf(out, "<p class=\"note\">A row is a call, with the number of "
		"sessions that saw it, and of those that looked for it, at its "
		"end; a column is %s, the first one on the left.",
		map->per > 1 ? "several sessions in a row" : "a session");
	if (map->per > 1)
		fprintf(out, " There are %zu sessions: a column stands for %zu "
			"of them.", map->report->session_count, map->per);
	if (map->left_out)
		fprintf(out, " %zu calls more, seen the least often, are left "
			"out.", map->left_out);
	fputs("</p>\n", out);
}

/* Above the columns: the first session and the last. */
static void put_ends(const struct map *map)
{
	const struct report *report = map->report;
	size_t count = report->session_count;
	FILE *out = report->out;

	fprintf(out, "<div class=\"heat\"><span class=\"names\"></span>"
		"<p class=\"ends\" style=\"max-width:%zupx\"><span>1: ",
		map->columns * WIDEST);
	report_time(out, report->sessions[0]->started);
	if (count > 1) {
		fprintf(out, "</span><span>%zu: ", count);
		report_time(out, report->sessions[count - 1]->started);
	}
	fputs("</span></p><span class=\"of\"></span></div>\n", out);
}

static void put_groups(const struct map *map)
{
	static const char *const words[] = {
		[ALWAYS] = "in every session that looked",
		[OFTEN] = "in half of the sessions that looked, or more",
		[SELDOM] = "in fewer than half of those that looked",
		[ONE] = "in one session alone",
	};
	FILE *out = map->report->out;
	size_t end, from = 0;

	while (from < map->row_count) {
		enum class class = class_of(map->report, map->rows[from]);

		for (end = from; end < map->row_count &&
		     class_of(map->report, map->rows[end]) == class; end++)
			;
		fprintf(out, "<h3>%zu call%s %s</h3>\n", end - from,
			cli_plural(end - from, "s"), words[class]);
		while (from < end) {
			size_t to = from + GROUP < end ? from + GROUP : end;

			put_group(map, from, to);
			from = to;
		}
	}
}

void report_heat(struct report *report)
{
	struct map map = {.report = report};

	if (make_map(&map)) {
		put_legend(&map);
		put_ends(&map);
		put_groups(&map);
	}
	free(map.cells);
	free(map.rows);
}
