/* SPDX-License-Identifier: MIT */
/*
 * What is known about calls: what each one does, how many programs make it, how
 * dangerous it is, and which ones come together. All of it is by name, for it
 * was written down for one architecture and holds for all; the tables are made
 * from data files by base/knowledge.awk.
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
	prior->stubbed = row->stubbed;
	return true;
}

unsigned base_call_risk(struct base_call call, const char **why)
{
	const struct knowledge_row *row = find(call);

	if (why)
		*why = row ? row->risk_why : NULL;
	return row ? row->risk : KNOWLEDGE_RISK;
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

bool base_class(size_t index, enum base_arch arch,
		struct base_siblings *siblings, size_t *left)
{
	const struct knowledge_class *class = &knowledge_classes[index];
	struct base_call none = { arch, UINT32_MAX };

	*left = 0;
	if (index >= knowledge_class_count)
		return false;
	*siblings = (struct base_siblings){
		.name = class->name,
		.tier = class->tier,
		.relation = class->relation,
		.why = class->why,
	};
	if (!(class->arches & 1u << arch))
		return true;
	add(siblings, none, class->members);
	*left = siblings->count;
	add(siblings, none, class->implied);
	return true;
}

bool base_class_value(size_t index, struct base_class_value *value)
{
	const struct knowledge_value *row = &knowledge_values[index];

	if (index >= knowledge_value_count)
		return false;
	*value = (struct base_class_value){
		row->class, row->call, row->name, row->value, row->implied,
	};
	return true;
}

bool base_call_hides_flags(struct base_call call)
{
	const char *name = base_call_name(call);

	return name && is_among(name, knowledge_hidden);
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
