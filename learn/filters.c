/* SPDX-License-Identifier: MIT */
/*
 * Targets that install seccomp filters of their own. The strictest answer wins
 * (man 2 seccomp), so such a filter hides from RET_TRACE the calls that it
 * refuses; yet they were made, and enforcing must not kill for them what the
 * target only wanted to fail. So a task under a filter of its own is stopped at
 * every entry (PTRACE_SYSCALL), which comes before all filters.
 *
 * A filter for all threads (TSYNC) reaches threads that are running. They are
 * interrupted and switched over first; the call waits until each has stopped.
 * A thread that is deep in the kernel, waiting for a vfork child for example,
 * stops before it is back in its program, so nobody has to wait for it; nor for
 * one that has ended. And nobody waits for more than two intervals.
 */
#include "learn/tracer.h"

#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>

#include "learn/traits.h"

int filters_count(pid_t tid)
{
	return (int)base_process_number(tid, "Seccomp_filters");
}

struct group {
	pid_t tgid;
	const struct task *but;
	bool waiting;
};

/* A dead thread, or one in a sleep that an interrupt does not end. */
static bool will_not_stop(pid_t tid)
{
	char state = base_process_state(tid);

	return state && strchr("ZXD", state);
}

static void interrupt_sibling(void *data, struct task *task)
{
	struct group *group = data;
	bool stops = task->every_entry;

	if (task->tgid != group->tgid || task == group->but)
		return;
	task->every_entry = true;
	task->own_filter = true;
	/* Also after a call of its own that fails: filters_return. */
	task->had_entries = true;
	task->had_filter = true;
	if (stops || task->held || task->orphan ||
	    ptrace(PTRACE_INTERRUPT, task->tid, 0, 0) < 0 ||
	    will_not_stop(task->tid))
		return;
	task->must_stop = true;
	group->waiting = true;
}

static bool installs(const struct task *task, const uint64_t arguments[6],
		     bool *all_threads)
{
	unsigned traits = traits_of(task->call);

	*all_threads = false;
	if (traits & TRAIT_PRCTL)
		return (int)arguments[0] == PR_SET_SECCOMP &&
		       arguments[1] == SECCOMP_MODE_FILTER;
	if (!(traits & TRAIT_SECCOMP) ||
	    (uint32_t)arguments[0] != SECCOMP_SET_MODE_FILTER)
		return false;
	*all_threads = arguments[1] & SECCOMP_FILTER_FLAG_TSYNC;
	return true;
}

bool filters_enter(struct tracer *tracer, struct task *task,
		   const uint64_t arguments[6])
{
	struct group group = {.tgid = task->tgid, .but = task};
	bool all_threads;

	if (!installs(task, arguments, &all_threads))
		return true;
	task->installing = true;
	task->had_entries = task->every_entry;
	task->had_filter = task->own_filter;
	task->every_entry = true;
	task->own_filter = true;
	task->watching = true;
	if (all_threads)
		tasks_each(&tracer->tasks, interrupt_sibling, &group);
	task->held = group.waiting;
	task->waited = false;
	return !task->held;
}

void filters_return(struct task *task, bool failed)
{
	task->installing = false;
	if (!failed)
		return;
	task->every_entry = task->had_entries;
	task->own_filter = task->had_filter;
}

void filters_tick(struct task *task)
{
	if (!task->waited) {
		task->waited = true;
		return;
	}
	task->held = false;
	tracer_resume(task, 0);
}

static void look_for_waiting(void *data, struct task *task)
{
	struct group *group = data;

	if (task->tgid == group->tgid && task->must_stop)
		group->waiting = true;
}

static void release(void *data, struct task *task)
{
	struct group *group = data;

	if (task->tgid != group->tgid || !task->held)
		return;
	task->held = false;
	tracer_resume(task, 0);
}

void filters_stopped(struct tracer *tracer, pid_t tgid)
{
	struct group group = {.tgid = tgid};

	tasks_each(&tracer->tasks, look_for_waiting, &group);
	if (!group.waiting)
		tasks_each(&tracer->tasks, release, &group);
}
