/* SPDX-License-Identifier: MIT */
/*
 * Patterns of glob(7) by the eyes of the program, as glob(3) with GLOB_NOCHECK,
 * GLOB_NOSORT and GLOB_PERIOD takes them, but that `.` and `..` never match.
 */
#include <fnmatch.h>
#include <limits.h>
#include <string.h>

#include "enforce/plan/view.h"

#define MATCHES 65536

struct matches {
	const struct enforce_files *files;
	char **paths;
	size_t count, room;
	bool failed;
};

static void free_matches(struct matches *matches)
{
	for (size_t i = 0; i < matches->count; i++)
		free(matches->paths[i]);
	free(matches->paths);
}

static void add_match(struct matches *matches, const char *path)
{
	if (matches->count == MATCHES) {
		matches->failed = true;
		return;
	}
	if (matches->count == matches->room) {
		size_t room = matches->room ? 2 * matches->room : 16;
		char **paths = reallocarray(matches->paths, room,
					    sizeof(*paths));

		if (!paths) {
			matches->failed = true;
			return;
		}
		matches->paths = paths;
		matches->room = room;
	}
	matches->paths[matches->count] = strdup(path);
	if (matches->paths[matches->count])
		matches->count++;
	else
		matches->failed = true;
}

bool view_is_pattern(const char *text)
{
	return text[strcspn(text, "*?[")] != '\0';
}

/* The next component of REST, copied; what is after it. */
static const char *next_part(const char *rest, char *part, size_t size)
{
	size_t length;

	rest += strspn(rest, "/");
	length = strcspn(rest, "/");
	if (length >= size)
		return NULL;
	memcpy(part, rest, length);
	part[length] = '\0';
	return rest + length;
}

static void match(struct matches *matches, const char *folder,
		  const char *rest);

static void match_name(struct matches *matches, const char *folder,
		       const char *name, const char *rest)
{
	cleanup_free char *path = view_join(*folder ? folder : "/", name);

	if (path)
		match(matches, path, rest);
	else
		matches->failed = true;
}

/* Most names are told apart by what is in front of the first * ? or [. */
static void match_names(struct matches *matches, const char *folder,
			const char *part, const char *rest)
{
	const char *names = view_names(matches->files, *folder ? folder : "/");
	size_t literal = strcspn(part, "*?[\\"), length;

	for (; names && *names; names += length + 1) {
		length = strlen(names);
		if (strncmp(names, part, literal) == 0 &&
		    fnmatch(part, names, 0) == 0)
			match_name(matches, folder, names, rest);
	}
}

/* FOLDER is empty for the root. */
static void match(struct matches *matches, const char *folder, const char *rest)
{
	char part[NAME_MAX + 1];
	struct stat st;

	rest = next_part(rest, part, sizeof(part));
	if (!rest)
		return;
	if (!*part) {
		if (view_lstat(matches->files, *folder ? folder : "/",
			       &st) == 0)
			add_match(matches, *folder ? folder : "/");
		return;
	}
	if (view_is_pattern(part))
		match_names(matches, folder, part, rest);
	else
		match_name(matches, folder, part, rest);
}

int view_glob(const struct enforce_files *files, const char *pattern,
	      int (*found)(void *data, const char *path), void *data)
{
	__attribute__((cleanup(free_matches))) struct matches matches = {
		.files = files,
	};
	int ret = 0;

	if (!view_is_pattern(pattern))
		return found(data, pattern);
	match(&matches, "", pattern);
	if (matches.failed)
		return -ENOMEM;
	if (!matches.count)
		return found(data, pattern);
	for (size_t i = 0; i < matches.count && ret == 0; i++)
		ret = found(data, matches.paths[i]);
	return ret;
}
