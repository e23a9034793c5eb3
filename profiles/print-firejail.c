/* SPDX-License-Identifier: MIT */
/*
 * A profile that Firejail runs: one line for the calls of an architecture.
 *
 * Firejail has no list that works for a second architecture (seccomp.32.keep
 * changes nothing), so calls of others follow the word #jail, and without them
 * seccomp.block-secondary keeps such code out there as it does here.
 */
#include <string.h>

#include "profiles/text.h"

/* One line with the calls of ARCH: by name, or where that is too long for
 * Firejail by number. */
static int print_list(FILE *out, const struct profiles_set *set,
		      enum base_arch arch, struct error *err)
{
	bool native = arch == base_arch_native();

	for (int names = 1; names >= 0; names--) {
		cleanup_free char *line = NULL;
		size_t length = 0;
		cleanup_fclose FILE *memory = NULL;

		memory = base_memstream(&line, &length);
		if (!memory)
			return base_error(err, ENOMEM, "out of memory");
		if (native)
			fputs(TEXT_KEEP " ", memory);
		else
			fprintf(memory, TEXT_JAIL_PREFIX TEXT_KEEP ".%s ",
				base_arch_name(arch));
		profiles_list_print(memory, set, arch, names);
		if (fflush(memory) || ferror(memory))
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

static int print_lists(FILE *out, const struct profiles_set *set,
		       struct error *err)
{
	enum base_arch native = base_arch_native();
	bool foreign = false;
	int result = 0;

	if (print_has_arch(set, native))
		result = print_list(out, set, native, err);
	for (unsigned arch = 0; result == 0 && arch < BASE_ARCH_COUNT; arch++) {
		if (arch == native || !print_has_arch(set, arch))
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

static int print_all(FILE *out, const void *data, struct error *err)
{
	const struct profiles_text *text = data;
	cleanup_profiles_set struct profiles_set set = { 0 };

	if (print_complete(&text->set, &set) < 0)
		return base_error(err, ENOMEM, "out of memory");
	profiles_header_firejail(out, text);
	fputs("# Firejail allows execve, execveat and prctl as well.\n", out);
	print_caps(out, text);
	return print_lists(out, &set, err);
}

int profiles_print_firejail(FILE *out, const struct profiles_text *text,
			    struct error *err)
{
	int result = profiles_check_calls(text, err);

	return result < 0 ? result :
			    base_print_whole(out, print_all, text, err);
}
