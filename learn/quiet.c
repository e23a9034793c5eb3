/* SPDX-License-Identifier: MIT */
/* When the tree has gone quiet. See quiet.h. */
#include "learn/quiet.h"

/* The stretch without news: at least so many calls, and half as many again as
 * came before it, but no more than MOST. */
#define LEAST 250
#define MOST 2500
#define LIFE 500 /* calls that a whole life counts for besides its own */

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

void quiet_image(struct quiet *quiet)
{
	quiet->dry = 0;
}

void quiet_life(struct quiet *quiet)
{
	quiet->dry += LIFE;
}

bool quiet_reached(const struct quiet *quiet)
{
	uint64_t needed = quiet->before + quiet->before / 2;

	if (needed < LEAST)
		needed = LEAST;
	if (needed > MOST)
		needed = MOST;
	return quiet->dry >= needed;
}
