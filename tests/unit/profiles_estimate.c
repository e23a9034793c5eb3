/* SPDX-License-Identifier: MIT */
/*
 * How complete a list is: worked examples, calculated by hand (coverage and the
 * next session's news as in the package SpadeR), and what histories can be
 * like.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "profiles/profiles.h"

enum { MOST = 400 };

/* A history that is made up; of one architecture. */
struct made {
	struct profiles_visit visits[MOST];
	struct profiles_incidence items[MOST];
	struct profiles_history history;
};

static void make_visits(struct made *made, size_t count)
{
	made->history.visits = made->visits;
	made->history.visit_count = count;
	made->history.items = made->items;
	for (size_t i = 0; i < count; i++)
		made->visits[i] = (struct profiles_visit){
			.started = (int64_t)i, .workload = i + 1,
			.counted = true,
		};
}

static void add_items(struct made *made, size_t count, uint32_t seen,
		      uint32_t looked)
{
	while (count--) {
		size_t at = made->history.item_count++;

		assert_true(at < MOST);
		made->items[at] = (struct profiles_incidence){
			.call = { BASE_ARCH_X86_64, (uint32_t)at },
			.seen = seen, .looked = looked,
		};
	}
}

static void assert_near(double is, double expected, double within)
{
	if (fabs(is - expected) > within)
		fail_msg("%g is not %g", is, expected);
}

static size_t count_all(void)
{
	size_t count = 0;

	for (uint32_t i = 0; i <= base_call_highest(BASE_ARCH_X86_64); i++)
		count += base_call_name((struct base_call){
			BASE_ARCH_X86_64, i}) != NULL;
	return count;
}

/* ---- worked examples -------------------------------------------------- */

/* How many calls were seen by how many sessions. */
struct seen {
	size_t calls;
	uint32_t sessions;
};

static const struct example {
	size_t sessions;
	struct seen seen[6];
	uint32_t fresh[5];	/* new calls of each session */
	double missing, low, high, coverage, next;
	struct profiles_chao2 chao2;
} examples[] = {
	{ 5, { {7, 5}, {1, 4}, {1, 3}, {2, 2}, {4, 1} }, {9, 2, 1, 2, 1},
	  1.0667, 15, 58.6907, 0.936, 0.64,
	  {3.2, 15.436, 38.483} },
	/* None was seen twice. */
	{ 5, { {7, 5}, {1, 4}, {3, 3}, {4, 1} }, {9, 2, 1, 2, 1},
	  1.6, 15, 80.5360, 0.9341, 0.6857,
	  {4.8, 15.741, 46.075} },
	/* None once. */
	{ 5, { {9, 5}, {1, 4}, {1, 3}, {2, 2} }, {9, 2, 1, 1, 0},
	  0, 13, 25.3307, 1, 0, {0, 13, 14.146} },
	/* One once, none twice. */
	{ 5, { {9, 5}, {1, 4}, {1, 3}, {1, 1} }, {9, 2, 1, 0, 0},
	  0.1, 12, 46.5960, 1, 0, {0, 12, 13.429} },
	/* Five came at once. */
	{ 5, { {7, 5}, {1, 4}, {1, 3}, {2, 2}, {14, 1} }, {10, 6, 0, 8, 1},
	  11.2, 25.6839, 155.1976, 0.7822, 2.6133,
	  {39.2, 33.6544, 202.5549} },
};

static void test_examples(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(examples); i++) {
		const struct example *example = &examples[i];
		struct made made = {0};
		struct profiles_estimate found;

		make_visits(&made, example->sessions);
		for (size_t k = 0; example->seen[k].calls; k++)
			add_items(&made, example->seen[k].calls,
				  example->seen[k].sessions,
				  (uint32_t)example->sessions);
		for (size_t k = 0; k < example->sessions; k++)
			made.visits[k].fresh = example->fresh[k];
		profiles_estimate(&made.history, &found);
		assert_true(found.known);
		assert_near(found.missing, example->missing, 1e-4);
		assert_near(found.low, example->low, 1e-4);
		assert_near(found.high, example->high, 1e-4);
		assert_near(found.coverage, example->coverage, 1e-4);
		assert_near(found.next, example->next, 1e-4);
		assert_near(found.chao2.missing, example->chao2.missing, 1e-9);
		assert_near(found.chao2.low, example->chao2.low, 1e-3);
		assert_near(found.chao2.high, example->chao2.high, 1e-3);
		/* What the next session brings is one step of the curve. */
		assert_near(profiles_estimate_after(&found, 1),
			    (double)found.observed + found.next, 1e-9);
		assert_near(profiles_estimate_after(&found, 0),
			    (double)found.observed, 1e-9);
	}
}

static void test_more_sessions(void **state)
{
	struct made made = {0};
	struct profiles_estimate found;

	(void)state;
	make_visits(&made, 5);
	for (size_t k = 0; examples[0].seen[k].calls; k++)
		add_items(&made, examples[0].seen[k].calls,
			  examples[0].seen[k].sessions, 5);
	profiles_estimate(&made.history, &found);
	assert_int_equal(found.once, 4);
	assert_int_equal(found.twice, 2);
	assert_near(found.chance, 0.8, 1e-9);
	assert_near(profiles_estimate_after(&found, 1), 15.64, 1e-9);
	assert_near(profiles_estimate_after(&found, 2), 15.896, 1e-9);
	assert_near(profiles_estimate_after(&found, 100000), 16.0667, 1e-4);
}

/* How many of the 116 known programs make each call: as though programs were
 * sessions. */
