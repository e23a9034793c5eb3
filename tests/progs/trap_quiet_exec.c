/* SPDX-License-Identifier: MIT */
/* The same process executes itself after each quiet: what it may do unseen
 * does not change, and what is new comes after the exec. */
#include "tests/progs/trap_quiet.h"

enum { ROUNDS = 6 };

int main(int argc, char **argv)
{
	int round = argc > 1 ? atoi(argv[1]) : 0;
	char next[16], *args[] = { argv[0], next, NULL };

	if (!round)
		fresh_need(0, 2 * ROUNDS);
	FRESH_HIT(2 * round);
	dull(DULL / 2);
	FRESH_HIT(2 * round + 1);
	if (round == ROUNDS - 1)
		return 5;
	snprintf(next, sizeof(next), "%d", round + 1);
	execv("/proc/self/exe", args);
	return 1;
}
