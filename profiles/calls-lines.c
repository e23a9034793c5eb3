/* SPDX-License-Identifier: MIT */
/*
 * Directives that say one thing of one call. They may be repeated, in any
 * order, so that two lists which grew apart can be merged line by line. A call
 * is one of the architecture that the header names, or has another's in front.
 */
#include <string.h>

#include "profiles/text.h"

static enum base_arch arch_of(const struct profiles_text *text)
{
	return text->header_arch ? text->header_arch - 1 : base_arch_native();
}

int calls_call(struct profiles_text *text, char *argument,
	       const struct text_row *row, struct error *err)
{
	struct base_call call;
	int result = base_call_parse(argument, arch_of(text), &call, err);

	(void)row;
	if (result < 0)
		return result;
	if (profiles_set_add(&text->set, call) < 0)
		return policy_no_memory(err);
	if (text->has_set)
		return 0;
	text->has_set = true;
	return calls_begin_keep(text, err);
}

int calls_expected(struct profiles_text *text, char *argument,
		   const struct text_row *row, struct error *err)
{
	struct base_call call;
	int result = base_call_parse(argument, arch_of(text), &call, err);

	(void)row;
	if (result == 0 && profiles_set_add(&text->expected, call) < 0)
		result = policy_no_memory(err);
	return result;
}

/* ---- stubs ------------------------------------------------------------ */

/* Where CALL is among the stubs, or belongs. */
static size_t find_stub(const struct profiles_text *text, struct base_call call)
{
	size_t low = 0, high = text->stub_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (base_call_compare(&text->stubs[middle].call, &call) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Their memory doubles whenever its length is a power of two. */
static int make_room(struct profiles_text *text)
{
	size_t count = text->stub_count;
	struct profiles_refused *stubs = text->stubs;

	if (count & (count - 1))
		return 0;
	stubs = reallocarray(stubs, count ? 2 * count : 1, sizeof(*stubs));
	if (!stubs)
		return -ENOMEM;
	text->stubs = stubs;
	return 0;
}

int profiles_text_stub(struct profiles_text *text, struct base_call call,
		       int answer)
{
	size_t at = find_stub(text, call);
	struct profiles_refused *stub;

	if (at < text->stub_count &&
	    base_call_compare(&text->stubs[at].call, &call) == 0) {
		text->stubs[at].answer = answer;
		return 0;
	}
	if (make_room(text) < 0)
		return -ENOMEM;
	stub = text->stubs + at;
	memmove(stub + 1, stub, (text->stub_count++ - at) * sizeof(*stub));
	*stub = (struct profiles_refused){ call, answer };
	return 0;
}

int calls_stub(struct profiles_text *text, char *argument,
	       const struct text_row *row, struct error *err)
{
	char *word = strchr(argument, ' ');
	struct base_call call;
	int answer, result;

	if (!word)
		return base_error(err, EINVAL, "%s takes %s, but got "
				  "\"%.200s\"", row->directive.name,
				  row->directive.argument, argument);
	*word++ = '\0';
	answer = base_errno_parse(argument);
	if (!answer)
		return base_error(err, EINVAL, "'%.100s' is no errno such as "
				  "ENOSYS", argument);
	result = base_call_parse(word, arch_of(text), &call, err);
	if (result == 0 && profiles_text_stub(text, call, answer) < 0)
		result = policy_no_memory(err);
	return result;
}
