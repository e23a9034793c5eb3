/* SPDX-License-Identifier: MIT */
/*
 * A profile as text. The result depends on nothing but the profile: no time, no
 * host. It is put together in memory first, so that a profile that cannot be
 * printed leaves no half of it behind.
 *
 * Firejail has no list that works for a second architecture (seccomp.32.keep
 * changes nothing), so calls of others follow the word #jail, and without them
 * seccomp.block-secondary keeps such code out there as it does here.
 */
#include <string.h>

#include "profiles/text.h"

static bool has_arch(const struct profiles_set *set, enum base_arch arch)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->calls[i].arch == arch)
			return true;
	return false;
}

/* SET and the baseline of each architecture in it. */
static int complete(const struct profiles_set *set,
		    struct profiles_set *completed)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < set->count; i++)
		result = profiles_set_add(completed, set->calls[i]);
	for (unsigned arch = 0; arch < BASE_ARCH_COUNT; arch++) {
		struct base_call call;

		if (!has_arch(set, arch))
			continue;
		for (size_t i = 0; result == 0 &&
		     profiles_baseline(i, arch, &call, NULL); i++)
			result = profiles_set_add(completed, call);
	}
	return result;
}

/* One line with the calls of ARCH: by name, or where that is too long for
 * Firejail by number. */
static int print_list(FILE *out, const struct profiles_set *set,
		      enum base_arch arch, struct error *err)
{
	bool native = arch == base_arch_native();

	for (int names = 1; names >= 0; names--) {
		cleanup_free char *line = NULL;
		cleanup_fclose FILE *memory = NULL;
		size_t length = 0;

		memory = open_memstream(&line, &length);
		if (!memory)
			return base_error(err, ENOMEM, "out of memory");
		if (native)
			fputs(TEXT_KEEP " ", memory);
		else
			fprintf(memory, TEXT_JAIL_PREFIX TEXT_KEEP ".%s ",
				base_arch_name(arch));
		profiles_list_print(memory, set, arch, names);
		if (fflush(memory))
			return base_error(err, ENOMEM, "out of memory");
		if (length <= TEXT_LINE_MAX) {
			fprintf(out, "%s\n", line);
			return 0;
		}
	}
	return base_error(err, E2BIG,
			  "the list of %s is longer than a line that Firejail "
			  "reads (%d bytes); drop calls that do not exist, or "
			  "export with --format=list",
			  base_arch_name(arch), TEXT_LINE_MAX);
}

static void print_caps(FILE *out, const struct profiles_text *text)
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

static int print_lists(FILE *out, const struct profiles_set *set,
		       struct error *err)
{
	enum base_arch native = base_arch_native();
	bool foreign = false;
	int result = 0;

	if (has_arch(set, native))
		result = print_list(out, set, native, err);
	for (unsigned arch = 0; result == 0 && arch < BASE_ARCH_COUNT; arch++) {
		if (arch == native || !has_arch(set, arch))
			continue;
		if (!foreign)
			fputs("# Firejail does not confine code of another "
			      "architecture; jail does, to:\n", out);
		foreign = true;
		result = print_list(out, set, arch, err);
	}
	if (result == 0 && !foreign)
		fputs(TEXT_BLOCK_SECONDARY "\n", out);
	return result;
}

static int print_all(FILE *out, const struct profiles_text *text,
		     struct error *err)
{
	cleanup_profiles_set struct profiles_set set = { 0 };

	if (complete(&text->set, &set) < 0)
		return base_error(err, ENOMEM, "out of memory");
	profiles_header_print(out, text);
	fputs("# Firejail allows execve, execveat and prctl as well.\n", out);
	print_caps(out, text);
	return print_lists(out, &set, err);
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
	cleanup_free char *bytes = NULL;
	cleanup_fclose FILE *memory = NULL;
	size_t length = 0;
	int result = profiles_check_calls(text, err);

	if (result < 0)
		return result;
	memory = open_memstream(&bytes, &length);
	if (!memory)
		return base_error(err, ENOMEM, "out of memory");
	result = print_all(memory, text, err);
	if (result < 0)
		return result;
	if (fflush(memory))
		return base_error(err, ENOMEM, "out of memory");
	if (fwrite(bytes, 1, length, out) != length)
		return base_error(err, errno, "cannot write: %s",
				  strerror(errno));
	return 0;
}
