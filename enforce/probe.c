/* SPDX-License-Identifier: MIT */
/*
 * The children of jail doctor. One builds, with the calls that a sandbox is
 * built with, in the order of enforcing: user namespace (ordinary users), the
 * others, mounts, and in a grandchild, which is process 1 of the new namespace,
 * /proc. Another installs filters. What they met they write to their state.
 */
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "enforce/probe.h"
#include "enforce/sandbox/sandbox.h"

/* Younger than the headers of some systems. */
#define LANDLOCK_RESTRICT_SELF 446

#define NAMESPACES                                                             \
	(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS |            \
	 CLONE_NEWCGROUP | CLONE_NEWNET)

static int refused(struct probe_result *result, const char *call)
{
	result->call = call;
	return errno;
}

/* The calls of mounts.c, in its order: an empty folder in memory at /tmp, and a
 * copy of what is mounted. */
static int try_tree(struct probe_result *result)
{
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_NOSUID};
	cleanup_close int context = -1, tree = -1, copy = -1;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return refused(result, "mount");
	context = fsopen("tmpfs", FSOPEN_CLOEXEC);
	if (context < 0)
		return refused(result, "fsopen");
	if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return refused(result, "fsconfig");
	tree = fsmount(context, FSMOUNT_CLOEXEC, 0);
	if (tree < 0)
		return refused(result, "fsmount");
	if (mount_setattr(tree, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0)
		return refused(result, "mount_setattr");
	if (move_mount(tree, "", AT_FDCWD, "/tmp", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return refused(result, "move_mount");
	copy = open_tree(AT_FDCWD, "/tmp", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	return copy < 0 ? refused(result, "open_tree") : 0;
}

/* Last, for the old tree is gone then. */
static int try_root(struct probe_result *result)
{
	if (chdir("/tmp") < 0 || syscall(SYS_pivot_root, ".", ".") < 0)
		return refused(result, "pivot_root");
	return umount2(".", MNT_DETACH) < 0 ? refused(result, "umount2") : 0;
}

static int try_overlay(const char *options)
{
	if (mkdir("/tmp/lower", 0700) < 0 || mkdir("/tmp/upper", 0700) < 0 ||
	    mkdir("/tmp/work", 0700) < 0 || mkdir("/tmp/all", 0700) < 0 ||
	    mount("overlay", "/tmp/all", "overlay", 0, options) < 0)
		return errno;
	return 0;
}

static void try_proc(struct probe_result *result)
{
	pid_t pid = fork();

	if (pid == 0) {
		result->proc = mount("proc", "/proc", "proc",
				     MS_NOSUID | MS_NODEV | MS_NOEXEC,
				     NULL) < 0 ? errno : 0;
		_exit(0);
	}
	if (pid < 0)
		result->proc = errno;
	else
		waitpid(pid, NULL, 0);
}

/* Also for root, who needs none otherwise. */
static void build_user(void *state)
{
	struct probe_result *result = state;
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (unshare(CLONE_NEWUSER) < 0)
		result->user = errno;
	else
		result->map = -ids_map_self(uid, gid, NULL);
}

static void build(void *state)
{
	struct probe_result *result = state;
	bool root = ids_can_build();

	if (!root)
		build_user(result);
	if (result->user || result->map)
		return;
	result->namespaces = unshare(NAMESPACES) < 0 ? errno : 0;
	if (result->namespaces)
		return;
	result->mount = try_tree(result);
	if (result->mount)
		return;
	try_proc(result);
	result->overlay = try_overlay(root ?
		"lowerdir=/tmp/lower,upperdir=/tmp/upper,workdir=/tmp/work" :
		"lowerdir=/tmp/lower,upperdir=/tmp/upper,workdir=/tmp/work,"
		"userxattr");
	result->mount = try_root(result);
}

static int install(unsigned flags)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K,
					    SECCOMP_RET_ALLOW);
	struct sock_fprog program = {1, &allow};

	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags,
		       &program) < 0 ? errno : 0;
}

static void filter(void *state)
{
	struct probe_result *result = state;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
		result->filter = errno;
		return;
	}
	/* No ruleset has this number: EBADF where it is let through. */
	if (syscall(LANDLOCK_RESTRICT_SELF, -1, 0) < 0 && errno != EBADF)
		result->landlock = errno;
	result->listener = install(SECCOMP_FILTER_FLAG_NEW_LISTENER);
	result->filter = install(0);
}

void probe_run(struct probe_result *result)
{
	/* What comes after a failure was not tried. */
	const struct probe_result untried = {
		.namespaces = EPERM, .mount = EPERM, .proc = EPERM,
		.overlay = EPERM, .call = "mount", .filter = ENOSYS,
		.listener = ENOSYS,
	};
	struct error err = {0};
	int ret;

	*result = untried;
	ret = base_in_child(build, result, sizeof(*result), &err);
	if (ret == 0 && ids_can_build())
		ret = base_in_child(build_user, result, sizeof(*result), &err);
	if (ret == 0)
		ret = base_in_child(filter, result, sizeof(*result), &err);
	if (ret < 0)
		result->namespaces = -ret;
}
