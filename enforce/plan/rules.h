/* SPDX-License-Identifier: MIT */
/*
 * The directives about paths, from rule to step; for the stages in enforce/.
 *
 *	rules.c		rules in the order read, as steps in that order
 *	make.c		mkdir and mkfile
 *	own.c		masks for jail's own files
 *	compile.c	makes of the steps since the mark the ones to be taken
 */
#ifndef JAIL_ENFORCE_RULES_H
#define JAIL_ENFORCE_RULES_H

#include "enforce/plan/view.h"

/* What an AGAIN step of a rule sets. */
#define RULES_NOEXEC (MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID)

/* Why a step is there, where no directive of that name made it. */
#define ROOTS_WHY "the tree of the host"
#define RULES_RUN_USER "no writable-run-user"
#define RULES_ALWAYS "always hidden"
/* A step of kind AGAIN with `link`. */
#define RULES_LINK "a link that a rule followed"

/* mkdir and mkfile, before the whitelist: so that it finds what they make. */
int files_make(struct enforce_plan *plan, struct error *err);
int files_compile(struct enforce_plan *plan, struct error *err);

/* Makes what a rule of these two kinds names, unless it is there. */
int make_rule(struct enforce_plan *plan, const struct profiles_rule *rule,
	      struct error *err);
/* The part of PATH that is there, without links; *REST is what is not. NULL and
 * errno without memory, or where another user's link is on the way. */
char *make_there(const struct enforce_files *files, const char *path,
		 const char **rest);
/* Makes the folder PATH of the host and those above it that are missing, with
 * MODE, beginning at one that exists, no link in it being followed. */
int make_folders(const char *path, mode_t mode, struct error *err);

/* The path of a rule in normal form, new memory; NULL: it is none, as a macro
 * for which there is no folder. */
char *rules_path(const struct profiles_rule *rule);
/* For qsort(3): a folder, then what is in it, then others. */
int rules_order(const char *a, const char *b);
/* A rule's sentence: where it stands, in front of what was said. */
int rules_failed(const struct profiles_rule *rule, struct error *err);

/* whitelist.c: whether a link of the host leads to PATH, or may, that the tree
 * has no more. */
bool whitelist_leaves_link(const struct enforce_files *files, const char *path);

#endif
