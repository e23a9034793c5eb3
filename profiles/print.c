/* SPDX-License-Identifier: MIT */
/*
 * A profile as text, one fact a line, sorted: git merges two of them, and a
 * merged one is read. The result depends on nothing but the profile: no time,
 * no host. It is put together in memory first, so that a profile that cannot be
 * printed leaves no half of it behind.
 */
#include <string.h>

#include "profiles/text.h"

/* ---- what the form for Firejail has, too ------------------------------ */

bool print_has_arch(const struct profiles_set *set, enum base_arch arch)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->calls[i].arch == arch)
			return true;
	return false;
}

int print_complete(const struct profiles_set *set,
		   struct profiles_set *completed)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < set->count; i++)
		result = profiles_set_add(completed, set->calls[i]);
	for (unsigned arch = 0; arch < BASE_ARCH_COUNT; arch++) {
		struct base_call call;

		if (!print_has_arch(set, arch))
			continue;
		for (size_t i = 0; result == 0 &&
		     profiles_baseline(i, arch, &call, NULL); i++)
			result = profiles_set_add(completed, call);
	}
	return result;
}

void print_caps(FILE *out, const struct profiles_text *text)
{
	if (!text->has_caps)
		return;
	if (!text->caps_keep) {
		fputs(TEXT_CAPS_DROP " all\n", out);
		return;
	}
	fputs(TEXT_CAPS_KEEP " ", out);
	profiles_caps_print(out, text->caps_keep);
	fputc('\n', out);
}

/* ---- a line a call ------------------------------------------------------ */

static void print_calls(FILE *out, const struct profiles_set *set,
			enum base_arch arch, const char *directive)
{
	char word[64];

	for (size_t i = 0; i < set->count; i++)
		if (set->calls[i].arch == (uint32_t)arch)
			fprintf(out, "%s %s\n", directive,
				text_call_word(word, sizeof(word),
					       set->calls[i]));
}

/* The machine's own first. */
static void print_sorted(FILE *out, const struct profiles_set *set,
			 const char *directive)
{
	enum base_arch native = base_arch_native();

	print_calls(out, set, native, directive);
	for (unsigned arch = 0; arch < BASE_ARCH_COUNT; arch++)
		if (arch != native)
			print_calls(out, set, arch, directive);
}

static void print_stubs(FILE *out, const struct profiles_text *text)
{
	char word[64], number[BASE_ERRNO_TEXT];

	for (size_t i = 0; i < text->stub_count; i++) {
		const struct profiles_refused *stub = &text->stubs[i];

		fprintf(out, TEXT_STUB " %s %s\n",
			base_errno_text(stub->answer, number),
			text_call_word(word, sizeof(word), stub->call));
	}
}

static int print_all(FILE *out, const void *data, struct error *err)
{
	const struct profiles_text *text = data;
	cleanup_profiles_set struct profiles_set set = { 0 };

	if (print_complete(&text->set, &set) < 0 ||
	    profiles_header_print(out, text) < 0)
		return base_error(err, ENOMEM, "out of memory");
	print_caps(out, text);
	print_sorted(out, &set, TEXT_CALL);
	print_stubs(out, text);
	print_sorted(out, &text->expected, TEXT_EXPECTED);
	profiles_header_seen(out, text);
	return 0;
}

int profiles_check_calls(const struct profiles_text *text, struct error *err)
{
	if (text->set.count)
		return 0;
	return base_error(err, ENOENT, "there is no call on the whitelist of "
			  "%s; train it with 'jail learn'",
			  text->program ? text->program : "this program");
}

int profiles_print(FILE *out, const struct profiles_text *text,
		   struct error *err)
{
	int result = profiles_check_calls(text, err);

	return result < 0 ? result :
			    base_print_whole(out, print_all, text, err);
}
