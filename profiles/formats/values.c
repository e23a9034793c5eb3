/* SPDX-License-Identifier: MIT */
/*
 * Values of arguments that were seen, as conditions. What was learned of clone3
 * counts for clone, which the C library makes in its place where clone3 is
 * answered ENOSYS: its own flags are in memory. Of clone the signal that the
 * child ends with is left out where a format has masks.
 */
#include <string.h>
#include <sys/mman.h>

#include "profiles/formats/formats.h"

/* More of a call are not conditions any more. */
#define MOST 256
#define CLONE_FLAGS 0xffffff00u
#define NAMESPACES 0x7e020000u	/* CLONE_NEW* of clone(2) */

int formats_values_add(struct formats_values *values, const uint64_t value[3])
{
	uint64_t (*items)[3], masked[3];

	for (unsigned i = 0; i < 3; i++)
		masked[i] = value[i] & values->masks[i];
	for (size_t i = 0; i < values->count; i++)
		if (memcmp(values->items[i], masked, sizeof(masked)) == 0)
			return 0;
	if (values->count == MOST)
		return -E2BIG;
	items = reallocarray(values->items, values->count + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;
	values->items = items;
	memcpy(items[values->count++], masked, sizeof(masked));
	return 0;
}

static bool concerns(struct base_call one, struct base_call call)
{
	return one.arch == call.arch &&
	       (one.number == call.number ||
		(base_call_is(call, "clone") && base_call_is(one, "clone3")));
}

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	for (unsigned i = 0; i < 3; i++)
		if (x[i] != y[i])
			return x[i] < y[i] ? -1 : 1;
	return 0;
}

int formats_values_make(const struct profiles_rules *rules, bool masks,
			struct base_call call, struct formats_values *values)
{
	const struct profiles_argument_rule *rule =
		profiles_argument_rule(call);
	int result = 0;

	for (unsigned i = 0; i < 3; i++)
		values->masks[i] = i < rule->count ? rule->mask[i] : 0;
	if (masks && base_call_is(call, "clone"))
		values->masks[0] = CLONE_FLAGS;
	values->rule = rule;
	if (!rule->count || base_call_is(call, "clone3"))
		return 0;
	for (size_t i = 0; result == 0 && i < rules->argument_count; i++)
		if (concerns(rules->arguments[i].call, call))
			result = formats_values_add(values,
						    rules->arguments[i].values);
	if (values->count)
		qsort(values->items, values->count, sizeof(*values->items),
		      compare);
	return result;
}

/* Calls DO with each value of the first argument of NAME that was seen; false:
 * it is listed, and none was. */
static bool each_first(const struct formats_entries *entries, const char *name,
		       bool (*look)(uint64_t value, uint64_t *data),
		       uint64_t *data)
{
	const struct formats_entry *entry = formats_entries_named(entries,
								  name);
	const struct profiles_rules *rules = entries->rules;
	bool seen = !entry || entry->answer;

	for (size_t i = 0; entry && i < rules->argument_count; i++) {
		if (base_call_compare(&rules->arguments[i].call, &entry->call))
			continue;
		if (!look(rules->arguments[i].values[0], data))
			return false;
		seen = true;
	}
	return seen;
}

static bool is_family(uint64_t value, uint64_t *families)
{
	if (value >= 64)
		return false;
	*families |= UINT64_C(1) << value;
	return true;
}

void formats_values_families(FILE *out, const struct formats_entries *entries,
			     const struct formats_family *families,
			     const char *start, const char *separator,
			     const char *none)
{
	const struct formats_family *family;
	uint64_t seen = 0, named = 0;
	size_t count = 0;

	for (family = families; family->name; family++)
		named |= UINT64_C(1) << family->number;
	if (!each_first(entries, "socket", is_family, &seen) || seen & ~named ||
	    (!seen && !none))
		return;
	fputs(start, out);
	for (family = families; family->name; family++)
		if (seen >> family->number & 1)
			fprintf(out, "%s%s", count++ ? separator : "",
				family->name);
	fprintf(out, "%s\n", seen ? "" : none);
}

static bool lacks_all(uint64_t value, uint64_t *bits)
{
	return (value & *bits) != *bits;
}

static bool lacks_each(uint64_t value, uint64_t *bits)
{
	return !(value & *bits);
}

static bool allowed(const struct formats_entries *entries, const char *name)
{
	const struct formats_entry *entry = formats_entries_named(entries,
								  name);

	return entry && !entry->answer;
}

bool formats_values_no_new_code(const struct formats_entries *entries)
{
	uint64_t both = PROT_WRITE | PROT_EXEC, code = PROT_EXEC;

	return each_first(entries, "mmap", lacks_all, &both) &&
	       each_first(entries, "mprotect", lacks_all, &code) &&
	       each_first(entries, "pkey_mprotect", lacks_all, &code) &&
	       !allowed(entries, "shmat");
}

bool formats_values_no_namespaces(const struct formats_entries *entries)
{
	uint64_t namespaces = NAMESPACES;

	return !allowed(entries, "unshare") && !allowed(entries, "setns") &&
	       each_first(entries, "clone", lacks_each, &namespaces) &&
	       each_first(entries, "clone3", lacks_each, &namespaces);
}
