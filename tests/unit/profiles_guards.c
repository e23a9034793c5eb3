/* SPDX-License-Identifier: MIT */
/* Calls that had better not fail without a word. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "profiles/profiles.h"

static const char *why(enum base_arch arch, const char *name)
{
	int number = base_call_number(arch, name);

	assert_true(number >= 0);
	return profiles_guards((struct base_call){ arch, (uint32_t)number });
}

static void test_guards(void **state)
{
	static const char *const yes[] = {
		"setuid", "setgroups", "prctl", "landlock_restrict_self",
		"umask", "fchmodat2", "chdir", "close", "mprotect", "msync",
		"timer_settime", "flock",
	};
	static const char *const no[] = {
		"getuid", "sync_file_range2", "sethostname", "madvise", "chr",
		"ioctl", "brk", "set_robust_list",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(yes); i++)
		assert_non_null(why(BASE_ARCH_X86_64, yes[i]));
	for (size_t i = 0; i < ARRAY_SIZE(no); i++)
		if (base_call_number(BASE_ARCH_X86_64, no[i]) >= 0)
			assert_null(why(BASE_ARCH_X86_64, no[i]));
	assert_non_null(why(BASE_ARCH_I386, "setuid32"));
	assert_null(profiles_guards((struct base_call){ 0, 99999 }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_guards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
