/* SPDX-License-Identifier: MIT */
/*
 * Taking the steps of a plan; for mounts.c, mounts-special.c and the processes of the sandbox.
 */
#ifndef JAIL_ENFORCE_MOUNTS_H
#define JAIL_ENFORCE_MOUNTS_H

#include "enforce/private.h"

struct mounts {
	int host;		/* the host's root */
	int scratch;		/* what masks and texts are bound from */
	int memory;		/* what overlays keep in memory, or -1 */
	int root;		/* of the tree that is built */
	int limit;		/* /proc/sys/user/max_user_namespaces, or -1 */
	size_t taken;		/* number of the step that is being taken */
	dev_t made[64];		/* file systems on which steps make files */
	size_t made_count;
	int kept[ENFORCE_KEPT];	/* what TMPFS steps cover, or -1 */
};

/* Builds plan->files and makes it the root of the calling process and of those
 * in its mount namespace, which is its own; it is PID 1 of its PID namespace.
 * *NAMESPACES_LIMIT: see struct mounts. */
int mounts_build(const struct enforce_plan *plan, int *namespaces_limit,
		 struct error *err);

/* openat2(2) below ROOT, without following any link; -1 and errno. */
long mounts_open_below(int root, const char *path, uint64_t flags);
/* The sentence for errno at a step. WHAT is a verb: "bind". */
int mounts_failed(const struct enforce_step *step, const char *what,
		  struct error *err);
/* The mount of a context of fsopen(2) whose options are set; -1 and errno. */
int mounts_create(int context, uint64_t flags);
/* Mounts TREE (-1: it failed, errno says why) where STEP says. */
int mounts_attach(struct mounts *mounts, const struct enforce_step *step,
		  int tree, struct error *err);

/* mounts-special.c: file systems of the kernel, and overlays. */
int mounts_take_proc(struct mounts *mounts, const struct enforce_step *step,
		     struct error *err);
int mounts_take_special(struct mounts *mounts,
			const struct enforce_step *step, struct error *err);
int mounts_take_overlay(struct mounts *mounts,
			const struct enforce_step *step, struct error *err);

#endif
