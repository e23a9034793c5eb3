/* SPDX-License-Identifier: MIT */
/* What a learning filter may let pass, and how its stops are known. */
#ifndef JAIL_LEARN_PASSES_H
#define JAIL_LEARN_PASSES_H

#include "profiles/profiles.h"

/* What our RET_TRACE says, to know it from a target's own: random, drawn at the
 * first call and then the same, also in children. */
uint16_t passes_mark(void);

/* Whether program_known could ever let CALL pass with VALUES (masked by its
 * rule; any without one): false for execve, execveat, clone3, seccomp, ptrace,
 * prctl with PR_SET_SECCOMP or PR_SET_SYSCALL_USER_DISPATCH, clone with
 * CLONE_UNTRACED or CLONE_THREAD, and the calls that begin what may be absent
 * (learn_options): io_uring_setup, userfaultfd. */
bool passes_call(struct base_call call, const uint64_t values[3]);

#endif
