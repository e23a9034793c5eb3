/* SPDX-License-Identifier: MIT */
/*
 * The parser: each rule is a line of data. A line gives either the profile that
 * results, in its printed words, or a part of the sentence that refuses it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "profiles/profiles.h"

static int parse(const char *bytes, size_t length, struct profiles_text *text,
		 struct error *err)
{
	FILE *file = fmemopen((void *)bytes, length, "r");
	int result;

	assert_non_null(file);
	result = profiles_parse(file, "F", text, err);
	fclose(file);
	return result;
}

/* The calls of a set, "read,i386:exit". */
static void describe(const struct profiles_set *set, char *out, size_t size)
{
	char buffer[12];
	size_t used = 0;

	*out = '\0';
	for (size_t i = 0; i < set->count; i++) {
		enum base_arch arch = set->calls[i].arch;

		used += (size_t)snprintf(
			out + used, size - used, "%s%s%s%s", i ? "," : "",
			arch == BASE_ARCH_X86_64 ? "" : base_arch_name(arch),
			arch == BASE_ARCH_X86_64 ? "" : ":",
			base_call_text(set->calls[i], buffer, sizeof(buffer)));
	}
}

/* The header makes the plain list one of x86_64 wherever the test runs. */
#define X86 "# p: system calls on x86_64, exported by jail; also a Firejail "  \
	    "profile\n"

static void test_lists(void **state)
{
	static const struct {
		const char *lines, *set;	/* set NULL: refused */
		const char *sentence;
	} cases[] = {
		{ "seccomp.keep read", "read", NULL },
		{ "seccomp.keep write,read", "read,write", NULL },
		{ "seccomp.keep read,read", "read", NULL },
		{ "seccomp.keep read,", "read", NULL },
		{ "seccomp.keep $451", "cachestat", NULL },
		{ "seccomp.keep $999,$0", "read,999", NULL },
		{ "seccomp.keep read,write,!write", "read", NULL },
		{ "seccomp.keep !write,read,write", "read", NULL },
		{ "seccomp.keep read\nseccomp.keep write", "write", NULL },
		{ "seccomp.keep read\n#jail seccomp.keep.i386 exit",
		  "i386:exit,read", NULL },
		{ "#jail seccomp.keep.i386 exit\n#jail seccomp.keep.i386 read",
		  "i386:read", NULL },
		{ "seccomp.keep.x86_64 read", "read", NULL },
		{ "#jail seccomp.keep.aarch64 read", "aarch64:read", NULL },
		{ "#jail seccomp.keep.x32 ioctl,$999", "x32:ioctl,x32:999",
		  NULL },
		{ "  \t seccomp.keep \t read  # and so on", "read", NULL },
		{ "seccomp.keep read#,write", "read", NULL },
		{ "seccomp.keep read\r\nseccomp.block-secondary\r\n", "read",
		  NULL },
		{ "# comment\n\n \t\n#\nseccomp.keep read", "read", NULL },
		{ "seccomp.keep read, write", NULL, "F:2: the list has a" },
		{ "seccomp.keep ,read", NULL, "F:2: the list has an empty" },
		{ "seccomp.keep read,,write", NULL, "the list has an empty" },
		{ "seccomp.keep ,", NULL, "F:2: the list has an empty" },
		{ "seccomp.keep", NULL, "F:2: seccomp.keep needs an argument" },
		{ "seccomp.keep  # none", NULL, "needs an argument" },
		{ "seccomp.keep 451", NULL, "a number is written $451" },
		{ "seccomp.keep $", NULL, "F:2: " },
		{ "seccomp.keep $-1", NULL, "F:2: " },
		{ "seccomp.keep $4294967296", NULL, "F:2: " },
		{ "seccomp.keep $1073741824", NULL, "F:2: " },
		{ "seccomp.keep read:EPERM", NULL, "an errno or kill" },
		{ "seccomp.keep i386:read", NULL, "an errno or kill" },
		{ "\n\nseccomp.keep raed", NULL, "F:4: " },
		{ "seccomp.keep raed", NULL, "read" },
		{ "seccomp.keep @no-such-group", NULL, "F:2: " },
		{ "seccomp.keep \033[31mread", NULL, "?[31mread" },
		{ "seccomp.block-secondary\n#jail seccomp.keep.i386 exit", NULL,
		  "F: seccomp.block-secondary refuses the calls of i386" },
		{ "seccomp.block-secondary yes", NULL, "takes no argument" },
		{ "seccomp.kep read", NULL,
		  "F:2: unknown directive \"seccomp.kep\"; did you mean "
		  "\"seccomp.keep\"?" },
		{ "foo", NULL, "F:2: unknown directive \"foo\"" },
		{ "Seccomp.keep read", NULL, "did you mean \"seccomp.keep\"" },
		{ "#jail foo", NULL, "F:2: unknown directive \"foo\"" },
		{ "blacklist /etc", NULL,
		  "F:2: \"blacklist\" has no place in a list of calls" },
		{ "seccomp", NULL, "has no place" },
		{ "net none", NULL, "has no place" },
		{ "include /dev/null", NULL, "has no place" },
		{ "ignore seccomp.keep", NULL, "has no place" },
		{ "?HAS_NET: quiet", NULL, "unknown directive \"?HAS_NET:\"" },
	};
	char found[512], lines[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_profiles_text struct profiles_text text = { 0 };
		struct error err = { 0 };
		int result;

		snprintf(lines, sizeof(lines), "%s%s", X86, cases[i].lines);
		result = parse(lines, strlen(lines), &text, &err);
		describe(&text.set, found, sizeof(found));
		if (cases[i].set ? result != 0 || strcmp(found, cases[i].set) :
				   result >= 0 || err.code != -result ||
					   !strstr(err.text, cases[i].sentence))
			fail_msg("%s: %d, \"%s\", \"%s\"", cases[i].lines,
				 result, found, err.text);
		assert_int_equal(text.has_set, text.set.count > 0);
	}
}

