/* SPDX-License-Identifier: MIT */
/* jail import: whitelists into the store. */
#include <string.h>

#include "cli/store.h"

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
