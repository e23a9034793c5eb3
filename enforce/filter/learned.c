/* SPDX-License-Identifier: MIT */
/*
 * seccomp.args learned: which values a whitelisted call may have. They are
 * compared under the masks of profiles/arguments.c, which are those of the
 * kernel's own types, with two differences. Of clone the signal that the child
 * ends with is left out. And what was learned of clone3 counts for clone, which
 * the C library makes in its place (filter.c); the upper half of those flags is
 * clone3's alone, and the library leaves it out.
 *
 * And which values a call may have that is not on the list: plan->partly.
 */
#include <string.h>

#include "enforce/filter/filter.h"

#define CLONE_MASK 0xffffff00u

/* Whether what was recorded of ONE is about CALL. */
static bool concerns(struct base_call one, struct base_call call)
{
	return one.arch == call.arch &&
	       (one.number == call.number ||
		(base_call_is(call, "clone") && base_call_is(one, "clone3")));
}

static void masks_of(struct base_call call, uint64_t masks[3])
{
	const struct profiles_argument_rule *rule =
		profiles_argument_rule(call);

	for (unsigned i = 0; i < 3; i++)
		masks[i] = i < rule->count ? rule->mask[i] : 0;
	if (base_call_is(call, "clone"))
		masks[0] = CLONE_MASK;
}

static bool is_known(uint64_t (*values)[3], int count,
		     const uint64_t value[3])
{
	for (int i = 0; i < count; i++)
		if (memcmp(values[i], value, sizeof(values[i])) == 0)
			return true;
	return false;
}

int enforce_learned_values(const struct enforce_plan *plan,
			   struct base_call call,
			   uint64_t values[ENFORCE_VALUES][3],
			   uint64_t masks[3])
{
	int count = 0;

	if (!plan->policy ||
	    !profiles_has(plan->policy, PROFILES_ARGS_LEARNED) ||
	    profiles_argument_rule(call)->count == 0 ||
	    base_call_is(call, "clone3"))
		return 0;
	masks_of(call, masks);
	for (size_t i = 0; i < plan->argument_count; i++) {
		const struct profiles_argument *one = &plan->arguments[i];
		uint64_t value[3];

		if (!concerns(one->call, call))
			continue;
		for (unsigned n = 0; n < 3; n++)
			value[n] = one->values[n] & masks[n];
		if (is_known(values, count, value))
			continue;
		if (count == ENFORCE_VALUES)
			return -E2BIG;
		memcpy(values[count++], value, sizeof(value));
	}
	return count;
}

bool enforce_partly(const struct enforce_plan *plan, size_t index,
		    uint64_t value[3], uint64_t masks[3])
{
	const struct profiles_argument *row = &plan->partly[index];

	if (profiles_argument_rule(row->call)->count == 0 ||
	    layer_listed(plan, row->call) || enforce_stub(plan, row->call) ||
	    base_call_is(row->call, "clone") ||
	    base_call_is(row->call, "clone3"))
		return false;
	masks_of(row->call, masks);
	for (unsigned n = 0; n < 3; n++)
		value[n] = row->values[n] & masks[n];
	for (size_t i = 0; i < index; i++) {
		const struct profiles_argument *other = &plan->partly[i];
		bool same = base_call_compare(&other->call, &row->call) == 0;

		for (unsigned n = 0; same && n < 3; n++)
			same = (other->values[n] & masks[n]) == value[n];
		if (same)
			return false;
	}
	return true;
}
