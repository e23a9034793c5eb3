/* SPDX-License-Identifier: MIT */
/*
 * Template: rules with $ARG1, $ARG2, ... in them, as Firejail has them. The
 * parser has looked at the words that take their place; a word that has no
 * place, or a place without a word, is an error: the rules would not be those
 * that were meant. Comments stay as they are.
 */
#include <ctype.h>
#include <string.h>

#include "enforce/net/parts.h"

#define MARK "$ARG"

/* The number behind the mark, which is longer than any that fits where it has
 * more digits than two; *END is behind it. 0: it is none. */
static size_t number_of(const char *text, const char **end)
{
	size_t number = 0;

	for (; isdigit((unsigned char)*text); text++)
		number = number > 99 ? number :
			 number * 10 + (size_t)(*text - '0');
	*end = text;
	return number;
}

static bool begins_comment(const char *text, const char *at)
{
	while (at > text && (at[-1] == ' ' || at[-1] == '\t'))
		at--;
	return at == text || at[-1] == '\n';
}

/* Writes what TEXT begins with, and says how long that is in TEXT. */
static size_t put(FILE *out, const char *text, const char *at,
		  const struct profiles_words *words, uint32_t *used,
		  size_t *lacks)
{
	const char *end = at + strlen(MARK);
	size_t number = 0;

	if (*at == '#' && begins_comment(text, at)) {
		end = at + strcspn(at, "\n");
	} else if (strncmp(at, MARK, strlen(MARK)) == 0) {
		number = number_of(end, &end);
		if (number > words->count)
			*lacks = number;
	} else {
		end = at + 1;
	}
	if (number == 0 || number > words->count) {
		fwrite(at, 1, (size_t)(end - at), out);
	} else {
		fputs(words->items[number - 1], out);
		*used |= UINT32_C(1) << (number - 1);
	}
	return (size_t)(end - at);
}

static int check(const struct profiles_words *words, uint32_t used,
		 size_t lacks, struct error *err)
{
	if (lacks)
		return base_error(err, EINVAL, "$ARG%zu in it stands for "
				  "nothing; say it behind the file, as in "
				  "FILE,ARG1,ARG2", lacks);
	for (size_t i = 0; i < words->count; i++)
		if (!(used >> i & 1))
			return base_error(err, EINVAL, "\"%s\" stands for "
					  "$ARG%zu, which is not in it; remove "
					  "one of the two", words->items[i],
					  i + 1);
	return 0;
}

int template_fill(const char *text, const struct profiles_words *words,
		  char **filled, struct error *err)
{
	size_t size, lacks = 0;
	uint32_t used = 0;
	FILE *out = base_memstream(filled, &size);

	if (!out)
		return base_error(err, ENOMEM, "out of memory");
	for (const char *at = text; *at;)
		at += put(out, text, at, words, &used, &lacks);
	if (fclose(out) != 0)
		return base_error(err, ENOMEM, "out of memory");
	return check(words, used, lacks, err);
}
