/* SPDX-License-Identifier: MIT */
/*
 * when: a moment of the past as a person writes it, in local time unless it
 * says another zone.
 */
#include <ctype.h>
#include <string.h>
#include <time.h>

#include "cli/cli.h"

#define SECOND INT64_C(1000000)

static int64_t of_local(struct tm *tm)
{
	tm->tm_isdst = -1;
	return (int64_t)mktime(tm) * SECOND;
}

static struct tm now_local(void)
{
	time_t now = time(NULL);
	struct tm tm = {0};

	localtime_r(&now, &tm);
	return tm;
}

/* Midnight, DAYS ago. */
static int64_t midnight(int days)
{
	struct tm tm = now_local();

	tm.tm_mday -= days;
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	return of_local(&tm);
}

/* "2h", "2h ago". A bare number could be anything. */
static bool is_ago(const char *text, int64_t *when)
{
	size_t length = strcspn(text, " ");
	char word[32];
	int64_t ago;

	if (length == 0 || length >= sizeof(word) ||
	    isdigit((unsigned char)text[length - 1]) ||
	    (text[length] && strcmp(text + length, " ago") != 0))
		return false;
	memcpy(word, text, length);
	word[length] = '\0';
	if (base_parse_duration(word, &ago) < 0)
		return false;
	*when = base_now() - ago;
	return true;
}

static const char *digits(const char *text, int least, int most, int *number)
{
	int count = 0;

	for (*number = 0; count < most && isdigit((unsigned char)text[count]);
	     count++)
		*number = *number * 10 + (text[count] - '0');
	return count < least ? NULL : text + count;
}

/* "14:00", "14:00:05", "14:00:05.25": what follows, or NULL. */
static const char *read_clock(const char *text, struct tm *tm,
			      int64_t *fraction)
{
	int64_t unit = SECOND;

	tm->tm_sec = 0;
	text = digits(text, 1, 2, &tm->tm_hour);
	text = text && *text == ':' ? digits(text + 1, 2, 2, &tm->tm_min) :
				      NULL;
	if (text && *text == ':')
		text = digits(text + 1, 2, 2, &tm->tm_sec);
	if (text && *text == '.' && isdigit((unsigned char)text[1]))
		for (text++; isdigit((unsigned char)*text); text++)
			*fraction += (*text - '0') * (unit /= 10);
	return text && tm->tm_hour < 24 && tm->tm_min < 60 && tm->tm_sec < 61 ?
		       text : NULL;
}

/* "2026-11-22": what follows, or NULL; also for a day that never was. */
static const char *read_date(const char *text, struct tm *tm)
{
	struct tm copy;

	text = digits(text, 4, 4, &tm->tm_year);
	text = text && *text == '-' ? digits(text + 1, 1, 2, &tm->tm_mon) :
				      NULL;
	text = text && *text == '-' ? digits(text + 1, 1, 2, &tm->tm_mday) :
				      NULL;
	tm->tm_year -= 1900;
	tm->tm_mon--;
	copy = *tm;
	timegm(&copy);
	return text && copy.tm_mon == tm->tm_mon &&
		       copy.tm_mday == tm->tm_mday ? text : NULL;
}

/* "Z", "+01:00", "+0100", or nothing: local time. */
static bool read_zone(const char *text, struct tm *tm, int64_t *when)
{
	bool utc = *text == 'Z' || *text == 'z', west = *text == '-';
	int hours, minutes;

	if (!*text || (utc && !text[1])) {
		*when = utc ? (int64_t)timegm(tm) * SECOND : of_local(tm);
		return true;
	}
	if (*text != '+' && !west)
		return false;
	text = digits(text + 1, 2, 2, &hours);
	text = text ? digits(text + (*text == ':'), 2, 2, &minutes) : NULL;
	if (!text || *text || hours > 23 || minutes > 59)
		return false;
	*when = ((int64_t)timegm(tm) -
		 (west ? -60 : 60) * (hours * 60 + minutes)) * SECOND;
	return true;
}

/* A date, and perhaps a time of that day. */
static bool is_date(const char *text, int64_t *when)
{
	struct tm tm = {0};
	int64_t fraction = 0;

	text = read_date(text, &tm);
	if (!text)
		return false;
	if (!*text) {
		*when = of_local(&tm);
		return true;
	}
	if (*text != ' ' && *text != 'T' && *text != 't')
		return false;
	text = read_clock(text + 1, &tm, &fraction);
	if (!text || !read_zone(text, &tm, when))
		return false;
	*when += fraction;
	return true;
}

/* A time of today, or of yesterday where it is still to come. */
static bool is_clock(const char *text, int64_t *when)
{
	struct tm tm = now_local();
	int64_t fraction = 0;

	text = read_clock(text, &tm, &fraction);
	if (!text || *text)
		return false;
	*when = of_local(&tm) + fraction;
	if (*when > base_now()) {
		tm.tm_mday--;
		*when = of_local(&tm) + fraction;
	}
	return true;
}

int cli_when(const char *text, int64_t *when, struct error *err)
{
	if (strcmp(text, "now") == 0)
		*when = base_now();
	else if (strcmp(text, "today") == 0)
		*when = midnight(0);
	else if (strcmp(text, "yesterday") == 0)
		*when = midnight(1);
	else if (!is_ago(text, when) && !is_date(text, when) &&
		 !is_clock(text, when))
		return base_error(err, EINVAL, "'%s' is no time; write 2h, "
				  "14:00, today, yesterday, 2026-11-22 or "
				  "'2026-11-22 14:00'", text);
	if (*when > base_now())
		return base_error(err, EINVAL, "'%s' is still to come", text);
	return 0;
}
