/* SPDX-License-Identifier: MIT */
/*
 * report-executables: who in the program's tree makes how many of its calls,
 * and which of them nobody else makes: what the list would lose without it.
 */
#include <inttypes.h>

#include "cli/report.h"

static void put_own(const struct report *report,
		    const struct report_executable *row)
{
	size_t place = 0;

	for (size_t i = 0; i < row->count; i++) {
		const struct report_call *call = &report->calls[row->calls[i]];

		if (call->executables == 1)
			report_name(report->out, call->call, place++, row->own);
	}
}

static void put_row(const struct report *report,
		    const struct report_executable *row)
{
	double most = (double)report->executables[0].count;

	if (most < 1)
		most = 1;
	fputs("<tr><th scope=\"row\" class=\"path\"><bdi>", report->out);
	report_short(report->out, row->path);
	fprintf(report->out, "</bdi></th><td class=\"n\">%zu</td>"
		"<td class=\"barred\">", row->count);
	report_bar(report->out, (double)row->count / most,
		   (double)row->own / most, "whole");
	fprintf(report->out, "</td><td class=\"n\">%" PRIu64 "</td>"
		"<td class=\"n\">%zu</td><td class=\"calls\">", row->times,
		row->own);
	put_own(report, row);
	fputs("</td></tr>\n", report->out);
}

void report_executables(struct report *report)
{
	static const char *const heads[] = {
		"executable", "#calls", "share", "#times", "#alone",
		"made by it alone", NULL
	};
	size_t count = report->executable_count;

	fputs("<p class=\"note\">The bar is as long as the number of different "
	      "calls; the part in front are those that no other executable of "
	      "the program's tree makes.</p>\n", report->out);
	report_table(report->out, "executables-table",
		     "Executables and their calls", heads);
	for (size_t i = 0; i < count && i < REPORT_EXECUTABLES; i++)
		put_row(report, &report->executables[i]);
	report_table_end(report->out);
	if (count > REPORT_EXECUTABLES)
		fprintf(report->out, "<p class=\"note\">%zu executables more, "
			"with the fewest calls, are left out: <code>jail show "
			"--by-exe</code> has all.</p>\n",
			count - REPORT_EXECUTABLES);
}
