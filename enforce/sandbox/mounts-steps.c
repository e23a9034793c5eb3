/* SPDX-License-Identifier: MIT */
/*
 * One function a kind of step. See mounts.h.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>

#include "enforce/sandbox/mounts.h"

/* ---- files that steps make -------------------------------------------- */

/* The folder that STEP's path is in, if it is on a tmpfs of ours. */
static int open_parent(struct mounts *mounts, const struct enforce_step *step,
		       const char **name, struct error *err)
{
	const char *slash = strrchr(step->path, '/');
	cleanup_free char *parent = strndup(step->path,
					    (size_t)(slash - step->path));
	cleanup_close int fd = -1;
	struct stat st;

	*name = slash + 1;
	if (!parent)
		return base_error(err, ENOMEM, "out of memory");
	fd = (int)mounts_open_below(mounts->root, parent, O_PATH | O_DIRECTORY);
	if (fd < 0 || fstat(fd, &st) < 0)
		return mounts_failed(step, "make", err);
	for (size_t i = 0; i < mounts->made_count; i++)
		if (mounts->made[i] == st.st_dev)
			return take_fd(&fd);
	return base_error(err, EXDEV, "'%.200s' (%s) would be made outside of "
			  "the sandbox; make the folder that it is in first, "
			  "or leave the directive out", step->path, step->why);
}

int mounts_make_file(int parent, const char *name, unsigned mode)
{
	int fd = openat(parent, name, O_CREAT | O_EXCL | O_WRONLY |
			O_NOFOLLOW | O_CLOEXEC, mode);

	if (fd < 0)
		return errno == EEXIST ? 0 : -1;
	return close(fd);
}

static int take_make(struct mounts *mounts, const struct enforce_step *step,
		     struct error *err)
{
	cleanup_close int parent = -1;
	const char *name;
	int ret;

	parent = open_parent(mounts, step, &name, err);
	if (parent < 0)
		return parent;
	switch (step->kind) {
	case ENFORCE_DIRECTORY:
		ret = mkdirat(parent, name, step->mode ? step->mode : 0755);
		if (ret == 0 && step->mode & 07000)
			ret = fchmodat(parent, name, step->mode, 0);
		break;
	case ENFORCE_SYMLINK:
		ret = symlinkat(step->source, parent, name);
		break;
	default:
		ret = mounts_make_file(parent, name,
				       step->mode ? step->mode : 0600);
	}
	if (ret < 0 && errno != EEXIST)
		return mounts_failed(step, "make", err);
	return 0;
}

/* ---- mounts ----------------------------------------------------------- */

/* What a tmpfs covers, for the steps that bind some of it back. */
static int keep(struct mounts *mounts, const struct enforce_step *step)
{
	int *kept = &mounts->kept[step->kept - 1];

	base_close(kept);
	*kept = (int)mounts_open_below(mounts->root, step->path,
				       O_PATH | O_DIRECTORY);
	return *kept;
}

static int take_tmpfs(struct mounts *mounts, const struct enforce_step *step,
		      struct error *err)
{
	cleanup_close int tree = -1;

	if (step->kept && keep(mounts, step) < 0)
		return mounts_failed(step, "keep what is at", err);
	tree = mounts_tmpfs_for_steps(mounts, step->size, step->mode,
				      step->set);
	return mounts_attach(mounts, step, tree, err);
}

/* 1 if it has gone and may be. */
static int open_source(struct mounts *mounts, const struct enforce_step *step,
		       int *fd, struct error *err)
{
	struct stat st;

	*fd = (int)mounts_open_below(step->kept ? mounts->kept[step->kept - 1] :
				     mounts->host, step->source, O_PATH);
	if (*fd < 0 && step->optional && errno == ENOENT)
		return 1;
	if (*fd < 0 || fstat(*fd, &st) < 0)
		return mounts_failed(step, "open what is shown as", err);
	if (S_ISDIR(st.st_mode) == step->directory && !S_ISLNK(st.st_mode))
		return 0;
	return base_error(err, ESTALE, MOUNTS_CHANGED, step->source, "");
}

static int take_bind(struct mounts *mounts, const struct enforce_step *step,
		     struct error *err)
{
	cleanup_close int from = -1, tree = -1;
	int ret = open_source(mounts, step, &from, err);

	if (ret != 0)
		return ret < 0 ? ret : 0;
	tree = mounts_copy(from, "", true);
	if (tree < 0 ||
	    mounts_set_flags(tree, step->set, step->clear, true) < 0)
		return mounts_failed(step, "bind", err);
	return mounts_attach(mounts, step, tree, err);
}

