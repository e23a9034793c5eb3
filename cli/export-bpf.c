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

struct words {
	char text[320];
	size_t count, shown;
};

static void add_word(struct words *words, const char *word)
{
	size_t length = strlen(words->text);

	words->count++;
	if (words->shown + 1 < words->count ||
	    length + strlen(word) + 3 > sizeof(words->text))
		return;
	words->shown++;
	snprintf(words->text + length, sizeof(words->text) - length, "%s%s",
		 length ? ", " : "", word);
}

static void add_call(struct words *words, struct base_call call)
{
	char number[12], word[64];

	snprintf(word, sizeof(word), "%s%s%s",
		 call.arch == (uint32_t)base_arch_native() ?
			 "" : base_arch_name(call.arch),
		 call.arch == (uint32_t)base_arch_native() ? "" : ":",
		 base_call_text(call, number, sizeof(number)));
	add_word(words, word);
}

static int note_words(struct cli_exported *exported,
		      enum profiles_note_kind kind, const struct words *words,
		      const char *sentence)
{
	char more[40] = "";

	if (!words->count)
		return 0;
	if (words->count > words->shown)
		snprintf(more, sizeof(more), " and %zu more",
			 words->count - words->shown);
	return profiles_note(&exported->notes, kind, "%s%s: %s", words->text,
			     more, sentence);
}

int cli_export_dangerous(struct cli_exported *exported, struct error *err)
{
	const struct profiles_set *set = &exported->text.set;
	struct words words = { "", 0, 0 };

	for (size_t i = 0; i < set->count; i++)
		if (enforce_dangerous(set->calls[i]))
			add_call(&words, set->calls[i]);
	return note_words(exported, PROFILES_WIDENED, &words,
			  "jail enforce refuses them although they are "
			  "listed") < 0 ?
		       base_error(err, ENOMEM, "out of memory") : 0;
}

/* ---- the plan ---------------------------------------------------------- */

static int add_set(struct cli_exported *exported)
{
	struct profiles_set *list = &exported->plan.whitelist;
	const struct profiles_set *set = &exported->text.set;
	struct words added = { "", 0, 0 };
	int result = 0;

	for (size_t i = 0; result == 0 && i < set->count; i++)
		result = profiles_set_add(list, set->calls[i]);
	for (size_t i = 0; result == 0 && i < ARRAY_SIZE(loader); i++) {
		struct base_call call = { base_arch_native(), 0 };

		call.number = (uint32_t)base_call_number(call.arch, loader[i]);
		if (profiles_set_has(list, call) || profiles_is_baseline(call))
			continue;
		result = profiles_set_add(list, call);
		add_word(&added, loader[i]);
	}
	return result < 0 ? result :
	       note_words(exported, PROFILES_WIDENED, &added,
			  "added, for bwrap makes them itself");
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
	add_call(data, call);
}

static int note_refused(struct cli_exported *exported, struct error *err)
{
	const struct profiles_known known = {
		.set = exported->text.set,
		.arguments = exported->plan.arguments,
		.argument_count = exported->plan.argument_count,
	};
	struct words words = { "", 0, 0 };
	int result = enforce_foresee(&exported->plan, &known, add_refused,
				     &words, err);

	if (result < 0)
		return result;
	return note_words(exported, PROFILES_REMARK, &words,
			  "dangerous; refused although they are listed, as "
			  "jail enforce does");
}

static int note_clone3(struct cli_exported *exported)
{
	struct base_call call = { base_arch_native(), 0 };
	int number = base_call_number(call.arch, "clone3");

	call.number = (uint32_t)number;
	if (number < 0 || !profiles_set_has(&exported->text.set, call))
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
		return base_error(err, ENOMEM, "out of memory");
	result = note_refused(exported, err);
	if (result == 0)
		result = enforce_filter(plan, false, &code, &count, err);
	if (result == 0)
		result = write_filter(out, code, count, err);
	plan->policy = NULL;
	return result;
}
