/* SPDX-License-Identifier: MIT */
/*
 * What is read: the bytes, which format they look like, and jail's own forms.
 * A format is a row of profiles_format(); what looks like none is taken for a
 * profile, whose parser says what is wrong with it.
 */
#include <ctype.h>
#include <string.h>

#include "profiles/formats/import.h"

enum { CALLS_MAX = 8192 };

/* ---- bytes ------------------------------------------------------------- */

int profiles_import_bytes(FILE *file, const char *name, char **bytes,
			  size_t *count, struct error *err)
{
	cleanup_free char *buffer = NULL;
	size_t size = 64 << 10, used = 0;

	for (;;) {
		char *grown = realloc(buffer, size + 1);

		if (!grown)
			return base_error(err, ENOMEM, "out of memory");
		buffer = grown;
		used += fread(buffer + used, 1, size - used, file);
		if (ferror(file))
			return base_error(err, errno, "%s: cannot read: %s",
					  name, strerror(errno));
		if (used > PROFILES_IMPORT_MAX)
			return base_error(err, EFBIG, "%s has more than %u MB, "
					  "which is more than jail reads; "
					  "import it in parts", name,
					  PROFILES_IMPORT_MAX >> 20);
		if (used < size)
			break;
		size *= 2;
	}
	buffer[used] = '\0';
	*count = used;
	*bytes = take_ptr(buffer);
	return 0;
}

/* ---- lines ------------------------------------------------------------- */

bool import_next(struct import_lines *lines)
{
	char *newline, *end = lines->bytes + lines->count;

	if (lines->next >= end)
		return false;
	lines->line = lines->next;
	newline = memchr(lines->line, '\n', (size_t)(end - lines->line));
	lines->next = newline ? newline + 1 : end;
	*(newline ? newline : end) = '\0';
	lines->length = (size_t)((newline ? newline : end) - lines->line);
	if (lines->length && lines->line[lines->length - 1] == '\r')
		lines->line[--lines->length] = '\0';
	lines->number++;
	return true;
}

int import_fail(const struct import_lines *lines, struct error *err)
{
	return base_error_at(err, "%s:%u", lines->name, lines->number);
}

enum base_arch import_arch(const struct profiles_text *text)
{
	return text->header_arch ? text->header_arch - 1 : base_arch_native();
}

int import_add(struct profiles_text *text, struct base_call call,
	       struct error *err)
{
	text->has_set = true;
	if (text->set.count == CALLS_MAX)
		return base_error(err, EFBIG, "there are more than %d "
				  "different calls, and no kernel has as many",
				  CALLS_MAX);
	if (profiles_set_add(&text->set, call) < 0)
		return base_error(err, ENOMEM, "out of memory");
	return 0;
}

bool import_among(const char *words, const char *word)
{
	size_t length = strlen(word);

	for (const char *p = words; length && (p = strstr(p, word)); p++)
		if ((p == words || p[-1] == ' ') &&
		    (p[length] == ' ' || !p[length]))
			return true;
	return false;
}

/* A file has chosen it. */
void import_word(struct formats_words *words, const char *chosen)
{
	char word[128];
	const char *found = strstr(words->text, base_printable(
					word, sizeof(word), chosen));
	char next = found ? found[strlen(word)] : '\0';

	if (!found || (found > words->text && found[-1] != ' ') ||
	    (next && next != ','))
		formats_words_add(words, word);
}

/* ---- jail's own -------------------------------------------------------- */

/* What of a profile is none of a list of calls is a note, not a failure. */
int formats_text_parse(char *bytes, size_t count, const char *name,
		       struct profiles_text *text,
		       struct profiles_notes *notes, struct error *err)
{
	cleanup_fclose FILE *file = fmemopen(count ? bytes : (char *)"\n",
					     count ? count : 1, "r");
	struct formats_words words = { 0 };
	int result;

	if (!file)
		return base_error(err, ENOMEM, "out of memory");
	text->calls_alone = true;
	result = profiles_parse(file, name, text, err);
	if (result < 0)
		return result;
	for (size_t i = 0; i < text->left_out.count; i++)
		formats_words_add(&words, text->left_out.items[i]);
	if (text->has_caps)
		formats_words_add(&words, "caps");
	if (formats_words_note(notes, PROFILES_REMARK, &words,
			       "not imported, for it lists no calls to allow; "
			       "'jail enforce --profile' obeys the file "
			       "itself") < 0)
		return base_error(err, ENOMEM, "out of memory");
	return 0;
}

bool formats_list_is(const char *bytes, size_t count)
{
	const char *blank = memchr(bytes, ' ', count < 16 ? count : 16);
	char word[16] = "";

	if (!blank)
		return false;
	memcpy(word, bytes, (size_t)(blank - bytes));
	return base_arch_parse(word) >= 0;
}

/* "ARCH NAME NUMBER" */
static int parse_entry(char *line, struct profiles_text *text,
		       struct error *err)
{
	char *name = strchr(line, ' ');
	char *digits = name ? strchr(name + 1, ' ') : NULL;
	struct base_call call;
	const char *known;
	int result;

	if (!digits || !isdigit((unsigned char)digits[1]) ||
	    strchr(digits + 1, ' '))
		return base_error(err, EINVAL, "a line of a list has an "
				  "architecture, a name and a number");
	*name++ = *digits++ = '\0';
	result = base_arch_parse(line);
	if (result < 0)
		return base_error(err, EINVAL, "'%.40s' is no architecture",
				  line);
	result = base_call_parse(digits, (enum base_arch)result, &call, err);
	if (result < 0)
		return result;
	known = base_call_name(call);
	if (strcmp(name, digits) != 0 && (known ? strcmp(name, known) :
	    base_call_number(call.arch, name) >= 0))
		return base_error(err, EINVAL, "'%.40s' is not the name of "
				  "%s's call %s", name, line, digits);
	return import_add(text, call, err);
}

int formats_list_parse(char *bytes, size_t count, const char *name,
		       struct profiles_text *text,
		       struct profiles_notes *notes, struct error *err)
{
	struct import_lines lines = { .bytes = bytes, .next = bytes,
				      .count = count, .name = name };

	(void)notes;
	while (import_next(&lines))
		if (lines.length && parse_entry(lines.line, text, err) < 0)
			return import_fail(&lines, err);
	return 0;
}

/* ---- whichever it is --------------------------------------------------- */

static const struct profiles_format *recognise(const char *bytes, size_t count)
{
	const struct profiles_format *format;

	for (size_t i = 0; !memchr(bytes, '\0', count) &&
	     (format = profiles_format(i)); i++)
		if (format->is && format->is(bytes, count))
			return format;
	return profiles_format_find("text");
}

static unsigned line_of_zero(const char *bytes)
{
	unsigned line = 1;

	for (; *bytes; bytes++)
		line += *bytes == '\n';
	return line;
}

int profiles_import(char *bytes, size_t count, const char *name,
		    const struct profiles_format *format,
		    struct profiles_text *text, struct profiles_notes *notes,
		    struct error *err)
{
	if (!format)
		format = recognise(bytes, count);
	if (!format->parse)
		return base_error(err, EINVAL, "%s is written by jail, and not "
				  "read", format->name);
	if (memchr(bytes, '\0', count))
		return base_error(err, EINVAL, "%s:%u: not a text: there is a "
				  "byte of zero; 'jail export' prints a "
				  "profile as text", name, line_of_zero(bytes));
	text->format = format->name;
	return format->parse(bytes, count, name, text, notes, err);
}
