/* SPDX-License-Identifier: MIT */
/*
 * What the program would see by the steps so far; for the stages in this room
 * that look at more than plan.h offers.
 */
#ifndef JAIL_ENFORCE_VIEW_H
#define JAIL_ENFORCE_VIEW_H

#include "enforce/plan/plan.h"

/* steps.c: frees what a step owns. */
void steps_clear(struct enforce_step *step);

/* ---- the index of steps: index.c --------------------------------------- */

/* A folder of which something was asked, by the path that was given. */
struct view_folder {
	char *key;
	char *real;		/* without links */
	char *host, *upper;	/* where the host has it; NULL: it does not */
	size_t cover;		/* 1 + the step that covers it; 0: the root */
	int failed;		/* -errno: it is not there */
	bool foreign;		/* links of another user lead here */
	bool piecemeal;		/* HOST does not tell what is in it */
	char *names;		/* NUL after each, at the end an empty one */
};

struct view {
	size_t indexed;		/* so many steps */
	struct view_path {	/* a hash table */
		const char *path;
		uint64_t hash;
		size_t last;	/* 1 + the last step there */
	} *paths;
	size_t path_count, path_room;
	size_t *previous;	/* of each step: 1 + the one before, there */
	struct view_folder **folders;	/* a hash table */
	size_t folder_count, folder_room;
	struct view_unseen {	/* the first look that told nothing */
		int code;	/* errno; 0: there was none */
		char path[256];
	} unseen;
};

/* The index, with all steps in it; NULL without memory. */
struct view *index_update(const struct enforce_files *files);
/* 1 + the last mount among the first LIMIT steps that is at PATH, or at PATH or
 * above; 0 if there is none. */
size_t index_at(const struct view *view, const char *path, size_t limit);
size_t index_cover(const struct view *view, const char *path, size_t limit);
/* The folder that was asked by the path KEY; NEW: an empty one if there is
 * none. NULL: there is none. */
struct view_folder *index_folder(struct view *view, const char *key, bool new);

/* ---- spot.c ------------------------------------------------------------ */

/* Where something is: by the first LIMIT steps. */
struct view_spot {
	const struct enforce_step *step;	/* that covers it; NULL: none */
	size_t cover;		/* its number + 1 */
	char *host, *upper;	/* as in struct view_folder; owned */
	bool at;		/* it is what STEP made or mounted */
	bool inner;		/* it was found by way of a kept TMPFS */
};
/* FOLDER/NAME in new memory. */
char *view_join(const char *folder, const char *name);
void view_spot_free(struct view_spot *spot);
#define cleanup_spot __attribute__((cleanup(view_spot_free)))

/* PATH is normal and without links. */
int view_spot(const struct enforce_files *files, const char *path, size_t limit,
	      struct view_spot *spot);
int view_spot_stat(const struct enforce_files *files,
		   const struct view_spot *spot, struct stat *st);
/* lstat(2) where an overlay has it, or the host: *FROM is that of the two. */
int view_host_stat(const struct enforce_files *files, const char *host,
		   const char *upper, struct stat *st, const char **from);
/* lstat(2) of what the host has at PATH. */
int view_host_lstat(const struct enforce_files *files, const char *path,
		    struct stat *st);

/* What cannot be looked at might have to be hidden: an errno that leaves open
 * whether there is something at PATH is remembered, and enforce_plan_files()
 * fails at the end. Returns -CODE. */
int view_note(const struct enforce_files *files, const char *path, int code);
int view_failed(const struct enforce_files *files, struct error *err);

/* The mount that covers PATH, at it or above; NULL: the empty root. */
const struct enforce_step *view_cover(const struct enforce_files *files,
				      const char *path);
/* Whether PATH is on a file system of the kernel: nothing can be renamed there,
 * and what there is may be another than on the host. */
bool view_is_kernels(const struct enforce_files *files, const char *path);
/* The flags of the mount that PATH is on, as far as steps set them. */
uint64_t view_flags(const struct enforce_files *files, const char *path,
		    size_t limit);

/* ---- view.c ------------------------------------------------------------ */

/* What is in the folder PATH: NUL after each name, an empty one at the end;
 * until a step is added. NULL: nothing. */
const char *view_names(const struct enforce_files *files, const char *path);
/* As view_resolve(), but -ELOOP where a link is neither root's nor the user's:
 * what a directive makes, opens or covers must not be another user's choice. */
char *view_resolve_own(const struct enforce_files *files, const char *path);
/* As view_resolve(), and tells of every link on the way. */
char *view_follow(const struct enforce_files *files, const char *path,
		  void (*link)(void *data, const char *path,
			       const char *target), void *data);

/* Whether PATH is FOLDER or below it; both normal. What is below, with its
 * slash, or NULL: "" for FOLDER itself. */
const char *view_below(const char *path, const char *folder);

/* glob.c: whether TEXT has a * ? or [. */
bool view_is_pattern(const char *text);

#endif
