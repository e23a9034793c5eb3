/* SPDX-License-Identifier: MIT */
/*
 * report-lists: the parts of the page that are tables alone: what the list may
 * lack, what has changed since it was learned, hosts and sessions.
 */
#include <inttypes.h>
#include <string.h>
#include <sys/wait.h>

#include "cli/report.h"

static void put_cell(FILE *out, const char *text)
{
	fputs("<td><bdi>", out);
	report_short(out, text ? text : "–");
	fputs("</bdi></td>", out);
}

static void put_left_out(FILE *out, size_t count, size_t shown,
			 const char *what)
{
	if (count > shown)
		fprintf(out, "<p class=\"note\">%zu %s more are left out.</p>"
			"\n", count - shown, what);
}

/* ---- what it may lack --------------------------------------------------- */

static void put_suggestion(FILE *out, const struct profiles_suggestion *row)
{
	char word[64];

	fprintf(out, "<tr><th scope=\"row\">%s</th><td class=\"n\">%u</td>"
		"<td>%s</td><td>", cli_call_word(word, sizeof(word), row->call),
		row->risk, row->stub ? "answer ENOSYS" : "allow");
	report_text(out, row->reason);
	fputs("</td></tr>\n", out);
}

void report_suggestions(struct report *report)
{
	static const char *const heads[] = {
		"call", "#risk", "allow, or answer", "reason", NULL
	};
	size_t count = report->suggestion_count;

	fputs("<p class=\"note\">Calls that are not on the list and that such "
	      "programs often make. Nothing of it is allowed unless somebody "
	      "adds it (<code>jail add</code>).</p>\n", report->out);
	report_table(report->out, "suggestions-table",
		     "Calls that may be missing, the likeliest first", heads);
	for (size_t i = 0; i < count && i < REPORT_SUGGESTIONS; i++)
		put_suggestion(report->out, &report->suggestions[i]);
	report_table_end(report->out);
	put_left_out(report->out, count, REPORT_SUGGESTIONS, "calls");
}

/* ---- what has changed --------------------------------------------------- */

static void put_change(FILE *out, const struct change *row)
{
	fputs("<li><bdi>", out);
	report_short(out, row->kernel ? row->kernel : row->name);
	if (row->kernel) {
		fputs("</bdi> is the kernel here; it was learned on ", out);
		report_short(out, row->was);
	} else {
		fprintf(out, "</bdi>: the %s <bdi class=\"path\">",
			row->library ? "library" : "executable");
		report_short(out, row->path);
		fprintf(out, "</bdi> is %s", row->gone ?
			"not there any more" : "another one now");
	}
	fputs("</li>\n", out);
}

void report_changes(struct report *report)
{
	const struct changes *changes = &report->changes;
	FILE *out = report->out;

	if (!changes->count) {
		fputs("<p>Of the executables, libraries and kernels that it "
		      "was learned with on this host nothing is known to have "
		      "changed.</p>\n", out);
		return;
	}
	fputs("<p>What is new may make other calls. Train it again.</p>\n<ul>"
	      "\n", out);
	for (size_t i = 0; i < changes->count && i < REPORT_CHANGES; i++)
		put_change(out, &changes->items[i]);
	fputs("</ul>\n", out);
	put_left_out(out, changes->count, REPORT_CHANGES, "changes");
}

/* ---- hosts -------------------------------------------------------------- */

/* Calls that only this host's sessions saw; of one host these are all. */
static void put_alone(const struct report *report, size_t host)
{
	size_t place = 0;

	if (report->host_count == 1)
		return;
	for (size_t i = 0; i < report->call_count; i++) {
		const struct report_call *row = &report->calls[i];

		if (row->hosts == 1 && row->host == host)
			report_name(report->out, row->call, place++,
				    report->hosts[host].alone);
	}
}

static void put_host(const struct report *report, size_t host)
{
	const struct report_host *row = &report->hosts[host];
	FILE *out = report->out;

	fputs("<tr>", out);
	put_cell(out, *row->host ? row->host : "(not known)");
	fprintf(out, "<td class=\"n\">%" PRIu64 "</td><td class=\"n\">%" PRIu64
		"</td>", row->sessions, row->calls);
	put_cell(out, row->kernel);
	put_cell(out, row->libc);
	fputs("<td>", out);
	report_time(out, row->last);
	fputs("</td><td class=\"calls\">", out);
	put_alone(report, host);
	fputs("</td></tr>\n", out);
}

void report_hosts(struct report *report)
{
	static const char *const heads[] = {
		"host", "#sessions", "#calls", "kernel", "libc", "latest",
		"seen there alone", NULL
	};

	report_table(report->out, "hosts-table", "Hosts", heads);
	for (size_t i = 0; i < report->host_count && i < REPORT_HOSTS; i++)
		put_host(report, i);
	report_table_end(report->out);
	put_left_out(report->out, report->host_count, REPORT_HOSTS, "hosts");
}

/* ---- sessions ----------------------------------------------------------- */

static const struct profiles_visit *visit_of(const struct report *report,
					     const char *uid)
{
	const struct profiles_history *history = &report->complete.history;

	for (size_t i = 0; i < history->visit_count; i++)
		if (strcmp(history->visits[i].session, uid) == 0)
			return &history->visits[i];
	return NULL;
}

static void put_end(FILE *out, const struct profiles_bundle_session *session)
{
	if (!session->ended)
		fputs("not known", out);
	else if (WIFSIGNALED(session->status))
		fprintf(out, "signal %d", WTERMSIG(session->status));
	else
		fprintf(out, "status %d", WEXITSTATUS(session->status));
}

static void put_session(const struct report *report, size_t index)
{
	const struct profiles_bundle_session *session = report->sessions[index];
	const struct profiles_visit *visit = visit_of(report, session->uid);
	FILE *out = report->out;

	fprintf(out, "<tr><td class=\"n\">%zu</td><td><code>", index + 1);
	report_text(out, session->uid);
	fputs("</code></td><td>", out);
	report_time(out, session->started);
	fputs("</td>", out);
	put_cell(out, session->host);
	put_cell(out, session->kernel);
	put_cell(out, session->libc);
	fprintf(out, "<td class=\"n\">%zu</td>", session->call_count);
	if (visit)
		fprintf(out, "<td class=\"n\">%u</td>", visit->fresh);
	else
		fputs("<td class=\"n\">–</td>", out);
	fputs("<td>", out);
	put_end(out, session);
	fprintf(out, "%s%s%s</td></tr>\n", session->full ? ", full" : "",
		session->sandbox ? "" : ", no sandbox",
		visit && !visit->counted ? ", not counted" : "");
}

void report_sessions(struct report *report)
{
	static const char *const heads[] = {
		"#no.", "session", "began", "host", "kernel", "libc", "#calls",
		"#new", "end", NULL
	};
	size_t count = report->session_count;
	size_t from = count > REPORT_SESSIONS ? count - REPORT_SESSIONS : 0;

	report_table(report->out, "sessions-table", "Sessions by their start",
		     heads);
	for (size_t i = from; i < count; i++)
		put_session(report, i);
	report_table_end(report->out);
	if (from)
		fprintf(report->out, "<p class=\"note\">The %zu before them "
			"are left out.</p>\n", from);
}
