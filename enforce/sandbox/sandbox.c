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
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "enforce/plan/plan.h"
#include "enforce/sandbox/birth.h"
#include "enforce/sandbox/mounts.h"

static void tell(const struct enforce_plan *plan, const char *sentence)
{
	if (plan->debug)
		plan->debug(sentence);
}

/* ---- the program's process -------------------------------------------- */

/* Its capabilities are those of a namespace of its own, over which all mounts
 * that it sees are locked. Init maps its ids, for that takes rights in the
 * namespace above; /proc shows us to init only while we are dumpable. */
static int nest(struct sandbox_birth *birth, struct error *err)
{
	char byte;

	if (ids_hide(false, err) < 0)
		return -err->code;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return ids_explain(errno, CLONE_NEWUSER, err);
	if (base_write_all(birth->nest[1], "n", 1) < 0 ||
	    base_read_all(birth->ready[0], &byte, 1) != 1)
		return base_error(err, EPIPE, "the sandbox's init ended before "
				  "the program had its ids");
	return ids_hide(true, err);
}

/* PID 1 itself: builds what init would have built. */
static int build_alone(struct sandbox_birth *birth, struct error *err)
{
	cleanup_close int limit = -1;
	int ret = init_die_with_parent(birth, err);

	if (ret == 0)
		ret = mounts_build(birth->plan, &limit, err);
	return ret < 0 ? ret : init_forbid_namespaces(birth, &limit, err);
}

static _Noreturn void program_main(struct sandbox_birth *birth)
{
	struct error *err = &birth->page->error;
	int ret = 0;

	if (birth->plan->as_pid_1)
		ret = build_alone(birth, err);
	else if (birth->nested)
		ret = nest(birth, err);
	if (ret < 0)
		_exit(1);
	/* Whoever does not sleep until the exec may be about to trace us. */
	if (!birth->child->until_exec && ids_hide(false, err) < 0)
		_exit(1);
	birth->child->main(birth->child->data);
	_exit(1);
}

/* ---- the builder ------------------------------------------------------ */

/* The kernel gives lo its address (net/ipv4/devinet.c, inetdev_event). */
static int raise_loopback(struct error *err)
{
	cleanup_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = {.ifr_name = "lo"};

	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &request) < 0)
		return base_error(err, errno, "cannot look at the loopback "
				  "interface of the sandbox: %m");
	request.ifr_flags |= IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		return base_error(err, errno, "cannot raise the loopback "
				  "interface of the sandbox: %m");
	return 0;
}

static int set_up_namespaces(struct sandbox_birth *birth, struct error *err)
{
	const struct profiles_policy *policy = birth->plan->policy;
	int ret = init_die_with_parent(birth, err);

	if (ret == 0)
		ret = ids_hide(false, err);
	if (ret == 0 && birth->user_namespace)
		ret = ids_map_self(birth->uid, birth->gid, err);
	if (ret == 0)
		ret = ids_hide(true, err);
	if (ret == 0 && profiles_has(policy, PROFILES_NET_NONE))
		ret = raise_loopback(err);
	if (ret == 0 && policy->hostname &&
	    sethostname(policy->hostname, strlen(policy->hostname)) < 0)
		ret = base_error(err, errno, "cannot set the name of the "
				 "sandbox to '%.64s': %m", policy->hostname);
	return ret;
}

/* A child of jail. Without CLONE_VM: a fork. */
static long sibling(unsigned long flags)
{
	return syscall(SYS_clone, CLONE_PARENT | SIGCHLD | flags, 0L, 0L, 0L,
		       0L);
}

static int no_process(struct error *err)
{
	return base_error(err, errno, "cannot start a process: %m; end some, "
			  "or raise ulimit -u");
}

/* Init, or the guard. Where the program is PID 1, PDEATHSIG ends it with jail
 * until it changes its user, from then on the guard does; that is outside, so
 * it is born before the PID namespace is there to be born in. */
static int start_keeper(struct sandbox_birth *birth, struct error *err)
{
	long pid;

	if (pipe2(birth->ready, O_CLOEXEC) < 0 ||
	    pipe2(birth->nest, O_CLOEXEC) < 0)
		return base_error(err, errno, "cannot make a pipe: %m");
	pid = sibling(0);
	if (pid == 0 && birth->plan->as_pid_1)
		init_guard(birth);
	if (pid == 0)
		init_main(birth);
	if (pid < 0)
		return no_process(err);
	birth->page->init = (pid_t)pid;
	base_close(&birth->ready[1]);
	base_close(&birth->nest[0]);
	return 0;
}

static int hear_done(struct sandbox_birth *birth, const char *who,
		     struct error *err)
{
	char byte;

	if (base_read_all(birth->ready[0], &byte, 1) == 1)
		return 0;
	return err->code ? -err->code :
	       base_error(err, EPIPE, "the sandbox's %s was killed", who);
}

static int start_init(struct sandbox_birth *birth, struct error *err)
{
	int ret = start_keeper(birth, err);

	if (ret == 0)
		ret = hear_done(birth, "init", err);
	/* The root is the new one, but our folder is still the old one's. */
	if (ret == 0 && chdir("/") < 0)
		return base_error(err, errno, "cannot enter the root of the "
				  "sandbox: %m");
	return ret;
}

