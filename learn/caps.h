/* SPDX-License-Identifier: MIT */
/*
 * Capabilities that a task lacked, by the kernel's tracepoint
 * capability:cap_capable (Linux 6.14), for root alone.
 *
 * The kernel also asks for capabilities that nobody needs: each mmap(2) whether
 * its memory may be the reserve of root, each look at /proc whether it may see
 * more. A lack counts only if the call that it came in then failed with EPERM
 * or EACCES.
 */
#ifndef JAIL_LEARN_CAPS_H
#define JAIL_LEARN_CAPS_H

#include "base/base.h"

struct caps;

/* NULL where the tracepoint is not to be had. */
struct caps *caps_open(void);
/* Ends it, by a child that outlives us for the moment that it takes; takes
 * NULL. */
void caps_leave(struct caps *caps);
/* Makes room: a ring that is full takes nothing more. When a call begins. */
void caps_take(struct caps *caps);
/* The capabilities, as bits, that TID, which is stopped, was found to lack from
 * SINCE on, in microseconds, monotonic; without those that went with root's
 * number when it became another user. */
uint64_t caps_lacked(struct caps *caps, pid_t tid, int64_t since);

#endif
