/* SPDX-License-Identifier: MIT */
/* The changes that the tracer makes to a stopped task's registers. */
#ifndef JAIL_LEARN_REGS_H
#define JAIL_LEARN_REGS_H

#include <sys/user.h>

#include "base/base.h"

/* All registers of a stopped task. */
struct regs {
	/* The set's layout follows the task, not us: a 32-bit one has 17 words
	 * of 32 bits (arch/x86/kernel/ptrace.c, task_user_regset_view). */
	union {
		struct user_regs_struct native;
#ifdef __x86_64__
		uint32_t i386[17]; /* ebx first, eax at 6, orig_eax at 11, eip
				    * at 12 */
#endif
	};
	size_t size;
};

/* Sets the first argument of the call that the task is in. */
bool regs_set_first_argument(pid_t tid, enum base_arch arch, uint64_t value);
/* At a seccomp stop: the call is not made, it returns ENOSYS. */
bool regs_refuse_call(pid_t tid);
/* At a signal or an interrupt: did the call that the task returns from fail
 * with EINTR? Then *CALL and its arguments are what was called. */
bool regs_was_interrupted(pid_t tid, struct base_call *call,
			  uint64_t arguments[6]);
/* At a stop within a call: the call, and its arguments. */
bool regs_call_in_flight(pid_t tid, struct base_call *call,
			 uint64_t arguments[6]);
/* Lets the task make such a call again. */
bool regs_repeat_call(pid_t tid);

bool regs_get(pid_t tid, struct regs *regs);
bool regs_set(pid_t tid, const struct regs *regs);
/* The stack pointer. */
uint64_t regs_stack(const struct regs *regs);
/* At the return stop of a native call, where the registers are *REGS: lets the
 * instruction that made it make the call NUMBER. False where it is no `syscall`
 * instruction, or on an architecture for which this is not known. */
bool regs_call(pid_t tid, const struct regs *regs, long number,
	       const uint64_t arguments[6]);

#endif
