/* SPDX-License-Identifier: MIT */
/*
 * tasks: the processes that are known, found by the number of any of their
 * threads. A process has ended when its last thread has; the set of threads,
 * not their number, is kept, so that an event that is also seen in a look at
 * /proc counts once. The first one stays in it as long as the process, for its
 * number is the process's, and an execve by another gives it to that.
 */
#include "enforce/events/events.h"

static struct events_task **slot(const struct events_tasks *tasks, pid_t tid)
{
	struct events_tasks *self = (struct events_tasks *)tasks;
	struct events_task **at = &self->buckets[(uint32_t)tid %
						 EVENTS_BUCKETS];

	while (*at && (*at)->tid != tid)
		at = &(*at)->chain;
	return at;
}

struct events_process *events_find(const struct events_tasks *tasks, pid_t tid)
{
	const struct events_task *task = *slot(tasks, tid);

	return task ? task->process : NULL;
}

/* A number that is given again is no longer what it was. */
static void take_away(struct events_tasks *tasks,
		      struct events_process *process, pid_t tid)
{
	if (tid == process->pid || !events_end_thread(tasks, process, tid))
		events_remove(tasks, process);
}

void events_add_thread(struct events_tasks *tasks,
		       struct events_process *process, pid_t tid)
{
	struct events_process *old = events_find(tasks, tid);
	struct events_task *task;

	if (old == process)
		return;
	if (old)
		take_away(tasks, old, tid);
	task = calloc(1, sizeof(*task));
	if (!task)
		return;
	task->tid = tid;
	task->process = process;
	task->next = process->tasks;
	process->tasks = task;
	*slot(tasks, tid) = task;
}

struct events_process *events_add(struct events_tasks *tasks, pid_t pid)
{
	struct events_process *process = calloc(1, sizeof(*process));

	if (!process)
		return NULL;
	process->pid = pid;
	process->fd = -1;
	events_add_thread(tasks, process, pid);
	if (!process->tasks) {
		base_free(&process);
		return NULL;
	}
	process->after = tasks->first;
	if (tasks->first)
		tasks->first->before = process;
	tasks->first = process;
	return process;
}

static void unchain(struct events_tasks *tasks, pid_t tid)
{
	struct events_task **at = slot(tasks, tid);

	if (*at)
		*at = (*at)->chain;
}

static void remove_task(struct events_tasks *tasks,
			struct events_process *process, pid_t tid)
{
	struct events_task **at = &process->tasks, *task;

	while (*at && (*at)->tid != tid)
		at = &(*at)->next;
	task = *at;
	if (!task)
		return;
	unchain(tasks, tid);
	*at = task->next;
	free(task);
}

bool events_end_thread(struct events_tasks *tasks,
		       struct events_process *process, pid_t tid)
{
	if (tid == process->pid)
		process->first_ended = true;
	else
		remove_task(tasks, process, tid);
	return process->tasks && (!process->first_ended ||
				  process->tasks->next);
}

void events_keep_first(struct events_tasks *tasks,
		       struct events_process *process)
{
	for (struct events_task *task = process->tasks, *next; task;
	     task = next) {
		next = task->next;
		if (task->tid != process->pid)
			remove_task(tasks, process, task->tid);
	}
	process->first_ended = false;
}

void events_remove(struct events_tasks *tasks, struct events_process *process)
{
	while (process->tasks)
		remove_task(tasks, process, process->tasks->tid);
	if (process->after)
		process->after->before = process->before;
	*(process->before ? &process->before->after : &tasks->first) =
		process->after;
	base_close(&process->fd);
	free(process);
}

void events_each(struct events_tasks *tasks,
		 void (*each)(void *data, struct events_process *process),
		 void *data)
{
	for (struct events_process *at = tasks->first, *after; at; at = after) {
		after = at->after;
		each(data, at);
	}
}