/* Where the host has a file system read-only, an ordinary user cannot make it
 * writable, nor does he have to. */
static int change_flags(int tree, const struct enforce_step *step)
{
	int ret = mounts_set_flags(tree, step->set, step->clear, !step->alone);

	if (ret < 0 && errno == EPERM && step->clear)
		ret = mounts_set_flags(tree, step->set, step->clear, false);
	if (ret < 0 && errno == EPERM && step->clear)
		ret = mounts_set_flags(tree, step->set, 0, true);
	return ret;
}

/* What is mounted at PATH itself is pinned already; EINVAL: nothing is
 * (mount_setattr(2)), and it gets a mount of its own. */
static int take_again(struct mounts *mounts, const struct enforce_step *step,
		      struct error *err)
{
	cleanup_close int at = -1, tree = -1;

	at = (int)mounts_open_below(mounts->root, step->path,
				    O_PATH | (step->link ? O_NOFOLLOW : 0));
	if (at < 0 && (step->optional || step->link) && errno == ENOENT)
		return 0;
	if (at < 0)
		return mounts_failed(step, "find", err);
	if (change_flags(at, step) == 0)
		return 0;
	if (errno != EINVAL)
		return mounts_failed(step, "change the flags of", err);
	tree = mounts_copy(at, "", true);
	if (tree < 0)
		return mounts_failed(step, "bind", err);
	if (change_flags(tree, step) < 0)
		return mounts_failed(step, "change the flags of", err);
	if (mounts_move(tree, at) < 0)
		return mounts_failed(step, "mount", err);
	return 0;
}

static int take_mask(struct mounts *mounts, const struct enforce_step *step,
		     struct error *err)
{
	cleanup_close int at = -1, tree = -1;

	at = (int)mounts_open_below(mounts->root, step->path, O_PATH);
	if (at < 0 && step->optional && errno == ENOENT)
		return 0;
	if (at < 0)
		return mounts_failed(step, "find", err);
	tree = mounts_copy(mounts->scratch, step->directory ? "folder" : "file",
		    false);
	if (tree < 0 || mounts_move(tree, at) < 0)
		return mounts_failed(step, "mask", err);
	return 0;
}

static int take_content(struct mounts *mounts, const struct enforce_step *step,
			struct error *err)
{
	cleanup_close int tree = -1;
	char name[32];

	snprintf(name, sizeof(name), "text%zu", mounts->taken);
	tree = mounts_copy(mounts->scratch, name, false);
	return mounts_attach(mounts, step, tree, err);
}

static const struct kind {
	const char *verb;	/* for --debug */
	int (*take)(struct mounts *mounts, const struct enforce_step *step,
		    struct error *err);
} kinds[] = {
	[ENFORCE_DIRECTORY] = {"make the folder", take_make},
	[ENFORCE_FILE] = {"make the file", take_make},
	[ENFORCE_SYMLINK] = {"make the link", take_make},
	[ENFORCE_TMPFS] = {"an empty file system at", take_tmpfs},
	[ENFORCE_BIND] = {"bind", take_bind},
	[ENFORCE_AGAIN] = {"pin", take_again},
	[ENFORCE_MASK] = {"mask", take_mask},
	[ENFORCE_CONTENT] = {"a text of our own at", take_content},
	[ENFORCE_OVERLAY] = {"overlay", mounts_take_overlay},
	[ENFORCE_PROC] = {"a new /proc at", mounts_take_proc},
	[ENFORCE_SYSFS] = {"a new /sys at", mounts_take_special},
	[ENFORCE_DEVPTS] = {"new terminals at", mounts_take_special},
	[ENFORCE_MQUEUE] = {"new message queues at", mounts_take_special},
};

static void tell(const struct enforce_plan *plan,
		 const struct enforce_step *step)
{
	char sentence[512];

	if (!plan->debug)
		return;
	snprintf(sentence, sizeof(sentence), "%s %.300s%s%s (%s)",
		 kinds[step->kind].verb, step->path,
		 step->set & MOUNT_ATTR_RDONLY ? ", read-only" : "",
		 step->set & MOUNT_ATTR_NOEXEC ? ", noexec" : "", step->why);
	plan->debug(sentence);
}

int mounts_take(struct mounts *mounts, const struct enforce_plan *plan,
		struct error *err)
{
	const struct enforce_files *files = &plan->files;

	for (size_t i = 0; i < files->count; i++) {
		const struct enforce_step *step = &files->steps[i];
		int ret;

		tell(plan, step);
		mounts->taken = i;
		ret = kinds[step->kind].take(mounts, step, err);
		if (ret < 0)
			return ret;
	}
	return 0;
}
