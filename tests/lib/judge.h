/* SPDX-License-Identifier: MIT */
/*
 * judge: what the kernel itself recorded of a command's system calls, to judge
 * `jail learn` by. Three files: judge.c runs the command and reads the trace,
 * judge_ring.c takes the kernel's ring buffer pages apart, judge_tree.c follows
 * the tasks and counts.
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

/* Sorts the records and prints `ARCH NUMBER COUNT PID FILE` for every call that
 * PROGRAM and its descendants made after PROGRAM's first exec: how often, and
 * which task made it first. Returns false if PROGRAM was never executed. */
bool judge_print(struct judge_trace *trace, const char *program, FILE *out);

#endif
