/* SPDX-License-Identifier: MIT */
/*
 * private-bin: of the folders of programs, only those that are listed, and the
 * one that is to be executed. Each is shown where it is, in every folder that
 * has one of that name; a link is shown as a link, and so is each that it leads
 * over, as from sh to dash. Folders that are links, as /bin to /usr/bin, are
 * what they lead to.
 */
#include <limits.h>
#include <string.h>

#include "enforce/plan/parts.h"
#include "enforce/plan/view.h"

static const char *const folders[] = {
	"/usr/local/bin", "/usr/bin", "/bin", "/usr/games", "/usr/local/games",
	"/usr/local/sbin", "/usr/sbin", "/sbin",
};

#define LINKS 40 /* as the kernel follows, path_resolution(7) */

struct bins {
	const struct enforce_files *files;
	struct error *err;
	struct pick picks[ARRAY_SIZE(folders)];
	size_t count;
	struct pick *pick;	/* the one that is looked into */
};

static void close_bins(struct bins *bins)
{
	for (size_t i = 0; i < bins->count; i++)
		pick_close(&bins->picks[i]);
}

static struct pick *find_bin(struct bins *bins, const char *path)
{
	for (size_t i = 0; i < bins->count; i++)
		if (strcmp(bins->picks[i].path, path) == 0)
			return &bins->picks[i];
	return NULL;
}

static int open_bins(struct bins *bins)
{
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		struct pick pick = PICK_NONE;
		int ret = pick_open(&pick, bins->files, folders[i], bins->err);

		if (ret != 0 || find_bin(bins, pick.path)) {
			pick_close(&pick);
			if (ret < 0)
				return ret;
			continue;
		}
		bins->picks[bins->count++] = pick;
	}
	return 0;
}

/* Splits PATH: its folder without links, in new memory, and the last name. */
static char *split(const struct bins *bins, const char *path,
		   const char **name)
{
	const char *slash = strrchr(path, '/');
	cleanup_free char *folder = NULL;

	if (!slash)
		return NULL;
	*name = slash + 1;
	folder = slash == path ? strdup("/") :
				 strndup(path, (size_t)(slash - path));
	return folder ? view_resolve(bins->files, folder) : NULL;
}

/* The target of the link at FOLDER/NAME as a path; NULL if it is none. */
static char *link_target(const struct bins *bins, const char *folder,
			 const char *name)
{
	cleanup_free char *place = view_locate(bins->files, folder, NULL);
	cleanup_free char *host = NULL;
	char target[PATH_MAX];
	ssize_t size;

	if (!place)
		return NULL;
	host = base_printf("%s/%s", place, name);
	if (!host)
		return NULL;
	size = readlink(host, target, sizeof(target) - 1);
	if (size < 0 && errno != EINVAL) /* that is: no link */
		view_note(bins->files, host, errno);
	if (size <= 0)
		return NULL;
	target[size] = '\0';
	return *target == '/' ? strdup(target) :
				base_printf("%s/%s", folder, target);
}

/* Adds what PATH names where it is in one of the folders, and what it leads
 * over where it is a link. */
static int add_chain(struct bins *bins, const char *path)
{
	cleanup_free char *next = strdup(path);

	for (int i = 0; next && i < LINKS; i++) {
		cleanup_free char *folder = NULL, *target = NULL;
		struct pick *pick;
		const char *name;
		int ret = 0;

		folder = split(bins, next, &name);
		if (!folder)
			return 0;
		target = link_target(bins, folder, name);
		pick = find_bin(bins, folder);
		if (pick && target) {
			char text[PATH_MAX] = "";

			if (readlinkat(pick->fd, name, text,
				       sizeof(text) - 1) < 0)
				ret = parts_unknown(next, errno, bins->err);
			else
				ret = pick_add(pick, ENFORCE_SYMLINK, name,
					       text, false, bins->err);
		} else if (pick) {
			ret = pick_add_host(pick, bins->files, name,
					    bins->err);
		}
		if (ret < 0 || !target)
			return ret;
		free(next);
		next = take_ptr(target);
	}
	return 0;
}

static int found(void *data, const char *name)
{
	struct bins *bins = data;
	cleanup_free char *path = base_printf("%s/%s", bins->pick->path, name);

	if (!path)
		return base_error(bins->err, ENOMEM, "out of memory");
	return add_chain(bins, path);
}

static int add_word(struct bins *bins, const char *word)
{
	int ret = 0;

	if (*word == '/')
		return add_chain(bins, word);
	for (size_t i = 0; ret == 0 && i < bins->count; i++) {
		bins->pick = &bins->picks[i];
		ret = pick_match(bins->pick, word, found, bins, bins->err);
	}
	return ret;
}

int bin_plan(struct enforce_plan *plan, struct error *err)
{
	__attribute__((cleanup(close_bins))) struct bins bins = {
		.files = &plan->files, .err = err,
	};
	const struct profiles_words *words = &plan->policy->private_bin;
	int ret = open_bins(&bins);

	for (size_t i = 0; ret == 0 && i < words->count; i++)
		ret = add_word(&bins, words->items[i]);
	/* Who runs a program wants it to be there, listed or not. */
	if (ret == 0 && plan->path && *plan->path == '/')
		ret = add_chain(&bins, plan->path);
	for (size_t i = 0; ret == 0 && i < bins.count; i++)
		ret = pick_emit(&bins.picks[i], &plan->files, "private-bin",
				err);
	return ret;
}
