/* SPDX-License-Identifier: MIT */
/*
 * Attempts to undo mounts: a mask taken off, moved, cloned away, made writable;
 * and new file systems that would show what is hidden.
 */
#include "escape.h"

#include <sched.h>
#include <sys/mount.h>

static int try_umount(char **args)
{
	if (umount2(args[0], 0) < 0 && umount2(args[0], MNT_DETACH) < 0)
		return refused("umount2");
	return show_file(args[1]);
}

/* A user and a mount namespace of our own first. */
static int with_userns(int (*next)(char **args), char **args)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return refused("unshare");
	return next(args);
}

static int try_userns_umount(char **args)
{
	return with_userns(try_umount, args);
}

static int try_remount(char **args)
{
	if (mount(NULL, args[0], NULL, MS_REMOUNT | MS_BIND, NULL) < 0)
		return refused("mount MS_REMOUNT");
	return put_file(args[1], args[2]);
}

static int try_userns_remount(char **args)
{
	return with_userns(try_remount, args);
}

/* The same by mount_setattr(2). */
static int try_setattr(char **args)
{
	struct mount_attr attr = {.attr_clr = MOUNT_ATTR_RDONLY};

	if (syscall(SYS_mount_setattr, AT_FDCWD, args[0], 0, &attr,
		    sizeof(attr)) < 0)
		return refused("mount_setattr");
	return put_file(args[1], args[2]);
}

static int try_move(char **args)
{
	mkdir(args[1], 0700);
	if (mount(args[0], args[1], NULL, MS_MOVE, NULL) < 0)
		return refused("mount MS_MOVE");
	return show_file(args[2]);
}

/* FOLDER bound elsewhere without what is mounted below it. */
static int try_bind(char **args)
{
	char path[4096];

	mkdir(args[1], 0700);
	if (mount(args[0], args[1], NULL, MS_BIND, NULL) < 0)
		return refused("mount MS_BIND");
	snprintf(path, sizeof(path), "%s/%s", args[1], args[2]);
	return show_file(path);
}

/* The same by open_tree(2). */
static int try_tree(char **args)
{
	int fd, tree = syscall(SYS_open_tree, AT_FDCWD, args[0],
			       OPEN_TREE_CLONE);

	if (tree < 0)
		return refused("open_tree");
	fd = openat(tree, args[1], O_RDONLY);
	return fd < 0 ? refused(args[1]) : show_fd(fd);
}

static int try_userns_tree(char **args)
{
	return with_userns(try_tree, args);
}

/* A new file system of TYPE on FOLDER; then FILE in it is opened to write. */
static int try_mount(char **args)
{
	mkdir(args[1], 0700);
	if (mount("none", args[1], args[0], 0, args[3]) < 0)
		return refused("mount");
	return outcome(args[2], open(args[2], O_WRONLY | O_CREAT, 0600));
}

/* The same by fsopen(2). */
static int try_fsopen(char **args)
{
	int tree, fs = syscall(SYS_fsopen, args[0], 0);

	if (fs < 0)
		return refused("fsopen");
	if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return refused("fsconfig");
	tree = syscall(SYS_fsmount, fs, 0, 0);
	if (tree < 0)
		return refused("fsmount");
	return outcome(args[1], openat(tree, args[1], O_WRONLY));
}

/* The root itself is what lies over everything: taken off, or moved from. */
static int try_umount_root(char **args)
{
	if (umount2("/", MNT_DETACH) < 0)
		return refused("umount2");
	return show_file(args[0]);
}

/* An overlay with FOLDER below has nothing of what is mounted in FOLDER. */
static int try_overlay(char **args)
{
	char data[4096], path[4096];

	mkdir(args[1], 0700);
	snprintf(data, sizeof(data), "lowerdir=%s:%s,userxattr", args[0],
		 args[1]);
	if (mount("none", args[1], "overlay", 0, data) < 0)
		return refused("mount overlay");
	snprintf(path, sizeof(path), "%s/%s", args[1], args[2]);
	return show_file(path);
}

const struct attempt attempts_mounts[] = {
	{"umount", try_umount, 2},	/* MASK FILE */
	{"userns_umount", try_userns_umount, 2},	/* MASK FILE */
	{"remount", try_remount, 3},	/* MOUNT FILE TEXT */
	{"userns_remount", try_userns_remount, 3},	/* MOUNT FILE TEXT */
	{"setattr", try_setattr, 3},	/* MOUNT FILE TEXT */
	{"move", try_move, 3},		/* MASK FOLDER FILE */
	{"bind", try_bind, 3},		/* FOLDER NEW NAME */
	{"tree", try_tree, 2},		/* FOLDER NAME */
	{"userns_tree", try_userns_tree, 2},	/* FOLDER NAME */
	{"mount", try_mount, 3},	/* TYPE FOLDER FILE [DATA] */
	{"fsopen", try_fsopen, 2},	/* TYPE NAME */
	{"umount_root", try_umount_root, 1},	/* FILE */
	{"overlay", try_overlay, 3},	/* FOLDER NEW NAME */
	{NULL, NULL, 0}};