/* It may have ended already, but jail reaps it only when we are gone. */
static int instruct_guard(struct sandbox_birth *birth, struct error *err)
{
	/* Without a reader, it has said why. */
	(void)base_write_all(birth->nest[1], "p", 1);
	return hear_done(birth, "guard", err);
}

static int start_program(struct sandbox_birth *birth, struct error *err)
{
	bool until_exec = birth->child->until_exec;
	long pid = sibling(until_exec ? CLONE_FILES | CLONE_VFORK : 0);

	if (pid == 0)
		program_main(birth);
	if (pid < 0)
		return no_process(err);
	birth->page->program = (pid_t)pid;
	return 0;
}

static _Noreturn void builder_main(struct sandbox_birth *birth)
{
	struct error *err = &birth->page->error;
	bool alone = birth->plan->as_pid_1;
	int ret = set_up_namespaces(birth, err);

	if (ret == 0 && alone)
		ret = start_keeper(birth, err);
	if (ret == 0 && unshare(CLONE_NEWPID) < 0)
		ret = ids_explain(errno, CLONE_NEWPID, err);
	if (ret == 0 && !alone)
		ret = start_init(birth, err);
	if (ret == 0)
		ret = start_program(birth, err);
	if (ret == 0 && alone)
		ret = instruct_guard(birth, err);
	base_close(&birth->ready[0]);
	base_close(&birth->ready[1]);
	base_close(&birth->nest[0]);
	base_close(&birth->nest[1]);
	_exit(ret < 0);
}

/* ---- in jail ---------------------------------------------------------- */

static void reap(pid_t *pid)
{
	while (*pid > 0 && waitpid(*pid, NULL, 0) < 0 && errno == EINTR)
		;
	*pid = 0;
}

/* Init is reaped when all in its namespace are (kernel/pid_namespace.c,
 * zap_pid_ns_processes). */
void enforce_sandbox_end(struct enforce_sandbox *sandbox, bool wait)
{
	if (wait)
		init_linger(sandbox);
	else if (sandbox->init > 0)
		kill(sandbox->init, SIGKILL);
	reap(&sandbox->init);
	cgroup_remove(sandbox->cgroup);
	base_free(&sandbox->cgroup);
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
		return no_process(err);
	sandbox->program = (pid_t)pid;
	return 0;
}

static unsigned long namespaces(const struct sandbox_birth *birth)
{
	unsigned long flags = CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS |
			      CLONE_NEWCGROUP;

	if (birth->user_namespace)
		flags |= CLONE_NEWUSER;
	if (profiles_has(birth->plan->policy, PROFILES_NET_NONE))
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

/* What is not carried out yet must not mean that the program has more than its
 * profile says. */
static int check_carried_out(const struct profiles_policy *policy,
			     struct error *err)
{
	if (profiles_has(policy, PROFILES_NET_OTHER) &&
	    !profiles_has(policy, PROFILES_NET_NONE))
		return base_error(err, ENOTSUP, "the profile asks for a "
				  "network of its own (net DEVICE or netns), "
				  "which jail cannot make yet; give it none "
				  "with --net=none, or the host's with "
				  "--ignore=net --ignore=netns");
	if (profiles_has(policy, PROFILES_X11_OTHER) &&
	    !profiles_has(policy, PROFILES_X11_NONE))
		return base_error(err, ENOTSUP, "the profile asks for an X11 "
				  "display of its own, which jail cannot make "
				  "yet; give it none with --x11=none, or yours "
				  "with --ignore=x11");
	return 0;
}

static int spawn(struct sandbox_birth *birth, struct enforce_sandbox *sandbox,
		 struct error *err)
{
	int ret;

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
		ret = run_builder(birth, err);
	base_close(&birth->parent);
	base_close(&birth->cgroup);
	sandbox->init = birth->page->init;
	sandbox->program = birth->page->program;
	if (ret == 0)
		ret = overlay_used_by(&birth->plan->files, sandbox->init, err);
	if (ret < 0)
		undo(sandbox);
	return ret;
}

int enforce_spawn(const struct enforce_plan *plan,
		  const struct enforce_child *child,
		  struct enforce_sandbox *sandbox, struct error *err)
{
	struct sandbox_birth birth = {
		.plan = plan, .child = child,
		.uid = geteuid(), .gid = getegid(),
		.ready = {-1, -1}, .nest = {-1, -1}, .parent = -1,
		.cgroup = -1,
	};
	void *page;
	int ret;

	*sandbox = (struct enforce_sandbox){0};
	if (!enforce_sandboxed(plan))
		return spawn_plain(child, sandbox, err);
	ret = check_carried_out(plan->policy, err);
	if (ret < 0)
		return ret;
	page = mmap(NULL, sizeof(*birth.page), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return base_error(err, errno, "cannot map a shared page: %m");
	birth.page = page;
	ret = spawn(&birth, sandbox, err);
	munmap(page, sizeof(*birth.page));
	return ret;
}
