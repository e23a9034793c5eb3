/* SPDX-License-Identifier: MIT */
/*
 * The sentence that a failure leaves behind. It is formatted aside first, so
 * that the old sentence may be an argument of the new one, and made printable
 * last, so that nothing a target chose reaches a terminal.
 */
#include "base/base.h"

int base_error(struct error *err, int code, const char *format, ...)
{
	char text[sizeof(err->text)];
	va_list args;

	if (!err)
		return -code;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	err->code = code;
	base_printable(err->text, sizeof(err->text), text);
	return -code;
}

int base_error_at(struct error *err, const char *format, ...)
{
	char where[sizeof(err->text)];
	char text[sizeof(err->text) * 2 + sizeof(": ")];
	va_list args;

	if (!err)
		return -EINVAL;
	va_start(args, format);
	vsnprintf(where, sizeof(where), format, args);
	va_end(args);
	snprintf(text, sizeof(text), "%s: %s", where, err->text);
	base_printable(err->text, sizeof(err->text), text);
	return -err->code;
}
