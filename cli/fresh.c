/* SPDX-License-Identifier: MIT */
/*
 * fresh: what comes of it that something has changed since a program was
 * learned. What does the work of its calls in another libc or kernel is allowed
 * then, until it is trained again; the store hears nothing of it, so that what
 * is listed there stays what was seen.
 */
#include <sched.h>
#include <string.h>

#include "cli/fresh.h"
#include "cli/store.h"
#include "cli/whitelist.h"

#define PATIENCE 20000 /* microseconds */

void fresh_free(struct fresh *fresh)
{
	if (!fresh)
		return;
	changes_free(&fresh->changes);
	profiles_set_free(&fresh->refused);
	free(fresh->siblings);
	*fresh = (struct fresh){0};
}

/* ---- looking -------------------------------------------------------- */

static enum profiles_when when(const struct enforce_plan *plan)
{
	return plan->policy ? plan->policy->siblings : PROFILES_WHEN_STALE;
}

static bool wants_siblings(const struct fresh *fresh,
			   const struct enforce_plan *plan)
{
	return when(plan) == PROFILES_ALWAYS ||
	       (when(plan) == PROFILES_WHEN_STALE && fresh->changes.count);
}

static const char *root_of(const struct enforce_plan *plan)
{
	return enforce_sandboxed(plan) ? plan->policy->chroot : NULL;
}

/* What a person took off the list stays off it. */
static int take_refused(void *data, const struct db_decided *row)
{
	return row->decision == DB_ALLOW || row->decision == DB_NONE ? 0 :
		profiles_set_add(data, row->call);
}

void fresh_read(struct fresh *fresh, struct db *db, const char *program,
		const struct enforce_plan *plan)
{
	int ret;

	fresh_free(fresh);
	if (when(plan) == PROFILES_NEVER)
		return;
	ret = changes_read(&fresh->changes, db, program, root_of(plan),
			   root_of(plan) ? NULL : plan->path, NULL, NULL);
	if (ret == 0 && wants_siblings(fresh, plan))
		ret = db_each_decision(db, program, take_refused,
				       &fresh->refused, NULL);
	if (ret < 0)
		changes_free(&fresh->changes);
}

/* ---- siblings ------------------------------------------------------- */

/* Whether all that was seen of clone and clone3 made threads. */
static bool makes_threads_alone(const struct enforce_plan *plan,
				enum base_arch arch)
{
	bool seen = false;

	for (size_t i = 0; i < plan->argument_count; i++) {
		const struct profiles_argument *row = &plan->arguments[i];

		if (row->call.arch != (uint32_t)arch ||
		    (!base_call_is(row->call, "clone") &&
		     !base_call_is(row->call, "clone3")))
			continue;
		if (!(row->values[0] & CLONE_THREAD))
			return false;
		seen = true;
	}
	return seen;
}

/* With seccomp.args learned no call passes with any values whose values were
 * never seen; clone is without new namespaces then. And fork is clone without
 * values: it is none for who was seen to make threads alone. */
static bool is_unbounded(const struct enforce_plan *plan,
			 const struct profiles_sibling *sibling)
{
	struct base_call call = sibling->call;

	if (!plan->policy ||
	    !profiles_has(plan->policy, PROFILES_ARGS_LEARNED))
		return false;
	if (base_call_is(call, "fork") || base_call_is(call, "vfork"))
		return !base_call_is(sibling->of, "fork") &&
		       !base_call_is(sibling->of, "vfork") &&
		       makes_threads_alone(plan, call.arch);
	return profiles_argument_rule(call)->count &&
	       !base_call_is(call, "clone");
}

/* What a person has to decide on in any case is never added unseen. */
static void bound(const struct enforce_plan *plan,
		  struct profiles_sibling *sibling)
{
	if (sibling->answer == PROFILES_SIBLING_ALLOW &&
	    (enforce_dangerous(sibling->call) ||
	     is_unbounded(plan, sibling)))
		sibling->answer = PROFILES_SIBLING_OFFER;
}

static bool is_stub(const struct enforce_plan *plan, struct base_call call)
{
	for (size_t i = 0; i < plan->stub_count; i++)
		if (base_call_compare(&plan->stubs[i].call, &call) == 0)
			return true;
	return false;
}

