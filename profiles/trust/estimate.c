/* SPDX-License-Identifier: MIT */
/*
 * How complete a learned list is, from how often its calls were found: calls
 * that one session alone saw stand for those that none did. Chao2, its
 * variance and its logarithmic interval are those of Chao (1987), "Estimating
 * the population size for capture-recapture data with unequal catchability",
 * the coverage that of Chao and Jost (2012), the branches for few data those of
 * the package SpadeR.
 *
 * The unit is a session, the value whether it saw the call, never how often:
 * calls are not independent. A call that passed unseen in some sessions, as
 * known, counts in proportion: seen in 2 of 3 that looked for it, in 10
 * sessions in all, as 7.
 */
#include <math.h>

#include "profiles/profiles.h"

#define Z 1.96		/* 95 % of a normal distribution */

enum { FEWEST = 3 };		/* sessions for an estimate */

/* Counted sessions and what they saw. */
struct sample {
	double m;
	double observed;	/* S_obs */
	double once, twice;	/* Q1, Q2 */
	double total;		/* U: the sum of all frequencies */
	double absent;		/* the sum of e^-k over calls seen k times */
	double spread;		/* and of e^-k - e^-2k */
	double weight;		/* and of k e^-k */
};

void profiles_history_free(struct profiles_history *history)
{
	if (!history)
		return;
	free(history->visits);
	free(history->items);
	*history = (struct profiles_history){0};
}

/* ---- the sample ------------------------------------------------------- */

static double frequency(const struct profiles_incidence *item, double m)
{
	double looked = item->looked > item->seen ? item->looked : item->seen;
	double k = round(m * item->seen / looked);

	return k < 1 ? 1 : k > m ? m : k;
}

static void add_item(struct sample *sample,
		     const struct profiles_incidence *item)
{
	double k;

	if (!item->seen)
		return;
	k = frequency(item, sample->m);
	sample->observed++;
	sample->once += k == 1;
	sample->twice += k == 2;
	sample->total += k;
	sample->absent += exp(-k);
	sample->spread += exp(-k) - exp(-2 * k);
	sample->weight += k * exp(-k);
}

/* A workload that is not known may be any. */
static bool is_new_workload(const struct profiles_history *history, size_t at)
{
	uint64_t workload = history->visits[at].workload;

	for (size_t i = 0; workload && i < at; i++)
		if (history->visits[i].counted &&
		    history->visits[i].workload == workload)
			return false;
	return true;
}

static void take_visits(const struct profiles_history *history,
			struct profiles_estimate *estimate)
{
	for (size_t i = 0; i < history->visit_count; i++) {
		const struct profiles_visit *visit = &history->visits[i];

		if (visit->fresh)
			estimate->quiet = 0;
		if (!visit->counted)
			continue;
		estimate->sessions++;
		estimate->workloads += is_new_workload(history, i);
		estimate->quiet += visit->fresh == 0;
	}
	estimate->quiet_chance = estimate->quiet
		? 1 - pow(0.05, 1.0 / estimate->quiet) : 1;
}

/* ---- the formulae ----------------------------------------------------- */

/* f0, and its variance; 0 where nothing was seen once, or one call alone. */
static double chao2(const struct sample *s, double *variance)
{
	double a = (s->m - 1) / s->m, q1 = s->once, q2 = s->twice, f0, r;

	if (q1 > 0 && q2 > 0) {
		r = q1 / q2;
		*variance = q2 * (a / 2 * r * r + a * a * r * r * r +
				  a * a / 4 * r * r * r * r);
		return a * q1 * q1 / (2 * q2);
	}
	if (q1 <= 1)
		return *variance = 0;
	f0 = a * q1 * (q1 - 1) / 2;
	*variance = f0 + a * a * q1 * (2 * q1 - 1) * (2 * q1 - 1) / 4 -
		    a * a * pow(q1, 4) / (4 * (s->observed + f0));
	return f0;
}

static double cover(const struct sample *s)
{
	double q1 = s->once, rest = s->m - 1;

	if (s->twice > 0)
		return 1 - q1 / s->total * rest * q1 /
			       (rest * q1 + 2 * s->twice);
	if (q1 > 1)
		return 1 - q1 / s->total * rest * (q1 - 1) /
			       (rest * (q1 - 1) + 2);
	return 1;
}

