/* SPDX-License-Identifier: MIT */
/*
 * The object linux.seccomp of the runtime specification, which stands alone for
 * `podman run --security-opt seccomp=FILE`. What runtimes do with it: a name
 * that they do not know is passed over; `architectures` that are not listed end
 * the process, while `archMap` counts for Docker and Podman alone; of one rule
 * all conditions have to hold, but not where two are on one argument, so values
 * are a rule each; comparisons are of 64 bits, so arguments of the C type int
 * are compared under a mask.
 */
#include <inttypes.h>
#include <string.h>

#include "profiles/formats/formats.h"

static const struct formats_consumer runtimes = {
	.format = "oci",
	.who = "runc and crun",
	.names = &formats_names_libseccomp,
	.can = FORMATS_VALUES | FORMATS_MASKS | FORMATS_ANSWERS |
	       FORMATS_ARCHES | FORMATS_LATER,
	.own = formats_own_oci,
};

static void print_action(FILE *out, int answer, const char *errno_key)
{
	if (answer == -1)
		fputs("\"SCMP_ACT_KILL_PROCESS\"", out);
	else if (answer == -2)
		fputs("\"SCMP_ACT_LOG\"", out);
	else
		fprintf(out, "\"SCMP_ACT_ERRNO\", \"%s\": %d", errno_key,
			answer);
}

static void print_archs(FILE *out, const struct formats_entries *entries)
{
	static const char *const names[] = {
		[BASE_ARCH_AARCH64] = "AARCH64", [BASE_ARCH_I386] = "X86",
		[BASE_ARCH_X32] = "X32", [BASE_ARCH_X86_64] = "X86_64",
	};

	fprintf(out, "  \"architectures\": [\"SCMP_ARCH_%s\"",
		names[base_arch_native()]);
	if (entries->i386)
		fprintf(out, ", \"SCMP_ARCH_%s\"", names[BASE_ARCH_I386]);
	fputs("],\n", out);
}

/* The rest of a rule for the entries from *I on that are answered alike. */
static void print_names(FILE *out, const struct formats_entries *entries,
			size_t from, size_t to)
{
	bool first = true;

	fputs("\"names\": [", out);
	for (size_t i = from; i < to; i++) {
		if (entries->items[i].values.count)
			continue;
		fprintf(out, "%s\n      \"%s\"", first ? "" : ",",
			entries->items[i].name);
		first = false;
	}
	fputs("\n    ]}", out);
}

static void print_values(FILE *out, const struct formats_entry *entry,
			 const uint64_t value[3])
{
	const struct formats_values *values = &entry->values;

	fprintf(out, "    {\"action\": \"SCMP_ACT_ALLOW\", \"names\": "
		"[\"%s\"], \"args\": [", entry->name);
	for (unsigned i = 0; i < values->rule->count; i++) {
		if (i)
			fputs(",", out);
		fprintf(out, "\n      {\"index\": %u, ",
			values->rule->index[i]);
		if (values->masks[i] == UINT64_MAX)
			fprintf(out, "\"value\": %" PRIu64
				", \"op\": \"SCMP_CMP_EQ\"}", value[i]);
		else
			fprintf(out, "\"value\": %" PRIu64
				", \"valueTwo\": %" PRIu64
				", \"op\": \"SCMP_CMP_MASKED_EQ\"}",
				values->masks[i], value[i]);
	}
	fputs("]}", out);
}

static size_t end_of_answer(const struct formats_entries *entries, size_t from)
{
	size_t to = from;

	while (to < entries->count &&
	       entries->items[to].answer == entries->items[from].answer)
		to++;
	return to;
}

static int print(FILE *out, const void *data, struct error *err)
{
	const struct formats_entries *entries = data;
	size_t allowed = end_of_answer(entries, 0);

	(void)err;
	fputs("{\n  \"defaultAction\": ", out);
	print_action(out, entries->rules->answer, "defaultErrnoRet");
	fputs(",\n", out);
	print_archs(out, entries);
	fputs("  \"syscalls\": [\n    {\"action\": \"SCMP_ACT_ALLOW\", ", out);
	print_names(out, entries, 0, allowed);
	for (size_t i = 0; i < allowed; i++)
		for (size_t n = 0; n < entries->items[i].values.count; n++) {
			fputs(",\n", out);
			print_values(out, &entries->items[i],
				     entries->items[i].values.items[n]);
		}
	for (size_t i = allowed; i < entries->count;) {
		size_t to = end_of_answer(entries, i);

		fputs(",\n    {\"action\": ", out);
		print_action(out, entries->items[i].answer, "errnoRet");
		fputs(", ", out);
		print_names(out, entries, i, to);
		i = to;
	}
	fputs("\n  ]\n}\n", out);
	return 0;
}

int formats_oci_print(FILE *out, const struct profiles_rules *rules,
		      struct profiles_notes *notes, struct error *err)
{
	cleanup_entries struct formats_entries entries = { 0 };
	int result = formats_entries_make(rules, &runtimes, notes, &entries,
					  err);

	return result < 0 ? result :
			    base_print_whole(out, print, &entries, err);
}
