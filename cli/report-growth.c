/* SPDX-License-Identifier: MIT */
/*
 * report-growth: how the list has grown from session to session, and where it
 * is expected to end: the curve as it was, the curve as it is likely to go on,
 * and the interval in which the whole is likely to lie.
 */
#include <ctype.h>
#include <math.h>

#include "cli/report.h"

enum { WIDTH = 760, HEIGHT = 340, LEFT = 64, RIGHT = 740, TOP = 16,
       BOTTOM = 284 };
/* More dots are a line anyway. */
enum { DOTS = 60, POINTS = 500, AHEAD = 100 };

struct chart {
	const struct profiles_history *history;
	const struct profiles_estimate *estimate;
	struct report_scale x, y;
	size_t sessions;	/* visits that the curve is made of */
	unsigned ahead;		/* sessions that the estimate looks ahead */
};

static double expected(const struct chart *chart, unsigned ahead)
{
	return profiles_estimate_after(chart->estimate, ahead);
}

/* The axis begins at 0, unless all that happens is far above. */
static void make_scales(struct chart *chart)
{
	const struct profiles_estimate *estimate = chart->estimate;
	double first = chart->history->visits[0].fresh;
	double high = (double)estimate->observed, step;

	if (chart->ahead) {
		/* A wide interval shall not make the curve flat. */
		high = fmin(estimate->high, 1.4 * high + 10);
		high = fmax(high, expected(chart, chart->ahead));
	}
	chart->y = (struct report_scale){
		.low = first < high / 2 ? 0 :
			       fmax(0, first - (high - first) / 2),
		.high = high + 1,
		.from = BOTTOM, .to = TOP,
	};
	step = report_step(chart->y.high - chart->y.low, 6);
	chart->y.low = step * floor(chart->y.low / step);
	chart->x = (struct report_scale){
		.low = 1, .high = (double)chart->sessions + chart->ahead,
		.from = LEFT + 8, .to = RIGHT - 8,
	};
}

static void put_sessions_axis(const struct chart *chart, FILE *out)
{
	double step = report_step(chart->x.high - chart->x.low, 8), value;

	for (value = step > 1 ? step : 1; value <= chart->x.high; value += step)
		fprintf(out, "<text class=\"x\" x=\"%.1f\" y=\"%d\">%.0f"
			"</text>\n", report_at(&chart->x, value), BOTTOM + 22,
			value);
	fprintf(out, "<text class=\"axis\" x=\"%d\" y=\"%d\">session</text>\n",
		RIGHT, HEIGHT - 6);
}

/* Where the whole is likely to lie: a band over the sessions to come. */
static void put_interval(const struct chart *chart, FILE *out)
{
	const struct profiles_estimate *estimate = chart->estimate;
	double left = report_at(&chart->x, (double)chart->sessions);
	double low = report_at(&chart->y, estimate->low);
	double high = report_at(&chart->y,
				fmin(estimate->high, chart->y.high));
	double all = report_at(&chart->y, fmin(chart->y.high,
		(double)estimate->observed + estimate->missing));

	fprintf(out, "<path class=\"band\" d=\"M%.1f %.1fH%dV%.1fH%.1fz\"/>\n",
		left, high, RIGHT, low, left);
	fprintf(out, "<path class=\"all\" d=\"M%.1f %.1fH%d\"/>\n", left, all,
		RIGHT);
	fprintf(out, "<path class=\"ahead\" d=\"M%.1f %.1f", left,
		report_at(&chart->y, (double)estimate->observed));
	for (unsigned n = 1; n <= chart->ahead; n++)
		fprintf(out, "L%.1f %.1f",
			report_at(&chart->x, (double)chart->sessions + n),
			report_at(&chart->y, expected(chart, n)));
	fputs("\"/>\n", out);
}

