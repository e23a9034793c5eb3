/* SPDX-License-Identifier: MIT */
/*
 * Running: the program is started, supervised and answered for until it ends.
 */
#ifndef JAIL_ENFORCE_RUN_H
#define JAIL_ENFORCE_RUN_H

#include <time.h>

#include "enforce/enforce.h"

/* launch.c: starts the program of PLAN as FRONT's child, in a new sandbox, or,
 * with JOINED, in one that runs. *LISTENER: -1 where the kernel gives none. */
struct launch_joined {
	const struct enforce_sandbox *sandbox;
	const char *otherwise;	/* than argv[0], which is looked for where the
				 * plan has no path; or NULL */
	int *terminal;		/* of enter_sandbox() */
};
int launch_program(struct enforce_plan *plan, struct base_front *front,
		   const struct launch_joined *joined,
		   struct enforce_sandbox *sandbox, int *listener,
		   struct enforce_result *result, struct error *err);

/* What else the supervisor's EVENTS may have, and who takes care of it. */
struct enforce_beside {
	/* FD is readable; false: it is none of these. */
	bool (*ready)(void *data, int fd);
	/* Whether who waits for the last process has to wait for it. */
	bool (*busy)(void *data);
	/* In the fork that stays behind: lets go of what is not its own. */
	void (*leave)(void *data);
	void *data;
	/* Filled in: the listener's number, for a fork to close it; and what
	 * was refused to those that have joined, which they add. */
	const int *listener;
	uint64_t *refused;
};

/* Answers LISTENER (taken over; -1: there is none) until the program has ended
 * and fills *result. EVENTS is an empty epoll(7) set, made before the program
 * was there and could take our descriptors away. Negative: the program has been
 * killed. */
int enforce_supervise(const struct enforce_plan *plan,
		      const struct enforce_sink *sink,
		      struct base_front *front, struct enforce_sandbox *sandbox,
		      int events, int listener, struct enforce_beside *beside,
		      struct enforce_result *result, struct error *err);

/* timeout.c: how long until a signal is due (milliseconds; -1: never), and
 * which one it is: SIGTERM, then SIGKILL; 0: none yet. */
struct timeout {
	int64_t due;		/* base_now_monotonic(), 0: never */
	int signal;
	timer_t timer;		/* if it is running */
	bool running;
};
/* MICROSECONDS 0: for ever. */
int timeout_begin(struct timeout *timeout, int64_t microseconds,
		  struct error *err);
void timeout_end(struct timeout *timeout);
int timeout_wait(const struct timeout *timeout);
int timeout_signal(struct timeout *timeout);

/* ---- the refusals of one run ------------------------------------------ */

/* One call that was refused, and how often since the sink was last told. */
struct enforce_refusal {
	struct profiles_denial *first;
	uint64_t detail;	/* why, or with which values */
	bool by_program;	/* by the program itself, not a descendant */
	int64_t id;		/* the sink's */
	uint64_t pending;	/* that the sink has not taken yet */
};

struct enforce_refusals {
	struct enforce_refusal *items;
	size_t count;
	int64_t flushed;	/* base_now_monotonic() of the last flush */
	bool any_pending;
	/* All of the run, and what the registry knows of them. */
	uint64_t total, noted;
	int64_t noted_at;	/* base_now_monotonic() */
};

/* A call that was refused before, for the same reason (DETAIL; 0: it is not on
 * the list); NULL if it was not. Of one call so many details are told apart;
 * then it is taken for one that was. */
#define ENFORCE_DETAILS 64
struct enforce_refusal *enforce_refusals_find(
	const struct enforce_refusals *refusals, struct base_call call,
	uint64_t detail, bool by_program);
/* Counts it once more. */
void enforce_refusals_repeat(struct enforce_refusals *refusals,
			     struct enforce_refusal *item);
/* Tells the sink of a first refusal and remembers it. */
void enforce_refusals_first(struct enforce_refusals *refusals,
			    const struct enforce_sink *sink,
			    const struct profiles_denial *denial,
			    uint64_t detail, bool by_program);
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
/* Notes in the registry how many there were, at most once a second; how long
 * until that is due, likewise. */
void enforce_refusals_note(struct enforce_refusals *refusals,
			   const struct enforce_sandbox *sandbox,
			   enum enforce_flush when);
int enforce_refusals_note_timeout(const struct enforce_refusals *refusals);
/* Forgets what the sink has not taken: another process hands that on. */
void enforce_refusals_leave(struct enforce_refusals *refusals);
void enforce_refusals_free(struct enforce_refusals *refusals);

/* Who makes the call, from /proc: thread group, user, executable and name of
 * the thread TID, and what is at denial->ip, where it was made. Where /proc
 * tells nothing, or numbers processes otherwise than we do, the process is TID,
 * the user ours and the rest empty. The caller makes sure that TID was alive
 * all the time. */
void enforce_denial_who(struct profiles_denial *denial, pid_t tid);
/* where.c: "PATH+0xOFFSET" of what TID has at the address IP; empty where that
 * is no file, or cannot be seen. */
void where_find(pid_t tid, uint64_t ip, char *out, size_t size);
/* Time, host and boot. */
void enforce_denial_when(struct profiles_denial *denial);

#endif
