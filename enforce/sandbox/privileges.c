/* SPDX-License-Identifier: MIT */
/*
 * Privileges: what the process that becomes the program gives up first.
 *
 *  1. What the policy says of groups, limits, variables, the folder; the domain
 *     of Landlock.
 *  2. no_new_privs: no setuid program and no file capability gives any back,
 *     and an ordinary user may install a filter (prctl(2)).
 *  3. The capability sets, emptied down to what the plan keeps. The bounding
 *     set needs CAP_SETPCAP; for who lacks it, no_new_privs says the same.
 *     Across execve only ambient ones stay with a user that is not root.
 *  4. All of that is read back from the kernel, not from libcap-ng.
 *  5. Descriptors above 2 close at exec, but for those that the plan keeps; 0-2
 *     are never missing, for the next file to be opened would be taken for one.
 *
 * A step that fails is a refusal to start.
 */
#include <cap-ng.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/keyctl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "enforce/sandbox/sandbox.h"

struct sets {
	uint64_t effective, permitted, inheritable, bounding, ambient;
};

/* The sets as the kernel has them (capabilities(7)). */
static int read_three(struct sets *sets, struct error *err)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data) < 0)
		return base_error(err, errno, "cannot read the capability "
				  "sets: %m");
	memset(sets, 0, sizeof(*sets));
	for (int i = 0; i < 2; i++) {
		sets->effective |= (uint64_t)data[i].effective << (32 * i);
		sets->permitted |= (uint64_t)data[i].permitted << (32 * i);
		sets->inheritable |= (uint64_t)data[i].inheritable << (32 * i);
	}
	return 0;
}

static int read_all(struct sets *sets, struct error *err)
{
	int set, ret = read_three(sets, err);

	if (ret < 0)
		return ret;
	for (int i = 0; i < 64; i++) {
		set = prctl(PR_CAPBSET_READ, i, 0, 0, 0);
		if (set < 0 && errno == EINVAL)
			break; /* the first number that the kernel lacks */
		if (set < 0)
			return base_error(err, errno, "cannot read the "
					  "bounding set: %m");
		sets->bounding |= (uint64_t)(set > 0) << i;
		set = prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, i, 0, 0);
		sets->ambient |= (uint64_t)(set > 0) << i;
	}
	return 0;
}

static int check_keep(uint64_t keep, const struct sets *now, struct error *err)
{
	uint64_t missing = keep & ~now->permitted;

	if (!missing)
		return 0;
	if (geteuid() != 0 && !now->permitted)
		return base_error(err, EPERM, "only root can keep "
				  "capabilities; run jail as root, or leave "
				  "caps.keep out");
	return base_error(err, EPERM, "capability %s is to be kept, but jail "
			  "does not have it itself; leave it out, or start "
			  "jail with it", capng_capability_to_name(
				(unsigned)__builtin_ctzll(missing)));
}

