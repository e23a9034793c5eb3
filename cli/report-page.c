/* SPDX-License-Identifier: MIT */
/*
 * report-page: the page from its head to its end, and what stands on top: the
 * figures that count, and what they mean. Nothing is loaded: style and pictures
 * are in the page, there are no scripts, and a browser is told to allow none.
 */
#include <inttypes.h>
#include <math.h>

#include "cli/report.h"

static void put_head(const struct report *report)
{
	FILE *out = report->out;

	fputs("<!DOCTYPE html>\n"
	      "<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n"
	      "<head>\n<meta charset=\"utf-8\"/>\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\""
	      "default-src 'none'; style-src 'unsafe-inline'\"/>\n"
	      "<meta name=\"viewport\" content=\"width=device-width, "
	      "initial-scale=1\"/>\n"
	      "<meta name=\"color-scheme\" content=\"light dark\"/>\n"
	      "<meta name=\"generator\" content=\"jail " JAIL_VERSION "\"/>\n"
	      "<title>", out);
	report_text(out, report->program);
	fprintf(out, ": system calls</title>\n<style>\n%s</style>\n</head>\n"
		"<body>\n<header>\n<p class=\"kicker\">jail report</p>\n<h1>"
		"<bdi>", report_style);
	report_text(out, report->program);
	fputs("</bdi></h1>\n<p>Which system calls it was seen to make, how "
	      "complete that list is likely to be, and what was refused. Made ",
	      out);
	report_time(out, report->now);
	fputs(" by jail " JAIL_VERSION ".</p>\n", out);
}

/* ---- the figures on top ------------------------------------------------- */

static void put_tile(FILE *out, const char *id, const char *name,
		     const char *figure, const char *note)
{
	fprintf(out, "<div><dt>%s</dt><dd id=\"%s\">%s</dd><dd class=\"note\">"
		"%s</dd></div>\n", name, id, figure, note);
}

static void put_sessions(const struct report *report)
{
	const struct profiles_estimate *estimate = &report->estimate;
	char figure[32], note[160];
	size_t all = report->session_count + report->bare;

	snprintf(figure, sizeof(figure), "%zu", all);
	if (!all)
		snprintf(note, sizeof(note), "it was never learned");
	else if (report->bare)
		snprintf(note, sizeof(note), "%zu imported, without what each "
			 "saw", report->bare);
	else
		snprintf(note, sizeof(note), "%u different command line%s",
			 estimate->workloads,
			 cli_plural(estimate->workloads, "s"));
	put_tile(report->out, "sessions", "sessions", figure, note);
}

static void put_listed(const struct report *report)
{
	char figure[32], note[64];
	size_t learned = 0;

	for (size_t i = 0; i < report->entry_count; i++)
		learned += report->entries[i].evidence == DB_LEARNED;
	snprintf(figure, sizeof(figure), "%zu", report->entry_count);
	snprintf(note, sizeof(note), "%zu learned, %zu decided on", learned,
		 report->entry_count - learned);
	put_tile(report->out, "listed", "calls on the list", figure, note);
}

static void put_estimate(const struct report *report)
{
	const struct profiles_estimate *estimate = &report->estimate;
	double more = floor(estimate->high) - (double)estimate->observed;
	char figure[32], note[96];

	if (!estimate->known) {
		put_tile(report->out, "missing", "still unseen", "?",
			 "too few sessions to say");
		return;
	}
	snprintf(figure, sizeof(figure), "≥ %.0f", floor(estimate->missing));
	snprintf(note, sizeof(note), "calls; perhaps %.0f", fmax(more, 0));
	put_tile(report->out, "missing", "still unseen", figure, note);
	snprintf(figure, sizeof(figure), "≤ %.0f %%",
		 ceil(100 * estimate->chance));
	snprintf(note, sizeof(note), "that the next session brings a new one");
	put_tile(report->out, "chance", "chance of news", figure, note);
}

static void put_denied(const struct report *report)
{
	char figure[32], note[96];

	snprintf(figure, sizeof(figure), "%" PRIu64, report->denied);
	snprintf(note, sizeof(note), "of %s%zu kind%s",
		 report->denials->others ? "more than " : "",
		 report->denials->count,
		 cli_plural(report->denials->count, "s"));
	put_tile(report->out, "denied", "denials", figure,
		 report->denied ? note : "nothing was refused");
}

static void put_tiles(const struct report *report)
{
	fputs("<dl class=\"tiles\">\n", report->out);
	put_sessions(report);
	put_listed(report);
	put_estimate(report);
	put_denied(report);
	fputs("</dl>\n</header>\n<main>\n", report->out);
}

/* ---- the whole ---------------------------------------------------------- */

static void put_complete(struct report *report)
{
	report_section(report->out, "complete", "How complete it is");
	report_growth(report);
	report_section_end(report->out);
}

int report_page(struct report *report, struct db *db, struct error *err)
{
	int result;

	put_head(report);
	put_tiles(report);
	put_complete(report);
	report_suggestions(report);
	report_changes(report);
	result = report_denials(report, db, err);
	report_heat(report);
	report_executables(report);
	report_calls(report);
	report_hosts(report);
	report_sessions(report);
	fputs("</main>\n<footer><p>An estimate is a lower bound: it speaks of "
	      "sessions like those that were seen. What training never "
	      "exercises (a full disk, a signal, another libc) it cannot know."
	      "</p></footer>\n</body>\n</html>\n", report->out);
	return result;
}
