/* SPDX-License-Identifier: MIT */
/*
 * The live line of a session: on stderr, if that is a terminal that we are in
 * the foreground of, and that the program does not use to draw on itself.
 */
#include <string.h>
#include <termios.h>

#include "cli/session.h"

#define RECENT 10000000 /* microseconds: "the last 10 s" */

void live_start(struct live *live, const struct profiles_set *known,
		bool passing)
{
	*live = (struct live){
		.started = base_now_monotonic(),
		.known = known, .passing = passing && known->count > 0,
	};
}

void live_note(struct live *live, const struct profiles_batch *batch)
{
	for (size_t i = 0; i < batch->observation_count; i++) {
		struct base_call call = batch->observations[i].call;

		if (profiles_set_has(&live->seen, call) ||
		    profiles_set_add(&live->seen, call) < 0)
			continue;
		if (profiles_set_has(live->known, call))
			continue;
		live->fresh++;
		live->recent[live->recent_at++ % ARRAY_SIZE(live->recent)] =
			base_now_monotonic();
	}
}

static unsigned count_recent(const struct live *live, int64_t now)
{
	unsigned count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(live->recent); i++)
		count += live->recent[i] && now - live->recent[i] <= RECENT;
	return count;
}

/* A program that reads single keys draws on the terminal, too. */
static bool is_ours(int fd)
{
	struct termios mode;

	return isatty(fd) && tcgetpgrp(fd) == getpgrp() &&
	       tcgetattr(fd, &mode) == 0 && (mode.c_lflag & ICANON);
}

/* Where known calls pass uncounted, how many were seen says little. */
static void print_calls(const struct live *live, unsigned recent)
{
	const char *more = recent == ARRAY_SIZE(live->recent) ? " or more" : "";

	if (live->passing)
		fprintf(stderr, "%zu call%s known, %zu new, %u%s of them",
			live->known->count,
			cli_plural(live->known->count, "s"),
			live->fresh, recent, more);
	else
		fprintf(stderr, "%zu call%s, %u%s new", live->seen.count,
			cli_plural(live->seen.count, "s"), recent, more);
}

void live_show(struct live *live, const struct learn_progress *progress)
{
	int64_t now = base_now_monotonic();
	unsigned seconds = (unsigned)((now - live->started) / 1000000);

	if (!is_ours(STDERR_FILENO))
		return;
	fprintf(stderr, "\r%02u:%02u  %llu process%s  ", seconds / 60,
		seconds % 60, (unsigned long long)progress->processes,
		cli_plural(progress->processes, "es"));
	print_calls(live, count_recent(live, now));
	fputs(" in the last 10 s  \033[K", stderr);
	fflush(stderr);
	live->shown = true;
}

void live_erase(struct live *live)
{
	if (live->shown)
		fputs("\r\033[K", stderr);
	live->shown = false;
}

void live_end(struct live *live)
{
	live_erase(live);
	profiles_set_free(&live->seen);
}
