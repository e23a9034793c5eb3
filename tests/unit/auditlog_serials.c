/* SPDX-License-Identifier: MIT */
/* Which events never came. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "auditlog/serials.h"

/* Notes FROM to TO - 1 at the time NOW. */
static uint64_t note(struct serials *serials, uint32_t from, uint32_t to,
		     int64_t now)
{
	uint64_t lost = 0;

	for (uint32_t serial = from; serial != to; serial++)
		lost += serials_note(serials, serial, now);
	return lost;
}

static void in_order_nothing_is_lost(void **state)
{
	struct serials serials = { 0 };

	(void)state;
	assert_int_equal(note(&serials, 5, 50000, 1), 0);
	assert_int_equal(serials.deadline, 0);
	assert_int_equal(serials_settle(&serials, 1 << 30), 0);
}

static void a_gap_is_lost_a_second_later(void **state)
{
	struct serials serials = { 0 };

	(void)state;
	assert_int_equal(note(&serials, 100, 200, 1), 0);
	assert_int_equal(note(&serials, 220, 300, 1), 0);
	assert_int_equal(serials.deadline, 1 + SERIALS_PATIENCE);
	assert_int_equal(serials_settle(&serials, SERIALS_PATIENCE), 0);
	assert_int_equal(serials_settle(&serials, 1 + SERIALS_PATIENCE), 20);
	assert_int_equal(serials.deadline, 0);
	assert_int_equal(serials_settle(&serials, 9 * SERIALS_PATIENCE), 0);
}

static void what_comes_late_is_not_lost(void **state)
{
	struct serials serials = { 0 };

	(void)state;
	assert_int_equal(note(&serials, 100, 110, 1), 0);
	assert_int_equal(note(&serials, 115, 120, 1), 0);
	assert_int_equal(note(&serials, 112, 115, 2), 0);
	assert_int_equal(note(&serials, 110, 112, 3), 0);
	assert_int_equal(serials.deadline, 0);
	assert_int_equal(serials_settle(&serials, 9 * SERIALS_PATIENCE), 0);
}

/* What was passed over a moment ago has its own second. */
static void each_gap_has_its_second(void **state)
{
	struct serials serials = { 0 };

	(void)state;
	assert_int_equal(note(&serials, 1, 10, 1), 0);
	assert_int_equal(note(&serials, 12, 20, 1), 0);
	assert_int_equal(note(&serials, 23, 30, SERIALS_PATIENCE), 0);
	assert_int_equal(serials_settle(&serials, 1 + SERIALS_PATIENCE), 2);
	assert_int_equal(note(&serials, 20, 21, SERIALS_PATIENCE + 2), 0);
	assert_int_equal(serials_settle(&serials, 9 * SERIALS_PATIENCE), 2);
}

static void repetitions_and_what_was_before_are_nothing(void **state)
{
	struct serials serials = { 0 };

	(void)state;
	assert_int_equal(note(&serials, 100, 110, 1), 0);
	assert_int_equal(note(&serials, 90, 110, 1), 0);
	assert_int_equal(note(&serials, 110, 111, 1), 0);
	assert_int_equal(serials.deadline, 0);
}

static void a_leap_past_the_window_is_counted_whole(void **state)
{
	struct serials serials = { 0 };
	uint64_t lost;

	(void)state;
	assert_int_equal(note(&serials, 1, 10, 1), 0);
	lost = note(&serials, 12, 13, 1);
	lost += note(&serials, 1000000, 1000001, 1);
	lost += serials_settle(&serials, 9 * SERIALS_PATIENCE);
	assert_int_equal(lost, 2 + 1000000 - 13);
}

static void what_leaves_the_window_is_lost_at_once(void **state)
{
	struct serials serials = { 0 };

	(void)state;
	assert_int_equal(note(&serials, 1, 10, 1), 0);
	assert_int_equal(note(&serials, 13, 13 + SERIALS_WINDOW, 1), 3);
	assert_int_equal(serials.missing, 0);
}

static void the_counter_may_wrap(void **state)
{
	struct serials serials = { 0 };

	(void)state;
	assert_int_equal(note(&serials, UINT32_MAX - 10, UINT32_MAX - 2, 1), 0);
	assert_int_equal(note(&serials, 5, 10, 1), 0);
	assert_int_equal(serials_settle(&serials, 9 * SERIALS_PATIENCE), 8);
}

/* At random: what is missing at the end is what was left out, in any order. */
static void at_random_the_sum_is_right(void **state)
{
	(void)state;
	srandom(7);
	for (int round = 0; round < 200; round++) {
		struct serials serials = { 0 };
		uint32_t late[8] = { 0 }, next = 1000;
		uint64_t left_out = 0, lost = 0;
		int64_t now = 1;

		lost += serials_note(&serials, next++, now);
		for (int i = 0; i < 2000; i++, next++) {
			long dice = random() % 100;

			now += random() % 1000;
			if (dice == 0 && random() % 4 == 0) {
				uint32_t leap = (uint32_t)random() % 20000;

				left_out += leap;
				next += leap;
			}
			if (dice < 5) {
				left_out++;
			} else if (dice < 15 && !late[dice % 8]) {
				late[dice % 8] = next;
			} else {
				lost += serials_note(&serials, next, now);
				for (int j = 0; j < 8; j++)
					if (late[j] && next - late[j] < 4000) {
						lost += serials_note(
							&serials, late[j], now);
						late[j] = 0;
					} else if (late[j]) {
						left_out++;
						late[j] = 0;
					}
			}
			lost += serials_settle(&serials, now);
		}
		for (int j = 0; j < 8; j++)
			left_out += late[j] != 0;
		lost += serials_note(&serials, next, now);
		for (int i = 1; i < 4; i++)
			lost += serials_settle(&serials, now + i *
					       2 * SERIALS_PATIENCE);
		assert_int_equal(lost, left_out);
		assert_int_equal(serials.missing, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_order_nothing_is_lost),
		cmocka_unit_test(a_gap_is_lost_a_second_later),
		cmocka_unit_test(what_comes_late_is_not_lost),
		cmocka_unit_test(each_gap_has_its_second),
		cmocka_unit_test(repetitions_and_what_was_before_are_nothing),
		cmocka_unit_test(a_leap_past_the_window_is_counted_whole),
		cmocka_unit_test(what_leaves_the_window_is_lost_at_once),
		cmocka_unit_test(the_counter_may_wrap),
		cmocka_unit_test(at_random_the_sum_is_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
