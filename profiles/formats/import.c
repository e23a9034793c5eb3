/* SPDX-License-Identifier: MIT */
#include "profiles/formats/formats.h"

int profiles_import_bytes(FILE *file, const char *name, char **bytes,
			  size_t *count, struct error *err)
{
	(void)file;
	*bytes = NULL;
	*count = 0;
	return base_error(err, ENOSYS, "%s cannot be read yet", name);
}

int profiles_import(char *bytes, size_t count, const char *name,
		    const struct profiles_format *format,
		    struct profiles_text *text, struct profiles_notes *notes,
		    struct error *err)
{
	(void)bytes;
	(void)count;
	(void)format;
	(void)text;
	(void)notes;
	return base_error(err, ENOSYS, "%s cannot be read yet", name);
}
