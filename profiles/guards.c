/* SPDX-License-Identifier: MIT */
/*
 * Guards: calls by which a program protects, itself from others or others from
 * itself. Many programs do not look whether they worked, and no run shows the
 * difference: that a group was left, that a file is readable by its owner alone
 * or that data is on the disk. So such a call is not answered an error merely
 * because nothing came of it.
 */
#include <string.h>

#include "profiles/profiles.h"

/* Words, with a blank behind each. */
static const struct row {
	const char *names;
	const char *why;
} rows[] = {
	{ "setuid setgid setreuid setregid setresuid setresgid setfsuid "
	  "setfsgid setgroups setuid32 setgid32 setreuid32 setregid32 "
	  "setresuid32 setresgid32 setfsuid32 setfsgid32 setgroups32 capset "
	  "prctl seccomp landlock_create_ruleset landlock_add_rule "
	  "landlock_restrict_self unshare setns setrlimit prlimit64 ",
	  "it gives up rights, which a run does not show" },
	{ "chroot pivot_root chdir fchdir umask chmod fchmod fchmodat "
	  "fchmodat2 chown lchown fchown fchownat chown32 lchown32 fchown32 "
	  "setxattr lsetxattr fsetxattr setxattrat ",
	  "it keeps files from others, which a run does not show" },
	{ "close close_range fcntl fcntl64 flock ",
	  "it closes or locks files, which a run does not show" },
	{ "mprotect pkey_mprotect mlock mlock2 mlockall mseal getrandom ",
	  "it keeps memory and keys safe, which a run does not show" },
	{ "fsync fdatasync sync syncfs sync_file_range msync ",
	  "it saves data from a crash, which a run does not show" },
	{ "alarm setitimer timer_settime timer_settime64 ",
	  "it ends what takes too long, which a run does not show" },
};

const char *profiles_guards(struct base_call call)
{
	const char *name = base_call_name(call);
	size_t length = name ? strlen(name) : 0;

	for (size_t i = 0; name && i < ARRAY_SIZE(rows); i++) {
		const char *at = rows[i].names;

		for (; (at = strstr(at, name)); at += length)
			if ((at == rows[i].names || at[-1] == ' ') &&
			    at[length] == ' ')
				return rows[i].why;
	}
	return NULL;
}
