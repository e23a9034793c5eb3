/* SPDX-License-Identifier: MIT */
/*
 * store: what the commands that look at the store and edit it have in common.
 * Programs by name with a suggestion for a misspelt one, calls and times in
 * words.
 */
#include <string.h>
#include <time.h>

#include "cli/store.h"

int cli_store_status(int result)
{
	return result == -ENOENT || result == -E2BIG ? 1 : CLI_FAILED;
}

int cli_store_end(int result, const struct error *err)
{
	return result < 0 ? cli_fail(cli_store_status(result), err) : 0;
}

static int compare(void *data, const struct db_program *row)
{
	struct base_nearest *nearest = data;

	if (strcmp(nearest->word, row->name) == 0)
		return 1; /* found: no further rows */
	base_nearest(nearest, row->name);
	return 0;
}

int cli_find_program(struct db *db, const char *name, struct error *err)
{
	struct base_nearest nearest = { .word = name };
	int result = db_each_program(db, compare, &nearest, err);
	bool near = *nearest.name;

	if (result != 0)
		return result < 0 ? result : 0;
	return base_error(err, ENOENT, "'%s' is not in the store; %s%s%s", name,
			  near ? "did you mean '" : "'jail list' shows what is",
			  nearest.name, near ? "'?" : "");
}

char *cli_call_label(char *out, size_t size, struct base_call call)
{
	const char *name = base_call_name(call);
	const char *arch = base_arch_name(call.arch);

	if (name)
		snprintf(out, size, "%s (%u, %s)", name, call.number, arch);
	else
		snprintf(out, size, "%u (%s)", call.number, arch);
	return out;
}

char *cli_call_word(char *out, size_t size, struct base_call call)
{
	bool native = call.arch == base_arch_native();
	char number[12];

	snprintf(out, size, "%s%s%s", native ? "" : base_arch_name(call.arch),
		 native ? "" : ":",
		 base_call_text(call, number, sizeof(number)));
	return out;
}

char *cli_values_text(char *out, size_t size,
		      const struct profiles_denial *denial)
{
	const struct profiles_argument_rule *rule =
		profiles_argument_rule(denial->call);
	size_t used = 0;

	*out = '\0';
	for (unsigned i = 0; denial->has_arguments && i < rule->count &&
	     used < size; i++)
		used += (size_t)snprintf(
			out + used, size - used, "%s%s 0x%llx", i ? ", " : "",
			rule->label[i],
			(unsigned long long)(denial->arguments[rule->index[i]] &
					     rule->mask[i]));
	return out;
}

char *cli_short_time(char *out, size_t size, int64_t microseconds)
{
	time_t when = (time_t)(microseconds / 1000000);
	struct tm tm = { 0 };

	if (!microseconds || !localtime_r(&when, &tm) ||
	    !strftime(out, size, "%Y-%m-%d %H:%M", &tm))
		snprintf(out, size, "-");
	return out;
}

enum base_arch cli_arch(const char *name)
{
	return name ? (enum base_arch)base_arch_parse(name) :
		      base_arch_native();
}
