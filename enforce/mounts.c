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
 * mounts of this file, by their device numbers; so nothing of the host is ever
 * written, whatever moves meanwhile.
 *
 * open_tree(2), move_mount(2) and mount_setattr(2) work on descriptors and on
 * whole trees of mounts; they need Linux 5.12.
 */
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include "enforce/mounts.h"

#define TMPFS 0x01021994 /* linux/magic.h */

#define CHANGED "'%.200s' changed while the sandbox was being built%s; " \
		"start jail again"

long mounts_open_below(int root, const char *path, uint64_t flags)
{
	const struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS |
			   RESOLVE_NO_MAGICLINKS,
	};
	const char *below = path + strspn(path, "/");
	long fd;

	do
		fd = syscall(SYS_openat2, root, *below ? below : ".", &how,
			     sizeof(how));
	while (fd < 0 && errno == EAGAIN);
	return fd;
}

int mounts_failed(const struct enforce_step *step, const char *what,
		  struct error *err)
{
	int code = errno;

	if (code == ELOOP || code == ENOENT || code == ENOTDIR)
		return base_error(err, code, CHANGED, step->path,
				  code == ELOOP ? " into a link" : "");
	if (code == ENOSYS)
		return base_error(err, code, "this kernel cannot build the "
				  "tree of files (%s); Linux 5.12 is needed, "
				  "or --profile=none", what);
	return base_error(err, code, "cannot %s '%.200s' for the sandbox "
			  "(%s): %s", what, step->path, step->why,
			  strerror(code));
}

/* ---- pieces ----------------------------------------------------------- */

static int set_option(int context, const char *key, const char *value)
{
	return (int)syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, key,
			    value, 0);
}

static int set_number(int context, const char *key, const char *format,
		      unsigned long long value)
{
	char text[32];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(text, sizeof(text), format, value);
#pragma GCC diagnostic pop
	return set_option(context, key, text);
}

/* The mount of a context whose options are set; -1 and errno. */
int mounts_create(int context, uint64_t flags)
{
	if (syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL,
		    0) < 0)
		return -1;
	return (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, flags);
}

static int tmpfs(struct mounts *mounts, uint64_t size, unsigned mode,
		 uint64_t flags)
{
	cleanup_close int context = (int)syscall(SYS_fsopen, "tmpfs",
						 FSOPEN_CLOEXEC);
	struct stat st;
	int fd;

	if (context < 0 ||
	    set_number(context, "size", "%llu", size) < 0 ||
	    set_number(context, "mode", "%llo", mode) < 0 ||
	    set_number(context, "nr_inodes", "%llu", size / 1024 + 1024) < 0)
		return -1;
	fd = mounts_create(context, flags);
	if (fd < 0 || fstat(fd, &st) < 0)
		return fd;
	if (mounts->made_count == ARRAY_SIZE(mounts->made)) {
		close(fd);
		errno = E2BIG;
		return -1;
	}
	mounts->made[mounts->made_count++] = st.st_dev;
	return fd;
}

/* Mounts TREE on the descriptor AT. */
static int attach(int tree, int at)
{
	return (int)syscall(SYS_move_mount, tree, "", at, "",
			    MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

/* A copy of what is at AT; RECURSIVE: with all that is mounted below. */
static int copy(int at, const char *name, bool recursive)
{
	return (int)syscall(SYS_open_tree, at, name, OPEN_TREE_CLONE |
			    OPEN_TREE_CLOEXEC | AT_EMPTY_PATH |
			    AT_NO_AUTOMOUNT | AT_SYMLINK_NOFOLLOW |
			    (recursive ? AT_RECURSIVE : 0));
}

static int set_flags(int tree, uint64_t set, uint64_t clear, bool recursive)
{
	struct mount_attr attr = {
		.attr_set = set,
		.attr_clr = clear,
		.propagation = MS_PRIVATE,
	};

	return (int)syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH |
			    (recursive ? AT_RECURSIVE : 0), &attr,
			    sizeof(attr));
}

/* Mounts TREE where STEP says. What is mounted on the root is the root. */
int mounts_attach(struct mounts *mounts, const struct enforce_step *step,
		  int tree, struct error *err)
{
	cleanup_close int at = -1;
	int root;

	if (tree < 0)
		return mounts_failed(step, "mount", err);
	at = (int)mounts_open_below(mounts->root, step->path, O_PATH);
	if (at < 0)
		return mounts_failed(step, "find", err);
	if (attach(tree, at) < 0)
		return mounts_failed(step, "mount", err);
	if (strcmp(step->path, "/") != 0)
		return 0;
	root = fcntl(tree, F_DUPFD_CLOEXEC, 0);
	if (root < 0)
		return mounts_failed(step, "open", err);
	close(mounts->root);
	mounts->root = root;
	return 0;
}

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

static int make_file(int parent, const char *name, unsigned mode)
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
		ret = make_file(parent, name, step->mode ? step->mode : 0600);
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
	tree = tmpfs(mounts, step->size, step->mode, step->set);
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
	return base_error(err, ENOTDIR, CHANGED, step->source, "");
}