#define CAP(number) (UINT64_C(1) << (number))
#define ALL ((UINT64_C(1) << 41) - 1)

static void test_caps(void **state)
{
	static const struct {
		const char *lines;
		uint64_t keep;
		const char *sentence;
	} cases[] = {
		{ "caps.drop all", 0, NULL },
		{ "caps.keep setuid,chown", CAP(7) | CAP(0), NULL },
		{ "caps.keep setuid\ncaps.keep chown", CAP(0), NULL },
		{ "caps.drop chown", ALL & ~CAP(0), NULL },
		{ "caps.drop all\ncaps.keep chown", 0, NULL },
		{ "caps.keep chown\ncaps.drop kill", ALL & ~CAP(5), NULL },
		{ "caps.drop kill\ncaps.keep chown", ALL & ~CAP(5), NULL },
		{ "caps\ncaps.keep chown", CAP(0), NULL },
		{ "caps", ALL & ~(CAP(16) | CAP(17) | CAP(21) | CAP(22) |
				  CAP(23) | CAP(26) | CAP(27) | CAP(34)),
		  NULL },
		{ "caps.keep", 0, "needs an argument" },
		{ "caps.keep chwon", 0, "did you mean 'chown'?" },
		{ "caps.keep chown, kill", 0, "there is no capability" },
		{ "caps.keep chown,", 0, "there is no capability" },
		{ "caps.keep all", 0, "there is no capability" },
		{ "caps all", 0, "takes no argument" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_profiles_text struct profiles_text text = { 0 };
		struct error err = { 0 };
		int result = parse(cases[i].lines, strlen(cases[i].lines),
				   &text, &err);

		if (cases[i].sentence) {
			assert_int_equal(result, -EINVAL);
			assert_non_null(strstr(err.text, cases[i].sentence));
			continue;
		}
		assert_int_equal(result, 0);
		assert_true(text.has_caps);
		assert_int_equal(text.caps_keep, cases[i].keep);
	}
}

static void test_header(void **state)
{
	static const char lines[] =
		"# a: system calls on b: system calls on aarch64, exported by "
		"jail; also a Firejail profile\r\n"
		"# learned in 3 sessions on Linux 6.1, glibc 2.36: 00000001 "
		"0a1b2c3d\n#   ffffffff\n"
		"# learned in 1 session on Linux 6.18.44, unknown libc: "
		"00000002\n"
		"seccomp.keep $5\n#   00000003\n";
	cleanup_profiles_text struct profiles_text text = { 0 };

	(void)state;
	assert_int_equal(parse(lines, strlen(lines), &text, NULL), 0);
	assert_string_equal(text.program, "a: system calls on b");
	assert_int_equal(text.origin_count, 2);
	assert_string_equal(text.origins[0].kernel, "6.1");
	assert_string_equal(text.origins[0].libc, "glibc 2.36");
	assert_int_equal(text.origins[0].session_count, 3);
	assert_string_equal(text.origins[0].sessions[2], "ffffffff");
	assert_string_equal(text.origins[1].libc, "unknown libc");
	assert_int_equal(text.origins[1].session_count, 1);
	assert_int_equal(text.set.calls[0].arch, BASE_ARCH_AARCH64);
}

static void test_broken_header(void **state)
{
	static const char *const lines[] = {
		"# learned in 1 session on Linux 6.1, glibc: xyz",
		"# learned in 1 session on Linux 6.1, glibc: 0A1B2C3D",
		"# learned in 1 session on Linux 6.1, glibc: 0a1b2c3d4",
		"# learned in 1 session on Linux 6.1 glibc 0a1b2c3d",
		"# learned in 1 session on Linux 6.1, glibc:\n#   nonsense",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		cleanup_profiles_text struct profiles_text text = { 0 };
		struct error err = { 0 };

		assert_int_equal(parse(lines[i], strlen(lines[i]), &text, &err),
				 -EINVAL);
		assert_non_null(strstr(err.text, "does not name sessions"));
	}
}

static void test_bounds(void **state)
{
	static char bytes[1024 * 1024 + 2];
	static const struct {
		size_t length, newline_every;
		const char *sentence;
	} cases[] = {
		{ 8191, 0, NULL },
		{ 8192, 0, "F:1: the line is longer than 8191" },
		{ 1024 * 1024, 4096, NULL },
		{ 1024 * 1024 + 1, 4096, "too large" },
		{ 100000, 1, NULL },
		{ 100001, 1, "F:100001: too large" },
	};
	cleanup_profiles_text struct profiles_text zero = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_profiles_text struct profiles_text text = { 0 };
		struct error err = { 0 };
		size_t every = cases[i].newline_every;
		int result;

		memset(bytes, '#', sizeof(bytes));
		for (size_t at = every; every && at <= sizeof(bytes);
		     at += every)
			bytes[at - 1] = '\n';
		result = parse(bytes, cases[i].length, &text, &err);
		if (cases[i].sentence ?
			    !strstr(err.text, cases[i].sentence) :
			    result != 0)
			fail_msg("case %zu: %d, \"%s\"", i, result, err.text);
	}
	memset(bytes, 0, sizeof(bytes));
	bytes[9] = '\n';
	assert_int_equal(parse(bytes, sizeof(bytes), &zero, NULL), -EINVAL);
}

