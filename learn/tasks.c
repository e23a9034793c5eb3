/* SPDX-License-Identifier: MIT */
/* The traced tasks, a hash table that grows with them. */
#include "learn/tasks.h"

#define FIRST_CHAINS 64

int tasks_init(struct task_table *table)
{
	*table = (struct task_table){.chain_count = FIRST_CHAINS};
	table->chains = calloc(FIRST_CHAINS, sizeof(*table->chains));
	return table->chains ? 0 : -ENOMEM;
}

void tasks_free(struct task_table *table)
{
	for (size_t i = 0; i < table->chain_count && table->chains; i++)
		while (table->chains[i]) {
			struct task *task = table->chains[i];

			table->chains[i] = task->next;
			free(task->injection);
			free(task);
		}
	free(table->chains);
	*table = (struct task_table){0};
}

static struct task **chain_of(const struct task_table *table, pid_t tid)
{
	return &table->chains[(size_t)tid & (table->chain_count - 1)];
}

struct task *tasks_find(const struct task_table *table, pid_t tid)
{
	struct task *task = *chain_of(table, tid);

	while (task && task->tid != tid)
		task = task->next;
	return task;
}

static void link_task(struct task_table *table, struct task *task)
{
	struct task **chain = chain_of(table, task->tid);

	task->next = *chain;
	*chain = task;
	table->count++;
	table->processes += task->tid == task->tgid;
}

static struct task *unlink_task(struct task_table *table, pid_t tid)
{
	struct task **link = chain_of(table, tid), *task;

	while (*link && (*link)->tid != tid)
		link = &(*link)->next;
	task = *link;
	if (!task)
		return NULL;
	*link = task->next;
	table->count--;
	table->processes -= task->tid == task->tgid;
	return task;
}

static void grow(struct task_table *table)
{
	struct task_table bigger = {.chain_count = table->chain_count * 2};

	bigger.chains = calloc(bigger.chain_count, sizeof(*bigger.chains));
	if (!bigger.chains)
		return; /* longer chains, nothing worse */
	for (size_t i = 0; i < table->chain_count; i++)
		while (table->chains[i]) {
			struct task *task = table->chains[i];

			table->chains[i] = task->next;
			link_task(&bigger, task);
		}
	free(table->chains);
	*table = bigger;
}

struct task *tasks_add(struct task_table *table, pid_t tid, pid_t tgid)
{
	struct task *task = calloc(1, sizeof(*task));

	if (!task)
		return NULL;
	if (table->count >= table->chain_count * 2)
		grow(table);
	task->tid = tid;
	task->tgid = tgid;
	link_task(table, task);
	return task;
}

void tasks_remove(struct task_table *table, pid_t tid)
{
	struct task *task = unlink_task(table, tid);

	if (task)
		free(task->injection);
	free(task);
}

struct task *tasks_rename(struct task_table *table, pid_t old, pid_t tgid)
{
	struct task *task;

	if (old == tgid)
		return tasks_find(table, tgid);
	tasks_remove(table, tgid);
	task = unlink_task(table, old);
	if (!task)
		return NULL;
	task->tid = tgid;
	task->tgid = tgid;
	link_task(table, task);
	return task;
}

void tasks_set_group(struct task_table *table, struct task *task, pid_t tgid)
{
	table->processes -= task->tid == task->tgid;
	task->tgid = tgid;
	table->processes += task->tid == task->tgid;
}

void tasks_each(const struct task_table *table,
		void (*visit)(void *data, struct task *task), void *data)
{
	for (size_t i = 0; i < table->chain_count; i++) {
		struct task *next;

		for (struct task *t = table->chains[i]; t; t = next) {
			next = t->next;
			visit(data, t);
		}
	}
}
