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

bool clones_enter(struct task *task, uint64_t arguments[6])
{
	unsigned traits = traits_of(task->call);
	uint64_t pointer = 0;

	if (!(traits & (TRAIT_CLONE | TRAIT_CLONE3)))
		return true;
	task->bore = false;
	task->flags_hidden = false;
	if (traits & TRAIT_CLONE3) {
		pointer = arguments[0];
		/* EIO also where an ordinary user traces a program that is not
		 * dumpable (kernel/ptrace.c, ptrace_access_vm). */
		task->flags_hidden = !peek(task->tid, pointer, &arguments[0]);
		if (task->flags_hidden)
			return false;
	}
	task->makes_thread = (arguments[0] & CLONE_THREAD) != 0;
	task->shares_child = (arguments[0] & CLONE_VM) != 0;
	if (arguments[0] & CLONE_UNTRACED)
		hide_untraced(task, arguments[0], pointer);
	return true;
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

/*
 * The filter that a parent got during its call may have come after the child;
 * a child that is stopped more often than it needs to be is no harm. One that
 * shares its parent's memory while it runs may do so until its exec.
 */
static void inherit(struct task *child, const struct task *parent, bool shares)
{
	child->image = parent->image;
	child->every_entry = parent->every_entry || parent->in_call;
	child->own_filter = parent->own_filter;
	child->stops_at_exit = parent->stops_at_exit;
	child->borrows_memory = parent->borrows_memory || shares;
	child->new = true;
	if (parent->hid_untraced && child->tid == child->tgid) {
		child->hid_untraced = true;
		child->clone_flags = parent->clone_flags;
		child->clone_args = parent->clone_args;
		child->call = parent->call;
	}
}

/* Whether the parent makes a thread, and whether a child in its own memory. The
 * flags of its last clone that was seen may be of one that failed; registers
 * tell those of this one, but for clone3, which is always seen. */
static bool asked_for(struct task *parent, int event, bool *shares)
{
	uint64_t arguments[6] = {0};
	struct base_call call;

	if ((event == PTRACE_EVENT_CLONE || parent->makes_thread) &&
	    regs_call_in_flight(parent->tid, &call, arguments) &&
	    !(traits_of(call) & TRAIT_CLONE3)) {
		if (!(traits_of(call) & TRAIT_CLONE))
			arguments[0] = 0;
		parent->makes_thread = (arguments[0] & CLONE_THREAD) != 0;
		parent->shares_child = (arguments[0] & CLONE_VM) != 0;
		parent->flags_hidden = false;
	}
	*shares = event == PTRACE_EVENT_VFORK || parent->shares_child;
	return parent->makes_thread;
}

/*
 * A clone call that passed unseen makes a process, without CLONE_VM or of a
 * parent that has its filter already (passes_call).
 *
 * The parent's event and the child's first stop come in any order. A child that
 * is first waits, stopped, for the event, which tells all there is to know. If
 * it had been killed meanwhile, it is over with the event.
 */
struct task *clones_born(struct tracer *tracer, struct task *parent, pid_t tid,
			 int event)
{
	bool shares, thread = asked_for(parent, event, &shares);
	struct task *child = tasks_find(&tracer->tasks, tid);
	int first_stop = child && child->orphan ? child->first_stop : 0;

	parent->bore = true;
	if (child && !child->orphan)
		return NULL;
	tasks_remove(&tracer->tasks, tid);
	if (parent->flags_hidden)
		thread = base_process_number(tid, "Tgid") == parent->tgid;
	shares = !thread && (shares || parent->flags_hidden);
	parent->flags_hidden = false;
	/* Who waits in vfork has its memory for itself when it goes on. */
	parent->shares_memory |= shares && event != PTRACE_EVENT_VFORK;
	child = tasks_add(&tracer->tasks, tid, thread ? parent->tgid : tid);
	if (!child)
		return NULL;
	inherit(child, parent, shares);
	child->first_stop = first_stop;
	return first_stop ? child : NULL;
}

bool clones_wait(struct tracer *tracer, pid_t tid, int status)
{
	struct task *child = tasks_add(&tracer->tasks, tid, tid);

	if (!child)
		return false;
	child->orphan = true;
	child->first_stop = status;
	return true;
}

/* The parent was killed before its event: what is known of the child is what
 * /proc says. */
void clones_adopt(struct tracer *tracer, struct task *orphan)
{
	pid_t tgid = (pid_t)base_process_number(orphan->tid, "Tgid");

	if (tgid > 0 && tgid != orphan->tid)
		tasks_set_group(&tracer->tasks, orphan, tgid);
	orphan->image = objects_image(&tracer->objects, orphan->tid);
	orphan->own_filter = tracer->attached ||
			     filters_count(orphan->tid) > tracer->filters;
	orphan->every_entry = tracer->adaptive || orphan->own_filter;
	orphan->borrows_memory = true;
	orphan->new = true;
	orphan->orphan = false;
}
