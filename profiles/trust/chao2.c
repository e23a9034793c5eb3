/* SPDX-License-Identifier: MIT */
/*
 * Chao2 as it is in the books, each call for itself, with the branches and the
 * interval of the package SpadeR: for who compares. What jail says is made of
 * groups of calls (estimate.c), since this interval is too narrow for calls.
 */
#include <math.h>

#include "profiles/trust/estimate.h"

#define Z 1.96		/* 95 % of a normal distribution */

struct counts {
	double m, observed, once, twice;	/* S_obs, Q1, Q2 */
	/* Over all frequencies k: the sums of e^-k, of e^-k - e^-2k, and of
	 * k e^-k. */
	double absent, spread, weight;
};

static void add_item(struct counts *counts,
		     const struct profiles_incidence *item)
{
	double k = estimate_frequency(item, counts->m);

	counts->observed++;
	counts->once += k == 1;
	counts->twice += k == 2;
	counts->absent += exp(-k);
	counts->spread += exp(-k) - exp(-2 * k);
	counts->weight += k * exp(-k);
}

/* f0, and its variance; 0 where nothing was seen once, or one call alone. */
static double missing(const struct counts *s, double *variance)
{
	double a = (s->m - 1) / s->m, q1 = s->once, q2 = s->twice, f0, r;

	*variance = 0;
	if (q1 > 0 && q2 > 0) {
		r = q1 / q2;
		*variance = q2 * (a / 2 * r * r + a * a * r * r * r +
				  a * a / 4 * r * r * r * r);
		return a * q1 * q1 / (2 * q2);
	}
	if (q1 <= 1)
		return 0;
	f0 = a * q1 * (q1 - 1) / 2;
	*variance = f0 + a * a * q1 * (2 * q1 - 1) * (2 * q1 - 1) / 4 -
		    a * a * pow(q1, 4) / (4 * (s->observed + f0));
	return f0;
}

/* The interval where nothing seems to be missing. */
static void bound_nothing(const struct counts *s, struct profiles_chao2 *found)
{
	double variance = s->spread - s->weight * s->weight / s->m;
	double seen = 1 - s->absent / s->observed;
	double middle = s->observed / seen;
	double reach = Z * sqrt(fmax(variance, 0)) / seen;

	found->low = fmax(s->observed, middle - reach);
	found->high = middle + reach;
}

void estimate_chao2(const struct profiles_history *history, double m,
		    struct profiles_chao2 *found)
{
	struct counts s = { .m = m };
	double variance, k;

	for (size_t i = 0; i < history->item_count; i++)
		if (history->items[i].seen)
			add_item(&s, &history->items[i]);
	found->missing = missing(&s, &variance);
	if (found->missing <= 0) {
		bound_nothing(&s, found);
		return;
	}
	k = exp(Z * sqrt(log(1 + variance /
			     (found->missing * found->missing))));
	found->low = s.observed + found->missing / k;
	found->high = s.observed + found->missing * k;
}
