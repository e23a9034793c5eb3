/* SPDX-License-Identifier: MIT */
/* What estimate.c and chao2.c share; for profiles/trust/ alone. */
#ifndef JAIL_PROFILES_ESTIMATE_H
#define JAIL_PROFILES_ESTIMATE_H

#include "profiles/profiles.h"

/* How many of M counted sessions saw the call, as though all had looked. */
double estimate_frequency(const struct profiles_incidence *item, double m);

/* Of M sessions, at least one, which saw a call. */
void estimate_chao2(const struct profiles_history *history, double m,
		    struct profiles_chao2 *found);

#endif
