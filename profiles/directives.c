/* SPDX-License-Identifier: MIT */
/*
 * The directives: one row each, in tables by subject. Parser, --help, man page
 * and completion read them. A line finds its row by a table of hashes, for a
 * profile has thousands of lines.
 */
#include <pthread.h>
#include <string.h>

#include "profiles/text.h"

static const struct text_row *const tables[] = {
	profiles_rows_files, profiles_rows_calls, profiles_rows_process,
	profiles_rows_network, profiles_rows_bus, profiles_rows_display,
	profiles_rows_others,
};

static const struct text_row *row_at(size_t index)
{
	for (size_t t = 0; t < ARRAY_SIZE(tables); t++)
		for (const struct text_row *row = tables[t];
		     row->directive.name; row++)
			if (index-- == 0)
				return row;
	return NULL;
}

const struct profiles_directive *profiles_directive(size_t index)
{
	const struct text_row *row = row_at(index);

	return row ? &row->directive : NULL;
}

/* ---- finding a row ---------------------------------------------------- */

#define SLOTS 1024	/* a power of two, several times the rows */
static const struct text_row *slots[SLOTS];
static pthread_once_t filled = PTHREAD_ONCE_INIT;

static size_t hash(const char *name)
{
	uint32_t h = 2166136261u;

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 16777619u;
	return (h ^ h >> 15) % SLOTS;
}

static void fill(void)
{
	const struct text_row *row;

	for (size_t i = 0; (row = row_at(i)) != NULL; i++) {
		size_t slot = hash(row->directive.name);

		while (slots[slot])
			slot = (slot + 1) % SLOTS;
		slots[slot] = row;
	}
}

static const struct text_row *find(const char *name)
{
	pthread_once(&filled, fill);
	for (size_t slot = hash(name); slots[slot]; slot = (slot + 1) % SLOTS)
		if (strcmp(slots[slot]->directive.name, name) == 0)
			return slots[slot];
	return NULL;
}

static int unknown(const char *name, struct error *err)
{
	struct base_nearest nearest = { .word = name };
	const struct text_row *row;

	for (size_t i = 0; (row = row_at(i)) != NULL; i++)
		base_nearest(&nearest, row->directive.name);
	if (*nearest.name)
		return base_error(err, EINVAL, "unknown directive \"%.64s\"; "
				  "did you mean \"%s\"?", name, nearest.name);
	return base_error(err, EINVAL, "unknown directive \"%.64s\"; "
			  "jail.profile(5) lists those that there are, and "
			  "'jail export' prints a profile", name);
}

/* ---- applying it ------------------------------------------------------ */

/* What a profile is made of where calls and capabilities alone are taken. */
static bool for_import(const struct text_row *row)
{
	return row->apply == calls_keep || row->apply == calls_secondary ||
	       row->apply == calls_call || row->apply == calls_stub ||
	       row->apply == calls_expected ||
	       row->apply == caps_bare || row->apply == caps_drop ||
	       row->apply == caps_keep;
}

static int check(const struct text_row *row, const char *argument,
		 const struct profiles_text *text, struct error *err)
{
	const struct profiles_directive *directive = &row->directive;
	bool optional = directive->argument && *directive->argument == '[';

	if (!text->context && !text->calls_alone && !for_import(row))
		return base_error(err, ENOTSUP,
				  "\"%s\" has no place in a list of calls; "
				  "remove the line here, 'jail enforce "
				  "--profile' obeys it", directive->name);
	if (directive->argument && !argument && !optional)
		return base_error(err, EINVAL, "%s needs an argument: %s %s",
				  directive->name, directive->name,
				  directive->argument);
	if (!directive->argument && argument)
		return base_error(err, EINVAL, "%s takes no argument, but got "
				  "\"%.200s\"", directive->name, argument);
	return 0;
}

int profiles_directive_apply(char *line, struct profiles_text *text,
			     struct error *err)
{
	char *argument = strchr(line, ' ');
	const struct text_row *row;
	int result;

	if (argument)
		*argument++ = '\0';
	if (argument && *argument == '\0')
		argument = NULL;
	row = find(line);
	if (!row)
		return unknown(line, err);
	if (!text->context && text->calls_alone && !for_import(row))
		return policy_add_word(&text->left_out, line, true) < 0 ?
			       policy_no_memory(err) : 0;
	result = check(row, argument, text, err);
	return result < 0 ? result : row->apply(text, argument, row, err);
}