static int verify(uint64_t keep, bool bounded, struct error *err)
{
	uint64_t ambient = geteuid() == 0 ? 0 : keep;
	struct sets sets;
	int ret = read_all(&sets, err);

	if (ret < 0)
		return ret;
	if (sets.effective != keep || sets.permitted != keep ||
	    sets.inheritable != ambient || sets.ambient != ambient ||
	    (bounded && sets.bounding != keep) ||
	    prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return base_error(err, EPERM, "the kernel did not drop the "
				  "capabilities as asked: effective %llx, "
				  "permitted %llx, bounding %llx instead of "
				  "%llx", (unsigned long long)sets.effective,
				  (unsigned long long)sets.permitted,
				  (unsigned long long)sets.bounding,
				  (unsigned long long)keep);
	return 0;
}

static int drop(uint64_t keep, struct error *err)
{
	unsigned kinds = CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_BOUNDING_SET;
	struct sets sets;
	bool bounded;
	int ret = read_three(&sets, err);

	if (geteuid() != 0)
		kinds |= CAPNG_INHERITABLE | CAPNG_AMBIENT;
	if (ret == 0)
		ret = check_keep(keep, &sets, err);
	if (ret < 0)
		return ret;
	bounded = sets.effective >> CAP_SETPCAP & 1;
	ids_new_process();
	capng_clear(CAPNG_SELECT_ALL);
	for (unsigned i = 0; i < 64; i++)
		if (keep >> i & 1)
			capng_update(CAPNG_ADD, kinds, i);
	ret = capng_apply(bounded ? CAPNG_SELECT_ALL : CAPNG_SELECT_CAPS |
						       CAPNG_SELECT_AMBIENT);
	if (ret < 0)
		return base_error(err, EPERM, "cannot drop the capabilities "
				  "(libcap-ng step %d)", -ret);
	return verify(keep, bounded, err);
}

/* The smallest descriptor to keep that is not below FROM, or -1. */
static int next_kept(const struct enforce_plan *plan, int from)
{
	int next = -1;

	for (size_t i = 0; i < plan->keep_fd_count; i++) {
		int fd = plan->keep_fds[i];

		if (fd >= from && (next < 0 || fd < next))
			next = fd;
	}
	return next;
}

static int close_at_exec(unsigned first, unsigned last, struct error *err)
{
	if (first > last ||
	    syscall(SYS_close_range, first, last, CLOSE_RANGE_CLOEXEC) == 0)
		return 0;
	return base_error(err, errno, "cannot close the inherited files "
			  "(close_range): %m; a kernel since 5.11 is needed");
}

/* By a folder the program would reach all that is below and above it, whatever
 * is mounted. */
static int refuse_folder(bool sandboxed, int fd, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return base_error(err, errno, "cannot look at descriptor %d: "
				  "%m", fd);
	if (!sandboxed || !S_ISDIR(st.st_mode))
		return 0;
	return base_error(err, EISDIR, "descriptor %d is a folder, through "
			  "which the program would leave the sandbox; "
			  "redirect it to a file", fd);
}

/* In place of those that were closed when jail started there is something that
 * fails when it is used; the program gets it as well. */
static int keep_standard(bool sandboxed, struct error *err)
{
	int ret = 0;

	for (int fd = 0; ret == 0 && fd <= 2; fd++) {
		if (fcntl(fd, F_SETFD, 0) < 0)
			return base_error(err, errno, "descriptor %d is "
					  "missing: %m", fd);
		ret = refuse_folder(sandboxed, fd, err);
	}
	return ret;
}

/* Its own session keyring: keyrings know no namespaces but that of users
 * (session-keyring(7)). Where they cannot be used here, not there either. */
static int leave_keyring(struct error *err)
{
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) >= 0 ||
	    errno == ENOSYS || errno == EPERM)
		return 0;
	return base_error(err, errno, "cannot give the program a session "
			  "keyring of its own: %m; /proc/key-users has the "
			  "quota");
}

static int close_inherited(const struct enforce_plan *plan, bool sandboxed,
			   struct error *err)
{
	int from = 3, kept, ret;

	while ((kept = next_kept(plan, from)) >= 0) {
		ret = close_at_exec((unsigned)from, (unsigned)kept - 1, err);
		if (ret < 0)
			return ret;
		if (fcntl(kept, F_GETFD) != 0) /* closed, or one of our own */
			return base_error(err, EBADF, "--keep-fd=%d: no such "
					  "file was open when jail started; "
					  "let the shell open it: %d<FILE",
					  kept, kept);
		ret = refuse_folder(sandboxed, kept, err);
		if (ret < 0)
			return ret;
		from = kept + 1;
	}
	return close_at_exec((unsigned)from, ~0u, err);
}

/* While there are capabilities that it may take. */
static int obey_policy(const struct enforce_plan *plan, struct error *err)
{
	const char *cwd = plan->files.cwd;
	int ret = ids_drop_groups(plan, err);

	if (ret == 0)
		ret = limits_apply(plan->policy, err);
	if (ret == 0)
		ret = leave_keyring(err);
	if (ret == 0)
		ret = env_apply(plan, err);
	if (ret == 0 && cwd && chdir(cwd) < 0)
		return base_error(err, errno, "cannot enter '%.200s' in the "
				  "sandbox: %s; start jail from a folder that "
				  "the program may see", cwd, strerror(errno));
	return ret;
}

int enforce_privileges(const struct enforce_plan *plan, struct error *err)
{
	bool sandboxed = enforce_sandboxed(plan);
	int ret = handed_apply(plan, err);

	/* It may say otherwise. */
	if (ret == 0 && sandboxed)
		ret = obey_policy(plan, err);
	if (ret < 0)
		return ret;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return base_error(err, errno, "cannot set no_new_privs: %m");
	if (sandboxed)
		ret = landlock_apply(plan, err);
	if (ret == 0)
		ret = drop(plan->caps_keep, err);
	if (ret == 0)
		ret = keep_standard(sandboxed, err);
	return ret < 0 ? ret : close_inherited(plan, sandboxed, err);
}
