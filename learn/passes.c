/* SPDX-License-Identifier: MIT */
/* What always stops, and how our stops are marked. See passes.h. */
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>

#include "learn/passes.h"

uint16_t passes_mark(void)
{
	static uint16_t mark;

	while (mark == 0 &&
	       getrandom(&mark, sizeof(mark), 0) == sizeof(mark) && mark == 0)
		;
	return mark;
}

bool passes_call(struct base_call call, const uint64_t values[3])
{
	static const char *const never[] = {
		"execve", "execveat", "clone3", "seccomp", "ptrace",
		"io_uring_setup", "userfaultfd",
	};
	const char *name = base_call_name(call);

	if (!name)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(never); i++)
		if (strcmp(name, never[i]) == 0)
			return false;
	if (strcmp(name, "prctl") == 0)
		return (uint32_t)values[0] != PR_SET_SECCOMP &&
		       (uint32_t)values[0] != PR_SET_SYSCALL_USER_DISPATCH;
	if (strcmp(name, "clone") == 0)
		return !(values[0] & (CLONE_UNTRACED | CLONE_THREAD));
	return true;
}
