/* SPDX-License-Identifier: MIT */
/* The changes that the tracer makes to a stopped task's registers. */
#ifndef JAIL_LEARN_REGS_H
#define JAIL_LEARN_REGS_H

#include "base/base.h"

/* Sets the first argument of the call that the task is in. */
bool regs_set_first_argument(pid_t tid, enum base_arch arch, uint64_t value);
/* At a seccomp stop: the call is not made, it returns ENOSYS. */
bool regs_refuse_call(pid_t tid);
/* At a signal or an interrupt: did the call that the task returns from fail
 * with EINTR? Argument INDEX of it, where it did, is *argument. */
bool regs_was_interrupted(pid_t tid, enum base_arch arch, unsigned index,
			  uint64_t *argument);
/* Lets the task make such a call again. */
bool regs_repeat_call(pid_t tid);

#endif
