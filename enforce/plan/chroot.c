/* SPDX-License-Identifier: MIT */
/*
 * chroot DIR: the tree of another root, such as debootstrap(8) makes. As in the
 * local tree, its folders are read-only but for /home, /root, /tmp and /var;
 * /dev, /proc and /sys are made, whether DIR has them or not, and a missing
 * /tmp is in memory. chroot(2) takes no part in it: the root is a new one.
 *
 * What DIR holds is trusted by root's programs, set-up included: where root
 * runs jail, nobody else may be able to change it.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>

#include "enforce/plan/view.h"

#define WRITABLE (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)

static int open_root(const char *dir, char **root, struct error *err)
{
	struct stat st;

	*root = realpath(dir, NULL);
	if (!*root && errno == ENOENT)
		return base_error(err, ENOENT, "chroot: there is no folder "
				  "\"%.200s\"; debootstrap(8) makes one", dir);
	if (!*root || stat(*root, &st) < 0)
		return base_error(err, errno, "chroot: cannot open "
				  "\"%.200s\": %m", dir);
	if (!S_ISDIR(st.st_mode))
		return base_error(err, ENOTDIR, "chroot: \"%.200s\" is no "
				  "folder; name the root of a tree", dir);
	if (access(*root, R_OK | X_OK) < 0)
		return base_error(err, errno, "chroot: you may not read "
				  "\"%.200s\"; chmod a+rx it, or run jail as "
				  "its owner", dir);
	return 0;
}

/* Whether others than root can change what is at PATH; in a sticky folder they
 * cannot move what is root's. */
static bool is_roots(const char *path, bool itself)
{
	struct stat st;

	return stat(path, &st) == 0 && st.st_uid == 0 &&
	       (!(st.st_mode & (S_IWGRP | S_IWOTH)) ||
		(!itself && st.st_mode & S_ISVTX));
}

static int check_owner(const char *root, struct error *err)
{
	cleanup_free char *path = strdup(root);
	bool itself = true;

	if (!path)
		return base_error(err, ENOMEM, "out of memory");
	for (;; itself = false) {
		char *slash = strrchr(path, '/');

		if (!is_roots(*path ? path : "/", itself))
			return base_error(err, EPERM, "chroot: others than "
					  "root can change \"%.200s\", and you "
					  "are root; chown root: and chmod "
					  "go-w it", *path ? path : "/");
		if (!slash)
			return 0;
		*slash = '\0';
	}
}

/* Below another path they would not be masked. */
static int check_own(const struct enforce_plan *plan, const char *root,
		     struct error *err)
{
	const struct enforce_context *context = &plan->context;
	const char *const *own = context->own;
	bool within = context->store && view_below(context->store, root);

	for (; own && *own; own++)
		within = within || view_below(*own, root);
	if (strcmp(root, "/") == 0)
		return base_error(err, EINVAL, "chroot / is the tree that is "
				  "there already; leave it out");
	if (!within)
		return 0;
	return base_error(err, EPERM, "chroot: \"%.200s\" holds jail's own "
			  "files, which a program must not see; take a folder "
			  "beside them", root);
}

/* A link in their place would lead out of the tree when it is prepared by other
 * tools, and is nothing that a tree has. */
static int check_places(const char *root, struct error *err)
{
	static const char *const places[] = {"dev", "proc", "sys", "tmp"};
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		cleanup_free char *path = base_printf("%s/%s", root, places[i]);

		if (!path)
			return base_error(err, ENOMEM, "out of memory");
		if (lstat(path, &st) == 0 && !S_ISDIR(st.st_mode))
			return base_error(err, ENOTDIR, "chroot: \"%.200s\" "
					  "has to be a folder, and no link; "
					  "remove it", path);
	}
	return 0;
}

static int add_entry(void *data, const struct entry *entry, struct error *err)
{
	static const char *const others[] = {"boot", "dev", "lost+found",
					     "proc", "sys", NULL};
	static const char *const writable[] = {"home", "root", "tmp", "var",
					       NULL};
	struct enforce_plan *plan = data;
	cleanup_free char *path = base_printf("/%s", entry->name);
	uint64_t flags = entries_is_one_of(entry->name, writable) ? WRITABLE :
			 WRITABLE | MOUNT_ATTR_RDONLY;

	if (!path)
		return base_error(err, ENOMEM, "out of memory");
	if (entries_is_one_of(entry->name, others))
		return 0;
	if (S_ISLNK(entry->st.st_mode))
		return entries_link(&plan->files, path, entry, "chroot", err);
	if (!S_ISDIR(entry->st.st_mode))
		return 0;
	if (!steps_add(&plan->files, ENFORCE_DIRECTORY, path, NULL, "chroot") ||
	    !steps_bind(&plan->files, path, entry->path, true, flags, "chroot"))
		return base_error(err, ENOMEM, "out of memory");
	return 0;
}

static int add_tmp(struct enforce_plan *plan, struct error *err)
{
	struct stat st;

	if (view_lstat(&plan->files, "/tmp", &st) == 0)
		return 0;
	if (!steps_add(&plan->files, ENFORCE_DIRECTORY, "/tmp", NULL,
		       "chroot") ||
	    !steps_tmpfs(&plan->files, "/tmp", 01777, "chroot"))
		return base_error(err, ENOMEM, "out of memory");
	return 0;
}

int files_chroot(struct enforce_plan *plan, struct error *err)
{
	cleanup_free char *root = NULL;
	int ret = open_root(plan->policy->chroot, &root, err);

	if (ret == 0)
		ret = check_own(plan, root, err);
	if (ret == 0 && plan->context.uid == 0)
		ret = check_owner(root, err);
	if (ret == 0)
		ret = check_places(root, err);
	if (ret == 0)
		ret = entries_each(root, plan, add_entry, err);
	return ret < 0 ? ret : add_tmp(plan, err);
}
