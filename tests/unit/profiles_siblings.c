/* SPDX-License-Identifier: MIT */
/* Siblings: what is brought in by what is listed, how it is answered, and that
 * the data bring in nothing that gives more than was there. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "enforce/enforce.h"

static struct base_call call_of(enum base_arch arch, const char *name)
{
	int number = base_call_number(arch, name);

	if (number < 0)
		fail_msg("no call %s", name);
	return (struct base_call){ arch, (uint32_t)number };
}

/* NAMES are words. */
static void fill(struct profiles_set *set, enum base_arch arch,
		 const char *names)
{
	char copy[512], *rest = copy, *word;

	snprintf(copy, sizeof(copy), "%s", names);
	while ((word = strsep(&rest, " ")))
		if (*word)
			assert_int_equal(
				profiles_set_add(set, call_of(arch, word)), 0);
}

struct found {
	struct profiles_sibling *rows;
	size_t count;
};

static struct found find(enum base_arch arch, const char *listed,
			 const char *refused)
{
	cleanup_profiles_set struct profiles_set list = { 0 }, off = { 0 };
	struct found found;

	fill(&list, arch, listed);
	fill(&off, arch, refused);
	assert_int_equal(profiles_siblings(&list, &off, &found.rows,
					   &found.count), 0);
	return found;
}

/* "allow epoll-wait epoll_wait"; "" where it is none. */
static const char *said(const struct found *found, enum base_arch arch,
			const char *name)
{
	static const char *const answers[] = { "allow", "stub", "offer" };
	static char text[128];
	struct base_call call = call_of(arch, name);

	for (size_t i = 0; i < found->count; i++) {
		const struct profiles_sibling *row = &found->rows[i];

		if (base_call_compare(&row->call, &call) != 0)
			continue;
		snprintf(text, sizeof(text), "%s %s %s", answers[row->answer],
			 row->class, base_call_name(row->of));
		return text;
	}
	return "";
}

static void test_what_is_brought_in(void **state)
{
	static const struct {
		enum base_arch arch;
		const char *listed, *refused, *call, *said;
	} rows[] = {
#define X86 BASE_ARCH_X86_64
		{ X86, "epoll_wait", "", "epoll_pwait2",
		  "allow epoll-wait epoll_wait" },
		{ X86, "epoll_pwait", "", "epoll_wait",
		  "allow epoll-wait epoll_pwait" },
		{ X86, "openat", "", "openat2", "stub open2 openat" },
		{ X86, "clone", "", "clone3", "stub clone clone" },
		/* The class that gives the most counts. */
		{ X86, "clone", "", "fork", "allow fork clone" },
		{ X86, "fork", "", "clone", "allow fork fork" },
		{ X86, "execve", "", "execveat", "offer exec execve" },
		{ X86, "kill", "", "pidfd_open", "offer pidfd kill" },
		/* Only to the right, and not from there. */
		{ X86, "openat2", "", "openat", "" },
		{ X86, "pidfd_open", "", "kill", "" },
		/* One pass: newfstatat comes in, and brings in no statx. */
		{ X86, "fstat", "", "newfstatat", "allow stat fstat" },
		{ X86, "fstat", "", "statx", "" },
		{ X86, "newfstatat", "", "statx", "allow statx newfstatat" },
		/* Every program. */
		{ X86, "read", "", "set_robust_list",
		  "allow libc-thread-start set_robust_list" },
		{ X86, "futex", "", "set_robust_list",
		  "allow libc-thread-start futex" },
		/* What is listed, refused, or every program's is none. */
		{ X86, "epoll_wait", "epoll_pwait2", "epoll_pwait2", "" },
		{ X86, "epoll_wait epoll_pwait", "", "epoll_pwait", "" },
		{ X86, "read", "", "exit_group", "" },
		/* Fails rather than ends a program. */
		{ X86, "read", "", "shmget", "stub shm-rng shmget" },
		/* Where they hold. */
		{ BASE_ARCH_I386, "getuid", "", "getuid32",
		  "allow uid32-getuid getuid" },
		{ BASE_ARCH_I386, "socket", "", "socketcall",
		  "offer socketcall-mux socket" },
		{ BASE_ARCH_AARCH64, "ppoll", "", "pselect6", "" },
		{ BASE_ARCH_AARCH64, "epoll_pwait", "", "epoll_pwait2",
		  "allow epoll-wait epoll_pwait" },
		{ BASE_ARCH_X32, "epoll_wait", "", "epoll_pwait", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct found found = find(rows[i].arch, rows[i].listed,
					  rows[i].refused);

		assert_string_equal(said(&found, rows[i].arch, rows[i].call),
				    rows[i].said);
		free(found.rows);
	}
}

static void test_each_once_in_order_of_its_own_architecture(void **state)
{
	cleanup_profiles_set struct profiles_set list = { 0 }, off = { 0 };
	struct profiles_sibling *rows;
	size_t count;

	(void)state;
	fill(&list, BASE_ARCH_X86_64, "openat clone newfstatat poll");
	fill(&list, BASE_ARCH_I386, "openat _newselect");
	assert_int_equal(profiles_siblings(&list, &off, &rows, &count), 0);
	assert_true(count > 20);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(rows[i].call.arch, rows[i].of.arch);
		assert_true(rows[i].call.arch == BASE_ARCH_X86_64 ||
			    rows[i].call.arch == BASE_ARCH_I386);
		if (i)
			assert_true(base_call_compare(&rows[i - 1].call,
						      &rows[i].call) < 0);
		assert_false(profiles_set_has(&list, rows[i].call));
	}
	free(rows);
	off.count = list.count = 0;
	assert_int_equal(profiles_siblings(&list, &off, &rows, &count), 0);
	assert_int_equal(count, 0);
	free(rows);
}

