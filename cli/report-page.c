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
	const struct profiles_estimate *estimate = &report->complete.estimate;
	char figure[32], note[160];
	size_t all = report->session_count + report->bare;

	snprintf(figure, sizeof(figure), "%zu", all);
	if (!all)
		snprintf(note, sizeof(note), "it was never learned");
	else if (report->bare)
		snprintf(note, sizeof(note), "of %zu it is not known what "
			 "they saw", report->bare);
	else
		snprintf(note, sizeof(note), "%u different command line%s",
			 estimate->workloads,
			 cli_plural(estimate->workloads, "s"));
	put_tile(report->out, "sessions", "sessions", figure, note);
}

static void put_listed(const struct report *report)
{
	size_t count = report->entry_count, learned = 0;
	char figure[32], note[64];

	for (size_t i = 0; i < count; i++)
		learned += report->entries[i].evidence == DB_LEARNED;
	snprintf(figure, sizeof(figure), "%zu", count);
	if (learned == count)
		snprintf(note, sizeof(note), "%s learned",
			 count ? "all of them" : "nothing was");
	else
		snprintf(note, sizeof(note), "%zu learned, %zu decided on",
			 learned, count - learned);
	put_tile(report->out, "listed", "calls on the list", figure, note);
}

/* As complete_words() says it. */
static void put_estimate(const struct report *report)
{
	const struct profiles_estimate *estimate = &report->complete.estimate;
	size_t low = (size_t)estimate->missing;
	size_t high = (size_t)estimate->high - estimate->observed;
	char figure[32], note[320];

	if (!estimate->known) {
		put_tile(report->out, "missing", "still unseen", "?",
			 "too few sessions to say");
		return;
	}
	snprintf(figure, sizeof(figure), "≥ %zu", low);
	snprintf(note, sizeof(note), "calls, perhaps up to %zu", high);
	put_tile(report->out, "missing", "still unseen", figure,
		 high > low ? note : "calls");
	/* Where the words say nothing of it, for want of sessions, neither
	 * does the figure; and nothing says that a list has all. */
	if (!*complete_outlook(note, sizeof(note), estimate))
		return;
	snprintf(figure, sizeof(figure), "%s%ld %%",
		 lround(100 * estimate->coverage) > 99 ? "&gt; " : "",
		 lround(fmin(99, 100 * estimate->coverage)));
	put_tile(report->out, "coverage", "known of a session", figure,
		 "of the calls that one like these makes");
}

static void put_denied(const struct report *report)
{
	char figure[32], note[96];

	snprintf(figure, sizeof(figure), "%" PRIu64, report->denied);
	snprintf(note, sizeof(note), "of %s%zu kind%s",
		 report->denials->others ? "more than " : "",
		 report->denial_count, cli_plural(report->denial_count, "s"));
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
	fputs("</dl>\n", report->out);
}

/* ---- the whole ---------------------------------------------------------- */

static const struct part {
	const char *id, *heading;
	void (*put)(struct report *report);
	size_t count;		/* where in the report it says how many there
				 * are: without any the part is left out; 0:
				 * it never is */
} parts[] = {
	{"complete", "How complete it is", report_growth, 0},
	{"map", "Calls by session", report_heat,
	 offsetof(struct report, session_count)},
	{"executables", "Calls by executable", report_executables,
	 offsetof(struct report, executable_count)},
	{"refused", "What was refused", report_denials,
	 offsetof(struct report, denial_count)},
	{"risks", "Each call and its risk", report_calls,
	 offsetof(struct report, call_count)},
	{"lacks", "What it may lack", report_suggestions,
	 offsetof(struct report, suggestion_count)},
	{"changes", "What has changed since", report_changes,
	 offsetof(struct report, session_count)},
	{"hosts", "Where it was learned", report_hosts,
	 offsetof(struct report, host_count)},
	{"visits", "Sessions", report_sessions,
	 offsetof(struct report, session_count)},
};

static bool is_there(const struct report *report, const struct part *part)
{
	return !part->count ||
	       *(const size_t *)((const char *)report + part->count);
}

static void put_contents(const struct report *report)
{
	fputs("<nav aria-label=\"contents\"><ul>", report->out);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (is_there(report, &parts[i]))
			fprintf(report->out, "<li><a href=\"#%s\">%s</a></li>",
				parts[i].id, parts[i].heading);
	fputs("</ul></nav>\n</header>\n<main>\n", report->out);
}

static void put_part(struct report *report, const struct part *part)
{
	fprintf(report->out, "<section id=\"%s\">\n<h2>%s</h2>\n", part->id,
		part->heading);
	part->put(report);
	fputs("</section>\n", report->out);
}

void report_page(struct report *report)
{
	put_head(report);
	put_tiles(report);
	put_contents(report);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (is_there(report, &parts[i]))
			put_part(report, &parts[i]);
	fputs("</main>\n<footer><p>An estimate is a lower bound: it speaks of "
	      "sessions like those that were seen. What training never "
	      "exercises (a full disk, a signal, another libc) it cannot know."
	      "</p></footer>\n</body>\n</html>\n", report->out);
}
