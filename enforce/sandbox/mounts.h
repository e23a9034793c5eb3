/* SPDX-License-Identifier: MIT */
/*
 * Taking the steps of a plan; for mounts*.c and the processes of the sandbox.
 */
#ifndef JAIL_ENFORCE_MOUNTS_H
#define JAIL_ENFORCE_MOUNTS_H

#include <sys/stat.h>

#include "enforce/enforce.h"

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

/* mounts-steps.c: takes the steps of the plan, one after the other. */
int mounts_take(struct mounts *mounts, const struct enforce_plan *plan,
		struct error *err);

/* mounts-pieces.c. Where no error is filled in: -1 and errno. */
/* openat2(2) below ROOT, without following any link. */
long mounts_open_below(int root, const char *path, uint64_t flags);
/* The sentence for errno at a step. WHAT is a verb: "bind". -ESTALE: what the
 * plan was made of has changed. */
int mounts_failed(const struct enforce_step *step, const char *what,
		  struct error *err);
#define MOUNTS_CHANGED "'%.200s' changed while the sandbox was being built" \
		       "%s; start jail again"
/* fsopen(2); an option of what it opened; the mount when they are set. */
int mounts_context(const char *type);
int mounts_option(int context, const char *key, const char *value);
int mounts_create(int context, uint64_t flags);
/* A tmpfs; 0 inodes: as many as the kernel gives. */
int mounts_tmpfs(uint64_t size, uint64_t inodes, unsigned mode,
		 uint64_t flags);
/* One on which steps may make files. */
int mounts_tmpfs_for_steps(struct mounts *mounts, uint64_t size, unsigned mode,
			   uint64_t flags);
/* A copy of what is at NAME in AT; RECURSIVE: with all mounted below. */
int mounts_copy(int at, const char *name, bool recursive);
/* Changes the flags of TREE, and of all mounted below. */
int mounts_set_flags(int tree, uint64_t set, uint64_t clear, bool recursive);
/* Mounts TREE on the descriptor AT. */
int mounts_move(int tree, int at);
/* Mounts TREE (-1: it failed, errno says why) where STEP says. */
int mounts_attach(struct mounts *mounts, const struct enforce_step *step,
		  int tree, struct error *err);
/* An empty file in PARENT; 0 where it is there. */
int mounts_make_file(int parent, const char *name, unsigned mode);

/* mounts-special.c: file systems of the kernel, and overlays. */
int mounts_take_proc(struct mounts *mounts, const struct enforce_step *step,
		     struct error *err);
int mounts_take_special(struct mounts *mounts,
			const struct enforce_step *step, struct error *err);
int mounts_take_overlay(struct mounts *mounts,
			const struct enforce_step *step, struct error *err);

#endif
