/* SPDX-License-Identifier: MIT */
/* The table of calls against libseccomp's and against itself; what people and
 * the kernel write for a call; groups. */
#include <linux/audit.h>
#include <seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/base.h"
#include "base/syscalls-table.h"

static const uint32_t scmp_arches[BASE_ARCH_COUNT] = {
	[BASE_ARCH_AARCH64] = SCMP_ARCH_AARCH64,
	[BASE_ARCH_I386] = SCMP_ARCH_X86,
	[BASE_ARCH_X32] = SCMP_ARCH_X32,
	[BASE_ARCH_X86_64] = SCMP_ARCH_X86_64,
};

/* Every name of ours that libseccomp gives a number has ours. */
static void test_names_agree(void **state)
{
	size_t compared = 0;

	(void)state;
	for (uint32_t arch = 0; arch < BASE_ARCH_COUNT; arch++)
		for (size_t i = 0; i < base_call_row_count; i++) {
			const char *name = base_call_rows[i].name;
			int ours = base_call_number(arch, name);
			int theirs = seccomp_syscall_resolve_name_arch(
				scmp_arches[arch], name);

			if (ours < 0 || theirs < 0)
				continue;
			if (arch == BASE_ARCH_X32)
				theirs &= ~BASE_X32_BIT;
			if (ours != theirs)
				fail_msg("%s %s is %d, not %d",
					 base_arch_name(arch), name, theirs,
					 ours);
			compared++;
		}
	assert_true(compared > 1300);
}

/* Every number that libseccomp names has a name, and the same, here. */
static void test_numbers_agree(void **state)
{
	size_t compared = 0;

	(void)state;
	for (uint32_t arch = 0; arch < BASE_ARCH_COUNT; arch++)
		for (uint32_t number = 0; number < 1024; number++) {
			struct base_call call = { arch, number };
			const char *ours = base_call_name(call);
			uint32_t audit_arch, raw;
			char *theirs;

			base_call_to_kernel(call, &audit_arch, &raw);
			theirs = seccomp_syscall_resolve_num_arch(
				scmp_arches[arch], (int)raw);
			if (!theirs)
				continue;
			if (!ours || strcmp(ours, theirs) != 0)
				fail_msg("%s %u is %s", base_arch_name(arch),
					 number, theirs);
			free(theirs);
			compared++;
		}
	assert_true(compared > 1300);
}

static void test_round_trip(void **state)
{
	size_t named = 0, counted = 0;

	(void)state;
	for (uint32_t arch = 0; arch < BASE_ARCH_COUNT; arch++) {
		for (uint32_t i = 0; i <= base_call_highest(arch); i++) {
			struct base_call call = { arch, i }, back;
			const char *name = base_call_name(call);

			if (!name)
				continue;
			assert_int_equal(base_call_number(arch, name), i);
			assert_true(base_call_named(arch, name, &back));
			assert_int_equal(base_call_compare(&back, &call), 0);
			assert_true(base_call_is(call, name));
			assert_false(base_call_is((struct base_call){ arch,
						  i + 1 }, name));
			named++;
		}
		for (size_t i = 0; i < base_call_row_count; i++)
			counted += base_call_rows[i].number[arch] >= 0;
	}
	assert_int_equal(named, counted);
	assert_false(base_call_is((struct base_call){ BASE_ARCH_X86_64,
				  (uint32_t)-ENOENT }, "no_such_call"));
	for (size_t i = 1; i < base_call_row_count; i++)
		assert_true(strcmp(base_call_rows[i - 1].name,
				   base_call_rows[i].name) < 0);
}

