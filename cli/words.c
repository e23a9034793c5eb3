/* SPDX-License-Identifier: MIT */
/*
 * words: what sentences for people are made of: plurals, and command lines to
 * type next. Each word of these is written as a shell reads it; what a terminal
 * would obey is shown as `?`.
 */
#include <string.h>

#include "cli/cli.h"

#define ARGUMENTS 256 /* bytes */

const char *cli_plural(uint64_t count, const char *ending)
{
	return count == 1 ? "" : ending;
}

void cli_put_word(FILE *out, const char *text)
{
	if (*text && !text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ_./+@%:,=-")]) {
		fputs(text, out);
		return;
	}
	fputc('\'', out);
	for (; *text; text++)
		fputs(*text == '\'' ? "'\\''" : (char[]){*text, '\0'}, out);
	fputc('\'', out);
}

static void put_option(FILE *out, const char *name, const char *value)
{
	fprintf(out, " --%s=", name);
	cli_put_word(out, value);
}

/* "caps.keep setuid" as --caps.keep=setuid */
static void put_directive(FILE *out, const char *line)
{
	size_t length = strcspn(line, " ");

	fprintf(out, " --%.*s", (int)length, line);
	if (!line[length])
		return;
	fputc('=', out);
	cli_put_word(out, line + length + 1);
}

/* All or none: what is cut off would be another command. */
static void put_arguments(FILE *out, char *const *arguments)
{
	size_t length = 0;

	for (size_t i = 0; arguments[i]; i++)
		length += strlen(arguments[i]) + 1;
	for (size_t i = 0; arguments[i] && length <= ARGUMENTS; i++) {
		fputc(' ', out);
		cli_put_word(out, arguments[i]);
	}
}

/* Makes OUT from what was written to a stream of its own. */
static char *finish(FILE *stream, char **text, char *out, size_t size)
{
	bool whole = stream && fclose(stream) == 0;

	base_printable(out, size, whole ? *text : "jail --help");
	free(*text);
	return out;
}

char *cli_command_text(char *out, size_t size, const struct cli_words *words)
{
	const char *name = words->program ? words->program : "";
	char *text = NULL;
	size_t length;
	FILE *stream = base_memstream(&text, &length);
	const char *slash = strrchr(name, '/');

	if (!stream)
		return finish(stream, &text, out, size);
	fprintf(stream, "jail %s", words->verb);
	if (words->common && words->common->db)
		put_option(stream, "db", words->common->db);
	if (words->profile)
		put_option(stream, "profile", words->profile);
	for (size_t i = 0; words->directives &&
	     i < words->common->directives.count; i++)
		put_directive(stream, words->common->directives.items[i]);
	if (words->name && strcmp(words->name, slash ? slash + 1 : name) != 0)
		put_option(stream, "name", words->name);
	fputs(*name == '-' ? " -- " : " ", stream);
	cli_put_word(stream, name);
	if (words->call)
		fprintf(stream, " %s", words->call);
	if (words->arguments)
		put_arguments(stream, words->arguments);
	return finish(stream, &text, out, size);
}

char *cli_directive_text(char *out, size_t size, const char *line)
{
	char *text = NULL;
	size_t length;
	FILE *stream = base_memstream(&text, &length);

	if (stream)
		put_directive(stream, line);
	finish(stream, &text, out, size);
	if (*out == ' ')
		memmove(out, out + 1, strlen(out));
	return out;
}
