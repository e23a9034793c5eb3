/* SPDX-License-Identifier: MIT */
/* Directives about numbers: limits, priority, processors, time. */
#include <string.h>

#include "profiles/text.h"

static int refuse(const struct text_row *row, const char *argument,
		  const char *what, struct error *err)
{
	return base_error(err, EINVAL, "%s takes %s, but got \"%.200s\"",
			  row->directive.name, what, argument);
}

/* 512, 512k, 512M, 2G, 1T; the letter may be small, a B may follow it. */
static int parse_size(char *text, uint64_t *size)
{
	static const char letters[] = "kmgt";
	size_t digits = strspn(text, "0123456789");
	unsigned shift = 0;
	const char *found;

	if (text[digits]) {
		found = strchr(letters, text[digits] | 0x20);
		if (!found || digits == 0 || (text[digits + 1] &&
		    strcasecmp(text + digits + 1, "b") != 0))
			return -EINVAL;
		shift = 10 * (unsigned)(found - letters + 1);
		text[digits] = '\0';
	}
	if (base_parse_number(text, UINT64_MAX >> 1 >> shift, size) < 0)
		return -EINVAL;
	*size <<= shift;
	return 0;
}

int limits_resource(struct profiles_text *text, char *argument,
		    const struct text_row *row, struct error *err)
{
	bool bytes = row->data == PROFILES_LIMIT_AS ||
		     row->data == PROFILES_LIMIT_FSIZE;
	uint64_t number;
	int result = bytes ? parse_size(argument, &number) :
		base_parse_number(argument, UINT64_MAX >> 1, &number);

	if (result < 0)
		return refuse(row, argument, bytes ?
			      "a number of bytes such as 512M" : "a number",
			      err);
	text->policy.limits[row->data] = number;
	text->policy.limits_set |= 1u << row->data;
	return 0;
}

int limits_memory(struct profiles_text *text, char *argument,
		  const struct text_row *row, struct error *err)
{
	if (parse_size(argument, &text->policy.memory_max) < 0 ||
	    text->policy.memory_max == 0)
		return refuse(row, argument, "a number of bytes such as 512M",
			      err);
	return 0;
}

static int count(uint64_t *most, const char *argument,
		 const struct text_row *row, struct error *err)
{
	if (base_parse_number(argument, INT32_MAX, most) < 0 || *most == 0)
		return refuse(row, argument, "a number from 1 on", err);
	return 0;
}

int limits_pids(struct profiles_text *text, char *argument,
		const struct text_row *row, struct error *err)
{
	return count(&text->policy.pids_max, argument, row, err);
}

int limits_userns(struct profiles_text *text, char *argument,
		  const struct text_row *row, struct error *err)
{
	return count(&text->policy.userns_max, argument, row, err);
}

int limits_nice(struct profiles_text *text, char *argument,
		const struct text_row *row, struct error *err)
{
	bool negative = *argument == '-';
	uint64_t number;

	if (base_parse_number(argument + negative, negative ? 20 : 19,
			      &number) < 0)
		return refuse(row, argument, "a number from -20 to 19", err);
	text->policy.nice = negative ? -(int)number : (int)number;
	return 0;
}

int limits_cpus(struct profiles_text *text, char *argument,
		const struct text_row *row, struct error *err)
{
	uint64_t cpus = 0, cpu;
	char *item;

	while ((item = strsep(&argument, ","))) {
		if (base_parse_number(item, 63, &cpu) < 0)
			return refuse(row, item, "numbers from 0 to 63, with "
				      "commas", err);
		cpus |= UINT64_C(1) << cpu;
	}
	text->policy.cpus = cpus;
	return 0;
}

/* "01:30:00", in seconds. */
static int parse_clock(const char *text, int64_t *seconds)
{
	unsigned part[3];
	int length = 0;

	if (strspn(text, "0123456789:") != strlen(text) ||
	    sscanf(text, "%4u:%2u:%2u%n", &part[0], &part[1], &part[2],
		   &length) != 3 || text[length] || part[1] > 59 ||
	    part[2] > 59)
		return -EINVAL;
	*seconds = part[0] * INT64_C(3600) + part[1] * 60 + part[2];
	return *seconds > 0 ? 0 : -EINVAL;
}

int limits_timeout(struct profiles_text *text, char *argument,
		   const struct text_row *row, struct error *err)
{
	int64_t time;

	if (parse_clock(argument, &time) == 0) {
		time *= 1000000;
	} else if (base_parse_duration(argument, &time) < 0) {
		return refuse(row, argument, "a time as HH:MM:SS, 90s or 1.5h",
			      err);
	}
	text->policy.timeout = time;
	return 0;
}
