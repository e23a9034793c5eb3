/* SPDX-License-Identifier: MIT */
/* usage: filtered PROGRAM [ARG...]
 *
 * Executes a program under a filter of its own that refuses one call that
 * nobody makes: a tracer has to watch the whole tree in another way then. */
#include "tests/progs/trap_filter.h"

int main(int argc, char **argv)
{
	static const struct trap_rule rules[] = {
		{ 998, SECCOMP_RET_ERRNO | DENIED }
	};

	if (argc < 2 || trap_filter(0, RULES(rules)))
		return 2;
	execv(argv[1], argv + 1);
	return 127;
}
