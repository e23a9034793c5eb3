/* SPDX-License-Identifier: MIT */
/*
 * help: --help and `jail help`, printed from the rows of commands and options.
 */
#include <string.h>

#include "cli/cli.h"

#define WIDTH 78
#define COLUMN 28	/* where the sentence of an option begins */

/* Prints TEXT folded at WIDTH; the cursor stands at column INDENT, where each
 * further line begins as well. */
static void fold(FILE *out, const char *text, int indent)
{
	int column = indent;
	bool first = true;

	for (text += strspn(text, " "); *text != '\0';) {
		int length = (int)strcspn(text, " \n");

		if (!first && column + 1 + length > WIDTH) {
			fprintf(out, "\n%*s", indent, "");
			column = indent;
		} else if (!first) {
			fputc(' ', out);
			column++;
		}
		fprintf(out, "%.*s", length, text);
		column += length;
		first = false;
		text += length;
		text += strspn(text, " \n");
	}
	fputc('\n', out);
}

static void print_option(FILE *out, const struct cli_option *row)
{
	int at;

	at = row->letter ? fprintf(out, "  -%c, --%s", row->letter, row->name) :
			   fprintf(out, "      --%s", row->name);
	if (row->argument != NULL && row->argument[0] == '[')
		at += fprintf(out, "[=%s", row->argument + 1);
	else if (row->argument != NULL)
		at += fprintf(out, "=%s", row->argument);
	if (at >= COLUMN - 1) {
		fputc('\n', out);
		at = 0;
	}
	fprintf(out, "%*s", COLUMN - at, "");
	fold(out, row->help, COLUMN);
}

/* A line for each form that the operands can have. */
static void print_usage(FILE *out, const struct cli_command *command)
{
	const char *operands = command->operands ? command->operands : "";
	struct cli_option row;

	fprintf(out, "Usage: jail %s [OPTION...]%s%s%s\n", command->name,
		command->runs_program ? " [--]" : "", *operands ? " " : "",
		operands);
	for (size_t i = 0; cli_option_at(command, i, &row); i++)
		if (row.operands != NULL)
			fprintf(out, "       jail %s [OPTION...] --%s%s%s%s"
				"%s\n", command->name, row.name,
				row.argument ? "=" : "",
				row.argument ? row.argument : "",
				*row.operands ? " " : "", row.operands);
	fputc('\n', out);
}

static void print_command(FILE *out, const struct cli_command *command)
{
	bool directives = false;
	struct cli_option row;

	print_usage(out, command);
	fold(out, command->description ? command->description :
					 command->summary, 0);
	fputs("\nOptions:\n", out);
	for (size_t i = 0; cli_option_at(command, i, &row); i++) {
		if (row.kind == CLI_DIRECTIVE && !directives)
			fputs("\nProfile directives (jail.profile(5)):\n", out);
		directives = row.kind == CLI_DIRECTIVE;
		print_option(out, &row);
	}
}

static void print_all(FILE *out)
{
	fputs("Usage: jail COMMAND [OPTION...] [OPERAND...]\n\n"
	      "Learns which system calls a program makes, and runs it with "
	      "nothing else allowed.\n\nCommands:\n", out);
	for (size_t i = 0; cli_commands[i] != NULL; i++)
		if (cli_commands[i]->summary != NULL)
			fprintf(out, "  %-10s %s\n", cli_commands[i]->name,
				cli_commands[i]->summary);
	fputs("\n'jail COMMAND --help' and jail(1) say more; 'jail --version' "
	      "prints the version.\n", out);
}

void cli_help_print(FILE *out, const struct cli_command *command)
{
	if (command == NULL)
		print_all(out);
	else
		print_command(out, command);
}

static int run(void *options, char **operands)
{
	const struct cli_command *command = NULL;

	(void)options;
	if (operands[0] != NULL) {
		command = cli_command_find(operands[0]);
		if (command == NULL)
			return cli_usage(&cli_help, "there is no command '%s'",
					 operands[0]);
	}
	cli_help_print(stdout, command);
	return 0;
}

const struct cli_command cli_help = {
	.name = "help",
	.operands = "[COMMAND]",
	.summary = "say what a command does and which options it has",
	.description = "Prints the help of COMMAND, or the list of commands.",
	.size = sizeof(struct cli_common),
	.run = run,
};