static void put_curve(const struct chart *chart, FILE *out)
{
	const struct profiles_history *history = chart->history;
	size_t every = chart->sessions / POINTS + 1;
	bool dots = chart->sessions <= DOTS;
	uint64_t sum = 0;

	fputs("<path class=\"curve\" d=\"", out);
	for (size_t i = 0; i < chart->sessions; i++) {
		sum += history->visits[i].fresh;
		if (i == 0 || i % every == 0 || i + 1 == chart->sessions)
			fprintf(out, "%c%.1f %.1f", i ? 'L' : 'M',
				report_at(&chart->x, (double)i + 1),
				report_at(&chart->y, (double)sum));
	}
	fputs("\"/>\n", out);
	sum = 0;
	for (size_t i = 0; dots && i < chart->sessions; i++) {
		sum += history->visits[i].fresh;
		fprintf(out, "<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" "
			"r=\"4\"><title>session %zu: %u calls, %u of them new"
			"</title></circle>\n",
			report_at(&chart->x, (double)i + 1),
			report_at(&chart->y, (double)sum), i + 1,
			history->visits[i].found, history->visits[i].fresh);
	}
}

__attribute__((format(printf, 3, 4)))
static void put_entry(FILE *out, const char *key, const char *format, ...)
{
	va_list list;

	fprintf(out, "<span class=\"entry\"><span class=\"key %s\"></span>",
		key);
	va_start(list, format);
	vfprintf(out, format, list);
	va_end(list);
	fputs("</span> ", out);
}

static void put_legend(const struct chart *chart, FILE *out)
{
	const struct profiles_estimate *estimate = chart->estimate;

	fputs("<figcaption>", out);
	put_entry(out, "curve", "different calls seen so far");
	if (chart->ahead) {
		put_entry(out, "ahead", "as it is likely to go on");
		put_entry(out, "all", "all that such sessions make, estimated: "
			  "%.0f", floor((double)estimate->observed +
					estimate->missing));
		put_entry(out, "band", "95 %% interval: %.0f to %.0f%s",
			  floor(estimate->low), floor(estimate->high),
			  estimate->high > chart->y.high ?
				  ", higher than the picture" : "");
	}
	fputs("</figcaption>\n</figure>\n", out);
}

static void put_picture(const struct chart *chart, FILE *out)
{
	const struct profiles_estimate *estimate = chart->estimate;
	const struct report_picture picture = {
		"growth", "Different calls seen, by session", WIDTH, HEIGHT
	};

	report_picture(out, &picture, "%zu calls after %zu session%s%s",
		       estimate->observed, chart->sessions,
		       cli_plural(chart->sessions, "s"), chart->ahead ?
		       "; the line goes on as the estimate expects it" : "");
	report_grid(out, &chart->y, LEFT, RIGHT);
	if (chart->ahead)
		put_interval(chart, out);
	put_curve(chart, out);
	put_sessions_axis(chart, out);
	report_picture_end(out);
	put_legend(chart, out);
}

static void put_paragraph(FILE *out, const char *text)
{
	if (!*text)
		return;
	fprintf(out, "<p class=\"words\">%c", toupper((unsigned char)*text));
	report_text(out, text + 1);
	fputs(".</p>\n", out);
}

static void put_words(const struct report *report)
{
	const struct complete *complete = &report->complete;
	char text[512];

	if (!report->session_count) {
		put_paragraph(report->out, "It was never seen to run: its "
			      "calls were added or imported, and nothing can "
			      "be said of how many are missing");
		return;
	}
	put_paragraph(report->out, complete_words(text, sizeof(text),
						  &complete->estimate));
	put_paragraph(report->out, complete_outlook(text, sizeof(text),
						    &complete->estimate));
	put_paragraph(report->out, complete_warning(text, sizeof(text),
						    complete));
}

void report_growth(struct report *report)
{
	struct chart chart = {
		.history = &report->complete.history,
		.estimate = &report->complete.estimate,
		.sessions = report->complete.history.visit_count,
	};

	put_words(report);
	if (!chart.sessions)
		return;
	if (chart.estimate->known)
		chart.ahead = chart.sessions < 6 ? 3 :
			      chart.sessions > 2 * AHEAD ? AHEAD :
			      (unsigned)chart.sessions / 2;
	make_scales(&chart);
	put_picture(&chart, report->out);
}
