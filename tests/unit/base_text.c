/* SPDX-License-Identifier: MIT */
/* Sentences, printable text, numbers, durations, times, distances: rows of
 * data. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/base.h"

static void test_error(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_int_equal(base_error(&err, ENOENT, "no \"%s\"", "a\033[1m\n"),
			 -ENOENT);
	assert_int_equal(err.code, ENOENT);
	assert_string_equal(err.text, "no \"a?[1m?\"");
	assert_int_equal(base_error_at(&err, "%s:%d", "list", 3), -ENOENT);
	assert_string_equal(err.text, "list:3: no \"a?[1m?\"");
	assert_int_equal(base_error(&err, EIO, "again: %s", err.text), -EIO);
	assert_string_equal(err.text, "again: list:3: no \"a?[1m?\"");
	assert_int_equal(base_error(NULL, EPERM, "unheard"), -EPERM);
	assert_true(base_error_at(NULL, "unheard") < 0);
}

static void test_error_is_bounded(void **state)
{
	char text[2000];
	struct error err = { 0 };

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	base_error(&err, EIO, "%s", text);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	base_error_at(&err, "%s", text);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	assert_int_equal(err.code, EIO);
}

static void test_printable(void **state)
{
	static const char *const rows[][2] = {
		{ "", "" },
		{ "plain text ~", "plain text ~" },
		{ "a\tb\nc\rd\x7f", "a?b?c?d?" },
		{ "\033]0;title\007", "?]0;title?" },
		{ "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" },
		{ "\xe2\x82\xac \xf0\x9f\x90\xa7",
		  "\xe2\x82\xac \xf0\x9f\x90\xa7" },
		{ "\xc2\x9b" "31m", "?31m" },		/* C1 CSI */
		{ "\xc3", "?" },			/* cut short */
		{ "\xe2\x82x", "??x" },
		{ "\xc0\xaf", "??" },			/* overlong */
		{ "\xe0\x80\xaf", "???" },
		{ "\xed\xa0\x80", "???" },		/* a surrogate */
		{ "\xf4\x90\x80\x80", "????" },		/* beyond Unicode */
		{ "\xff\xfe\x80", "???" },
		{ "\xe2\x80\xae" "cod.exe", "?cod.exe" },	/* RLO */
		{ "\xe2\x80\xa8", "?" },		/* line separator */
	};
	char out[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_ptr_equal(base_printable(out, sizeof(out), rows[i][0]),
				 out);
		assert_string_equal(out, rows[i][1]);
		strcpy(out, rows[i][0]);
		base_printable(out, sizeof(out), out);
		assert_string_equal(out, rows[i][1]);
	}
}

/* Cut only between characters, and never written past the end. */
static void test_printable_size(void **state)
{
	char out[8];

	(void)state;
	memset(out, 'X', sizeof(out));
	base_printable(out, 4, "abcdef");
	assert_memory_equal(out, "abc\0XXXX", 8);
	base_printable(out, 4, "a\xe2\x82\xac");
	assert_memory_equal(out, "a\0", 2);
	assert_memory_equal(out + 4, "XXXX", 4);
	base_printable(out, 1, "abc");
	assert_memory_equal(out, "\0", 1);
	out[0] = 'X';
	base_printable(out, 0, "abc");
	assert_memory_equal(out, "X", 1);
}

