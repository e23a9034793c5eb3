/* SPDX-License-Identifier: MIT */
/*
 * The files that a log has become: FILE.1, FILE.2 and so on, of which higher
 * numbers are older, and FILE-20261122 and the like, of which later ones are
 * newer. logrotate(8) and auditd(8) name them so.
 *
 * They may be renamed while we look, but only from newer to older names. So
 * FILE is opened first and the oldest last: what moves meanwhile is met twice,
 * never missed.
 */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "auditlog/file.h"

enum {
	MOST_FILES = 256,
	MOST_LISTS = 8,		/* of files that go on being renamed */
	DATE_DIGITS = 8,	/* 20261122: a number with a dot, too */
	PROBED = 99		/* of a folder that cannot be listed */
};

int rotated_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

	return fd < 0 ? -errno : fd;
}

/* ---- names ------------------------------------------------------------ */

/* What is behind FILE in the name, without what a compressor added: NULL where
 * it is nothing that a rotation adds. */
static const char *suffix_of(const char *name, const char *base,
			     bool *compressed)
{
	static const char *const ends[] = {
		"", ".gz", ".xz", ".bz2", ".zst", ".lz4", ".Z"
	};
	size_t length = strlen(base), digits;
	const char *suffix = name + length;

	if (strncmp(name, base, length) != 0 ||
	    (*suffix != '.' && *suffix != '-'))
		return NULL;
	digits = 1 + strspn(suffix + 1, "0123456789-_:T");
	if (strcspn(suffix, "0123456789") >= digits)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (strcmp(suffix + digits, ends[i]) == 0) {
			*compressed = i > 0;
			return suffix;
		}
	return NULL;
}

static bool is_date(const char *suffix)
{
	return *suffix == '-' || strlen(suffix + 1) >= DATE_DIGITS;
}

/* Newest first; texts of digits, so the longer is the greater. */
static int compare(const void *a, const void *b)
{
	const char *left = *(char *const *)a, *right = *(char *const *)b;
	bool date = is_date(left);
	int order = (int)strlen(left) - (int)strlen(right);

	if (date != is_date(right))
		return date ? -1 : 1;
	order = order ? order : strcmp(left, right);
	return date ? -order : order;
}

struct suffixes {
	char **texts;
	size_t count;
};

static void free_suffixes(struct suffixes *suffixes)
{
	for (size_t i = 0; i < suffixes->count; i++)
		free(suffixes->texts[i]);
	free(suffixes->texts);
}

static int add_suffix(struct suffixes *suffixes, char *text)
{
	char **texts = text ? realloc(suffixes->texts, sizeof(*texts) *
				      (suffixes->count + 1)) : NULL;

	if (!texts) {
		free(text);
		return -ENOMEM;
	}
	suffixes->texts = texts;
	texts[suffixes->count++] = text;
	return 0;
}

static int add_number(struct suffixes *suffixes, unsigned long number)
{
	return add_suffix(suffixes, base_printf(".%lu", number));
}

/* All numbers up to two more than there are: while files are renamed, a listing
 * may show one of them under neither name. */
static int add_numbers(struct suffixes *suffixes, unsigned long highest)
{
	int ret = 0;

	for (unsigned long i = 1; ret == 0 && i <= highest + 2; i++)
		ret = add_number(suffixes, i);
	return ret;
}

static int list_folder(DIR *folder, const char *base,
		       struct suffixes *suffixes, bool *some_compressed)
{
	unsigned long highest = 0;
	struct dirent *entry;

	while ((entry = readdir(folder))) {
		bool compressed = false;
		const char *suffix = suffix_of(entry->d_name, base,
					       &compressed);
		unsigned long number;

		if (!suffix)
			continue;
		*some_compressed |= compressed;
		if (compressed)
			continue;
		number = is_date(suffix) ? MOST_FILES :
			 strtoul(suffix + 1, NULL, 10);
		if (number >= MOST_FILES) {
			if (add_suffix(suffixes, strdup(suffix)) < 0)
				return -ENOMEM;
		} else if (number > highest) {
			highest = number;
		}
	}
	return add_numbers(suffixes, highest);
}

static int find_suffixes(const char *path, struct suffixes *suffixes,
			 bool *compressed)
{
	const char *base = strrchr(path, '/') + 1;
	cleanup_free char *name = strndup(path, (size_t)(base - path));
	DIR *folder = name ? opendir(name) : NULL;
	int ret = 0;

	if (folder) {
		ret = list_folder(folder, base, suffixes, compressed);
		closedir(folder);
	} else {
		ret = add_numbers(suffixes, PROBED);
	}
	if (suffixes->count)
		qsort(suffixes->texts, suffixes->count,
		      sizeof(*suffixes->texts), compare);
	return ret;
}

