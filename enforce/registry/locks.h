/* SPDX-License-Identifier: MIT */
/*
 * Who holds the locks on entries: the kernel's list of all locks (proc(5),
 * /proc/locks), read once for many entries. For verify.c alone.
 */
#ifndef JAIL_ENFORCE_REGISTRY_LOCKS_H
#define JAIL_ENFORCE_REGISTRY_LOCKS_H

#include "enforce/registry/registry.h"

struct lock {
	uint64_t inode;
	pid_t pid;
};

struct locks {
	struct lock *rows;
	size_t count;
	unsigned again;		/* they may be read so often again */
	int proc;		/* the folder */
	uint64_t user_ns, pid_ns, mnt_ns, net_ns;	/* ours */
};

int locks_open(struct locks *locks, struct error *err);
void locks_free(struct locks *locks);
#define cleanup_locks __attribute__((cleanup(locks_free)))
/* Reads the list anew. */
int locks_read(struct locks *locks, struct error *err);
/* The holder, WANTED if it is one of several with this inode number, on several
 * file systems; 0: none. */
pid_t locks_holder(const struct locks *locks, uint64_t inode, pid_t wanted);

#endif
