/* SPDX-License-Identifier: MIT */
/* jail export and jail import: whitelists as text, out of the store and into
 * it. */
#include <inttypes.h>
#include <string.h>

#include "cli/store.h"

/* ---- export ----------------------------------------------------------- */

struct export_options {
	struct cli_common common;
	const char *format;
};

static int print_text(const struct profiles_text *text, struct error *err)
{
	return profiles_print(stdout, text, err);
}

/* What scripts read: the whitelist as it is, one call a line. */
static int print_list(const struct profiles_text *text, struct error *err)
{
	int result = profiles_check_calls(text, err);
	char number[12];

	if (result < 0)
		return result;
	for (size_t i = 0; i < text->set.count; i++) {
		struct base_call call = text->set.calls[i];

		printf("%s %s %" PRIu32 "\n", base_arch_name(call.arch),
		       base_call_text(call, number, sizeof(number)),
		       call.number);
	}
	return 0;
}

static const struct format {
	const char *name;
	int (*print)(const struct profiles_text *text, struct error *err);
} formats[] = {
	{ "text", print_text },
	{ "list", print_list },
};

/* NAME is one that --format, a CLI_CHOICE, takes. */
static const struct format *find_format(const char *name)
{
	const struct format *format = &formats[0];

	while (name && strcmp(format->name, name) != 0)
		format++;
	return format;
}

static int run_export(void *data, char **operands)
{
	const struct export_options *options = data;
	const struct format *format = find_format(options->format);
	cleanup_profiles_text struct profiles_text text = { 0 };
	cleanup_db struct db *db = NULL;
	struct error err = { 0 };
	int result;

	result = cli_open(&options->common, DB_READ, &db);
	if (result < 0)
		return cli_store_status(result);
	result = cli_find_program(db, operands[0], &err);
	if (result == 0)
		result = db_export(db, operands[0], 0, &text, &err);
	if (result == 0)
		result = format->print(&text, &err);
	return cli_store_end(result, &err);
}

static const struct cli_option export_rows[] = {
	{.name = "format", .argument = "FORMAT", .kind = CLI_CHOICE,
	 .offset = offsetof(struct export_options, format),
	 .values = "text list",
	 .help = "text (if not given): a profile in Firejail's language. list: "
		 "one call a line, architecture, name and number, without the "
		 "calls that every program may make."},
	{.name = NULL},
};

static const struct cli_option *const export_tables[] = {
	export_rows, cli_db_option, NULL
};

const struct cli_command cli_export = {
	.name = "export",
	.operands = "NAME",
	.summary = "print the whitelist of a program as a profile",
	.description =
		"Prints the whitelist of NAME as a profile in Firejail's "
		"language, whose seccomp.keep line is complete. Firejail runs "
		"the program with it, and jail import reads it.",
	.options = export_tables,
	.size = sizeof(struct export_options),
	.run = run_export,
};

/* ---- import ----------------------------------------------------------- */

struct import_options {
	struct cli_common common;
	const char *name;
};

static int read_text(const char *path, struct profiles_text *text,
		     struct error *err)
{
	if (strcmp(path, "-") == 0)
		return profiles_parse(stdin, "standard input", text, err);
	return profiles_read(path, text, err);
}

/* The name that was asked for, else that in the header, else the file's. */
static int choose_name(const struct import_options *options, const char *path,
		       struct profiles_text *text, struct error *err)
{
	const char *wanted = options->name ? options->name : text->program;
	cleanup_free char *file = strdup(strcmp(path, "-") ? path : "");
	const char *name;
	char *suffix;
	int result;

	if (!file)
		return base_error(err, ENOMEM, "out of memory");
	suffix = strrchr(file, '.');
	if (suffix && strcmp(suffix, ".profile") == 0)
		*suffix = '\0';
	result = cli_profile_name(wanted, file, &name, err);
	if (result < 0)
		return result;
	suffix = strdup(name);
	free(text->program);
	text->program = suffix;
	return suffix ? 0 : base_error(err, ENOMEM, "out of memory");
}

static void report(const char *path, const struct profiles_text *text,
		   const struct db_imported *imported)
{
	const struct profiles_set *dropped = &imported->dropped;
	char name[256], word[64];

	base_printable(name, sizeof(name), text->program);
	printf("%s: %zu new call%s imported from a list of %zu\n", name,
	       imported->fresh, cli_plural(imported->fresh, "s"),
	       text->set.count);
	if (dropped->count)
		printf("%s: %zu call%s stay%s dropped:", name, dropped->count,
		       cli_plural(dropped->count, "s"),
		       dropped->count == 1 ? "s" : "");
	for (size_t i = 0; i < dropped->count; i++)
		printf(" %s", cli_call_word(word, sizeof(word),
					    dropped->calls[i]));
	if (dropped->count)
		puts("; 'jail add' puts them back");
	if (text->has_caps)
		fprintf(stderr, "jail: %s: the store keeps calls alone; the "
			"caps lines were not imported\n", path);
}

static int run_import(void *data, char **operands)
{
	const struct import_options *options = data;
	cleanup_profiles_text struct profiles_text text = { 0 };
	cleanup_db struct db *db = NULL;
	struct db_imported imported = { 0 };
	struct error err = { 0 };
	int result;

	if (read_text(operands[0], &text, &err) < 0 ||
	    choose_name(options, operands[0], &text, &err) < 0)
		return cli_fail(1, &err);
	if (!text.set.count) {
		base_error(&err, EINVAL, "%s keeps no call with seccomp.keep, "
			   "so there is nothing to import; 'jail export' "
			   "prints a profile that does", operands[0]);
		return cli_fail(1, &err);
	}
	result = cli_open(&options->common, DB_WRITE, &db);
	if (result < 0)
		return CLI_FAILED;
	result = db_import(db, &text, cli_author(), &imported, &err);
	if (result == 0 && !options->common.quiet)
		report(operands[0], &text, &imported);
	profiles_set_free(&imported.dropped);
	return cli_store_end(result, &err);
}

static const struct cli_option import_rows[] = {
	{.name = "name", .argument = "NAME", .kind = CLI_STRING,
	 .offset = offsetof(struct import_options, name),
	 .help = "The program that the calls are for; if not given, the one "
		 "that the file names, else the file's name without .profile."},
	{.name = NULL},
};

static const struct cli_option *const import_tables[] = {
	import_rows, cli_db_option, cli_quiet_option, NULL
};

const struct cli_command cli_import = {
	.name = "import",
	.operands = "FILE",
	.summary = "read a profile into the store",
	.description =
		"Adds the system calls of a profile as text, and the sessions "
		"that its header names, to the whitelist of a program. FILE "
		"may be - for the standard input. Sessions that the store "
		"knows count once, and calls that were dropped stay dropped.",
	.options = import_tables,
	.size = sizeof(struct import_options),
	.run = run_import,
};
