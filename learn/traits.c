/* SPDX-License-Identifier: MIT */
/* Rows of names, spread over an array by number for the tracer's inner loop. */
#include "learn/traits.h"

#define NUMBERS 1024 /* beyond every table; others have no traits */

static const struct {
	const char *name;
	unsigned traits;
} rows[] = {
	{"exit", TRAIT_NO_RETURN},
	{"exit_group", TRAIT_NO_RETURN | TRAIT_LAST_LOOK},
	{"rt_sigreturn", TRAIT_NO_RETURN},
	{"sigreturn", TRAIT_NO_RETURN},
	{"execve", TRAIT_LAST_LOOK},
	{"execveat", TRAIT_LAST_LOOK},
	{"clone", TRAIT_CLONE},
	{"clone3", TRAIT_CLONE3},
	{"seccomp", TRAIT_SECCOMP},
	{"prctl", TRAIT_PRCTL},
	{"ptrace", TRAIT_PTRACE},
	{"io_pgetevents", TRAIT_MASK},
};

static uint16_t table[BASE_ARCH_COUNT][NUMBERS];

void traits_init(void)
{
	for (uint32_t arch = 0; arch < BASE_ARCH_COUNT; arch++) {
		for (uint32_t number = 0; number < NUMBERS; number++) {
			struct base_call call = {arch, number};

			table[arch][number] =
				base_call_name(call) ? TRAIT_NAMED : 0;
		}
		for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
			int number = base_call_number(arch, rows[i].name);

			if (number >= 0 && number < NUMBERS)
				table[arch][number] |= (uint16_t)rows[i].traits;
		}
	}
}

unsigned traits_of(struct base_call call)
{
	return call.number < NUMBERS ? table[call.arch][call.number] : 0;
}
