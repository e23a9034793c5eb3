/* SPDX-License-Identifier: MIT */
/*
 * The table of formats, the notes on what a format could not carry, and what
 * printers share.
 */
#include <stdarg.h>
#include <string.h>

#include "profiles/formats/formats.h"

/* ---- the table --------------------------------------------------------- */

int formats_text_print(FILE *out, const struct profiles_rules *rules,
		       struct profiles_notes *notes, struct error *err)
{
	(void)notes;
	return profiles_print(out, rules->text, err);
}

#define ROW(name, consumers)                                                   \
	{ #name, consumers, formats_##name##_print, formats_##name##_is,       \
	  formats_##name##_parse },

const struct profiles_format *profiles_format(size_t index)
{
	static const struct profiles_format formats[] = {
		PROFILES_EXPORTS(ROW)
		PROFILES_IMPORTS(ROW)
	};

	return index < ARRAY_SIZE(formats) ? &formats[index] : NULL;
}

const struct profiles_format *profiles_format_find(const char *name)
{
	const struct profiles_format *format;

	for (size_t i = 0; (format = profiles_format(i)); i++)
		if (strcmp(format->name, name) == 0)
			return format;
	return NULL;
}

/* ---- notes ------------------------------------------------------------- */

int profiles_note(struct profiles_notes *notes, enum profiles_note_kind kind,
		  const char *format, ...)
{
	struct profiles_note *items = reallocarray(
		notes->items, notes->count + 1, sizeof(*items));
	va_list arguments;
	int length;

	if (!items)
		return -ENOMEM;
	notes->items = items;
	va_start(arguments, format);
	length = vasprintf(&items[notes->count].sentence, format, arguments);
	va_end(arguments);
	if (length < 0)
		return -ENOMEM;
	items[notes->count++].kind = kind;
	return 0;
}

void profiles_notes_free(struct profiles_notes *notes)
{
	for (size_t i = 0; notes && i < notes->count; i++)
		free(notes->items[i].sentence);
	if (notes)
		free(notes->items);
}

const char *profiles_note_word(enum profiles_note_kind kind)
{
	static const char *const words[] = {
		[PROFILES_LOST] = "lost",
		[PROFILES_WIDENED] = "more is allowed",
		[PROFILES_REMARK] = "note",
	};

	return words[kind];
}

void formats_words_add(struct formats_words *words, const char *chosen)
{
	size_t length = strlen(words->text);
	char word[128];

	base_printable(word, sizeof(word), chosen);
	words->count++;
	if (words->shown + 1 < words->count ||
	    length + strlen(word) + 3 > sizeof(words->text))
		return;
	words->shown++;
	snprintf(words->text + length, sizeof(words->text) - length, "%s%s",
		 length ? ", " : "", word);
}

void formats_words_call(struct formats_words *words, struct base_call call)
{
	bool own = call.arch == (uint32_t)base_arch_native();
	char number[12], word[64];

	snprintf(word, sizeof(word), "%s%s%s",
		 own ? "" : base_arch_name(call.arch), own ? "" : ":",
		 base_call_text(call, number, sizeof(number)));
	formats_words_add(words, word);
}

int formats_words_note(struct profiles_notes *notes,
		       enum profiles_note_kind kind,
		       const struct formats_words *words, const char *sentence)
{
	if (!words->count)
		return 0;
	if (words->count == words->shown)
		return profiles_note(notes, kind, "%s: %s", words->text,
				     sentence);
	return profiles_note(notes, kind, "%s and %zu more: %s", words->text,
			     words->count - words->shown, sentence);
}

int profiles_note_calls(struct profiles_notes *notes,
			enum profiles_note_kind kind,
			const struct profiles_set *set, const char *sentence)
{
	struct formats_words words = { 0 };

	for (size_t i = 0; i < set->count; i++)
		formats_words_call(&words, set->calls[i]);
	return formats_words_note(notes, kind, &words, sentence);
}

/* ---- what printers share ----------------------------------------------- */

void formats_header(FILE *out, const char *mark,
		    const struct formats_entries *entries)
{
	const struct profiles_notes *notes = entries->notes;
	const char *program = entries->rules->text->program;
	char name[256];

	fprintf(out, "%s ", mark);
	if (program)
		fprintf(out, "%s: ",
			base_printable(name, sizeof(name), program));
	fprintf(out, "system calls on %s, exported by jail for %s\n",
		base_arch_name(base_arch_native()), entries->to->who);
	for (size_t i = 0; i < notes->count; i++)
		fprintf(out, "%s %s: %s\n", mark,
			profiles_note_word(notes->items[i].kind),
			notes->items[i].sentence);
}

void formats_lines_add(struct formats_lines *lines, const char *word)
{
	int length = (int)strlen(word);

	if (lines->column && lines->column + 1 + length > 78) {
		fputc('\n', lines->out);
		lines->column = 0;
	}
	if (lines->column)
		lines->column += fprintf(lines->out, " %s", word);
	else
		lines->column = fprintf(lines->out, "%s%s", lines->start, word);
}

void formats_lines_end(struct formats_lines *lines)
{
	if (lines->column)
		fputc('\n', lines->out);
	lines->column = 0;
}
