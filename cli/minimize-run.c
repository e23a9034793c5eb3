/* SPDX-License-Identifier: MIT */
/*
 * minimize-run: the command in its sandbox, with some calls off the list.
 *
 *	jail                       runner, a fork of ours     command
 *	pipes, a shared page  ->   session of its own, plan
 *	reads, has an eye          supervises: answers,   ->  its output
 *	on the time                counts; ends what is left
 *
 * The runner adopts what the command leaves behind, and ends it. It tells what
 * came of it in the shared page. The store is not its own, and stays alone.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "cli/minimize.h"

#define RUNNER_PATIENCE 5000000 /* microseconds */

struct minimize_shared {
	struct enforce_result result;
	struct error error;
	bool ended;		/* what is above counts */
	bool denied;
	struct base_call call;
	uint64_t hits[];	/* of the run's stubs, then of the fixed ones */
};

/* ---- processes ------------------------------------------------------ */

/* Kills all descendants of PID, not PID itself: /proc/PID/task/TID/children. */
static void kill_below(pid_t pid, unsigned depth)
{
	char path[64], line[4096], *next = line;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid,
		 (int)pid);
	if (depth > 64 || base_read_file(path, line, sizeof(line)) <= 0)
		return;
	for (;;) {
		char *end;
		long child = strtol(next, &end, 10);

		if (end == next || child <= 1)
			return;
		kill_below((pid_t)child, depth + 1);
		kill((pid_t)child, SIGKILL);
		next = end;
	}
}

/* What the command left behind is ours. */
static void end_rest(void)
{
	for (;;) {
		pid_t pid = waitpid(-1, NULL, WNOHANG);

		if (pid < 0 && errno != EINTR)
			return;
		if (pid != 0)
			continue;
		kill_below(getpid(), 0);
		usleep(1000);
	}
}

/* ---- the runner ----------------------------------------------------- */

static int denied(void *data, const struct profiles_denial *denial,
		  bool by_program, bool wait, int64_t *id)
{
	struct minimize_shared *shared = data;

	(void)by_program;
	(void)wait;
	*id = 1;
	if (!shared->denied)
		shared->call = denial->call;
	shared->denied = true;
	return 0;
}

static int take_files(const struct minimize_setup *setup,
		      const struct minimize_run *run, struct error *err)
{
	int input = open(setup->input, O_RDONLY | O_CLOEXEC);

	if (input < 0)
		return base_error(err, errno, "cannot open '%s': %m",
				  setup->input);
	if (dup2(input, STDIN_FILENO) < 0 ||
	    dup2(run->pipes[MINIMIZE_STDOUT], STDOUT_FILENO) < 0 ||
	    dup2(run->pipes[MINIMIZE_STDERR], STDERR_FILENO) < 0)
		return base_error(err, errno, "cannot give the command its "
				  "files: %m");
	return 0;
}

/* The plan of this run: all that is answered or counted is off the list. */
static int make_plan(const struct minimize_setup *setup,
		     const struct minimize_run *run, struct enforce_plan *plan,
		     struct error *err)
{
	size_t count = run->count + setup->fixed_count;
	const struct profiles_set *all = &setup->plan->whitelist;
	char *path;
	int ret;

	*plan = *setup->plan;
	plan->whitelist = (struct profiles_set){0};
	plan->stubs = calloc(count + 1, sizeof(*plan->stubs));
	if (!plan->stubs)
		return base_error(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < all->count; i++)
		if (profiles_set_add(&plan->whitelist, all->calls[i]) < 0)
			return base_error(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < run->count; i++) {
		plan->stubs[i] = run->stubs[i];
		profiles_set_remove(&plan->whitelist, run->stubs[i].call);
	}
	if (setup->fixed_count)
		memcpy(plan->stubs + run->count, setup->fixed,
		       setup->fixed_count * sizeof(*plan->stubs));
	plan->stub_count = count;
	plan->stub_hits = run->shared->hits;
	ret = plan->bare ? 0 : enforce_plan_files(plan, err);
	if (ret == 0 && enforce_sandboxed(plan) && plan->policy->chroot) {
		ret = enforce_plan_program(plan, plan->argv[0], &path, err);
		plan->path = ret == 0 ? path : NULL;
	}
	return ret;
}