static void test_number(void **state)
{
	static const struct {
		const char *text;
		uint64_t max;
		int64_t number;		/* -1: refused */
	} rows[] = {
		{ "0", 0, 0 },
		{ "201", 1000, 201 },
		{ "0xC9", 1000, 201 },
		{ "0Xc9", 1000, 201 },
		{ "010", 1000, 10 },
		{ "7", 6, -1 },
		{ "6", 6, 6 },
		{ "1000", 999, -1 },
		{ "9223372036854775807", INT64_MAX, INT64_MAX },
		{ "18446744073709551616", UINT64_MAX, -1 },
		{ "0x10000000000000000", UINT64_MAX, -1 },
		{ "99999999999999999999999", UINT64_MAX, -1 },
		{ "", 9, -1 },
		{ "0x", 9, -1 },
		{ "-1", UINT64_MAX, -1 },
		{ "+1", 9, -1 },
		{ " 1", 9, -1 },
		{ "1 ", 9, -1 },
		{ "1k", 9999, -1 },
		{ "c9", 9999, -1 },
		{ "0xg", 9999, -1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t number = 4711;
		int ret = base_parse_number(rows[i].text, rows[i].max, &number);

		assert_int_equal(ret, rows[i].number < 0 ? -EINVAL : 0);
		assert_int_equal(number,
				 rows[i].number < 0 ? 4711 : rows[i].number);
	}
	assert_int_equal(base_parse_number("18446744073709551615", UINT64_MAX,
					   &(uint64_t){ 0 }), 0);
}

static void test_duration(void **state)
{
	static const int64_t day = INT64_C(86400) * 1000000;
	static const struct {
		const char *text;
		int64_t duration;	/* 0: refused */
	} rows[] = {
		{ "1", 1000000 },
		{ "90", 90000000 },
		{ "090s", 90000000 },
		{ "1.5", 1500000 },
		{ ".5s", 500000 },
		{ "5.", 5000000 },
		{ "1.5m", 90000000 },
		{ "0.25h", 900000000 },
		{ "2d", 172800 * INT64_C(1000000) },
		{ "0.000001", 1 },
		{ "1.0000019", 1000001 },
		{ "366d", 366 * day },
		{ "31622400", 366 * day },
		{ "366.00001d", 0 },
		{ "367d", 0 },
		{ "99999999999999999999999999999999s", 0 },
		{ "0.0000001", 0 },
		{ "0", 0 },
		{ "0.0h", 0 },
		{ "", 0 },
		{ ".", 0 },
		{ "s", 0 },
		{ ".s", 0 },
		{ "1..5", 0 },
		{ "1.5.", 0 },
		{ "1,5", 0 },
		{ "-1", 0 },
		{ "+1", 0 },
		{ " 1", 0 },
		{ "1 s", 0 },
		{ "1s ", 0 },
		{ "1ms", 0 },
		{ "1S", 0 },
		{ "1w", 0 },
		{ "1e3", 0 },
		{ "0x10", 0 },
		{ "inf", 0 },
		{ "1h30m", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int64_t duration = 0;
		int ret = base_parse_duration(rows[i].text, &duration);

		assert_int_equal(duration, rows[i].duration);
		assert_int_equal(ret, rows[i].duration ? 0 : -EINVAL);
	}
}

static void test_time(void **state)
{
	static const struct {
		int64_t time;
		const char *text;
	} rows[] = {
		{ 0, "1970-01-01T00:00:00.000Z" },
		{ 1795294550123456, "2026-11-21T20:55:50.123Z" },
		{ 951782400000000, "2000-02-29T00:00:00.000Z" },
		{ -1, "1969-12-31T23:59:59.999Z" },
		{ 253402300799999999, "9999-12-31T23:59:59.999Z" },
	};
	char out[32];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_string_equal(base_time_text(out, sizeof(out),
						   rows[i].time), rows[i].text);
	base_time_text(out, sizeof(out), INT64_MAX);
	assert_true(strlen(out) < sizeof(out));
	base_time_text(out, sizeof(out), INT64_MIN);
	assert_true(strlen(out) < sizeof(out));
}

static void test_clocks(void **state)
{
	int64_t before = base_now_monotonic();

	(void)state;
	assert_true(base_now() > 1700000000000000);
	assert_true(base_now_monotonic() >= before);
}

static void test_distance(void **state)
{
	static const struct {
		const char *a, *b;
		size_t distance;
	} rows[] = {
		{ "", "", 0 },
		{ "", "abc", 3 },
		{ "abc", "", 3 },
		{ "openat", "openat", 0 },
		{ "opennat", "openat", 1 },
		{ "oepnat", "openat", 1 },
		{ "openot", "openat", 1 },
		{ "opena", "openat", 1 },
		{ "kitten", "sitting", 3 },
		{ "ab", "ba", 1 },
	};
	char longer[200];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(base_edit_distance(rows[i].a, rows[i].b),
				 rows[i].distance);
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(base_edit_distance(longer, "a"), 199);
}

static void test_printf(void **state)
{
	cleanup_free char *text = base_printf("%s %d", "call", 201);

	(void)state;
	assert_string_equal(text, "call 201");
}

static void test_nearest(void **state)
{
	static const char *const known[] = {
		"openat", "read", "readv", "socketcall", "ls", "x",
	};
	static const struct { const char *word, *nearest; } rows[] = {
		{ "opennat", "openat" }, { "raed", "read" },
		{ "socketcal", "socketcall" }, { "reead", "read" },
		{ "transmission", "" }, { "", "" }, { "y", "" }, { "sl", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct base_nearest nearest = { .word = rows[i].word };

		for (size_t k = 0; k < ARRAY_SIZE(known); k++)
			base_nearest(&nearest, known[k]);
		assert_string_equal(nearest.name, rows[i].nearest);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_error_is_bounded),
		cmocka_unit_test(test_printable),
		cmocka_unit_test(test_printable_size),
		cmocka_unit_test(test_number),
		cmocka_unit_test(test_duration),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_clocks),
		cmocka_unit_test(test_distance),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_printf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
