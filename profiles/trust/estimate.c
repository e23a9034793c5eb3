/* SPDX-License-Identifier: MIT */
#include "profiles/profiles.h"

void profiles_history_free(struct profiles_history *history)
{
	if (!history)
		return;
	free(history->visits);
	free(history->items);
}

void profiles_estimate(const struct profiles_history *history,
		       struct profiles_estimate *estimate)
{
	*estimate = (struct profiles_estimate){
		.observed = history->item_count,
	};
}

double profiles_estimate_after(const struct profiles_estimate *estimate,
			       unsigned sessions)
{
	(void)sessions;
	return (double)estimate->observed;
}

unsigned profiles_estimate_sessions(const struct profiles_estimate *estimate,
				    double share)
{
	(void)estimate;
	(void)share;
	return 0;
}
