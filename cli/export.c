/* SPDX-License-Identifier: MIT */
/* jail export: whitelists out of the store, in its own forms and in those of
 * other tools. */
#include <inttypes.h>
#include <string.h>

#include "cli/store.h"

struct export_options {
	struct cli_common common;
	const char *format;
};

static int print_text(const struct profiles_text *text, struct error *err)
{
	return profiles_print(stdout, text, err);
}

static int print_firejail(const struct profiles_text *text, struct error *err)
{
	return profiles_print_firejail(stdout, text, err);
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
	{ "firejail", print_firejail },
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
	 .values = "text list firejail",
	 .help = "text (if not given): a profile, one fact a line. list: one "
		 "call a line, architecture, name and number, without the "
		 "calls that every program may make. firejail: a profile that "
		 "Firejail runs."},
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
		"Prints the whitelist of NAME as a profile, one fact a line, "
		"so that two of them can be merged. jail enforce runs the "
		"program with it, and jail import reads it.",
	.options = export_tables,
	.size = sizeof(struct export_options),
	.run = run_export,
};
