/* SPDX-License-Identifier: MIT */
/*
 * Directives about system calls. Of the kinds seccomp.keep, seccomp.drop,
 * seccomp LIST and seccomp Firejail obeys the first one that is there, whatever
 * their order, and of several lines of that kind the last.
 *
 * A call of a list to refuse is one of the machine's own architecture, and
 * stands for those of its name elsewhere; what i386 alone has is its own.
 */
#include <ctype.h>
#include <string.h>

#include "profiles/text.h"

enum { RANK_BARE = 1, RANK_LIST, RANK_DROP, RANK_KEEP };

#define FLAG_SECCOMP (UINT64_C(1) << PROFILES_SECCOMP)

/* Makes way for a list of RANK; false if one of a higher rank is there. */
static int begin_list(struct profiles_text *text, unsigned rank,
		      struct error *err)
{
	struct profiles_policy *policy = &text->policy;
	struct profiles_reading *reading = reading_of(text);

	if (!reading)
		return policy_no_memory(err);
	if (rank < reading->seccomp_rank)
		return 0;
	reading->seccomp_rank = rank;
	base_free(&policy->refused);
	policy->refused_count = 0;
	profiles_set_free(&policy->excepted);
	policy->flags &= ~FLAG_SECCOMP;
	if (rank == RANK_BARE || rank == RANK_LIST)
		policy->flags |= FLAG_SECCOMP;
	return 1;
}

/* ---- the calls to keep ------------------------------------------------ */

int calls_begin_keep(struct profiles_text *text, struct error *err)
{
	int result = begin_list(text, RANK_KEEP, err);

	return result < 0 ? result : 0;
}

/* Of several lines for one architecture the last counts. */
static int keep_calls(struct profiles_text *text, const char *list,
		      enum base_arch arch, struct error *err)
{
	cleanup_profiles_set struct profiles_set set = { 0 };
	int result = profiles_list_parse(list, arch, &set, err);

	if (result < 0)
		return result;
	for (size_t i = text->set.count; i-- > 0;)
		if (text->set.calls[i].arch == arch)
			profiles_set_remove(&text->set, text->set.calls[i]);
	for (size_t i = 0; i < set.count; i++)
		if (profiles_set_add(&text->set, set.calls[i]) < 0)
			return policy_no_memory(err);
	text->has_set = true;
	return calls_begin_keep(text, err);
}

int calls_keep(struct profiles_text *text, char *argument,
	       const struct text_row *row, struct error *err)
{
	enum base_arch arch = base_arch_native();

	if (row->data)
		arch = row->data - 1;
	else if (text->header_arch)
		arch = text->header_arch - 1;
	return keep_calls(text, argument, arch, err);
}

int calls_secondary(struct profiles_text *text, char *argument,
		    const struct text_row *row, struct error *err)
{
	(void)argument;
	(void)row;
	(void)err;
	text->block_secondary = true;
	return 0;
}

/* ---- the calls to refuse ---------------------------------------------- */

struct list {
	struct profiles_refused *items;
	size_t count;
	struct profiles_set excepted;
	int answer;		/* for what is added */
	bool except;		/* it is an exception */
	bool everywhere;	/* each architecture by itself */
	bool failed;
};

static void list_free(struct list *list)
{
	free(list->items);
	profiles_set_free(&list->excepted);
}

/* Whether a call of the machine's own is meant by the same name. */
static bool stands_for(struct base_call call)
{
	const char *name = base_call_name(call);

	return call.arch != (uint32_t)base_arch_native() && name &&
	       base_call_number(base_arch_native(), name) >= 0;
}

static void add_call(void *data, struct base_call call)
{
	struct list *list = data;
	struct profiles_refused *items;

	if (list->except) {
		list->failed |= profiles_set_add(&list->excepted, call) < 0;
		return;
	}
	if (!list->everywhere && stands_for(call))
		return;
	for (size_t i = 0; i < list->count; i++)
		if (base_call_compare(&list->items[i].call, &call) == 0) {
			list->items[i].answer = list->answer;
			return;
		}
	items = reallocarray(list->items, list->count + 1, sizeof(*items));
	if (!items) {
		list->failed = true;
		return;
	}
	list->items = items;
	items[list->count++] = (struct profiles_refused){ call, list->answer };
}

/* The architectures whose code the machine executes, but for x32, of which
 * nothing ever passes. */
static bool is_executed(enum base_arch arch)
{
	enum base_arch native = base_arch_native();

	return arch == native ||
	       (native == BASE_ARCH_X86_64 && arch == BASE_ARCH_I386);
}

static int add_name(struct list *list, const char *name, struct error *err)
{
	struct base_call call;
	bool found = false;

	if (*name == '$') {
		int result = base_call_parse(name, base_arch_native(), &call,
					     err);

		if (result == 0)
			add_call(list, call);
		return result;
	}
	for (unsigned arch = 0; arch < BASE_ARCH_COUNT; arch++) {
		if (!is_executed(arch) || !base_call_named(arch, name, &call))
			continue;
		found = true;
		add_call(list, call);
	}
	if (found)
		return 0;
	if (isdigit((unsigned char)*name))
		return base_error(err, EINVAL, "'%s': a number is written $%s",
				  name, name);
	return base_call_unknown(base_arch_native(), name, err);
}

