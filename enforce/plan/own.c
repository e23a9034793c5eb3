/* SPDX-License-Identifier: MIT */
/*
 * Masks for jail's own files: profiles, the store, the registry of what is
 * running. They come after all rules, and no directive undoes them. A file of
 * the host can be seen in several places, as `bind` and `private DIR` make
 * them; each is masked. And where the program could make what does not exist
 * yet, it is made first: a profile of the program's own making would be obeyed.
 * For the same reason links on the way to them stay what they are.
 */
#include <fcntl.h>
#include <string.h>

#include "enforce/plan/rules.h"

#define OWN "jail's own files"

struct own {
	struct enforce_plan *plan;
	const char *path;	/* of the host, without links */
	bool directory;
	bool create;		/* if it is missing and could be made */
	bool link;		/* it is a link on the way, to be pinned */
	const char *mounts;	/* mountinfo_text() */
	struct error *err;
};

static int no_memory(struct own *own)
{
	return base_error(own->err, ENOMEM, "out of memory");
}

/* PATH without links as far as it exists: new memory. */
static char *real_path(const struct enforce_files *files, const char *path)
{
	cleanup_free char *part = strdup(path);
	char *slash = part ? part + strlen(part) : NULL;

	while (slash) {
		cleanup_free char *real = realpath(*part ? part : "/", NULL);
		const char *rest = path + (slash - part);

		if (real)
			return base_printf("%s%s", real[1] || !*rest ? real :
					   "", rest);
		view_note(files, path, errno);
		if (slash == part)
			return NULL;
		slash = memrchr(part, '/', (size_t)(slash - part));
		if (slash)
			*slash = '\0';
	}
	return NULL;
}

/* ---- one place -------------------------------------------------------- */

/* Nothing to fear where the user himself cannot make it. */
static int create(struct own *own)
{
	cleanup_free char *folder = strdup(own->path);
	int fd, ret;

	if (!folder)
		return no_memory(own);
	if (!own->directory)
		*strrchr(folder, '/') = '\0';
	/* Where others have profiles, too, they have to be able to look. */
	ret = make_folders(*folder ? folder : "/",
			   view_below(folder, "/etc") ? 0755 : 0700, own->err);
	if (ret == 0 && !own->directory) {
		fd = open(own->path, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW |
			  O_CLOEXEC, 0600);
		if (fd < 0 && errno != EEXIST)
			ret = base_error(own->err, errno, "cannot create "
					 "'%.200s': %m", own->path);
		if (fd >= 0)
			close(fd);
	}
	view_forget(&own->plan->files);
	if (ret == -EACCES || ret == -EPERM || ret == -EROFS ||
	    ret == -ENOTDIR)
		return 0;
	return ret;
}

static int hide_there(struct own *own, const char *place,
		      const struct stat *st)
{
	enum enforce_step_kind kind = own->link ? ENFORCE_AGAIN : ENFORCE_MASK;
	struct enforce_step *step = steps_add(&own->plan->files, kind, place,
					      own->path, OWN);

	if (!step)
		return no_memory(own);
	step->directory = S_ISDIR(st->st_mode);
	step->link = own->link;
	return 0;
}

/* Masks PLACE, if what the program sees there is jail's own. */
static int mask(struct own *own, const char *place)
{
	struct enforce_files *files = &own->plan->files;
	cleanup_spot struct view_spot spot = {0};
	struct stat st;
	int ret = view_spot(files, place, SIZE_MAX, &spot);

	if (ret < 0)
		return no_memory(own);
	if (!(spot.host && view_below(spot.host, own->path)) &&
	    !(spot.upper && view_below(spot.upper, own->path)))
		return 0;
	if (view_lstat(files, place, &st) < 0) {
		/* In an overlay nothing is made for anybody else. */
		if (!own->create || spot.upper ||
		    spot.step->kind == ENFORCE_OVERLAY ||
		    !view_writable(files, place))
			return 0;
		ret = create(own);
		if (ret < 0 || view_lstat(files, place, &st) < 0)
			return ret;
	}
	return hide_there(own, place, &st);
}

/* ---- all places ------------------------------------------------------- */

/* Where a step shows SOURCE at PATH, it may be seen. */
static int mask_by(struct own *own, const char *path, const char *source)
{
	const char *rest = view_below(own->path, source);
	cleanup_free char *place = NULL;

	if (!rest && !view_below(source, own->path))
		return 0;
	place = base_printf("%s%s", path[1] || !rest || !*rest ? path : "",
			    rest ? rest : "");
	return place ? mask(own, place) : no_memory(own);
}

/* A step that binds back what a whitelist covered shows it where it was. */
static int mask_everywhere(struct own *own)
{
	struct enforce_files *files = &own->plan->files;
	size_t count = files->count;
	int ret = 0;

	/* A step moves when one is added; its strings do not. */
	for (size_t i = 0; ret == 0 && i < count; i++) {
		const struct enforce_step *step = &files->steps[i];

		if ((step->kind == ENFORCE_BIND && !step->kept) ||
		    step->kind == ENFORCE_OVERLAY)
			ret = mask_by(own, step->path, step->source);
	}
	return ret;
}

/* ---- where else the host has it ---------------------------------------- */

