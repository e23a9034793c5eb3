/* SPDX-License-Identifier: MIT */
/*
 * The seccomp programs (man 2 seccomp) that make calls stop, or not.
 *
 * Their answers are SECCOMP_RET_ALLOW and SECCOMP_RET_TRACE | passes_mark(),
 * nothing else. The path to a call without argument values uses only what the
 * kernel can evaluate beforehand, so that such a call costs next to nothing
 * (kernel/seccomp.c, seccomp_is_const_allow).
 */
#ifndef JAIL_LEARN_PROGRAM_H
#define JAIL_LEARN_PROGRAM_H

#include <linux/filter.h>

#include "learn/passes.h"

/* BPF_MAXINSNS; the kernel takes no more. */
#define PROGRAM_LIMIT 4096

struct program {
	struct sock_filter code[PROGRAM_LIMIT];
	unsigned short length;
};

/* Every call stops. */
void program_all(struct program *program);

/* Only what PTRACE_SYSCALL does not see stops: calls that the kernel emulates
 * in the vsyscall page (arch/x86/entry/vsyscall), recognised by their
 * instruction pointer. Elsewhere than on x86_64 nothing does. */
void program_unseen(struct program *program);

/*
 * The calls of KNOWN pass, and all others stop; of calls that have a rule for
 * their arguments (profiles_argument_rule) only the values of KNOWN pass.
 * Always stopping, whatever KNOWN says (passes_call): calls by which a
 * target could get out of sight or that must be looked at each time.
 *
 * Of one call at most 64 tuples of values pass, those that were made most
 * often. A program that would be too long lets fewer pass: first fewer tuples a
 * call, down to none, then no calls without a name.
 */
void program_known(struct program *program, const struct profiles_known *known);

#endif
