/* SPDX-License-Identifier: MIT */
/* In place of cmocka's skip(): ends the test with the reason, which tests/run
 * prints, as printf(3) does. */
#ifndef JAIL_TESTS_UNIT_SKIP_H
#define JAIL_TESTS_UNIT_SKIP_H

#define skip_for(...)                                                          \
	do {                                                                   \
		print_message("# skipped: " __VA_ARGS__);                      \
		print_message("\n");                                           \
		skip();                                                        \
	} while (0)

#endif
