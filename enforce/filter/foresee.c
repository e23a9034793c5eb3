/* SPDX-License-Identifier: MIT */
/*
 * What a plan will refuse of the calls that a program made while it was
 * learned, although all of them come onto its list.
 */
#include <linux/seccomp.h>
#include <string.h>

#include "enforce/filter/filter.h"

struct foresight {
	const struct enforce_plan *plan;
	const struct layer *layer;
	const struct profiles_known *known;
};

/* The registers of a call whose argument values were LEARNED, the others 0; the
 * flags of clone3 are those of clone. */
static struct base_call registers(const struct profiles_argument *learned,
				  uint64_t arguments[6])
{
	const struct profiles_argument_rule *rule =
		profiles_argument_rule(learned->call);
	const char *name = base_call_name(learned->call);
	struct base_call call = learned->call;

	memset(arguments, 0, 6 * sizeof(*arguments));
	for (unsigned i = 0; i < rule->count; i++)
		arguments[rule->index[i]] = learned->values[i];
	if (name && strcmp(name, "clone3") == 0)
		call.number = (uint32_t)base_call_number(call.arch, "clone");
	return call;
}

static bool is_refused(const struct foresight *foresight, struct base_call call,
		       const uint64_t arguments[6], const char **cost)
{
	uint32_t answer = layer_answer(foresight->layer, call, arguments) &
			  SECCOMP_RET_ACTION_FULL;

	if (answer == SECCOMP_RET_ALLOW || answer == SECCOMP_RET_LOG)
		return false;
	*cost = dangerous_opened(foresight->plan, call)
			? NULL : enforce_dangerous_use(call, arguments);
	return true;
}

/* With one of the values that were learned; where none are kept, whatever they
 * were. */
static bool was_refused(const struct foresight *foresight,
			struct base_call call, const char **cost)
{
	const struct profiles_known *known = foresight->known;
	uint64_t arguments[6] = {0};
	bool any = false;

	for (size_t i = 0; i < known->argument_count; i++) {
		struct base_call made;

		if (base_call_compare(&known->arguments[i].call, &call) != 0)
			continue;
		any = true;
		made = registers(&known->arguments[i], arguments);
		if (is_refused(foresight, made, arguments, cost))
			return true;
	}
	return !any && profiles_argument_rule(call)->count == 0 &&
	       is_refused(foresight, call, arguments, cost);
}

int enforce_foresee(const struct enforce_plan *plan,
		    const struct profiles_known *known,
		    void (*tell)(void *data, struct base_call call,
				 const char *cost),
		    void *data, struct error *err)
{
	cleanup_layer struct layer layer = {0};
	struct enforce_plan listed = *plan;
	struct foresight foresight = {&listed, &layer, known};
	const char *cost = NULL;
	int ret;

	listed.whitelist = known->set;
	listed.has_whitelist = true;
	ret = layer_make(&listed, false, &layer, err);
	for (size_t i = 0; ret == 0 && i < known->set.count; i++)
		if (was_refused(&foresight, known->set.calls[i], &cost))
			tell(data, known->set.calls[i], cost);
	return ret;
}
