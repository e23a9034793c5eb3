/* SPDX-License-Identifier: MIT */
/*
 * Whether a process that the kernel's records name belongs to a sandbox. What
 * an ordinary user's entry says counts for processes of this user alone. In
 * this order:
 *
 *   not its user, or not its time          no
 *   the program itself, alive or not       sure
 *   a descendant of the program or init    sure
 *   in the sandbox's own PID namespace,
 *   or in its own user namespace           sure
 *   alive and anywhere else                no; where that cannot be told, or
 *                                          the program has no namespaces of
 *                                          its own, as below
 *   gone                                   loose, if the executable is the
 *                                          program's and the user is the same
 *
 * There may be thousands of entries: /proc is asked once a process, and not
 * before an entry needs it.
 */
#include <string.h>

#include "enforce/registry/registry.h"

#define BEFORE 1000000		/* microseconds: the clocks differ */
#define AFTER 2000000

static bool fits_time(const struct enforce_running *entry, int64_t when)
{
	return when >= entry->began - BEFORE &&
	       (!entry->ended || when <= entry->ended + AFTER);
}

/* Whether the process that now has the number had it then. */
static bool lived(const struct enforce_suspect *suspect)
{
	if (!suspect->line_count || suspect->is_zombie)
		return false;
	return base_process_began(suspect->line[0].start) <=
	       suspect->time + BEFORE;
}

/* With its ancestors; those whom /proc does not show are none. */
static void look(struct enforce_suspect *suspect)
{
	struct base_process process;

	suspect->looked = true;
	for (pid_t pid = suspect->pid; pid > 1 &&
	     suspect->line_count < ENFORCE_LINE &&
	     base_process_read(-1, pid, &process); pid = process.parent) {
		suspect->is_zombie |= !suspect->line_count &&
				      process.state == 'Z';
		suspect->line[suspect->line_count].pid = pid;
		suspect->line[suspect->line_count++].start = process.start;
	}
	if (!lived(suspect)) {
		suspect->line_count = 0;
		return;
	}
	suspect->pid_ns = registry_namespace(suspect->pid, "pid");
	suspect->user_ns = registry_namespace(suspect->pid, "user");
	suspect->our_pid_ns = registry_namespace(getpid(), "pid");
	suspect->our_user_ns = registry_namespace(getpid(), "user");
}

/* Init's number is good as long as jail runs. */
static bool descends(const struct enforce_running *entry,
		     const struct enforce_suspect *suspect)
{
	for (size_t i = 0; i < suspect->line_count; i++) {
		pid_t pid = suspect->line[i].pid;

		if (pid == entry->program ?
		    suspect->line[i].start == entry->start :
		    pid == entry->init && !entry->ended)
			return true;
	}
	return false;
}

static enum enforce_tie loose(const struct enforce_running *entry,
			      const struct enforce_suspect *suspect)
{
	return suspect->uid == entry->uid && suspect->exe && *suspect->exe &&
	       strcmp(suspect->exe, entry->exe) == 0 ? ENFORCE_TIE_LOOSE :
						       ENFORCE_TIE_NONE;
}

/* In a deeper PID namespace the user namespace still tells. */
static bool shares_user_ns(const struct enforce_running *entry,
			   const struct enforce_suspect *suspect)
{
	return entry->user_ns && entry->user_ns != suspect->our_user_ns &&
	       entry->user_ns == suspect->user_ns;
}

enum enforce_tie enforce_registry_tie(const struct enforce_running *entry,
				      struct enforce_suspect *suspect)
{
	if ((entry->uid != 0 && suspect->uid != entry->uid) ||
	    !fits_time(entry, suspect->time))
		return ENFORCE_TIE_NONE;
	if (suspect->pid == entry->program)
		return ENFORCE_TIE_SURE;
	/* Of what has ended nobody descends, and its namespaces are gone: so
	 * nothing in /proc needs to be asked. */
	if (entry->ended && loose(entry, suspect) == ENFORCE_TIE_NONE)
		return ENFORCE_TIE_NONE;
	if (!suspect->looked)
		look(suspect);
	if (!suspect->line_count)
		return loose(entry, suspect);
	if (descends(entry, suspect))
		return ENFORCE_TIE_SURE;
	if (!entry->pid_ns || !suspect->pid_ns ||
	    entry->pid_ns == suspect->our_pid_ns)
		return loose(entry, suspect);
	if (entry->ended)
		return ENFORCE_TIE_NONE;
	return suspect->pid_ns == entry->pid_ns ||
	       shares_user_ns(entry, suspect) ? ENFORCE_TIE_SURE :
						ENFORCE_TIE_NONE;
}
