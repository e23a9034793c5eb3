/* SPDX-License-Identifier: MIT */
/*
 * The calls of which steps are made: look-ups that no link leads astray, file
 * systems, copies of mounts. See mounts.h.
 */
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include "enforce/sandbox/mounts.h"

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
		return base_error(err, ESTALE, MOUNTS_CHANGED, step->path,
				  code == ELOOP ? " into a link" : "");
	if (code == ENOSYS)
		return base_error(err, code, "the calls that build the tree "
				  "of files are not to be had (%s): this is no "
				  "Linux 5.12, or a filter is in force, like "
				  "that of systemd's RestrictSUIDSGID=; start "
				  "jail without that, or take --profile=none",
				  what);
	return base_error(err, code, "cannot %s '%.200s' for the sandbox "
			  "(%s): %s", what, step->path, step->why,
			  strerror(code));
}

/* ---- mounts that are nowhere yet --------------------------------------- */

int mounts_context(const char *type)
{
	return (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
}

int mounts_option(int context, const char *key, const char *value)
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
	return mounts_option(context, key, text);
}

int mounts_create(int context, uint64_t flags)
{
	if (syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL,
		    0) < 0)
		return -1;
	return (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, flags);
}

int mounts_tmpfs(uint64_t size, uint64_t inodes, unsigned mode, uint64_t flags)
{
	cleanup_close int context = mounts_context("tmpfs");

	if (context < 0 ||
	    set_number(context, "size", "%llu", size) < 0 ||
	    set_number(context, "mode", "%llo", mode) < 0 ||
	    (inodes && set_number(context, "nr_inodes", "%llu", inodes) < 0))
		return -1;
	return mounts_create(context, flags);
}

int mounts_tmpfs_for_steps(struct mounts *mounts, uint64_t size, unsigned mode,
			   uint64_t flags)
{
	cleanup_close int fd = mounts_tmpfs(size, size / 1024 + 1024, mode,
					    flags);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if (mounts->made_count == ARRAY_SIZE(mounts->made)) {
		errno = E2BIG;
		return -1;
	}
	mounts->made[mounts->made_count++] = st.st_dev;
	return take_fd(&fd);
}

int mounts_move(int tree, int at)
{
	return (int)syscall(SYS_move_mount, tree, "", at, "",
			    MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

int mounts_copy(int at, const char *name, bool recursive)
{
	return (int)syscall(SYS_open_tree, at, name, OPEN_TREE_CLONE |
			    OPEN_TREE_CLOEXEC | AT_EMPTY_PATH |
			    AT_NO_AUTOMOUNT | AT_SYMLINK_NOFOLLOW |
			    (recursive ? AT_RECURSIVE : 0));
}

int mounts_set_flags(int tree, uint64_t set, uint64_t clear, bool recursive)
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
	at = (int)mounts_open_below(mounts->root, step->path, O_PATH |
				    (step->link ? O_NOFOLLOW : 0));
	if (at < 0)
		return mounts_failed(step, "find", err);
	if (mounts_move(tree, at) < 0)
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
