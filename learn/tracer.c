/* SPDX-License-Identifier: MIT */
/*
 * The tracer's loop: wait for a stop, name what happened, act, go on. It lives
 * until no tracee is left, whoever of them dies first.
 *
 * What changed since is sent to the front end four times a second, by a timer
 * that also ends a wait in which nothing happens.
 */
#include "learn/tracer.h"

#include <linux/ptrace.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "learn/traits.h"
#include "learn/wait.h"
#include "learn/wire.h"

#define FLUSH_INTERVAL 250000 /* microseconds */
#define PATIENCE 1000000 /* microseconds that the front end may be late */
#define QUEUE 64 /* stops taken before any is handled, for fairness */

/* Bounds of what a target can make us keep; about 64 bytes each. */
#define MOST_OBSERVATIONS (1 << 18)
#define MOST_ARGUMENTS (1 << 15)

static volatile sig_atomic_t flush_due;
static volatile sig_atomic_t asked_signal; /* to pass to all tracees */
static pid_t front_end;

/* A target may signal all that it can reach: only the front end asks. */
static void on_signal(int signal, siginfo_t *info, void *context)
{
	(void)context;
	if (signal == SIGALRM) {
		flush_due = 1;
		seize_interrupt();
	} else if (info->si_pid == front_end) {
		asked_signal = signal == SIGUSR1 ? SIGTERM : SIGKILL;
	}
}

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

void tracer_notice(struct tracer *tracer, enum learn_notice notice,
		   uint32_t image)
{
	if (notices_add(&tracer->notices, notice, image))
		flush_due = 1;
}

static unsigned long event_message(pid_t tid)
{
	unsigned long message = 0;

	(void)ptrace(PTRACE_GETEVENTMSG, tid, 0, &message);
	return message;
}

static void handle(struct tracer *tracer, pid_t tid, int status);