/* ---- the list --------------------------------------------------------- */

void rotated_free(struct rotated *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->files[i].path);
	free(list->files);
	*list = (struct rotated) { 0 };
}

/* -errno where it cannot be read; it is then not in the list. */
static int add_file(struct rotated *list, const char *path, const char *suffix)
{
	struct rotated_file *file = &list->files[list->count];
	cleanup_free char *name = base_printf("%s%s", path, suffix);
	struct stat st;
	int ret = name ? 0 : -ENOMEM;

	if (ret == 0 && stat(name, &st) < 0)
		ret = -errno;
	if (ret == 0 && !S_ISREG(st.st_mode))
		ret = -EINVAL;
	if (ret == 0) {
		cleanup_close int fd = rotated_open(name);

		ret = fd < 0 ? fd : place_look(fd, &file->look);
	}
	if (ret < 0)
		return ret;
	file->path = take_ptr(name);
	list->count++;
	return 0;
}

static void reverse(struct rotated *list)
{
	for (size_t i = 0; i < list->count / 2; i++) {
		struct rotated_file *a = &list->files[i];
		struct rotated_file *b = &list->files[list->count - 1 - i];
		struct rotated_file kept = *a;

		*a = *b;
		*b = kept;
	}
}

/* Ours, not the file's: what cannot be opened for it may be there. */
static bool is_want(int code)
{
	return code == -ENOMEM || code == -EMFILE || code == -ENFILE;
}

static int list_once(const char *path, struct rotated *list, size_t *names)
{
	struct suffixes suffixes = { 0 };
	int ret, failed;

	*list = (struct rotated) {
		.files = calloc(MOST_FILES, sizeof(*list->files)),
	};
	if (!list->files)
		return -ENOMEM;
	list->failed = add_file(list, path, "");
	list->current = list->failed == 0;
	ret = is_want(list->failed) ? list->failed :
	      find_suffixes(path, &suffixes, &list->compressed);
	for (size_t i = 0; ret == 0 && i < suffixes.count &&
	     list->count < MOST_FILES; i++) {
		failed = add_file(list, path, suffixes.texts[i]);
		ret = is_want(failed) ? failed : 0;
	}
	*names = suffixes.count;
	free_suffixes(&suffixes);
	return ret;
}

static int count_names(const char *path, size_t *names)
{
	struct suffixes suffixes = { 0 };
	bool compressed = false;
	int ret = find_suffixes(path, &suffixes, &compressed);

	*names = suffixes.count;
	free_suffixes(&suffixes);
	return ret;
}

/* Who did not run for a while may have missed so many rotations that a file has
 * a higher number than was looked for. */
int rotated_list(const char *path, struct rotated *list)
{
	size_t before, after;
	int ret, lists = 0;

	*list = (struct rotated) { 0 };
	do {
		rotated_free(list);
		ret = list_once(path, list, &before);
		if (ret == 0)
			ret = count_names(path, &after);
	} while (ret == 0 && after > before && ++lists < MOST_LISTS);
	if (ret < 0) {
		rotated_free(list);
		return ret;
	}
	reverse(list);
	for (size_t i = 0; i + 1 < list->count; i++)
		list->files[i].copy = place_copy(&list->files[i].look,
						 &list->files[i + 1].look);
	return 0;
}

ssize_t rotated_find(const struct rotated *list, const struct place *place)
{
	ssize_t found = -ENOENT;

	for (size_t i = list->count; i-- > 0;) {
		const struct place_look *look = &list->files[i].look;

		if (!place_begins(place, look))
			continue;
		if (place_same_file(place, &look->place))
			return (ssize_t)i;
		if (found < 0 && place->head)
			found = (ssize_t)i;
	}
	return found;
}

size_t rotated_next(const struct rotated *list, size_t index)
{
	for (index++; index < list->count; index++)
		if (!list->files[index].copy)
			break;
	return index;
}

size_t rotated_since(const struct rotated *list, int64_t changed)
{
	for (size_t i = 0; i < list->count; i++)
		if (!list->files[i].copy &&
		    (list->files[i].look.place.changed > changed ||
		     (list->current && i + 1 == list->count)))
			return i;
	return list->count;
}
