/* SPDX-License-Identifier: MIT */
/*
 * Where entries are, and how one gets its name. For the files of this folder
 * that write and read them.
 */
#ifndef JAIL_ENFORCE_REGISTRY_FOLDERS_H
#define JAIL_ENFORCE_REGISTRY_FOLDERS_H

#include <sys/stat.h>

#include "enforce/registry/registry.h"

/* folders.c: the folder NUMBER of ours, in the order of registry.c; NULL: there
 * is no such one. */
#define FOLDERS 4
char *folders_path(unsigned number);
/* Those of other users, for root: "/run/user/UID/jail". */
#define FOLDERS_USERS "/run/user"
/* Whether what was opened is of this type, of OWNER, and nobody else's. */
bool folders_is_private(const struct stat *st, uid_t owner, mode_t type);
/* Opens one that is OWNER's; -1, with the sentence where it is there and not
 * to be trusted, else with err->code 0. */
int folders_open(const char *path, uid_t owner, struct error *err);
/* One of ours to write to; with MAKE it is made where it is missing. -1. */
int folders_find(bool make, struct error *err);
/* The folder NAME in that of the users, and in it that of jail; -1. */
int folders_open_of_user(int users, const char *name, uid_t uid,
			 struct error *err);

/* elsewhere.c, for root: entries that run and lie in none of these folders.
 * EACH gets them as a descriptor, which stays its own, with the name of the
 * file; but for those that are KNOWN by the process, of user UID, that has
 * locked them, and by the inode. */
struct elsewhere {
	bool (*known)(void *data, uid_t uid, pid_t jail, uint64_t inode);
	int (*each)(void *data, int fd, const char *name);
	void *data;
};
int elsewhere_each(const struct elsewhere *self);
/* Another number when what is locked has changed. */
uint64_t elsewhere_version(void);

/* look.c: looks through FOLDER, which is taken over, and removes what is old
 * there. */
void look_sweep(int folder);
/* When the file was written, microseconds since the epoch. */
int64_t look_changed(const struct stat *st);
/* The name of its file: "PROGRAM-START". */
void look_name(char name[64], const struct enforce_running *entry);
bool look_is_name(const char *name);
/* Notes in an entry that it has ended, WHEN. */
void look_write_end(int fd, int64_t when);

#endif
