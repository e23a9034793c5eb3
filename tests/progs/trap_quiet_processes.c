/* SPDX-License-Identifier: MIT */
/* A storm of short processes, each dull for a moment, and some of them with a
 * child or another image. The last ones of all kinds make new calls. */
#include "tests/progs/trap_quiet.h"

enum { ROUNDS = 300, KINDS = 3, CALLS = 40 };

static void child(int kind, int fresh, char *self)
{
	char number[16], *args[] = { self, number, NULL };
	pid_t pid;

	dull(CALLS);
	if (kind == 2 && (fresh >= 0 || getpid() % 8 == 0)) {
		snprintf(number, sizeof(number), "%d", fresh);
		execv("/proc/self/exe", args);
	}
	if (kind == 1) {
		pid = fork();
		if (pid)
			_exit(ended(pid));
		dull(CALLS);
	}
	if (fresh >= 0)
		FRESH_HIT(fresh);
	_exit(4);
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		dull(CALLS);
		if (atoi(argv[1]) >= 0)
			FRESH_HIT(atoi(argv[1]));
		return 4;
	}
	fresh_need(0, KINDS);
	for (int round = 0; round < ROUNDS; round++) {
		int kind = round % KINDS;
		pid_t pid = fork();

		if (!pid)
			child(kind, round < ROUNDS - KINDS ? -1 : kind,
			      argv[0]);
		CHECK(ended(pid) == 4);
	}
	return 0;
}
