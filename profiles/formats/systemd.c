/* SPDX-License-Identifier: MIT */
/*
 * A drop-in of a service, NAME.service.d/50-jail.conf (systemd.exec(5)). Lists
 * of drop-ins add up, so an empty one comes first. Names are resolved by
 * libseccomp, and one that it does not know is passed over with a message.
 * Those of @default are allowed always. An errno of a call's own is written as
 * though the call were taken off the list again: `~ptrace:EPERM`.
 */
#include <string.h>
#include <sys/socket.h>

#include "profiles/formats/formats.h"

static const struct formats_consumer manager = {
	.format = "systemd",
	.who = "systemd",
	.names = &formats_names_libseccomp,
	.can = FORMATS_ANSWERS | FORMATS_ARCHES | FORMATS_LATER,
	.own = formats_own_exec,
};

#define FILTER "SystemCallFilter="

static const struct formats_family families[] = {
	{ AF_UNIX, "AF_UNIX" }, { AF_INET, "AF_INET" },
	{ AF_INET6, "AF_INET6" }, { AF_NETLINK, "AF_NETLINK" },
	{ AF_PACKET, "AF_PACKET" }, { AF_BLUETOOTH, "AF_BLUETOOTH" },
	{ AF_ALG, "AF_ALG" }, { AF_VSOCK, "AF_VSOCK" },
	{ AF_CAN, "AF_CAN" }, { AF_TIPC, "AF_TIPC" }, { AF_KEY, "AF_KEY" },
	{ 0, NULL },
};

/* Then clone3 is answered ENOSYS there, and the C library calls clone. */
static bool no_namespaces(const struct formats_entries *entries)
{
	return entries->rules->arguments &&
	       formats_values_no_namespaces(entries);
}

static void print_allowed(FILE *out, const struct formats_entries *entries)
{
	struct formats_lines lines = { .out = out, .start = FILTER };

	fputs(FILTER "\n", out);
	for (size_t i = 0; i < entries->count; i++)
		if (!entries->items[i].answer)
			formats_lines_add(&lines, entries->items[i].name);
	if (no_namespaces(entries) &&
	    formats_entries_named(entries, "clone3") &&
	    !formats_entries_named(entries, "clone"))
		formats_lines_add(&lines, "clone");
	formats_lines_end(&lines);
}

static void print_answers(FILE *out, const struct formats_entries *entries)
{
	struct formats_lines lines = { .out = out, .start = FILTER "~" };
	char word[96], number[BASE_ERRNO_TEXT];

	for (size_t i = 0; i < entries->count; i++) {
		const struct formats_entry *entry = &entries->items[i];

		if (!entry->answer)
			continue;
		snprintf(word, sizeof(word), "%s:%s", entry->name,
			 base_errno_text(entry->answer, number));
		formats_lines_add(&lines, word);
	}
	formats_lines_end(&lines);
}

/* What is not listed passes, and is logged. */
static void print_logged(FILE *out, const struct formats_entries *entries)
{
	struct formats_lines lines = { .out = out, .start = "SystemCallLog=~" };

	fputs("SystemCallLog=\n", out);
	for (size_t i = 0; i < entries->count; i++)
		if (!entries->items[i].answer)
			formats_lines_add(&lines, entries->items[i].name);
	formats_lines_end(&lines);
}

/* Settings that carry what was seen of arguments. */
static void print_restrictions(FILE *out,
			       const struct formats_entries *entries)
{
	if (!entries->rules->arguments)
		return;
	formats_values_families(out, entries, families,
				"RestrictAddressFamilies=\n"
				"RestrictAddressFamilies=", " ", "none");
	if (formats_values_no_new_code(entries))
		fputs("MemoryDenyWriteExecute=yes\n", out);
	if (no_namespaces(entries))
		fputs("RestrictNamespaces=yes\n", out);
}

static int print(FILE *out, const void *data, struct error *err)
{
	const struct formats_entries *entries = data;
	int answer = entries->rules->answer;
	char number[BASE_ERRNO_TEXT];

	(void)err;
	formats_header(out, "#", entries);
	fprintf(out, "[Service]\nNoNewPrivileges=yes\n"
		"SystemCallArchitectures=native%s\n",
		entries->i386 ? " x86" : "");
	if (answer == -2) {
		print_logged(out, entries);
	} else {
		print_allowed(out, entries);
		print_answers(out, entries);
	}
	if (answer > 0)
		fprintf(out, "SystemCallErrorNumber=%s\n",
			base_errno_text(answer, number));
	print_restrictions(out, entries);
	return 0;
}

/* What is allowed always and was not listed. */
struct implied {
	const struct formats_entries *entries;
	struct formats_words words;
};

static void add_implied(void *data, struct base_call call)
{
	struct implied *implied = data;

	if (formats_name(manager.names, call) &&
	    !formats_entries_find(implied->entries, call))
		formats_words_call(&implied->words, call);
}

static int note_implied(const struct formats_entries *entries)
{
	struct implied implied = { entries, { "", 0, 0 } };

	if (entries->rules->answer == -2)
		return 0;
	base_group_expand("@systemd-default", base_arch_native(), add_implied,
			  &implied, NULL);
	return formats_words_note(entries->notes, PROFILES_WIDENED,
				  &implied.words,
				  "of @default, which systemd always allows");
}

int formats_systemd_print(FILE *out, const struct profiles_rules *rules,
			  struct profiles_notes *notes, struct error *err)
{
	cleanup_entries struct formats_entries entries = { 0 };
	int result = formats_entries_make(rules, &manager, notes, &entries,
					  err);

	if (result == 0 && note_implied(&entries) < 0)
		result = base_error(err, ENOMEM, "out of memory");
	return result < 0 ? result :
			    base_print_whole(out, print, &entries, err);
}
