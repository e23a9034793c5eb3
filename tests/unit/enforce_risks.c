/* SPDX-License-Identifier: MIT */
/* What enforce takes for dangerous in any use is called risky, too: what a
 * person is told of a call comes from two tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "enforce/enforce.h"

static void test_dangerous_is_risky(void **state)
{
	(void)state;
	for (uint32_t arch = 0; arch < BASE_ARCH_COUNT; arch++)
		for (uint32_t i = 0; i <= base_call_highest(arch); i++) {
			struct base_call call = { arch, i };

			if (enforce_dangerous(call) &&
			    base_call_risk(call, NULL) < 7)
				fail_msg("%s: %u", base_call_name(call),
					 base_call_risk(call, NULL));
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dangerous_is_risky),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
