/* SPDX-License-Identifier: MIT */
/*
 * Doctor: tries out what a sandbox is made of, as the user who asks, before a
 * sandbox is asked for. Each trial runs in a child, which changes nothing that
 * outlives it. What the kernel says elsewhere (sysctls, mounts) becomes the
 * remedy.
 *
 *	doctor.c	the findings, in the order in which they are told
 *	probe.c		the child that builds what a sandbox is built of
 */
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

#include "enforce/bus/bus.h"
#include "enforce/display/display.h"
#include "enforce/net/net.h"
#include "enforce/probe.h"
#include "enforce/sandbox/sandbox.h"

/* Younger than the headers of some systems. */
#define LANDLOCK_CREATE_RULESET 444
#define LANDLOCK_VERSION 1u

struct doctor {
	struct enforce_finding finding;
	void (*tell)(void *data, const struct enforce_finding *finding);
	void *data;
	struct probe_result probe;
};

static void begin(struct doctor *doctor, const char *name, bool needed, bool ok)
{
	doctor->finding = (struct enforce_finding){
		.name = name, .needed = needed, .ok = ok,
	};
}

__attribute__((format(printf, 2, 3)))
static void say(struct doctor *doctor, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsnprintf(doctor->finding.text, sizeof(doctor->finding.text), format,
		  list);
	va_end(list);
}

__attribute__((format(printf, 2, 3)))
static void remedy(struct doctor *doctor, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsnprintf(doctor->finding.remedy, sizeof(doctor->finding.remedy),
		  format, list);
	va_end(list);
}

static void tell(struct doctor *doctor)
{
	doctor->tell(doctor->data, &doctor->finding);
}

/* ---- the kernel ------------------------------------------------------- */

static void kernel(struct doctor *doctor)
{
	/* Called with nonsense: only who lacks or forbids one answers so. */
	static const struct {
		long number;
		const char *name, *since;
		long arguments[5];
	} rows[] = {
		{SYS_close_range, "close_range", "5.11", {2, 1}},
		{SYS_mount_setattr, "mount_setattr", "5.12", {-1}},
		{SYS_pidfd_open, "pidfd_open", "5.3", {-1}},
		{SYS_openat2, "openat2", "5.6", {-1}},
		{SYS_memfd_create, "memfd_create", "3.17", {0, -1}},
		{SYS_capset, "capset", "2.6", {0}},
	};
	char lacks[160] = "";
	struct utsname name;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const long *with = rows[i].arguments;
		size_t length = strlen(lacks);

		errno = 0;
		syscall(rows[i].number, with[0], with[1], with[2], with[3],
			with[4]);
		if (errno != ENOSYS && errno != EPERM)
			continue;
		snprintf(lacks + length, sizeof(lacks) - length, "%s%s (%s)",
			 *lacks ? ", " : "", rows[i].name, rows[i].since);
	}
	uname(&name);
	begin(doctor, "kernel", true, !*lacks);
	if (!*lacks) {
		say(doctor, "Linux %.64s has the calls that jail makes",
		    name.release);
	} else {
		say(doctor, "Linux %.64s gives no %s", name.release, lacks);
		remedy(doctor, "a kernel since 5.12 is needed, and a container "
		       "whose filter lets these calls pass");
	}
	tell(doctor);
}

/* ---- namespaces ------------------------------------------------------- */

/* The sysctl that forbids user namespaces, and its remedy; false if none. */
static bool forbidding_sysctl(struct doctor *doctor)
{
	static const struct {
		const char *name, *forbids, *allows;
	} rows[] = {
		{"kernel/unprivileged_userns_clone", "0", "1"},
		{"kernel/apparmor_restrict_unprivileged_userns", "1", "0"},
		{"user/max_user_namespaces", "0", "10000"},
		{"user/max_mnt_namespaces", "0", "10000"},
		{"user/max_pid_namespaces", "0", "10000"},
		{"user/max_ipc_namespaces", "0", "10000"},
		{"user/max_uts_namespaces", "0", "10000"},
		{"user/max_cgroup_namespaces", "0", "10000"},
		{"user/max_net_namespaces", "0", "10000"},
	};
	char path[128], value[32], name[64];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(path, sizeof(path), "/proc/sys/%s", rows[i].name);
		if (base_read_file(path, value, sizeof(value)) <= 0 ||
		    strcmp(value, rows[i].forbids) != 0)
			continue;
		snprintf(name, sizeof(name), "%s", rows[i].name);
		*strchr(name, '/') = '.';
		remedy(doctor, "%s is %s; as root: sysctl -w %s=%s, or run "
		       "jail as root", name, value, name, rows[i].allows);
		return true;
	}
	return false;
}

