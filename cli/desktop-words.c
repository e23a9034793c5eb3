/* SPDX-License-Identifier: MIT */
/*
 * The words in front of a command in a menu entry: jail, and its options as
 * they were given, by the rows that took them.
 */
#include <limits.h>
#include <string.h>

#include "cli/desktop.h"

void desktop_words_free(struct desktop_words *words)
{
	for (size_t i = 0; i < words->count; i++)
		free(words->items[i]);
}

static int no_memory(struct error *err)
{
	return base_error(err, ENOMEM, "out of memory");
}

/* WORD is taken over. */
static int add_word(struct desktop_words *words, char *word)
{
	cleanup_free char *owned = word;

	if (!owned)
		return no_memory(words->err);
	for (const char *c = owned; *c; c++)
		if ((unsigned char)*c < ' ')
			return base_error(words->err, EINVAL, "a menu entry "
					  "cannot hold control characters, as "
					  "one of the options has");
	if (words->count + 1 == ARRAY_SIZE(words->items))
		return base_error(words->err, E2BIG, "too many options");
	words->items[words->count++] = take_ptr(owned);
	return 0;
}

/* Who starts the entry is in another folder: a file is named from / on. */
static int add_file(struct desktop_words *words, const struct cli_option *row,
		    const char *value)
{
	size_t length = strlen(value), ending = strlen(".profile");
	bool file = strcmp(row->name, "db") == 0 || strchr(value, '/') ||
		    (length > ending && access(value, F_OK) == 0 &&
		     strcmp(value + length - ending, ".profile") == 0);
	cleanup_free char *here = file && *value != '/' ? getcwd(NULL, 0) :
							  NULL;

	return add_word(words, base_printf("--%s=%s%s%s", row->name,
					   here ? here : "", here ? "/" : "",
					   value));
}

static int add_list(struct desktop_words *words, const struct cli_option *row,
		    const struct cli_list *list)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < list->count; i++)
		ret = add_word(words, base_printf("--%s=%s", row->name,
						  list->items[i]));
	return ret;
}

/* As it was given: what the row says of its field. */
static int add_option(struct desktop_words *words, const struct cli_option *row,
		      const void *options)
{
	const char *field = (const char *)options + row->offset;

	switch (row->kind) {
	case CLI_FLAG:
		return *(const bool *)field && strncmp(row->name, "desktop",
						       7) != 0 ?
		       add_word(words, base_printf("--%s", row->name)) : 0;
	case CLI_STRING:
	case CLI_CHOICE:
		return *(const char *const *)field ?
		       add_file(words, row, *(const char *const *)field) : 0;
	case CLI_LIST:
		return add_list(words, row, (const struct cli_list *)field);
	case CLI_DURATION:
		return *(const int64_t *)field ?
		       add_word(words, base_printf("--%s=%.6f", row->name,
			(double)*(const int64_t *)field / 1e6)) : 0;
	default:
		return 0;
	}
}

static int add_directives(struct desktop_words *words,
			  const struct cli_list *lines)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < lines->count; i++) {
		const char *line = lines->items[i];
		size_t length = strcspn(line, " ");

		ret = add_word(words, base_printf("--%.*s%s%s", (int)length,
						  line, line[length] ? "=" : "",
						  line[length] ?
						  line + length + 1 : ""));
	}
	return ret;
}

/* "/usr/bin/jail enforce OPTION... --" */
int desktop_command(const struct cli_command *command, const void *options,
		    struct desktop_words *words, struct error *err)
{
	const struct cli_common *common = options;
	struct cli_option row;
	int ret;

	words->err = err;
	ret = add_word(words, realpath("/proc/self/exe", NULL));

	if (ret == 0)
		ret = add_word(words, strdup(command->name));
	for (size_t i = 0; ret == 0 && cli_option_at(command, i, &row) &&
			   row.kind != CLI_DIRECTIVE; i++)
		if (strcmp(row.name, "help") != 0)
			ret = add_option(words, &row, options);
	if (ret == 0)
		ret = add_directives(words, &common->directives);
	return ret < 0 ? ret : add_word(words, strdup("--"));
}
