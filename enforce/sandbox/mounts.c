/* SPDX-License-Identifier: MIT */
/*
 * Takes the steps of a plan in a mount namespace of our own:
 *
 *	host root          what everything is bound from
 *	 └─ scratch        a tmpfs over it: empty files and folders for masks,
 *	     └─ new        the texts of files, what an overlay keeps in memory
 *	                   the root that is built; at the end pivot_root(2)
 *	                   makes it the root, and all above is gone
 *
 * Nothing is looked up but by openat2(2) below one of these three, without
 * following a link: what the plan resolved is without links, so a link in the
 * way has come since, and is refused. Files are made nowhere but on the tmpfs
 * mounts that steps make, by their device numbers; so nothing of the host is
 * ever written, whatever moves meanwhile.
 *
 * open_tree(2), move_mount(2) and mount_setattr(2) work on descriptors and on
 * whole trees of mounts; they need Linux 5.12.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include "enforce/sandbox/mounts.h"
#include "enforce/sandbox/sandbox.h"

/* The texts of CONTENT steps, before the scratch becomes read-only. */
static int write_texts(struct mounts *mounts, const struct enforce_plan *plan)
{
	for (size_t i = 0; i < plan->files.count; i++) {
		const struct enforce_step *step = &plan->files.steps[i];
		cleanup_close int fd = -1;
		char name[32];

		if (step->kind != ENFORCE_CONTENT)
			continue;
		snprintf(name, sizeof(name), "text%zu", i);
		fd = openat(mounts->scratch, name, O_CREAT | O_EXCL | O_WRONLY |
			    O_CLOEXEC, step->mode ? step->mode : 0444);
		if (fd < 0 || base_write_all(fd, step->source,
					     strlen(step->source)) < 0)
			return -1;
	}
	return 0;
}

static int fill_scratch(struct mounts *mounts, const struct enforce_plan *plan)
{
	if (mkdirat(mounts->scratch, "new", 0755) < 0 ||
	    mkdirat(mounts->scratch, "memory", 0755) < 0 ||
	    mkdirat(mounts->scratch, "folder", 0) < 0 ||
	    fchmodat(mounts->scratch, "folder", 0, 0) < 0 ||
	    mounts_make_file(mounts->scratch, "file", 0) < 0 ||
	    write_texts(mounts, plan) < 0)
		return -1;
	return mounts_set_flags(mounts->scratch, MOUNT_ATTR_RDONLY |
			 MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
			 MOUNT_ATTR_NOEXEC, 0, false);
}

/* A new root on the scratch, over the old one. */
static int begin(struct mounts *mounts, const struct enforce_plan *plan)
{
	cleanup_close int at = -1;

	mounts->host = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (mounts->host < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -1;
	mounts->scratch = mounts_tmpfs(4 << 20, (4 << 10) + 1024, 0755, 0);
	if (mounts->scratch < 0 ||
	    mounts_move(mounts->scratch, mounts->host) < 0 ||
	    fill_scratch(mounts, plan) < 0)
		return -1;
	mounts->root = mounts_tmpfs_for_steps(mounts, 1 << 20, 0755,
					      MOUNT_ATTR_NOSUID |
					      MOUNT_ATTR_NODEV);
	at = openat(mounts->scratch, "new", O_PATH | O_CLOEXEC);
	if (mounts->root < 0 || at < 0)
		return -1;
	return mounts_move(mounts->root, at);
}

/* pivot_root(2), "pivot_root(".", ".")": the old root ends on top of the new
 * one. Lazy umounts, one for all that is mounted there, take the scratch that
 * lies over it, then the old root; after that it is no mount any more. */
static int leave_old_root(struct mounts *mounts)
{
	if (fchdir(mounts->host) < 0 || umount2(".", MNT_DETACH) < 0 ||
	    umount2(".", MNT_DETACH) < 0)
		return -1;
	if (umount2(".", MNT_DETACH) == 0 || errno != EINVAL) {
		errno = EXDEV;
		return -1;
	}
	return chdir("/");
}

static int enter(struct mounts *mounts)
{
	char cwd[16];

	if (mounts_set_flags(mounts->root, MOUNT_ATTR_RDONLY, 0, false) < 0 ||
	    fchdir(mounts->root) < 0 ||
	    syscall(SYS_pivot_root, ".", ".") < 0 ||
	    leave_old_root(mounts) < 0)
		return -1;
	if (syscall(SYS_getcwd, cwd, sizeof(cwd)) < 0 ||
	    strcmp(cwd, "/") != 0) {
		errno = EXDEV;
		return -1;
	}
	return 0;
}

static void close_all(struct mounts *mounts)
{
	base_close(&mounts->host);
	base_close(&mounts->scratch);
	base_close(&mounts->memory);
	base_close(&mounts->root);
	for (size_t i = 0; i < ARRAY_SIZE(mounts->kept); i++)
		base_close(&mounts->kept[i]);
}

static int no_tree(const char *what, struct error *err)
{
	int code = errno;

	if (code == EINVAL && ids_in_chroot())
		return base_error(err, code, "no tree of files can be made in "
				  "a chroot; start jail outside of it, or with "
				  "--profile=none for the whitelist alone");
	if (code == EPERM)
		return base_error(err, code, "the sandbox is refused %s by "
				  "the container or service that jail runs in; "
				  IDS_UNFILTERED ", run jail outside, or with "
				  "--profile=none for the whitelist alone",
				  what);
	return base_error(err, code, "cannot make the sandbox %s: %s", what,
			  strerror(code));
}

int mounts_build(const struct enforce_plan *plan, int *namespaces_limit,
		 struct error *err)
{
	__attribute__((cleanup(close_all))) struct mounts mounts = {
		.host = -1, .scratch = -1, .memory = -1, .root = -1,
		.limit = -1,
	};
	mode_t mask = umask(0);
	int ret;

	memset(mounts.kept, -1, sizeof(mounts.kept));
	if (begin(&mounts, plan) < 0)
		return no_tree("a tree of files", err);
	ret = mounts_take(&mounts, plan, err);
	umask(mask);
	*namespaces_limit = mounts.limit;
	if (ret < 0)
		return ret;
	if (enter(&mounts) < 0)
		return no_tree("a root of its own", err);
	return 0;
}
