/* SPDX-License-Identifier: MIT */
/*
 * The processes of a sandbox: how they are made, what they may do, what they
 * see. enforce.h says who they are, birth.h how they come about.
 */
#ifndef JAIL_ENFORCE_SANDBOX_H
#define JAIL_ENFORCE_SANDBOX_H

#include "enforce/enforce.h"

/* ---- ids.c: users and capabilities of the processes ------------------- */

/* Whether the caller can mount without a user namespace. */
bool ids_can_build(void);
/* What a container's filter refuses, it lets pass so. */
#define IDS_UNFILTERED                                                         \
	"start a container with --security-opt seccomp=unconfined (Docker, "   \
	"podman)"
/* Whether our root is not the one of the mount namespace, or not that of
 * process 1: in chroot(2) there are no user namespaces. */
bool ids_in_chroot(void);
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

/* Asks init to end when no process is left; see enforce_sandbox_end(). */
void init_linger(const struct enforce_sandbox *sandbox);

/* enter.c: starts CHILD, which is ours and executes a program, in the sandbox
 * INSIDE, which runs. TERMINAL, if not NULL: a new one of the sandbox becomes
 * its input and output, and its errors where those go to a terminal; *TERMINAL
 * is the leading end, also if it fails, or -1. Our files 0-2 are the
 * program's. */
int enter_sandbox(const struct enforce_plan *plan,
		  const struct enforce_sandbox *inside,
		  const struct enforce_child *child, int *terminal,
		  pid_t *program, struct error *err);

/* ---- limits, variables, sockets ---------------------------------------- */

/* limits.c: rlimits, nice, cpus, before capabilities are gone. */
int limits_apply(const struct profiles_policy *policy, struct error *err);
const char *limits_name(enum profiles_limit limit);	/* "rlimit-as" */

/* cgroup.c: made by jail; *FD for CLONE_INTO_CGROUP, or -1 where the policy has
 * no such limit. Removed at the end: cgroup_remove() takes NULL. */
int cgroup_open(const struct enforce_plan *plan, char **path, int *fd,
		struct error *err);
void cgroup_remove(const char *path);
/* Whether the caller can have one, for jail doctor. -ENOTSUP: the hierarchy is
 * not mounted; -EACCES: no group belongs to him; -ENODEV: one of the two
 * controllers is not there. */
int cgroup_look(void);
/* The group BASE/PREFIXpid with LIMITS, of which the last has no controller. */
struct cgroup_limit {
	const char *directive, *controller, *file;
	uint64_t value;		/* 0: no limit */
};
int cgroup_make(const char *base, const char *prefix,
		const struct cgroup_limit *limits, const char *remedy,
		char **path, int *fd, struct error *err);

/* handed.c: the variables in which a service manager names who is meant. */
int handed_apply(const struct enforce_plan *plan, struct error *err);
/* env.c: the variables of the program. landlock.c: abstract sockets; after the
 * variables, for it asks which display there is. One line for --check, or NULL
 * where there is nothing to be said. */
int env_apply(const struct enforce_plan *plan, struct error *err);
int landlock_apply(const struct enforce_plan *plan, struct error *err);
const char *landlock_describe(const struct enforce_plan *plan);

#endif
