/* SPDX-License-Identifier: MIT */
/*
 * usage: ends exit N | signal N | self N
 *
 * Ends with status N, or by signal N from itself, with its default action, or
 * from a child.
 */
#include <sys/resource.h>

#include "tests/progs/trap.h"

int main(int argc, char **argv)
{
	int n = argc > 2 ? atoi(argv[2]) : 0;
	struct rlimit none = { 0 };

	if (argc < 3)
		return 2;
	if (!strcmp(argv[1], "exit"))
		return n;
	setrlimit(RLIMIT_CORE, &none);
	signal(n, SIG_DFL);
	if (!strcmp(argv[1], "signal"))
		raise(n);
	else if (!fork())
		_exit(kill(getppid(), n));
	else
		for (;;)
			pause();
	return 0;
}