static int add_group(struct list *list, const char *group, struct error *err)
{
	int result = 0;

	for (unsigned arch = 0; result >= 0 && arch < BASE_ARCH_COUNT; arch++)
		if (is_executed(arch))
			result = base_group_expand(group, arch, add_call, list,
						   err);
	return result < 0 ? result : 0;
}

/* What is behind the colon of NAME:ANSWER. */
static int parse_answer(const char *word, int *answer, struct error *err)
{
	if (strcmp(word, "kill") == 0)
		*answer = -1;
	else
		*answer = base_errno_number(word);
	if (*answer)
		return 0;
	return base_error(err, EINVAL, "'%s' is no errno such as EPERM, and "
			  "not kill", word);
}

static int add_item(struct list *list, char *item, struct error *err)
{
	char *colon = strchr(item, ':');
	int result = 0;

	if (strpbrk(item, " \t"))
		return base_error(err, EINVAL, "the list has a blank before or "
				  "in '%s'; write it without blanks", item);
	list->except = *item == '!';
	list->answer = 0;
	if (colon) {
		*colon = '\0';
		result = parse_answer(colon + 1, &list->answer, err);
	}
	if (result < 0)
		return result;
	item += list->except;
	return *item == '@' ? add_group(list, item, err) :
			      add_name(list, item, err);
}

static int parse_list(struct list *list, char *words, struct error *err)
{
	char *item;
	int result = 0;

	while (result == 0 && (item = strsep(&words, ",")))
		if (*item)
			result = add_item(list, item, err);
	if (result == 0 && list->failed)
		return policy_no_memory(err);
	return result;
}

/* What is excepted is not refused by the same list either. */
static void take_out(struct list *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++)
		if (!profiles_set_has(&list->excepted, list->items[i].call))
			list->items[kept++] = list->items[i];
	list->count = kept;
}

static int refuse(struct profiles_text *text, char *words, unsigned rank,
		  struct error *err)
{
	__attribute__((cleanup(list_free))) struct list list = { 0 };
	int result = parse_list(&list, words, err);

	if (result == 0)
		result = begin_list(text, rank, err);
	if (result <= 0)
		return result;
	take_out(&list);
	text->policy.refused = take_ptr(list.items);
	text->policy.refused_count = list.count;
	text->policy.excepted = list.excepted;
	list.excepted = (struct profiles_set){ 0 };
	return 0;
}

int calls_default(struct profiles_text *text, char *argument,
		  const struct text_row *row, struct error *err)
{
	int result;

	(void)row;
	if (argument)
		return refuse(text, argument, RANK_LIST, err);
	result = begin_list(text, RANK_BARE, err);
	return result < 0 ? result : 0;
}

int calls_drop(struct profiles_text *text, char *argument,
	       const struct text_row *row, struct error *err)
{
	(void)row;
	return refuse(text, argument, RANK_DROP, err);
}

/* ---- the rest --------------------------------------------------------- */

int calls_action(struct profiles_text *text, char *argument,
		 const struct text_row *row, struct error *err)
{
	int *action = &text->policy.error_action;

	(void)row;
	if (strcmp(argument, "log") == 0) {
		*action = -2;
		return 0;
	}
	return parse_answer(argument, action, err);
}

int calls_dangerous(struct profiles_text *text, char *argument,
		    const struct text_row *row, struct error *err)
{
	__attribute__((cleanup(list_free))) struct list list = {
		.everywhere = true,
	};
	int result = parse_list(&list, argument, err);

	(void)row;
	if (result < 0)
		return result;
	take_out(&list);
	for (size_t i = 0; i < list.count; i++)
		if (profiles_set_add(&text->policy.dangerous,
				     list.items[i].call) < 0)
			return policy_no_memory(err);
	return 0;
}

int calls_learned(struct profiles_text *text, char *argument,
		  const struct text_row *row, struct error *err)
{
	text->policy.flags |= UINT64_C(1) << row->data;
	if (!argument) {
		base_free(&text->policy.learned);
		return 0;
	}
	return policy_set(&text->policy.learned, argument, err);
}

int calls_siblings(struct profiles_text *text, char *argument,
		   const struct text_row *row, struct error *err)
{
	static const struct {
		const char *word;
		enum profiles_when when;
	} words[] = {
		{ "off", PROFILES_NEVER },
		{ "stale", PROFILES_WHEN_STALE },
		{ "always", PROFILES_ALWAYS },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(argument, words[i].word) == 0) {
			text->policy.siblings = words[i].when;
			return 0;
		}
	return base_error(err, EINVAL, "%s takes off, stale or always, but got "
			  "\"%.200s\"", row->directive.name, argument);
}

int calls_arguments(struct profiles_text *text, char *argument,
		    const struct text_row *row, struct error *err)
{
	if (strcmp(argument, "learned") != 0)
		return base_error(err, EINVAL, "%s takes learned, but got "
				  "\"%.200s\"", row->directive.name, argument);
	text->policy.flags |= UINT64_C(1) << row->data;
	return 0;
}
