/* SPDX-License-Identifier: MIT */
/*
 * Spawn: from a plan to a process in a sandbox.
 *
 *	jail              builder                init             program
 *	clone(all namespaces but the PID one)
 *	sleeps            maps its ids
 *	sleeps            a network, a name
 *	sleeps            unshare(PID namespace)
 *	sleeps            clone(parent: jail)    mounts the tree,
 *	sleeps            waits                  makes it the root
 *	sleeps            clone(parent: jail)    reaps            its own main
 *	wakes             ends                   reaps            executes
 *
 * That program and init are jail's children, not the builder's, is what
 * CLONE_PARENT is for: jail stands in for the program as it does without a
 * sandbox. A step that fails writes why to a page that all share, and ends its
 * process; then jail ends what there is of the sandbox.
 */
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "enforce/plan/plan.h"
#include "enforce/sandbox/birth.h"

static void tell(const struct enforce_plan *plan, const char *sentence)
{
	if (plan->debug)
		plan->debug(sentence);
}

/* ---- in jail ---------------------------------------------------------- */

static void reap(pid_t *pid)
{
	while (*pid > 0 && waitpid(*pid, NULL, 0) < 0 && errno == EINTR)
		;
	*pid = 0;
}

static void outside_end(struct enforce_sandbox *sandbox)
{
	if (!sandbox->outside)
		return;
	net_end(&sandbox->outside->net);
	display_end(&sandbox->outside->display);
	bus_end(&sandbox->outside->bus);
	companion_folder_end(&sandbox->outside->served);
	base_free(&sandbox->outside);
}

static int outside_open(struct sandbox_birth *birth,
			struct enforce_sandbox *sandbox, struct error *err)
{
	const struct enforce_plan *plan = birth->plan;
	int ret = 0;

	sandbox->outside = calloc(1, sizeof(*sandbox->outside));
	if (!sandbox->outside)
		return base_error(err, ENOMEM, "out of memory");
	if (plan->files.served)
		ret = companion_folder_open(plan->context.runtime,
					    plan->files.served,
					    &sandbox->outside->served, err);
	if (ret == 0)
		ret = bus_open(plan, &sandbox->outside->bus, err);
	if (ret == 0)
		ret = display_open(plan, &sandbox->outside->display, err);
	return ret < 0 ? ret : net_open(plan, &birth->page->net, &birth->net,
					err);
}

/* Init is reaped when all in its namespace are (kernel/pid_namespace.c,
 * zap_pid_ns_processes); those that the program made as siblings of its own
 * (CLONE_PARENT) nobody reaps but us. */
static void reap_init(pid_t *init)
{
	pid_t ended = 0;

	while (*init > 0 && ended != *init && (ended >= 0 || errno == EINTR))
		ended = waitpid(-1, NULL, 0);
	*init = 0;
}

void enforce_sandbox_end(struct enforce_sandbox *sandbox, bool wait)
{
	if (wait)
		init_linger(sandbox);
	else if (sandbox->init > 0)
		kill(sandbox->init, SIGKILL);
	reap_init(&sandbox->init);
	cgroup_remove(sandbox->cgroup);
	base_free(&sandbox->cgroup);
	for (size_t i = 0; i < ARRAY_SIZE(sandbox->namespaces); i++) {
		int fd = sandbox->namespaces[i] - 1;

		base_close(&fd);
		sandbox->namespaces[i] = 0;
	}
	outside_end(sandbox);
}

static int spawn_plain(const struct enforce_child *child,
		       struct enforce_sandbox *sandbox, struct error *err)
{
	unsigned long flags = child->until_exec ? CLONE_FILES | CLONE_VFORK : 0;
	long pid = syscall(SYS_clone, flags | SIGCHLD, 0L, 0L, 0L, 0L);

	if (pid == 0) {
		child->main(child->data);
		_exit(1);
	}
	if (pid < 0)
		return builder_no_process(err);
	sandbox->program = (pid_t)pid;
	return 0;
}

static unsigned long namespaces(const struct sandbox_birth *birth)
{
	unsigned long flags = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWCGROUP;

	if (!profiles_has(birth->plan->policy, PROFILES_KEEP_IPC))
		flags |= CLONE_NEWIPC;
	if (birth->user_namespace)
		flags |= CLONE_NEWUSER;
	if (profiles_net_is_new(birth->plan->policy))
		flags |= CLONE_NEWNET;
	return flags;
}

/* Into the group that limits it; all others are born into the builder's. */
static long clone_builder(const struct sandbox_birth *birth,
			  unsigned long flags)
{
	struct clone_args args = {
		.flags = flags | CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = (uint64_t)birth->cgroup,
	};

	if (birth->cgroup >= 0)
		return syscall(SYS_clone3, &args, sizeof(args));
	return syscall(SYS_clone, flags | SIGCHLD, 0L, 0L, 0L, 0L);
}

