/* SPDX-License-Identifier: MIT */
/*
 * The tracer: a process of its own that does nothing but ptrace.
 *
 *   tracer.c	waits, names what happened, and has one switch over it
 *   calls.c	a call: counts it, decides whether to watch its return
 *   clones.c	calls that make tasks: nobody escapes
 *   filters.c	a target that installs seccomp filters of its own
 *   signals.c	calls that only a tracer interrupts
 */
#ifndef JAIL_LEARN_TRACER_H
#define JAIL_LEARN_TRACER_H

#include <sys/ptrace.h>

#include "learn/counts.h"
#include "learn/learn.h"
#include "learn/objects.h"
#include "learn/tasks.h"

/* What our filter's RET_TRACE says, to know it from the target's own. */
#define TRACER_MARK 0x4a1u

/* Numbers below have counters of their own in struct watch. */
#define WATCH_NUMBERS 1024

/* How many returns of a call were watched, and whether one failed. */
struct watch {
	uint16_t watched;
	bool failed;
};

struct tracer {
	struct task_table tasks;
	struct counts observations, arguments;
	struct objects objects;
	struct watch watches[BASE_ARCH_COUNT][WATCH_NUMBERS];
	int wire;
	pid_t target;
	bool full;
	bool lost;
	int filters;			/* seccomp filters, not the target's */
	uint64_t total, watched;	/* calls, returns */
	uint64_t nameless;		/* different calls without a name */
};

struct tracer_options {
	pid_t target;
	struct base_front *front;	/* our parent's */
	pid_t parent;
	int target_socket;	/* see target.h */
	int wire;		/* see wire.h */
	bool full;
};
/* The life of the tracer's process. */
_Noreturn void tracer_main(const struct tracer_options *options);

/* Lets a stopped task go on, as its flags say, with SIGNAL (0: none). */
void tracer_resume(struct task *task, int signal);

/* calls.c: stops at a call's RET_TRACE, and at its entry or return. */
void calls_seccomp_stop(struct tracer *tracer, struct task *task);
void calls_syscall_stop(struct tracer *tracer, struct task *task);

/* clones.c. Enter: clone3's first argument is replaced by its flags; false if
 * they cannot be read. */
bool clones_enter(struct task *task, uint64_t arguments[6]);
void clones_return(struct task *task);
/* A clone event. Returns the child if it has stopped already: handle its
 * first_stop now. */
struct task *clones_born(struct tracer *tracer, struct task *parent, pid_t tid,
			 int event);
/* The first stop of a task of which no event has told yet: it waits for the
 * event. False without memory. */
bool clones_wait(struct tracer *tracer, pid_t tid, int status);
/* The event did not come: makes do without it. */
void clones_adopt(struct tracer *tracer, struct task *orphan);

/* filters.c. Enter: returns false if the task must stay stopped for now. */
bool filters_enter(struct tracer *tracer, struct task *task,
		   const uint64_t arguments[6]);
void filters_return(struct task *task, bool failed);
/* Any stop of a task that a TSYNC waits for, or its end. */
void filters_stopped(struct tracer *tracer, pid_t tgid);
/* An interval is over for a task that is held. */
void filters_tick(struct task *task);
/* Seccomp filters that TASK is under, our own included; -1 unknown. */
int filters_count(pid_t tid);

/* signals.c: at a stop in which SIGNAL is delivered, or none (0). */
void signals_undisturb(const struct task *task, int signal);

#endif
