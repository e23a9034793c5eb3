/* SPDX-License-Identifier: MIT */
/*
 * Launch: from a plan to a program that runs under its filter.
 *
 *	jail                              child
 *	filter, with a fresh key
 *	builds the sandbox (sandbox.c)
 *	sleeps                            signals as the caller of jail had them
 *	sleeps                            privileges dropped
 *	sleeps                            filter loaded, listener is number N
 *	wakes, descriptor N is here too   execve(path, argv, envp, 0, 0, key)
 *	supervises                        the program
 *
 * The first execve. Most programs never execute another, so execve is seldom
 * on the list; yet the filter is loaded before it. The filter therefore lets
 * execve pass when its sixth register, which the kernel ignores, holds a random
 * number of 64 bits. Only the child's copy of our memory has that number, and
 * execve does away with it: for the program the rule does not exist. So nobody
 * has to decide which execve is the first, and it works without a supervisor.
 *
 * The listener. Between the filter and the end of execve the child can make no
 * call that says anything. But it shares our table of descriptors, so the
 * listener that seccomp(2) opens for it is ours as well, and it writes its
 * number, or what failed, to a shared page. We sleep until execve is done or
 * the child has ended. execve gives the child a table of its own, from which
 * everything but 0-2 and the kept ones is closed.
 */
#include <linux/seccomp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "enforce/filter/filter.h"
#include "enforce/registry/registry.h"
#include "enforce/run/join.h"
#include "enforce/sandbox/sandbox.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

extern char **environ;

/* What the child reports, in a page that both share. */
struct report {
	int listener;		/* its number, or -1 */
	bool no_listener;	/* the kernel gives none: do without */
	int exec_errno;		/* of execve */
	bool not_found;		/* ERROR says why there is no such program */
	struct error error;	/* of a step before */
};

struct launch {
	struct enforce_plan *plan;
	struct base_front *front;
	bool with_listener;
	uint64_t key;
	struct sock_filter *filter;
	size_t count;
	struct sock_filter *silent;	/* of the stubs, or NULL */
	size_t silent_count;
	struct report *report;
	struct enforce_sandbox *sandbox;
	const struct launch_joined *joined;
};

static void free_launch(struct launch *launch)
{
	if (launch->filter)
		explicit_bzero(launch->filter,
			       launch->count * sizeof(*launch->filter));
	explicit_bzero(&launch->key, sizeof(launch->key));
	if (launch->silent)
		explicit_bzero(launch->silent, launch->silent_count *
			       sizeof(*launch->silent));
	base_free(&launch->filter);
	base_free(&launch->silent);
	if (launch->report)
		munmap(launch->report, sizeof(*launch->report));
}
#define cleanup_launch __attribute__((cleanup(free_launch)))

/* Where the supervisor would hear of a stub, a filter of its own answers it,
 * which tells nobody: filter/stubs.c. */
static int make_filters(struct launch *launch, struct error *err)
{
	const struct enforce_plan *plan = launch->plan;
	bool silent = launch->with_listener && plan->stub_count > 0 &&
		      !plan->stub_hits;
	struct enforce_plan rest = *plan;
	cleanup_free struct profiles_refused *stubs = NULL;
	int ret;

	if (!silent)
		return enforce_filter(plan, launch->with_listener,
				      &launch->filter, &launch->count, err);
	stubs = calloc(plan->stub_count, sizeof(*stubs));
	if (!stubs)
		return base_error(err, ENOMEM, "out of memory");
	rest.stubs = stubs;
	rest.stub_count = 0;
	for (size_t i = 0; i < plan->stub_count; i++)
		if (!enforce_stub_silent(plan->stubs[i].call))
			stubs[rest.stub_count++] = plan->stubs[i];
	ret = enforce_filter(&rest, true, &launch->filter, &launch->count,
			     err);
	return ret < 0 ? ret : enforce_filter_stubs(plan, &launch->silent,
						    &launch->silent_count, err);
}

static int prepare(struct launch *launch, struct error *err)
{
	int ret = make_filters(launch, err);

	if (ret < 0)
		return ret;
	if (getrandom(&launch->key, sizeof(launch->key), 0) !=
	    sizeof(launch->key))
		return base_error(err, EIO, "cannot draw a random number: %m");
	ret = enforce_filter_key(launch->key, &launch->filter, &launch->count,
				 err);
	if (ret == 0 && launch->silent)
		ret = enforce_filter_key(launch->key, &launch->silent,
					 &launch->silent_count, err);
	if (ret < 0)
		return ret;
	launch->report = base_shared(sizeof(*launch->report), err);
	if (!launch->report)
		return -ENOMEM;
	launch->report->listener = -1;
	return 0;
}

