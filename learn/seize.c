/* SPDX-License-Identifier: MIT */
/*
 * Becoming the tracer, and ceasing to be it.
 *
 * A target of ours is seized before its exec, and EXITKILL ends it with us: its
 * calls would fail without a tracer. Processes that ran before have no filter
 * of ours and need none of this: every thread is seized, until a look into
 * /proc/PID/task finds no other, and interrupted once so that its entries and
 * returns are stops from then on. They are let go at a stop as well; a group
 * stop survives that (kernel/ptrace.c, ptrace_detach).
 */
#include "learn/tracer.h"

#include <dirent.h>
#include <linux/ptrace.h>
#include <setjmp.h>
#include <string.h>

#include "learn/target.h"

#define FOLLOW (PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | \
		PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC)
#define MOST_REFUSALS 100 /* of PTRACE_SEIZE, until it is true */
#define OWN (FOLLOW | PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP)

/* Why PTRACE_SEIZE failed, and what to do about it. */
static int explain(pid_t target, int code, struct error *err)
{
	int tracer = (int)base_process_number(target, "TracerPid");
	char scope[4];

	if (tracer > 0)
		return base_error(err, code,
				  "process %d is already tracing process %d; "
				  "end that first",
				  tracer, (int)target);
	if (base_read_file("/proc/sys/kernel/yama/ptrace_scope", scope,
			   sizeof(scope)) > 0 && atoi(scope) > 1)
		return base_error(err, code,
				  "tracing is forbidden by "
				  "kernel.yama.ptrace_scope = %d; set it to 1 "
				  "or run jail as root",
				  atoi(scope));
	return base_error(err, code,
			  "this system forbids ptrace (%s); in a container, "
			  "allow SYS_PTRACE or a seccomp profile with ptrace",
			  strerror(code));
}

int seize_target(struct tracer *tracer, const struct tracer_options *options,
		 struct error *err)
{
	struct task *task;

	if (target_meet(options->target_socket) < 0)
		return base_error(err, EPIPE, "the program ended before it "
					      "was started");
	if (ptrace(PTRACE_SEIZE, options->target, 0, OWN) < 0)
		return explain(options->target, errno, err);
	task = tasks_add(&tracer->tasks, options->target, options->target);
	if (!task)
		return base_error(err, ENOMEM, "out of memory");
	/* An outer filter (a container's) hides calls as the target's own
	 * would; the target is about to add ours. */
	tracer->filters = filters_count(options->target) + 1;
	task->own_filter = tracer->filters > 1;
	task->every_entry = tracer->adaptive || task->own_filter;
	task->launching = true;
	return target_release(options->target_socket);
}

void seize_exit_stop(const struct tracer *tracer, struct task *task)
{
	bool wanted = !tracer->attached && !task->every_entry &&
		      objects_wants_sample(&tracer->objects, task->image);

	if (wanted == task->stops_at_exit)
		return;
	if (ptrace(PTRACE_SETOPTIONS, task->tid, 0,
		   OWN | (wanted ? PTRACE_O_TRACEEXIT : 0)) == 0)
		task->stops_at_exit = wanted;
}

/* ---- processes that run ----------------------------------------------- */

/*
 * PTRACE_SEIZE waits for an exec that is under way (cred_guard_mutex), and the
 * exec waits until the other threads are gone, which we may have to hear of. So
 * the timer's signal makes it give up, and stops are handled before it is tried
 * again.
 */
static sigjmp_buf gave_up;
static volatile sig_atomic_t seizing;

void seize_interrupt(void)
{
	if (!seizing)
		return;
	seizing = 0;
	siglongjmp(gave_up, 1);
}

/* 0 or an errno, which is EAGAIN if it gave up. */
static int try_seize(pid_t tid)
{
	int code;

	if (sigsetjmp(gave_up, 1))
		return EAGAIN;
	seizing = 1;
	code = ptrace(PTRACE_SEIZE, tid, 0, FOLLOW) < 0 ? errno : 0;
	seizing = 0;
	return code;
}

static bool is_ours(pid_t tid)
{
	return base_process_number(tid, "TracerPid") == getpid();
}

static bool has_ended(pid_t tid)
{
	char state = base_process_state(tid);

	return !state || strchr("ZX", state);
}

static int take_thread(struct tracer *tracer, pid_t tid, pid_t tgid,
		       uint32_t image, struct error *err)
{
	struct task *task = tasks_add(&tracer->tasks, tid, tgid);

	if (!task)
		return base_error(err, ENOMEM, "out of memory");
	task->image = image;
	task->every_entry = true;
	task->own_filter = true;
	(void)ptrace(PTRACE_INTERRUPT, tid, 0, 0);
	return 1;
}

/* 1 if it is traced now and was not before, or has to be tried again; 0 if it
 * was, or is gone. Ours without our doing is a thread that a seized one has
 * made since: its event and its first stop are still to come. */
static int seize_thread(struct tracer *tracer, pid_t tid, pid_t tgid,
			uint32_t image, struct error *err)
{
	int code;

	if (tasks_find(&tracer->tasks, tid))
		return 0;
	code = try_seize(tid);
	if (code == 0 || (code == EAGAIN && is_ours(tid)))
		return take_thread(tracer, tid, tgid, image, err);
	if (code == ESRCH || (code != EAGAIN && (is_ours(tid) ||
						 has_ended(tid))))
		return 0;
	/* EPERM also for the tid of a thread that an exec is replacing. */
	if (code != EAGAIN && ++tracer->refusals > MOST_REFUSALS)
		return explain(tid, code, err);
	tracer_drain(tracer);
	return 1;
}

/* Every thread that is there now; returns how many were not traced before. */
static int seize_threads(struct tracer *tracer, pid_t pid, uint32_t image,
			 struct error *err)
{
	char path[32];
	DIR *dir;
	struct dirent *entry;
	int found = 0, ret = 0;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	dir = opendir(path);
	if (!dir)
		return 0;
	while (ret >= 0 && (entry = readdir(dir))) {
		if (atoi(entry->d_name) <= 0)
			continue;
		ret = seize_thread(tracer, atoi(entry->d_name), pid, image,
				   err);
		found += ret;
	}
	closedir(dir);
	return ret < 0 ? ret : found;
}

int seize_running(struct tracer *tracer, const pid_t *pids, size_t count,
		  struct error *err)
{
	bool any = false;
	int ret;

	for (size_t i = 0; i < count; i++) {
		uint32_t image = objects_image(&tracer->objects, pids[i]);

		while ((ret = seize_threads(tracer, pids[i], image, err)) > 0)
			any = true;
		if (ret < 0)
			return ret;
	}
	return any ? 0 : base_error(err, ESRCH, "process %d has ended",
				    (int)pids[0]);
}

static void ask_for_stop(void *data, struct task *task)
{
	(void)data;
	(void)ptrace(PTRACE_INTERRUPT, task->tid, 0, 0);
}

void seize_leave_all(struct tracer *tracer)
{
	tracer->leaving = true;
	tasks_each(&tracer->tasks, ask_for_stop, NULL);
}

void seize_leave(struct tracer *tracer, struct task *task, int signal)
{
	if (ptrace(PTRACE_DETACH, task->tid, 0, signal) == 0)
		tasks_remove(&tracer->tasks, task->tid);
}
