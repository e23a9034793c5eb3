/* SPDX-License-Identifier: MIT */
/*
 * Kafel, the language of nsjail. Its names are those of the kernel's entry
 * points; what its table may not have stands as SYSCALL[n], which takes any
 * number. Statements and items are separated by commas, and one too many is an
 * error. The first statement that names a call decides; arguments of the C type
 * int are compared by their lower half.
 */
#include <inttypes.h>
#include <string.h>

#include "profiles/formats/formats.h"

static const struct formats_consumer kafel = {
	.format = "kafel",
	.who = "nsjail",
	.names = &formats_names_kafel,
	.can = FORMATS_VALUES | FORMATS_MASKS | FORMATS_NUMBERS |
	       FORMATS_ANSWERS,
	.own = formats_own_exec,
};

/* What it calls the arguments that are compared, in the order of their rule:
 * the kernel's prototypes. */
static const struct {
	const char *name;
	const char *arguments[3];
} prototypes[] = {
	{ "clone", { "clone_flags", NULL, NULL } },
	{ "fcntl", { "cmd", NULL, NULL } },
	{ "ioctl", { "cmd", NULL, NULL } },
	{ "mmap", { "prot", NULL, NULL } },
	{ "mprotect", { "prot", NULL, NULL } },
	{ "personality", { "personality", NULL, NULL } },
	{ "prctl", { "option", NULL, NULL } },
	{ "socket", { "family", "type", "protocol" } },
	{ "socketpair", { "family", "type", "protocol" } },
	{ "unshare", { "unshare_flags", NULL, NULL } },
};

static const char *const *arguments_of(const struct formats_entry *entry)
{
	for (size_t i = 0; entry->name && i < ARRAY_SIZE(prototypes); i++)
		if (strcmp(prototypes[i].name, entry->name) == 0)
			return prototypes[i].arguments;
	return NULL;
}

static void print_value(FILE *out, const struct formats_values *values,
			const char *const *arguments, const uint64_t value[3])
{
	for (unsigned i = 0; i < values->rule->count; i++) {
		fputs(i ? " && " : "", out);
		if (values->masks[i] == UINT64_MAX ||
		    values->masks[i] == UINT32_MAX)
			fprintf(out, "%s == %#" PRIx64, arguments[i],
				value[i]);
		else
			fprintf(out, "(%s & %#" PRIx64 ") == %#" PRIx64,
				arguments[i], values->masks[i], value[i]);
	}
}

static void print_values(FILE *out, const struct formats_entry *entry)
{
	const char *const *arguments = arguments_of(entry);
	const struct formats_values *values = &entry->values;

	if (!values->count || !arguments)
		return;
	fputs(" {", out);
	for (size_t i = 0; i < values->count; i++) {
		fputs(i ? " ||\n      (" : "\n      (", out);
		print_value(out, values, arguments, values->items[i]);
		fputs(")", out);
	}
	fputs(" }", out);
}

static void print_entry(FILE *out, const struct formats_entry *entry)
{
	const char *name = base_call_name(entry->call);

	if (entry->name)
		fprintf(out, "    %s", entry->name);
	else if (name)
		fprintf(out, "    SYSCALL[%" PRIu32 "] /* %s */",
			entry->call.number, name);
	else
		fprintf(out, "    SYSCALL[%" PRIu32 "]", entry->call.number);
	print_values(out, entry);
}

/* A statement for those that are answered alike, from FROM on; returns the
 * first that is not. */
static size_t print_statement(FILE *out, const struct formats_entries *entries,
			      size_t from)
{
	int answer = entries->items[from].answer;
	size_t i = from;

	if (answer)
		fprintf(out, "  ERRNO(%d) {\n", answer);
	else
		fputs("  ALLOW {\n", out);
	for (; i < entries->count && entries->items[i].answer == answer; i++) {
		fputs(i > from ? ",\n" : "", out);
		print_entry(out, &entries->items[i]);
	}
	fprintf(out, "\n  }%s\n", i < entries->count ? "," : "");
	return i;
}

static int print(FILE *out, const void *data, struct error *err)
{
	const struct formats_entries *entries = data;
	int answer = entries->rules->answer;
	size_t i = 0;

	(void)err;
	formats_header(out, "//", entries);
	fputs("POLICY learned {\n", out);
	while (i < entries->count)
		i = print_statement(out, entries, i);
	fputs("}\nUSE learned\n", out);
	if (answer == -1)
		fputs("DEFAULT KILL_PROCESS\n", out);
	else if (answer == -2)
		fputs("DEFAULT LOG\n", out);
	else
		fprintf(out, "DEFAULT ERRNO(%d)\n", answer);
	return 0;
}

/* It has no names for the arguments of what stands by number. */
static int note_numbers(struct formats_entries *entries)
{
	struct formats_words words = { 0 };

	for (size_t i = 0; i < entries->count; i++) {
		struct formats_entry *entry = &entries->items[i];

		if (!entry->values.count || arguments_of(entry))
			continue;
		formats_words_call(&words, entry->call);
		entry->values.count = 0;
	}
	return formats_words_note(entries->notes, PROFILES_WIDENED, &words,
				  "allowed with any arguments, for those of "
				  "calls by number have no names");
}

int formats_kafel_print(FILE *out, const struct profiles_rules *rules,
			struct profiles_notes *notes, struct error *err)
{
	cleanup_entries struct formats_entries entries = { 0 };
	int result = formats_entries_make(rules, &kafel, notes, &entries, err);

	if (result == 0 && note_numbers(&entries) < 0)
		result = base_error(err, ENOMEM, "out of memory");
	return result < 0 ? result :
			    base_print_whole(out, print, &entries, err);
}
