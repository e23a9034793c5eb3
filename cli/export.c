/* SPDX-License-Identifier: MIT */
/*
 * jail export: whitelists out of the store, in its own forms and in those of
 * other tools. What a form cannot carry is said on stderr; where that would
 * break the program the exit status is 1, although it was printed.
 */
#include <string.h>

#include "cli/export.h"
#include "cli/store.h"
#include "cli/whitelist.h"

struct export_options {
	struct cli_common common;
	const char *format;
	const char *deny;
	uint64_t min_hosts;
	bool arguments;
	bool lossy;
	bool all;
};

/* ---- the answer to what is not listed ---------------------------------- */

/* As profiles_rules has it. */
static int parse_answer(const char *text, int *answer, struct error *err)
{
	*answer = ENOSYS;
	if (!text)
		return 0;
	if (strcmp(text, "kill") == 0)
		*answer = -1;
	else if (strcmp(text, "log") == 0)
		*answer = -2;
	else if (strcmp(text, "errno") == 0)
		*answer = EPERM;
	else
		*answer = strncmp(text, "errno=", 6) == 0 ?
				  base_errno_parse(text + 6) : 0;
	if (*answer)
		return 0;
	return base_error(err, EINVAL, "--deny=%s is none of kill, errno, "
			  "errno=NAME, log", text);
}

/* ---- what is exported -------------------------------------------------- */

static void free_exported(struct cli_exported *exported)
{
	profiles_text_free(&exported->text);
	profiles_notes_free(&exported->notes);
	enforce_plan_free(&exported->plan);
}
#define cleanup_exported __attribute__((cleanup(free_exported)))

static int take_arguments(struct cli_exported *exported, struct error *err)
{
	exported->arguments = true;
	exported->rules.arguments = exported->plan.arguments;
	exported->rules.argument_count = exported->plan.argument_count;
	if (exported->plan.argument_count)
		return 0;
	if (profiles_note(&exported->notes, PROFILES_WIDENED, "no values of "
			  "arguments were recorded, so that none are "
			  "compared") < 0)
		return base_error(err, ENOMEM, "out of memory");
	return 0;
}

static int read_store(struct db *db, const struct export_options *options,
		      struct cli_exported *exported, struct error *err)
{
	int result = cli_find_program(db, exported->program, err);

	if (result == 0)
		result = db_export(db, exported->program,
				   (unsigned)options->min_hosts,
				   &exported->text, err);
	if (result == 0)
		result = cli_whitelist_arguments(&exported->plan, db,
						 exported->program, err);
	if (result < 0)
		return result;
	if (options->min_hosts > 1 && !exported->text.set.count)
		return base_error(err, ENOENT, "no call of %s was seen by "
				  "sessions of %u hosts; 'jail show' says how "
				  "many there are", exported->program,
				  (unsigned)options->min_hosts);
	exported->rules.text = &exported->text;
	return options->arguments ? take_arguments(exported, err) : 0;
}

static int print_bundle(struct db *db, const char *program, struct error *err)
{
	cleanup_profiles_bundle struct profiles_bundle bundle = { 0 };
	int result = db_bundle(db, program, &bundle, err);

	return result < 0 ? result :
			    profiles_bundle_print(stdout, &bundle, err);
}

/* For other tools: jail's own forms carry all. */
static bool is_foreign(const struct profiles_format *format)
{
	static const char *const own[] = { "text", "list", "json" };

	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		if (strcmp(format->name, own[i]) == 0)
			return false;
	return true;
}

static int print(struct cli_exported *exported,
		 const struct profiles_format *format, struct error *err)
{
	int result = 0;

	if (!format->print)
		return cli_export_bpf(exported, stdout, err);
	if (is_foreign(format))
		result = cli_export_dangerous(exported, err);
	return result < 0 ? result :
			    format->print(stdout, &exported->rules,
					  &exported->notes, err);
}

/* ---- what it could not carry ------------------------------------------- */

static int say_notes(const struct cli_exported *exported,
		     const struct export_options *options)
{
	const struct profiles_notes *notes = &exported->notes;
	bool lost = false;
	char name[256];

	base_printable(name, sizeof(name), exported->program);
	for (size_t i = 0; i < notes->count; i++) {
		const struct profiles_note *note = &notes->items[i];

		if (note->kind != PROFILES_LOST && options->common.quiet)
			continue;
		fprintf(stderr, "jail: %s: %s: %s\n", name,
			profiles_note_word(note->kind), note->sentence);
		lost |= note->kind == PROFILES_LOST;
	}
	if (!lost || options->lossy)
		return 0;
	fprintf(stderr, "jail: %s was exported with calls lost, and may fail "
		"where it is used; --lossy says that this is meant\n", name);
	return 1;
}

