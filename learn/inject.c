/* SPDX-License-Identifier: MIT */
/*
 * Puts the learning filter into a task that runs, when the tree has gone quiet.
 *
 * At the return stop of a call the `syscall` instruction that made it is made
 * to make others, with all signals blocked: seccomp(2) with TSYNC, so that all
 * threads have the same filter from one moment on. Then registers, signal mask
 * and memory are as they were, and the program gets the call's result.
 *
 * The kernel reads the filter from the target's memory. A task that is alone in
 * its process has it below its stack's red zone for a moment, with what was
 * there put back. Where another thread might use that memory meanwhile (it may
 * be anybody's: stacks of coroutines and handlers lie in the frames of others)
 * mmap(2) makes a place of its own and munmap(2) takes it away. So a program
 * with threads could notice, if one looked at its maps in these microseconds.
 *
 * Where anything is in doubt, nothing is done, and the task goes on with its
 * entry and return stops: a call in flight that waits to be made again, code
 * that is not ours to run, a filter of the target's own, memory that belongs to
 * another process.
 */
#include "learn/tracer.h"

#include <inttypes.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "learn/regs.h"
#include "learn/traits.h"

#define RED_ZONE 128
#define MOST_TRIES 8

enum step { STEP_MAP, STEP_INSTALL, STEP_UNMAP };

struct injection {
	enum step step;
	bool installed;
	bool refused;		/* another thread has another filter */
	struct regs regs;	/* at the stop where it began */
	uint64_t mask;		/* blocked signals, likewise */
	uint64_t address;	/* of the program, in the target */
	size_t size;		/* of it and its struct sock_fprog */
	bool mapped;		/* address is a mapping of ours */
	unsigned char under[];	/* else: what was there */
};

/* ---- the program ------------------------------------------------------ */

static bool collect(const struct tracer *tracer, struct profiles_known *known)
{
	const struct profiles_observation *observations =
		(const void *)tracer->observations.entries;
	size_t count = tracer->arguments.count;

	for (size_t i = 0; i < tracer->observations.count; i++)
		if (profiles_set_add(&known->set, observations[i].call) < 0)
			return false;
	known->arguments = calloc(count + 1, sizeof(*known->arguments));
	if (!known->arguments)
		return false;
	if (count)
		memcpy(known->arguments, tracer->arguments.entries,
		       count * sizeof(*known->arguments));
	known->argument_count = count;
	qsort(known->arguments, count, sizeof(*known->arguments),
	      profiles_argument_compare);
	return true;
}

/* One program serves all tasks until something new was seen. */
static bool make_program(struct tracer *tracer)
{
	if (tracer->program_news == tracer->news)
		return true;
	profiles_known_free(&tracer->known);
	if (!collect(tracer, &tracer->known))
		return false;
	program_known(&tracer->program, &tracer->known);
	tracer->program_news = tracer->news;
	tracer->program_used = false;
	return true;
}

/* ---- the place -------------------------------------------------------- */

static bool copy_in(const struct injection *it, pid_t tid, const void *bytes)
{
	struct iovec here = {(void *)bytes, it->size};
	struct iovec there = {(void *)(uintptr_t)it->address, it->size};

	return process_vm_writev(tid, &here, 1, &there, 1, 0) ==
	       (ssize_t)it->size;
}

static bool copy_out(struct injection *it, pid_t tid)
{
	struct iovec here = {it->under, it->size};
	struct iovec there = {(void *)(uintptr_t)it->address, it->size};

	return process_vm_readv(tid, &here, 1, &there, 1, 0) ==
	       (ssize_t)it->size;
}

/* The program, with what seccomp(2) takes in front of it. */
static bool write_program(const struct tracer *tracer,
			  const struct injection *it, pid_t tid)
{
	unsigned char bytes[sizeof(struct sock_fprog) +
			    sizeof(tracer->program.code)];
	struct sock_fprog head = {
		.len = tracer->program.length,
		.filter = (struct sock_filter *)(uintptr_t)(it->address +
							    sizeof(head)),
	};

	memcpy(bytes, &head, sizeof(head));
	memcpy(bytes + sizeof(head), tracer->program.code,
	       it->size - sizeof(head));
	return copy_in(it, tid, bytes);
}

/* Whether FROM and TO lie in the stack that the kernel made for the process, as
 * far as it has grown: a write from outside does not make it grow. */
static bool is_process_stack(pid_t tid, uint64_t from, uint64_t to)
{
	char name[32], *line = NULL;
	size_t room = 0;
	bool found = false;
	cleanup_fclose FILE *maps = NULL;

	snprintf(name, sizeof(name), "/proc/%d/maps", (int)tid);
	maps = fopen(name, "re");
	while (maps && !found && getline(&line, &room, maps) > 0) {
		uint64_t start, end;

		found = strstr(line, " [stack]\n") &&
			sscanf(line, "%" SCNx64 "-%" SCNx64, &start, &end) ==
				2 &&
			start <= from && to <= end;
	}
	free(line);
	return found;
}

struct company {
	const struct task *task;
	bool found;
};

static void look_for_company(void *data, struct task *task)
{
	struct company *company = data;

	company->found |= task != company->task &&
			  task->tgid == company->task->tgid;
}

static bool is_alone(const struct tracer *tracer, const struct task *task)
{
	struct company company = {.task = task};

	tasks_each(&tracer->tasks, look_for_company, &company);
	return !company.found && !task->shares_memory;
}

