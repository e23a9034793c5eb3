/* SPDX-License-Identifier: MIT */
/*
 * report-denials: what was refused, over time as columns, and below as a table,
 * denials alike on one line. The store is read once more for the columns, since
 * how wide they are is known only when the first and the last time are.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "cli/report.h"

enum { WIDTH = 760, HEIGHT = 280, LEFT = 64, RIGHT = 740, TOP = 16,
       BOTTOM = 226 };
enum { COLUMNS = 48, MINUTE = 60, HOUR = 3600, DAY = 86400 };

enum kind { KILLED, FAILED, PASSED, OTHERS, KINDS };
static const char *const kind_words[KINDS] = {
	"killed", "answered an error", "logged and let pass", "otherwise"
};

struct report_timeline {
	int64_t earliest, latest;	/* denials */
	double first;		/* seconds since the epoch: multiples of */
	double width;		/* the width of a column in seconds */
	size_t columns;
	double counts[COLUMNS][KINDS];
	double most;
};

static enum kind kind_of(enum profiles_action action)
{
	return action == PROFILES_KILLED ? KILLED :
	       action == PROFILES_ERRNO ? FAILED :
	       action == PROFILES_LOGGED ? PASSED : OTHERS;
}

/* ---- columns ------------------------------------------------------------ */

/* Round widths, and such that no more than COLUMNS are needed. */
static void make_columns(struct report_timeline *timeline)
{
	static const double widths[] = {
		MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR, DAY, 7 * DAY,
		30 * DAY, 365 * DAY
	};
	double first = (double)timeline->earliest / 1e6;
	double last = (double)timeline->latest / 1e6;
	size_t i = 0;

	while (i + 1 < ARRAY_SIZE(widths) &&
	       (last - first) / widths[i] > COLUMNS - 2)
		i++;
	timeline->width = fmax(widths[i], ceil((last - first) / (COLUMNS - 2)));
	timeline->first = timeline->width * floor(first / timeline->width);
	timeline->columns = 1 +
		(size_t)((last - timeline->first) / timeline->width);
	if (timeline->columns > COLUMNS)
		timeline->columns = COLUMNS;
}

static int find_ends(void *data, int64_t id, const char *program,
		     const struct profiles_denial *denial)
{
	struct report *report = data;
	struct report_timeline *timeline = report->timeline;

	(void)id;
	(void)program;
	if (!report->denied || denial->time < timeline->earliest)
		timeline->earliest = denial->time;
	if (!report->denied || denial->time > timeline->latest)
		timeline->latest = denial->time;
	report->denied += denial->count;
	return 0;
}

static int count(void *data, int64_t id, const char *program,
		 const struct profiles_denial *denial)
{
	struct report_timeline *timeline = data;
	double place = ((double)denial->time / 1e6 - timeline->first) /
		       timeline->width;
	double *counts, sum = 0;

	(void)id;
	(void)program;
	/* One may have come since the first and the last were looked for. */
	if (place < 0 || place >= (double)timeline->columns)
		place = place < 0 ? 0 : (double)timeline->columns - 1;
	counts = timeline->counts[(size_t)place];
	counts[kind_of(denial->action)] += (double)denial->count;
	for (size_t i = 0; i < KINDS; i++)
		sum += counts[i];
	timeline->most = fmax(timeline->most, sum);
	return 0;
}

int report_gather_denials(struct db *db, struct report *report,
			  struct error *err)
{
	int result;

	report->timeline = calloc(1, sizeof(*report->timeline));
	if (!report->timeline)
		return base_error(err, ENOMEM, "out of memory");
	result = cli_denial_groups(db, report->program, &report->denials, err);
	if (result == 0)
		result = db_each_denial(db, report->program, find_ends, report,
					err);
	if (result == 0) {
		report->denial_count = report->denials->count;
		make_columns(report->timeline);
		result = db_each_denial(db, report->program, count,
					report->timeline, err);
	}
	return result;
}

/* ---- the picture -------------------------------------------------------- */

