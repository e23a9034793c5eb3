/* SPDX-License-Identifier: MIT */
/*
 * The text of a menu entry: Desktop Entry Specification, "Basic format of the
 * file" and "The Exec key". A value is escaped twice: as a string of the file,
 * in which a backslash is two, and within it as the words of a command.
 */
#include <string.h>

#include "cli/desktop.h"

#define ENTRY "[Desktop Entry]"
#define ACTION "[Desktop Action "
#define BLANKS " \t\r\n"

/* ---- lines --------------------------------------------------------------- */

/* The next line of *TEXT, with its length; NULL at the end. The desktop's own
 * libraries take no notice of blanks in front of it and around a key. */
static const char *next_line(const char **text, size_t *length)
{
	const char *line = *text + strspn(*text, " \t\r");

	if (!**text)
		return NULL;
	*length = strcspn(line, "\n");
	*text = line + *length + (line[*length] == '\n');
	while (*length && strchr(BLANKS, line[*length - 1]))
		--*length;
	return line;
}

static bool begins(const char *line, size_t length, const char *with)
{
	return length >= strlen(with) && strncmp(line, with, strlen(with)) == 0;
}

/* Where the value of a line KEY=VALUE begins; NULL if it is another one. */
static const char *value_at(const char *line, size_t length, const char *key)
{
	const char *at = line + strlen(key), *end = line + length;

	if (!begins(line, length, key))
		return NULL;
	while (at < end && strchr(BLANKS, *at))
		at++;
	if (at == end || *at != '=')
		return NULL;
	for (at++; at < end && strchr(BLANKS, *at);)
		at++;
	return at;
}

/* A string of the file: \s, \n, \t, \r, \\. */
static char *unescape(const char *value, size_t length)
{
	static const char from[] = "sntr", to[] = " \n\t\r";
	char *text = calloc(1, length + 1), *at = text;

	for (size_t i = 0; text && i < length; i++) {
		const char *known;

		if (value[i] != '\\' || i + 1 == length) {
			*at++ = value[i];
			continue;
		}
		known = strchr(from, value[++i]);
		*at++ = known ? to[known - from] : value[i];
	}
	return text;
}

char *desktop_value(const char *text, const char *key)
{
	bool within = false;
	const char *line;
	size_t length;

	while ((line = next_line(&text, &length))) {
		const char *value;

		if (*line == '[')
			within = begins(line, length, ENTRY);
		value = within ? value_at(line, length, key) : NULL;
		if (value)
			return unescape(value,
					length - (size_t)(value - line));
	}
	return NULL;
}

/* ---- commands ------------------------------------------------------------ */

/* The word at *COMMAND, which is moved on; new memory, NULL at the end. */
static char *next_word(const char **command)
{
	const char *at = *command + strspn(*command, BLANKS);
	char *word = *at ? calloc(1, strlen(at) + 1) : NULL, *out = word;
	bool quoted = false;

	for (; word && *at && (quoted || !strchr(BLANKS, *at)); at++) {
		if (*at == '"') {
			quoted = !quoted;
			continue;
		}
		if (quoted && *at == '\\' && at[1])
			at++;
		*out++ = *at;
	}
	*command = at;
	return word;
}

/* env(1) and variables in front are not the program. */
char *desktop_program(const char *exec)
{
	char *word;

	while ((word = next_word(&exec))) {
		const char *slash = strrchr(word, '/');

		if (strcmp(slash ? slash + 1 : word, "env") != 0 &&
		    !strchr(word, '='))
			return word;
		free(word);
	}
	return NULL;
}

static void put_escaped(FILE *out, char byte)
{
	fputs(byte == '\\' ? "\\\\" : (char[]){byte, '\0'}, out);
}

/* A word of a command, in quotes if it needs them; %% is one %. */
static void put_word(FILE *out, const char *word)
{
	static const char reserved[] = BLANKS "\"'\\><~|&;$*?#()`";
	bool quotes = !*word || word[strcspn(word, reserved)];

	if (quotes)
		fputc('"', out);
	for (; *word; word++) {
		if (strchr("\"`$\\", *word))
			put_escaped(out, '\\');
		put_escaped(out, *word);
		if (*word == '%')
			fputc('%', out);
	}
	if (quotes)
		fputc('"', out);
}

/* ---- the entry ----------------------------------------------------------- */

struct rewriting {
	FILE *out;
	const char *const *prefix;
	const char *name;
	bool entry, action;	/* the group that the line is in */
	bool any;		/* there was something to start */
};

static void put_header(struct rewriting *rewriting, const char *line,
		       size_t length)
{
	rewriting->entry = begins(line, length, ENTRY);
	rewriting->action = begins(line, length, ACTION);
	fprintf(rewriting->out, "%.*s\n", (int)length, line);
	if (!rewriting->entry)
		return;
	fputs(DESKTOP_MARK "=", rewriting->out);
	for (const char *c = rewriting->name; *c; c++)
		put_escaped(rewriting->out, *c);
	fputs("\nDBusActivatable=false\n", rewriting->out);
}

static void put_exec(struct rewriting *rewriting, const char *value,
		     size_t length)
{
	fputs("Exec=", rewriting->out);
	for (size_t i = 0; rewriting->prefix[i]; i++) {
		put_word(rewriting->out, rewriting->prefix[i]);
		fputc(' ', rewriting->out);
	}
	fprintf(rewriting->out, "%.*s\n", (int)length, value);
	rewriting->any |= rewriting->entry;
}

/* The bus would start the program without us. */
static void put_line(struct rewriting *rewriting, const char *line,
		     size_t length)
{
	const char *exec = rewriting->entry || rewriting->action ?
			   value_at(line, length, "Exec") : NULL;

	if (*line == '[')
		put_header(rewriting, line, length);
	else if (exec)
		put_exec(rewriting, exec, length - (size_t)(exec - line));
	else if (!rewriting->entry ||
		 (!value_at(line, length, "DBusActivatable") &&
		  !value_at(line, length, DESKTOP_MARK)))
		fprintf(rewriting->out, "%.*s\n", (int)length, line);
}

char *desktop_through(const char *text, const char *const *prefix,
		      const char *name)
{
	char *out = NULL;
	size_t size, length;
	struct rewriting rewriting = {
		.out = base_memstream(&out, &size), .prefix = prefix,
		.name = name,
	};
	const char *line;

	while (rewriting.out && (line = next_line(&text, &length)))
		put_line(&rewriting, line, length);
	if (rewriting.out && fclose(rewriting.out) == 0 && rewriting.any)
		return out;
	free(out);
	return NULL;
}
