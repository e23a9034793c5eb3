/* SPDX-License-Identifier: MIT */
/*
 * Error numbers by name: each name of the C library is read back, and so is
 * what is printed for a number without a name.
 */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/base.h"

static void what_is_printed_is_read(void **state)
{
	char buffer[BASE_ERRNO_TEXT];

	(void)state;
	for (int i = 1; i <= BASE_ERRNO_MAX; i++)
		assert_int_equal(base_errno_parse(base_errno_text(i, buffer)),
				 i);
	assert_string_equal(base_errno_text(ENOSYS, buffer), "ENOSYS");
	assert_string_equal(base_errno_text(41, buffer), "41");
	assert_string_equal(base_errno_text(0, buffer), "0");
	assert_string_equal(base_errno_text(INT_MIN, buffer), "-2147483648");
}

static void names_and_numbers_are_read(void **state)
{
	static const struct {
		const char *text;
		int number;
	} rows[] = {
		{ "EPERM", EPERM },	{ "EHWPOISON", EHWPOISON },
		{ "EOPNOTSUPP", ENOTSUP }, { "ENOTSUP", ENOTSUP },
		{ "EWOULDBLOCK", EAGAIN }, { "EDEADLOCK", EDEADLK },
		{ "1", 1 }, { "0x26", ENOSYS }, { "4094", 4094 },
		{ "4095", 0 }, { "0", 0 }, { "-1", 0 }, { "", 0 },
		{ "eperm", 0 }, { "EPERM ", 0 }, { "EPERMIT", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(base_errno_parse(rows[i].text),
				 rows[i].number);
	assert_int_equal(base_errno_number("ENOTSUP"), ENOTSUP);
	assert_int_equal(base_errno_number("1"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_printed_is_read),
		cmocka_unit_test(names_and_numbers_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
