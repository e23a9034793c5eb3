/* SPDX-License-Identifier: MIT */
/*
 * A person is asked: callers wait in a queue, and the question of the first one
 * is put. What can end it:
 *
 *   an answer        the caller gets it, and if it is for good those behind
 *                    that are alike, and later ones without a question
 *   the time is up   the caller is denied, once
 *   it is gone       as by a signal: the question is taken back
 *   nobody is there  as where the terminal was closed: all are denied, once
 *
 * The time runs from when the caller came, but anew with each answer: who has
 * just given one is there, and may think about the next.
 */
#include <string.h>

#include "enforce/run/ask.h"

static bool is_alike(const struct ask_caller *caller, struct base_call call,
		     uint64_t detail)
{
	return caller->detail == detail &&
	       base_call_compare(&caller->answer.call, &call) == 0;
}

enum enforce_answer ask_remembered(const struct ask *ask, struct base_call call,
				   uint64_t detail)
{
	for (size_t i = 0; i < ask->known_count; i++)
		if (ask->known[i].detail == detail &&
		    base_call_compare(&ask->known[i].call, &call) == 0)
			return ask->known[i].answer;
	return ENFORCE_ANSWER_NONE;
}

/* What cannot be remembered is asked again. */
static void remember(struct ask *ask, const struct ask_caller *caller,
		     enum enforce_answer answer)
{
	struct ask_known *known;

	if (ask->known_count == ASK_KNOWN)
		return;
	known = reallocarray(ask->known, ask->known_count + 1, sizeof(*known));
	if (!known)
		return;
	ask->known = known;
	known[ask->known_count++] = (struct ask_known){
		.call = caller->answer.call, .detail = caller->detail,
		.answer = answer,
	};
}

static bool has_person(const struct ask *ask)
{
	return ask->asker && ask->asker->fd >= 0;
}

bool ask_has_room(const struct ask *ask)
{
	return has_person(ask) && ask->count < ASK_MOST;
}

bool ask_add(struct ask *ask, struct ask_caller *caller)
{
	if (!ask->callers)
		ask->callers = calloc(ASK_MOST, sizeof(*ask->callers));
	if (!ask->callers || ask->count == ASK_MOST)
		return false;
	caller->since = base_now_monotonic();
	ask->callers[ask->count++] = caller;
	return true;
}

/* ---- one question ----------------------------------------------------- */

static void take_back(struct ask *ask, enum enforce_answer answer, bool expired)
{
	if (ask->put)
		ask->asker->done(ask->asker->data, answer, expired);
	ask->put = false;
}

void ask_hide(struct ask *ask)
{
	take_back(ask, ENFORCE_ANSWER_NONE, false);
}

static struct ask_caller *take_out(struct ask *ask, size_t at)
{
	struct ask_caller *caller = ask->callers[at];

	ask->count--;
	memmove(&ask->callers[at], &ask->callers[at + 1],
		(ask->count - at) * sizeof(ask->callers[0]));
	return caller;
}

/* NONE: it is gone. */
static void settle(struct ask *ask, size_t at, enum enforce_answer answer)
{
	cleanup_free struct ask_caller *caller = take_out(ask, at);

	if (answer != ENFORCE_ANSWER_NONE)
		ask->settle(ask->data, caller, answer);
}

static void settle_alike(struct ask *ask, const struct ask_caller *front,
			 enum enforce_answer answer)
{
	for (size_t i = 0; i < ask->count;)
		if (is_alike(ask->callers[i], front->answer.call,
			     front->detail))
			settle(ask, i, answer);
		else
			i++;
}

/* First those who wait, then whoever may keep us waiting. */
static void take_answer(struct ask *ask, enum enforce_answer answer)
{
	bool for_good = answer == ENFORCE_ANSWER_ALWAYS ||
			answer == ENFORCE_ANSWER_DENY;
	const struct ask_caller front = *ask->callers[0];

	ask->answered = base_now_monotonic();
	take_back(ask, answer, false);
	settle(ask, 0, answer);
	if (!for_good)
		return;
	remember(ask, &front, answer);
	settle_alike(ask, &front, answer);
}

static int64_t time_left(const struct ask *ask)
{
	int64_t since = ask->callers[0]->since;

	if (!ask->asker->timeout)
		return INT64_MAX;
	if (ask->answered > since)
		since = ask->answered;
	return since + ask->asker->timeout - base_now_monotonic();
}

static void put(struct ask *ask)
{
	const struct ask_caller *front = ask->callers[0];

	if (ask->put && ask->behind == ask->count - 1)
		return;
	ask->put = true;
	ask->behind = ask->count - 1;
	ask->asker->ask(ask->asker->data, &front->denial, front->by_program,
			ask->behind);
}

/* Whether the first one does not wait any more. */
static bool look(struct ask *ask)
{
	enum enforce_answer answer;

	if (!ask->waits(ask->data, ask->callers[0])) {
		ask_hide(ask);
		settle(ask, 0, ENFORCE_ANSWER_NONE);
		return true;
	}
	if (!has_person(ask) || time_left(ask) <= 0) {
		take_back(ask, ENFORCE_ANSWER_NONE, has_person(ask));
		settle(ask, 0, ENFORCE_ANSWER_DENY);
		return true;
	}
	put(ask);
	answer = ask->asker->answer(ask->asker->data);
	if (answer != ENFORCE_ANSWER_NONE)
		take_answer(ask, answer);
	return answer != ENFORCE_ANSWER_NONE || !has_person(ask);
}

/* ---- all of them ------------------------------------------------------ */

void ask_step(struct ask *ask, bool input)
{
	int64_t now = base_now_monotonic();

	if (!ask->count ||
	    (ask->put && !input && now - ask->looked < ASK_LOOK &&
	     time_left(ask) > 0))
		return;
	while (ask->count && look(ask))
		;
	ask->looked = now;
}

int ask_wait(const struct ask *ask)
{
	int64_t left = ask->looked + ASK_LOOK - base_now_monotonic();

	if (!ask->count)
		return -1;
	if (!ask->put || left <= 0)
		return 0;
	if (time_left(ask) < left)
		left = time_left(ask);
	return left > 0 ? (int)(left / 1000) + 1 : 0;
}

void ask_nobody(struct ask *ask)
{
	ask_hide(ask);
	ask->asker = NULL;
	while (ask->count)
		settle(ask, 0, ENFORCE_ANSWER_DENY);
}

void ask_free(struct ask *ask)
{
	ask_hide(ask);
	while (ask->count)
		settle(ask, 0, ENFORCE_ANSWER_NONE);
	free(ask->callers);
	free(ask->known);
	*ask = (struct ask){0};
}
