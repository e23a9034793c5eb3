/* SPDX-License-Identifier: MIT */
/*
 * Users, groups and capabilities of a sandbox's processes.
 *
 * An ordinary user builds the sandbox as the root of a user namespace, in which
 * only his own user and group have numbers, the same as outside. Root needs
 * none. What capabilities can do to mounts: those of the namespace that owns
 * the mount namespace undo them; those of a nested one do not, for there the
 * mounts are locked (mount_namespaces(7)).
 */
#include <cap-ng.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "enforce/sandbox/sandbox.h"

#define CAP(name) (1ull << CAP_##name)

/* With one of these, root can undo a mount, read a file system past its
 * mounts, or change the kernel or another process that can. Two are none, and
 * must not be: the network is not of the nested namespace, so that servers that
 * have them besides had no port below 1024. SYS_CHROOT: above the root of the
 * mount namespace there is nothing, and setns(2) wants SYS_ADMIN as well.
 * SETPCAP: nothing comes from it that the bounding set has not, which is what
 * is kept (cap_capset() in security/commoncap.c). */
#define UNDO (CAP(SYS_ADMIN) | CAP(SYS_PTRACE) | CAP(SYS_MODULE) |            \
	      CAP(SYS_RAWIO) | CAP(SYS_BOOT) | CAP(MKNOD) |                   \
	      CAP(DAC_READ_SEARCH) | CAP(BPF) | CAP(PERFMON) |                \
	      CAP(MAC_ADMIN) | CAP(MAC_OVERRIDE) | CAP(LINUX_IMMUTABLE) |     \
	      CAP(CHECKPOINT_RESTORE))

/* What the kernel asks the system's own user namespace for, or that of the
 * network. */
#define HOSTS (CAP(NET_BIND_SERVICE) | CAP(NET_BROADCAST) | CAP(NET_ADMIN) |  \
	       CAP(NET_RAW) | CAP(IPC_LOCK) | CAP(SYS_RESOURCE) |             \
	       CAP(SYS_NICE) | CAP(SYS_TIME) | CAP(SYSLOG) |                  \
	       CAP(AUDIT_WRITE) | CAP(AUDIT_CONTROL))

static bool have(unsigned capability)
{
	return capng_get_caps_process() == 0 &&
	       capng_have_capability(CAPNG_EFFECTIVE, capability);
}

bool ids_can_build(void)
{
	return have(CAP_SYS_ADMIN);
}

/* Root of a container may have the one without the other: systemd-nspawn. */
bool ids_need_namespace(const struct enforce_plan *plan)
{
	return profiles_has(plan->policy, PROFILES_NOROOT) ||
	       !ids_can_build() || (profiles_net_is_new(plan->policy) &&
				    !have(CAP_NET_ADMIN));
}

bool ids_in_chroot(void)
{
	struct stat own, first;
	struct statx root;

	if (statx(AT_FDCWD, "/", AT_NO_AUTOMOUNT, STATX_INO, &root) == 0 &&
	    root.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT &&
	    !(root.stx_attributes & STATX_ATTR_MOUNT_ROOT))
		return true;
	return stat("/", &own) == 0 && stat("/proc/1/root", &first) == 0 &&
	       (own.st_dev != first.st_dev || own.st_ino != first.st_ino);
}

bool ids_need_nesting(const struct enforce_plan *plan, bool user_namespace)
{
	return user_namespace ? plan->caps_keep != 0 :
				(plan->caps_keep & UNDO) != 0;
}

uint64_t enforce_caps_in_vain(const struct enforce_plan *plan, uint64_t keep,
			      uint64_t *beside)
{
	*beside = ids_need_namespace(plan) ? 0 : keep & UNDO;
	return *beside ? keep & HOSTS : 0;
}

int ids_hide(bool hide, struct error *err)
{
	if (prctl(PR_SET_DUMPABLE, !hide) == 0)
		return 0;
	return base_error(err, errno, "cannot keep others from looking into "
			  "the process (PR_SET_DUMPABLE): %m");
}

/* UID is who we are outside: in a new namespace nobody is anybody yet. */
static int write_file(const char *path, const char *text, uid_t uid,
		      struct error *err)
{
	cleanup_close int fd = open(path, O_WRONLY | O_CLOEXEC);
	size_t length = strlen(text);

	if (fd >= 0 && write(fd, text, length) == (ssize_t)length)
		return 0;
	if ((errno == EACCES || errno == EPERM) && uid == 0)
		return base_error(err, errno, "root has not its rights here, "
				  "as in a container (%s: %m); start that with "
				  "CAP_SETFCAP (--cap-add=SETFCAP), or with "
				  "CAP_SYS_ADMIN and CAP_NET_ADMIN", path);
	if (errno == EACCES || errno == EPERM)
		return base_error(err, errno, "this system makes user "
				  "namespaces, but without rights (%s: %m); on "
				  "Ubuntu set kernel.apparmor_restrict_"
				  "unprivileged_userns=0, or run jail as root",
				  path);
	return base_error(err, errno, "cannot write %s: %m", path);
}