static void test_of_the_known_programs(void **state)
{
	struct made made = {0};
	struct profiles_estimate found;

	(void)state;
	make_visits(&made, 116);
	for (uint32_t i = 0; i <= base_call_highest(BASE_ARCH_X86_64); i++) {
		struct base_prior prior;

		if (base_call_prior((struct base_call){BASE_ARCH_X86_64, i},
				    &prior))
			add_items(&made, 1, prior.used, 116);
	}
	profiles_estimate(&made.history, &found);
	assert_int_equal(found.observed, 240);
	assert_int_equal(found.once, 59);
	assert_int_equal(found.twice, 23);
	assert_near(found.missing, 63.907, 1e-3);
	assert_true(found.low > 250 && found.low < 315);
	assert_near(found.high, (double)count_all(), 0);
	assert_near(found.coverage, 0.9888, 1e-4);
	assert_near(found.next, 0.5052, 1e-4);
	assert_near(found.chao2.missing, 75.0216, 1e-4);
	assert_near(found.chao2.low, 278.33, 0.005);
	assert_near(found.chao2.high, 386.85, 0.005);
}

/* ---- histories -------------------------------------------------------- */

static void test_too_few_sessions(void **state)
{
	(void)state;
	for (size_t m = 0; m < 3; m++) {
		struct made made = {0};
		struct profiles_estimate found;

		make_visits(&made, m);
		add_items(&made, 7, 1, (uint32_t)m);
		profiles_estimate(&made.history, &found);
		assert_false(found.known);
		assert_int_equal(found.sessions, m);
		assert_int_equal(found.observed, 7);
		assert_near(profiles_estimate_after(&found, 9), 7, 0);
	}
}

static void test_nothing_was_seen(void **state)
{
	struct made made = {0};
	struct profiles_estimate found;

	(void)state;
	make_visits(&made, 9);
	profiles_estimate(&made.history, &found);
	assert_false(found.known);
	assert_int_equal(found.quiet, 9);
	profiles_estimate(&(struct profiles_history){0}, &found);
	assert_false(found.known);
	assert_int_equal(found.sessions, 0);
}

/* A call that passed unseen at times counts in proportion: 10 sessions, of
 * which 3 looked for it and 2 saw it, are 7 that saw it. */
static void test_sessions_that_did_not_look(void **state)
{
	struct made whole = {0}, partly = {0};
	struct profiles_estimate a, b;

	(void)state;
	make_visits(&whole, 10);
	make_visits(&partly, 10);
	add_items(&whole, 5, 10, 10);
	add_items(&partly, 5, 1, 1);
	add_items(&whole, 4, 7, 10);
	add_items(&partly, 4, 2, 3);
	add_items(&whole, 6, 1, 10);
	add_items(&partly, 6, 1, 8);
	add_items(&whole, 3, 2, 10);
	add_items(&partly, 3, 2, 10);
	profiles_estimate(&whole.history, &a);
	profiles_estimate(&partly.history, &b);
	assert_memory_equal(&a, &b, sizeof(a));
	assert_int_equal(a.once, 6);
}

/* What a session that was killed saw is known, but no part of the sample. */
static void test_sessions_that_do_not_count(void **state)
{
	struct made made = {0};
	struct profiles_estimate with, without;

	(void)state;
	make_visits(&made, 5);
	for (size_t k = 0; examples[4].seen[k].calls; k++)
		add_items(&made, examples[4].seen[k].calls,
			  examples[4].seen[k].sessions, 5);
	profiles_estimate(&made.history, &without);
	make_visits(&made, 6);
	made.visits[5].counted = false;
	add_items(&made, 2, 0, 0);
	profiles_estimate(&made.history, &with);
	assert_int_equal(with.sessions, 5);
	assert_int_equal(with.observed, 27);
	assert_int_equal(with.once, 14);
	assert_near(with.missing, without.missing - 2, 1e-9);
	assert_near(with.low, fmax(27, without.low), 1e-9);
	assert_near(with.high, without.high, 1e-9);
}

static void test_no_more_than_there_is(void **state)
{
	struct made made = {0};
	struct profiles_estimate found;
	size_t all = count_all();

	(void)state;
	make_visits(&made, 4);
	add_items(&made, 200, 1, 4);
	profiles_estimate(&made.history, &found);
	assert_near(found.high, (double)all, 0);
	assert_near(found.low, (double)all, 0);
	assert_near(found.missing, (double)all - 200, 0);
}

static void test_workloads_and_quiet_sessions(void **state)
{
	struct made made = {0};
	struct profiles_estimate found;

	(void)state;
	make_visits(&made, 10);
	add_items(&made, 9, 5, 10);
	made.visits[0].fresh = 7;
	made.visits[4].fresh = 2;
	for (size_t i = 2; i < 7; i++)
		made.visits[i].workload = 2;
	made.visits[7].workload = 0;	/* not known, and not alike */
	made.visits[8].workload = 0;
	profiles_estimate(&made.history, &found);
	assert_int_equal(found.workloads, 5);
	assert_int_equal(found.quiet, 5);
	assert_near(found.quiet_chance, 0.451, 0.001);
	/* News of a session that does not count are news all the same. */
	made.visits[7].counted = false;
	made.visits[7].fresh = 1;
	profiles_estimate(&made.history, &found);
	assert_int_equal(found.quiet, 2);
	made.visits[9].fresh = 1;
	profiles_estimate(&made.history, &found);
	assert_int_equal(found.quiet, 0);
	assert_near(found.quiet_chance, 1, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_more_sessions),
		cmocka_unit_test(test_of_the_known_programs),
		cmocka_unit_test(test_too_few_sessions),
		cmocka_unit_test(test_nothing_was_seen),
		cmocka_unit_test(test_sessions_that_did_not_look),
		cmocka_unit_test(test_sessions_that_do_not_count),
		cmocka_unit_test(test_no_more_than_there_is),
		cmocka_unit_test(test_workloads_and_quiet_sessions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
