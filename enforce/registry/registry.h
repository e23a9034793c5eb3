/* SPDX-License-Identifier: MIT */
/*
 * The registry: what is noted of a sandbox that runs. sandboxes.h has the part
 * that reads it.
 */
#ifndef JAIL_ENFORCE_REGISTRY_H
#define JAIL_ENFORCE_REGISTRY_H

#include "enforce/enforce.h"

/* registry.c: notes that the program of SANDBOX runs, and that it has ended:
 * once for each process of ours that supervises it. SWEEP: and removes what is
 * old; not in the background, where nobody expects it any more. What fails is
 * nobody's failure. */
void registry_begin(const struct enforce_plan *plan,
		    struct enforce_sandbox *sandbox, bool supervised);
void registry_end(struct enforce_sandbox *sandbox, bool sweep);
/* How many calls were refused by now; one write. */
void registry_denied(const struct enforce_sandbox *sandbox, uint64_t denied);
/* door.c: the socket beside an entry, by which others join its sandbox. Open: a
 * listening one, or -1. Enter: one that is connected to the jail that runs the
 * sandbox. */
int door_open(int folder, const char *entry);
int door_enter(const struct enforce_running *entry, struct error *err);
/* -EAGAIN, with the sentence, if that jail is stopped: it answers nobody. */
int door_awake(const struct enforce_running *entry, struct error *err);
void door_remove(int folder, const char *entry);
void door_close(int *door);	/* and removes it; takes -1 */
/* The inode number of a process's namespace NAME; 0: it cannot be seen. */
uint64_t registry_namespace(pid_t pid, const char *name);
/* members.c: one process, from PROC, the folder /proc; without its user and
 * sandbox. False: it is gone. */
bool members_read(int proc, pid_t pid, struct enforce_member *member);
/* entry.c: an entry as text, without its owner. Print: new memory, NULL
 * without; what cannot be said in a line is left out. Parse writes to TEXT;
 * -EINVAL for what is not an entry. */
char *registry_print(const struct enforce_running *entry);
int registry_parse(char *text, struct enforce_running *entry);
/* The line `denied` is in the same place in each, so that it can be written
 * over. TEXT: as long as it is, without a newline. */
#define REGISTRY_DENIED_AT 11
#define REGISTRY_DENIED_SIZE 27
void registry_print_denied(char text[REGISTRY_DENIED_SIZE + 1],
			   uint64_t denied);

#endif