static const char *container(void)
{
	const char *name = getenv("container");

	if (name && *name)
		return name;
	if (access("/.dockerenv", F_OK) == 0)
		return "docker";
	return access("/run/.containerenv", F_OK) == 0 ? "podman" : NULL;
}

static bool in_jail(void)
{
	const char *name = container();

	return name && strcmp(name, "jail") == 0;
}

static void namespace_remedy(struct doctor *doctor, int code)
{
	if (in_jail())
		remedy(doctor, "this is the inside of a jail; start jail "
		       "outside of it, or use --profile=none");
	else if (ids_in_chroot())
		remedy(doctor, "nobody gets them in a chroot; start jail "
		       "outside of it, or use --profile=none");
	else if (forbidding_sysctl(doctor))
		return;
	else if (code == EINVAL)
		remedy(doctor, "the kernel is built without CONFIG_USER_NS; "
		       "run jail as root");
	else if (code == ENOSPC)
		remedy(doctor, "a limit in /proc/sys/user is reached, or "
		       "namespaces lie too deep in each other; raise it");
	else if (geteuid() == 0 && doctor->probe.map)
		remedy(doctor, "root has not its rights here, as in a "
		       "container; start that with CAP_SETFCAP "
		       "(--cap-add=SETFCAP), or with CAP_SYS_ADMIN and "
		       "CAP_NET_ADMIN, or use --profile=none");
	else
		remedy(doctor, "an outer container or sandbox forbids them; "
		       IDS_UNFILTERED ", start jail outside of it, or use "
		       "--profile=none");
}

static void user_namespaces(struct doctor *doctor)
{
	const struct probe_result *probe = &doctor->probe;
	int code = probe->user ? probe->user : probe->map;
	bool root = ids_can_build();

	begin(doctor, "user namespaces", !root, code == 0);
	if (code == 0)
		say(doctor, "a user can have namespaces without being root");
	else
		say(doctor, "%s fails with %s: %s",
		    probe->user ? "unshare(CLONE_NEWUSER)" : "writing uid_map",
		    strerrorname_np(code),
		    root ? "the directive noroot does not work" :
			   "no sandbox for an ordinary user");
	if (code != 0)
		namespace_remedy(doctor, code);
	tell(doctor);
}

static void namespaces(struct doctor *doctor)
{
	int code = doctor->probe.namespaces;

	begin(doctor, "namespaces", true, code == 0);
	if (code == 0) {
		say(doctor, "mount, pid, ipc, uts, cgroup and network");
	} else {
		say(doctor, "unshare fails with %s: no sandbox",
		    strerrorname_np(code));
		namespace_remedy(doctor, code);
	}
	tell(doctor);
}

/* ---- mounts ----------------------------------------------------------- */

static void mounts(struct doctor *doctor)
{
	bool device = access("/dev/null", W_OK) == 0;
	int code = doctor->probe.mount;

	begin(doctor, "mounts", true, code == 0 && device);
	if (!device) {
		say(doctor, "there is no /dev/null to bind: no sandbox");
		remedy(doctor, "mount a /dev that has it");
	} else if (code == 0) {
		say(doctor, "a tree of files of its own can be built");
	} else {
		say(doctor, "%s fails with %s: no sandbox", doctor->probe.call,
		    strerrorname_np(code));
		if (code == ENOSYS)
			remedy(doctor, "a kernel since 5.12 is needed, and a "
			       "container whose filter lets this call pass");
		else
			namespace_remedy(doctor, code);
	}
	tell(doctor);
}

