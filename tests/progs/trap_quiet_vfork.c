/* SPDX-License-Identifier: MIT */
/*
 * All calls of the quiet are made by vfork children, on their parent's stack
 * and in its memory, and by programs that posix_spawn starts. The parent's
 * memory has no change but theirs.
 */
#include <spawn.h>

#include "tests/progs/trap_quiet.h"

enum { FORKS = 700, CALLS = 30, SPAWNS = 20, WORDS = 512 };

static bool intact(const volatile uint64_t *words, int round)
{
	for (int i = 0; i < WORDS; i++)
		if (words[i] != (uint64_t)round * 1000 + (uint64_t)i)
			return false;
	return true;
}

static void vfork_once(int round, int fresh)
{
	volatile uint64_t words[WORDS];
	volatile int made = 0;
	pid_t pid;

	for (int i = 0; i < WORDS; i++)
		words[i] = (uint64_t)round * 1000 + (uint64_t)i;
	pid = vfork();
	if (!pid) {
		for (int i = 0; i < CALLS; i++) {
			call(SYS_getppid, 0, 0, 0);
			made++;
		}
		if (fresh >= 0)
			call(FRESH + fresh, 0, 0, 0);
		_exit(round & 127);
	}
	CHECK(made == CALLS);
	CHECK(ended(pid) == (round & 127));
	CHECK(intact(words, round));
}

static void spawns(char *self, char *what)
{
	char *args[] = { self, what, NULL }, *none[] = { NULL };
	pid_t pid;

	CHECK(!posix_spawn(&pid, "/proc/self/exe", NULL, NULL, args, none));
	CHECK(ended(pid) == 7);
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		dull(100);
		if (*argv[1] == 'n')
			FRESH_HIT(1);
		return 7;
	}
	fresh_need(0, 3);
	for (int i = 0; i < SPAWNS; i++)
		spawns(argv[0], "old");
	for (int round = 0; round < FORKS; round++)
		vfork_once(round, -1);
	vfork_once(FORKS, 0);
	spawns(argv[0], "new");
	FRESH_HIT(2);
	return 0;
}
