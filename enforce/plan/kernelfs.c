/* SPDX-License-Identifier: MIT */
/*
 * /proc and /sys: what the kernel tells, and what it takes orders by.
 *
 * /proc is a new one, of the PID namespace. The one that jail itself sees is
 * the model for what there will be. /sys is the host's, read-only; with a
 * network namespace a new one, for it shows the network's devices. In both,
 * what is no program's business is covered, and what changes the kernel is
 * read-only: root inside is root for these files.
 */
#include <fnmatch.h>
#include <string.h>

#include "enforce/plan/parts.h"

enum treatment {
	MASKED,
	SOFT,		/* masked, unless a noblacklist or whitelist names it */
	READ_ONLY
};

static const struct row {
	const char *path;
	enum treatment treatment;
} proc[] = {
	{"/proc/acpi", READ_ONLY},
	{"/proc/asound", READ_ONLY},
	{"/proc/bus", MASKED},
	{"/proc/fs", READ_ONLY},
	{"/proc/interrupts", MASKED},
	{"/proc/irq", MASKED},
	{"/proc/kallsyms", MASKED},
	{"/proc/kcore", MASKED},
	{"/proc/key-users", MASKED},
	{"/proc/keys", MASKED},
	{"/proc/kmem", MASKED},
	{"/proc/kmsg", MASKED},
	{"/proc/latency_stats", MASKED},
	{"/proc/mem", MASKED},
	{"/proc/mtrr", READ_ONLY},
	{"/proc/sched_debug", MASKED},
	{"/proc/scsi", MASKED},
	{"/proc/sys", READ_ONLY},
	{"/proc/sysrq-trigger", MASKED},
	{"/proc/timer_list", MASKED},
	{"/proc/timer_stats", MASKED},
}, sys[] = {
	{"/sys/firmware", MASKED},
	{"/sys/fs", SOFT},
	{"/sys/hypervisor", MASKED},
	{"/sys/kernel/debug", MASKED},
	{"/sys/kernel/security", MASKED},
	{"/sys/kernel/tracing", MASKED},
	{"/sys/module", SOFT},
	{"/sys/power", MASKED},
};

/* A noblacklist for it, or a whitelist for something in it, which has to be
 * seen to be chosen. */
static bool is_wanted(const struct profiles_policy *policy, const char *path)
{
	size_t length = strlen(path);

	for (size_t i = 0; i < policy->rule_count; i++) {
		const struct profiles_rule *rule = &policy->rules[i];

		if (rule->kind == PROFILES_NOBLACKLIST &&
		    fnmatch(rule->path, path, FNM_PATHNAME) == 0)
			return true;
		if (rule->kind == PROFILES_WHITELIST &&
		    strncmp(rule->path, path, length) == 0 &&
		    rule->path[length] == '/')
			return true;
	}
	return false;
}

static int add_row(struct enforce_plan *plan, const struct row *row,
		   struct error *err)
{
	bool masked = row->treatment != READ_ONLY;
	struct enforce_step *step;
	struct stat st;

	if (row->treatment == SOFT && is_wanted(plan->policy, row->path))
		return 0;
	if (lstat(row->path, &st) < 0)
		return parts_absent(errno) ? 0 :
		       parts_unknown(row->path, errno, err);
	if (S_ISLNK(st.st_mode))
		return 0;
	step = steps_add(&plan->files, masked ? ENFORCE_MASK : ENFORCE_AGAIN,
			 row->path, NULL, "the kernel's own");
	if (!step)
		return base_error(err, ENOMEM, "out of memory");
	step->directory = S_ISDIR(st.st_mode);
	step->optional = true;
	if (!masked)
		step->set = MOUNT_ATTR_RDONLY;
	return 0;
}

static int add_rows(struct enforce_plan *plan, const struct row *rows,
		    size_t count, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < count; i++)
		ret = add_row(plan, &rows[i], err);
	return ret;
}

static int add_proc(struct enforce_plan *plan, struct error *err)
{
	int ret = steps_place(&plan->files, "/proc", true, err);

	if (ret < 0)
		return ret;
	if (!steps_add(&plan->files, ENFORCE_PROC, "/proc", NULL, "/proc"))
		return base_error(err, ENOMEM, "out of memory");
	return add_rows(plan, proc, ARRAY_SIZE(proc), err);
}

static int add_sys(struct enforce_plan *plan, struct error *err)
{
	/* Of a network that others made only root of theirs can mount one. */
	bool new = profiles_net_is_new(plan->policy) ||
		   (plan->policy->netns &&
		    !profiles_has(plan->policy, PROFILES_NOROOT));
	struct enforce_step *step;
	struct stat st;
	int ret;

	if (lstat("/sys/kernel", &st) < 0) /* some systems have none */
		return parts_absent(errno) ? 0 :
		       parts_unknown("/sys", errno, err);
	ret = steps_place(&plan->files, "/sys", true, err);
	if (ret < 0)
		return ret;
	step = steps_add(&plan->files, new ? ENFORCE_SYSFS : ENFORCE_BIND,
			 "/sys", new ? NULL : "/sys", "/sys");
	if (!step)
		return base_error(err, ENOMEM, "out of memory");
	step->directory = true;
	step->set = PARTS_READ_ONLY | MOUNT_ATTR_NOEXEC;
	return add_rows(plan, sys, ARRAY_SIZE(sys), err);
}

int kernelfs_plan(struct enforce_plan *plan, struct error *err)
{
	int ret = add_proc(plan, err);

	return ret < 0 ? ret : add_sys(plan, err);
}
