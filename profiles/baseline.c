/* SPDX-License-Identifier: MIT */
/*
 * The calls that every program needs, with or without being seen while it
 * learned. They come from the kernel and the vDSO more than from the program:
 * a signal return happens only in a run that gets a signal, restart_syscall
 * only in one that is stopped and continued, and the vDSO makes a real call of
 * its clocks only on a machine with another clock source (vdso(7)).
 *
 * x32 has no rows: its calls are always refused.
 */
#include <string.h>

#include "profiles/profiles.h"

#define BIT(arch) (1u << BASE_ARCH_##arch)
#define ALL (BIT(AARCH64) | BIT(I386) | BIT(X86_64))
#define X86 (BIT(I386) | BIT(X86_64))

static const struct row {
	const char *name;
	unsigned archs;
	const char *why;
} rows[] = {
	{ "exit", ALL, "ends a thread" },
	{ "exit_group", ALL, "ends the process" },
	{ "rt_sigreturn", ALL, "returns from a signal handler" },
	{ "sigreturn", BIT(I386), "returns from an old signal handler" },
	{ "restart_syscall", ALL,
	  "made by the kernel when an interrupted call goes on" },
	{ "clock_gettime", ALL, "the vDSO falls back to it" },
	{ "clock_gettime64", BIT(I386), "the vDSO falls back to it" },
	{ "clock_getres", ALL, "the vDSO falls back to it" },
	{ "clock_getres_time64", BIT(I386), "libc falls back to it" },
	{ "gettimeofday", ALL, "the vDSO falls back to it" },
	{ "time", X86, "the vDSO falls back to it" },
	{ "getcpu", ALL, "the vDSO falls back to it" },
	{ "getrandom", BIT(AARCH64) | BIT(X86_64),
	  "the vDSO falls back to it and reads its seed with it (6.11)" },
	{ "uretprobe", BIT(X86_64),
	  "made by a trampoline of the kernel when the function is probed" },
	{ "uprobe", BIT(X86_64),
	  "made by a trampoline of the kernel when the function is probed" },
};

bool profiles_baseline(size_t index, enum base_arch arch,
		       struct base_call *call, const char **why)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int number;

		if (!(rows[i].archs & 1u << arch))
			continue;
		number = base_call_number(arch, rows[i].name);
		if (number < 0 || index-- > 0)
			continue;
		*call = (struct base_call){ arch, (uint32_t)number };
		if (why)
			*why = rows[i].why;
		return true;
	}
	return false;
}

bool profiles_is_baseline(struct base_call call)
{
	const char *name = base_call_name(call);

	for (size_t i = 0; name && i < ARRAY_SIZE(rows); i++)
		if (rows[i].archs & 1u << call.arch &&
		    strcmp(rows[i].name, name) == 0)
			return true;
	return false;
}