static int add_values(struct enforce_plan *plan)
{
	cleanup_free struct profiles_argument *more = NULL;
	struct profiles_argument *grown;
	size_t count;
	int ret = profiles_sibling_values(plan->arguments, plan->argument_count,
					  &more, &count);

	if (ret < 0 || !count)
		return ret;
	grown = reallocarray(plan->arguments, plan->argument_count + count,
			     sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	plan->arguments = grown;
	memcpy(grown + plan->argument_count, more, count * sizeof(*more));
	plan->argument_count += count;
	return 0;
}

static int add_siblings(struct fresh *fresh, struct enforce_plan *plan)
{
	int ret = profiles_siblings(&plan->whitelist, &fresh->refused,
				    &fresh->siblings, &fresh->count);

	for (size_t i = 0; ret == 0 && i < fresh->count; i++) {
		struct profiles_sibling *sibling = &fresh->siblings[i];

		bound(plan, sibling);
		if (is_stub(plan, sibling->call))
			sibling->answer = PROFILES_SIBLING_STUB;
		if (sibling->answer == PROFILES_SIBLING_STUB) {
			ret = cli_whitelist_stubs(plan,
				&(struct profiles_refused){
					sibling->call, ENOSYS}, 1);
		} else if (sibling->answer == PROFILES_SIBLING_ALLOW) {
			ret = profiles_set_add(&plan->whitelist,
					       sibling->call);
			fresh->allowed++;
		}
	}
	return ret < 0 ? ret : add_values(plan);
}

/* Calls that pass with some values alone. */
static int add_partly(struct fresh *fresh, struct enforce_plan *plan)
{
	int ret = profiles_sibling_partly(&plan->whitelist, &fresh->refused,
					  &plan->partly, &plan->partly_count);

	for (size_t i = 0; ret == 0 && i < plan->partly_count; i++) {
		size_t same = 0;

		while (same < i && base_call_compare(&plan->partly[same].call,
					&plan->partly[i].call) != 0)
			same++;
		fresh->partly += same == i;
	}
	return ret;
}

int fresh_apply(struct fresh *fresh, struct enforce_plan *plan,
		struct error *err)
{
	int ret = 0;

	if (plan->has_whitelist && plan->whitelist.count &&
	    wants_siblings(fresh, plan)) {
		ret = add_partly(fresh, plan);
		if (ret == 0)
			ret = add_siblings(fresh, plan);
	}
	return ret < 0 ? base_error(err, ENOMEM, "out of memory") : 0;
}

static int compare(const void *call, const void *sibling)
{
	return base_call_compare(call,
		&((const struct profiles_sibling *)sibling)->call);
}

const struct profiles_sibling *fresh_sibling(const struct fresh *fresh,
					     struct base_call call)
{
	return !fresh || !fresh->count ? NULL :
		bsearch(&call, fresh->siblings, fresh->count,
			sizeof(*fresh->siblings), compare);
}

/* ---- words ---------------------------------------------------------- */

/* The program waits for it. */
static void name_changes(struct fresh *fresh, const struct enforce_plan *plan)
{
	changes_name(&fresh->changes, root_of(plan),
		     base_now_monotonic() + PATIENCE, true);
}

static void consequence(const struct fresh *fresh,
			const struct enforce_plan *plan, char *out, size_t size)
{
	size_t allowed = fresh->allowed + fresh->partly;

	if (!allowed)
		snprintf(out, size, "train it again");
	else
		snprintf(out, size, "%zu sibling call%s allowed %s", allowed,
			 allowed == 1 ? " is" : "s are",
			 when(plan) == PROFILES_ALWAYS ? "anyway" :
			 "until you train again");
}

void fresh_say(struct fresh *fresh, const struct enforce_plan *plan)
{
	char name[256], changed[512], then[128];

	if (!fresh->changes.count)
		return;
	name_changes(fresh, plan);
	consequence(fresh, plan, then, sizeof(then));
	fprintf(stderr, "jail: %s: %s changed since it was learned; %s\n",
		base_printable(name, sizeof(name), plan->program),
		changes_text(changed, sizeof(changed), &fresh->changes), then);
}

static const char *answer_text(const struct profiles_sibling *sibling)
{
	switch (sibling->answer) {
	case PROFILES_SIBLING_ALLOW: return "allowed";
	case PROFILES_SIBLING_STUB: return "answered ENOSYS";
	case PROFILES_SIBLING_OFFER: break;
	}
	return "denied, for you to decide";
}

static void describe_sibling(const struct profiles_sibling *sibling,
			     char *out, size_t size)
{
	char call[64], of[64];
	bool alone = base_call_compare(&sibling->call, &sibling->of) == 0;

	snprintf(out, size, "%s: %s, class %s%s%s%s",
		 cli_call_word(call, sizeof(call), sibling->call),
		 answer_text(sibling), sibling->class, alone ? "" : " (",
		 alone ? "" : cli_call_word(of, sizeof(of), sibling->of),
		 alone ? "" : " is listed)");
}

void fresh_describe(struct fresh *fresh, const struct enforce_plan *plan,
		    void (*line)(void *data, const char *heading,
				 const char *text),
		    void *data)
{
	static const enum profiles_sibling_answer order[] = {
		PROFILES_SIBLING_ALLOW, PROFILES_SIBLING_STUB,
		PROFILES_SIBLING_OFFER,
	};
	char text[1024];

	if (fresh->changes.count) {
		name_changes(fresh, plan);
		line(data, "changed", changes_text(text, sizeof(text),
						   &fresh->changes));
	}
	for (size_t n = 0; n < ARRAY_SIZE(order); n++)
		for (size_t i = 0; i < fresh->count; i++) {
			if (fresh->siblings[i].answer != order[n])
				continue;
			describe_sibling(&fresh->siblings[i], text,
					 sizeof(text));
			line(data, "siblings", text);
		}
}
