/* SPDX-License-Identifier: MIT */
/* The rules of the layer as one list: see filter.h. */
#include <linux/seccomp.h>
#include <string.h>

#include "enforce/filter/filter.h"

void layer_free(struct layer *layer)
{
	base_free(&layer->rules);
	layer->count = layer->room = 0;
}

/* ---- what the plan says of a call ------------------------------------- */

bool layer_whitelisting(const struct enforce_plan *plan)
{
	return plan->has_whitelist || !plan->policy ||
	       plan->whitelist.count > 0;
}

bool layer_has_arch(const struct enforce_plan *plan, enum base_arch arch)
{
	if (layer_whitelisting(plan))
		return enforce_arch_learned(plan, arch);
	return arch == base_arch_native() ||
	       (arch == BASE_ARCH_I386 &&
		base_arch_native() == BASE_ARCH_X86_64);
}

bool layer_listed(const struct enforce_plan *plan, struct base_call call)
{
	struct base_call clone3;

	if (!layer_has_arch(plan, call.arch))
		return false;
	if (!layer_whitelisting(plan) || profiles_is_baseline(call) ||
	    profiles_set_has(&plan->whitelist, call))
		return true;
	/* Who learned clone3 makes clone: filter.c. */
	return base_call_is(call, "clone") && !plan->allow_clone3 &&
	       base_call_named(call.arch, "clone3", &clone3) &&
	       profiles_set_has(&plan->whitelist, clone3);
}

/* Whether what the list says of it depends on its arguments. */
static bool conditional(const struct enforce_plan *plan, struct base_call call)
{
	if (!layer_whitelisting(plan))
		return false;
	if (plan->policy &&
	    profiles_has(plan->policy, PROFILES_ARGS_LEARNED) &&
	    profiles_argument_rule(call)->count > 0)
		return true;
	if (base_call_is(call, "clone"))
		return plan->clone_namespace_count > 0 ||
		       !dangerous_opened(plan, call);
	return base_call_is(call, "clone3");
}

/* ---- the list --------------------------------------------------------- */

void layer_add(struct layer *layer, struct base_call call,
	       const struct layer_test *tests, uint32_t answer)
{
	struct layer_rule *rule, *rules;

	if (layer->count == layer->room) {
		size_t room = layer->room ? 2 * layer->room : 128;

		rules = reallocarray(layer->rules, room, sizeof(*rules));
		if (!rules) {
			layer->failed = true;
			return;
		}
		layer->rules = rules;
		layer->room = room;
	}
	rule = &layer->rules[layer->count];
	*rule = (struct layer_rule){.call = call, .answer = answer,
				    .order = layer->count++};
	while (tests && rule->test_count < LAYER_TESTS && tests->mask)
		rule->tests[rule->test_count++] = *tests++;
}

void layer_add_name(struct layer *layer, const struct enforce_plan *plan,
		    const char *name, const struct layer_test *tests,
		    uint32_t answer)
{
	for (unsigned arch = 0; arch < BASE_ARCH_COUNT; arch++) {
		struct base_call call;

		if (base_call_named(arch, name, &call) &&
		    layer_has_arch(plan, arch))
			layer_add(layer, call, tests, answer);
	}
}

static bool lets_pass(uint32_t answer)
{
	return answer == SECCOMP_RET_LOG;
}

/* What lets a call pass must not keep another rule from refusing it. */
static int compare(const void *a, const void *b)
{
	const struct layer_rule *x = a, *y = b;
	int order = base_call_compare(&x->call, &y->call);

	if (order == 0)
		order = lets_pass(x->answer) - lets_pass(y->answer);
	return order ? order : (x->order > y->order) - (x->order < y->order);
}

void layer_sort(struct layer *layer)
{
	if (layer->count > 0)
		qsort(layer->rules, layer->count, sizeof(*layer->rules),
		      compare);
}

/* What seccomp-error-action log lets pass is what the whitelist would: where
 * that refuses, or asks for arguments, it decides. */
static void leave_to_whitelist(struct layer *layer,
			       const struct enforce_plan *plan)
{
	size_t kept = 0;

	for (size_t i = 0; i < layer->count; i++) {
		struct base_call call = layer->rules[i].call;

		if (!lets_pass(layer->rules[i].answer) ||
		    (layer_listed(plan, call) &&
		     !conditional(plan, call)))
			layer->rules[kept++] = layer->rules[i];
	}
	layer->count = kept;
}

/* Where dangerous calls pass and are recorded, the policy is asked first. */
int layer_make(const struct enforce_plan *plan, bool listener,
	       struct layer *layer, struct error *err)
{
	if (plan->deny != ENFORCE_LOG)
		dangerous_add(layer, plan, listener);
	if (plan->policy)
		layer_policy_add(layer, plan);
	if (plan->deny == ENFORCE_LOG)
		dangerous_add(layer, plan, listener);
	if (!layer_whitelisting(plan) && !plan->allow_clone3)
		layer_add_name(layer, plan, "clone3", NULL,
			       SECCOMP_RET_ERRNO | ENOSYS);
	if (layer->failed)
		return base_error(err, ENOMEM, "out of memory");
	if (plan->deny != ENFORCE_LOG)
		leave_to_whitelist(layer, plan);
	layer_sort(layer);
	return 0;
}

/* ---- what it answers -------------------------------------------------- */

static bool holds(const struct layer_test *test, uint32_t argument)
{
	if (test->kind == LAYER_EQUAL)
		return (argument & test->mask) == test->value;
	if (test->kind == LAYER_UNEQUAL)
		return (argument & test->mask) != test->value;
	return argument >= 32 || !(test->value >> argument & 1);
}

bool layer_holds(const struct layer_test *tests, unsigned count,
		 const uint64_t arguments[6])
{
	for (unsigned i = 0; i < count; i++) {
		unsigned shift = tests[i].index & LAYER_UPPER ? 32 : 0;
		uint64_t value = arguments[tests[i].index & ~LAYER_UPPER];

		if (!holds(&tests[i], (uint32_t)(value >> shift)))
			return false;
	}
	return true;
}

uint32_t layer_answer(const struct layer *layer, struct base_call call,
		      const uint64_t arguments[6])
{
	for (size_t i = 0; i < layer->count; i++) {
		const struct layer_rule *rule = &layer->rules[i];

		if (base_call_compare(&rule->call, &call) == 0 &&
		    layer_holds(rule->tests, rule->test_count, arguments))
			return rule->answer;
	}
	return SECCOMP_RET_ALLOW;
}
