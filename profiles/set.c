/* SPDX-License-Identifier: MIT */
/*
 * A set of calls: one sorted array. Whitelists have tens to hundreds of calls,
 * so that insertion by moving is cheaper than any tree.
 */
#include <string.h>

#include "profiles/profiles.h"

/* The position of CALL, or the one where it belongs. */
static size_t find(const struct profiles_set *set, struct base_call call)
{
	size_t low = 0, high = set->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (base_call_compare(&set->calls[middle], &call) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_at(const struct profiles_set *set, size_t position,
		  struct base_call call)
{
	return position < set->count &&
	       base_call_compare(&set->calls[position], &call) == 0;
}

int profiles_set_add(struct profiles_set *set, struct base_call call)
{
	size_t position = find(set, call);

	if (is_at(set, position, call))
		return 0;
	if (set->count == set->room) {
		size_t room = set->room ? 2 * set->room : 64;
		struct base_call *calls =
			reallocarray(set->calls, room, sizeof(*calls));

		if (!calls)
			return -ENOMEM;
		set->calls = calls;
		set->room = room;
	}
	memmove(&set->calls[position + 1], &set->calls[position],
		(set->count - position) * sizeof(call));
	set->calls[position] = call;
	set->count++;
	return 0;
}

void profiles_set_remove(struct profiles_set *set, struct base_call call)
{
	size_t position = find(set, call);

	if (!is_at(set, position, call))
		return;
	set->count--;
	memmove(&set->calls[position], &set->calls[position + 1],
		(set->count - position) * sizeof(call));
}

bool profiles_set_has(const struct profiles_set *set, struct base_call call)
{
	return is_at(set, find(set, call), call);
}

void profiles_known_free(struct profiles_known *known)
{
	if (!known)
		return;
	profiles_set_free(&known->set);
	profiles_set_free(&known->watched);
	free(known->arguments);
	*known = (struct profiles_known){0};
}

void profiles_set_free(struct profiles_set *set)
{
	if (!set)
		return;
	free(set->calls);
	*set = (struct profiles_set){ 0 };
}
