/* SPDX-License-Identifier: MIT */
/*
 * When the tree has gone quiet: the moment from which what it has done so far
 * may pass unseen. Too early, and a call that is still to come costs a stop
 * each time, for a filter cannot be loosened; too late, and every call costs
 * two. tests/bench/POLICY.md says how the rule was found.
 */
#ifndef JAIL_LEARN_QUIET_H
#define JAIL_LEARN_QUIET_H

#include "base/base.h"

struct quiet {
	uint64_t calls;		/* of tasks without a filter that passes any */
	uint64_t before;	/* of them, until the last news */
	uint64_t dry;		/* and since, with what lives count for */
};

/* A task without such a filter made a call. */
void quiet_call(struct quiet *quiet);
/* Any task made a call for the first time, or with a value that matters. */
void quiet_news(struct quiet *quiet);
/* The tree executes something for the first time: news are to be expected. */
void quiet_image(struct quiet *quiet);
/* A process without such a filter, of an executable that had been seen before,
 * brought no news from its exec to its end: others like it will not either. */
void quiet_life(struct quiet *quiet);
bool quiet_reached(const struct quiet *quiet);

#endif
