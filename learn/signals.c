/* SPDX-License-Identifier: MIT */
/*
 * Calls that a tracer interrupts. A traced task wakes for signals that it
 * ignores (kernel/signal.c, sig_ignored) and for PTRACE_INTERRUPT; most calls
 * are then made again by the kernel, but some fail with EINTR (man 7 signal),
 * which they would not have done untraced. Such a call is repeated, unless a
 * handler is about to run or the task was stopped: those do interrupt it.
 *
 * A call that has a timeout is left as it is: repeated, it would begin its time
 * anew with each signal, and might wait for ever, while EINTR is something that
 * every caller has to expect.
 */
#include <stdlib.h>
#include <string.h>

#include "learn/regs.h"
#include "learn/tracer.h"

/* How a call says, in one argument, that it waits for ever. */
enum for_ever {
	ALWAYS,
	IF_NEGATIVE,
	IF_NULL,
	IF_NO_EXTRA,	/* io_uring_enter: no IORING_ENTER_EXT_ARG */
	IF_SEMOP	/* i386's ipc, of which this is one call */
};

/* Calls that fail with EINTR instead of being restarted. */
static const struct {
	const char *name;
	unsigned argument;
	enum for_ever for_ever;
} fragile[] = {
	{"epoll_wait", 3, IF_NEGATIVE},
	{"epoll_pwait", 3, IF_NEGATIVE},
	{"epoll_pwait2", 3, IF_NULL},
	{"rt_sigtimedwait", 2, IF_NULL},
	{"rt_sigtimedwait_time64", 2, IF_NULL},
	{"semop", 0, ALWAYS},
	{"semtimedop", 3, IF_NULL},
	{"semtimedop_time64", 3, IF_NULL},
	{"ipc", 0, IF_SEMOP},
	{"io_getevents", 4, IF_NULL},
	{"io_pgetevents", 4, IF_NULL},
	{"io_pgetevents_time64", 4, IF_NULL},
	{"io_uring_enter", 3, IF_NO_EXTRA},
};

static bool says_for_ever(enum for_ever how, uint64_t argument)
{
	switch (how) {
	case ALWAYS:
		return true;
	case IF_NEGATIVE:
		return (int32_t)argument < 0;
	case IF_NULL:
		return argument == 0;
	case IF_NO_EXTRA:
		return !(argument & 8);
	case IF_SEMOP:
		return (argument & 0xffff) == 1;
	}
	return false;
}

/* The call may have passed unseen: registers tell which it is. */
static bool waits_for_ever(const struct task *task)
{
	uint64_t arguments[6];
	struct base_call call;
	const char *name;

	if (!regs_was_interrupted(task->tid, &call, arguments))
		return false;
	name = base_call_name(call);
	for (size_t i = 0; name && i < ARRAY_SIZE(fragile); i++)
		if (strcmp(name, fragile[i].name) == 0)
			return says_for_ever(fragile[i].for_ever,
					     arguments[fragile[i].argument]);
	return false;
}

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
	if (!task->was_stopped && waits_for_ever(task) &&
	    !is_disturbed(task->tid, signal))
		(void)regs_repeat_call(task->tid);
}
