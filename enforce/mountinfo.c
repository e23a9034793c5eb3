/* SPDX-License-Identifier: MIT */
/*
 * The mounts of our mount namespace, from /proc/self/mountinfo (proc(5)): one
 * line each, fields between spaces, of which the optional ones end at "-".
 * Spaces, tabs, newlines and backslashes in names are written as \040 and so
 * on.
 */
#include <string.h>

#include "enforce/private.h"

static bool octal(const char *at)
{
	return at[0] >= '0' && at[0] <= '3' && at[1] >= '0' && at[1] <= '7' &&
	       at[2] >= '0' && at[2] <= '7';
}

static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		if (*from == '\\' && octal(from + 1)) {
			*to++ = (char)((from[1] - '0') << 6 |
				       (from[2] - '0') << 3 | (from[3] - '0'));
			from += 3;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
}

/* Fields 3, 4, 5 and the one behind "-" are root, mount point and type. */
static bool parse(char *line, struct mountinfo *mount)
{
	char *rest = line, *fields[5], *field;

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (!(fields[i] = strsep(&rest, " ")) || !rest)
			return false;
	do
		field = strsep(&rest, " ");
	while (field && strcmp(field, "-") != 0);
	mount->type = strsep(&rest, " ");
	if (!mount->type || !rest)
		return false;
	unescape(fields[3]);
	unescape(fields[4]);
	mount->device = fields[2];
	mount->root = fields[3];
	mount->point = fields[4];
	return true;
}

int mountinfo_read(int (*each)(void *data, const struct mountinfo *mount),
		   void *data, struct error *err)
{
	cleanup_fclose FILE *file = fopen("/proc/self/mountinfo", "re");
	cleanup_free char *line = NULL;
	struct mountinfo mount;
	size_t size = 0;
	int ret = 0;

	if (!file)
		return base_error(err, errno, "cannot read "
				  "/proc/self/mountinfo: %m; /proc has to be "
				  "mounted");
	while (ret == 0 && getline(&line, &size, file) > 0)
		if (parse(line, &mount))
			ret = each(data, &mount);
	if (ret < 0)
		return base_error(err, -ret, "cannot read the mounts: %s",
				  strerror(-ret));
	return ret;
}