/* Whatever is listed: a dangerous call comes in only where one of its class is
 * there that costs the same. */
static void test_nothing_dangerous_is_brought_in(void **state)
{
	static const enum base_arch archs[] = {
		BASE_ARCH_X86_64, BASE_ARCH_I386, BASE_ARCH_AARCH64,
	};

	(void)state;
	for (size_t a = 0; a < ARRAY_SIZE(archs); a++)
		for (uint32_t n = 0; n <= base_call_highest(archs[a]); n++) {
			struct base_call call = { archs[a], n };
			struct profiles_set list = { &call, 1, 1 }, off = { 0 };
			struct profiles_sibling *rows;
			size_t count;

			if (!base_call_name(call))
				continue;
			assert_int_equal(profiles_siblings(&list, &off, &rows,
							   &count), 0);
			for (size_t i = 0; i < count; i++)
				if (rows[i].answer == PROFILES_SIBLING_ALLOW &&
				    enforce_dangerous(rows[i].call) &&
				    !enforce_dangerous(rows[i].of))
					fail_msg("%s brings in %s",
						 base_call_name(call),
						 base_call_name(rows[i].call));
			free(rows);
		}
}

static void test_flags_that_no_filter_sees_are_never_allowed(void **state)
{
	struct base_siblings class;
	size_t left;

	(void)state;
	assert_true(base_call_hides_flags(call_of(X86, "clone3")));
	assert_true(base_call_hides_flags(call_of(X86, "openat2")));
	assert_false(base_call_hides_flags(call_of(X86, "clone")));
	for (size_t i = 0; base_class(i, X86, &class, &left); i++)
		for (size_t n = 0; n < class.count; n++)
			if (n >= left || strcmp(class.relation, "implies") != 0)
				assert_false(class.tier == 'A' &&
					     base_call_hides_flags(
						     class.calls[n]));
}

/* ---- values ------------------------------------------------------------- */

static struct profiles_argument row_of(const char *name, uint64_t value)
{
	return (struct profiles_argument){
		.call = call_of(X86, name), .values = { value }, .calls = 1,
	};
}

static bool has(const struct profiles_argument *rows, size_t count,
		const char *name, uint64_t value)
{
	struct base_call call = call_of(X86, name);

	for (size_t i = 0; i < count; i++)
		if (base_call_compare(&rows[i].call, &call) == 0 &&
		    rows[i].values[0] == value)
			return true;
	return false;
}

static void test_values(void **state)
{
	const struct profiles_argument rows[] = {
		row_of("ioctl", 0x5402), row_of("fcntl", 0),
		row_of("mmap", 3), row_of("mmap", 5),
	};
	struct profiles_argument *more;
	size_t count;

	(void)state;
	assert_int_equal(profiles_sibling_values(rows, ARRAY_SIZE(rows), &more,
						 &count), 0);
	/* TCSETS2 for TCSETS, F_DUPFD_CLOEXEC for F_DUPFD, PROT_NONE for any
	 * mmap; of TCSETSW nothing was seen. */
	assert_true(has(more, count, "ioctl", 0x402c542b));
	assert_false(has(more, count, "ioctl", 0x402c542c));
	assert_true(has(more, count, "fcntl", 1030));
	assert_true(has(more, count, "mmap", 0));
	/* What was there is not there twice, and of prctl nothing was seen. */
	assert_false(has(more, count, "ioctl", 0x5402));
	assert_false(has(more, count, "prctl", 0x53564d41));
	for (size_t i = 0; i < count; i++)
		for (size_t n = 0; n < i; n++)
			assert_false(has(&more[n], 1,
					 base_call_name(more[i].call),
					 more[i].values[0]));
	free(more);
	assert_int_equal(profiles_sibling_values(NULL, 0, &more, &count), 0);
	assert_int_equal(count, 0);
	free(more);
}

static void test_values_of_calls_that_are_not_listed(void **state)
{
	cleanup_profiles_set struct profiles_set list = { 0 }, off = { 0 };
	struct profiles_argument *more;
	size_t count;

	(void)state;
	fill(&list, X86, "read prctl");
	fill(&off, X86, "ioctl");
	assert_int_equal(profiles_sibling_partly(&list, &off, &more, &count),
			 0);
	assert_true(has(more, count, "fcntl", 3));
	/* prctl is listed, ioctl refused, i386 was never seen. */
	assert_false(has(more, count, "prctl", 15));
	assert_false(has(more, count, "ioctl", 0x5401));
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(more[i].call.arch, X86);
		assert_null(enforce_dangerous_use(more[i].call,
			(const uint64_t[6]){ 0, more[i].values[0] }));
	}
	free(more);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_brought_in),
		cmocka_unit_test(
			test_each_once_in_order_of_its_own_architecture),
		cmocka_unit_test(test_nothing_dangerous_is_brought_in),
		cmocka_unit_test(
			test_flags_that_no_filter_sees_are_never_allowed),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_values_of_calls_that_are_not_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
