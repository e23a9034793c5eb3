/* SPDX-License-Identifier: MIT */
/*
 * The builder: in the new namespaces, a child of jail that makes init and the
 * program and then ends. sandbox.c says who does what when.
 */
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>

#include "enforce/plan/plan.h"
#include "enforce/sandbox/birth.h"
#include "enforce/sandbox/mounts.h"

/* ---- for those who join later ------------------------------------------ */

/* jail itself could not open them, as they belong to processes that hide. Our
 * table of descriptors is jail's as well. NS is a folder /proc/PID/ns. They are
 * in the order in which they are entered. */
static int keep_namespace(struct sandbox_birth *birth, int ns,
			  const char *name, struct error *err)
{
	int *at = birth->page->namespaces;
	int fd = openat(ns, name, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return base_error(err, errno, "cannot open the %s namespace "
				  "of the sandbox: %m", name);
	while (*at)
		at++;
	*at = fd + 1;
	return 0;
}

static int keep_namespaces(struct sandbox_birth *birth, int ns,
			   struct error *err)
{
	static const char *const names[] = {"uts", "cgroup", "mnt"};
	int ret = 0;

	if (birth->user_namespace)
		ret = keep_namespace(birth, ns, "user", err);
	if (ret == 0 && profiles_net_is_own(birth->plan->policy))
		ret = keep_namespace(birth, ns, "net", err);
	if (ret == 0 && !profiles_has(birth->plan->policy, PROFILES_KEEP_IPC))
		ret = keep_namespace(birth, ns, "ipc", err);
	for (size_t i = 0; ret == 0 && i < ARRAY_SIZE(names); i++)
		ret = keep_namespace(birth, ns, names[i], err);
	return ret;
}

/* Those of the program alone, in the sandbox's /proc. */
static int keep_nested(struct sandbox_birth *birth, struct error *err)
{
	cleanup_close int ns = open("/proc/self/ns", O_PATH | O_CLOEXEC);
	int ret = keep_namespace(birth, ns, "user", err);

	return ret < 0 ? ret : keep_namespace(birth, ns, "mnt", err);
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
	if (birth->child->until_exec && keep_nested(birth, err) < 0)
		return -err->code;
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
	if (ret == 0)
		ret = net_begin(&birth->net, err);
	if (ret == 0)
		ret = names_learned(&birth->plan->files, birth->page->net.dns,
				    NET_SERVERS, err);
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

int builder_no_process(struct error *err)
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
		return builder_no_process(err);
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
		return builder_no_process(err);
	birth->page->program = (pid_t)pid;
	return 0;
}

static int build(struct sandbox_birth *birth, struct error *err)
{
	bool alone = birth->plan->as_pid_1;
	bool kept = birth->child->until_exec;
	cleanup_close int ns = open("/proc/self/ns", O_PATH | O_CLOEXEC);
	int ret = set_up_namespaces(birth, err);

	if (ret == 0 && kept)
		ret = keep_namespaces(birth, ns, err);
	if (ret == 0 && alone)
		ret = start_keeper(birth, err);
	if (ret == 0 && unshare(CLONE_NEWPID) < 0)
		ret = ids_explain(errno, CLONE_NEWPID, err);
	if (ret == 0 && !alone)
		ret = start_init(birth, err);
	if (ret == 0 && !alone && kept)
		ret = keep_namespace(birth, ns, "pid_for_children", err);
	if (ret == 0)
		ret = net_finish(&birth->net, err);
	if (ret == 0)
		ret = start_program(birth, err);
	if (ret == 0 && alone)
		ret = instruct_guard(birth, err);
	if (ret == 0 && alone && kept)
		ret = keep_namespace(birth, ns, "pid_for_children", err);
	return ret;
}

_Noreturn void builder_main(struct sandbox_birth *birth)
{
	int ret = build(birth, &birth->page->error);

	base_close(&birth->ready[0]);
	base_close(&birth->ready[1]);
	base_close(&birth->nest[0]);
	base_close(&birth->nest[1]);
	_exit(ret < 0);
}
