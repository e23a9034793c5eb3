/* SPDX-License-Identifier: MIT */
/*
 * Planning the tree of files: what the program will see, as a list of steps.
 * What the files of plan/ share with each other and with those that take the
 * steps (sandbox/mounts.c).
 *
 *	files.c	the order: roots, private parts, devices, rules, jail's own
 *	steps.c	the list of steps
 *	view.c	what the program would see so far: paths, links, patterns
 *	roots.c	the local tree
 *	overlay.c	the tree with an overlay; chroot.c: that of another root
 *	whitelist.c, rules.c	the directives about paths
 *	parts.c	private-bin, -etc, -opt, -srv, -cache, home
 *	devices.c	/dev by class, /proc, /sys
 *	own.c	jail's own files
 *	buses.c	the message buses through a filter; display.c: an X server
 */
#ifndef JAIL_ENFORCE_PLAN_H
#define JAIL_ENFORCE_PLAN_H

#include <sys/stat.h>

#include "enforce/enforce.h"

/* Adds a step and returns it, zeroed but for these; strings are copied. NULL
 * without memory, which STEPS remembers: steps_failed(). */
struct enforce_step *steps_add(struct enforce_files *files,
			       enum enforce_step_kind kind, const char *path,
			       const char *source, const char *why);
bool steps_failed(const struct enforce_files *files);
void steps_free(struct enforce_files *files);
/* The folders above PATH that are not there yet, and PATH itself as a folder
 * (or an empty file): DIRECTORY and FILE steps within a TMPFS step. */
int steps_place(struct enforce_files *files, const char *path, bool directory,
		struct error *err);

/* A writable TMPFS step of a bounded size. */
struct enforce_step *steps_tmpfs(struct enforce_files *files, const char *path,
				 unsigned mode, const char *why);
/* A BIND step, DIRECTORY or file; FLAGS are set. */
struct enforce_step *steps_bind(struct enforce_files *files, const char *path,
				const char *source, bool directory,
				uint64_t flags, const char *why);

/* Forgets what view.c remembers: after steps were taken out of the list. */
void view_forget(struct enforce_files *files);
/* Where the host has what the program will see at PATH, by the steps so far:
 * new memory. NULL: nothing, or what a step made. PATH is normal and without
 * links. *STEP, if not NULL, is the last mount that covers it. */
char *view_locate(const struct enforce_files *files, const char *path,
		  const struct enforce_step **step);
/* lstat(2) by the eyes of the program. 0 or -errno. */
int view_lstat(const struct enforce_files *files, const char *path,
	       struct stat *st);
/* Follows links by the eyes of the program, at most 40: the path without links,
 * new memory; NULL and errno if it is not there. */
char *view_resolve(const struct enforce_files *files, const char *path);
/* Whether the program could write there as far as mounts go. */
bool view_writable(const struct enforce_files *files, const char *path);
/* Calls FOUND for each path that PATTERN matches as glob(3) with GLOB_NOCHECK
 * and GLOB_PERIOD does, by the eyes of the program. */
int view_glob(const struct enforce_files *files, const char *pattern,
	      int (*found)(void *data, const char *path), void *data);

/* entries.c: calls EACH for every entry of the host's FOLDER, by name, until
 * one fails. */
struct entry {
	const char *path, *name;
	struct stat st;		/* of lstat(2) */
};
int entries_each(const char *folder, void *data,
		 int (*each)(void *data, const struct entry *entry,
			     struct error *err), struct error *err);
/* A step for an ENTRY that is a link: the same at PATH. */
int entries_link(struct enforce_files *files, const char *path,
		 const struct entry *entry, const char *why, struct error *err);
/* NAMES ends with NULL. */
bool entries_is_one_of(const char *name, const char *const *names);

/* overlay-lock.c: keeps others from using the overlay in the folder BASE; then
 * says whose it is, once the sandbox has its init (or one program). */
int overlay_lock(struct enforce_files *files, const char *base,
		 struct error *err);
int overlay_used_by(const struct enforce_files *files, pid_t init,
		    struct error *err);

/* The stages; each adds to plan->files. */
int files_roots(struct enforce_plan *plan, struct error *err);
int files_overlay(struct enforce_plan *plan, struct error *err);
int files_chroot(struct enforce_plan *plan, struct error *err);
int files_devices(struct enforce_plan *plan, struct error *err);
int files_parts(struct enforce_plan *plan, struct error *err);
int files_whitelist(struct enforce_plan *plan, struct error *err);
int files_rules(struct enforce_plan *plan, struct error *err);
int files_own(struct enforce_plan *plan, struct error *err);
/* After all others: whatever they hid there, the filter's socket covers. */
int files_buses(struct enforce_plan *plan, struct error *err);
int files_display(struct enforce_plan *plan, struct error *err);
/* Names the folder of what companions share with the sandbox, once. */
int files_served(struct enforce_plan *plan, struct error *err);
void display_free(struct enforce_display *display);
/* After those, for the same reason; and in the builder, once DHCP has told
 * servers: COUNT at most, 0 ends. */
int files_names(struct enforce_plan *plan, struct error *err);
int names_learned(const struct enforce_files *files, const uint32_t *servers,
		  size_t count, struct error *err);
/* buses.c: files in /dev, for when there is no other place. */
void buses_spare_places(struct enforce_plan *plan);
void buses_free(struct enforce_files *files);

/* mountinfo.c: calls EACH for every mount that we see, in their order, until
 * one returns other than 0, which is returned. Negative: it failed. */
struct mountinfo {
	const char *device;	/* "8:1" */
	const char *root;	/* what of the file system is mounted */
	const char *point;
	const char *type;
};
int mountinfo_read(int (*each)(void *data, const struct mountinfo *mount),
		   void *data, struct error *err);
/* The same in two: the text in new memory, and the mounts in it. */
int mountinfo_text(char **text, struct error *err);
int mountinfo_each(const char *text,
		   int (*each)(void *data, const struct mountinfo *mount),
		   void *data, struct error *err);

#endif
