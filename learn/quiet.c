/* SPDX-License-Identifier: MIT */
/* When the tree has gone quiet. See quiet.h. */
#include "learn/quiet.h"

/* The stretch without news: at least so many calls, and at least as many as
 * came before it. */
#define LEAST 200
#define LIFE 100 /* calls that a whole life counts for besides its own */

void quiet_call(struct quiet *quiet)
{
	quiet->calls++;
	quiet->dry++;
}

void quiet_news(struct quiet *quiet)
{
	quiet->before = quiet->calls;
	quiet->dry = 0;
}

void quiet_life(struct quiet *quiet)
{
	quiet->dry += LIFE;
}

bool quiet_reached(const struct quiet *quiet)
{
	return quiet->dry >= LEAST && quiet->dry >= quiet->before;
}
