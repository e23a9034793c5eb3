/* SPDX-License-Identifier: MIT */
/*
 * judge: what the kernel itself recorded of a command's system calls, to judge
 * `jail learn` by. Four files: judge.c runs the command and reads the trace,
 * judge_ring.c takes the kernel's ring buffer pages apart, judge_tree.c follows
 * the tasks and counts, judge_made.c knows what a tracer made them do.
 */
#ifndef JAIL_TESTS_JUDGE_H
#define JAIL_TESTS_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum judge_kind {
	JUDGE_ENTER,	/* raw_syscalls:sys_enter: number is the call's */
	JUDGE_NATIVE,	/* syscalls:sys_enter_NAME: the same, 64-bit only */
	JUDGE_FORK,	/* number is the child's pid */
	JUDGE_EXEC	/* number is the pid before the exec, text the file */
};

struct judge_record {
	uint64_t order;		/* trace_clock "counter": no two are equal */
	int64_t number;
	int32_t pid;		/* of the task that made the event */
	uint32_t kind;
	char *text;
	uint64_t arguments[6];	/* of JUDGE_ENTER */
};

struct judge_trace {
	struct judge_record *records;
	size_t count, room;
	/* common_type of the events that are known by name; every other event
	 * in the buffer is a JUDGE_NATIVE. */
	uint16_t enter_type, fork_type, exec_type;
};

_Noreturn void judge_die(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/* Adds the records of one page as trace_pipe_raw gives it. */
void judge_page(struct judge_trace *trace, const unsigned char *page,
		size_t size);

/* What another process did to a task since the task's last call, and what came
 * of it. Zero: nothing. */
struct judge_hand {
	bool memory, registers;	/* were written, the registers last */
	bool made, maps;	/* the last call was made by a tracer; it was
				 * mmap, if what follows says so too */
	uint64_t address, size;	/* of the mapping; address 0: not known yet */
};

enum judge_maker {
	JUDGE_OWN,		/* the task's own call */
	JUDGE_TRACER,		/* made in its name */
	JUDGE_OWN_AND_LAST	/* its own, and so was the mmap before it */
};

/* RECORD is a call of a process that does not belong to the program: returns
 * whether it changes the task *PID. */
bool judge_hand_of(const struct judge_record *record, int32_t *pid);
void judge_hand_on(struct judge_hand *hand, const struct judge_record *record);
/* RECORD is a 64-bit call of the task. */
enum judge_maker judge_made(struct judge_hand *hand,
			    const struct judge_record *record);

/* Sorts the records and prints `ARCH NUMBER COUNT PID FILE` for every call that
 * PROGRAM and its descendants made after PROGRAM's first exec: how often, and
 * which task made it first. Of calls that a tracer made in their name another
 * line says so, with "made" in front. Returns false if PROGRAM was never
 * executed. */
bool judge_print(struct judge_trace *trace, const char *program, FILE *out);

#endif
