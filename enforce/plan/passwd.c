/* SPDX-License-Identifier: MIT */
/*
 * /etc/passwd and /etc/group without the other people of the machine: see
 * passwd(5), group(5). Lines that cannot be read are left out, but those of NIS
 * (nsswitch.conf(5)), which begin with a plus and name nobody.
 */
#include <string.h>

#include "enforce/plan/parts.h"

#define NOBODY 65534

/* Field NUMBER (from 0) of a line of SIZE bytes. False if there is none. */
static bool field(const char *line, size_t size, unsigned number,
		  const char **start, size_t *length)
{
	const char *end = line + size, *colon;

	for (; number > 0; number--) {
		colon = memchr(line, ':', (size_t)(end - line));
		if (!colon)
			return false;
		line = colon + 1;
	}
	colon = memchr(line, ':', (size_t)(end - line));
	*start = line;
	*length = (size_t)((colon ? colon : end) - line);
	return true;
}

static bool number_of(const char *line, size_t size, uint64_t *number)
{
	const char *start;
	char text[16];
	size_t length;

	if (!field(line, size, 2, &start, &length) || length >= sizeof(text))
		return false;
	memcpy(text, start, length);
	text[length] = '\0';
	return base_parse_number(text, UINT32_MAX, number) == 0;
}

/* Whether USER is one of a list with commas. */
static bool is_member(const char *list, size_t size, const char *user)
{
	size_t length = strlen(user);

	while (length > 0 && size >= length) {
		const char *comma = memchr(list, ',', size);
		size_t item = comma ? (size_t)(comma - list) : size;

		if (item == length && memcmp(list, user, length) == 0)
			return true;
		if (!comma)
			return false;
		list += item + 1;
		size -= item + 1;
	}
	return false;
}

/* A group with no other member than USER. */
static void put_group(FILE *out, const char *line, size_t size,
		      const char *members, bool member, const char *user)
{
	fwrite(line, 1, members ? (size_t)(members - line) : size, out);
	fprintf(out, "%s\n", member ? user : "");
}

struct reduction {
	bool groups;
	uint32_t least, id;
	const char *user;
};

static void put_line(FILE *out, const char *line, size_t size,
		     const struct reduction *reduction)
{
	const char *members = NULL;
	uint64_t number;
	size_t length;
	bool member = false;

	if (*line == '+')
		fprintf(out, "%.*s\n", (int)size, line);
	if (!number_of(line, size, &number))
		return;
	if (reduction->groups && field(line, size, 3, &members, &length))
		member = is_member(members, length, reduction->user);
	if (number >= reduction->least && number != NOBODY &&
	    number != reduction->id && !member)
		return;
	if (reduction->groups)
		put_group(out, line, size, members, member, reduction->user);
	else
		fprintf(out, "%.*s\n", (int)size, line);
}

char *passwd_reduce(const char *text, bool groups, uint32_t least, uint32_t id,
		    const char *user)
{
	const struct reduction reduction = {groups, least, id, user};
	char *reduced = NULL;
	size_t size;
	FILE *out = base_memstream(&reduced, &size);

	if (!out)
		return NULL;
	while (*text) {
		size_t line = strcspn(text, "\n");

		put_line(out, text, line, &reduction);
		text += line + (text[line] == '\n');
	}
	if (fclose(out) != 0)
		base_free(&reduced);
	return reduced;
}

char *passwd_name(const char *text, uint32_t uid)
{
	while (*text) {
		size_t line = strcspn(text, "\n");
		uint64_t number;

		if (number_of(text, line, &number) && number == uid)
			return strndup(text, strcspn(text, ":"));
		text += line + (text[line] == '\n');
	}
	return NULL;
}
