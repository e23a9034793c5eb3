/* SPDX-License-Identifier: MIT */
/* minimize-out: how far it is, and what came of it. */
#include <inttypes.h>
#include <string.h>

#include "cli/minimize.h"

#define OFTEN 100000 /* microseconds between two lines of progress */

size_t minimize_count(const struct minimize *self, enum minimize_state state)
{
	size_t count = 0;

	for (size_t i = 0; i < self->count; i++)
		count += self->calls[i].state == state;
	return count;
}

static const char *state_name(enum minimize_state state)
{
	static const char *const names[] = {
		[MINIMIZE_OPEN] = "open",
		[MINIMIZE_NEEDED] = "needed",
		[MINIMIZE_STUB] = "stubbed",
		[MINIMIZE_UNMADE] = "not made",
		[MINIMIZE_KEPT] = "not tried",
	};

	return names[state];
}

/* ---- progress ------------------------------------------------------- */

static bool shown;

/* A call that is open takes a run or two; then the last ones. */
static double seconds_left(const struct minimize *self, size_t open)
{
	int64_t passed = base_now_monotonic() - self->began;
	double each = self->runs ? (double)passed / (double)self->runs : 0;

	return each * (1.4 * (double)open + (double)self->rounds) / 1e6;
}

void minimize_show_progress(struct minimize *self)
{
	static int64_t last, limit;
	int64_t now = base_now_monotonic();
	size_t open = minimize_count(self, MINIMIZE_OPEN);
	size_t tried = self->count - minimize_count(self, MINIMIZE_KEPT);
	unsigned done = tried ? (unsigned)(20 * (tried - open) / tried) : 20;
	double left = seconds_left(self, open);

	if (!isatty(STDERR_FILENO) || tcgetpgrp(STDERR_FILENO) != getpgrp() ||
	    (shown && limit == self->limit && now - last < OFTEN))
		return;
	last = now;
	limit = self->limit;
	if (!self->limit)
		fprintf(stderr, "\r[%20s] %" PRIu64 " of %" PRIu64 " runs as "
			"usual\033[K", "", self->runs, 2 * self->rounds);
	else
		fprintf(stderr, "\r[%.*s%.*s] %" PRIu64 " runs, %zu call%s "
			"left, %u:%02u to go\033[K", (int)done,
			"####################", (int)(20 - done),
			"                    ", self->runs, open,
			cli_plural(open, "s"), (unsigned)left / 60,
			(unsigned)left % 60);
	fflush(stderr);
	shown = true;
}

void minimize_erase_progress(void)
{
	if (shown)
		fputs("\r\033[K", stderr);
	shown = false;
}

/* ---- the result ----------------------------------------------------- */

static const char *result_text(const struct minimize_call *call, char *out,
			       size_t size)
{
	int answer = call->state == MINIMIZE_STUB ? call->answer : call->was;
	char number[BASE_ERRNO_TEXT];

	if (call->state == MINIMIZE_STUB ||
	    (call->state == MINIMIZE_UNMADE && call->was))
		snprintf(out, size, "%s with %s%s",
			 state_name(MINIMIZE_STUB),
			 base_errno_text(answer, number),
			 call->state == MINIMIZE_STUB ? "" :
				" before; not made");
	else if (call->state == MINIMIZE_NEEDED && call->was)
		snprintf(out, size, "needed, and allowed again");
	else if (call->state == MINIMIZE_KEPT)
		snprintf(out, size, "not tried: %s", call->why);
	else
		snprintf(out, size, "%s", state_name(call->state));
	return out;
}

static void print_call(const struct minimize_call *call)
{
	char word[64], text[128];

	printf("%10" PRIu64 "  %-24s  %s\n", call->hits,
	       cli_call_word(word, sizeof(word), call->call),
	       result_text(call, text, sizeof(text)));
}

static unsigned percent(size_t part, size_t whole)
{
	return whole ? (unsigned)((100 * part + whole / 2) / whole) : 0;
}

void minimize_print(const struct minimize *self, const char *name)
{
	static const enum minimize_state order[] = {
		MINIMIZE_STUB, MINIMIZE_NEEDED, MINIMIZE_UNMADE, MINIMIZE_KEPT,
	};
	size_t needed = minimize_count(self, MINIMIZE_NEEDED);
	size_t stubs = minimize_count(self, MINIMIZE_STUB);
	char shown_name[256];

	printf("%10s  %-24s  result\n", "calls", "call");
	for (size_t n = 0; n < ARRAY_SIZE(order); n++)
		for (size_t i = 0; i < self->count; i++)
			if (self->calls[i].state == order[n])
				print_call(&self->calls[i]);
	printf("\n%s: %zu of %zu calls that were made and tried %s needed "
	       "(%u %%)\nleft as they were: %zu not made, %zu not tried\n",
	       base_printable(shown_name, sizeof(shown_name), name),
	       needed, needed + stubs, needed == 1 ? "is" : "are",
	       percent(needed, needed + stubs),
	       minimize_count(self, MINIMIZE_UNMADE),
	       minimize_count(self, MINIMIZE_KEPT));
	printf("%" PRIu64 " runs in %.1f s\n", self->runs,
	       (double)(base_now_monotonic() - self->began) / 1e6);
}

json_t *minimize_json(const struct minimize *self, const char *name,
		      char *const *command, bool stored)
{
	json_t *object = json_object(), *words = json_array();
	json_t *calls = json_array();

	for (; *command; command++)
		json_array_append_new(words, cli_json_text(*command));
	for (size_t i = 0; i < self->count; i++) {
		const struct minimize_call *call = &self->calls[i];
		json_t *row = cli_json_call(call->call);
		char number[BASE_ERRNO_TEXT];

		json_object_set_new(row, "calls",
				    json_integer((json_int_t)call->hits));
		json_object_set_new(row, "result", json_string(
			state_name(call->state)));
		if (call->state == MINIMIZE_STUB)
			json_object_set_new(row, "answer",
				json_string(base_errno_text(call->answer,
							    number)));
		if (call->was)
			json_object_set_new(row, "before", json_string(
				base_errno_text(call->was, number)));
		if (call->why)
			json_object_set_new(row, "why",
					    cli_json_text(call->why));
		json_array_append_new(calls, row);
	}
	json_object_set_new(object, "program", cli_json_text(name));
	json_object_set_new(object, "command", words);
	json_object_set_new(object, "runs",
			    json_integer((json_int_t)self->runs));
	json_object_set_new(object, "seconds", json_real(
		(double)(base_now_monotonic() - self->began) / 1e6));
	json_object_set_new(object, "stored", json_boolean(stored));
	json_object_set_new(object, "calls", calls);
	return object;
}