/* ---- in the child ----------------------------------------------------- */

static int load_silent(const struct launch *launch)
{
	struct sock_fprog program = {
		.len = (unsigned short)launch->silent_count,
		.filter = launch->silent,
	};

	return launch->silent ?
		       (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
				    SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program) :
		       0;
}

/* Where hits are counted nothing is a denial, and nothing is logged.
 * WAIT_KILLABLE_RECV (5.19) keeps signals from interrupting, and repeating, a
 * call that the supervisor has already seen. */
static int load_filter(const struct launch *launch)
{
	struct sock_fprog program = {
		.len = (unsigned short)launch->count,
		.filter = launch->filter,
	};
	unsigned long flags = SECCOMP_FILTER_FLAG_SPEC_ALLOW;
	long ret;

	if (!launch->plan->stub_hits)
		flags |= SECCOMP_FILTER_FLAG_LOG;
	if (load_silent(launch) < 0)
		return -1;
	if (!launch->with_listener)
		return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags,
				    &program);
	flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
	ret = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		      flags | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
		      &program);
	if (ret < 0 && errno == EINVAL)
		ret = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags,
			      &program);
	return (int)ret;
}

/* Who joins has nothing of what the first program's caller left it: signals
 * that are ignored, a session, a terminal. */
static int begin_anew(const struct launch *launch, struct error *err)
{
	const struct sigaction usual = {.sa_handler = SIG_DFL};
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int signal = 1; signal < _NSIG; signal++)
		(void)!sigaction(signal, &usual, NULL);
	if (setsid() < 0)
		return base_error(err, errno, "cannot begin a session: %m");
	if (launch->joined->terminal && ioctl(STDIN_FILENO, TIOCSCTTY, 0) < 0)
		return base_error(err, errno, "cannot give the program its "
				  "terminal: %m");
	return 0;
}

/* The program as the sandbox has it, by its own PATH. */
static int find_program(const struct launch *launch, char **path,
			struct error *err)
{
	const char *name = launch->plan->argv[0];
	const char *otherwise = launch->joined->otherwise;
	int ret = base_find_program(name, path, err);

	if (ret < 0 && otherwise)
		ret = base_find_program(otherwise, path, err);
	if (ret < 0)
		base_error_at(err, "in the sandbox");
	launch->report->not_found = ret < 0;
	if (ret == 0)
		err->code = 0;
	return ret;
}

/* All that is between birth and the filter. */
static int prepare_child(const struct launch *launch, const char **path)
{
	struct error *err = &launch->report->error;
	struct base_front front = *launch->front;
	char *found = NULL;
	int ret = 0;

	front.signal_fd = -1; /* in a shared table: not ours to close */
	base_front_child(&front);
	*path = launch->plan->path;
	if (launch->joined)
		ret = begin_anew(launch, err);
	if (ret == 0)
		ret = enforce_privileges(launch->plan, err);
	if (ret == 0 && launch->joined && !*path) {
		ret = find_program(launch, &found, err);
		*path = found; /* until exec */
	}
	return ret;
}

static void become_program(void *data)
{
	const struct launch *launch = data;
	struct report *report = launch->report;
	const char *path;
	int fd;

	if (prepare_child(launch, &path) < 0)
		_exit(1);
	fd = load_filter(launch);
	if (fd < 0) {
		report->no_listener = launch->with_listener &&
				      (errno == EBUSY || errno == EINVAL);
		base_error(&report->error, errno, "the kernel refuses the "
			   "filter: %m");
		_exit(1);
	}
	if (launch->with_listener)
		report->listener = fd;
	/* From here on: execve with the key, or exit_group. */
	syscall(SYS_execve, path, launch->plan->argv, environ, 0L, 0L,
		launch->key);
	report->exec_errno = errno;
	/* Not _exit(): sanitizers put calls of their own in front of it. */
	for (;;)
		syscall(SYS_exit_group, 1);
}

/* ---- in jail ---------------------------------------------------------- */

/* Reaps a child that never became the program and says why it did not. */
static int not_started(struct launch *launch, struct enforce_result *result,
		       struct error *err)
{
	struct report *report = launch->report;

