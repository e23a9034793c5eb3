/* SPDX-License-Identifier: MIT */
/*
 * Follows the tasks through the trace and counts the calls of the program.
 *
 * The program is the first task that executes its file; from there on that task
 * and all its descendants count. Everything else in the trace (jail's front
 * end, its tracer, what the target did before its exec) does not.
 *
 * raw_syscalls:sys_enter does not say whether a call came by the 64-bit entry
 * or by that of i386. The syscalls:sys_enter_NAME events do: the kernel makes
 * none for an i386 call (arch_trace_is_compat_syscall). They are enabled after
 * the raw event, and so follow it. A number that has no such event on x86_64
 * (none there, or not in this kernel) is taken for the architecture of the
 * task's call before; one with bit 30 for x32.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "tests/lib/judge.h"

enum arch { I386, X32, X86_64, ARCHS };
static const char *const arch_names[] = { "i386", "x32", "x86_64" };

enum { X32_BIT = 0x40000000, PIDS = 4 << 20 };

struct task {
	bool ours;
	bool compat;		/* the last call was i386's */
	const char *file;	/* executed last */
	struct judge_record *open;	/* an ENTER whose NATIVE may follow */
	struct judge_hand hand;
};

struct row {
	uint32_t arch, number;
	uint64_t count, made;	/* by the tasks, and by a tracer */
	int32_t pid;
	const char *file;
};

struct rows {
	struct row *rows;
	size_t count, room;
};

/* The numbers of x86_64 without a sys_enter_NAME event: never implemented,
 * taken out, not configured in most kernels, or between 334 and 424. */
static bool has_event(int64_t number)
{
	static const int16_t none[] = {
		134, 156, 174, 175, 176, 177, 178, 180, 181, 182, 183, 184,
		185, 205, 211, 212, 214, 215, 236, 246, 313, 320, 453
	};

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		if (none[i] == number)
			return false;
	return number < 335 || (number >= 424 && number < 470);
}

static struct row *row_of(struct rows *rows, const struct task *task,
			  enum arch arch, const struct judge_record *record,
			  uint32_t number)
{
	struct row *row = rows->rows, *end = row + rows->count;

	while (row < end && (row->arch != arch || row->number != number))
		row++;
	if (row == end) {
		if (rows->count == rows->room) {
			rows->room = rows->room ? rows->room * 2 : 64;
			rows->rows = realloc(rows->rows,
					     rows->room * sizeof(*row));
			if (!rows->rows)
				judge_die("out of memory");
		}
		row = &rows->rows[rows->count++];
		*row = (struct row){ .arch = arch, .number = number,
				     .pid = record->pid, .file = task->file };
	}
	return row;
}

static void count(struct rows *rows, struct task *task, enum arch arch,
		  const struct judge_record *record)
{
	struct row *row = row_of(rows, task, arch, record,
				 (uint32_t)record->number);
	enum judge_maker maker = JUDGE_OWN;

	if (arch == X86_64)
		maker = judge_made(&task->hand, record);
	else
		task->hand = (struct judge_hand){ 0 };
	if (maker == JUDGE_TRACER)
		row->made++;
	else
		row->count++;
	if (maker == JUDGE_OWN_AND_LAST) {
		row = row_of(rows, task, arch, record, SYS_mmap);
		row->made--;
		row->count++;
	}
}

/* Decides the architecture of the task's last call. */
static void settle(struct rows *rows, struct task *task, bool native)
{
	struct judge_record *record = task->open;
	enum arch arch;

	task->open = NULL;
	if (!record || record->number < 0)
		return;
	if (native)
		task->compat = false;
	else if (has_event(record->number))
		task->compat = true;
	arch = task->compat ? I386 : X86_64;
	if (record->number & X32_BIT) {
		arch = X32;
		record->number &= ~(int64_t)X32_BIT;
	}
	if (task->ours)
		count(rows, task, arch, record);
}

/* A call of whoever is not of the program: jail, and its tracer. */
static void by_another(struct task *tasks, const struct judge_record *record)
{
	int32_t pid;

	if (!tasks[record->pid].ours && judge_hand_of(record, &pid) &&
	    pid > 0 && pid < PIDS)
		judge_hand_on(&tasks[pid].hand, record);
}

static bool same_file(const char *a, const struct stat *b)
{
	struct stat st;

	return !stat(a, &st) && st.st_dev == b->st_dev &&
	       st.st_ino == b->st_ino;
}

static int by_order(const void *a, const void *b)
{
	uint64_t x = ((const struct judge_record *)a)->order;
	uint64_t y = ((const struct judge_record *)b)->order;

	return (x > y) - (x < y);
}

static int by_call(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->arch != y->arch)
		return x->arch < y->arch ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

static void exec(struct task *tasks, const struct judge_record *record,
		 bool *started, const struct stat *program)
{
	struct task *task = &tasks[record->pid];

	/* By a thread that is not the leader: it takes the leader's pid. */
	if (record->number > 0 && record->number < PIDS)
		*task = tasks[record->number];
	task->open = NULL;
	task->file = record->text;
	task->compat = false;
	if (!*started && same_file(record->text, program))
		*started = task->ours = true;
}

static void follow(struct judge_trace *trace, struct task *tasks,
		   struct rows *rows, bool *started,
		   const struct stat *program)
{
	for (size_t i = 0; i < trace->count; i++) {
		struct judge_record *record = &trace->records[i];
		struct task *task;

		if (record->pid < 0 || record->pid >= PIDS)
			judge_die("pid %d is out of range", record->pid);
		task = &tasks[record->pid];
		if (record->kind == JUDGE_NATIVE) {
			if (!task->open ||
			    task->open->number != record->number)
				judge_die("call %lld of %d came without its raw event",
					  (long long)record->number,
					  record->pid);
			settle(rows, task, true);
			continue;
		}
		settle(rows, task, false);
		if (record->kind == JUDGE_ENTER) {
			task->open = record;
			by_another(tasks, record);
		} else if (record->kind == JUDGE_FORK) {
			settle(rows, &tasks[record->number], false);
			tasks[record->number] = *task;
		} else {
			if (record->number > 0 && record->number < PIDS)
				settle(rows, &tasks[record->number], false);
			exec(tasks, record, started, program);
		}
	}
	for (int pid = 0; pid < PIDS; pid++)
		settle(rows, &tasks[pid], false);
}

static void print_row(FILE *out, const char *who, const struct row *row,
		      uint64_t times)
{
	if (times)
		fprintf(out, "%s%s %u %llu %d %s\n", who,
			arch_names[row->arch], row->number,
			(unsigned long long)times, row->pid, row->file);
}

bool judge_print(struct judge_trace *trace, const char *program, FILE *out)
{
	struct task *tasks = calloc(PIDS, sizeof(*tasks));
	struct rows rows = { 0 };
	bool started = false;
	struct stat st;

	if (!tasks)
		judge_die("out of memory");
	if (stat(program, &st))
		judge_die("%s: %s", program, strerror(errno));
	qsort(trace->records, trace->count, sizeof(trace->records[0]),
	      by_order);
	follow(trace, tasks, &rows, &started, &st);
	if (rows.count)
		qsort(rows.rows, rows.count, sizeof(rows.rows[0]), by_call);
	for (size_t i = 0; i < rows.count; i++) {
		print_row(out, "", &rows.rows[i], rows.rows[i].count);
		print_row(out, "made ", &rows.rows[i], rows.rows[i].made);
	}
	free(tasks);
	free(rows.rows);
	return started;
}
