/* SPDX-License-Identifier: MIT */
/*
 * report-calls: each call that is on the list, or was seen and is off it, the
 * riskiest first: how risky, why, and what speaks for it. In front a picture of
 * how many there are of each risk.
 */
#include <inttypes.h>
#include <string.h>

#include "cli/report.h"

enum { WIDTH = 760, HEIGHT = 220, LEFT = 56, RIGHT = 740, TOP = 26,
       BOTTOM = 166, RISKS = 11 };

/* ---- how many of each risk ---------------------------------------------- */

static const char *class_of(unsigned risk)
{
	return risk >= 8 ? "high" : risk >= 5 ? "middle" : "low";
}

static void put_column(FILE *out, unsigned risk, size_t count,
		       const struct report_scale *y)
{
	double slot = (RIGHT - LEFT) / (double)RISKS;
	double left = LEFT + slot * risk, top = report_at(y, (double)count);

	if (count)
		fprintf(out, "<path class=\"%s\" d=\"M%.1f %dh%.1fV%.1fh-%.1f"
			"z\"/><text class=\"x\" x=\"%.1f\" y=\"%.1f\">%zu"
			"</text>\n", class_of(risk), left + slot * .12, BOTTOM,
			slot * .76, top, slot * .76, left + slot / 2, top - 6,
			count);
	fprintf(out, "<text class=\"x dim\" x=\"%.1f\" y=\"%d\">%u</text>\n",
		left + slot / 2, BOTTOM + 22, risk);
}

static void put_picture(const struct report *report)
{
	const struct report_picture picture = {
		"risk", "Calls on the list, by risk", WIDTH, HEIGHT
	};
	size_t counts[RISKS] = {0}, most = 1, risky = 0;
	struct report_scale y = {.from = BOTTOM, .to = TOP};

	for (size_t i = 0; i < report->call_count; i++) {
		unsigned risk = report->calls[i].risk;

		if (!report->calls[i].entry)
			continue;
		risk = risk < RISKS ? risk : RISKS - 1;
		counts[risk]++;
		risky += risk >= 8;
		most = counts[risk] > most ? counts[risk] : most;
	}
	y.high = (double)most;
	report_picture(report->out, &picture, "%zu of %zu calls have a risk of "
		       "8 or more", risky, report->entry_count);
	fprintf(report->out, "<path class=\"grid\" d=\"M%d %dH%d\"/>\n", LEFT,
		BOTTOM, RIGHT);
	for (unsigned risk = 0; risk < RISKS; risk++)
		put_column(report->out, risk, counts[risk], &y);
	fprintf(report->out, "<text class=\"axis\" x=\"%d\" y=\"%d\">risk, 0 "
		"to 10</text>\n", RIGHT, HEIGHT - 6);
	report_picture_end(report->out);
	fputs("<figcaption>How many calls of the list have which risk: 0 for "
	      "what harms nobody, 10 for what gives the machine away."
	      "</figcaption>\n</figure>\n", report->out);
}

/* ---- each call ---------------------------------------------------------- */

/* "learned in 3 sessions"; "added by ann, 2026-11-21 20:55"; "dropped". */
static void put_evidence(const struct report *report,
			 const struct report_call *row)
{
	const struct db_entry *entry = row->entry;
	FILE *out = report->out;

	if (!entry) {
		char number[BASE_ERRNO_TEXT];

		fprintf(out, "<strong>off the list</strong>%s%s%s%s",
			row->off ? ": " : "", row->off ? row->off : "",
			row->answer ? ", answered " : "",
			row->answer ? base_errno_text(row->answer, number) :
				      "");
		return;
	}
	fputs(db_evidence_name(entry->evidence), out);
	if (entry->decided) {
		fputs(" by <bdi>", out);
		report_short(out, entry->who ? entry->who : "?");
		fputs("</bdi>, ", out);
		report_time(out, entry->decided);
	}
	if (entry->sessions)
		fprintf(out, "%s in %" PRIu64 " session%s",
			entry->evidence == DB_LEARNED ? "" : ", seen",
			entry->sessions, cli_plural(entry->sessions, "s"));
}

static void put_counts(const struct report *report,
		       const struct report_call *row)
{
	const struct db_entry *entry = row->entry;

	if (entry && entry->calls)
		fprintf(report->out, "<td class=\"n\">%" PRIu64 "%s</td>"
			"<td class=\"n\">%" PRIu64 "%s</td>", entry->calls,
			entry->partial ? "+" : "", entry->errors,
			entry->partial || entry->returns < entry->calls ? "+" :
									  "");
	else
		fputs("<td class=\"n\">–</td><td class=\"n\">–</td>",
		      report->out);
}

static void put_row(const struct report *report, const struct report_call *row)
{
	FILE *out = report->out;
	char word[64];

	fprintf(out, "<tr><td class=\"n\"><span class=\"risk %s\">%u</span>"
		"</td><th scope=\"row\">%s</th>", class_of(row->risk),
		row->risk, cli_call_word(word, sizeof(word), row->call));
	put_counts(report, row);
	fputs("<td>", out);
	put_evidence(report, row);
	fputs("</td><td>", out);
	report_text(out, row->why ? row->why : "");
	fputs("</td></tr>\n", out);
}

static int riskiest_first(const void *a, const void *b)
{
	const struct report_call *x = *(const struct report_call *const *)a;
	const struct report_call *y = *(const struct report_call *const *)b;

	if (x->risk != y->risk)
		return x->risk < y->risk ? 1 : -1;
	return base_call_compare(&x->call, &y->call);
}

static void put_table(const struct report *report,
		      const struct report_call **rows)
{
	static const char *const heads[] = {
		"#risk", "call", "#calls", "#errors", "evidence",
		"what it does, or why it is risky", NULL
	};

	for (size_t i = 0; i < report->call_count; i++)
		rows[i] = &report->calls[i];
	qsort(rows, report->call_count, sizeof(*rows), riskiest_first);
	report_table(report->out, "calls-table", "All calls, the riskiest "
		     "first", heads);
	for (size_t i = 0; i < report->call_count && i < REPORT_CALLS; i++)
		put_row(report, rows[i]);
	report_table_end(report->out);
	if (report->call_count > REPORT_CALLS)
		fprintf(report->out, "<p class=\"note\">%zu calls more, with "
			"the least risk, are left out: <code>jail show</code> "
			"has all.</p>\n", report->call_count - REPORT_CALLS);
	fputs("<p class=\"note\">+: at least so many. Once known a call passes "
	      "uncounted, and not every return is watched.</p>\n",
	      report->out);
}

void report_calls(struct report *report)
{
	cleanup_free const struct report_call **rows =
		calloc(report->call_count + 1, sizeof(*rows));

	if (!rows)
		return;
	put_picture(report);
	put_table(report, rows);
}