static _Noreturn void runner(const struct minimize_setup *setup,
			     const struct minimize_run *run, pid_t parent)
{
	struct minimize_shared *shared = run->shared;
	const struct enforce_sink sink = {.denial = denied, .data = shared};
	struct enforce_plan plan;
	int ret;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	setsid();
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}); /* it may often die */
	sigprocmask(SIG_SETMASK, &setup->mask, NULL);
	ret = take_files(setup, run, &shared->error);
	if (ret == 0)
		ret = make_plan(setup, run, &plan, &shared->error);
	if (ret == 0)
		ret = enforce_run(&plan, &sink, &shared->result,
				  &shared->error);
	if (ret == 0)
		shared->error.code = 0;
	else if (shared->error.code == 0)
		base_error(&shared->error, -ret, "the command cannot be "
			   "run: %s", strerror(-ret));
	end_rest();
	shared->ended = true;
	_exit(0);
}

/* ---- beginning and end ---------------------------------------------- */

static int share(const struct minimize_setup *setup, struct minimize_run *run,
		 struct error *err)
{
	run->shared_size = sizeof(*run->shared) +
		(run->count + setup->fixed_count) * sizeof(uint64_t);
	run->shared = base_shared(run->shared_size, err);
	return run->shared ? 0 : -ENOMEM;
}

static int start(struct minimize_setup *setup, struct minimize_run *run,
		 struct error *err)
{
	int ours[MINIMIZE_STREAMS] = {-1, -1};
	pid_t parent = getpid();
	int ends[2];

	for (size_t i = 0; i < MINIMIZE_STREAMS; i++) {
		if (pipe2(ends, O_CLOEXEC) < 0)
			return base_error(err, errno, "cannot make a pipe: %m");
		ours[i] = ends[0];
		run->pipes[i] = ends[1];
		fcntl(ours[i], F_SETFL, O_NONBLOCK);
	}
	for (size_t i = 0; i < setup->files->count; i++)
		minimize_file(setup->files->items[i], &run->changed[i]);
	run->started = base_now_monotonic();
	fflush(NULL);
	run->pid = fork();
	if (run->pid == 0)
		runner(setup, run, parent);
	for (size_t i = 0; i < MINIMIZE_STREAMS; i++) {
		base_close(&run->pipes[i]);
		run->pipes[i] = ours[i];
	}
	if (run->pid < 0)
		return base_error(err, errno, "cannot start a process: %m");
	run->pidfd = (int)syscall(SYS_pidfd_open, run->pid, 0);
	return run->pidfd < 0 ? base_error(err, errno, "cannot watch a "
					   "process: %m") : 0;
}

static void read_pipe(struct minimize_run *run, size_t i)
{
	char bytes[65536];
	ssize_t count;

	while (run->pipes[i] >= 0 &&
	       (count = read(run->pipes[i], bytes, sizeof(bytes))) >= 0) {
		if (count == 0)
			base_close(&run->pipes[i]);
		else
			minimize_output_add(&run->outcome.output[i], bytes,
					    (size_t)count);
		if (count < (ssize_t)sizeof(bytes))
			return;
	}
}

/* Once the runner has ended. */
static void finish(const struct minimize_setup *setup, struct minimize_run *run)
{
	struct minimize_outcome *outcome = &run->outcome;
	const struct minimize_shared *shared = run->shared;

	while (waitpid(run->pid, NULL, 0) < 0 && errno == EINTR)
		;
	run->pid = 0;
	outcome->took = base_now_monotonic() - run->started;
	for (size_t i = 0; i < MINIMIZE_STREAMS; i++)
		read_pipe(run, i);
	outcome->status = shared->result.status;
	outcome->denied = shared->denied;
	outcome->call = shared->call;
	outcome->error = shared->error;
	if (!shared->ended && !outcome->late && !outcome->stopped)
		base_error(&outcome->error, ECHILD, "the process that runs the "
			   "command was killed");
	for (size_t i = 0; i < run->count; i++)
		run->hits[i] = shared->hits[i];
	for (size_t i = 0; i < setup->files->count; i++) {
		int64_t changed;

		outcome->files[i] = minimize_file(setup->files->items[i],
						  &changed);
		outcome->written[i] = changed != run->changed[i];
	}
}

