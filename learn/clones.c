/* SPDX-License-Identifier: MIT */
/*
 * Calls that make tasks. The kernel attaches the new task for us, unless the
 * target asks with CLONE_UNTRACED that it does not; then the bit is taken out
 * of the call and put back when the call returns, in both tasks. clone3 has its
 * flags in memory, which another thread may change under us: such a child's
 * calls would fail with ENOSYS, none is let through unseen.
 */
#include "learn/tracer.h"

#include <linux/sched.h>
#include <string.h>

#include "learn/regs.h"
#include "learn/traits.h"

static bool peek(pid_t tid, uint64_t address, uint64_t *value)
{
	errno = 0;
	*value = (uint64_t)ptrace(PTRACE_PEEKDATA, tid, address, 0);
	return errno == 0;
}

static void hide_untraced(struct task *task, uint64_t flags, uint64_t pointer)
{
	uint64_t without = flags & ~(uint64_t)CLONE_UNTRACED;

	task->clone_flags = flags;
	task->clone_args = pointer;
	if (pointer)
		task->hid_untraced = ptrace(PTRACE_POKEDATA, task->tid, pointer,
					    without) == 0;
	else
		task->hid_untraced = regs_set_first_argument(
			task->tid, task->call.arch, without);
}

void clones_enter(struct task *task, uint64_t arguments[6])
{
	unsigned traits = traits_of(task->call);
	uint64_t pointer = 0;

	if (!(traits & (TRAIT_CLONE | TRAIT_CLONE3)))
		return;
	if (traits & TRAIT_CLONE3) {
		pointer = arguments[0];
		if (!peek(task->tid, pointer, &arguments[0]))
			arguments[0] = 0;
	}
	task->makes_thread = (arguments[0] & CLONE_THREAD) != 0;
	if (arguments[0] & CLONE_UNTRACED)
		hide_untraced(task, arguments[0], pointer);
}

void clones_return(struct task *task)
{
	if (task->clone_args)
		(void)ptrace(PTRACE_POKEDATA, task->tid, task->clone_args,
			     task->clone_flags);
	else
		(void)regs_set_first_argument(task->tid, task->call.arch,
					      task->clone_flags);
	task->hid_untraced = false;
}

static struct task *add_child(struct tracer *tracer, const struct task *parent,
			      pid_t tid, pid_t tgid)
{
	struct task *child = tasks_add(&tracer->tasks, tid, tgid);

	if (!child)
		return NULL;
	child->image = parent->image;
	child->every_entry = parent->every_entry;
	child->new = true;
	if (parent->hid_untraced && tid == tgid) {
		child->hid_untraced = true;
		child->clone_flags = parent->clone_flags;
		child->clone_args = parent->clone_args;
		child->call = parent->call;
	}
	return child;
}

/* The parent's event usually comes before the child's first stop. */
void clones_born(struct tracer *tracer, struct task *parent, pid_t tid,
		 int event)
{
	bool thread = event == PTRACE_EVENT_CLONE && parent->makes_thread;

	if (!tasks_find(&tracer->tasks, tid))
		add_child(tracer, parent, tid, thread ? parent->tgid : tid);
}

static pid_t status_number(const char *text, const char *field)
{
	const char *at = strstr(text, field);

	return at ? (pid_t)strtol(at + strlen(field), NULL, 10) : 0;
}

/*
 * Its parent's event comes later, or never if the parent was killed: /proc
 * knows enough. A parent that is still in its clone call hands on its state.
 */
struct task *clones_unknown(struct tracer *tracer, pid_t tid)
{
	char path[32], text[4096];
	struct task unknown = {0}, *parent, *child;
	pid_t tgid = tid;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)tid);
	if (base_read_file(path, text, sizeof(text)) <= 0)
		text[0] = '\0';
	tgid = status_number(text, "\nTgid:");
	parent = tasks_find(&tracer->tasks, status_number(text, "\nPPid:"));
	unknown.image = objects_image(&tracer->objects, tid);
	unknown.every_entry = filters_count(tid) > tracer->filters;
	if (parent && parent->hid_untraced) {
		unknown.hid_untraced = true;
		unknown.clone_flags = parent->clone_flags;
		unknown.clone_args = parent->clone_args;
		unknown.call = parent->call;
	}
	child = add_child(tracer, &unknown, tid, tgid ? tgid : tid);
	return child;
}
