/* SPDX-License-Identifier: MIT */
/* What a list may lack: in which order, why, and what never comes. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "profiles/profiles.h"

static struct base_call call_of(enum base_arch arch, const char *name)
{
	int number = base_call_number(arch, name);

	if (number < 0)
		fail_msg("%s is no call", name);
	return (struct base_call){ arch, (uint32_t)number };
}

/* NAMES with blanks between them. */
static void fill(struct profiles_set *set, enum base_arch arch,
		 const char *names)
{
	char name[64];
	int length;

	for (; sscanf(names, " %63s%n", name, &length) == 1; names += length)
		assert_int_equal(profiles_set_add(set, call_of(arch, name)),
				 0);
}

struct suggested {
	struct profiles_set listed, refused;
	struct profiles_suggestion *rows;
	size_t count;
};

static void suggest(struct suggested *suggested, const char *listed,
		    const char *refused)
{
	*suggested = (struct suggested){0};
	fill(&suggested->listed, BASE_ARCH_X86_64, listed);
	fill(&suggested->refused, BASE_ARCH_X86_64, refused);
	assert_int_equal(profiles_suggest(&suggested->listed,
					  &suggested->refused,
					  &suggested->rows, &suggested->count),
			 0);
}

static void drop(struct suggested *suggested)
{
	profiles_set_free(&suggested->listed);
	profiles_set_free(&suggested->refused);
	free(suggested->rows);
}

static const struct profiles_suggestion *find(
	const struct suggested *suggested, enum base_arch arch,
	const char *name)
{
	struct base_call call = call_of(arch, name);

	for (size_t i = 0; i < suggested->count; i++)
		if (base_call_compare(&suggested->rows[i].call, &call) == 0)
			return &suggested->rows[i];
	return NULL;
}

#define USUAL "read write close mmap execve arch_prctl openat mprotect munmap "\
	"brk set_tid_address set_robust_list prlimit64 access pread64 "       \
	"getrandom newfstatat rseq rt_sigaction futex exit_group fstat "      \
	"socket connect"

static void test_the_most_used_first(void **state)
{
	static const struct {
		const char *name;
		unsigned used;
	} rows[] = {
		{ "fcntl", 79 }, { "rt_sigprocmask", 78 }, { "lseek", 72 },
		{ "getpid", 69 }, { "getdents64", 65 },
		{ "sched_getaffinity", 64 }, { "madvise", 62 },
		{ "getuid", 54 },
	};
	struct suggested found;

	(void)state;
	suggest(&found, USUAL, "");
	assert_true(found.count > ARRAY_SIZE(rows));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_string_equal(base_call_name(found.rows[i].call),
				    rows[i].name);
		assert_int_equal(found.rows[i].used, rows[i].used);
		assert_int_equal(found.rows[i].programs, 116);
	}
	for (size_t i = 1; i < found.count; i++)
		assert_true(found.rows[i - 1].used >= found.rows[i].used);
	drop(&found);
}

static void test_reasons(void **state)
{
	const struct profiles_suggestion *row;
	struct suggested found;

	(void)state;
	suggest(&found, USUAL " epoll_create1", "");
	row = find(&found, BASE_ARCH_X86_64, "fcntl");
	assert_int_equal(row->kind, PROFILES_SUGGEST_POPULAR);
	assert_false(row->stub);
	assert_string_equal(row->reason, "used by 79 of 116 programs (68 %); "
			    "37 % of them still work when it answers ENOSYS");
	assert_true(find(&found, BASE_ARCH_X86_64, "sched_yield")->stub);
	/* Most go on without it, and protect less. */
	row = find(&found, BASE_ARCH_X86_64, "prctl");
	assert_true(row && !row->stub);
	row = find(&found, BASE_ARCH_X86_64, "stat");
	assert_int_equal(row->kind, PROFILES_SUGGEST_SIBLING);
	assert_string_equal(row->reason, "stands for fstat, which is on "
			    "the list; used by 24 of 116 programs (21 %); 38 % "
			    "of them still work when it answers ENOSYS");
	row = find(&found, BASE_ARCH_X86_64, "openat2");
	assert_true(row->stub);
	assert_int_equal(row->used, 0);
	assert_string_equal(row->reason,
			    "comes with openat, which is on the list");
	row = find(&found, BASE_ARCH_X86_64, "epoll_ctl");
	assert_int_equal(row->kind, PROFILES_SUGGEST_COMPANION);
	assert_string_equal(base_call_name(row->of), "epoll_create1");
	assert_memory_equal(row->reason, "comes with epoll_create1, which is "
			    "on the list; used by 42 of 116 ", 65);
	drop(&found);
}

/* What is there, what every program gets, and what a person refused. */
static void test_what_never_comes(void **state)
{
	struct suggested found;

	(void)state;
	suggest(&found, USUAL, "fcntl lseek shutdown");
	assert_null(find(&found, BASE_ARCH_X86_64, "fcntl"));
	assert_null(find(&found, BASE_ARCH_X86_64, "shutdown"));
	assert_null(find(&found, BASE_ARCH_X86_64, "rt_sigreturn"));
	assert_null(find(&found, BASE_ARCH_X86_64, "read"));
	assert_null(find(&found, BASE_ARCH_X86_64, "kexec_load"));
	assert_non_null(find(&found, BASE_ARCH_X86_64, "rt_sigprocmask"));
	for (size_t i = 0; i < found.count; i++)
		for (size_t k = 0; k < i; k++)
			assert_true(base_call_compare(&found.rows[i].call,
						      &found.rows[k].call));
	drop(&found);
	/* Whatever starts, is started by it. */
	suggest(&found, "read write", "");
	assert_null(find(&found, BASE_ARCH_X86_64, "execve"));
	/* It belongs to every list, as write does: to no call the more. */
	assert_int_equal(find(&found, BASE_ARCH_X86_64, "getpid")->kind,
			 PROFILES_SUGGEST_POPULAR);
	drop(&found);
	suggest(&found, "", "");
	assert_int_equal(found.count, 0);
	drop(&found);
}

/* Of a helper of another architecture only what belongs to its own calls. */
static void test_two_architectures(void **state)
{
	struct suggested found = {0};

	(void)state;
	fill(&found.listed, BASE_ARCH_X86_64, USUAL);
	fill(&found.listed, BASE_ARCH_I386, "read timerfd_create");
	assert_int_equal(profiles_suggest(&found.listed, &found.refused,
					  &found.rows, &found.count), 0);
	assert_non_null(find(&found, BASE_ARCH_X86_64, "fcntl"));
	assert_null(find(&found, BASE_ARCH_I386, "getuid"));
	assert_non_null(find(&found, BASE_ARCH_I386, "timerfd_settime"));
	drop(&found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_most_used_first),
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_what_never_comes),
		cmocka_unit_test(test_two_architectures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