/* The runner ends by itself once the command has; if not, with it. */
static void end(struct minimize_run *run)
{
	if (!run->ending)
		run->ending = base_now_monotonic();
	kill_below(run->pid, 0);
	kill(run->pid, SIGCONT);
	if (base_now_monotonic() - run->ending > RUNNER_PATIENCE)
		kill(run->pid, SIGKILL);
}

static void release(struct minimize_run *run)
{
	if (run->pid > 0) {
		kill_below(run->pid, 0);
		kill(run->pid, SIGKILL);
		waitpid(run->pid, NULL, 0);
	}
	base_close(&run->pidfd);
	for (size_t i = 0; i < MINIMIZE_STREAMS; i++)
		base_close(&run->pipes[i]);
	if (run->shared)
		munmap(run->shared, run->shared_size);
	run->shared = NULL;
}

/* ---- several -------------------------------------------------------- */

enum { EACH = 1 + MINIMIZE_STREAMS };

static void read_signal(struct minimize_setup *setup)
{
	struct signalfd_siginfo signal;

	if (read(setup->signals, &signal, sizeof(signal)) == sizeof(signal))
		setup->stopped = (int)signal.ssi_signo;
}

/* What is over its time, or to be stopped; again and again until it is gone. */
static void end_late(const struct minimize_setup *setup,
		     struct minimize_run *run, int64_t limit)
{
	if (setup->stopped)
		run->outcome.stopped = true;
	else if (base_now_monotonic() - run->started > limit)
		run->outcome.late = true;
	if (run->outcome.late || run->outcome.stopped)
		end(run);
}

/* Waits for news of them. How many still run. */
static size_t step(struct minimize_setup *setup, struct minimize_run *runs,
		   size_t count, int64_t limit)
{
	struct pollfd fds[1 + 16 * EACH];
	size_t left = 0;

	fds[0] = (struct pollfd){.fd = setup->signals, .events = POLLIN};
	for (size_t i = 0; i < count; i++) {
		struct pollfd *one = &fds[1 + i * EACH];

		one[0] = (struct pollfd){
			.fd = runs[i].pid ? runs[i].pidfd : -1,
			.events = POLLIN};
		for (size_t n = 0; n < MINIMIZE_STREAMS; n++)
			one[1 + n] = (struct pollfd){.fd = runs[i].pipes[n],
						     .events = POLLIN};
	}
	(void)poll(fds, 1 + count * EACH, 20);
	if (fds[0].revents)
		read_signal(setup);
	for (size_t i = 0; i < count; i++) {
		if (!runs[i].pid)
			continue;
		for (size_t n = 0; n < MINIMIZE_STREAMS; n++)
			read_pipe(&runs[i], n);
		if (fds[1 + i * EACH].revents)
			finish(setup, &runs[i]);
		else
			end_late(setup, &runs[i], limit);
		left += runs[i].pid != 0;
	}
	return left;
}

int minimize_runs(struct minimize_setup *setup, struct minimize_run *runs,
		  size_t count, int64_t limit, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; i < count; i++) {
		runs[i].pidfd = -1;
		for (size_t n = 0; n < MINIMIZE_STREAMS; n++)
			runs[i].pipes[n] = -1;
	}
	for (size_t i = 0; ret == 0 && i < count; i++) {
		ret = share(setup, &runs[i], err);
		if (ret == 0)
			ret = start(setup, &runs[i], err);
	}
	while (ret == 0 && step(setup, runs, count, limit) > 0)
		;
	for (size_t i = 0; i < count; i++) {
		release(&runs[i]);
		if (ret == 0 && runs[i].outcome.error.code &&
		    !runs[i].outcome.late && !runs[i].outcome.stopped) {
			*err = runs[i].outcome.error;
			ret = -err->code;
		}
	}
	return ret == 0 && setup->stopped ? -EINTR : ret;
}
