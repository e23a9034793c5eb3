/* SPDX-License-Identifier: MIT */
/* When the tree has gone quiet. See quiet.h. */
#include "learn/quiet.h"

/* The stretch without news: at least so many calls, and half as many again as
 * came before it. */
#define LEAST 250
#define LATER 250 /* more, where it is not the first thread */
#define LIFE 200 /* calls that a whole life counts for besides its own */

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

bool quiet_reached(const struct quiet *quiet, bool first)
{
	uint64_t more = first ? 0 : LATER;

	return quiet->dry >= LEAST + more &&
	       2 * quiet->dry >= 3 * quiet->before + 2 * more;
}