/* What is mounted over parts of /proc keeps users from mounting another one. */
static bool covered_proc(char *out, size_t size)
{
	cleanup_fclose FILE *file = fopen("/proc/self/mountinfo", "re");
	cleanup_free char *line = NULL;
	size_t room = 0;
	char point[256];

	while (file && getline(&line, &room, file) > 0)
		if (sscanf(line, "%*s %*s %*s %*s %255s", point) == 1 &&
		    strncmp(point, "/proc/", 6) == 0 &&
		    strcmp(point, "/proc/sys/fs/binfmt_misc") != 0) {
			snprintf(out, size, "%s", point);
			return true;
		}
	return false;
}

static void proc(struct doctor *doctor)
{
	bool there = access("/proc/self/mountinfo", R_OK) == 0;
	int code = there ? doctor->probe.proc : ENOENT;
	char point[256];

	begin(doctor, "/proc", true, code == 0);
	if (code == 0) {
		say(doctor, "a /proc of its own can be mounted");
		tell(doctor);
		return;
	}
	say(doctor, "mounting /proc fails with %s: no sandbox",
	    strerrorname_np(code));
	if (!there)
		remedy(doctor, "there is no /proc here; mount it");
	else if (covered_proc(point, sizeof(point)))
		remedy(doctor, "%.100s is mounted over a part of /proc, as "
		       "containers do; start it with --security-opt "
		       "systempaths=unconfined (Docker), unmask=ALL (podman)",
		       point);
	else
		remedy(doctor, "what is refused above comes first");
	tell(doctor);
}

static void overlay(struct doctor *doctor)
{
	int code = doctor->probe.overlay;

	begin(doctor, "overlays", false, code == 0);
	if (code == 0) {
		say(doctor, "the directives overlay, overlay-named and "
		    "overlay-tmpfs work");
	} else {
		say(doctor, "mounting one fails with %s: the overlay "
		    "directives do not work", strerrorname_np(code));
		remedy(doctor, "%s", doctor->probe.mount ?
		       "what is refused above comes first" :
		       "modprobe overlay; users need a kernel since 5.11");
	}
	tell(doctor);
}

/* ---- filters ---------------------------------------------------------- */

static void filters(struct doctor *doctor)
{
	int code = doctor->probe.filter, listener = doctor->probe.listener;

	begin(doctor, "seccomp", true, code == 0);
	if (code == 0) {
		say(doctor, "filters can be installed");
	} else {
		say(doctor, "installing a filter fails with %s: nothing can "
		    "be enforced", strerrorname_np(code));
		remedy(doctor, "a kernel with CONFIG_SECCOMP_FILTER is needed");
	}
	tell(doctor);
	begin(doctor, "seccomp listener", false, listener == 0);
	if (listener == 0) {
		say(doctor, "refused calls are told by name and recorded");
	} else {
		say(doctor, "refused with %s: calls are refused, but jail "
		    "cannot tell which", strerrorname_np(listener));
		remedy(doctor, listener == EBUSY ?
		       "another supervisor has this process; start jail "
		       "outside of it" : "a kernel since 5.5 is needed");
	}
	tell(doctor);
}

static void landlock(struct doctor *doctor)
{
	long abi = syscall(LANDLOCK_CREATE_RULESET, NULL, 0, LANDLOCK_VERSION);
	int refused = abi >= 6 ? doctor->probe.landlock : 0, code = errno;

	begin(doctor, "Landlock", refused != 0, abi >= 6 && !refused);
	if (refused) {
		say(doctor, "there, but using it fails with %s: no sandbox "
		    "with the host's network", strerrorname_np(refused));
		remedy(doctor, "a container is needed whose filter lets "
		       "landlock_restrict_self pass, or the directive net "
		       "none");
		tell(doctor);
		return;
	}
	if (abi < 0)
		say(doctor, "none: with the host's network its abstract "
		    "sockets can be reached");
	else
		say(doctor, "ABI %ld: abstract sockets of the host %s", abi,
		    abi >= 6 ? "are kept out" : "can be reached with its "
		    "network");
	if (abi < 6)
		remedy(doctor, "%s, or the directive net none", abi < 0 &&
		       code == EPERM ? "a container whose filter lets "
		       "landlock_create_ruleset pass" :
		       "a kernel since 6.12 with landlock in lsm=");
	tell(doctor);
}

