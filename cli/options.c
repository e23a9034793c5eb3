/* SPDX-License-Identifier: MIT */
/*
 * options: fills a command's struct from its option rows.
 *
 * --name=value, --name value, -q. -- ends the options. Where the command runs a
 * program, its first word that is no option does so too, so that PROGRAM's own
 * options stay its own; elsewhere options may stand behind operands. Rows of
 * the directive table become the lines of a profile.
 */
#include <string.h>

#include "cli/cli.h"

const struct cli_option cli_db_option[] = {
	{.name = "db", .argument = "FILE", .kind = CLI_STRING,
	 .offset = offsetof(struct cli_common, db), .values = "@file",
	 .help = "Use the store FILE."},
	{.name = NULL},
};

const struct cli_option cli_json_option[] = {
	{.name = "json", .kind = CLI_FLAG,
	 .offset = offsetof(struct cli_common, json),
	 .help = "Print data as JSON."},
	{.name = NULL},
};

const struct cli_option cli_quiet_option[] = {
	{.name = "quiet", .letter = 'q', .kind = CLI_FLAG,
	 .offset = offsetof(struct cli_common, quiet),
	 .help = "Print nothing but failures and what was asked for."},
	{.name = NULL},
};

static const struct cli_option help_row = {
	.name = "help", .letter = 'h', .kind = CLI_FLAG,
	.help = "Print this help.",
};

/* The next directive of COMMAND, COUNT of them skipped; NULL at the end. */
static const struct profiles_directive *
directive_at(const struct cli_command *command, size_t count)
{
	const struct profiles_directive *row;

	for (size_t i = 0; (row = profiles_directive(i)) != NULL; i++)
		if (row->option_of & command->directives && count-- == 0)
			break;
	return row;
}

bool cli_option_at(const struct cli_command *command, size_t count,
		   struct cli_option *row)
{
	const struct profiles_directive *directive;

	for (size_t t = 0; command->options && command->options[t]; t++) {
		const struct cli_option *table = command->options[t];

		for (; table->name != NULL; table++)
			if (count-- == 0) {
				*row = *table;
				return true;
			}
	}
	if (count-- == 0) {
		*row = help_row;
		return true;
	}
	directive = directive_at(command, count);
	if (directive == NULL)
		return false;
	*row = (struct cli_option){
		.name = directive->name,
		.argument = directive->argument,
		.kind = CLI_DIRECTIVE,
		.help = directive->help,
	};
	return true;
}

/* Finds --NAME (LENGTH bytes) or, if LENGTH is 0, the letter *NAME. */
static bool find(const struct cli_command *command, const char *name,
		 size_t length, struct cli_option *row)
{
	for (size_t i = 0; cli_option_at(command, i, row); i++)
		if (length == 0 ? row->letter == *name :
				  strncmp(row->name, name, length) == 0 &&
					  row->name[length] == '\0')
			return true;
	return false;
}

static int unknown(const struct cli_command *command, const char *word,
		   size_t length, struct error *err)
{
	cleanup_free char *name = strndup(word, length);
	struct base_nearest nearest = { 0 };
	struct cli_option row;

	if (name == NULL)
		return base_error(err, ENOMEM, "out of memory");
	nearest.word = name + strspn(name, "-");
	for (size_t i = 0; cli_option_at(command, i, &row); i++)
		base_nearest(&nearest, row.name);
	if (nearest.name[0] == '\0')
		return base_error(err, EINVAL, "there is no option %s", name);
	return base_error(err, EINVAL,
			  "there is no option %s; did you mean --%s?", name,
			  nearest.name);
}

static int append(struct cli_list *list, const char *item,
		  const struct cli_option *row, struct error *err)
{
	if (list->count == ARRAY_SIZE(list->items))
		return base_error(err, E2BIG,
				  "--%s is given more than %zu times",
				  row->name, ARRAY_SIZE(list->items));
	list->items[list->count++] = item;
	return 0;
}

/* A directive as the line that a profile would have, and that it can have. It
 * is tried by itself, without the files and the home that it will meet. */
static int append_line(struct cli_common *common, const struct cli_option *row,
		       const char *value, struct error *err)
{
	static const char *const no_folders[] = {NULL};
	static const struct profiles_context alone = {
		.home = "/", .path = "/bin", .folders = no_folders,
	};
	cleanup_profiles_text struct profiles_text tried = {
		.context = &alone,
	};
	cleanup_free char *line = base_printf("%s%s%s", row->name,
					      value == NULL ? "" : " ",
					      value == NULL ? "" : value);
	int result;

	if (line == NULL)
		return base_error(err, ENOMEM, "out of memory");
	result = profiles_parse_line(line, &tried, err);
	if (result < 0)
		return base_error_at(err, "--%s", row->name);
	result = append(&common->directives, line, row, err);
	if (result == 0)
		line = NULL; /* the list owns it */
	return result;
}

/* Whether VALUE is one of the words of the row. */
static bool is_choice(const struct cli_option *row, const char *value)
{
	size_t length = strlen(value);

	for (const char *p = row->values; *p; p += strspn(p, " ")) {
		size_t word = strcspn(p, " ");

		if (word == length && strncmp(p, value, word) == 0)
			return true;
		p += word;
	}
	return false;
}

