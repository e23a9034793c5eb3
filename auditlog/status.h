/* SPDX-License-Identifier: MIT */
/*
 * status: how many records the kernel says that it lost (audit_status.lost),
 * which only who has CAP_AUDIT_CONTROL may ask. Others never know, and nothing
 * else changes for them.
 */
#ifndef JAIL_AUDITLOG_STATUS_H
#define JAIL_AUDITLOG_STATUS_H

#include <stdint.h>

struct status {
	int fd;			/* -1: we may not ask */
	uint32_t lost;		/* as it was last */
	int64_t due;		/* when to ask, base_now_monotonic(); 0: not */
};
void status_open(struct status *status);
void status_close(struct status *status);
/* There is a reason to ask: a second later, so that it is asked once for many
 * reasons. */
void status_want(struct status *status);
/* Milliseconds until it is time to ask; -1: there is no reason. */
int status_timeout(const struct status *status);
/* Asks: how many more were lost since the last time. */
uint32_t status_ask(struct status *status);
/* From one answer to the next: somebody may have begun anew in between
 * (auditctl --reset-lost). */
static inline uint32_t status_more(uint32_t before, uint32_t now)
{
	return now >= before ? now - before : now;
}

#endif
