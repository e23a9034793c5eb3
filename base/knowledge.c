/* SPDX-License-Identifier: MIT */
/*
 * What is known about calls: what each one does, how many programs make it, and
 * which ones come together. All of it is by name, for it was written down for
 * one architecture and holds for all; the tables are made from data files by
 * base/knowledge.awk.
 */
#include <string.h>

#include "base/knowledge.h"

static int compare_name(const void *name, const void *row)
{
	return strcmp(name, ((const struct knowledge_row *)row)->name);
}

static const struct knowledge_row *find(struct base_call call)
{
	const char *name = base_call_name(call);

	return !name ? NULL
		     : bsearch(name, knowledge_rows, knowledge_row_count,
			       sizeof(knowledge_rows[0]), compare_name);
}

const char *base_call_help(struct base_call call)
{
	const struct knowledge_row *row = find(call);

	return row ? row->help : NULL;
}

bool base_call_prior(struct base_call call, struct base_prior *prior)
{
	const struct knowledge_row *row = find(call);

	*prior = (struct base_prior){ .programs = knowledge_programs };
	if (!row || !row->used)
		return false;
	prior->used = row->used;
	prior->needed = row->needed;
	return true;
}

/* ---- classes ---------------------------------------------------------- */

static bool is_among(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

/* Adds those of NAMES that the architecture of CALL has, but not CALL. */
static void add(struct base_siblings *siblings, struct base_call call,
		const char *const *names)
{
	for (; *names && siblings->count < ARRAY_SIZE(siblings->calls);
	     names++) {
		int number = base_call_number(call.arch, *names);

		if (number >= 0 && (uint32_t)number != call.number)
			siblings->calls[siblings->count++] = (struct base_call){
				call.arch, (uint32_t)number };
	}
}

/* False: CALL is no member of CLASS, or the only one that its architecture
 * has. */
static bool describe(const struct knowledge_class *class,
		     struct base_call call, const char *name,
		     struct base_siblings *siblings)
{
	bool left = is_among(name, class->members);

	if (!(class->arches & 1u << call.arch) ||
	    (!left && !is_among(name, class->implied)))
		return false;
	*siblings = (struct base_siblings){
		.name = class->name,
		.tier = class->tier,
		.relation = class->relation,
		.why = class->why,
	};
	if (!left || strcmp(class->relation, "implies") != 0)
		add(siblings, call, class->members);
	add(siblings, call, class->implied);
	return siblings->count > 0;
}

bool base_call_siblings(struct base_call call, size_t index,
			struct base_siblings *siblings)
{
	const char *name = base_call_name(call);

	for (size_t i = 0; name && i < knowledge_class_count; i++)
		if (describe(&knowledge_classes[i], call, name, siblings) &&
		    index-- == 0)
			return true;
	return false;
}