static const char *width_words(const struct report_timeline *timeline)
{
	static const struct {
		double width;
		const char *words;
	} rows[] = {
		{MINUTE, "a minute"}, {5 * MINUTE, "5 minutes"},
		{15 * MINUTE, "15 minutes"}, {HOUR, "an hour"},
		{6 * HOUR, "6 hours"}, {DAY, "a day"}, {7 * DAY, "a week"},
		{30 * DAY, "30 days"}, {365 * DAY, "a year"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (timeline->width <= rows[i].width)
			return rows[i].words;
	return "many years";
}

static void put_column(FILE *out, const struct report_timeline *timeline,
		       size_t i, const struct report_scale *y)
{
	double slot = (RIGHT - LEFT) / (double)timeline->columns;
	double wide = fmin(slot * .8, 60), sum = 0;
	double left = LEFT + slot * (double)i + (slot - wide) / 2;

	for (size_t kind = 0; kind < KINDS; kind++) {
		double number = timeline->counts[i][kind];

		if (number <= 0)
			continue;
		fprintf(out, "<path class=\"k%zu\" d=\"M%.1f %.1fh%.1fV%.1f"
			"h-%.1fz\"><title>%.0f %s</title></path>\n", kind, left,
			report_at(y, sum), wide, report_at(y, sum + number),
			wide, number, kind_words[kind]);
		sum += number;
	}
}

/* "11-22 14:00", or the day where columns are at least as wide. */
static void put_moment(FILE *out, const struct report_timeline *timeline,
		       double x, const char *anchor, double seconds)
{
	time_t when = (time_t)fmin(fmax(seconds, -1e15), 1e15);
	struct tm tm = {0};
	char text[64];

	if (!localtime_r(&when, &tm) ||
	    !strftime(text, sizeof(text), timeline->width >= DAY ?
		      "%Y-%m-%d" : "%m-%d %H:%M", &tm))
		snprintf(text, sizeof(text), "?");
	fprintf(out, "<text class=\"x\" style=\"text-anchor:%s\" x=\"%.1f\" "
		"y=\"%d\">%s</text>\n", anchor, x, BOTTOM + 24, text);
}

static void put_axis(FILE *out, const struct report_timeline *timeline)
{
	double end = timeline->first +
		     timeline->width * (double)timeline->columns;

	put_moment(out, timeline, LEFT, "start", timeline->first);
	if (timeline->columns > 2)
		put_moment(out, timeline, (LEFT + RIGHT) / 2.0, "middle",
			   (timeline->first + end) / 2);
	put_moment(out, timeline, RIGHT, "end", end);
}

static void put_picture(const struct report *report,
			const struct report_timeline *timeline)
{
	const struct report_picture picture = {
		"denials-over-time", "Denials over time", WIDTH, HEIGHT
	};
	struct report_scale y = {
		.high = timeline->most, .from = BOTTOM, .to = TOP,
	};
	FILE *out = report->out;

	report_picture(out, &picture, "%" PRIu64 " denials in columns of %s",
		       report->denied, width_words(timeline));
	report_grid(out, &y, LEFT, RIGHT);
	for (size_t i = 0; i < timeline->columns; i++)
		put_column(out, timeline, i, &y);
	put_axis(out, timeline);
	report_picture_end(out);
	fputs("<figcaption>", out);
	for (size_t kind = 0; kind < KINDS; kind++)
		for (size_t i = 0; i < timeline->columns; i++)
			if (timeline->counts[i][kind] > 0) {
				fprintf(out, "<span class=\"entry\"><span "
					"class=\"key k%zu\"></span>%s</span> ",
					kind, kind_words[kind]);
				break;
			}
	fprintf(out, "a column is %s</figcaption>\n</figure>\n",
		width_words(timeline));
}

/* ---- the table ---------------------------------------------------------- */

static void put_row(FILE *out, const struct cli_denial_group *group)
{
	char word[64], number[BASE_ERRNO_TEXT];

	fprintf(out, "<tr><td class=\"n\">%" PRIu64 "</td><th scope=\"row\">%s"
		"</th><td>%s</td><td>", group->count,
		cli_call_word(word, sizeof(word), group->call),
		cli_denial_action(group, number));
	report_time(out, group->first_time);
	fputs("</td><td>", out);
	report_time(out, group->last_time);
	fputs("</td><td><bdi>", out);
	report_short(out, *group->host ? group->host : "–");
	fputs("</bdi></td><td class=\"path\"><bdi>", out);
	report_short(out, group->exe);
	fprintf(out, "</bdi>%s</td></tr>\n",
		group->forgeable ? " (forgeable: any user can write the log "
				   "that says so)" : "");
}

static void put_table(const struct report *report)
{
	static const char *const heads[] = {
		"#denials", "call", "what happened", "first", "last", "host",
		"executable", NULL
	};
	const struct cli_denial_groups *groups = report->denials;
	uint64_t others = groups->others;

	report_table(report->out, "denials-table", "What was refused, the "
		     "latest first", heads);
	for (size_t i = 0; i < groups->count; i++)
		if (i < REPORT_DENIALS)
			put_row(report->out, &groups->rows[i]);
		else
			others += groups->rows[i].count;
	report_table_end(report->out);
	if (others)
		fprintf(report->out, "<p class=\"note\">%" PRIu64 " denials "
			"more are left out: <code>jail show --json</code> has "
			"all.</p>\n", others);
}

void report_denials(struct report *report)
{
	put_picture(report, report->timeline);
	put_table(report);
}
