/* SPDX-License-Identifier: MIT */
/*
 * The names of errno(3), both ways. Where two names have one number the C
 * library prints the first of them; the others are read, too.
 */
#include <string.h>

#include "base/base.h"

int base_errno_number(const char *name)
{
	static const struct {
		const char *name;
		int number;
	} others[] = {
		{ "ENOTSUP", ENOTSUP },
		{ "EWOULDBLOCK", EWOULDBLOCK },
		{ "EDEADLOCK", EDEADLOCK },
	};

	for (int i = 1; i <= EHWPOISON; i++) {	/* the last of all */
		const char *known = strerrorname_np(i);

		if (known && strcmp(known, name) == 0)
			return i;
	}
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (strcmp(others[i].name, name) == 0)
			return others[i].number;
	return 0;
}

int base_errno_parse(const char *text)
{
	uint64_t number = 0;

	if (base_parse_number(text, BASE_ERRNO_MAX, &number) == 0)
		return (int)number;
	return base_errno_number(text);
}

const char *base_errno_text(int number, char buffer[BASE_ERRNO_TEXT])
{
	const char *name = number ? strerrorname_np(number) : NULL;

	snprintf(buffer, BASE_ERRNO_TEXT, "%d", number);
	return name ? name : buffer;
}
