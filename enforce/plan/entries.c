/* SPDX-License-Identifier: MIT */
/*
 * The entries of a folder of the host, in the order of their names: what the
 * root of a tree is made of.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "enforce/plan/parts.h"

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int visible(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 &&
	       strcmp(entry->d_name, "..") != 0;
}

static int show(const char *folder, const char *name, void *data,
		int (*each)(void *data, const struct entry *entry,
			    struct error *err), struct error *err)
{
	cleanup_free char *path = base_printf("%s/%s", strcmp(folder, "/") == 0
					      ? "" : folder, name);
	struct entry entry = {.path = path, .name = name};

	if (!path)
		return base_error(err, ENOMEM, "out of memory");
	if (lstat(path, &entry.st) < 0) /* gone, or not for us? */
		return parts_absent(errno) ? 0 : parts_unknown(path, errno,
								err);
	return each(data, &entry, err);
}

int entries_each(const char *folder, void *data,
		 int (*each)(void *data, const struct entry *entry,
			     struct error *err), struct error *err)
{
	struct dirent **names = NULL;
	int count = scandir(folder, &names, visible, by_name), ret = 0;

	if (count < 0)
		return base_error(err, errno, "cannot read the folder "
				  "\"%.200s\": %m", folder);
	for (int i = 0; i < count; i++) {
		if (ret == 0)
			ret = show(folder, names[i]->d_name, data, each, err);
		free(names[i]);
	}
	free(names);
	return ret;
}

int entries_link(struct enforce_files *files, const char *path,
		 const struct entry *entry, const char *why, struct error *err)
{
	char target[PATH_MAX];
	ssize_t length = readlink(entry->path, target, sizeof(target) - 1);

	if (length < 0)
		return base_error(err, errno, "cannot read the link "
				  "\"%.200s\": %m", entry->path);
	target[length] = '\0';
	if (!steps_add(files, ENFORCE_SYMLINK, path, target, why))
		return base_error(err, ENOMEM, "out of memory");
	return 0;
}

bool entries_is_one_of(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}
