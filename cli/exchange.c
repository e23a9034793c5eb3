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
	char number[12];

	if (!text->set.count)
		return base_error(err, ENOENT, "there is no call on the "
				  "whitelist of %s; train it with 'jail learn'",
				  text->program);
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

static const struct format *find_format(const char *name)
{
	if (!name)
		return &formats[0];
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}

static int run_export(void *data, char **operands)
{
	const struct export_options *options = data;
	const struct format *format = find_format(options->format);
	cleanup_profiles_text struct profiles_text text = { 0 };
	cleanup_db struct db *db = NULL;
	struct error err = { 0 };
	int result;

	if (!format)
		return cli_usage(&cli_export, "there is no format '%s'; they "
				 "are text and list", options->format);
	result = cli_open(&options->common, DB_READ, &db);
	if (result < 0)
		return cli_store_status(result);
	result = cli_find_program(db, operands[0], &err);
	if (result == 0)
		result = db_export(db, operands[0], &text, &err);
	if (result == 0)
		result = format->print(&text, &err);
	return result < 0 ? cli_fail(1, &err) : 0;
}

static const struct cli_option export_rows[] = {
	{.name = "format", .argument = "FORMAT", .kind = CLI_STRING,
	 .offset = offsetof(struct export_options, format),
	 .values = "text list",
	 .help = "text (if not given): a profile in Firejail's language. list: "
		 "one call a line, architecture, name and number, without the "
		 "calls that every program may make."},
	{.name = NULL},
};

static const struct cli_option *const export_tables[] = {
	export_rows, cli_common_options, NULL
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
	cleanup_fclose FILE *file = NULL;

	if (strcmp(path, "-") == 0)
		return profiles_parse(stdin, "standard input", text, err);
	file = fopen(path, "re");
	if (!file)
		return base_error(err, errno, "cannot open %s: %s", path,
				  strerror(errno));
	return profiles_parse(file, path, text, err);
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

/* Imports, and says how many calls of the whitelist are new. */
static int import(struct db *db, const struct profiles_text *text,
		  size_t *fresh, struct error *err)
{
	cleanup_profiles_set struct profiles_set before = { 0 }, after = { 0 };
	int result = db_whitelist(db, text->program, &before, err);

	if (result < 0 && result != -ENOENT)
		return result;
	result = db_import(db, text, cli_author(), err);
	if (result == 0)
		result = db_whitelist(db, text->program, &after, err);
	*fresh = after.count - before.count;
	return result;
}

static void report(const char *path, const struct profiles_text *text,
		   size_t fresh)
{
	char name[256];

	printf("%s: %zu calls imported, %zu of them new\n",
	       base_printable(name, sizeof(name), text->program),
	       text->set.count, fresh);
	if (text->has_caps)
		fprintf(stderr, "jail: %s: the store keeps calls alone; the "
			"caps lines were not imported\n", path);
}

static int run_import(void *data, char **operands)
{
	const struct import_options *options = data;
	cleanup_profiles_text struct profiles_text text = { 0 };
	cleanup_db struct db *db = NULL;
	struct error err = { 0 };
	size_t fresh = 0;
	int result;

	if (read_text(operands[0], &text, &err) < 0 ||
	    choose_name(options, operands[0], &text, &err) < 0)
		return cli_fail(1, &err);
	if (!text.set.count) {
		base_error(&err, EINVAL, "%s keeps no call with seccomp.keep, "
			   "so there is nothing to import", operands[0]);
		return cli_fail(1, &err);
	}
	result = cli_open(&options->common, DB_WRITE, &db);
	if (result < 0)
		return cli_store_status(result);
	if (import(db, &text, &fresh, &err) < 0)
		return cli_fail(1, &err);
	if (!options->common.quiet)
		report(operands[0], &text, fresh);
	return 0;
}

static const struct cli_option import_rows[] = {
	{.name = "name", .argument = "NAME", .kind = CLI_STRING,
	 .offset = offsetof(struct import_options, name),
	 .help = "The program that the calls are for; if not given, the one "
		 "that the file names, else the file's name without .profile."},
	{.name = NULL},
};

static const struct cli_option *const import_tables[] = {
	import_rows, cli_common_options, NULL
};

const struct cli_command cli_import = {
	.name = "import",
	.operands = "FILE",
	.summary = "read a profile into the store",
	.description =
		"Adds the system calls of a profile as text, and the sessions "
		"that its header names, to the whitelist of a program. FILE "
		"may be - for the standard input. Sessions that the store "
		"knows count once.",
	.options = import_tables,
	.size = sizeof(struct import_options),
	.run = run_import,
};