/* ---- limits ----------------------------------------------------------- */

static void cgroups(struct doctor *doctor)
{
	int ret = cgroup_look();

	begin(doctor, "cgroup v2", false, ret == 0);
	if (ret == 0)
		say(doctor, "memory-max and pids-max work");
	else
		say(doctor, "%s: memory-max and pids-max do not work",
		    ret == -ENOTSUP ? "it is not mounted" :
		    ret == -EACCES ? "not delegated to you" :
				     "without memory or pids");
	if (ret < 0)
		remedy(doctor, geteuid() == 0 || ret == -ENOTSUP ?
		       "boot with systemd.unified_cgroup_hierarchy=1" :
		       "start it with: systemd-run --user --scope jail ...");
	tell(doctor);
}

/* ---- surroundings ----------------------------------------------------- */

static void terminal(struct doctor *doctor)
{
	char value[16];
	bool ok = base_read_file("/proc/sys/dev/tty/legacy_tiocsti", value,
				 sizeof(value)) > 0 && strcmp(value, "0") == 0;

	begin(doctor, "terminal", false, ok);
	say(doctor, ok ? "the kernel lets nobody type into your terminal" :
			 "TIOCSTI works: jail refuses it, programs outside can "
			 "type into your terminal");
	if (!ok)
		remedy(doctor, "since Linux 6.2: sysctl -w "
		       "dev.tty.legacy_tiocsti=0");
	tell(doctor);
}

static void tracing(struct doctor *doctor)
{
	char value[16] = "";
	bool yama = base_read_file("/proc/sys/kernel/yama/ptrace_scope", value,
				   sizeof(value)) > 0;
	bool ok = !yama || *value < '2' || (*value == '2' && geteuid() == 0);

	begin(doctor, "ptrace", false, ok);
	say(doctor, "%s%s: jail learn %s", yama ? "kernel.yama.ptrace_scope is "
	    : "no Yama", value, ok ? "can trace" : "cannot trace");
	if (!ok)
		remedy(doctor, "%s", *value == '2' ?
		       "learn as root, or sysctl -w "
		       "kernel.yama.ptrace_scope=1" :
		       "3 lasts until the next boot");
	tell(doctor);
}

static void surroundings(struct doctor *doctor)
{
	int64_t filtered = base_process_number(getpid(), "Seccomp");
	const char *name = container();

	begin(doctor, "surroundings", false, !name && filtered != 2);
	if (in_jail())
		say(doctor, "inside a jail already");
	else if (name)
		say(doctor, "inside a container (%.32s)", name);
	else if (filtered == 2)
		say(doctor, "under a seccomp filter already");
	else
		say(doctor, "no container, no other filter");
	if (!doctor->finding.ok)
		remedy(doctor, "what is refused above may be refused by it; "
		       "start jail outside of it");
	tell(doctor);
}

void enforce_doctor(void (*callback)(void *data,
				     const struct enforce_finding *finding),
		    void *data)
{
	struct doctor doctor = {.tell = callback, .data = data};

	probe_run(&doctor.probe);
	kernel(&doctor);
	user_namespaces(&doctor);
	namespaces(&doctor);
	mounts(&doctor);
	proc(&doctor);
	overlay(&doctor);
	filters(&doctor);
	landlock(&doctor);
	cgroups(&doctor);
	terminal(&doctor);
	tracing(&doctor);
	net_doctor(callback, data);
	bus_doctor(callback, data);
	display_doctor(callback, data);
	surroundings(&doctor);
}
