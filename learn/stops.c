/* SPDX-License-Identifier: MIT */
/*
 * A stop of a tracee: what has happened to it, and what is done then, by one
 * switch. Of the loop that waits for stops this knows nothing.
 */
#include "learn/tracer.h"

#include <linux/ptrace.h>
#include <sys/wait.h>

/* ---- what happened ---------------------------------------------------- */

enum event {
	EVENT_END,		/* the task is no more */
	EVENT_CALL,		/* RET_TRACE: a call is about to be made */
	EVENT_CALL_STOP,	/* the entry or return of a call */
	EVENT_BORN,		/* fork, vfork, clone */
	EVENT_EXEC,
	EVENT_EXITING,		/* its memory is still there */
	EVENT_GROUP_STOP,	/* SIGSTOP and its like took effect */
	EVENT_TRAP,		/* a new task's first stop, an interrupt, the
				 * end of a group stop */
	EVENT_SIGNAL		/* about to be delivered */
};

static bool is_stop_signal(int signal)
{
	return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN ||
	       signal == SIGTTOU;
}

static enum event name_event(int status)
{
	int signal = WSTOPSIG(status), event = status >> 16;

	if (!WIFSTOPPED(status))
		return EVENT_END;
	switch (event) {
	case PTRACE_EVENT_SECCOMP:
		return EVENT_CALL;
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		return EVENT_BORN;
	case PTRACE_EVENT_EXEC:
		return EVENT_EXEC;
	case PTRACE_EVENT_EXIT:
		return EVENT_EXITING;
	case PTRACE_EVENT_STOP:
		return is_stop_signal(signal) ? EVENT_GROUP_STOP : EVENT_TRAP;
	default:
		return signal == (SIGTRAP | 0x80) ? EVENT_CALL_STOP
						  : EVENT_SIGNAL;
	}
}

/* ---- acting on it ----------------------------------------------------- */

void tracer_resume(struct task *task, int signal)
{
	bool stops = task->every_entry || task->watching || task->in_call ||
		     task->injection;

	/* ESRCH: killed meanwhile, its end will be reported. */
	(void)ptrace(stops ? PTRACE_SYSCALL : PTRACE_CONT, task->tid, 0,
		     signal);
}

static unsigned long event_message(pid_t tid)
{
	unsigned long message = 0;

	(void)ptrace(PTRACE_GETEVENTMSG, tid, 0, &message);
	return message;
}

static void born(struct tracer *tracer, struct task *task, int event)
{
	pid_t tid = (pid_t)event_message(task->tid);
	struct task *child = NULL;

	if (tid > 0)
		child = clones_born(tracer, task, tid, event);
	tracer_resume(task, 0);
	if (child)
		stops_handle(tracer, tid, child->first_stop);
}

/* The kernel has ended the other threads; TASK has the leader's tid now. */
static void executed(struct tracer *tracer, pid_t tid)
{
	pid_t old = (pid_t)event_message(tid);
	struct task *task = tasks_rename(&tracer->tasks, old, tid);
	size_t images;

	if (!task)
		task = tasks_find(&tracer->tasks, tid);
	if (!task)
		return;
	images = tracer->objects.image_count;
	task->image = objects_image(&tracer->objects, tid);
	task->lives_again = tracer->objects.image_count == images;
	if (!task->lives_again) {
		quiet_image(&tracer->quiet);
		objects_note_privileges(&tracer->objects, task->image, tid);
	}
	if (task->launching)
		tracer_flush_soon(); /* the session begins now */
	task->launching = false;
	task->brought_news = false;
	task->borrows_memory = false;
	task->shares_memory = false;
	seize_exit_stop(tracer, task);
	tracer_resume(task, 0);
}

static void exiting(struct tracer *tracer, struct task *task)
{
	if (task->tid == task->tgid)
		objects_sample_last(&tracer->objects, task->tid, task->image);
	tracer_resume(task, 0);
}

