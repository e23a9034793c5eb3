/* SPDX-License-Identifier: MIT */
/*
 * The traced tasks (threads), by tid. A task costs well under 1 KiB.
 */
#ifndef JAIL_LEARN_TASKS_H
#define JAIL_LEARN_TASKS_H

#include "base/base.h"

struct task {
	pid_t tid;
	pid_t tgid;
	uint32_t image;
	/* How it goes on after a stop: until the next RET_TRACE stop, or also
	 * to the entry or return of a call. */
	bool every_entry : 1;	/* entry and return stops: it has no filter of
				 * ours that lets calls pass, or one of its own
				 * that may hide them */
	bool own_filter : 1;	/* the latter */
	bool watching : 1;	/* the return of the call in `call` matters */
	bool in_call : 1;	/* the entry stop of its call was handled */
	bool makes_thread : 1;	/* its clone call asks for a thread */
	bool shares_child : 1;	/* or for a process in the same memory */
	bool flags_hidden : 1;	/* clone3's flags could not be read */
	bool bore : 1;		/* the event of its clone call came */
	bool launching : 1;	/* the target before its exec */
	bool new : 1;		/* its first stop is still to come */
	bool orphan : 1;	/* or came before its parent's clone event */
	bool waited : 1;	/* orphan, held: since the last interval */
	bool installing : 1;	/* is in a call that adds a filter */
	bool had_entries : 1;	/* every_entry and own_filter as they were */
	bool had_filter : 1;	/* before that */
	bool must_stop : 1;	/* was interrupted, has not stopped yet */
	bool held : 1;		/* waits until such others have stopped */
	bool was_stopped : 1;	/* by SIGSTOP, say, in its last call */
	bool hid_untraced : 1;	/* CLONE_UNTRACED was taken out of a call */
	bool brought_news : 1;	/* see quiet.h, since its exec */
	bool lives_again : 1;	/* executes what another did before it */
	bool no_injection : 1;	/* inject.c: not into this one */
	bool borrows_memory : 1; /* another process's, until its exec */
	bool shares_memory : 1;	/* has lent it */
	bool stops_at_exit : 1;	/* PTRACE_O_TRACEEXIT is set */
	uint8_t tries;		/* injections that could not begin */
	struct injection *injection; /* inject.c: under way; one allocation */
	int first_stop;		/* orphan: its status */
	pid_t traces;		/* whom its ptrace call is about, as it numbers
				 * processes; 0: itself */
	int64_t entered;	/* if tracer->caps: its last call, in
				 * microseconds, monotonic */
	struct base_call call;	/* the last one seen */
	uint32_t call_image;	/* that made it; an exec changes image */
	uint64_t clone_flags;	/* hid_untraced: as the target wants them */
	uint64_t clone_args;	/* and where clone3 has them; 0: register */
	struct task *next;	/* in the table's chain */
};

struct task_table {
	struct task **chains;
	size_t chain_count;	/* a power of two */
	size_t count;		/* tasks */
	size_t processes;	/* of them, those with tid == tgid */
};

int tasks_init(struct task_table *table);
void tasks_free(struct task_table *table);
struct task *tasks_find(const struct task_table *table, pid_t tid);
/* NULL without memory. */
struct task *tasks_add(struct task_table *table, pid_t tid, pid_t tgid);
void tasks_remove(struct task_table *table, pid_t tid);
/* A thread other than the leader made an exec: the task OLD becomes TGID, the
 * previous leader is gone without a word (man 2 ptrace, "execve(2) under
 * ptrace"). Returns the task. */
struct task *tasks_rename(struct task_table *table, pid_t old, pid_t tgid);
/* TASK turned out to be a thread of TGID. */
void tasks_set_group(struct task_table *table, struct task *task, pid_t tgid);
/* VISIT may remove the task that it is shown, and no other. */
void tasks_each(const struct task_table *table,
		void (*visit)(void *data, struct task *task), void *data);

#endif
