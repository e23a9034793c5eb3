/* SPDX-License-Identifier: MIT */
/* When the tree has gone quiet. See quiet.h. */
#include "learn/quiet.h"

/* The stretch without news: at least so many calls, and at least as many as
 * came before it. */
#define LEAST 300

void quiet_note(struct quiet *quiet, bool news)
{
	quiet->calls++;
	if (news)
		quiet->last_new = quiet->calls;
}

bool quiet_reached(const struct quiet *quiet)
{
	uint64_t dry = quiet->calls - quiet->last_new;

	return dry >= LEAST && dry >= quiet->last_new;
}
