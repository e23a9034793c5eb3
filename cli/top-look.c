/* SPDX-License-Identifier: MIT */
/*
 * top-look: what the sandboxes used between two looks. CPU time is added up
 * process by process, so that the end of one takes nothing away.
 */
#include <string.h>

#include "cli/top.h"

static int by_pid(const void *a, const void *b)
{
	const struct top_process *x = a, *y = b;

	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

/* Members come by PID, so the list is sorted as it grows. */
static int add(void *data, const struct enforce_member *member)
{
	struct top *top = data;
	struct top_process one = {
		.sandbox = member->sandbox, .pid = member->pid,
		.start = member->start, .cpu = member->cpu,
		.spent = member->cpu,
	}, *rows;
	const struct top_process *before = !top->before_count ? NULL :
		bsearch(&one, top->before, top->before_count, sizeof(one),
			by_pid);

	if (top->now_count == top->room) {
		top->room = top->room ? top->room * 2 : 64;
		rows = reallocarray(top->now, top->room, sizeof(*rows));
		if (!rows)
			return -ENOMEM;
		top->now = rows;
	}
	if (before && before->start == one.start)
		one.spent -= before->cpu < one.cpu ? before->cpu : one.cpu;
	top->now[top->now_count++] = one;
	return 0;
}

/* TIME: how long they had for it; 0: each since it began. */
static void share_out(struct top *top, int64_t time)
{
	double tick = 1e6 / (double)sysconf(_SC_CLK_TCK);

	for (size_t i = 0; i < top->now_count; i++)
		top->cpu[top->now[i].sandbox] +=
			(double)top->now[i].spent * tick;
	for (size_t i = 0; i < top->running.count; i++) {
		int64_t had = running_uptime(&top->running.entries[i]);

		if (time && time < had)
			had = time;
		top->cpu[i] = had > 0 ? top->cpu[i] * 100 / (double)had : 0;
	}
}

int top_look(struct top *top, struct error *err)
{
	int64_t now = base_now_monotonic();
	int ret;

	free(top->before);
	top->before = take_ptr(top->now);
	top->before_count = top->now_count;
	top->now_count = top->room = 0;
	ret = running_look(&top->running, false, add, top, err);
	if (ret < 0)
		return ret;
	base_free(&top->cpu);
	base_free(&top->order);
	top->cpu = calloc(top->running.count + 1, sizeof(*top->cpu));
	top->order = calloc(top->running.count + 1, sizeof(*top->order));
	if (!top->cpu || !top->order)
		return base_error(err, ENOMEM, "out of memory");
	share_out(top, top->looked ? now - top->looked : 0);
	top->looked = now;
	top_sort(top);
	return 0;
}

/* ---- order ------------------------------------------------------------- */

static double value(const struct top *top, size_t entry)
{
	const struct running_use *use = &top->running.uses[entry];

	switch (top->sort) {
	case TOP_MEMORY:
		return (double)use->memory;
	case TOP_PROCESSES:
		return (double)use->processes;
	case TOP_DENIED:
		return (double)top->running.entries[entry].denied;
	default:
		return top->cpu[entry];
	}
}

/* Most first; those alike as they began. */
static int by_value(const void *a, const void *b, void *data)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	double one = value(data, x), other = value(data, y);

	if (one < other || one > other)
		return one < other ? 1 : -1;
	return x < y ? -1 : x > y;
}

/* running.count: it is not there. */
static size_t find_chosen(const struct top *top)
{
	size_t line = 0;

	for (; line < top->running.count; line++) {
		const struct enforce_running *entry =
			&top->running.entries[top->order[line]];

		if (entry->program == top->chosen &&
		    entry->start == top->chosen_start)
			break;
	}
	return line;
}

void top_choose(struct top *top, size_t line)
{
	const struct enforce_running *entry;

	if (line >= top->running.count)
		return;
	entry = &top->running.entries[top->order[line]];
	top->chosen = entry->program;
	top->chosen_start = entry->start;
	top->line = line;
}

/* In the place of one that has ended the next is chosen. */
static void keep_place(struct top *top)
{
	size_t line = find_chosen(top), count = top->running.count;

	if (line < count)
		top->line = line;
	else if (top->chosen && count)
		top_choose(top, top->line < count ? top->line : count - 1);
}

void top_sort(struct top *top)
{
	for (size_t i = 0; i < top->running.count; i++)
		top->order[i] = i;
	qsort_r(top->order, top->running.count, sizeof(*top->order), by_value,
		top);
	keep_place(top);
}

size_t top_chosen(const struct top *top)
{
	size_t line = find_chosen(top);

	return line < top->running.count ? line : 0;
}

void top_free(struct top *top)
{
	running_free(&top->running);
	free(top->cpu);
	free(top->order);
	free(top->before);
	free(top->now);
}
