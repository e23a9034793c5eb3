/* SPDX-License-Identifier: MIT */
/*
 * A profile that Firejail 0.9.72 runs: profiles_print_firejail(), and what else
 * it can be told by directives. It answers EPERM where nothing else is said,
 * which the C library does not fall back from.
 */
#include <string.h>
#include <sys/socket.h>

#include "profiles/formats/formats.h"

/* The names that it knows are profiles_list_print()'s. */
static const struct formats_consumer firejail = {
	.format = "firejail",
	.who = "Firejail",
	.can = FORMATS_NUMBERS | FORMATS_OPEN,
};

static void print_answer(FILE *out, int answer)
{
	char number[BASE_ERRNO_TEXT];

	fputs("seccomp-error-action ", out);
	if (answer == -1)
		fputs("kill\n", out);
	else if (answer == -2)
		fputs("log\n", out);
	else
		fprintf(out, "%s\n", base_errno_text(answer, number));
}

static const struct formats_family families[] = {
	{ AF_UNIX, "unix" }, { AF_INET, "inet" }, { AF_INET6, "inet6" },
	{ AF_NETLINK, "netlink" }, { AF_PACKET, "packet" },
	{ AF_BLUETOOTH, "bluetooth" }, { 0, NULL },
};

/* Directives that carry what was seen of arguments. memory-deny-write-execute
 * refuses memfd_create, too. */
static void print_restrictions(FILE *out,
			       const struct formats_entries *entries)
{
	if (!entries->rules->arguments)
		return;
	formats_values_families(out, entries, families, "protocol ", ",", NULL);
	if (formats_values_no_new_code(entries) &&
	    !formats_entries_named(entries, "memfd_create"))
		fputs("memory-deny-write-execute\n", out);
}

static void print_notes(FILE *out, const struct profiles_notes *notes)
{
	for (size_t i = 0; i < notes->count; i++)
		fprintf(out, "# %s: %s\n",
			profiles_note_word(notes->items[i].kind),
			notes->items[i].sentence);
}

/* execve, execveat and prctl stay open, whatever the list says. */
static int note_open(const struct formats_entries *entries)
{
	static const char *const names[] = { "execve", "execveat", "prctl" };
	struct formats_words words = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!formats_entries_named(entries, names[i]))
			formats_words_add(&words, names[i]);
	return formats_words_note(entries->notes, PROFILES_WIDENED, &words,
				  "Firejail always allows them");
}

/* Without a line for the machine's own calls Firejail would confine nothing. */
static int check_native(const struct profiles_text *text, struct error *err)
{
	for (size_t i = 0; i < text->set.count; i++)
		if (text->set.calls[i].arch == (uint32_t)base_arch_native())
			return 0;
	return base_error(err, ENOENT, "no call of %s is on the whitelist of "
			  "%s, and Firejail confines those alone; train it "
			  "with 'jail learn'",
			  base_arch_name(base_arch_native()),
			  text->program ? text->program : "this program");
}

static int write_all(FILE *out, const struct formats_entries *entries,
		     struct error *err)
{
	int result = profiles_print_firejail(out, entries->rules->text, err);

	if (result < 0)
		return result;
	print_answer(out, entries->rules->answer);
	print_restrictions(out, entries);
	print_notes(out, entries->notes);
	if (ferror(out))
		return base_error(err, errno, "cannot write: %s",
				  strerror(errno));
	return 0;
}

int formats_firejail_print(FILE *out, const struct profiles_rules *rules,
			   struct profiles_notes *notes, struct error *err)
{
	cleanup_entries struct formats_entries entries = { 0 };
	int result = formats_entries_make(rules, &firejail, notes, &entries,
					  err);

	if (result == 0)
		result = check_native(rules->text, err);
	if (result == 0 && note_open(&entries) < 0)
		result = base_error(err, ENOMEM, "out of memory");
	return result < 0 ? result : write_all(out, &entries, err);
}
