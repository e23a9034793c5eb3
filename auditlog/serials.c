/* SPDX-License-Identifier: MIT */
/* Gaps in the numbers of events: auditlog/serials.h. */
#include <string.h>

#include "auditlog/serials.h"

static uint64_t *word(struct serials *serials, uint32_t serial)
{
	return &serials->gone[serial % SERIALS_WINDOW / 64];
}

static uint64_t bit(uint32_t serial)
{
	return UINT64_C(1) << serial % 64;
}

/* SERIAL is missing no more: true if it was. */
static bool forget(struct serials *serials, uint32_t serial)
{
	if (!(*word(serials, serial) & bit(serial)))
		return false;
	*word(serials, serial) &= ~bit(serial);
	serials->missing--;
	if (serials->missing == 0)
		serials->deadline = 0;
	return true;
}

/* The next number was passed over. What falls out of the window for it is
 * lost. */
static uint64_t miss(struct serials *serials)
{
	uint64_t lost = forget(serials, serials->next);

	*word(serials, serials->next) |= bit(serials->next);
	serials->next++;
	serials->missing++;
	return lost;
}

static void wait_for_missing(struct serials *serials, int64_t now)
{
	serials->mark = serials->next;
	serials->deadline = now + SERIALS_PATIENCE;
}

/* So many were passed over at once that the window holds none of them. */
static uint64_t leap(struct serials *serials, uint32_t ahead)
{
	uint64_t lost = serials->missing;
	uint32_t leapt = ahead - SERIALS_WINDOW / 2;

	memset(serials->gone, 0, sizeof(serials->gone));
	serials->missing = 0;
	serials->deadline = 0;
	serials->next += leapt;
	return lost + leapt;
}

uint64_t serials_note(struct serials *serials, uint32_t serial, int64_t now)
{
	uint32_t ahead = serial - serials->next;
	uint64_t lost = 0;

	if (!serials->any) {
		serials->any = true;
		serials->next = serial + 1;
		return 0;
	}
	if (ahead >= UINT32_MAX / 2) {
		if (serials->next - serial <= SERIALS_WINDOW)
			forget(serials, serial);
		return 0;
	}
	if (ahead > SERIALS_WINDOW / 2)
		lost = leap(serials, ahead);
	while (serials->next != serial)
		lost += miss(serials);
	lost += forget(serials, serial);
	serials->next++;
	if (serials->missing > 0 && serials->deadline == 0)
		wait_for_missing(serials, now);
	return lost;
}

uint64_t serials_settle(struct serials *serials, int64_t now)
{
	uint64_t lost = 0;

	if (serials->deadline == 0 || now < serials->deadline)
		return 0;
	for (uint32_t age = SERIALS_WINDOW; age > 0; age--) {
		uint32_t serial = serials->next - age;

		if ((int32_t)(serial - serials->mark) < 0)
			lost += forget(serials, serial);
	}
	if (serials->missing > 0)
		wait_for_missing(serials, now);
	return lost;
}
