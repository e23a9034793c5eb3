/* SPDX-License-Identifier: MIT */
/*
 * The tracer's loop: wait for a stop, have it handled, go on. It lives until no
 * tracee is left, whoever of them dies first.
 *
 * What changed since is sent to the front end four times a second, by a timer
 * that also ends a wait in which nothing happens.
 */
#include "learn/tracer.h"

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

/* ---- now and then ----------------------------------------------------- */

void tracer_flush_soon(void)
{
	flush_due = 1;
}

void tracer_notice(struct tracer *tracer, enum learn_notice notice,
		   uint32_t image)
{
	if (notices_add(&tracer->notices, notice, image))
		tracer_flush_soon();
}

static void look_at_one(void *data, struct task *task)
{
	struct tracer *tracer = data;

	if (task->orphan && task->waited) {
		clones_adopt(tracer, task);
		stops_handle(tracer, task->tid, task->first_stop);
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
		stops_handle(tracer, tid, status);
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
			stops_handle(tracer, stops[i].tid, stops[i].status);
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
	tracer->absent = learn->absent;
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