static int take_bind(struct mounts *mounts, const struct enforce_step *step,
		     struct error *err)
{
	cleanup_close int from = -1, tree = -1;
	int ret = open_source(mounts, step, &from, err);

	if (ret != 0)
		return ret < 0 ? ret : 0;
	tree = copy(from, "", true);
	if (tree < 0 || set_flags(tree, step->set, step->clear, true) < 0)
		return mounts_failed(step, "bind", err);
	return mounts_attach(mounts, step, tree, err);
}

/* Where the host has a file system read-only, an ordinary user cannot make it
 * writable, nor does he have to. */
static int take_again(struct mounts *mounts, const struct enforce_step *step,
		      struct error *err)
{
	cleanup_close int at = -1, tree = -1;
	int ret;

	at = (int)mounts_open_below(mounts->root, step->path, O_PATH);
	if (at < 0 && step->optional && errno == ENOENT)
		return 0;
	if (at < 0)
		return mounts_failed(step, "find", err);
	tree = copy(at, "", true);
	if (tree < 0)
		return mounts_failed(step, "bind", err);
	ret = set_flags(tree, step->set, step->clear, !step->alone);
	if (ret < 0 && errno == EPERM && step->clear)
		ret = set_flags(tree, step->set, step->clear, false);
	if (ret < 0 && errno == EPERM && step->clear)
		ret = set_flags(tree, step->set, 0, true);
	if (ret < 0)
		return mounts_failed(step, "change the flags of", err);
	if (attach(tree, at) < 0)
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
	tree = copy(mounts->scratch, step->directory ? "folder" : "file",
		    false);
	if (tree < 0 || attach(tree, at) < 0)
		return mounts_failed(step, "mask", err);
	return 0;
}

static int take_content(struct mounts *mounts, const struct enforce_step *step,
			struct error *err)
{
	cleanup_close int tree = -1;
	char name[32];

	snprintf(name, sizeof(name), "text%zu", mounts->taken);
	tree = copy(mounts->scratch, name, false);
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

/* ---- the whole -------------------------------------------------------- */

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
	    make_file(mounts->scratch, "file", 0) < 0 ||
	    write_texts(mounts, plan) < 0)
		return -1;
	return set_flags(mounts->scratch, MOUNT_ATTR_RDONLY |
			 MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
			 MOUNT_ATTR_NOEXEC, 0, false);
}

static int begin(struct mounts *mounts, const struct enforce_plan *plan)
{
	cleanup_close int at = -1;

	mounts->host = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (mounts->host < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -1;
	mounts->scratch = tmpfs(mounts, 4 << 20, 0755, 0);
	if (mounts->scratch < 0 || attach(mounts->scratch, mounts->host) < 0 ||
	    fill_scratch(mounts, plan) < 0)
		return -1;
	/* Nothing but steps makes files, and not on the scratch. */
	mounts->made_count = 0;
	mounts->root = tmpfs(mounts, 1 << 20, 0755, MOUNT_ATTR_NOSUID |
			     MOUNT_ATTR_NODEV);
	at = openat(mounts->scratch, "new", O_PATH | O_CLOEXEC);
	if (mounts->root < 0 || at < 0)
		return -1;
	return attach(mounts->root, at);
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

	if (set_flags(mounts->root, MOUNT_ATTR_RDONLY, 0, false) < 0 ||
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

static int take_all(struct mounts *mounts, const struct enforce_plan *plan,
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

static void close_all(struct mounts *mounts)
{
	base_close(&mounts->host);
	base_close(&mounts->scratch);
	base_close(&mounts->memory);
	base_close(&mounts->root);
	for (size_t i = 0; i < ARRAY_SIZE(mounts->kept); i++)
		base_close(&mounts->kept[i]);
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
		return base_error(err, errno, "cannot begin a tree of files "
				  "for the sandbox: %m; 'jail doctor' says "
				  "what this system lacks");
	ret = take_all(&mounts, plan, err);
	umask(mask);
	*namespaces_limit = mounts.limit;
	if (ret < 0)
		return ret;
	if (enter(&mounts) < 0)
		return base_error(err, errno, "cannot make the tree of files "
				  "the root of the sandbox: %m");
	return 0;
}
