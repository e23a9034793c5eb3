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
 */
#include <string.h>

#include "enforce/registry/registry.h"

#define BEFORE 1000000		/* microseconds: the clocks differ */
#define AFTER 2000000
#define DEPTH 64		/* of a tree of processes, at most */

static bool fits_time(const struct enforce_running *entry, int64_t when)
{
	return when >= entry->began - BEFORE &&
	       (!entry->ended || when <= entry->ended + AFTER);
}

/* Whether the process that now has the number PID had it then. */
static bool lived_at(pid_t pid, int64_t when)
{
	uint64_t ticks = base_process_start(pid);
	int64_t born;

	if (!ticks || base_process_state(pid) == 'Z')
		return false;
	born = base_booted() +
	       (int64_t)(ticks * 1000000 / (uint64_t)sysconf(_SC_CLK_TCK));
	return born <= when + BEFORE;
}

/* Init's number is good as long as jail runs. */
static bool is_root(const struct enforce_running *entry, pid_t pid)
{
	if (pid == entry->program)
		return base_process_start(pid) == entry->start;
	return pid == entry->init && !entry->ended;
}

static bool descends(const struct enforce_running *entry, pid_t pid)
{
	for (int depth = 0; depth < DEPTH && pid > 1; depth++) {
		if (is_root(entry, pid))
			return true;
		pid = base_process_parent(pid);
	}
	return false;
}

static enum enforce_tie loose(const struct enforce_running *entry, uid_t uid,
			      const char *exe)
{
	return uid == entry->uid && exe && *exe &&
	       strcmp(exe, entry->exe) == 0 ? ENFORCE_TIE_LOOSE :
					      ENFORCE_TIE_NONE;
}

/* In a deeper PID namespace the user namespace still tells. */
static bool shares_user_ns(const struct enforce_running *entry, pid_t pid)
{
	return entry->user_ns &&
	       entry->user_ns != registry_namespace(getpid(), "user") &&
	       entry->user_ns == registry_namespace(pid, "user");
}

enum enforce_tie enforce_registry_tie(const struct enforce_running *entry,
				      pid_t pid, uid_t uid, const char *exe,
				      int64_t time)
{
	uint64_t theirs;

	if ((entry->uid != 0 && uid != entry->uid) || !fits_time(entry, time))
		return ENFORCE_TIE_NONE;
	if (pid == entry->program)
		return ENFORCE_TIE_SURE;
	if (!lived_at(pid, time))
		return loose(entry, uid, exe);
	if (descends(entry, pid))
		return ENFORCE_TIE_SURE;
	theirs = registry_namespace(pid, "pid");
	if (!entry->pid_ns || !theirs ||
	    entry->pid_ns == registry_namespace(getpid(), "pid"))
		return loose(entry, uid, exe);
	if (entry->ended)
		return ENFORCE_TIE_NONE;
	return theirs == entry->pid_ns || shares_user_ns(entry, pid) ?
		       ENFORCE_TIE_SURE : ENFORCE_TIE_NONE;
}
