/* SPDX-License-Identifier: MIT */
/*
 * The filter itself, for whoever loads one: `bwrap --seccomp FD`. It is that of
 * enforce, without a supervisor and so without calls that wait for a verdict;
 * the layer in front of the list is in it. What loads it has to start the
 * program, and bwrap's own PID 1 runs under it, too.
 */
#include <linux/filter.h>
#include <string.h>

#include "cli/export.h"

/* What bwrap 0.8.0 calls under the filter: the start of the program, and its
 * PID 1, which waits for what is orphaned. */
static const char *const loader[] = {
	"close", "execve", "exit_group", "wait4", "write",
};

static int no_memory(struct error *err)
{
	return base_error(err, ENOMEM, "out of memory");
}

int cli_export_dangerous(struct cli_exported *exported, struct error *err)
{
	const struct profiles_set *set = &exported->text.set;
	cleanup_profiles_set struct profiles_set dangerous = { 0 };

	for (size_t i = 0; i < set->count; i++)
		if (enforce_dangerous(set->calls[i]) &&
		    profiles_set_add(&dangerous, set->calls[i]) < 0)
			return no_memory(err);
	if (profiles_note_calls(&exported->notes, PROFILES_WIDENED, &dangerous,
				"jail enforce refuses them although they are "
				"listed") < 0)
		return no_memory(err);
	return 0;
}

/* ---- the plan ---------------------------------------------------------- */

static int add_set(struct cli_exported *exported)
{
	struct profiles_set *list = &exported->plan.whitelist;
	const struct profiles_set *set = &exported->text.set;
	cleanup_profiles_set struct profiles_set added = { 0 };
	int result = 0;

	for (size_t i = 0; result == 0 && i < set->count; i++)
		result = profiles_set_add(list, set->calls[i]);
	for (size_t i = 0; result == 0 && i < ARRAY_SIZE(loader); i++) {
		struct base_call call;

		if (!base_call_named(base_arch_native(), loader[i], &call) ||
		    profiles_set_has(list, call) || profiles_is_baseline(call))
			continue;
		result = profiles_set_add(list, call);
		if (result == 0)
			result = profiles_set_add(&added, call);
	}
	return result < 0 ? result :
			    profiles_note_calls(&exported->notes,
						PROFILES_WIDENED, &added,
						"added, for they are made by "
						"bwrap itself");
}

/* Those that are not answered as all that is not listed. */
static int add_stubs(struct cli_exported *exported)
{
	const struct profiles_text *text = &exported->text;
	struct enforce_plan *plan = &exported->plan;

	plan->stubs = calloc(text->stub_count + text->expected.count + 1,
			     sizeof(*plan->stubs));
	if (!plan->stubs)
		return -ENOMEM;
	for (size_t i = 0; i < text->stub_count; i++)
		plan->stubs[plan->stub_count++] = text->stubs[i];
	for (size_t i = 0; i < text->expected.count; i++)
		plan->stubs[plan->stub_count++] = (struct profiles_refused){
			text->expected.calls[i], EPERM,
		};
	return 0;
}

static void set_answer(struct cli_exported *exported)
{
	struct enforce_plan *plan = &exported->plan;
	int answer = exported->rules.answer;

	plan->deny = answer == -1 ? ENFORCE_KILL :
		     answer == -2 ? ENFORCE_LOG : ENFORCE_ERRNO;
	plan->deny_errno = answer > 0 ? answer : ENOSYS;
}

/* ---- notes ------------------------------------------------------------- */

static void add_refused(void *data, struct base_call call, const char *cost)
{
	(void)cost;
	profiles_set_add(data, call);
}

static int note_refused(struct cli_exported *exported, struct error *err)
{
	const struct profiles_known known = {
		.set = exported->text.set,
		.arguments = exported->plan.arguments,
		.argument_count = exported->plan.argument_count,
	};
	cleanup_profiles_set struct profiles_set refused = { 0 };
	int result = enforce_foresee(&exported->plan, &known, add_refused,
				     &refused, err);

	if (result < 0)
		return result;
	result = profiles_note_calls(&exported->notes, PROFILES_REMARK,
				     &refused, "dangerous; refused although "
				     "they are listed, as jail enforce does");
	return result < 0 ? no_memory(err) : 0;
}

static int note_clone3(struct cli_exported *exported)
{
	struct base_call call;

	if (!base_call_named(base_arch_native(), "clone3", &call) ||
	    !profiles_set_has(&exported->text.set, call))
		return 0;
	return profiles_note(&exported->notes, PROFILES_REMARK,
			     "clone3: answered ENOSYS, for its flags are in "
			     "memory; clone is allowed in its place");
}

/* ---- all of it --------------------------------------------------------- */

static int write_filter(FILE *out, const struct sock_filter *code,
			size_t count, struct error *err)
{
	if (isatty(fileno(out)))
		return base_error(err, EINVAL, "a filter is no text for a "
				  "terminal; write it into a file, "
				  "with > FILE");
	if (fwrite(code, sizeof(*code), count, out) != count)
		return base_error(err, errno, "cannot write: %s",
				  strerror(errno));
	return 0;
}

int cli_export_bpf(struct cli_exported *exported, FILE *out,
		   struct error *err)
{
	struct profiles_policy policy = { 0 };
	struct enforce_plan *plan = &exported->plan;
	cleanup_free struct sock_filter *code = NULL;
	size_t count;
	int result = profiles_check_calls(&exported->text, err);

	if (result < 0)
		return result;
	if (exported->arguments)
		policy.flags = UINT64_C(1) << PROFILES_ARGS_LEARNED;
	plan->policy = &policy;
	plan->has_whitelist = true;
	plan->program = exported->program;
	set_answer(exported);
	if (add_set(exported) < 0 || add_stubs(exported) < 0 ||
	    note_clone3(exported) < 0)
		return no_memory(err);
	result = note_refused(exported, err);
	if (result == 0)
		result = enforce_filter(plan, false, &code, &count, err);
	if (result == 0)
		result = write_filter(out, code, count, err);
	plan->policy = NULL;
	return result;
}