static int run_builder(struct sandbox_birth *birth, struct error *err)
{
	unsigned long flags = namespaces(birth);
	unsigned long files = birth->child->until_exec ? CLONE_FILES : 0;
	int status = 0;
	long pid;

	tell(birth->plan, birth->user_namespace ?
	     "new namespaces: user, mount, pid, ipc, uts, cgroup" :
	     "new namespaces: mount, pid, ipc, uts, cgroup");
	pid = clone_builder(birth, flags | files | CLONE_VFORK);
	if (pid == 0)
		builder_main(birth);
	if (pid < 0)
		return ids_explain(errno, flags, err);
	while (waitpid((pid_t)pid, &status, 0) < 0 && errno == EINTR)
		;
	if (birth->page->error.code) {
		*err = birth->page->error;
		return -err->code;
	}
	if (status != 0)
		return base_error(err, ECHILD, "the process that builds the "
				  "sandbox was killed");
	return 0;
}

/* What there is of a sandbox that failed. */
static void undo(struct enforce_sandbox *sandbox)
{
	if (sandbox->program > 0)
		kill(sandbox->program, SIGKILL);
	reap(&sandbox->program);
	enforce_sandbox_end(sandbox, false);
}

/* What is not carried out must not mean that the program has more than its
 * profile says. */
static int check_carried_out(const struct profiles_policy *policy,
			     struct error *err)
{
	if (profiles_has(policy, PROFILES_X11_REFUSED))
		return base_error(err, ENOTSUP, "the profile asks for a kind "
				  "of X11 display that jail does not make; "
				  "give it another one with --x11=xephyr, or "
				  "none with --x11=none");
	return 0;
}

/* What is known of the sandbox, also of one that failed. */
static void take_over(const struct sandbox_birth *birth,
		      struct enforce_sandbox *sandbox)
{
	const struct sandbox_page *page = birth->page;

	sandbox->init = page->init;
	sandbox->program = page->program;
	memcpy(sandbox->namespaces, page->namespaces,
	       sizeof(page->namespaces));
	memcpy(sandbox->address, page->net.address,
	       sizeof(page->net.address));
	if (sandbox->outside)
		sandbox->outside->net = page->net;
}

static int spawn(struct sandbox_birth *birth, struct enforce_sandbox *sandbox,
		 struct error *err)
{
	int ret, closed;

	birth->user_namespace = ids_need_namespace(birth->plan);
	birth->nested = ids_need_nesting(birth->plan, birth->user_namespace);
	if (birth->nested && birth->plan->as_pid_1)
		return base_error(err, EINVAL, "--as-pid-1 leaves no process "
				  "that could give the program its "
				  "capabilities safely; leave it or caps.keep "
				  "out");
	birth->parent = (int)syscall(SYS_pidfd_open, getpid(), 0);
	if (birth->parent < 0)
		return base_error(err, errno, "cannot open our own process "
				  "(pidfd_open): %m; Linux 5.12 is needed");
	ret = cgroup_open(birth->plan, &sandbox->cgroup, &birth->cgroup, err);
	if (ret == 0)
		ret = outside_open(birth, sandbox, err);
	if (ret == 0)
		ret = run_builder(birth, err);
	base_close(&birth->parent);
	base_close(&birth->cgroup);
	closed = net_close(&birth->net, ret < 0 ? NULL : err);
	take_over(birth, sandbox);
	if (ret == 0)
		ret = closed;
	if (ret == 0)
		ret = overlay_used_by(&birth->plan->files, sandbox->init, err);
	if (ret < 0)
		undo(sandbox);
	return ret;
}

static int spawn_once(const struct enforce_plan *plan,
		      const struct enforce_child *child,
		      struct enforce_sandbox *sandbox, struct error *err)
{
	struct sandbox_birth birth = {
		.plan = plan, .child = child,
		.uid = geteuid(), .gid = getegid(),
		.ready = {-1, -1}, .nest = {-1, -1}, .parent = -1,
		.cgroup = -1, .net = {.netns = -1},
	};
	int ret;

	*sandbox = (struct enforce_sandbox){0};
	birth.page = base_shared(sizeof(*birth.page), err);
	if (!birth.page)
		return -ENOMEM;
	ret = spawn(&birth, sandbox, err);
	munmap(birth.page, sizeof(*birth.page));
	return ret;
}

/* Of files that come and go, as /tmp/ssh-*, one may have gone since the plan
 * was made: then they are planned anew, of the same policy. Nothing of the
 * first plan is left, for whoever has PLAN, as the program's process, has the
 * new one: a display or an overlay is that of the sandbox which there is. */
static int spawn_anew(struct enforce_plan *plan,
		      const struct enforce_child *child,
		      struct enforce_sandbox *sandbox, struct error *err)
{
	struct error why = {0};
	int ret;

	steps_free(&plan->files);
	ret = enforce_plan_files(plan, &why);
	if (ret == 0)
		ret = spawn_once(plan, child, sandbox, &why);
	if (ret < 0 && err)
		*err = why;
	return ret;
}

int enforce_spawn(struct enforce_plan *plan,
		  const struct enforce_child *child,
		  struct enforce_sandbox *sandbox, struct error *err)
{
	int ret;

	*sandbox = (struct enforce_sandbox){0};
	if (!enforce_sandboxed(plan))
		return spawn_plain(child, sandbox, err);
	ret = check_carried_out(plan->policy, err);
	if (ret == 0)
		ret = spawn_once(plan, child, sandbox, err);
	for (int i = 0; ret == -ESTALE && i < 3; i++)
		ret = spawn_anew(plan, child, sandbox, err);
	return ret;
}
