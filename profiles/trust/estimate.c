/* SPDX-License-Identifier: MIT */
/*
 * How complete a learned list is, from how often its calls were found: calls
 * that one session alone saw stand for those that none did. How many these are
 * is Chao2 (Chao 1987, "Estimating the population size for capture-recapture
 * data with unequal catchability"), the coverage that of Chao and Jost (2012)
 * with the branches for few data of the package SpadeR.
 *
 * The unit is a session, the value whether it saw the call, never how often:
 * calls are not independent. A call that passed unseen in some sessions, as
 * known, counts in proportion: seen in 2 of 3 that looked for it, in 10
 * sessions in all, as 7.
 *
 * They are not independent of each other either: a session that does something
 * new makes several new calls at once. Where each counts for itself Chao2 is
 * twice as far from the truth, and its interval held that in half of the cases
 * (tests/bench/NOTES.md). So they count in groups, of as many calls as news
 * have had on average.
 */
#include <math.h>

#include "profiles/trust/estimate.h"

#define Z 1.96		/* 95 % of a normal distribution */

enum { FEWEST = 3 };		/* sessions for an estimate */

/* Chosen by what holds against the truth, tests/bench/complete.py. */
#define GROUP 4			/* calls that come together, at least */
#define AHEAD(m) (1 + 12 / (m))	/* groups that may be seen once, beside those
				 * that were */

/* Counted sessions and what they saw. */
struct sample {
	double m;
	double observed;	/* S_obs */
	double once, twice;	/* Q1, Q2 */
	double total;		/* U: the sum of all frequencies */
	double group;		/* calls that come together */
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

double estimate_frequency(const struct profiles_incidence *item, double m)
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
	k = estimate_frequency(item, sample->m);
	sample->observed++;
	sample->once += k == 1;
	sample->twice += k == 2;
	sample->total += k;
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

/* How many new calls a session brought that brought any. What the first one
 * had is no news. */
static double group_of(const struct profiles_history *history)
{
	double calls = 0, sessions = 0;

	for (size_t i = 1; i < history->visit_count; i++) {
		calls += history->visits[i].fresh;
		sessions += history->visits[i].fresh > 0;
	}
	return sessions > 0 ? fmax(GROUP, calls / sessions) : GROUP;
}

/* ---- the formulae ----------------------------------------------------- */

/* f0: Chao2 of groups. The 1 is his bias-corrected form's: where few were seen
 * twice, one more or less must not change all. */
static double chao2(const struct sample *s)
{
	double a = (s->m - 1) / s->m, q = s->once / s->group;

	return s->group * a * q * q / (2 * (s->twice / s->group + 1));
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

/* The lower end: Chao's interval for groups, around his bias-corrected
 * estimate, which is wider for being of fewer. */
static double bound_below(const struct sample *s)
{
	double a = (s->m - 1) / s->m, d = s->twice / s->group + 1;
	double q = s->once / s->group, f0 = a * q * (q - 1) / (2 * d);
	double variance = f0 +
		a * a * q * (2 * q - 1) * (2 * q - 1) / (4 * d * d) +
		a * a * q * q * (d - 1) * (q - 1) * (q - 1) / (4 * pow(d, 4));

	if (q <= 1)
		return 0;
	return s->group * f0 / exp(Z * sqrt(log(1 + variance / (f0 * f0))));
}

/* The upper end: Chao's estimate, had more groups been seen once: a bound of
 * their number, and those that a few sessions had no chance to show. */
static double bound_above(const struct sample *s)
{
	double a = (s->m - 1) / s->m, q = s->once / s->group;
	double most = q + 2 * sqrt(q) + AHEAD(s->m);

	return s->group * a * most * most / (2 * (s->twice / s->group + 1));
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
	s.group = group_of(history);
	estimate->known = true;
	estimate->missing = chao2(&s);
	estimate->coverage = cover(&s);
	estimate->next = s.total / s.m * (1 - estimate->coverage);
	estimate->chance = fmin(1, s.once / s.m);
	estimate->low = s.observed + fmin(estimate->missing, bound_below(&s));
	estimate->high = s.observed + fmax(estimate->missing, bound_above(&s));
	limit(history, &s, estimate);
	estimate_chao2(history, s.m, &estimate->chao2);
}

/* ---- more sessions ---------------------------------------------------- */

/* The chance that a session finds a given call that is missing: so that the
 * next one brings what is expected of it. */
static double find_chance(const struct profiles_estimate *estimate)
{
	return fmin(1, estimate->next / estimate->missing);
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
