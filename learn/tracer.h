/* SPDX-License-Identifier: MIT */
/*
 * The tracer: a process of its own that does nothing but ptrace.
 *
 *   seize.c	becomes the tracer of a target, or of processes that run
 *   tracer.c	waits for stops, and does what is due now and then
 *   stops.c	names what happened, and has one switch over it
 *   calls.c	a call: counts it, decides whether to watch its return
 *   quiet.c	when calls that were seen may pass unseen
 *   inject.c	puts the filter that lets them pass into a running task
 *   program.c	that filter
 *   clones.c	calls that make tasks: nobody escapes
 *   filters.c	a target that installs seccomp filters of its own
 *   signals.c	calls that only a tracer interrupts
 */
#ifndef JAIL_LEARN_TRACER_H
#define JAIL_LEARN_TRACER_H

#include <sys/ptrace.h>

#include "learn/caps.h"
#include "learn/counts.h"
#include "learn/learn.h"
#include "learn/notices.h"
#include "learn/objects.h"
#include "learn/program.h"
#include "learn/quiet.h"
#include "learn/refused.h"
#include "learn/tasks.h"

/* Numbers below have counters of their own in struct watch. */
#define WATCH_NUMBERS 1024

/* How many returns of a call were watched, and whether one failed. */
struct watch {
	uint16_t watched;
	bool failed;
	bool seen;		/* the call was, by any task, or was known */
	bool passes;		/* a filter lets it, or some values of its
				 * arguments, pass unseen */
};

struct tracer {
	struct task_table tasks;
	struct counts observations, arguments;
	struct objects objects;
	struct notices notices;
	struct refused refused;
	struct caps *caps;		/* NULL: nobody asks */
	struct watch watches[BASE_ARCH_COUNT][WATCH_NUMBERS];
	int wire;
	bool full;
	bool adaptive;			/* tasks get a filter in a quiet tree */
	bool sandboxed;			/* what it is refused is told */
	const struct profiles_set *absent; /* see struct learn_options */
	bool attached;			/* to processes that ran before */
	bool leaving;			/* attached: every stop is the last */
	bool gone;			/* and nobody waits for them any more */
	bool killing;			/* who is born now, too */
	unsigned refusals;		/* seize.c */
	int64_t deadline;		/* microseconds, monotonic; 0: none */
	bool lost;
	bool odd_passes;		/* a call without a struct watch does */
	int filters;			/* seccomp filters, not the target's */
	uint64_t total;			/* calls */
	uint64_t traced, watched;	/* RET_TRACE stops, then returns */
	uint64_t nameless;		/* different calls without a name */
	int64_t last_new;		/* see struct learn_progress */
	struct quiet quiet;
	uint64_t news;			/* calls and values that were new */
	/* inject.c: what passes by the program, made when NEWS was that. */
	struct profiles_known known;
	struct program program;
	uint64_t program_news;
	bool program_used;
	pid_t injected;			/* the last one; one at a time */
};

struct tracer_options {
	const struct learn_options *learn;
	pid_t target;			/* 0: learn->pids */
	struct base_front *front;	/* our parent's */
	pid_t parent;
	int target_socket;	/* see target.h */
	int wire;		/* see wire.h */
};
/* The life of the tracer's process. */
_Noreturn void tracer_main(const struct tracer_options *options);

/* Lets a stopped task go on, as its flags say, with SIGNAL (0: none). */
void tracer_resume(struct task *task, int signal);
/* Handles the stops that are there. */
void tracer_drain(struct tracer *tracer);
/* What was gathered is sent without waiting for the timer. */
void tracer_flush_soon(void);
/* Tells the user at once. */
void tracer_notice(struct tracer *tracer, enum learn_notice notice,
		   uint32_t image);

/* Does what a stop of TID asks for; STATUS is that of waitpid(2). */
void stops_handle(struct tracer *tracer, pid_t tid, int status);

/* seize.c: the target before its exec, or processes that run. */
int seize_target(struct tracer *tracer, const struct tracer_options *options,
		 struct error *err);
/* In a signal handler: lets a PTRACE_SEIZE give up that waits for a process in
 * the midst of an exec, which waits for us to hear of its threads' ends. */
void seize_interrupt(void);
int seize_running(struct tracer *tracer, const pid_t *pids, size_t count,
		  struct error *err);
/* At an exec, or for a new task: whether its end is a stop, to read the maps of
 * its executable, of which few enough were read. */
void seize_exit_stop(const struct tracer *tracer, struct task *task);
/* Asks all tasks for a stop, in which seize_leave lets go of them; with SIGNAL
 * if the stop was about one. */
void seize_leave_all(struct tracer *tracer);
void seize_leave(struct tracer *tracer, struct task *task, int signal);

/* calls.c: stops at a call's RET_TRACE, and at its entry or return. */
void calls_seccomp_stop(struct tracer *tracer, struct task *task);
void calls_syscall_stop(struct tracer *tracer, struct task *task);
/* ERESTARTSYS and its like (include/linux/errno.h): the kernel makes the call
 * again, or turns it into EINTR after the stop. */
static inline bool calls_is_restart(int64_t result)
{
	return result <= -512 && result >= -516;
}
/* A filter lets KNOWN pass: it is not new, and counts are lower bounds. */
void calls_pass(struct tracer *tracer, const struct profiles_known *known);

/* inject.c: whether TASK, at the return stop of its call, is to get the filter
 * now; the beginning, false if it did not come to it; and a call's entry or
 * return of a task that has task->injection. The latter two let it go on. */
bool inject_is_due(const struct tracer *tracer, const struct task *task,
		   int64_t result);
bool inject_begin(struct tracer *tracer, struct task *task);
void inject_stop(struct tracer *tracer, struct task *task, bool returned,
		 int64_t result);

/* clones.c. Enter: clone3's first argument is replaced by its flags; false if
 * they cannot be read. */
bool clones_enter(struct task *task, uint64_t arguments[6]);
/* Of a clone call whose child was kept from being untraced. */
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
