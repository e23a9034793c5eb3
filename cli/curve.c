/* SPDX-License-Identifier: MIT */
/*
 * curve: how many calls were known after each session, as a picture of
 * characters. The lowest line is what the first session brought, not 0: what
 * came later is little beside it, and is what is looked for. Sessions that do
 * not fit side by side are put together.
 */
#include "cli/complete.h"

enum {
	WIDTH = 60,		/* columns, beside the numbers */
	HEIGHT = 7,		/* lines */
	SPREAD = 4		/* columns that a session has at most */
};

struct curve {
	size_t points[WIDTH];	/* calls known, from left to right */
	size_t count;
	size_t sessions;
	size_t spread;		/* columns from one point to the next */
};

/* A session that ended before it saw anything is none. */
static bool is_shown(const struct profiles_visit *visit)
{
	return visit->found || visit->counted;
}

static size_t count_shown(const struct profiles_history *history)
{
	size_t count = 0;

	for (size_t i = 0; i < history->visit_count; i++)
		count += is_shown(&history->visits[i]);
	return count;
}

static void take_points(const struct profiles_history *history,
			struct curve *curve)
{
	size_t known = 0, at = 0;

	curve->sessions = count_shown(history);
	curve->count = curve->sessions < WIDTH ? curve->sessions : WIDTH;
	for (size_t i = 0; i < history->visit_count; i++) {
		if (!is_shown(&history->visits[i]))
			continue;
		known += history->visits[i].fresh;
		curve->points[at++ * curve->count / curve->sessions] = known;
	}
	curve->spread = curve->count ? WIDTH / curve->count : 1;
	if (curve->spread > SPREAD)
		curve->spread = SPREAD;
}

/* The lines between LOW and HIGH, at most HEIGHT. */
static size_t line_of(size_t value, size_t low, size_t high, size_t lines)
{
	return high == low ? 0 : ((value - low) * (lines - 1) * 2 +
				  (high - low)) / (2 * (high - low));
}

static void print_line(FILE *out, const struct curve *curve, size_t line,
		       size_t lines, bool plain)
{
	size_t low = curve->points[0], high = curve->points[curve->count - 1];
	size_t at = 1, printed = 0;

	for (size_t i = 0; i < curve->count; i++, at += curve->spread) {
		if (line_of(curve->points[i], low, high, lines) != line)
			continue;
		for (; printed < at; printed++)
			fputc(' ', out);
		fputs(plain ? "*" : "\u25cf", out);
		printed++;
	}
	fputc('\n', out);
}

static void print_axis(FILE *out, const struct curve *curve, bool plain)
{
	size_t width = (curve->count - 1) * curve->spread + 1;

	fprintf(out, "%6s %s", "", plain ? "+" : "\u2514");
	for (size_t i = 0; i < width + 1; i++)
		fputs(plain ? "-" : "\u2500", out);
	fprintf(out, "\n%8s 1%*zu session%s\n", "",
		(int)(width > 3 ? width - 1 : 3), curve->sessions,
		cli_plural(curve->sessions, "s"));
}

void curve_print(FILE *out, const struct profiles_history *history, bool plain)
{
	struct curve curve = {0};
	size_t low, high, lines;

	take_points(history, &curve);
	if (curve.count < 2)
		return;
	low = curve.points[0];
	high = curve.points[curve.count - 1];
	lines = high - low + 1 < HEIGHT ? high - low + 1 : HEIGHT;
	fputs("\ncalls known after each session:\n", out);
	for (size_t i = lines; i-- > 0;) {
		size_t value = lines == 1 ? low :
			low + ((high - low) * i + (lines - 1) / 2) /
				      (lines - 1);

		fprintf(out, "%6zu %s", value, plain ? "|" : "\u2524");
		print_line(out, &curve, i, lines, plain);
	}
	print_axis(out, &curve, plain);
}
