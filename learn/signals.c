/* SPDX-License-Identifier: MIT */
/*
 * Calls that a tracer interrupts. A traced task wakes for signals that it
 * ignores (kernel/signal.c, sig_ignored) and for PTRACE_INTERRUPT; most calls
 * are then made again by the kernel, but some fail with EINTR (man 7 signal),
 * which they would not have done untraced. Such a call is repeated, unless a
 * handler is about to run or the task was stopped: those do interrupt it.
 */
#include <stdlib.h>
#include <string.h>

#include "learn/regs.h"
#include "learn/tracer.h"

static uint64_t mask(const char *status, const char *field)
{
	const char *at = strstr(status, field);

	return at ? strtoull(at + strlen(field), NULL, 16) : 0;
}

static uint64_t bit(int signal)
{
	return signal > 0 ? UINT64_C(1) << (signal - 1) : 0;
}

/* SIGNAL, which is being delivered (0: none), or one that is pending has an
 * effect on the task. */
static bool is_disturbed(pid_t tid, int signal)
{
	uint64_t harmless = bit(SIGCHLD) | bit(SIGCONT) | bit(SIGURG) |
			    bit(SIGWINCH);
	char path[32], text[4096];
	uint64_t pending;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)tid);
	if (base_read_file(path, text, sizeof(text)) <= 0)
		return true;
	pending = mask(text, "\nSigPnd:") | mask(text, "\nShdPnd:");
	pending &= ~mask(text, "\nSigBlk:");
	pending |= bit(signal);
	harmless &= ~mask(text, "\nSigCgt:");
	harmless |= mask(text, "\nSigIgn:");
	return pending & ~harmless;
}

void signals_undisturb(const struct task *task, int signal)
{
	if (!task->was_stopped && regs_was_interrupted(task->tid) &&
	    !is_disturbed(task->tid, signal))
		(void)regs_repeat_call(task->tid);
}
