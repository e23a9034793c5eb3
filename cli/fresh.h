/* SPDX-License-Identifier: MIT */
/*
 * How fresh a list is: what has changed since a program was learned, in words,
 * and the siblings that stand for its calls from then on. For cli/ alone.
 */
#ifndef JAIL_CLI_FRESH_H
#define JAIL_CLI_FRESH_H

#include "cli/cli.h"
#include "enforce/enforce.h"

/* ---- changes.c: what has changed ------------------------------------ */

struct change {
	char *name;		/* "libc6", the package; else the file's name;
				 * "the kernel" */
	char *path;		/* NULL: the kernel */
	bool library, gone;
	char *kernel, *was;	/* its releases, or NULL */
};
/* Packages that were found, so that each path is looked for once, below one
 * root; or NULL in their place. Zero-initialised is empty. */
struct packages {
	void *tree;		/* tsearch(3) */
};
void changes_packages_free(struct packages *packages);

/* Zero-initialised: nothing has changed. */
struct changes {
	struct change *items;	/* by path; the kernel first */
	size_t count;
};
/* Fills a zeroed struct with what has changed for PROGRAM since it was learned;
 * ROOT is the folder that it sees as its root, NULL: the host's own. EXECUTABLE
 * is what is to run, of the host, or NULL: that it is none of those which it
 * was learned from is a change, too. FILES is for one root, or NULL. Nothing
 * where the store knows no files, 0 or -errno. Names are those of files yet. */
int changes_read(struct changes *changes, struct db *db, const char *program,
		 const char *root, const char *executable,
		 struct profiles_files *files, struct error *err);
/* Names the packages of Debian that the files belong to, as far as dpkg's lists
 * tell UNTIL then (monotonic); each package is left once, if MERGE. Again: as
 * PACKAGES knows. */
void changes_name(struct changes *changes, const char *root, int64_t until,
		  bool merge);
void changes_name_again(struct changes *changes, struct packages *packages,
			const char *root, int64_t until, bool merge);
/* "libc6, libgtk-3-0 and 3 others". Returns OUT. */
char *changes_text(char *out, size_t size, const struct changes *changes);
void changes_free(struct changes *changes);	/* takes NULL */
#define cleanup_changes __attribute__((cleanup(changes_free)))

/* ---- fresh.c: what comes of it -------------------------------------- */

/* Zero-initialised: nothing. */
struct fresh {
	struct changes changes;
	struct profiles_set refused;	/* what a person took off the list */
	struct profiles_sibling *siblings;
	size_t count;			/* of siblings */
	size_t allowed;			/* of them, those that are allowed */
	size_t partly;			/* further calls that are allowed with
					 * some values of their arguments */
};
/* Looks in the store for what has changed for PROGRAM, if PLAN's policy wants
 * to know; a store that does not tell says nothing. */
void fresh_read(struct fresh *fresh, struct db *db, const char *program,
		const struct enforce_plan *plan);
/* Adds the siblings of the plan's list to it, where the policy says so: they
 * are allowed, answered ENOSYS, or kept for fresh_sibling() to tell of. */
int fresh_apply(struct fresh *fresh, struct enforce_plan *plan,
		struct error *err);
/* The sibling that CALL is; NULL: none. */
const struct profiles_sibling *fresh_sibling(const struct fresh *fresh,
					     struct base_call call);
/* "jail: NAME: libc6 changed since it was learned; ..." on stderr, if anything
 * has changed. */
void fresh_say(struct fresh *fresh, const struct enforce_plan *plan);
/* Lines for --check, by what enforce_plan_describe() calls. */
void fresh_describe(struct fresh *fresh, const struct enforce_plan *plan,
		    void (*line)(void *data, const char *heading,
				 const char *text),
		    void *data);
void fresh_free(struct fresh *fresh);		/* takes NULL */
#define cleanup_fresh __attribute__((cleanup(fresh_free)))

#endif
