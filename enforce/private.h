/* SPDX-License-Identifier: MIT */
/*
 * What the files of enforce/ share among themselves; nobody else includes it.
 */
#ifndef JAIL_ENFORCE_PRIVATE_H
#define JAIL_ENFORCE_PRIVATE_H

#include "enforce/enforce.h"

/* ---- programs: program.c ---------------------------------------------- */

struct enforce_program {
	struct sock_filter *code;
	size_t count;
};
void enforce_program_free(struct enforce_program *program);
#define cleanup_program __attribute__((cleanup(enforce_program_free)))

/* What libseccomp makes of CONTEXT (a scmp_filter_ctx). */
int enforce_program_export(void *context, struct enforce_program *program,
			   struct error *err);
/* Makes a program of the native architecture one of ARCH. */
int enforce_program_retarget(struct enforce_program *program,
			     enum base_arch arch, struct error *err);
/* Makes *NATIVE a program that goes on in OTHER for calls of i386. */
int enforce_program_join(struct enforce_program *native,
			 struct enforce_program *other, struct error *err);
/* Puts in front of a filter the rule that lets execve pass when its unused
 * sixth register holds KEY. launch.c says what that is for. */
int enforce_filter_key(uint64_t key, struct sock_filter **filter,
		       size_t *count, struct error *err);

/* ---- the run ---------------------------------------------------------- */

/* Whether the whitelist has calls of ARCH; only then has the filter a part for
 * it. */
bool enforce_arch_learned(const struct enforce_plan *plan, enum base_arch arch);

/* Answers LISTENER (taken over; -1: there is none) until the program has ended
 * and fills *result. EVENTS is an empty epoll(7) set, made before the program
 * was there and could take our descriptors away. Negative: the program has been
 * killed. */
int enforce_supervise(const struct enforce_plan *plan,
		      const struct enforce_sink *sink,
		      struct base_front *front, int events, int listener,
		      struct enforce_result *result, struct error *err);

/* ---- the refusals of one run ------------------------------------------ */

/* One call that was refused, and how often since the sink was last told. */
struct enforce_refusal {
	struct profiles_denial *first;
	bool by_program;	/* by the program itself, not a descendant */
	int64_t id;		/* the sink's */
	uint64_t pending;	/* that the sink has not taken yet */
};

struct enforce_refusals {
	struct enforce_refusal *items;
	size_t count;
	int64_t flushed;	/* base_now_monotonic() of the last flush */
	bool any_pending;
};

/* A call that was refused before; NULL if it was not. */
struct enforce_refusal *enforce_refusals_find(
	const struct enforce_refusals *refusals, struct base_call call,
	bool by_program);
/* Counts it once more. */
void enforce_refusals_repeat(struct enforce_refusals *refusals,
			     struct enforce_refusal *item);
/* Tells the sink of a first refusal and remembers it. */
void enforce_refusals_first(struct enforce_refusals *refusals,
			    const struct enforce_sink *sink,
			    const struct profiles_denial *denial,
			    bool by_program);
enum enforce_flush {
	ENFORCE_DUE,		/* if a second has passed since the last one */
	ENFORCE_NOW,
	ENFORCE_LAST		/* now, and the sink may wait */
};
/* Hands on what the sink has not taken yet; what it does not take stays. */
void enforce_refusals_flush(struct enforce_refusals *refusals,
			    const struct enforce_sink *sink,
			    enum enforce_flush when);
/* How long until the next flush, in milliseconds; -1: none is needed. */
int enforce_refusals_timeout(const struct enforce_refusals *refusals);
/* Forgets what the sink has not taken: another process hands that on. */
void enforce_refusals_leave(struct enforce_refusals *refusals);
void enforce_refusals_free(struct enforce_refusals *refusals);

/* Who makes the call, from /proc: thread group, user, executable and name of
 * the thread TID. Where /proc tells nothing, or numbers processes otherwise
 * than we do, the process is TID, the user ours and the rest empty. The caller
 * makes sure that TID was alive all the time. */
void enforce_denial_who(struct profiles_denial *denial, pid_t tid);
/* Time, host and boot. */
void enforce_denial_when(struct profiles_denial *denial);

#endif
