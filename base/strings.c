/* SPDX-License-Identifier: MIT */
/*
 * Text: made safe for a terminal, numbers, times, and the distance between a
 * misspelt word and a known one.
 */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/base.h"

char *base_printf(const char *format, ...)
{
	char *text;
	va_list args;
	int length;

	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	return length < 0 ? NULL : text;
}

/* The length in bytes of the UTF-8 character at TEXT and its code point; 0 if
 * it is broken, overlong, a surrogate or beyond Unicode (RFC 3629). */
static size_t utf8_decode(const unsigned char *text, uint32_t *point)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t length, i;

	if (text[0] < 0x80) {
		*point = text[0];
		return 1;
	}
	length = text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;
	if (text[0] < 0xc2 || text[0] > 0xf4)
		return 0;
	*point = text[0] & (0x7fu >> length);
	for (i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		*point = *point << 6 | (text[i] & 0x3f);
	}
	if (*point < least[length] || *point > 0x10ffff ||
	    (*point >= 0xd800 && *point <= 0xdfff))
		return 0;
	return length;
}

/* Characters that a terminal obeys rather than shows: C0, DEL and C1 controls,
 * line and paragraph separators, and those that change the writing direction
 * of what follows. */
static bool is_control(uint32_t point)
{
	static const uint32_t ranges[][2] = {
		{ 0x00, 0x1f }, { 0x7f, 0x9f }, { 0x61c, 0x61c },
		{ 0x200e, 0x200f }, { 0x2028, 0x202e }, { 0x2066, 0x2069 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ranges); i++)
		if (point >= ranges[i][0] && point <= ranges[i][1])
			return true;
	return false;
}

/* The output is never longer than what was read, so OUT may be TEXT. */
char *base_printable(char *out, size_t size, const char *text)
{
	const unsigned char *in = (const unsigned char *)text;
	size_t used = 0, length;
	uint32_t point;

	if (!size)
		return out;
	while (*in) {
		length = utf8_decode(in, &point);
		if (!length || is_control(point)) {
			if (used + 1 >= size)
				break;
			out[used++] = '?';
			in += length ? length : 1;
			continue;
		}
		if (used + length >= size)
			break;
		memmove(out + used, in, length);
		used += length;
		in += length;
	}
	out[used] = '\0';
	return out;
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

int base_parse_number(const char *text, uint64_t max, uint64_t *number)
{
	unsigned radix = 10;
	uint64_t value = 0;

	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		radix = 16;
		text += 2;
	}
	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		unsigned digit = (unsigned)digit_value(*text);

		if (digit >= radix || digit > max ||
		    value > (max - digit) / radix)
			return -EINVAL;
		value = value * radix + digit;
	}
	*number = value;
	return 0;
}

/* How many microseconds the unit at the end of a duration stands for; 0 for
 * what is none. */
static int64_t unit_value(const char *text)
{
	static const struct { char letter; int64_t seconds; } units[] = {
		{ 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 24 * 3600 },
	};

	if (!*text)
		return 1000000;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (*text == units[i].letter && !text[1])
			return units[i].seconds * 1000000;
	return 0;
}

/* Not strtod(3), which reads another number in another locale. Digits behind
 * the microsecond are left out. */
int base_parse_duration(const char *text, int64_t *microseconds)
{
	const char *unit = text + strspn(text, "0123456789.");
	const char *point = strchr(text, '.');
	int64_t one = unit_value(unit), part = one, value = 0;
	bool digits = false;

	for (; text < unit; text++) {
		if (text == point)
			continue;
		if (*text == '.')
			return -EINVAL;
		if (point && text > point)
			value += (*text - '0') * (part /= 10);
		else
			value = value * 10 + (*text - '0') * one;
		digits = true;
		if (value > BASE_LONGEST)
			return -EINVAL;
	}
	if (!digits || value <= 0)
		return -EINVAL;
	*microseconds = value;
	return 0;
}

char *base_time_text(char *out, size_t size, int64_t microseconds)
{
	int64_t seconds = microseconds / 1000000;
	int64_t rest = microseconds % 1000000;
	struct tm tm = { 0 };
	time_t when;

	if (rest < 0) {
		rest += 1000000;
		seconds--;
	}
	when = (time_t)seconds;
	gmtime_r(&when, &tm);
	snprintf(out, size, "%04d-%02d-%02dT%02d:%02d:%02d.%03" PRId64 "Z",
		 tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
		 tm.tm_min, tm.tm_sec, rest / 1000);
	return out;
}

static int64_t clock_microseconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t base_now(void)
{
	return clock_microseconds(CLOCK_REALTIME);
}

int64_t base_booted(void)
{
	return base_now() - clock_microseconds(CLOCK_BOOTTIME);
}

uint64_t base_hash(uint64_t hash, const void *bytes, size_t size)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ at[i]) * UINT64_C(1099511628211);
	return hash;
}

int64_t base_now_monotonic(void)
{
	return clock_microseconds(CLOCK_MONOTONIC);
}

static size_t least_of(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Optimal string alignment, three rows of the matrix at a time. Words longer
 * than any name we know are as far apart as the longer one is long. */
size_t base_edit_distance(const char *a, const char *b)
{
	enum { LONGEST = 63 };
	size_t rows[3][LONGEST + 1];
	size_t a_length = strlen(a), b_length = strlen(b), i, j;

	if (a_length > LONGEST || b_length > LONGEST)
		return a_length > b_length ? a_length : b_length;
	for (j = 0; j <= b_length; j++)
		rows[0][j] = j;
	for (i = 1; i <= a_length; i++) {
		size_t *row = rows[i % 3];
		const size_t *above = rows[(i + 2) % 3];
		const size_t *before = rows[(i + 1) % 3];

		row[0] = i;
		for (j = 1; j <= b_length; j++) {
			size_t best = above[j - 1] + (a[i - 1] != b[j - 1]);

			best = least_of(best, above[j] + 1);
			best = least_of(best, row[j - 1] + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				best = least_of(best, before[j - 2] + 1);
			row[j] = best;
		}
	}
	return rows[a_length % 3][b_length];
}

/* Near is a slip in three letters, and never a word that has nothing left of
 * the candidate. */
void base_nearest(struct base_nearest *nearest, const char *candidate)
{
	size_t distance = base_edit_distance(nearest->word, candidate);

	if (distance > strlen(nearest->word) / 3 ||
	    distance >= strlen(candidate) ||
	    (*nearest->name && distance >= nearest->distance))
		return;
	nearest->distance = distance;
	snprintf(nearest->name, sizeof(nearest->name), "%s", candidate);
}
