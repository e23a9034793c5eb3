/* SPDX-License-Identifier: MIT */
/* What the filter of a plan is, for people: enforce_plan_describe(). */
#include <string.h>

#include "enforce/filter/filter.h"

/* Where the lines go. */
struct reader {
	void (*line)(void *data, const char *heading, const char *text);
	void *data;
};

static void say(const struct reader *reader, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void say(const struct reader *reader, const char *format, ...)
{
	char text[1024];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	reader->line(reader->data, "filter", text);
}

static void say_whitelist(const struct enforce_plan *plan,
			  const struct reader *reader)
{
	static const char *const otherwise[] = {
		[ENFORCE_KILL] = "kills the process",
		[ENFORCE_ERRNO] = "fails",
		[ENFORCE_LOG] = "passes and is recorded",
		[ENFORCE_ASK] = "is asked about",
	};

	if (!layer_whitelisting(plan)) {
		say(reader, "no whitelist: what no rule refuses passes");
		return;
	}
	for (unsigned arch = 0; arch < BASE_ARCH_COUNT; arch++) {
		size_t count = 0;

		for (size_t i = 0; i < plan->whitelist.count; i++)
			count += plan->whitelist.calls[i].arch == arch;
		if (count > 0)
			say(reader, "whitelist: %zu calls of %s", count,
			    base_arch_name(arch));
	}
	say(reader, "a call that is not on it %s", otherwise[plan->deny]);
}

static void say_stubs(const struct enforce_plan *plan,
		      const struct reader *reader)
{
	for (size_t i = 0; i < plan->stub_count; i++) {
		const struct profiles_refused *stub = &plan->stubs[i];
		char number[12], code[BASE_ERRNO_TEXT];

		if (enforce_stub(plan, stub->call) == stub)
			say(reader, "%s of %s fails with %s without a word",
			    base_call_text(stub->call, number, sizeof(number)),
			    base_arch_name(stub->call.arch),
			    base_errno_text(enforce_stub_code(stub), code));
	}
}

static void say_partly(const struct enforce_plan *plan,
		       const struct reader *reader)
{
	uint64_t value[3], masks[3];
	char number[12];

	for (size_t i = 0; i < plan->partly_count; i++) {
		struct base_call call = plan->partly[i].call;

		if (enforce_partly(plan, i, value, masks))
			say(reader, "%s of %s passes with %s %#llx",
			    base_call_text(call, number, sizeof(number)),
			    base_arch_name(call.arch),
			    profiles_argument_rule(call)->label[0],
			    (unsigned long long)value[0]);
	}
}

static void say_values(const struct enforce_plan *plan,
		       const struct reader *reader)
{
	uint64_t values[ENFORCE_VALUES][3], masks[3];
	size_t calls = 0, tuples = 0;

	for (size_t i = 0; i < plan->whitelist.count; i++) {
		struct base_call call = plan->whitelist.calls[i];
		int count = enforce_learned_values(plan, call, values, masks);
		char number[12];

		if (count == -E2BIG)
			say(reader, "%s passes with any arguments: more than "
			    "%d different ones were learned",
			    base_call_text(call, number, sizeof(number)),
			    ENFORCE_VALUES);
		if (count <= 0)
			continue;
		calls++;
		tuples += (size_t)count;
	}
	if (calls > 0)
		say(reader, "arguments: %zu calls pass with %zu learned values "
		    "alone", calls, tuples);
}

/* A call has a rule or several; they are sorted by call. */
static void say_layer(const struct layer *layer, const struct reader *reader)
{
	size_t calls = 0;

	for (size_t i = 0; i < layer->count; i++)
		calls += i == 0 || base_call_compare(&layer->rules[i].call,
						     &layer->rules[i - 1].call);
	say(reader, "refused whatever the whitelist says: %zu calls or uses of "
	    "them, by %zu rules", calls, layer->count);
}

/* What is opened for one architecture is for all (dangerous.c). */
static bool is_repeated(const struct profiles_set *set, size_t index)
{
	const char *name = base_call_name(set->calls[index]);

	for (size_t i = 0; name && i < index; i++) {
		const char *before = base_call_name(set->calls[i]);

		if (before && strcmp(before, name) == 0)
			return true;
	}
	return false;
}

static void say_opened(const struct enforce_plan *plan,
		       const struct reader *reader)
{
	if (!plan->policy)
		return;
	for (size_t i = 0; i < plan->policy->dangerous.count; i++) {
		struct base_call call = plan->policy->dangerous.calls[i];
		const char *cost = enforce_dangerous(call);
		char number[12];

		if (is_repeated(&plan->policy->dangerous, i))
			continue;
		say(reader, "opened: %s%s%s",
		    base_call_text(call, number, sizeof(number)),
		    cost ? ", so that " : "", cost ? cost : "");
	}
}

int enforce_describe_filter(const struct enforce_plan *plan,
			    void (*line)(void *data, const char *heading,
					 const char *text),
			    void *data, struct error *err)
{
	const struct reader reader = {line, data};
	cleanup_free struct sock_filter *filter = NULL;
	cleanup_layer struct layer layer = {0};
	size_t count;
	int ret = layer_make(plan, true, &layer, err);

	if (ret == 0)
		ret = enforce_filter(plan, true, &filter, &count, err);
	if (ret < 0)
		return ret;
	say_whitelist(plan, &reader);
	say_partly(plan, &reader);
	say_stubs(plan, &reader);
	say_values(plan, &reader);
	say_layer(&layer, &reader);
	say_opened(plan, &reader);
	if (plan->block_secondary)
		say(&reader, "code of other architectures is killed");
	say(&reader, "%zu instructions of %d", count, BPF_MAXINSNS);
	return 0;
}
