/* SPDX-License-Identifier: MIT */
/*
 * The mounts of our mount namespace, from /proc/self/mountinfo (proc(5)): one
 * line each, fields between spaces, of which the optional ones end at "-".
 * Spaces, tabs, newlines and backslashes in names are written as \040 and so
 * on.
 */
#include <string.h>

#include "enforce/plan/plan.h"

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

int mountinfo_text(char **text, struct error *err)
{
	cleanup_fclose FILE *file = fopen("/proc/self/mountinfo", "re");
	size_t size = 0;

	*text = NULL;
	if (file && setvbuf(file, NULL, _IOFBF, 1 << 16) == 0 &&
	    getdelim(text, &size, '\0', file) > 0)
		return 0;
	free(*text);
	*text = NULL;
	return base_error(err, errno ? errno : EIO, "cannot read "
			  "/proc/self/mountinfo: %m; /proc has to be mounted");
}

int mountinfo_each(const char *text,
		   int (*each)(void *data, const struct mountinfo *mount),
		   void *data, struct error *err)
{
	cleanup_free char *copy = strdup(text);
	char *rest = copy, *line;
	struct mountinfo mount;
	int ret = copy ? 0 : -ENOMEM;

	while (ret == 0 && (line = strsep(&rest, "\n")))
		if (parse(line, &mount))
			ret = each(data, &mount);
	if (ret < 0)
		return base_error(err, -ret, "cannot read the mounts: %s",
				  strerror(-ret));
	return ret;
}

int mountinfo_read(int (*each)(void *data, const struct mountinfo *mount),
		   void *data, struct error *err)
{
	cleanup_free char *text = NULL;
	int ret = mountinfo_text(&text, err);

	return ret < 0 ? ret : mountinfo_each(text, each, data, err);
}