static void born(struct tracer *tracer, struct task *task, int event)
{
	pid_t tid = (pid_t)event_message(task->tid);
	struct task *child = NULL;

	if (tid > 0)
		child = clones_born(tracer, task, tid, event);
	tracer_resume(task, 0);
	if (child)
		handle(tracer, tid, child->first_stop);
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
		flush_due = 1; /* the session begins now */
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

static void handle(struct tracer *tracer, pid_t tid, int status)
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

/* ---- now and then ----------------------------------------------------- */

static void look_at_one(void *data, struct task *task)
{
	struct tracer *tracer = data;

	if (task->orphan && task->waited) {
		clones_adopt(tracer, task);
		handle(tracer, task->tid, task->first_stop);
	} else if (task->orphan) {
		task->waited = true;
	} else if (task->held) {
		filters_tick(task);
	} else if (task->tid == task->tgid && !task->launching) {
		objects_sample_running(&tracer->objects, task->tid,
				       task->image);
	}
}

static bool flush(struct tracer *tracer, bool wait)
{
	struct learn_progress progress = {
		.processes = tracer->tasks.processes,
		.total = tracer->total,
		.last_new = tracer->last_new,
		.lost = tracer->lost,
	};

	tasks_each(&tracer->tasks, look_at_one, tracer);
	return wire_send_objects(tracer->wire, &tracer->objects, wait) &&
	       wire_send_notices(tracer->wire, &tracer->notices,
				 &tracer->objects, wait) &&
	       wire_send_refused(tracer->wire, &tracer->refused, wait) &&
	       wire_send_counts(tracer->wire, WIRE_OBSERVATIONS,
				&tracer->observations, wait) &&
	       wire_send_counts(tracer->wire, WIRE_ARGUMENTS,
				&tracer->arguments, wait) &&
	       wire_send(tracer->wire, WIRE_PROGRESS, 0, &progress,
			 sizeof(progress), wait);
}

static void signal_one(void *signal, struct task *task)
{
	if (task->tid == task->tgid) {
		kill(task->tid, *(int *)signal);
		kill(task->tid, SIGCONT);
	}
}

/* The front end sees to the limit, but not while it is stopped because the
 * program is. */
static void watch_deadline(struct tracer *tracer)
{
	if (!tracer->deadline || base_now_monotonic() < tracer->deadline)
		return;
	asked_signal = asked_signal ? asked_signal : SIGTERM;
	tracer->deadline = 0;
}

static void do_what_is_due(struct tracer *tracer)
{
	int signal;

	if (flush_due) {
		flush_due = 0;
		(void)flush(tracer, false);
		watch_deadline(tracer);
	}
	signal = asked_signal;
	if (!signal)
		return;
	asked_signal = 0;
	if (tracer->attached) {
		/* Asked again: the kernel lets go of them when we end. */
		tracer->gone = tracer->leaving;
		seize_leave_all(tracer);
		return;
	}
	tracer->killing |= signal == SIGKILL;
	tasks_each(&tracer->tasks, signal_one, &signal);
}

/* ---- the loop --------------------------------------------------------- */

void tracer_drain(struct tracer *tracer)
{
	int status;
	pid_t tid;

	while ((tid = waitpid(-1, &status, __WALL | WNOHANG)) > 0)
		handle(tracer, tid, status);
}

static void trace(struct tracer *tracer)
{
	struct stop stops[QUEUE];
	struct waiter waiter;
	int count;

	wait_init(&waiter);
	for (;;) {
		count = wait_for_stops(&waiter, tracer->tasks.count, stops,
				       QUEUE);
		if (count < 0)
			return;
		for (int i = 0; i < count; i++)
			handle(tracer, stops[i].tid, stops[i].status);
		do_what_is_due(tracer);
		if (tracer->gone)
			return;
	}
}

/* ---- beginning -------------------------------------------------------- */

/* Out of reach of the terminal, and gone when the front end is gone: EXITKILL
 * then ends the target, whose calls would fail without a tracer. */
static void stand_apart(pid_t parent)
{
	struct sigaction action = {
		.sa_sigaction = on_signal,
		.sa_flags = SA_SIGINFO,
	};
	struct itimerval timer = {{0, FLUSH_INTERVAL}, {0, FLUSH_INTERVAL}};
	sigset_t mask;

	setsid();
	prctl(PR_SET_NAME, "jail-tracer");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	front_end = parent;
	sigaction(SIGALRM, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGUSR2, &action, NULL);
	sigfillset(&mask);
	sigdelset(&mask, SIGALRM);
	sigdelset(&mask, SIGUSR1);
	sigdelset(&mask, SIGUSR2);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

static int seize(struct tracer *tracer, const struct tracer_options *options,
		 struct error *err)
{
	const struct learn_options *learn = options->learn;

	if (options->target)
		return seize_target(tracer, options, err);
	return seize_running(tracer, learn->pids, learn->pid_count, err);
}

static int set_up(struct tracer *tracer, const struct tracer_options *options)
{
	const struct learn_options *learn = options->learn;
	const struct profiles_known *known = learn->known;

	traits_init();
	tracer->wire = options->wire;
	tracer->full = learn->full;
	tracer->attached = !options->target;
	tracer->sandboxed = learn->spawn != NULL;
	if (learn->prepare && geteuid() == 0)
		tracer->caps = caps_open();
	tracer->adaptive = !learn->full && !known && options->target;
	tracer->last_new = base_now_monotonic();
	if (learn->time_limit && !tracer->attached)
		tracer->deadline = tracer->last_new + learn->time_limit +
				   PATIENCE;
	counts_init(&tracer->observations, sizeof(struct profiles_observation),
		    COUNTS_OBSERVATION_KEY, MOST_OBSERVATIONS);
	counts_init(&tracer->arguments, sizeof(struct profiles_argument),
		    COUNTS_ARGUMENT_KEY, MOST_ARGUMENTS);
	if (known)
		calls_pass(tracer, known);
	return tasks_init(&tracer->tasks);
}

_Noreturn void tracer_main(const struct tracer_options *options)
{
	static struct tracer tracer;
	struct error failure = {0};

	stand_apart(options->parent);
	base_front_leave_files(options->front, 0);
	if (set_up(&tracer, options) < 0 ||
	    seize(&tracer, options, &failure) < 0) {
		(void)wire_send(tracer.wire, WIRE_FAILED, 0, &failure,
				sizeof(failure), true);
		_exit(1);
	}
	trace(&tracer);
	(void)flush(&tracer, true);
	objects_free(&tracer.objects);
	refused_free(&tracer.refused);
	caps_leave(tracer.caps);
	counts_free(&tracer.observations);
	counts_free(&tracer.arguments);
	profiles_known_free(&tracer.known);
	tasks_free(&tracer.tasks);
	_exit(0);
}