	base_close(&report->listener);
	while (waitpid(launch->sandbox->program, NULL, 0) < 0 && errno == EINTR)
		;
	launch->front->child = 0;
	enforce_sandbox_end(launch->sandbox, false);
	if (report->exec_errno) {
		result->exec_failed = true;
		return base_exec_failed(launch->plan->path ?
					launch->plan->path :
					launch->plan->argv[0],
					report->exec_errno, err);
	}
	result->exec_failed = report->not_found;
	if (err)
		*err = report->error;
	return -report->error.code;
}

static int spawn(struct launch *launch, const struct enforce_child *child,
		 struct error *err)
{
	const struct launch_joined *joined = launch->joined;

	if (!joined)
		return enforce_spawn(launch->plan, child, launch->sandbox, err);
	*launch->sandbox = (struct enforce_sandbox){0};
	return enter_sandbox(launch->plan, joined->sandbox, child,
			     joined->terminal, &launch->sandbox->program, err);
}

/* Returns 1 if the kernel gives no listener and it is worth trying without. */
static int launch_once(struct launch *launch, int *listener,
		       struct enforce_result *result, struct error *err)
{
	const struct enforce_child child = {become_program, launch, true};
	struct report *report;
	int ret = prepare(launch, err);

	if (ret == -ENOTSUP && launch->with_listener)
		return 1;
	if (ret < 0)
		return ret;
	report = launch->report;
	ret = spawn(launch, &child, err);
	if (ret < 0)
		return ret;
	launch->front->child = launch->sandbox->program;
	if (report->exec_errno || report->error.code) {
		bool again = report->no_listener;

		ret = not_started(launch, result, err);
		return again ? 1 : ret;
	}
	*listener = report->listener;
	return 0;
}

int launch_program(struct enforce_plan *plan, struct base_front *front,
		   const struct launch_joined *joined,
		   struct enforce_sandbox *sandbox, int *listener,
		   struct enforce_result *result, struct error *err)
{
	int ret = 1;

	*listener = -1;

	for (int attempt = 0; ret == 1 && attempt < 2; attempt++) {
		cleanup_launch struct launch one = {
			.plan = plan,
			.front = front,
			.sandbox = sandbox,
			.joined = joined,
			.with_listener = attempt == 0,
		};

		ret = launch_once(&one, listener, result, err);
	}
	return ret;
}

/* From the program's beginning to its end. */
static int attend(const struct enforce_plan *plan,
		  const struct enforce_sink *sink, struct base_front *front,
		  struct enforce_sandbox *sandbox, int events, int listener,
		  struct enforce_result *result, struct error *err)
{
	struct join_server server = {
		.plan = plan, .sink = sink, .front = front,
		.sandbox = sandbox, .events = events,
	};
	int ret;

	base_front_leave_files(front, BASE_KEEP_STDERR);
	/* A trial is over in a moment, and leaves no record to be tied. */
	if (!plan->stub_hits)
		registry_begin(plan, sandbox, listener >= 0);
	join_server_begin(&server);
	ret = enforce_supervise(plan, sink, front, sandbox, events, listener,
				&server.beside, result, err);
	enforce_sandbox_end(sandbox, false);
	join_server_end(&server);
	registry_end(sandbox, true);
	return ret;
}

int enforce_run(struct enforce_plan *plan,
		const struct enforce_sink *sink, struct enforce_result *result,
		struct error *err)
{
	cleanup_close int events = epoll_create1(EPOLL_CLOEXEC);
	struct enforce_sandbox sandbox = {0};
	struct base_front front;
	int listener = -1;
	int ret;

	*result = (struct enforce_result){0};
	if (events < 0)
		return base_error(err, errno, "cannot make an epoll set: %m");
	ret = base_front_open(&front, err);
	if (ret < 0)
		return ret;
	/* The program runs as the same user, and at once: it must not trace us
	 * or read the key. Its own execve makes it dumpable again. */
	ret = ids_hide(true, err);
	if (ret == 0)
		ret = launch_program(plan, &front, NULL, &sandbox, &listener,
				     result, err);
	if (ret == 0)
		ret = attend(plan, sink, &front, &sandbox, events, listener,
			     result, err);
	base_front_close(&front);
	/* Nobody is left who could look; the caller may build another one. */
	if (enforce_sandboxed(plan))
		(void)ids_hide(false, NULL);
	return ret;
}