static int set_count(const struct cli_option *row, const char *value,
		     uint64_t *field, struct error *err)
{
	if (base_parse_number(value, CLI_MOST, field) < 0 || *field == 0)
		return base_error(err, EINVAL, "--%s=%s: give a number from 1 "
				  "to %d", row->name, value, CLI_MOST);
	return 0;
}

static int set_duration(const struct cli_option *row, const char *value,
			int64_t *field, struct error *err)
{
	if (base_parse_duration(value, field) < 0)
		return base_error(err, EINVAL, "--%s=%s: give a time such as "
				  "90s, 1.5h or 2d, of a year at most",
				  row->name, value);
	return 0;
}

/* VALUE is NULL for a row without argument. */
static int set(const struct cli_option *row, const char *value, void *options,
	       struct error *err)
{
	char *field = (char *)options + row->offset;

	if (row->kind == CLI_CHOICE && !is_choice(row, value))
		return base_error(err, EINVAL, "--%s takes one of these, not "
				  "'%s': %s", row->name, value, row->values);
	switch (row->kind) {
	case CLI_FLAG:
		*(bool *)field = true;
		return 0;
	case CLI_STRING:
	case CLI_CHOICE:
		*(const char **)field = value;
		return 0;
	case CLI_LIST:
		return append((struct cli_list *)field, value, row, err);
	case CLI_COUNT:
		return set_count(row, value, (uint64_t *)field, err);
	case CLI_DURATION:
		return set_duration(row, value, (int64_t *)field, err);
	case CLI_DIRECTIVE:
		return append_line(options, row, value, err);
	}
	return base_error(err, EINVAL, "--%s is of no known kind", row->name);
}

/* [DIR]: what may be left out is never the next word. */
static bool needs_argument(const struct cli_option *row)
{
	return row->argument != NULL && row->argument[0] != '[';
}

/*
 * Takes the option at *WORD and, where it is the next word, its argument.
 * Returns how many words were taken, 0 if it asks for help. *FORM is what the
 * operands are.
 */
static int take(const struct cli_command *command, char **word, void *options,
		const char **form, struct error *err)
{
	bool is_long = (*word)[1] == '-';
	const char *name = *word + (is_long ? 2 : 1);
	size_t length = strcspn(name, "=");
	const char *value = name[length] == '=' ? name + length + 1 : NULL;
	struct cli_option row;
	int words = 1, result;

	if (length == 0 || (!is_long && length != 1) ||
	    !find(command, name, is_long ? length : 0, &row))
		return unknown(command, *word, name + length - *word, err);
	if (strcmp(row.name, help_row.name) == 0 && value == NULL)
		return 0;
	if (value != NULL && row.argument == NULL)
		return base_error(err, EINVAL, "--%s takes no argument",
				  row.name);
	if (value == NULL && needs_argument(&row)) {
		value = word[1];
		words = 2;
	}
	if (row.argument != NULL && (value != NULL ? *value == '\0' :
						     needs_argument(&row)))
		return base_error(err, EINVAL, "--%s needs an argument%s: %s",
				  row.name, needs_argument(&row) ? "" :
				  ", or no '='", row.argument);
	if (row.operands != NULL)
		*form = row.operands;
	result = set(&row, value, options, err);
	return result < 0 ? result : words;
}

/* Compares the number of operands with FORM. */
static int check_operands(const char *form, char **operands, struct error *err)
{
	const char *text = form ? form : "";
	size_t most = 0, given = 0;

	while (operands[given] != NULL)
		given++;
	for (const char *p = text; *p != '\0'; p += strspn(p, " ")) {
		int length = (int)strcspn(p, " ");

		if (*p != '[' && most == given)
			return base_error(err, EINVAL, "%.*s is missing",
					  length, p);
		most++;
		p += length;
	}
	if (given > most && strstr(text, "...") == NULL)
		return base_error(err, EINVAL, "'%s' is one word too many",
				  operands[most]);
	return 0;
}

int cli_parse(const struct cli_command *command, char **argv, void *options,
	      char ***operands, struct error *err)
{
	const char *form = command->operands;
	char **word = argv, **kept = argv;
	int taken;

	while (*word != NULL && strcmp(*word, "--") != 0) {
		if ((*word)[0] == '-' && (*word)[1] != '\0') {
			taken = take(command, word, options, &form, err);
			if (taken <= 0)
				return taken < 0 ? taken : 1;
			word += taken;
		} else if (command->runs_program) {
			break;
		} else {
			*kept++ = *word++;
		}
	}
	if (*word != NULL && strcmp(*word, "--") == 0)
		word++;
	while (*word != NULL)
		*kept++ = *word++;
	*kept = NULL;
	*operands = argv;
	return check_operands(form, *operands, err);
}

void cli_options_free(struct cli_common *common)
{
	for (size_t i = 0; i < common->directives.count; i++)
		free((void *)common->directives.items[i]);
	common->directives.count = 0;
}
