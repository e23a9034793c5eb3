/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <string.h>

#include "profiles/formats/formats.h"

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

const struct profiles_format *profiles_format(size_t index)
{
	static const struct profiles_format *const formats[] = { NULL };

	return index < ARRAY_SIZE(formats) ? formats[index] : NULL;
}

const struct profiles_format *profiles_format_find(const char *name)
{
	const struct profiles_format *format;

	for (size_t i = 0; (format = profiles_format(i)); i++)
		if (strcmp(format->name, name) == 0)
			return format;
	return NULL;
}