static void test_newest(void **state)
{
	static const struct {
		enum base_arch arch;
		uint32_t number;
		const char *name, *since;
	} rows[] = {
		{ BASE_ARCH_X86_64, 201, "time", "1.0" },
		{ BASE_ARCH_X86_64, 134, "uselib", "1.0" },
		{ BASE_ARCH_X86_64, 184, "tuxcall", NULL },
		{ BASE_ARCH_X86_64, 236, "vserver", NULL },
		{ BASE_ARCH_X86_64, 335, "uretprobe", "6.11" },
		{ BASE_ARCH_X86_64, 336, "uprobe", "6.18" },
		{ BASE_ARCH_X86_64, 462, "mseal", "6.10" },
		{ BASE_ARCH_I386, 335, "rt_tgsigqueueinfo", "2.6.31" },
		{ BASE_ARCH_I386, 469, "file_setattr", "6.17" },
		{ BASE_ARCH_X32, 512, "rt_sigaction", "2.2" },
		{ BASE_ARCH_X32, 547, "pwritev2", "4.6" },
		{ BASE_ARCH_X32, 466, "removexattrat", "6.13" },
		{ BASE_ARCH_AARCH64, 79, "newfstatat", "2.6.16" },
		{ BASE_ARCH_AARCH64, 470, "listns", "6.19" },
		{ BASE_ARCH_AARCH64, 471, "rseq_slice_yield", "7.0" },
		{ BASE_ARCH_X86_64, 337, NULL, NULL },
		{ BASE_ARCH_X86_64, 512, NULL, NULL },
		{ BASE_ARCH_X32, 13, NULL, NULL },
		{ BASE_ARCH_AARCH64, 1000000, NULL, NULL },
		{ BASE_ARCH_COUNT, 1, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct base_call call = { rows[i].arch, rows[i].number };
		const char *name = base_call_name(call);
		const char *since = base_call_since(call);

		assert_string_equal(name ? name : "", rows[i].name ?: "");
		assert_string_equal(since ? since : "", rows[i].since ?: "");
	}
	for (uint32_t arch = 0; arch < BASE_ARCH_COUNT; arch++) {
		assert_true(base_call_highest(arch) >= 469);
		for (uint32_t number = 424; number <= 469; number++)
			assert_non_null(base_call_name(
				(struct base_call){ arch, number }));
	}
}

static void test_text(void **state)
{
	char buffer[12];

	(void)state;
	assert_string_equal(base_call_text((struct base_call){
		BASE_ARCH_X86_64, 0 }, buffer, sizeof(buffer)), "read");
	assert_string_equal(base_call_text((struct base_call){
		BASE_ARCH_X86_64, UINT32_MAX }, buffer, sizeof(buffer)),
		"4294967295");
}

static void test_kernel(void **state)
{
	static const struct {
		uint32_t audit_arch, raw;
		int arch;		/* -1: no call */
		uint32_t number;
	} rows[] = {
		{ AUDIT_ARCH_X86_64, 0, BASE_ARCH_X86_64, 0 },
		{ AUDIT_ARCH_X86_64, 999999, BASE_ARCH_X86_64, 999999 },
		{ AUDIT_ARCH_X86_64, 0x40000201, BASE_ARCH_X32, 513 },
		{ AUDIT_ARCH_X86_64, 0x7fffffff, BASE_ARCH_X32, 0x3fffffff },
		{ AUDIT_ARCH_I386, 102, BASE_ARCH_I386, 102 },
		{ AUDIT_ARCH_I386, 0x40000201, BASE_ARCH_I386, 0x40000201 },
		{ AUDIT_ARCH_AARCH64, 63, BASE_ARCH_AARCH64, 63 },
		{ AUDIT_ARCH_X86_64, UINT32_MAX, -1, 0 },
		{ AUDIT_ARCH_X86_64, 0x80000000, -1, 0 },
		{ AUDIT_ARCH_X86_64, 0xc0000201, -1, 0 },
		{ AUDIT_ARCH_I386, (uint32_t)-38, -1, 0 },
		{ AUDIT_ARCH_ARM, 1, -1, 0 },
		{ 0, 1, -1, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct base_call call = { 0 };
		uint32_t audit_arch, raw;
		bool is = base_call_from_kernel(rows[i].audit_arch,
						rows[i].raw, &call);

		assert_int_equal(is, rows[i].arch >= 0);
		if (!is)
			continue;
		assert_int_equal(call.arch, rows[i].arch);
		assert_int_equal(call.number, rows[i].number);
		base_call_to_kernel(call, &audit_arch, &raw);
		assert_int_equal(audit_arch, rows[i].audit_arch);
		assert_int_equal(raw, rows[i].raw);
	}
}

static void test_arches(void **state)
{
	(void)state;
	for (int i = 0; i < BASE_ARCH_COUNT; i++) {
		assert_int_equal(base_arch_parse(base_arch_name(i)), i);
		assert_true(i == 0 || strcmp(base_arch_name(i - 1),
					     base_arch_name(i)) < 0);
	}
	assert_int_equal(base_arch_parse("vax"), -EINVAL);
	assert_int_equal(base_arch_parse(""), -EINVAL);
	assert_int_equal(scmp_arches[base_arch_native()],
			 seccomp_arch_native());
}

static void test_parse(void **state)
{
	static const struct {
		const char *text;
		enum base_arch arch;
		int expected;		/* enum base_arch, or -errno */
		uint32_t number;
		const char *words;	/* in the sentence */
	} rows[] = {
		{ "time", BASE_ARCH_X86_64, BASE_ARCH_X86_64, 201, "" },
		{ "time", BASE_ARCH_I386, BASE_ARCH_I386, 13, "" },
		{ "i386:time", BASE_ARCH_X86_64, BASE_ARCH_I386, 13, "" },
		{ "201", BASE_ARCH_X86_64, BASE_ARCH_X86_64, 201, "" },
		{ "$201", BASE_ARCH_X86_64, BASE_ARCH_X86_64, 201, "" },
		{ "0xc9", BASE_ARCH_AARCH64, BASE_ARCH_AARCH64, 201, "" },
		{ "aarch64:$0", BASE_ARCH_I386, BASE_ARCH_AARCH64, 0, "" },
		{ "999", BASE_ARCH_I386, BASE_ARCH_I386, 999, "" },
		{ "0x40000201", BASE_ARCH_X86_64, BASE_ARCH_X32, 513, "" },
		{ "x32:513", BASE_ARCH_X86_64, BASE_ARCH_X32, 513, "" },
		{ "x32:0x40000201", BASE_ARCH_X86_64, BASE_ARCH_X32, 513, "" },
		{ "opennat", BASE_ARCH_X86_64, -ENOENT, 0,
		  "did you mean \"openat\"?" },
		{ "open", BASE_ARCH_AARCH64, -ENOENT, 0,
		  "it exists on i386, x32, x86_64" },
		{ "qqqqqq", BASE_ARCH_X86_64, -ENOENT, 0, "jail syscalls" },
		{ "", BASE_ARCH_X86_64, -ENOENT, 0, "" },
		{ "x\033y", BASE_ARCH_X86_64, -ENOENT, 0, "\"x?y\"" },
		{ "vax:time", BASE_ARCH_X86_64, -EINVAL, 0, "x86_64" },
		{ ":time", BASE_ARCH_X86_64, -EINVAL, 0, "" },
		{ "i386:x32:1", BASE_ARCH_X86_64, -ENOENT, 0, "" },
		{ "$", BASE_ARCH_X86_64, -EINVAL, 0, "no number" },
		{ "$time", BASE_ARCH_X86_64, -EINVAL, 0, "no number" },
		{ "2147483648", BASE_ARCH_X86_64, -EINVAL, 0, "2147483647" },
		{ "12abc", BASE_ARCH_X86_64, -EINVAL, 0, "no number" },
		{ "-1", BASE_ARCH_X86_64, -ENOENT, 0, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct base_call call = { 0 };
		struct error err = { 0 };
		int ret = base_call_parse(rows[i].text, rows[i].arch, &call,
					  &err);

		assert_int_equal(ret, rows[i].expected < 0 ? rows[i].expected
							   : 0);
		if (!strstr(err.text, rows[i].words))
			fail_msg("\"%s\" is not in \"%s\"", rows[i].words,
				 err.text);
		if (ret < 0)
			continue;
		assert_int_equal(call.arch, rows[i].expected);
		assert_int_equal(call.number, rows[i].number);
	}
}

static void test_compare(void **state)
{
	struct base_call a = { 1, 5 }, b = { 1, 6 }, c = { 2, 0 };

	(void)state;
	assert_true(base_call_compare(&a, &b) < 0);
	assert_true(base_call_compare(&c, &b) > 0);
	assert_true(base_call_compare(&a, &c) < 0);
	assert_int_equal(base_call_compare(&a, &a), 0);
}

/* ---- groups ----------------------------------------------------------- */

struct members {
	struct base_call calls[1024];
	int count;
};

static void collect(void *data, struct base_call call)
{
	struct members *members = data;

	members->calls[members->count++] = call;
}

static bool has(const char *group, enum base_arch arch, const char *name)
{
	struct members members = { .count = 0 };
	int number = base_call_number(arch, name);

	assert_true(base_group_expand(group, arch, collect, &members, NULL) >=
		    0);
	for (int i = 0; i < members.count; i++)
		if ((int)members.calls[i].number == number)
			return true;
	return false;
}

/* In order, without doubles, named, and not empty on x86_64. */
static void test_groups(void **state)
{
	(void)state;
	for (size_t g = 0; base_group_name(g); g++)
		for (uint32_t arch = 0; arch < BASE_ARCH_COUNT; arch++) {
			struct members members = { .count = 0 };
			int count = base_group_expand(base_group_name(g), arch,
						      collect, &members, NULL);

			assert_int_equal(count, members.count);
			assert_true(count > 0 || arch != BASE_ARCH_X86_64);
			for (int i = 0; i < count; i++) {
				assert_non_null(
					base_call_name(members.calls[i]));
				assert_true(i == 0 || base_call_compare(
					&members.calls[i - 1],
					&members.calls[i]) < 0);
			}
			assert_true(*base_group_help(g));
		}
	assert_null(base_group_help(base_group_row_count));
}

static bool is_on_some_arch(const char *name)
{
	for (uint32_t arch = 0; arch < BASE_ARCH_COUNT; arch++)
		if (base_call_number(arch, name) >= 0)
			return true;
	return false;
}

/* A member is a call of some architecture or a group further up. */
static void test_group_members(void **state)
{
	(void)state;
	for (size_t g = 0; g < base_group_row_count; g++) {
		const char *const *member = base_group_rows[g].members;

		for (; *member; member++) {
			bool known = **member != '@' &&
				     is_on_some_arch(*member);

			for (size_t i = 0; i < g; i++)
				known |= strcmp(base_group_name(i),
						*member) == 0;
			if (!known)
				fail_msg("%s has %s", base_group_name(g),
					 *member);
		}
	}
}

static void test_group_content(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_true(has("@basic-io", BASE_ARCH_X86_64, "read"));
	assert_false(has("@basic-io", BASE_ARCH_X86_64, "openat"));
	assert_true(has("@clock", BASE_ARCH_I386, "stime"));
	assert_true(has("@privileged", BASE_ARCH_X86_64, "init_module"));
	assert_true(has("@system-service", BASE_ARCH_AARCH64, "brk"));
	assert_false(has("@system-service", BASE_ARCH_X86_64, "mount"));
	assert_true(has("@default", BASE_ARCH_X86_64, "mount"));
	assert_false(has("@default", BASE_ARCH_X86_64, "ptrace"));
	assert_true(has("@default-nodebuggers", BASE_ARCH_X86_64, "ptrace"));
	assert_true(has("@file-system", BASE_ARCH_X86_64, "file_getattr"));

	assert_int_equal(base_group_expand("@clok", BASE_ARCH_X86_64, collect,
					   NULL, &err), -ENOENT);
	assert_non_null(strstr(err.text, "did you mean \"@clock\"?"));
	assert_int_equal(base_group_expand("clock", BASE_ARCH_X86_64, collect,
					   NULL, NULL), -ENOENT);
	assert_int_equal(base_group_expand("@", BASE_ARCH_X86_64, collect,
					   NULL, &err), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_agree),
		cmocka_unit_test(test_numbers_agree),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_newest),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_kernel),
		cmocka_unit_test(test_arches),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_group_members),
		cmocka_unit_test(test_group_content),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
