/* SPDX-License-Identifier: MIT */
/*
 * enforce: runs a program with nothing allowed but its whitelist.
 *
 *   jail (supervisor) <── seccomp user notification ── target
 *
 * In stages: plan (data only, checked before anything exists), filter, launch,
 * supervise. The only room that includes <cap-ng.h> and <seccomp.h>.
 */
#ifndef JAIL_ENFORCE_H
#define JAIL_ENFORCE_H

#include <linux/filter.h>

#include "profiles/profiles.h"

enum enforce_deny {
	ENFORCE_KILL,		/* kill the process that made the call */
	ENFORCE_ERRNO,		/* the call fails with an errno */
	ENFORCE_LOG,		/* the call is made; complain mode */
	ENFORCE_ASK		/* its place; no code takes it yet */
};

struct enforce_plan {
	const char *program;		/* profile name */
	const char *path;
	char *const *argv;
	struct profiles_set whitelist;	/* baseline not included; owned */
	enum enforce_deny deny;
	int deny_errno;			/* for ENFORCE_ERRNO; default EPERM */
	bool allow_clone3;
	/* Values of clone's namespace flags (CLONE_NEW*) that may be used. */
	uint64_t clone_namespaces[16];
	size_t clone_namespace_count;
	uint64_t caps_keep;		/* capability bits; 0 is the default */
	int keep_fds[32];
	size_t keep_fd_count;
};

/* ---- the filter ------------------------------------------------------- */

/*
 * Builds the filter of a plan with libseccomp. WITH_LISTENER: the answer to an
 * unlisted call is USER_NOTIF, else what plan->deny says without a supervisor
 * (KILL_PROCESS, ERRNO, LOG). Verdicts, for every (arch, number):
 *   whitelist or baseline                     ALLOW
 *   clone                                     ALLOW without new namespaces
 *   clone3, unless plan->allow_clone3         ERRNO(ENOSYS) if clone passes
 *   a number that table and kernel don't know ERRNO(ENOSYS) or USER_NOTIF
 *   x32, other architectures not learned      never ALLOW
 * The instructions are new memory.
 */
int enforce_filter(const struct enforce_plan *plan, bool with_listener,
		   struct sock_filter **filter, size_t *count,
		   struct error *err);

/* ---- running ---------------------------------------------------------- */

struct enforce_sink {
	/* A call was refused (or logged), and has been answered: its process
	 * was killed or goes on. The first time that this call is refused in
	 * this run, *id is 0: the sink sets it to something else. Repeats come
	 * at most once a second, with the number of new ones in DENIAL->count
	 * and the *id that the sink chose. Negative: DENIAL->count was not
	 * recorded, and comes again with what is added meanwhile, a second
	 * later at the earliest. WAIT: it is the last time, and the sink may
	 * wait for others; else every call of the program waits for it.
	 * BY_PROGRAM: the program itself made the call, not a descendant; these
	 * are told apart. It may be called in a forked child, see
	 * enforce_run(). */
	int (*denial)(void *data, const struct profiles_denial *denial,
		      bool by_program, bool wait, int64_t *id);
	void *data;
};

struct enforce_result {
	bool exec_failed;	/* execve of the program failed: 126 */
	bool denied;		/* a denial killed the program itself: 159 */
	int status;		/* as from wait(2) */
	bool listener;		/* false: the kernel gave none */
};

/* Runs the program and returns when it has ended. If descendants live on, a
 * supervisor in the background, a forked child of the caller without terminal
 * and files, stays with them; it never returns, but calls SINK: which must not
 * use what cannot be used across fork(2), such as an open store.
 * Negative: it never started, or was killed because it could not be supervised
 * any more. */
int enforce_run(const struct enforce_plan *plan,
		const struct enforce_sink *sink,
		struct enforce_result *result, struct error *err);

/* The privileges of the plan for the calling process: no_new_privs, capability
 * sets and bounding set down to caps_keep, all descriptors above 2 but keep_fds
 * closed at exec. `jail learn` uses it, so that training is like running. */
int enforce_privileges(const struct enforce_plan *plan, struct error *err);

#endif
