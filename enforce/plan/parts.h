/* SPDX-License-Identifier: MIT */
/*
 * Folders of which the program sees a part, and what stands in for files of
 * the host: for the stages in enforce/ alone.
 */
#ifndef JAIL_ENFORCE_PARTS_H
#define JAIL_ENFORCE_PARTS_H

#include <sys/mount.h>

#include "enforce/plan/plan.h"

/* The flags of all that is shown of the host and is no device. */
#define PARTS_SHOWN (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)
#define PARTS_READ_ONLY (PARTS_SHOWN | MOUNT_ATTR_RDONLY)

/* Bytes of a TMPFS that holds nothing but what steps make; and of one that the
 * program may fill: a quarter of the memory. */
#define PARTS_SMALL (UINT64_C(64) << 10)
uint64_t parts_room(void);

/* Whether an errno means that the user has no such file. Any other leaves open
 * whether there is something to hide, and no sandbox is built on that. */
static inline bool parts_absent(int code)
{
	return code == ENOENT || code == ENOTDIR || code == EACCES ||
	       code == ELOOP || code == ENAMETOOLONG;
}
/* The sentence for one of those: CODE, of PATH. */
int parts_unknown(const char *path, int code, struct error *err);
/* What the program sees at PATH: 1 if it is of TYPE (S_IFREG, S_IFDIR). */
int parts_is(const struct enforce_files *files, const char *path, mode_t type,
	     struct error *err);

/* What a home has that is otherwise empty, if the host has it: .Xauthority,
 * .asoundrc, and what the distribution gives a new user's shell. In the
 * sandbox they are read-only. The home is on a TMPFS step. */
int parts_skeleton(struct enforce_plan *plan, struct error *err);

/* ---- a folder of which only some entries are seen: pick.c -------------- */

struct pick_entry {
	enum enforce_step_kind kind;	/* BIND, SYMLINK or CONTENT */
	char *name;
	char *source;			/* as in struct enforce_step */
	bool directory;
};

struct pick {
	char *path;			/* without links */
	int fd;				/* of the host's folder, or -1 */
	char *host;			/* its path */
	struct pick_entry *entries;
	size_t count;
};
#define PICK_NONE {.fd = -1}

/* Opens the folder that the program sees at PATH. 1: there is none. */
int pick_open(struct pick *pick, const struct enforce_files *files,
	      const char *path, struct error *err);
/* Each entry that WORD, a name or a pattern of glob(7), names. */
int pick_match(const struct pick *pick, const char *word,
	       int (*found)(void *data, const char *name), void *data,
	       struct error *err);
int pick_add(struct pick *pick, enum enforce_step_kind kind, const char *name,
	     const char *source, bool directory, struct error *err);
/* Adds the entry NAME as the host has it: a file or folder, or what a link
 * leads to; but a link into /usr remains a link, for some programs look where
 * it leads. Nothing where there is nothing. */
int pick_add_host(struct pick *pick, const struct enforce_files *files,
		  const char *name, struct error *err);
/* The steps: a read-only tmpfs at the folder, with the entries. */
int pick_emit(const struct pick *pick, struct enforce_files *files,
	      const char *why, struct error *err);
void pick_close(struct pick *pick);	/* takes NULL */

/* ---- the stages of parts.c --------------------------------------------- */

int bin_plan(struct enforce_plan *plan, struct error *err);	/* bin.c */
int etc_plan(struct enforce_plan *plan, struct error *err);	/* etc.c */

/* passwd.c: the lines of /etc/passwd or /etc/group that the program sees, in
 * new memory: the system's (numbers below LEAST, and 65534), that of ID, and
 * groups that USER is in, who is then the only member. */
char *passwd_reduce(const char *text, bool groups, uint32_t least, uint32_t id,
		    const char *user);
/* The name that belongs to UID, in new memory; NULL if none does. */
char *passwd_name(const char *text, uint32_t uid);

/* ---- devices.c ---------------------------------------------------------- */

int kernelfs_plan(struct enforce_plan *plan, struct error *err);
/* Whether /dev/NAME is of a class that the policy shows. */
bool devices_shown(const struct profiles_policy *policy, const char *name);

#endif
