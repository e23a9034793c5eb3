/* SPDX-License-Identifier: MIT */
/*
 * Limits of the process that becomes the program, and so of its children:
 * resources (setrlimit(2)), niceness, CPUs. What the kernel refuses is a
 * refusal to start: a limit that does not hold would look as though it did.
 */
#include <sched.h>
#include <sys/resource.h>

#include "enforce/sandbox/sandbox.h"

static const struct {
	int resource;
	const char *name;
} resources[PROFILES_LIMIT_COUNT] = {
	[PROFILES_LIMIT_AS] = {RLIMIT_AS, "rlimit-as"},
	[PROFILES_LIMIT_CPU] = {RLIMIT_CPU, "rlimit-cpu"},
	[PROFILES_LIMIT_FSIZE] = {RLIMIT_FSIZE, "rlimit-fsize"},
	[PROFILES_LIMIT_NOFILE] = {RLIMIT_NOFILE, "rlimit-nofile"},
	[PROFILES_LIMIT_NPROC] = {RLIMIT_NPROC, "rlimit-nproc"},
	[PROFILES_LIMIT_SIGPENDING] = {RLIMIT_SIGPENDING, "rlimit-sigpending"},
};

const char *limits_name(enum profiles_limit limit)
{
	return resources[limit].name;
}

/* Both the soft and the hard limit: the program cannot raise it again. */
static int limit(int resource, const char *name, uint64_t value,
		 struct error *err)
{
	const struct rlimit both = {value, value};
	struct rlimit now = {0, 0};

	if (setrlimit(resource, &both) == 0)
		return 0;
	if (errno == EPERM && getrlimit(resource, &now) == 0)
		return base_error(err, EPERM, "%s %llu is above the limit of "
				  "%llu that jail itself has; lower it, or "
				  "start jail as root", name,
				  (unsigned long long)value,
				  (unsigned long long)now.rlim_max);
	return base_error(err, errno, "cannot set %s to %llu: %m", name,
			  (unsigned long long)value);
}

/* Added to jail's own, as nice(1) does. */
static int apply_nice(int more, struct error *err)
{
	int now = getpriority(PRIO_PROCESS, 0);

	if (setpriority(PRIO_PROCESS, 0, now + more) == 0)
		return 0;
	if (errno == EACCES || errno == EPERM)
		return base_error(err, EPERM, "only root, outside of a user "
				  "namespace, can set nice %d: it is a higher "
				  "priority than jail's own; take 0 to 19, or "
				  "leave noroot out", more);
	return base_error(err, errno, "cannot set nice %d: %m", more);
}

static int apply_cpus(uint64_t cpus, struct error *err)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	for (size_t i = 0; i < 64; i++)
		if (cpus >> i & 1)
			CPU_SET(i, &set);
	if (sched_setaffinity(0, sizeof(set), &set) == 0)
		return 0;
	if (errno == EINVAL)
		return base_error(err, EINVAL, "none of the processors of "
				  "'cpu' can be used here; they are numbered "
				  "from 0, and nproc says how many there are");
	return base_error(err, errno, "cannot choose the processors: %m");
}

int limits_apply(const struct profiles_policy *policy, struct error *err)
{
	int ret = 0;

	if (policy->nice)
		ret = apply_nice(policy->nice, err);
	if (ret == 0 && policy->cpus)
		ret = apply_cpus(policy->cpus, err);
	for (size_t i = 0; ret == 0 && i < PROFILES_LIMIT_COUNT; i++)
		if (policy->limits_set >> i & 1)
			ret = limit(resources[i].resource, resources[i].name,
				    policy->limits[i], err);
	return ret;
}
