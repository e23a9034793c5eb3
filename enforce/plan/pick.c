/* SPDX-License-Identifier: MIT */
/*
 * A folder of which the program sees only some entries: a read-only tmpfs with
 * binds and links in it. All that is looked up is looked up before the tmpfs
 * hides it; see parts.h.
 */
#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "enforce/plan/parts.h"

/* More than this is no choice, but a mistake. */
#define ENTRIES 256

int pick_open(struct pick *pick, const struct enforce_files *files,
	      const char *path, struct error *err)
{
	pick->path = view_resolve(files, path);
	if (!pick->path)
		return parts_absent(errno) ? 1 : parts_unknown(path, errno,
								err);
	pick->host = view_locate(files, pick->path, NULL);
	if (!pick->host)
		return 0; /* a step made it: it has nothing of the host */
	pick->fd = open(pick->host, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (pick->fd >= 0)
		return 0;
	return parts_absent(errno) && errno != EACCES ?
		       1 : parts_unknown(pick->path, errno, err);
}

void pick_close(struct pick *pick)
{
	if (!pick)
		return;
	for (size_t i = 0; i < pick->count; i++) {
		free(pick->entries[i].name);
		free(pick->entries[i].source);
	}
	free(pick->entries);
	free(pick->path);
	free(pick->host);
	base_close(&pick->fd);
	*pick = (struct pick)PICK_NONE;
}

static bool has(const struct pick *pick, const char *name)
{
	for (size_t i = 0; i < pick->count; i++)
		if (strcmp(pick->entries[i].name, name) == 0)
			return true;
	return false;
}

static int match_all(const struct pick *pick, const char *pattern,
		     int (*found)(void *data, const char *name), void *data,
		     struct error *err)
{
	int fd = openat(pick->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int ret = 0;

	if (!dir) {
		base_close(&fd);
		return base_error(err, EACCES, "cannot list '%.200s', of "
				  "which '%.100s' is to be shown", pick->path,
				  pattern);
	}
	while (ret == 0 && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0 &&
		    fnmatch(pattern, entry->d_name, 0) == 0)
			ret = found(data, entry->d_name);
	closedir(dir);
	return ret;
}

int pick_match(const struct pick *pick, const char *word,
	       int (*found)(void *data, const char *name), void *data,
	       struct error *err)
{
	struct stat st;

	if (!*word || strchr(word, '/') || strcmp(word, ".") == 0 ||
	    strcmp(word, "..") == 0)
		return base_error(err, EINVAL, "'%.200s' is no name within "
				  "%.200s; write names without a slash", word,
				  pick->path);
	if (pick->fd < 0)
		return 0;
	if (strpbrk(word, "*?["))
		return match_all(pick, word, found, data, err);
	if (fstatat(pick->fd, word, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return parts_absent(errno) ? 0 : parts_unknown(word, errno,
								err);
	return found(data, word);
}

int pick_add(struct pick *pick, enum enforce_step_kind kind, const char *name,
	     const char *source, bool directory, struct error *err)
{
	struct pick_entry *entry;

	if (has(pick, name))
		return 0;
	if (pick->count == ENTRIES)
		return base_error(err, E2BIG, "more than %d names are chosen "
				  "in %.200s; choose fewer, or leave the "
				  "directive out", ENTRIES, pick->path);
	entry = reallocarray(pick->entries, pick->count + 1, sizeof(*entry));
	if (!entry)
		return base_error(err, ENOMEM, "out of memory");
	pick->entries = entry;
	entry = &pick->entries[pick->count++];
	*entry = (struct pick_entry){.kind = kind, .name = strdup(name),
				     .source = strdup(source),
				     .directory = directory};
	if (!entry->name || !entry->source)
		return base_error(err, ENOMEM, "out of memory");
	return 0;
}

static bool is_in_usr(const char *target)
{
	const char *below = target;

	while (strncmp(below, "../", 3) == 0)
		below += 3;
	return strncmp(below + (*below == '/'), "usr/", 4) == 0 &&
	       !strstr(below, "/../");
}

/* Adds the link NAME, if it leads into /usr: 1. */
static int add_link(struct pick *pick, const char *name, struct error *err)
{
	char target[PATH_MAX];
	ssize_t size = readlinkat(pick->fd, name, target, sizeof(target) - 1);
	int ret;

	if (size < 0 && errno != EINVAL && !parts_absent(errno))
		return parts_unknown(name, errno, err);
	if (size <= 0)
		return 0;
	target[size] = '\0';
	if (!is_in_usr(target))
		return 0;
	ret = pick_add(pick, ENFORCE_SYMLINK, name, target, false, err);
	return ret < 0 ? ret : 1;
}

int pick_add_host(struct pick *pick, const struct enforce_files *files,
		  const char *name, struct error *err)
{
	cleanup_free char *path = NULL, *real = NULL, *host = NULL;
	struct stat st;
	int ret;

	if (pick->fd < 0)
		return 0;
	ret = add_link(pick, name, err);
	if (ret != 0)
		return ret < 0 ? ret : 0;
	path = base_printf("%s/%s", pick->path, name);
	if (!path)
		return base_error(err, ENOMEM, "out of memory");
	real = view_resolve(files, path);
	if (!real && !parts_absent(errno))
		return parts_unknown(path, errno, err);
	host = real ? view_locate(files, real, NULL) : NULL;
	if (!host)
		return 0;
	if (lstat(host, &st) < 0)
		return parts_absent(errno) ? 0 : parts_unknown(path, errno,
								err);
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return 0;
	return pick_add(pick, ENFORCE_BIND, name, host, S_ISDIR(st.st_mode),
			err);
}

static int emit_entry(const struct pick *pick, const struct pick_entry *entry,
		      struct enforce_files *files, const char *why)
{
	cleanup_free char *path = base_printf("%s/%s", pick->path,
					      entry->name);
	struct enforce_step *step;

	if (!path)
		return -ENOMEM;
	if (entry->kind != ENFORCE_SYMLINK &&
	    !steps_add(files, entry->directory ? ENFORCE_DIRECTORY :
						 ENFORCE_FILE, path, NULL, why))
		return -ENOMEM;
	step = steps_add(files, entry->kind, path, entry->source, why);
	if (!step)
		return -ENOMEM;
	if (entry->kind == ENFORCE_BIND) {
		step->directory = entry->directory;
		step->set = PARTS_READ_ONLY;
	}
	return 0;
}

int pick_emit(const struct pick *pick, struct enforce_files *files,
	      const char *why, struct error *err)
{
	struct enforce_step *step = steps_add(files, ENFORCE_TMPFS, pick->path,
					      NULL, why);
	int ret = step ? 0 : -ENOMEM;

	if (step) {
		step->mode = 0755;
		step->size = PARTS_SMALL;
		step->set = PARTS_SHOWN;
	}
	for (size_t i = 0; ret == 0 && i < pick->count; i++)
		ret = emit_entry(pick, &pick->entries[i], files, why);
	if (ret == 0) {
		step = steps_add(files, ENFORCE_AGAIN, pick->path, NULL, why);
		ret = step ? 0 : -ENOMEM;
	}
	if (ret < 0)
		return base_error(err, ENOMEM, "out of memory");
	step->directory = true;
	step->set = PARTS_READ_ONLY;
	step->alone = true;
	return 0;
}
