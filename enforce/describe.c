/* SPDX-License-Identifier: MIT */
/*
 * Describe: a plan in lines for people, heading by heading, in the order in
 * which the walls are built. What is said here is read from the same plan, and
 * by the same questions, as enforce_spawn() does; the filter has a file of its
 * own, describe-filter.c.
 */
#include <cap-ng.h>
#include <linux/mount.h>
#include <string.h>

#include "enforce/filter/filter.h"
#include "enforce/net/net.h"
#include "enforce/sandbox/sandbox.h"

struct describe {
	void (*line)(void *data, const char *heading, const char *text);
	void *data;
	const char *heading;
	bool failed;		/* without memory */
};

__attribute__((format(printf, 2, 3)))
static void say(struct describe *describe, const char *format, ...)
{
	cleanup_free char *text = NULL;
	va_list list;

	va_start(list, format);
	if (vasprintf(&text, format, list) < 0)
		text = NULL;
	va_end(list);
	if (text)
		describe->line(describe->data, describe->heading, text);
	else
		describe->failed = true;
}

/* ---- namespaces ------------------------------------------------------- */

static void namespaces(struct describe *describe,
		       const struct enforce_plan *plan)
{
	bool user = ids_need_namespace(plan);

	describe->heading = "namespaces";
	if (user)
		say(describe, "user: %u and %u are mapped to themselves",
		    plan->context.uid, plan->context.gid);
	if (ids_need_nesting(plan, user))
		say(describe, "user, a second one: for the capabilities that "
		    "are kept, which reach no network, limit or clock");
	say(describe, "pid: process 1 is %s", plan->as_pid_1 ?
	    "the program" : "jail's init, which ends with the program");
	say(describe, "mount, %scgroup",
	    profiles_has(plan->policy, PROFILES_KEEP_IPC) ? "" : "ipc, ");
	if (plan->policy->hostname)
		say(describe, "uts: the machine's name is %s",
		    plan->policy->hostname);
	else
		say(describe, "uts: the machine keeps its name");
	if (!net_describe(plan, describe->line, describe->data))
		describe->failed = true;
}

/* ---- files ------------------------------------------------------------ */

static const char *kind_name(enum enforce_step_kind kind)
{
	static const char *const names[] = {
		[ENFORCE_DIRECTORY] = "folder", [ENFORCE_FILE] = "file",
		[ENFORCE_SYMLINK] = "link", [ENFORCE_TMPFS] = "tmpfs",
		[ENFORCE_BIND] = "bind", [ENFORCE_AGAIN] = "again",
		[ENFORCE_MASK] = "mask", [ENFORCE_CONTENT] = "content",
		[ENFORCE_OVERLAY] = "overlay", [ENFORCE_PROC] = "proc",
		[ENFORCE_SYSFS] = "sysfs", [ENFORCE_DEVPTS] = "devpts",
		[ENFORCE_MQUEUE] = "mqueue",
	};

	return names[kind];
}

/* "ro,nosuid,nodev", "rw": what a step does to the flags of mounts. */
static void flags_text(const struct enforce_step *step, char *out, size_t size)
{
	static const struct {
		uint64_t flag;
		const char *set, *cleared;
	} rows[] = {
		{MOUNT_ATTR_RDONLY, "ro", "rw"},
		{MOUNT_ATTR_NOSUID, "nosuid", "suid"},
		{MOUNT_ATTR_NODEV, "nodev", "dev"},
		{MOUNT_ATTR_NOEXEC, "noexec", "exec"},
	};
	size_t length = 0;

	*out = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(rows) && length < size; i++) {
		const char *word = step->set & rows[i].flag ? rows[i].set :
				   step->clear & rows[i].flag ?
				   rows[i].cleared : NULL;

		if (word)
			length += (size_t)snprintf(out + length, size - length,
						   "%s%s", length ? "," : " ",
						   word);
	}
}

static void step_line(struct describe *describe,
		      const struct enforce_step *step)
{
	/* What was there before a tmpfs came has no path of its own. */
	bool from = step->source && !step->kept &&
		    strcmp(step->source, step->path) != 0;
	const char *source = step->kind == ENFORCE_CONTENT ? NULL :
			     step->source;
	char flags[64], size[40] = "";

	flags_text(step, flags, sizeof(flags));
	if (step->kind == ENFORCE_TMPFS && step->size)
		snprintf(size, sizeof(size), " %llu KiB",
			 (unsigned long long)step->size >> 10);
	say(describe, "%-8s%s%s%s%s%s%s%s%s", kind_name(step->kind), step->path,
	    from && source ? step->kind == ENFORCE_SYMLINK ? " -> " :
	    " from " : "", from && source ? source : "", flags, size,
	    step->why ? "  (" : "", step->why ? step->why : "",
	    step->why ? ")" : "");
}