/* The interval where nothing seems to be missing. */
static void bound_nothing(const struct sample *s,
			  struct profiles_estimate *estimate)
{
	double variance = s->spread - s->weight * s->weight / s->m;
	double seen = 1 - s->absent / s->observed;
	double middle = s->observed / seen;
	double reach = Z * sqrt(variance > 0 ? variance : 0) / seen;

	estimate->low = fmax(s->observed, middle - reach);
	estimate->high = middle + reach;
}

static void bound(const struct sample *s, double f0, double variance,
		  struct profiles_estimate *estimate)
{
	double k = exp(Z * sqrt(log(1 + variance / (f0 * f0))));

	estimate->low = s->observed + f0 / k;
	estimate->high = s->observed + f0 * k;
}

/* ---- limits ----------------------------------------------------------- */

/* How many calls the architectures have that were seen. */
static size_t count_all(const struct profiles_history *history)
{
	size_t count = 0;

	for (size_t i = 0; i < history->item_count; i++) {
		struct base_call call = history->items[i].call;

		if (i && history->items[i - 1].call.arch == call.arch)
			continue;
		for (uint32_t n = 0; n <= base_call_highest(call.arch); n++)
			count += base_call_name((struct base_call){
				call.arch, n}) != NULL;
	}
	return count;
}

/* What sessions saw that do not count is not missing, and no estimate is
 * beyond what there is. */
static void limit(const struct profiles_history *history,
		  const struct sample *s, struct profiles_estimate *estimate)
{
	double observed = (double)estimate->observed;
	double most = fmax(observed, (double)count_all(history));

	estimate->missing = fmin(estimate->missing, most - s->observed);
	estimate->missing = fmax(0, estimate->missing -
				    (observed - s->observed));
	estimate->low = fmin(most, fmax(observed, estimate->low));
	estimate->high = fmin(most, fmax(observed, estimate->high));
}

void profiles_estimate(const struct profiles_history *history,
		       struct profiles_estimate *estimate)
{
	struct sample s = {0};
	double variance = 0;

	*estimate = (struct profiles_estimate){
		.observed = history->item_count,
		.low = (double)history->item_count,
		.high = (double)history->item_count,
	};
	take_visits(history, estimate);
	s.m = estimate->sessions;
	for (size_t i = 0; i < history->item_count; i++)
		add_item(&s, &history->items[i]);
	estimate->once = (size_t)s.once;
	estimate->twice = (size_t)s.twice;
	if (estimate->sessions < FEWEST || s.observed == 0)
		return;
	estimate->known = true;
	estimate->missing = chao2(&s, &variance);
	estimate->coverage = cover(&s);
	estimate->next = s.total / s.m * (1 - estimate->coverage);
	estimate->chance = fmin(1, s.once / s.m);
	if (estimate->missing > 0)
		bound(&s, estimate->missing, variance, estimate);
	else
		bound_nothing(&s, estimate);
	limit(history, &s, estimate);
}

/* ---- more sessions ---------------------------------------------------- */

/* The chance that a session finds a given call that is missing. */
static double find_chance(const struct profiles_estimate *estimate)
{
	double q1 = (double)estimate->once;

	return q1 / (estimate->sessions * estimate->missing + q1);
}

double profiles_estimate_after(const struct profiles_estimate *estimate,
			       unsigned sessions)
{
	double observed = (double)estimate->observed;

	if (!estimate->known || estimate->missing <= 0)
		return observed;
	return observed + estimate->missing *
		(1 - pow(1 - find_chance(estimate), sessions));
}

unsigned profiles_estimate_sessions(const struct profiles_estimate *estimate,
				    double share)
{
	double all = (double)estimate->observed + estimate->missing, sessions;

	if (!estimate->known || estimate->missing <= 0 || share <= 0 ||
	    (double)estimate->observed >= share * all)
		return 0;
	if (share >= 1)
		return UINT32_MAX;
	sessions = ceil(log((1 - share) * all / estimate->missing) /
			log(1 - find_chance(estimate)));
	return sessions < UINT32_MAX ? (unsigned)sessions : UINT32_MAX;
}