static int export_one(struct db *db, const struct export_options *options,
		      const struct profiles_format *format,
		      struct cli_exported *exported)
{
	struct error err = { 0 };
	int result = read_store(db, options, exported, &err);

	if (result == 0 && strcmp(format->name, "json") == 0)
		result = print_bundle(db, exported->program, &err);
	else if (result == 0)
		result = print(exported, format, &err);
	if (result == -EINVAL)
		return cli_fail(1, &err);
	if (result == 0 && cli_finish(0, 1))
		return 1;
	return result < 0 ? cli_store_end(result, &err) :
			    say_notes(exported, options);
}

static int export_all(struct db *db)
{
	struct error err = { 0 };

	return cli_store_end(print_bundle(db, NULL, &err), &err);
}

/* ---- the command ------------------------------------------------------- */

/* What is given together and means nothing. */
static int check(const struct export_options *options,
		 const struct profiles_format *format, struct error *err)
{
	bool rules = is_foreign(format);

	if (options->all && strcmp(format->name, "json") != 0)
		return base_error(err, EINVAL, "--all exports what was "
				  "recorded of every program, which "
				  "--format=json alone holds");
	if ((options->deny || options->arguments) && !rules)
		return base_error(err, EINVAL, "%s is about formats of other "
				  "tools, and --format=%s is none",
				  options->deny ? "--deny" : "--args",
				  format->name);
	return 0;
}

static int run_export(void *data, char **operands)
{
	const struct export_options *options = data;
	const struct profiles_format *format = profiles_format_find(
		options->format ? options->format :
		options->all ? "json" : "text");
	cleanup_exported struct cli_exported exported = { 0 };
	cleanup_db struct db *db = NULL;
	struct error err = { 0 };
	int result;

	if (parse_answer(options->deny, &exported.rules.answer, &err) < 0 ||
	    check(options, format, &err) < 0)
		return cli_usage(&cli_export, "%s", err.text);
	result = cli_open(&options->common, DB_READ, &db);
	if (result < 0)
		return cli_store_status(result);
	if (options->all)
		return export_all(db);
	exported.program = operands[0];
	return export_one(db, options, format, &exported);
}

/* " text list ...", and "; text: jail; list: scripts ..." */
#define WORD(name, consumers) " " #name
#define HELP(name, consumers) "; " #name ": " consumers

static const struct cli_option export_rows[] = {
	{.name = "format", .argument = "FORMAT", .kind = CLI_CHOICE,
	 .offset = offsetof(struct export_options, format),
	 .values = &PROFILES_EXPORTS(WORD)[1],
	 .help = "The form, by what reads it" PROFILES_EXPORTS(HELP)
		 "; if not given, text."},
	{.name = "args", .kind = CLI_FLAG,
	 .offset = offsetof(struct export_options, arguments),
	 .help = "Calls whose argument values were recorded are allowed with "
		 "these values alone, where the format can say so."},
	{.name = "deny", .argument = "ACTION", .kind = CLI_STRING,
	 .offset = offsetof(struct export_options, deny),
	 .values = "kill errno log",
	 .help = "What is done with a call that is not listed: errno=ENOSYS "
		 "(if not given), which libraries fall back from, errno "
		 "(EPERM) or errno=NAME, kill, or log: it passes."},
	{.name = "lossy", .kind = CLI_FLAG,
	 .offset = offsetof(struct export_options, lossy),
	 .help = "Exit with 0 although the format could not carry all that "
		 "the program needs."},
	{.name = "min-hosts", .argument = "NUMBER", .kind = CLI_COUNT,
	 .offset = offsetof(struct export_options, min_hosts),
	 .help = "Of what was observed, only calls that sessions of so many "
		 "hosts saw."},
	{.name = "all", .kind = CLI_FLAG,
	 .offset = offsetof(struct export_options, all), .operands = "",
	 .help = "All programs of the store, with their sessions, as json."},
	{.name = NULL},
};

static const struct cli_option *const export_tables[] = {
	export_rows, cli_db_option, cli_quiet_option, NULL
};

const struct cli_command cli_export = {
	.name = "export",
	.operands = "NAME",
	.summary = "print the whitelist of a program as a profile",
	.description =
		"Prints the whitelist of NAME as a profile, one fact a line, "
		"so that two of them can be merged. jail enforce runs the "
		"program with it, and jail import reads it. With --format it "
		"is what other sandboxes read; what they cannot be told is "
		"said on stderr, and in comments.",
	.options = export_tables,
	.size = sizeof(struct export_options),
	.run = run_export,
};