static void files(struct describe *describe, const struct enforce_plan *plan)
{
	describe->heading = "files";
	for (size_t i = 0; i < plan->files.count; i++)
		step_line(describe, &plan->files.steps[i]);
	if (plan->files.cwd)
		say(describe, "start in %s", plan->files.cwd);
}

/* ---- privileges ------------------------------------------------------- */

static void capabilities(struct describe *describe,
			 const struct enforce_plan *plan)
{
	describe->heading = "capabilities";
	say(describe, "no_new_privs: set-user-ID programs have no effect");
	for (unsigned i = 0; i < 64; i++) {
		const char *name = plan->caps_keep >> i & 1 ?
			capng_capability_to_name(i) : NULL;

		if (name)
			say(describe, "kept: %s", name);
	}
	if (!plan->caps_keep)
		say(describe, "none");
	if (enforce_sandboxed(plan) &&
	    profiles_has(plan->policy, PROFILES_NOGROUPS))
		say(describe, ids_keep_groups() ?
		    "supplementary groups stay: only root can leave them" :
		    "no supplementary groups");
}

static void limits(struct describe *describe,
		   const struct profiles_policy *policy)
{
	describe->heading = "limits";
	for (unsigned i = 0; i < PROFILES_LIMIT_COUNT; i++)
		if (policy->limits_set >> i & 1)
			say(describe, "%s %llu", limits_name(i),
			    (unsigned long long)policy->limits[i]);
	if (policy->memory_max)
		say(describe, "memory-max %llu bytes",
		    (unsigned long long)policy->memory_max);
	if (policy->userns_max)
		say(describe, "userns-max %llu",
		    (unsigned long long)policy->userns_max);
	if (policy->pids_max)
		say(describe, "pids-max %llu",
		    (unsigned long long)policy->pids_max);
	if (policy->timeout)
		say(describe, "timeout after %lld s",
		    (long long)(policy->timeout / 1000000));
	if (policy->nice)
		say(describe, "nice %d", policy->nice);
	if (policy->cpus)
		say(describe, "processors 0x%llx",
		    (unsigned long long)policy->cpus);
}

static void environment(struct describe *describe,
			const struct enforce_plan *plan)
{
	const struct profiles_words *env = &plan->policy->env;
	const char *landlock = landlock_describe(plan);

	describe->heading = "environment";
	for (size_t i = 0; i < env->count; i++)
		if (strchr(env->items[i], '='))
			say(describe, "set %s", env->items[i]);
		else
			say(describe, "unset %s", env->items[i]);
	if (!landlock)
		return;
	describe->heading = "Landlock";
	say(describe, "%s", landlock);
}

static void bus(struct describe *describe, const char *name,
		const struct enforce_bus *filtered,
		const struct profiles_words *rules)
{
	if (filtered->lost)
		say(describe, "%s: hidden: %s", name, filtered->lost);
	if (!filtered->inside)
		return;
	say(describe, "%s: through " ENFORCE_BUS_PROXY " at %s", name,
	    filtered->inside);
	for (size_t i = 0; i < rules->count; i++)
		say(describe, "%s: %s", name, rules->items[i]);
}

static void display(struct describe *describe,
		    const struct enforce_display *own)
{
	describe->heading = "display";
	if (own->server)
		say(describe, "its own, :%u, of %u x %u pixels (%s)",
		    own->number, own->width, own->height, own->server);
}

static void buses(struct describe *describe, const struct enforce_plan *plan)
{
	const struct enforce_bus *filtered = plan->files.buses;

	describe->heading = "buses";
	bus(describe, "user", &filtered[ENFORCE_BUS_USER],
	    &plan->policy->user_bus);
	bus(describe, "system", &filtered[ENFORCE_BUS_SYSTEM],
	    &plan->policy->system_bus);
}

int enforce_plan_describe(const struct enforce_plan *plan,
			  void (*line)(void *data, const char *heading,
				       const char *text),
			  void *data, struct error *err)
{
	struct describe describe = {.line = line, .data = data};

	if (enforce_sandboxed(plan)) {
		namespaces(&describe, plan);
		files(&describe, plan);
		limits(&describe, plan->policy);
		environment(&describe, plan);
		display(&describe, &plan->files.display);
		buses(&describe, plan);
	}
	capabilities(&describe, plan);
	if (describe.failed)
		return base_error(err, ENOMEM, "out of memory");
	return enforce_describe_filter(plan, line, data, err);
}