/* PROCESS is the name of a folder in /proc. */
static int write_map(const char *process, const char *name, unsigned from,
		     unsigned count, uid_t uid, struct error *err)
{
	char path[64], text[64];

	snprintf(path, sizeof(path), "/proc/%s/%s", process, name);
	snprintf(text, sizeof(text), "%u %u %u", from, from, count);
	return write_file(path, text, uid, err);
}

/* One user and one group, and no way to leave groups. */
static int map_one(const char *process, uid_t uid, gid_t gid,
		   struct error *err)
{
	char path[64];
	int ret;

	snprintf(path, sizeof(path), "/proc/%s/setgroups", process);
	ret = write_file(path, "deny", uid, err);
	if (ret == 0)
		ret = write_map(process, "uid_map", uid, 1, uid, err);
	return ret < 0 ? ret : write_map(process, "gid_map", gid, 1, uid, err);
}

int ids_map_self(uid_t uid, gid_t gid, struct error *err)
{
	return map_one("self", uid, gid, err);
}

int ids_map_process(pid_t pid, bool only_self, struct error *err)
{
	uid_t uid = geteuid();
	char process[16];
	int ret;

	snprintf(process, sizeof(process), "%d", (int)pid);
	if (only_self)
		return map_one(process, uid, getegid(), err);
	ret = write_map(process, "uid_map", 0, ~0u, uid, err);
	return ret < 0 ? ret : write_map(process, "gid_map", 0, ~0u, uid, err);
}

/* ---- why there are no namespaces -------------------------------------- */

static long setting(const char *name)
{
	char path[96], text[32];
	uint64_t value;

	snprintf(path, sizeof(path), "/proc/sys/%s", name);
	if (base_read_file(path, text, sizeof(text)) < 0 ||
	    base_parse_number(text, INT32_MAX, &value) < 0)
		return -1;
	return (long)value;
}

int ids_explain(int code, unsigned long flags, struct error *err)
{
	bool user = flags & CLONE_NEWUSER;

	if (code == EPERM && user &&
	    setting("kernel/unprivileged_userns_clone") == 0)
		return base_error(err, code, "this system gives ordinary users "
				  "no user namespaces; as root: sysctl "
				  "kernel.unprivileged_userns_clone=1");
	if (code == EPERM)
		return base_error(err, code, "namespaces are refused here, by "
				  "%s run jail outside, or with "
				  "--profile=none for the whitelist alone",
				  ids_in_chroot() ?
				  "the chroot that jail was started in;" :
				  "the container or service that jail runs in; "
				  IDS_UNFILTERED ",");
	if (code == ENOSPC && user && setting("user/max_user_namespaces") == 0)
		return base_error(err, code, "this system gives no user "
				  "namespaces; as root: sysctl "
				  "user.max_user_namespaces=10000");
	if (code == ENOSPC || code == EUSERS)
		return base_error(err, code, "there are too many namespaces, "
				  "or they are nested too deep, as inside a "
				  "jail; user.max_user_namespaces is %ld, and "
				  "sysctl as root raises it",
				  setting("user/max_user_namespaces"));
	if (code == EINVAL)
		return base_error(err, code, "this kernel lacks a kind of "
				  "namespace%s; 'jail doctor' says which",
				  user ? " (CONFIG_USER_NS?)" : "");
	return base_error(err, code, "cannot start a process in namespaces of "
			  "its own: %s", strerror(code));
}

/* ---- giving up -------------------------------------------------------- */

bool ids_keep_groups(void)
{
	gid_t groups[2];
	int count = getgroups(ARRAY_SIZE(groups), groups);

	return geteuid() != 0 && count != 0 &&
	       !(count == 1 && groups[0] == getegid());
}

/* Without the right to, groups stay: an ordinary user cannot leave his, for
 * that would let him where a group is kept out (user_namespaces(7)). */
int ids_drop_groups(const struct enforce_plan *plan, struct error *err)
{
	if (!plan->policy || !profiles_has(plan->policy, PROFILES_NOGROUPS) ||
	    setgroups(0, NULL) == 0 || errno == EPERM)
		return 0;
	return base_error(err, errno, "cannot leave the supplementary groups: "
			  "%m");
}

/* libcap-ng remembers whose capabilities it changes; a raw clone(2) does not
 * tell it that this is another process. */
void ids_new_process(void)
{
	capng_setpid(gettid());
}

int ids_drop_all(struct error *err)
{
	ids_new_process();
	capng_clear(CAPNG_SELECT_ALL);
	if (capng_apply(CAPNG_SELECT_ALL) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return base_error(err, EPERM, "cannot drop the capabilities of "
				  "the sandbox's init");
	return 0;
}