static void trap(struct tracer *tracer, struct task *task)
{
	if (task->injection) {
		tracer_resume(task, 0);
		return;
	}
	if (!task->new)
		signals_undisturb(task, 0);
	else if (task->hid_untraced)
		clones_return(task);
	if (task->new)
		seize_exit_stop(tracer, task);
	if (task->new && tracer->killing)
		kill(task->tid, SIGKILL);
	task->new = false;
	tracer_resume(task, 0);
}

static void ended(struct tracer *tracer, pid_t tid)
{
	struct task *task = tasks_find(&tracer->tasks, tid);
	bool waited_for = task && task->must_stop;
	pid_t tgid = task ? task->tgid : tid;

	if (task && task->lives_again && task->every_entry &&
	    !task->brought_news)
		quiet_life(&tracer->quiet);
	tasks_remove(&tracer->tasks, tid);
	if (waited_for)
		filters_stopped(tracer, tgid);
}

/* Letting go of a task is for a stop after which nothing is owed to it: neither
 * a child that it just made nor a call that was changed. */
static bool may_leave(const struct task *task, enum event event)
{
	return event != EVENT_BORN && event != EVENT_EXEC &&
	       event != EVENT_EXITING && !task->held && !task->hid_untraced;
}

static void leave(struct tracer *tracer, struct task *task, enum event event,
		  int signal)
{
	/* The return of a call takes the interrupt's place. */
	if ((event == EVENT_TRAP || event == EVENT_CALL_STOP) && !task->new)
		signals_undisturb(task, 0);
	seize_leave(tracer, task, event == EVENT_SIGNAL ? signal : 0);
}

/* A TSYNC waited for this stop. */
static void stopped_at_last(struct tracer *tracer, struct task *task,
			    enum event event)
{
	/* The return of a watched call takes the interrupt's place. */
	if (event == EVENT_CALL_STOP && !task->injection)
		signals_undisturb(task, 0);
	task->must_stop = false;
	filters_stopped(tracer, task->tgid);
}

/* The first stop of a task that cannot be kept: it must not run unseen, but for
 * one that has nothing to do with us. */
static void give_up(const struct tracer *tracer, pid_t tid)
{
	if (tracer->attached)
		(void)ptrace(PTRACE_DETACH, tid, 0, 0);
	else
		kill(tid, SIGKILL);
}

void stops_handle(struct tracer *tracer, pid_t tid, int status)
{
	enum event event = name_event(status);
	struct task *task = tasks_find(&tracer->tasks, tid);

	if (task && task->orphan) { /* killed: its parent will hear of it */
		task->first_stop = status;
		return;
	}
	if (event == EVENT_END) {
		ended(tracer, tid);
		return;
	}
	if (!task) {
		if (!clones_wait(tracer, tid, status))
			give_up(tracer, tid);
		return;
	}
	if (task->must_stop)
		stopped_at_last(tracer, task, event);
	if (tracer->leaving && may_leave(task, event)) {
		leave(tracer, task, event, WSTOPSIG(status));
		return;
	}
	switch (event) {
	case EVENT_CALL:
		task->was_stopped = false;
		calls_seccomp_stop(tracer, task);
		break;
	case EVENT_CALL_STOP:
		calls_syscall_stop(tracer, task);
		break;
	case EVENT_BORN:
		born(tracer, task, status >> 16);
		break;
	case EVENT_EXEC:
		executed(tracer, tid);
		break;
	case EVENT_EXITING:
		exiting(tracer, task);
		break;
	case EVENT_GROUP_STOP: /* stay stopped, and hear of SIGCONT */
		task->was_stopped = true;
		(void)ptrace(PTRACE_LISTEN, tid, 0, 0);
		break;
	case EVENT_TRAP:
		trap(tracer, task);
		break;
	case EVENT_SIGNAL:
		if (!task->injection)
			signals_undisturb(task, WSTOPSIG(status));
		if (WSTOPSIG(status) == SIGCONT)
			task->was_stopped = false;
		tracer_resume(task, WSTOPSIG(status));
		break;
	case EVENT_END:
		break;
	}
}
