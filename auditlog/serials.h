/* SPDX-License-Identifier: MIT */
/*
 * serials: which events never came, where all of them come by.
 *
 * The kernel numbers events by one counter (kernel/audit.c, audit_serial) when
 * a record is begun, and queues it when it is finished: on several processors
 * they come slightly out of order. So a number that was passed over is missing
 * at first, and lost only if it has not come a second later, or when it falls
 * out of a window of 8192. Of an event with several records the first counts.
 */
#ifndef JAIL_AUDITLOG_SERIALS_H
#define JAIL_AUDITLOG_SERIALS_H

#include <stdbool.h>
#include <stdint.h>

#define SERIALS_WINDOW 8192u
#define SERIALS_PATIENCE 1000000	/* microseconds */

/* Zeroed: nothing came yet. */
struct serials {
	bool any;
	uint32_t next;		/* after the highest that came */
	uint32_t mark;		/* below it, lost at the deadline */
	int64_t deadline;	/* 0: nothing is missing */
	uint32_t missing;	/* passed over, may still come */
	uint64_t gone[SERIALS_WINDOW / 64];	/* a bit each: missing */
};

/* NOW: microseconds of a clock that never goes back. Both return how many are
 * now known to be lost that were not before. */
uint64_t serials_note(struct serials *serials, uint32_t serial, int64_t now);
/* Call it at the deadline. */
uint64_t serials_settle(struct serials *serials, int64_t now);

#endif
