/* SPDX-License-Identifier: MIT */
/*
 * The children of jail doctor. One builds, with the calls that a sandbox is
 * built with, in the order of enforcing: user namespace (ordinary users), the
 * others, mounts, and in a grandchild, which is process 1 of the new namespace,
 * /proc. Another installs filters. They write what they met to shared memory.
 */
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "enforce/probe.h"

#define NAMESPACES                                                             \
	(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS |            \
	 CLONE_NEWCGROUP | CLONE_NEWNET)

static int write_file(const char *path, const char *text)
{
	cleanup_close int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return errno;
	return -base_write_all(fd, text, strlen(text));
}

/* Our own id to itself, as a sandbox has it. */
static int map_ids(uid_t uid, gid_t gid)
{
	char text[64];
	int code = write_file("/proc/self/setgroups", "deny");

	if (code)
		return code;
	snprintf(text, sizeof(text), "%u %u 1", gid, gid);
	code = write_file("/proc/self/gid_map", text);
	if (code)
		return code;
	snprintf(text, sizeof(text), "%u %u 1", uid, uid);
	return write_file("/proc/self/uid_map", text);
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

static void build(struct probe_result *result)
{
	bool root = geteuid() == 0;
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (!root && unshare(CLONE_NEWUSER) < 0)
		result->user = errno;
	else if (!root)
		result->map = map_ids(uid, gid);
	if (result->user || result->map)
		return;
	result->namespaces = unshare(NAMESPACES) < 0 ? errno : 0;
	if (result->namespaces)
		return;
	result->mount = 0;
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV,
		  "size=64k") < 0) {
		result->mount = errno;
		return;
	}
	try_proc(result);
	result->overlay = try_overlay(root ?
		"lowerdir=/tmp/lower,upperdir=/tmp/upper,workdir=/tmp/work" :
		"lowerdir=/tmp/lower,upperdir=/tmp/upper,workdir=/tmp/work,"
		"userxattr");
}

/* For root, who needs none otherwise. */
static void build_user(struct probe_result *result)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (unshare(CLONE_NEWUSER) < 0)
		result->user = errno;
	else
		result->map = map_ids(uid, gid);
}

static int install(unsigned flags)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K,
					    SECCOMP_RET_ALLOW);
	struct sock_fprog program = {1, &allow};

	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags,
		       &program) < 0 ? errno : 0;
}

static void filter(struct probe_result *result)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
		result->filter = errno;
		return;
	}
	result->listener = install(SECCOMP_FILTER_FLAG_NEW_LISTENER);
	result->filter = install(0);
}

static int in_child(void (*work)(struct probe_result *result),
		    struct probe_result *shared)
{
	pid_t pid = fork();

	if (pid == 0) {
		work(shared);
		_exit(0);
	}
	if (pid < 0)
		return errno;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return 0;
}

void probe_run(struct probe_result *result)
{
	struct probe_result *shared = mmap(NULL, sizeof(*shared),
					   PROT_READ | PROT_WRITE,
					   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	/* What comes after a failure was not tried. */
	const struct probe_result untried = {
		.namespaces = EPERM, .mount = EPERM, .proc = EPERM,
		.overlay = EPERM, .filter = ENOSYS, .listener = ENOSYS,
	};
	int code = 0;

	*result = untried;
	if (shared == MAP_FAILED)
		return;
	*shared = untried;
	code = in_child(build, shared);
	if (code == 0 && geteuid() == 0)
		code = in_child(build_user, shared);
	if (code == 0)
		code = in_child(filter, shared);
	*result = *shared;
	if (code)
		result->namespaces = code;
	munmap(shared, sizeof(*shared));
}
