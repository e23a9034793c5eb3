/* SPDX-License-Identifier: MIT */
/*
 * A call of the target: counted when it is entered, because many never return.
 * Where that costs a second stop its return, which tells only whether it
 * failed, is watched only if it is worth it: the first few times of each call,
 * and for calls that have failed before as long as this is a small part of all.
 */
#include "learn/tracer.h"

#include <string.h>
#include <sys/prctl.h>

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

static struct watch *watch_of(struct tracer *tracer, struct base_call call)
{
	return call.number < WATCH_NUMBERS
		       ? &tracer->watches[call.arch][call.number]
		       : NULL;
}

static bool worth_watching(struct tracer *tracer, const struct task *task)
{
	const struct watch *watch = watch_of(tracer, task->call);

	if (tracer->full || task->every_entry || task->hid_untraced || !watch ||
	    traits_of(task->call) & TRAIT_PTRACE)
		return true;
	if (watch->watched < FIRST_RETURNS)
		return true;
	return watch->failed && tracer->watched * WATCHED_PART < tracer->traced;
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

/* The call's first occurrence in any executable, and it was not known. */
static bool first_sight(struct tracer *tracer, struct base_call call)
{
	struct watch *watch = watch_of(tracer, call);

	if (watch && watch->seen)
		return false;
	if (watch)
		watch->seen = true;
	tracer->last_new = base_now_monotonic();
	return true;
}

/* A filter lets the call, or some values of its arguments, pass. */
static bool passes(struct tracer *tracer, struct base_call call)
{
	const struct watch *watch = watch_of(tracer, call);

	return watch ? watch->passes : tracer->odd_passes;
}

/* Returns whether the call is new. */
static bool count(struct tracer *tracer, const struct task *task)
{
	struct profiles_observation *entry = find(tracer, task);
	int64_t now = base_now();
	bool new = false;

	tracer->total++;
	if (!entry) {
		tracer->lost = true;
		return false;
	}
	if (!entry->calls++) {
		entry->first_seen = now;
		entry->partial = passes(tracer, task->call);
		tracer->nameless += !(traits_of(task->call) & TRAIT_NAMED);
		new = first_sight(tracer, task->call);
	}
	entry->last_seen = now;
	if (traits_of(task->call) & TRAIT_NO_RETURN)
		entry->returns++;
	return new;
}

static void count_return(struct tracer *tracer, const struct task *task,
			 bool failed)
{
	struct profiles_observation *entry = find(tracer, task);
	struct watch *watch = watch_of(tracer, task->call);

	if (entry) {
		entry->returns++;
		entry->errors += failed;
	}
	tracer->watched += !task->in_call;
	if (watch && watch->watched < FIRST_RETURNS)
		watch->watched++;
	if (watch)
		watch->failed |= failed;
}

/* Returns whether the value is new. */
static bool count_argument(struct tracer *tracer, const struct task *task,
			   const uint64_t arguments[6])
{
	const struct profiles_argument_rule *rule =
		profiles_argument_rule(task->call);
	struct profiles_argument key = {.call = task->call}, *entry;

	if (!rule || !rule->count)
		return false;
	for (unsigned i = 0; i < rule->count; i++)
		key.values[i] = arguments[rule->index[i]] & rule->mask[i];
	entry = counts_get(&tracer->arguments, &key);
	if (entry)
		return !entry->calls++;
	tracer->lost = true;
	return false;
}

static void mark_passing(struct tracer *tracer, struct base_call call,
			 const uint64_t values[3])
{
	struct watch *watch = watch_of(tracer, call);

	if (!passes_call(call, values))
		return;
	if (watch)
		watch->passes = true;
	else
		tracer->odd_passes = true;
}

void calls_pass(struct tracer *tracer, const struct profiles_known *known)
{
	static const uint64_t none[3];

	for (size_t i = 0; i < known->set.count; i++) {
		struct base_call call = known->set.calls[i];
		struct watch *watch = watch_of(tracer, call);

		if (watch)
			watch->seen = true;
		if (!profiles_set_has(&known->watched, call) &&
		    !profiles_argument_rule(call)->count)
			mark_passing(tracer, call, none);
	}
	for (size_t i = 0; i < known->argument_count; i++)
		if (!profiles_set_has(&known->watched,
				      known->arguments[i].call))
			mark_passing(tracer, known->arguments[i].call,
				     known->arguments[i].values);
	for (size_t i = 0; i < tracer->observations.count; i++) {
		struct profiles_observation *row =
			(void *)(tracer->observations.entries +
				 i * tracer->observations.entry_size);

		if (passes(tracer, row->call) && !row->partial &&
		    (row = counts_get(&tracer->observations, row)))
			row->partial = true;
	}
}

/* What is done with a call beside counting it. */
static void look_at(struct tracer *tracer, struct task *task,
		    const uint64_t arguments[6])
{
	unsigned traits = traits_of(task->call);

	if (traits & TRAIT_LAST_LOOK)
		objects_sample_last(&tracer->objects, task->tid, task->image);
	/* Calls made in its name would be dispatched to the target. */
	if (traits & TRAIT_PRCTL &&
	    (int)arguments[0] == PR_SET_SYSCALL_USER_DISPATCH)
		task->no_injection = true;
	if (traits & TRAIT_PTRACE)
		task->traces = arguments[0] == PTRACE_TRACEME
				       ? 0 : (pid_t)arguments[1];
}

static void note_news(struct tracer *tracer, struct task *task, bool news)
{
	if (task->every_entry)
		quiet_call(&tracer->quiet);
	if (!news)
		return;
	tracer->news++;
	task->brought_news = true;
	quiet_news(&tracer->quiet);
}

static bool is_absent(const struct tracer *tracer, const struct task *task)
{
	return tracer->absent && !task->own_filter &&
	       profiles_set_has(tracer->absent, task->call);
}

/* True if the task may go on now. */
static bool enter(struct tracer *tracer, struct task *task, uint32_t arch,
		  uint64_t number, const uint64_t arguments[6])
{
	uint64_t seen[6];
	bool news;

	/* -1 is no call: a tracer or filter that skips one leaves it. */
	if (number > UINT32_MAX ||
	    !base_call_from_kernel(arch, (uint32_t)number, &task->call))
		return true;
	task->call_image = task->image;
	if (tracer->caps) {
		caps_take(tracer->caps);
		task->entered = base_now_monotonic();
	}
	memcpy(seen, arguments, sizeof(seen));
	news = count(tracer, task);
	if (clones_enter(task, seen))
		news |= count_argument(tracer, task, seen);
	note_news(tracer, task, news);
	look_at(tracer, task, seen);
	if (!(traits_of(task->call) & TRAIT_NO_RETURN))
		task->watching = worth_watching(tracer, task);
	if (is_absent(tracer, task))
		(void)regs_refuse_call(task->tid);
	return filters_enter(tracer, task, seen);
}

void calls_seccomp_stop(struct tracer *tracer, struct task *task)
{
	struct stop_info info;

	/* A call that is made in its name can meet another task's filter. */
	if (task->launching || task->injection ||
	    !read_stop(task->tid, &info)) {
		tracer_resume(task, 0);
		return;
	}
	/* Without a tracer the target's own RET_TRACE would mean ENOSYS. */
	if (task->own_filter && info.seccomp.ret_data != passes_mark())
		(void)regs_refuse_call(task->tid);
	if (task->in_call) {
		tracer_resume(task, 0);
		return;
	}
	tracer->traced++;
	if (enter(tracer, task, info.arch, info.seccomp.nr, info.seccomp.args))
		tracer_resume(task, 0);
}

struct numbered {
	size_t depth;		/* of the PID namespace, 0 is ours */
	pid_t number;		/* in it */
	bool found;
};

static void look_for_number(void *data, struct task *task)
{
	struct numbered *wanted = data;
	pid_t numbers[BASE_PID_DEPTH];

	wanted->found = wanted->found ||
		(base_process_numbers(task->tid, numbers) > wanted->depth &&
		 numbers[wanted->depth] == wanted->number);
}

/* Whether its ptrace call is about one of our tasks. */
static bool traces_ours(const struct tracer *tracer, const struct task *task)
{
	pid_t numbers[BASE_PID_DEPTH];
	size_t depth = base_process_numbers(task->tid, numbers);
	struct numbered wanted = {depth - 1, task->traces, false};

	if (task->traces == 0)
		return true;
	if (depth <= 1)
		return tasks_find(&tracer->tasks, task->traces);
	tasks_each(&tracer->tasks, look_for_number, &wanted);
	return wanted.found;
}

/* What a user has to know of a call that returned. */
static void take_notice(struct tracer *tracer, const struct task *task,
			bool failed, int64_t result)
{
	unsigned traits = traits_of(task->call);

	if (traits & TRAIT_PTRACE && failed && traces_ours(tracer, task))
		tracer_notice(tracer, LEARN_USES_PTRACE, task->call_image);
	if (traits & (TRAIT_CLONE | TRAIT_CLONE3) && result > 0 && !task->bore)
		tracer_notice(tracer, LEARN_ESCAPED, task->call_image);
}

/* What only the sandbox may have refused. */
static void note_refusal(struct tracer *tracer, const struct task *task,
			 int code)
{
	uint64_t lacked = 0;

	if (tracer->caps && (code == EPERM || code == EACCES))
		lacked = caps_lacked(tracer->caps, task->tid, task->entered);
	if (!tracer->sandboxed ||
	    !refused_note(&tracer->refused, task->tid, task->call, code,
			  lacked))
		tracer->refused.lacked |= lacked;
}

static void leave(struct tracer *tracer, struct task *task,
		  const struct stop_info *info)
{
	bool failed = info->exit.is_error && !calls_is_restart(info->exit.rval);

	if (task->watching && !task->launching) {
		count_return(tracer, task, failed);
		take_notice(tracer, task, failed, info->exit.rval);
		if (failed)
			note_refusal(tracer, task, (int)-info->exit.rval);
	}
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
	if (task->injection) {
		inject_stop(tracer, task, info.op == PTRACE_SYSCALL_INFO_EXIT,
			    info.exit.rval);
		return;
	}
	if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
		bool due = task->in_call &&
			   inject_is_due(tracer, task, info.exit.rval);

		leave(tracer, task, &info);
		go_on = !due || !inject_begin(tracer, task);
	} else if (info.op == PTRACE_SYSCALL_INFO_ENTRY && !task->launching) {
		task->in_call = true;
		go_on = enter(tracer, task, info.arch, info.entry.nr,
			      info.entry.args);
	}
	if (go_on)
		tracer_resume(task, 0);
}
