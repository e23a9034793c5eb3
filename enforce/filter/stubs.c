/* SPDX-License-Identifier: MIT */
/*
 * Stubs: calls off the whitelist that are answered an errno without a word. The
 * filter answers them itself, or, where somebody counts how often they are
 * made, the supervisor does.
 */
#include "enforce/filter/filter.h"

const struct profiles_refused *enforce_stub(const struct enforce_plan *plan,
					    struct base_call call)
{
	if (!layer_whitelisting(plan) || !layer_has_arch(plan, call.arch) ||
	    layer_listed(plan, call))
		return NULL;
	for (size_t i = 0; i < plan->stub_count; i++)
		if (base_call_compare(&plan->stubs[i].call, &call) == 0)
			return &plan->stubs[i];
	return NULL;
}

int enforce_stub_code(const struct profiles_refused *stub)
{
	return stub->answer > 0 && stub->answer < 4096 ? stub->answer : ENOSYS;
}
