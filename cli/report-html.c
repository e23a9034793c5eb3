/* SPDX-License-Identifier: MIT */
/*
 * report-html: what the page is written with: text that does nothing, tables,
 * pictures with their scales. The page is XML as well as HTML, so that any
 * parser can judge it.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "cli/report.h"

/* ---- text --------------------------------------------------------------- */

/* Neither exists in XML, nor as a character anywhere. */
static bool is_no_character(const char *text)
{
	return strncmp(text, "\xef\xbf\xbe", 3) == 0 ||
	       strncmp(text, "\xef\xbf\xbf", 3) == 0;
}

static void put_escaped(FILE *out, const char *text, const char *end)
{
	static const struct {
		char character;
		const char *as;
	} rows[] = {
		{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"},
		{'"', "&quot;"}, {'\'', "&#39;"},
	};
	size_t i;

	for (; text < end; text++) {
		if (is_no_character(text)) {
			fputc('?', out);
			text += 2;
			continue;
		}
		for (i = 0; i < ARRAY_SIZE(rows); i++)
			if (rows[i].character == *text)
				break;
		if (i < ARRAY_SIZE(rows))
			fputs(rows[i].as, out);
		else
			fputc(*text, out);
	}
}

void report_text(FILE *out, const char *text)
{
	char printable[8192];

	base_printable(printable, sizeof(printable), text);
	put_escaped(out, printable, printable + strlen(printable));
}

/* The first byte of a character at or before TEXT + INDEX. */
static const char *whole(const char *text, size_t index)
{
	while (index && ((unsigned char)text[index] & 0xc0) == 0x80)
		index--;
	return text + index;
}

void report_short(FILE *out, const char *text)
{
	enum { HEAD = 30, TAIL = 60 };
	char printable[8192];
	size_t length;

	base_printable(printable, sizeof(printable), text);
	length = strlen(printable);
	if (length <= HEAD + TAIL) {
		put_escaped(out, printable, printable + length);
		return;
	}
	put_escaped(out, printable, whole(printable, HEAD));
	fputs("…", out);
	put_escaped(out, whole(printable, length - TAIL), printable + length);
}

void report_time(FILE *out, int64_t microseconds)
{
	char local[32], exact[40];

	if (!microseconds) {
		fputs("–", out);
		return;
	}
	fprintf(out, "<time datetime=\"%s\">%s</time>",
		base_time_text(exact, sizeof(exact), microseconds),
		cli_short_time(local, sizeof(local), microseconds));
}

void report_name(FILE *out, struct base_call call, size_t place, size_t count)
{
	enum { NAMED = 24 };
	char word[64];

	if (place < NAMED)
		fprintf(out, "%s%s", place ? " " : "",
			cli_call_word(word, sizeof(word), call));
	else if (place == NAMED)
		fprintf(out, " and %zu more", count - place);
}

/* ---- the frame ---------------------------------------------------------- */

void report_table(FILE *out, const char *id, const char *caption,
		  const char *const *heads)
{
	fprintf(out, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
		"aria-label=\"%s\">\n<table id=\"%s\">\n<caption>%s</caption>\n"
		"<thead><tr>", caption, id, caption);
	for (; *heads; heads++)
		fprintf(out, "<th scope=\"col\"%s>%s</th>",
			**heads == '#' ? " class=\"n\"" : "",
			*heads + (**heads == '#'));
	fputs("</tr></thead>\n<tbody>\n", out);
}

void report_table_end(FILE *out)
{
	fputs("</tbody>\n</table>\n</div>\n", out);
}

/* ---- pictures ----------------------------------------------------------- */

void report_picture(FILE *out, const struct report_picture *picture,
		    const char *format, ...)
{
	const char *id = picture->id;
	va_list list;

	fprintf(out, "<figure id=\"%s\">\n<svg class=\"plot\" "
		"viewBox=\"0 0 %u %u\" role=\"img\" aria-labelledby=\"%s-t "
		"%s-d\">\n<title id=\"%s-t\">%s</title>\n<desc id=\"%s-d\">",
		id, picture->width, picture->height, id, id, id,
		picture->title, id);
	va_start(list, format);
	vfprintf(out, format, list);
	va_end(list);
	fputs("</desc>\n", out);
}

void report_picture_end(FILE *out)
{
	fputs("</svg>\n", out);
}

double report_at(const struct report_scale *scale, double value)
{
	double span = scale->high - scale->low;

	if (span <= 0)
		return (scale->from + scale->to) / 2;
	return scale->from +
	       (value - scale->low) / span * (scale->to - scale->from);
}

double report_step(double span, unsigned count)
{
	double rough = span / count, power = 1;

	while (power * 10 <= rough)
		power *= 10;
	if (rough <= power)
		return power;
	return rough <= 2 * power ? 2 * power :
	       rough <= 5 * power ? 5 * power : 10 * power;
}

void report_grid(FILE *out, const struct report_scale *y, double left,
		 double right)
{
	double step = report_step(y->high - y->low, 6);
	double value = step * ceil(y->low / step);

	for (; value <= y->high; value += step)
		fprintf(out, "<path class=\"grid\" d=\"M%.1f %.1fH%.1f\"/>"
			"<text class=\"y\" x=\"%.1f\" y=\"%.1f\">%.0f</text>\n",
			left, report_at(y, value), right, left - 8,
			report_at(y, value), value);
}

void report_bar(FILE *out, double share, double part, const char *class)
{
	fprintf(out, "<svg class=\"bar\" viewBox=\"0 0 100 8\" "
		"preserveAspectRatio=\"none\" aria-hidden=\"true\">"
		"<path class=\"%s\" d=\"M0 0h%.1fv8H0z\"/>", class,
		100 * share);
	if (part > 0)
		fprintf(out, "<path class=\"part\" d=\"M0 0h%.1fv8H0z\"/>",
			100 * part);
	fputs("</svg>", out);
}