/* PATH lies in the file system of DEVICE at INSIDE. */
struct alias {
	struct own *own;
	const char *path;
	char *point;		/* of the mount that PATH is on */
	char *device;
	char *inside;
};

static void free_alias(struct alias *alias)
{
	free(alias->point);
	free(alias->device);
	free(alias->inside);
}

/* The deepest mount point above, and of those the last. */
static int find_device(void *data, const struct mountinfo *mount)
{
	struct alias *alias = data;
	const char *rest = view_below(alias->path, mount->point);

	if (!rest || (alias->point &&
		      strlen(mount->point) < strlen(alias->point)))
		return 0;
	free_alias(alias);
	alias->point = strdup(mount->point);
	alias->device = strdup(mount->device);
	alias->inside = base_printf("%s%s", mount->root[1] || !*rest ?
				    mount->root : "", rest);
	return alias->point && alias->device && alias->inside ? 0 : -ENOMEM;
}

/* Whatever it is called there. */
static int mask_alias(void *data, const struct mountinfo *mount)
{
	struct alias *alias = data;
	struct own own = *alias->own;
	const char *rest = view_below(alias->inside, mount->root);
	cleanup_free char *path = NULL;

	if (strcmp(mount->device, alias->device) != 0 ||
	    strcmp(mount->point, alias->point) == 0 ||
	    (!rest && !view_below(mount->root, alias->inside)))
		return 0;
	path = base_printf("%s%s", mount->point[1] || !rest || !*rest ?
			   mount->point : "", rest ? rest : "");
	if (!path)
		return -ENOMEM;
	own.path = path;
	return mask_everywhere(&own);
}

/* Other mounts of the same file system may show it, too. */
static int mask_aliases(struct own *own)
{
	__attribute__((cleanup(free_alias))) struct alias alias = {
		.own = own, .path = own->path,
	};
	int ret = mountinfo_each(own->mounts, find_device, &alias, own->err);

	return ret < 0 || !alias.inside ? ret :
	       mountinfo_each(own->mounts, mask_alias, &alias, own->err);
}

static int hide(struct enforce_plan *plan, const char *mounts,
		const char *path, bool directory, bool create_it,
		struct error *err)
{
	cleanup_free char *real = real_path(&plan->files, path);
	struct own own = {
		.plan = plan, .path = real, .directory = directory,
		.create = create_it, .mounts = mounts, .err = err,
	};
	int ret;

	if (!real)
		return base_error(err, ENOMEM, "out of memory");
	/* The root is nobody's own: it would hide everything. */
	if (strcmp(real, "/") == 0)
		return 0;
	ret = mask_everywhere(&own);
	return ret < 0 ? ret : mask_aliases(&own);
}

/* ---- links that lead to it --------------------------------------------- */

static void pin_link(void *data, const char *path, const char *target)
{
	struct own *own = data;
	struct own link = *own;

	(void)target;
	link.path = path;
	if (own->err->code == 0 && mask_everywhere(&link) == 0)
		mask_aliases(&link);
}

/* Whoever looks for NAME next comes to the same place. */
static int pin_links(struct enforce_plan *plan, const char *mounts,
		     const char *name, struct error *err)
{
	struct enforce_files host = {0};
	struct error failed = {0};
	struct own own = {
		.plan = plan, .link = true, .mounts = mounts, .err = &failed,
	};
	char *real = NULL;

	if (!steps_bind(&host, "/", "/", true, 0, OWN))
		base_error(&failed, ENOMEM, "out of memory");
	else
		real = view_follow(&host, name, pin_link, &own);
	if (!real && errno == ENOMEM && failed.code == 0)
		base_error(&failed, ENOMEM, "out of memory");
	free(real);
	steps_free(&host);
	if (failed.code && err)
		*err = failed;
	return -failed.code;
}

static bool is_within_own(const struct enforce_plan *plan, const char *path)
{
	const char *const *own = plan->context.own;

	for (; own && *own; own++)
		if (view_below(path, *own))
			return true;
	return false;
}

/* The files that sqlite makes beside the store, before it does. */
static int hide_store(struct enforce_plan *plan, const char *mounts,
		      struct error *err)
{
	static const char *const suffixes[] = {"", "-wal", "-shm", "-journal",
					       "-wal-empty"};
	const char *store = plan->context.store;
	int ret = 0;

	if (!store || is_within_own(plan, store))
		return 0;
	for (size_t i = 0; ret == 0 && i < ARRAY_SIZE(suffixes); i++) {
		cleanup_free char *path = base_printf("%s%s", store,
						      suffixes[i]);

		if (!path)
			return base_error(err, ENOMEM, "out of memory");
		ret = hide(plan, mounts, path, false, *suffixes[i], err);
	}
	return ret;
}

int files_own(struct enforce_plan *plan, struct error *err)
{
	const char *const *own = plan->context.own;
	const char *const *name = plan->context.names;
	cleanup_free char *mounts = NULL;
	int ret = mountinfo_text(&mounts, err);

	for (; ret == 0 && own && *own; own++)
		ret = hide(plan, mounts, *own, true, true, err);
	if (ret == 0)
		ret = hide_store(plan, mounts, err);
	for (; ret == 0 && name && *name; name++)
		ret = pin_links(plan, mounts, *name, err);
	return ret;
}
