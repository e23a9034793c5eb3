/* SPDX-License-Identifier: MIT */
/*
 * The processes of a sandbox on their way; for sandbox.c, init.c, ids.c and
 * privileges.c alone. enforce.h says who they are.
 */
#ifndef JAIL_ENFORCE_SANDBOX_H
#define JAIL_ENFORCE_SANDBOX_H

#include "enforce/private.h"

/* In a page that all share. */
struct sandbox_page {
	struct error error;	/* of the first step that failed */
	pid_t init, program;
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
};

/* ---- ids.c: users and capabilities of the processes ------------------- */

/* Whether the caller can mount without a user namespace. */
bool ids_can_build(void);
/* Whether the caller can build a sandbox only as a user namespace's root. */
bool ids_need_namespace(const struct enforce_plan *plan);
/* Whether kept capabilities would undo mounts. */
bool ids_need_nesting(const struct enforce_plan *plan, bool user_namespace);
/* Whether others of our user may look into the calling process and trace it:
 * PR_SET_DUMPABLE. Its files in /proc are root's while it is hidden. */
int ids_hide(bool hide, struct error *err);
/* Maps our user and group to themselves (user_namespaces(7)). */
int ids_map_self(uid_t uid, gid_t gid, struct error *err);
/* Maps those of process PID: all that we have. */
int ids_map_process(pid_t pid, bool only_self, struct error *err);
/* What a failed clone(2) with namespaces FLAGS means. */
int ids_explain(int code, unsigned long flags, struct error *err);
/* Whether the caller has supplementary groups that he cannot leave. */
bool ids_keep_groups(void);
/* Supplementary groups, as far as the policy says and the kernel allows. */
int ids_drop_groups(const struct enforce_plan *plan, struct error *err);
/* For the capabilities of a process that a raw clone(2) made. */
void ids_new_process(void);
/* All capabilities of the calling process, for good. */
int ids_drop_all(struct error *err);

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
/* Asks init to end when no process is left; see enforce_sandbox_end(). */
void init_linger(const struct enforce_sandbox *sandbox);

#endif
