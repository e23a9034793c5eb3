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

struct companion {
	const char *const *argv;	/* argv[0] is searched in /usr/bin,
					 * /bin, /usr/sbin, /sbin alone */
	const char *const *env;		/* NULL: PATH and LANG=C alone */
	int net;			/* a network namespace to enter, or
					 * -1 */
	int keep[4];			/* descriptors it inherits, by the same
					 * number; -1 ends */
	bool ends;			/* it is waited for: it has to end by
					 * itself, with 0 */
};

/* Whether argv[0] can be had; its path, in new memory, or NULL. */
char *companion_find(const char *program);

/*
 * Starts one. Its standard error goes to a pipe, of which the last line is the
 * cause in *err if it fails before it is ready. Ready it is when it has ended
 * with 0 (ENDS), else when READY, the reading end of a pipe of the caller's,
 * gives a byte; -1: at once. After MILLISECONDS it has failed. *KEEPER is the
 * process to hand to companion_end(), 0 if it has ended.
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
	int go, done;		/* pipes to the keeper and back; -1 */
	pid_t keeper;
};
int companion_prepare(const struct companion *companion,
		      struct companion_waiting *waiting, struct error *err);
int companion_go(struct companion_waiting *waiting, pid_t pid, int ready,
		 int milliseconds, struct error *err);
/* Ends companion and keeper, and reaps; takes 0. */
void companion_end(pid_t *keeper);

#endif
