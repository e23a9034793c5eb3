/* SPDX-License-Identifier: MIT */
/*
 * A policy of minijail, in what both of its parsers read: one call a line, `1`
 * or conditions, and no parentheses. A name that it does not know is an error
 * for the whole file, so such a call is lost. What is not listed is killed, and
 * nothing in a policy changes that; so with another answer all calls that it
 * has a name for are listed, with that one. Comparisons are of 64 bits.
 */
#include <inttypes.h>
#include <string.h>

#include "profiles/formats/formats.h"

static const struct formats_consumer minijail = {
	.format = "minijail",
	.who = "minijail0",
	.names = &formats_names_headers,
	.can = FORMATS_VALUES | FORMATS_ANSWERS,
	.own = formats_own_exec,
};

static void print_values(FILE *out, const struct formats_values *values)
{
	for (size_t i = 0; i < values->count; i++) {
		fputs(i ? " || " : "", out);
		for (unsigned n = 0; n < values->rule->count; n++)
			fprintf(out, "%sarg%u == %#" PRIx64, n ? " && " : "",
				values->rule->index[n], values->items[i][n]);
	}
}

static void print_entry(FILE *out, const struct formats_entry *entry,
			int answer)
{
	fprintf(out, "%s: ", entry->name);
	if (entry->answer) {
		fprintf(out, "return %d\n", entry->answer);
		return;
	}
	if (!entry->values.count) {
		fputs("1\n", out);
		return;
	}
	print_values(out, &entry->values);
	if (answer > 0)
		fprintf(out, "; return %d", answer);
	fputc('\n', out);
}

/* All others that it has a name for. */
static void print_others(FILE *out, const struct formats_entries *entries)
{
	struct base_call call = { base_arch_native(), 0 };

	fprintf(out, "# what is not listed; minijail itself would kill\n");
	for (; call.number <= base_call_highest(call.arch); call.number++) {
		const char *name = formats_name(minijail.names, call);

		if (name && !formats_entries_find(entries, call))
			fprintf(out, "%s: return %d\n", name,
				entries->rules->answer);
	}
}

static int print(FILE *out, const void *data, struct error *err)
{
	const struct formats_entries *entries = data;

	(void)err;
	formats_header(out, "#", entries);
	for (size_t i = 0; i < entries->count; i++)
		print_entry(out, &entries->items[i], entries->rules->answer);
	if (entries->rules->answer > 0)
		print_others(out, entries);
	return 0;
}

static int note_answer(const struct formats_entries *entries)
{
	int answer = entries->rules->answer;

	if (answer == -2)
		return profiles_note(entries->notes, PROFILES_REMARK,
				     "a policy cannot say that the rest is "
				     "logged and passes: 'minijail0 -L' does");
	if (answer > 0)
		return profiles_note(entries->notes, PROFILES_REMARK,
				     "what is not listed is answered by a line "
				     "each, and killed where minijail has no "
				     "name for it");
	return 0;
}

int formats_minijail_print(FILE *out, const struct profiles_rules *rules,
			   struct profiles_notes *notes, struct error *err)
{
	cleanup_entries struct formats_entries entries = { 0 };
	int result = formats_entries_make(rules, &minijail, notes, &entries,
					  err);

	if (result == 0 && note_answer(&entries) < 0)
		result = base_error(err, ENOMEM, "out of memory");
	return result < 0 ? result :
			    base_print_whole(out, print, &entries, err);
}
