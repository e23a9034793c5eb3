/* SPDX-License-Identifier: MIT */
/*
 * rows: prints the rows of commands, options and directives for the build,
 * which puts them into man pages and completions. `jail __rows` is no command
 * for people.
 *
 *   mdoc              the commands, as an mdoc(7) list
 *   mdoc COMMAND      the options of COMMAND
 *   mdoc directives   the directives of jail.profile(5)
 *   shell             functions for the completions, in the shells' language
 *   names [COMMAND]   the commands, or the options of COMMAND, one a line
 */
#include <ctype.h>
#include <string.h>

#include "cli/cli.h"

#define WIDTH 79

/* A word of LENGTH bytes, of which mdoc obeys nothing. */
static void print_word(const char *word, int length, bool first)
{
	if (first && (*word == '.' || *word == '\''))
		fputs("\\&", stdout);
	for (int i = 0; i < length; i++)
		fputs(word[i] == '\\' ? "\\e" : (char[]){word[i], '\0'},
		      stdout);
}

/* Prints sentences for mdoc, folded, each on lines of its own. */
static void print_mdoc(const char *text)
{
	int column = 0;

	for (const char *p = text; *p != '\0'; p += strspn(p, " ")) {
		int length = (int)strcspn(p, " ");
		bool sentence = p > text + 1 && p[-2] == '.' &&
				isupper((unsigned char)*p);
		bool first = p == text || sentence ||
			     column + 1 + length > WIDTH;

		if (p != text)
			putchar(first ? '\n' : ' ');
		print_word(p, length, first);
		column = first ? length : column + 1 + length;
		p += length;
	}
	putchar('\n');
}

/* An option's name in mdoc: a plain - would be a hyphen. */
static void print_name(const char *name)
{
	printf("Fl \\-");
	for (; *name != '\0'; name++)
		fputs(*name == '-' ? "\\-" : (char[]){*name, '\0'}, stdout);
}

/* An argument in brackets may be left out, with what stands IN_FRONT of it. */
static void print_argument(const char *argument, const char *in_front)
{
	size_t length = strlen(argument);

	if (*argument != '[')
		printf("%s%sAr %s", in_front, *in_front ? " Ns " : " ",
		       argument);
	else if (*in_front)
		printf(" Ns Oo Ns = Ns Ar %.*s Oc", (int)length - 2,
		       argument + 1);
	else
		printf(" Op Ar %.*s", (int)length - 2, argument + 1);
}

static void print_option(const struct cli_option *row)
{
	printf(".It ");
	if (row->letter)
		printf("Fl %c , ", row->letter);
	print_name(row->name);
	if (row->argument != NULL)
		print_argument(row->argument, " Ns =");
	putchar('\n');
	print_mdoc(row->help);
}

static void mdoc_options(const struct cli_command *command)
{
	struct cli_option row;

	for (size_t i = 0; cli_option_at(command, i, &row); i++)
		if (row.kind != CLI_DIRECTIVE)
			print_option(&row);
}

static void mdoc_commands(void)
{
	for (size_t i = 0; cli_commands[i] != NULL; i++) {
		const struct cli_command *command = cli_commands[i];

		if (command->summary == NULL)
			continue;
		printf(".It Cm %s%s%s\n", command->name,
		       command->operands ? " Ar " : "",
		       command->operands ? command->operands : "");
		print_mdoc(command->summary);
	}
}

static void mdoc_directives(void)
{
	const struct profiles_directive *row;

	for (size_t i = 0; (row = profiles_directive(i)) != NULL; i++) {
		printf(".It Cm %s", row->name);
		if (row->argument)
			print_argument(row->argument, "");
		putchar('\n');
		print_mdoc(row->help);
		if (row->example != NULL)
			printf("For example:\n.Dl %s %s\n", row->name,
			       row->example);
	}
}

static void shell_options(const struct cli_command *command)
{
	struct cli_option row;

	printf("\t%s) echo '", command->name);
	for (size_t i = 0; cli_option_at(command, i, &row); i++) {
		printf("%s--%s%s", i == 0 ? "" : " ", row.name,
		       row.argument && *row.argument != '[' ? "=" : "");
		if (row.letter)
			printf(" -%c", row.letter);
	}
	puts("' ;;");
}

/* An argument in small letters is the words themselves: "none|filter". */
static bool is_words(const char *argument)
{
	return argument != NULL &&
	       argument[strspn(argument, "abcdefghijklmnopqrstuvwxyz|")] ==
	       '\0';
}

static void shell_values(const struct cli_command *command)
{
	struct cli_option row;

	for (size_t i = 0; cli_option_at(command, i, &row); i++) {
		const char *values = row.values != NULL ? row.values :
				     is_words(row.argument) ? row.argument :
				     NULL;

		if (values == NULL)
			continue;
		printf("\t'%s --%s') echo '", command->name, row.name);
		for (; *values; values++)
			putchar(*values == '|' ? ' ' : *values);
		puts("' ;;");
	}
}

static void each_command(void (*print)(const struct cli_command *command))
{
	for (size_t i = 0; cli_commands[i] != NULL; i++)
		if (cli_commands[i]->summary != NULL)
			print(cli_commands[i]);
}

static void shell_name(const struct cli_command *command)
{
	printf(" %s", command->name);
}

static void shell_operands(const struct cli_command *command)
{
	if (command->operands != NULL)
		printf("\t%s) echo '%s' ;;\n", command->name,
		       command->operands);
}

static void shell(void)
{
	printf("_jail_commands() { echo '--help --version");
	each_command(shell_name);
	printf("'; }\n_jail_options() {\n\tcase $1 in\n");
	each_command(shell_options);
	printf("\tesac\n}\n_jail_values() {\n\tcase \"$1 $2\" in\n");
	each_command(shell_values);
	printf("\tesac\n}\n_jail_operands() {\n\tcase $1 in\n");
	each_command(shell_operands);
	puts("\tesac\n}");
}

static void names(const struct cli_command *command)
{
	struct cli_option row;

	if (command == NULL)
		for (size_t i = 0; cli_commands[i] != NULL; i++)
			if (cli_commands[i]->summary != NULL)
				puts(cli_commands[i]->name);
	if (command != NULL)
		for (size_t i = 0; cli_option_at(command, i, &row); i++)
			printf("--%s\n", row.name);
}

static int run(void *options, char **operands)
{
	const char *form = operands[0];
	const char *name = operands[1] == NULL ? "" : operands[1];
	const struct cli_command *command = cli_command_find(name);

	(void)options;
	if (strcmp(form, "shell") == 0)
		shell();
	else if (strcmp(form, "names") == 0)
		names(command);
	else if (strcmp(name, "directives") == 0)
		mdoc_directives();
	else if (command != NULL)
		mdoc_options(command);
	else if (*name == '\0')
		mdoc_commands();
	else
		return cli_usage(&cli_rows, "there is no command '%s'", name);
	return 0;
}

const struct cli_command cli_rows = {
	.name = "__rows",
	.operands = "FORM [COMMAND]",
	.description = "Prints tables for the build.",
	.size = sizeof(struct cli_common),
	.run = run,
};
