/* SPDX-License-Identifier: MIT */
/*
 * A flood of refusals reaches the sink as one line and a count: the first of a
 * call at once, repeats once a second and at the end, none lost, also where the
 * sink could not take them at once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "enforce/run/run.h"

struct heard {
	unsigned first, repeats;
	uint64_t count;		/* of all */
	int64_t last_id;
	bool busy;		/* takes nothing, then */
	unsigned waits;
};

static int hear(void *data, const struct profiles_denial *denial,
		bool by_program, bool wait, int64_t *id)
{
	struct heard *heard = data;

	(void)by_program;
	heard->waits += wait;
	if (heard->busy) {
		*id = -1;
		return -EBUSY;
	}
	heard->count += denial->count;
	heard->last_id = *id;
	if (*id == 0)
		*id = 100 + ++heard->first;
	else
		heard->repeats++;
	return 0;
}

/* What the supervisor does with one refusal. */
static void refuse(struct enforce_refusals *refusals,
		   const struct enforce_sink *sink, uint32_t number,
		   bool by_program)
{
	struct profiles_denial denial = {
		.call = {BASE_ARCH_X86_64, number},
		.count = 1,
	};

	struct enforce_refusal *known = enforce_refusals_find(
		refusals, denial.call, 0, by_program);

	if (known)
		enforce_refusals_repeat(refusals, known);
	else
		enforce_refusals_first(refusals, sink, &denial, 0, by_program);
	enforce_refusals_flush(refusals, sink, ENFORCE_DUE);
}

static void a_flood(void **state)
{
	struct enforce_refusals refusals = {0};
	struct heard heard = {0};
	const struct enforce_sink sink = {.denial = hear, .data = &heard};
	int64_t start = base_now_monotonic();

	(void)state;
	assert_int_equal(enforce_refusals_timeout(&refusals), -1);
	for (int i = 0; i < 100000; i++)
		refuse(&refusals, &sink, 83, true);
	assert_int_equal(heard.first, 1);
	assert_true(heard.repeats <=
		    2 + (base_now_monotonic() - start) / 1000000);
	assert_true(enforce_refusals_timeout(&refusals) >= 0);
	assert_true(enforce_refusals_timeout(&refusals) <= 1001);
	enforce_refusals_flush(&refusals, &sink, ENFORCE_LAST);
	assert_int_equal(heard.count, 100000);
	assert_int_equal(heard.last_id, 101);
	assert_int_equal(enforce_refusals_timeout(&refusals), -1);
	enforce_refusals_free(&refusals);
}

/* Each call is told, and the program's own apart from a descendant's. */
static void different_ones(void **state)
{
	struct enforce_refusals refusals = {0};
	struct heard heard = {0};
	const struct enforce_sink sink = {.denial = hear, .data = &heard};

	(void)state;
	for (uint32_t round = 0; round < 3; round++)
		for (uint32_t number = 0; number < 50; number++) {
			refuse(&refusals, &sink, number, false);
			refuse(&refusals, &sink, number, true);
		}
	assert_int_equal(heard.first, 100);
	enforce_refusals_flush(&refusals, &sink, ENFORCE_LAST);
	assert_int_equal(heard.count, 300);
	enforce_refusals_free(&refusals);
}

/* What it does not take comes again, a second later; only the last time may it
 * wait, and once. */
static void a_busy_sink(void **state)
{
	struct enforce_refusals refusals = {0};
	struct heard heard = {.busy = true};
	const struct enforce_sink sink = {.denial = hear, .data = &heard};

	(void)state;
	refuse(&refusals, &sink, 1, true);
	refuse(&refusals, &sink, 1, true);
	refuse(&refusals, &sink, 2, true);
	assert_in_range(enforce_refusals_timeout(&refusals), 1, 1001);
	enforce_refusals_flush(&refusals, &sink, ENFORCE_NOW);
	assert_int_equal(heard.waits, 0);
	assert_in_range(enforce_refusals_timeout(&refusals), 1, 1001);
	enforce_refusals_flush(&refusals, &sink, ENFORCE_LAST);
	assert_int_equal(heard.waits, 1);
	heard.busy = false;
	enforce_refusals_flush(&refusals, &sink, ENFORCE_LAST);
	assert_int_equal(heard.count, 3);
	assert_int_equal(enforce_refusals_timeout(&refusals), -1);
	enforce_refusals_free(&refusals);
}

/* What another process hands on is not handed on twice. */
static void left_to_another(void **state)
{
	struct enforce_refusals refusals = {0};
	struct heard heard = {.busy = true};
	const struct enforce_sink sink = {.denial = hear, .data = &heard};

	(void)state;
	refuse(&refusals, &sink, 1, true);
	enforce_refusals_leave(&refusals);
	heard.busy = false;
	enforce_refusals_flush(&refusals, &sink, ENFORCE_LAST);
	assert_int_equal(heard.count, 0);
	refuse(&refusals, &sink, 1, true);
	enforce_refusals_flush(&refusals, &sink, ENFORCE_LAST);
	assert_int_equal(heard.count, 1);
	enforce_refusals_free(&refusals);
}

/* /proc says who this process is; for one that is gone it says nothing. */
static void who(void **state)
{
	struct profiles_denial denial = {0};
	char exe[4096] = "";

	(void)state;
	assert_true(readlink("/proc/self/exe", exe, sizeof(exe) - 1) > 0);
	enforce_denial_when(&denial);
	enforce_denial_who(&denial, getpid());
	assert_int_equal(denial.pid, getpid());
	assert_int_equal(denial.uid, getuid());
	assert_string_equal(denial.exe, exe);
	assert_true(strlen(denial.comm) > 0);
	assert_int_equal(strlen(denial.boot_id), 36);
	assert_true(strlen(denial.host) > 0);
	enforce_denial_who(&denial, 0x7ffffffe);
	assert_string_equal(denial.exe, "");
	assert_string_equal(denial.comm, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flood),
		cmocka_unit_test(different_ones),
		cmocka_unit_test(a_busy_sink),
		cmocka_unit_test(left_to_another),
		cmocka_unit_test(who),
	};

	return cmocka_run_group_tests_name("enforce_refusals", tests, NULL,
					   NULL);
}