/* Every row can be used as its own example says, and without its argument
 * where that may be left out; one without an example is refused. */
static void test_examples(void **state)
{
	static const struct profiles_context context = {
		.home = "/home/a", .uid = 1000, .path = "/usr/bin:/bin",
	};
	const struct profiles_directive *row;
	size_t count = 0;

	(void)state;
	for (; (row = profiles_directive(count)); count++) {
		cleanup_profiles_text struct profiles_text text = {
			.context = &context,
		};
		cleanup_free char *line = base_printf(
			"%s%s%s", row->name, row->argument ? " " : "",
			row->example ? row->example : row->argument ?
			row->argument : "");
		struct error err = { 0 };
		bool refused = row->argument && !row->example;

		if (profiles_parse_line(line, &text, &err) < 0 ?
		    !refused || err.code != ENOTSUP : refused)
			fail_msg("%s: %s", line, err.text);
		if (row->argument && *row->argument == '[' &&
		    profiles_parse_line(row->name, &text, &err) < 0)
			fail_msg("%s: %s", row->name, err.text);
		assert_true(row->help && *row->help);
		assert_true(row->argument || !row->example);
		assert_true(profiles_policy_finish(&text, &err) == 0 ||
			    strstr(err.text, "contradict") ||
			    strstr(err.text, " is about "));
	}
	assert_true(count > 140);
}

/* A file is parsed to its end or refused, whatever it holds; addresses are
 * watched by the sanitizers' build. */
static void test_noise(void **state)
{
	static const char *const words[] = {
		"seccomp.keep", "#jail ", "# learned in ", " on Linux ", ", ",
		": ", "\n", "#   ", "0a1b2c3d", "@", "$", "!", ",", "read",
		"seccomp.keep.i386", "caps.keep", "system calls on ", "x86_64",
		", exported by jail; also a Firejail profile", "# ", "\xff",
		"\t", " ", "\r", "99999999999999999999", "x",
	};
	char bytes[1024];

	(void)state;
	srand(20);
	for (int i = 0; i < 20000; i++) {
		cleanup_profiles_text struct profiles_text text = { 0 };
		struct error err = { 0 };
		size_t length = 0;
		int result;

		for (int n = rand() % 12; n >= 0; n--) {
			const char *word =
				words[(size_t)rand() % ARRAY_SIZE(words)];

			memcpy(bytes + length, word, strlen(word));
			length += strlen(word);
		}
		result = parse(bytes, length, &text, &err);
		assert_true(result == 0 || err.code == -result);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_caps),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_broken_header),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
