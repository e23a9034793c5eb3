/* SPDX-License-Identifier: MIT */
/*
 * The processes of a sandbox on their way; for sandbox.c, builder.c, init.c and
 * enter.c alone.
 */
#ifndef JAIL_ENFORCE_BIRTH_H
#define JAIL_ENFORCE_BIRTH_H

#include "enforce/bus/bus.h"
#include "enforce/companion/companion.h"
#include "enforce/display/display.h"
#include "enforce/net/net.h"
#include "enforce/sandbox/sandbox.h"

/* In a page that all share. */
struct sandbox_page {
	struct error error;	/* of the first step that failed */
	pid_t init, program;
	int namespaces[10];	/* of struct enforce_sandbox */
	int terminal;		/* enter.c: its leading end */
	struct net_result net;
};

/* What serves a sandbox from outside, until its end. */
struct enforce_outside {
	struct net_result net;
	struct companion_folder served;
	struct bus bus;
	struct display display;
};

struct sandbox_birth {
	const struct enforce_plan *plan;
	const struct enforce_child *child;
	struct sandbox_page *page;
	int parent;		/* pidfd of jail */
	int cgroup;		/* for CLONE_INTO_CGROUP, or -1 */
	uid_t uid;		/* ours, as the host counts */
	gid_t gid;
	bool user_namespace;	/* there is one: the caller is no root */
	bool nested;		/* the program gets one more, in which its
				 * capabilities do not reach our mounts */
	int ready[2];		/* pipes: from init or guard, "done" */
	int nest[2];		/* and to it */
	struct net net;
};

/* ---- builder.c --------------------------------------------------------- */

/* In the namespaces that are new; ends when the program was started. */
_Noreturn void builder_main(struct sandbox_birth *birth);
int builder_no_process(struct error *err);

/* ---- init.c ------------------------------------------------------------ */

/* PID 1: builds the tree, then reaps until jail ends it or dies. */
_Noreturn void init_main(struct sandbox_birth *birth);
/* Where the program is PID 1 itself: a process outside that ends it when jail
 * dies. The builder tells it by the pipes that the program is there. */
_Noreturn void init_guard(const struct sandbox_birth *birth);
/* Dies with jail, also if that is dead already. */
int init_die_with_parent(const struct sandbox_birth *birth,
			 struct error *err);
/* No further user namespaces in the sandbox: LIMIT is what mounts_build() has
 * opened for that; closes it. */
int init_forbid_namespaces(const struct sandbox_birth *birth, int *limit,
			   struct error *err);

#endif
