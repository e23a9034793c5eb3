/* SPDX-License-Identifier: MIT */
/*
 * A call of the target: counted when it is entered, because many never return.
 * Its return costs a second stop and tells only whether it failed, so it is
 * watched where that is worth it: the first few times of each call, and for
 * calls that have failed before as long as this stays a small part of all.
 */
#include "learn/tracer.h"

#include <string.h>

#include "learn/regs.h"
#include "learn/traits.h"

#define FIRST_RETURNS 8	/* of each call are watched */
#define WATCHED_PART 16		/* later: one in so many stops, at most */
#define MOST_NAMELESS 4096	/* different numbers that the table lacks */

/* glibc reserves this name; linux/ptrace.h cannot be included beside it. */
#define stop_info __ptrace_syscall_info

static bool read_stop(pid_t tid, struct stop_info *info)
{
	return ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof(*info), info) > 0;
}

static bool worth_watching(struct tracer *tracer, struct base_call call)
{
	struct watch *watch;

	if (tracer->full || call.number >= WATCH_NUMBERS)
		return true;
	watch = &tracer->watches[call.arch][call.number];
	if (watch->watched < FIRST_RETURNS)
		return true;
	return watch->failed && tracer->watched * WATCHED_PART < tracer->total;
}

static struct profiles_observation *find(struct tracer *tracer,
					 const struct task *task)
{
	struct profiles_observation key = {.image = task->call_image,
					   .call = task->call};
	bool nameless = !(traits_of(task->call) & TRAIT_NAMED);

	if (nameless && tracer->nameless >= MOST_NAMELESS &&
	    !counts_find(&tracer->observations, &key))
		return NULL;
	return counts_get(&tracer->observations, &key);
}

static void count(struct tracer *tracer, const struct task *task)
{
	struct profiles_observation *entry = find(tracer, task);
	int64_t now = base_now();

	tracer->total++;
	if (!entry) {
		tracer->lost = true;
		return;
	}
	if (!entry->calls++) {
		entry->first_seen = now;
		tracer->nameless += !(traits_of(task->call) & TRAIT_NAMED);
	}
	entry->last_seen = now;
	if (traits_of(task->call) & TRAIT_NO_RETURN)
		entry->returns++;
}

/* ERESTARTSYS and its like (include/linux/errno.h): the kernel makes the call
 * again, or turns it into EINTR after the stop. */
static bool is_restart(int64_t value)
{
	return value <= -512 && value >= -516;
}

static void count_return(struct tracer *tracer, const struct task *task,
			 bool failed)
{
	struct profiles_observation *entry = find(tracer, task);

	if (entry) {
		entry->returns++;
		entry->errors += failed;
	}
	tracer->watched++;
	if (task->call.number < WATCH_NUMBERS) {
		struct watch *watch = &tracer->watches[task->call.arch]
						      [task->call.number];

		if (watch->watched < FIRST_RETURNS)
			watch->watched++;
		watch->failed |= failed;
	}
}

static void count_argument(struct tracer *tracer, const struct task *task,
			   const uint64_t arguments[6])
{
	const struct profiles_argument_rule *rule =
		profiles_argument_rule(task->call);
	struct profiles_argument key = {.call = task->call}, *entry;

	if (!rule || !rule->count)
		return;
	for (unsigned i = 0; i < rule->count; i++)
		key.values[i] = arguments[rule->index[i]] & rule->mask[i];
	entry = counts_get(&tracer->arguments, &key);
	if (entry)
		entry->calls++;
	else
		tracer->lost = true;
}

/* True if the task may go on now. */
static bool enter(struct tracer *tracer, struct task *task, uint32_t arch,
		  uint64_t number, const uint64_t arguments[6])
{
	uint64_t seen[6];
	unsigned traits;

	/* -1 is no call: a tracer or filter that skips one leaves it. */
	if (number > UINT32_MAX ||
	    !base_call_from_kernel(arch, (uint32_t)number, &task->call))
		return true;
	task->call_image = task->image;
	traits = traits_of(task->call);
	memcpy(seen, arguments, sizeof(seen));
	count(tracer, task);
	if (clones_enter(task, seen))
		count_argument(tracer, task, seen);
	if (traits & TRAIT_LAST_LOOK)
		objects_sample_last(&tracer->objects, task->tid, task->image);
	if (!(traits & TRAIT_NO_RETURN) &&
	    (task->every_entry || task->hid_untraced ||
	     worth_watching(tracer, task->call)))
		task->watching = true;
	return filters_enter(tracer, task, seen);
}

void calls_seccomp_stop(struct tracer *tracer, struct task *task)
{
	struct stop_info info;

	if (task->launching || !read_stop(task->tid, &info)) {
		tracer_resume(task, 0);
		return;
	}
	/* Without a tracer the target's own RET_TRACE would mean ENOSYS. */
	if (task->every_entry && info.seccomp.ret_data != TRACER_MARK)
		(void)regs_refuse_call(task->tid);
	if (task->in_call)
		tracer_resume(task, 0);
	else if (enter(tracer, task, info.arch, info.seccomp.nr,
		       info.seccomp.args))
		tracer_resume(task, 0);
}

static void leave(struct tracer *tracer, struct task *task,
		  const struct stop_info *info)
{
	bool failed = info->exit.is_error && !is_restart(info->exit.rval);

	if (task->watching && !task->launching)
		count_return(tracer, task, failed);
	if (task->hid_untraced)
		clones_return(task);
	if (task->installing)
		filters_return(task, failed);
	task->in_call = false;
	task->watching = false;
}

void calls_syscall_stop(struct tracer *tracer, struct task *task)
{
	struct stop_info info;
	bool go_on = true;

	if (!read_stop(task->tid, &info)) {
		tracer_resume(task, 0);
		return;
	}
	if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
		leave(tracer, task, &info);
	} else if (info.op == PTRACE_SYSCALL_INFO_ENTRY && task->every_entry &&
		   !task->launching) {
		task->in_call = true;
		go_on = enter(tracer, task, info.arch, info.entry.nr,
			      info.entry.args);
	}
	if (go_on)
		tracer_resume(task, 0);
}
