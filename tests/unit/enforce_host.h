/* SPDX-License-Identifier: MIT */
/*
 * A made-up host: files in a folder of their own below /tmp, one a line. A name
 * that ends with a slash is a folder, one with ">" a link to what stands after
 * it, any other a file; after "=" stands what is in it.
 */
#ifndef JAIL_TESTS_UNIT_ENFORCE_HOST_H
#define JAIL_TESTS_UNIT_ENFORCE_HOST_H

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/base.h"

static inline void make_one(const char *root, const char *line)
{
	size_t length = strcspn(line, ">=");
	cleanup_free char *path = base_printf("%s/%.*s", root, (int)length,
					      line);
	FILE *file;

	if (line[length] == '>') {
		assert_int_equal(symlink(line + length + 1, path), 0);
	} else if (line[length - 1] == '/') {
		assert_int_equal(mkdir(path, 0755), 0);
	} else {
		file = fopen(path, "we");
		assert_non_null(file);
		if (line[length] == '=')
			fputs(line + length + 1, file);
		fclose(file);
	}
}

/* ROOT becomes the name of the folder: TEMPLATE, as mkdtemp(3) takes it. */
static inline void host_make(char root[32], const char *template,
			     const char *const *lines, size_t count)
{
	assert_true(strlen(template) < 32);
	strcpy(root, template);
	assert_non_null(mkdtemp(root));
	for (size_t i = 0; i < count; i++)
		make_one(root, lines[i]);
}

static inline int host_remove(const char *root)
{
	cleanup_free char *command = base_printf("rm -rf %s", root);

	return system(command);
}

#endif
