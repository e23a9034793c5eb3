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
	uint64_t calls;		/* that were seen */
	uint64_t last_new;	/* their number at the last new one */
};

/* A call of any task was seen; NEWS: for the first time, or with a value that
 * matters for the first time. */
void quiet_note(struct quiet *quiet, bool news);
bool quiet_reached(const struct quiet *quiet);

#endif