static bool place_on_stack(const struct tracer *tracer, struct task *task)
{
	struct injection *it = task->injection;
	uint64_t stack = regs_stack(&it->regs);

	it->address = (stack - RED_ZONE - it->size) & ~(uint64_t)15;
	if (!is_alone(tracer, task) ||
	    !is_process_stack(task->tid, it->address, stack) ||
	    !copy_out(it, task->tid))
		return false;
	if (write_program(tracer, it, task->tid))
		return true;
	(void)copy_in(it, task->tid, it->under);
	return false;
}

/* ---- steps ------------------------------------------------------------ */

static bool make_call(const struct task *task)
{
	const struct injection *it = task->injection;
	const uint64_t flags = SECCOMP_FILTER_FLAG_TSYNC |
			       SECCOMP_FILTER_FLAG_SPEC_ALLOW;
	const struct {
		long number;
		uint64_t arguments[6];
	} calls[] = {
		[STEP_MAP] = {SYS_mmap, {0, it->size, PROT_READ | PROT_WRITE,
					 MAP_PRIVATE | MAP_ANONYMOUS,
					 (uint64_t)-1, 0}},
		[STEP_INSTALL] = {SYS_seccomp, {SECCOMP_SET_MODE_FILTER, flags,
						it->address}},
		[STEP_UNMAP] = {SYS_munmap, {it->address, it->size}},
	};

	return regs_call(task->tid, &it->regs, calls[it->step].number,
			 calls[it->step].arguments);
}

static bool set_mask(pid_t tid, uint64_t mask)
{
	return ptrace(PTRACE_SETSIGMASK, tid, sizeof(mask), &mask) == 0;
}

static void filter_group(void *data, struct task *task)
{
	const struct task *injected = data;

	if (task->tgid != injected->tgid)
		return;
	if (injected->injection->installed && !task->own_filter)
		task->every_entry = false;
	if (injected->injection->refused)
		task->no_injection = true;
}

/* What passes from now on is no longer counted. */
static void mark_passing(struct tracer *tracer)
{
	if (tracer->program_used)
		return;
	tracer->program_used = true;
	calls_pass(tracer, &tracer->known);
}

static void finish(struct tracer *tracer, struct task *task)
{
	struct injection *it = task->injection;

	(void)regs_set(task->tid, &it->regs);
	(void)set_mask(task->tid, it->mask);
	if (it->installed)
		mark_passing(tracer);
	else
		task->no_injection = true;
	tasks_each(&tracer->tasks, filter_group, task);
	free(take_ptr(task->injection));
	seize_exit_stop(tracer, task);
}

/* Returns false if nothing is left to do. */
static bool next_step(struct tracer *tracer, struct task *task, int64_t result)
{
	struct injection *it = task->injection;

	switch (it->step) {
	case STEP_MAP:
		it->mapped = result > 0 || result < -4095;
		if (!it->mapped)
			return false;
		it->address = (uint64_t)result;
		it->step = write_program(tracer, it, task->tid) ? STEP_INSTALL
								: STEP_UNMAP;
		return make_call(task);
	case STEP_INSTALL:
		it->installed = result == 0;
		it->refused = result > 0;
		if (!it->mapped)
			(void)copy_in(it, task->tid, it->under);
		it->step = STEP_UNMAP;
		return it->mapped && make_call(task);
	case STEP_UNMAP:
		return false;
	}
	return false;
}

void inject_stop(struct tracer *tracer, struct task *task, bool returned,
		 int64_t result)
{
	if (returned && !next_step(tracer, task, result))
		finish(tracer, task);
	tracer_resume(task, 0);
}

/* ---- whether, and the beginning --------------------------------------- */

/* A call that signals interrupted: the kernel is about to make it again, or a
 * handler is about to run with a mask of its own. */
static bool is_disturbed(int64_t result)
{
	return result == -EINTR || calls_is_restart(result);
}

static bool is_under_way(const struct tracer *tracer)
{
	const struct task *task = tasks_find(&tracer->tasks, tracer->injected);

	return task && task->injection;
}

bool inject_is_due(const struct tracer *tracer, const struct task *task,
		   int64_t result)
{
	return tracer->adaptive &&
	       quiet_reached(&tracer->quiet) &&
	       task->every_entry && !task->own_filter && !task->no_injection &&
	       !task->borrows_memory && !task->must_stop &&
	       task->call.arch == base_arch_native() && !is_disturbed(result) &&
	       !(traits_of(task->call) &
		 (TRAIT_NO_RETURN | TRAIT_LAST_LOOK | TRAIT_MASK)) &&
	       !is_under_way(tracer);
}

static bool begin(struct tracer *tracer, struct task *task)
{
	struct injection *it = task->injection;

	if (!regs_get(task->tid, &it->regs) ||
	    ptrace(PTRACE_GETSIGMASK, task->tid, sizeof(it->mask), &it->mask) <
		    0)
		return false;
	it->step = place_on_stack(tracer, task) ? STEP_INSTALL : STEP_MAP;
	if (!set_mask(task->tid, ~(uint64_t)0))
		return false;
	if (make_call(task))
		return true;
	(void)set_mask(task->tid, it->mask);
	return false;
}

bool inject_begin(struct tracer *tracer, struct task *task)
{
	size_t size;

	if (!make_program(tracer))
		return false;
	size = sizeof(struct sock_fprog) +
	       tracer->program.length * sizeof(struct sock_filter);
	task->injection = calloc(1, sizeof(*task->injection) + size);
	if (!task->injection)
		return false;
	task->injection->size = size;
	if (begin(tracer, task)) {
		tracer->injected = task->tid;
		tracer_resume(task, 0);
		return true;
	}
	if (task->injection->step == STEP_INSTALL)
		(void)copy_in(task->injection, task->tid,
			      task->injection->under);
	free(take_ptr(task->injection));
	task->no_injection = ++task->tries == MOST_TRIES;
	return false;
}
