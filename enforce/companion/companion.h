/* SPDX-License-Identifier: MIT */
/*
 * Companions: programs of the host that serve a sandbox from outside, as pasta,
 * xdg-dbus-proxy and udhcpc do. They are not in the sandbox and end with it:
 * when jail says so, and when jail is killed.
 *
 * Each has a keeper, a fork of jail without files, that waits for jail
 * (pidfd) and for the companion, and ends the companion when jail is gone:
 * PR_SET_PDEATHSIG would not outlive the companion's own change of user.
 */
#ifndef JAIL_ENFORCE_COMPANION_H
#define JAIL_ENFORCE_COMPANION_H

#include "enforce/enforce.h"

#define COMPANION_NET_OF_PID (-2)

struct companion {
	const char *const *argv;	/* argv[0] is searched in /usr/bin,
					 * /bin, /usr/sbin, /sbin alone */
	const char *const *env;		/* beside PATH and LANG=C, which are
					 * always the same; NULL: nothing */
	int net;			/* network namespace to enter first;
					 * COMPANION_NET_OF_PID: that of the
					 * process in companion_go(); 0 or -1:
					 * the host's */
	int keep[4];			/* descriptors it inherits, by the same
					 * number; 0 or -1 ends */
	int input;			/* its standard input; 0 or -1: none */
	bool ends;			/* it is waited for: it has to end by
					 * itself, with 0 */
	bool first_line;		/* of its standard error the first line
					 * is the cause, not the last one */
	int capability;			/* CAP_*, other than 0, that it keeps
					 * also where the caller has it without
					 * being user 0; he must have it */
	/* Called in the keeper's process for each line on its standard output.
	 * 1: it is ready; negative: it is to be ended, *err says why. NULL: its
	 * output is nobody's. */
	int (*hear)(void *data, char *line, struct error *err);
	/* Called in the keeper's process, once it is ready, when WATCH can be
	 * read; HANDED is what companion_go() gave, or -1. Negative: it is to
	 * be ended. NULL: nothing is watched. */
	int (*watched)(void *data, int handed, struct error *err);
	int watch;
	void *data;
};

/* Whether argv[0] can be had; its path, in new memory, or NULL. */
char *companion_find(const char *program);
/* The Debian package that has PROGRAM; where it is not known, its name. */
const char *companion_package(const char *program);

/*
 * Starts one. Its standard error goes to a pipe, of which the last line is the
 * cause in *err if it fails before it is ready. Ready it is when it has ended
 * with 0 (ENDS), when HEAR says so, or when READY, the reading end of a pipe of
 * the caller's, gives a byte; with none of these: at once. After MILLISECONDS
 * it has failed. *KEEPER is the process to hand to companion_end(), 0 if it has
 * ended. -ENOENT: it is not installed. The writing end of that pipe, if the
 * caller still has it open, is no hindrance.
 */
int companion_start(const struct companion *companion, int ready,
		    int milliseconds, pid_t *keeper, struct error *err);
/*
 * The same in two: a keeper that is forked now, in the host's namespaces, and
 * waits for companion_go(), which any process may call that has inherited
 * WAITING: the builder of the sandbox, from inside of its namespaces. The word
 * "@PID@" in argv becomes PID, as jail's own namespace numbers it.
 */
struct companion_waiting {
	int socket;		/* to the keeper */
	pid_t keeper;		/* 0: there is none */
	int hand;		/* a descriptor for the keeper, for WATCHED; 0:
				 * none */
};
int companion_prepare(const struct companion *companion, int ready,
		      struct companion_waiting *waiting, struct error *err);
int companion_go(struct companion_waiting *waiting, pid_t pid,
		 int milliseconds, struct error *err);
/* Closes the socket; a keeper that was not told to go ends. Takes one that
 * was never prepared, if it is zeroed. */
void companion_close(struct companion_waiting *waiting);
/* Ends companion and keeper, and reaps; takes 0. */
void companion_end(pid_t *keeper);

/* ---- what they share with the sandbox (folder.c) ------------------------ */

/* Zero-initialised: there is none. */
struct companion_folder {
	char *path;
	int lock;		/* 1 + its descriptor: it is in use */
};
/* A name for one in the folder RUNTIME, this run's and nobody's guess; *PATH is
 * new memory. It is not made yet. */
int companion_folder_name(const char *runtime, char **path, struct error *err);
/* Makes PATH, which has such a name, and removes others of that kind that
 * nobody uses any more. RUNTIME is made if need be, and has to be the user's
 * alone. */
int companion_folder_open(const char *runtime, const char *path,
			  struct companion_folder *folder, struct error *err);
/* Removes it with all that is in it. */
void companion_folder_end(struct companion_folder *folder);

#endif
