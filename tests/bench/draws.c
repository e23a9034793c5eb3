/* SPDX-License-Identifier: MIT */
/*
 * Draws some of the sessions of a program, again and again, and prints what
 * profiles_estimate() says of them beside what all sessions saw: for
 * complete.py.
 *
 *   draws SESSIONS DRAWS [partly] <MATRIX
 *
 * MATRIX has a line for each session: NUMBER:CALLS for each call that it made,
 * with blanks between them. PARTLY: as a later session has it, which looks only
 * for calls that fewer than three sessions saw and none made 50 times. A line
 * for each draw: calls observed, missing, low, high, those expected of all
 * sessions, new ones expected of one more, the chance of any, and the new ones
 * of one more that was drawn as well.
 */
#include <string.h>

#include "profiles/profiles.h"

enum { SESSIONS = 200, CALLS = 1024, OFTEN = 50, SELDOM = 3 };

static unsigned matrix[SESSIONS][CALLS];
static size_t sessions;

static void read_matrix(void)
{
	char *line = NULL;
	size_t size = 0;

	while (sessions < SESSIONS && getline(&line, &size, stdin) > 0) {
		unsigned number, calls;
		int length;

		for (char *at = line; sscanf(at, " %u:%u%n", &number, &calls,
					     &length) == 2; at += length)
			if (number < CALLS)
				matrix[sessions][number] = calls;
		sessions++;
	}
	free(line);
}

/* The first COUNT of ORDER in a random order, then the others. */
static void shuffle(size_t *order, size_t count)
{
	for (size_t i = 0; i < sessions; i++)
		order[i] = i;
	for (size_t i = 0; i < count && i < sessions; i++) {
		size_t k = i + (size_t)random() % (sessions - i);
		size_t taken = order[i];

		order[i] = order[k];
		order[k] = taken;
	}
}

/* How COUNT sessions, in their order, found CALL. */
static void find(const size_t *order, size_t count, unsigned call, bool partly,
		 struct profiles_incidence *item)
{
	bool often = false;

	*item = (struct profiles_incidence){
		.call = {BASE_ARCH_X86_64, call},
	};
	for (size_t i = 0; i < count; i++) {
		unsigned calls = matrix[order[i]][call];

		if (partly && (often || item->seen >= SELDOM))
			continue;
		item->looked++;
		item->seen += calls > 0;
		often |= calls >= OFTEN;
	}
}

/* How many calls are new, and then known. */
static uint32_t add_fresh(const unsigned *calls, bool *known)
{
	uint32_t fresh = 0;

	for (size_t i = 0; i < CALLS; i++) {
		fresh += calls[i] && !known[i];
		known[i] |= calls[i] > 0;
	}
	return fresh;
}

static void draw(size_t count, bool partly)
{
	static struct profiles_visit visits[SESSIONS];
	static struct profiles_incidence items[CALLS];
	struct profiles_history history = {
		.visits = visits, .visit_count = count, .items = items,
	};
	struct profiles_estimate e;
	size_t order[SESSIONS], fresh = 0;
	bool known[CALLS] = {false};

	shuffle(order, count + 1);
	for (size_t i = 0; i < count; i++)
		visits[i] = (struct profiles_visit){
			.workload = order[i] + 1, .counted = true,
			.fresh = add_fresh(matrix[order[i]], known),
		};
	for (unsigned call = 0; call < CALLS; call++) {
		struct profiles_incidence *item = &items[history.item_count];

		find(order, count, call, partly, item);
		if (item->seen)
			history.item_count++;
		else
			fresh += matrix[order[count]][call] > 0;
	}
	profiles_estimate(&history, &e);
	printf("%zu %.3f %.3f %.3f %.3f %.3f %.3f %zu\n", e.observed,
	       e.missing, e.low, e.high, profiles_estimate_after(
		       &e, (unsigned)(sessions - count)),
	       e.next, e.chance, fresh);
}

int main(int argc, char **argv)
{
	size_t count = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;
	size_t draws = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	bool partly = argc > 3 && strcmp(argv[3], "partly") == 0;

	read_matrix();
	if (!count || count >= sessions) {
		fputs("usage: draws SESSIONS DRAWS [partly] <MATRIX\n", stderr);
		return 2;
	}
	srandom(1);
	while (draws--)
		draw(count, partly);
	return 0;
}
