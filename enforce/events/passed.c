/* SPDX-License-Identifier: MIT */
/*
 * passed: sandboxes that are passed over, another user's that were over before
 * they could be verified. As long as they have an entry each check finds them
 * again: so those of the check before are remembered, and each counts once.
 */
#include "enforce/events/events.h"

static int compare(const void *a, const void *b)
{
	const struct events_passed_one *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	if (x->program != y->program)
		return x->program < y->program ? -1 : 1;
	return x->uid < y->uid ? -1 : x->uid > y->uid;
}

static struct events_passed_one one(const struct enforce_running *entry)
{
	return (struct events_passed_one){
		.start = entry->start, .program = entry->program,
		.uid = entry->uid,
	};
}

static bool was_there(const struct events_passed *passed,
		      const struct events_passed_one *wanted)
{
	return passed->old_count &&
	       bsearch(wanted, passed->old, passed->old_count, sizeof(*wanted),
		       compare);
}

int passed_add(struct events_passed *passed,
	       const struct enforce_running *entry)
{
	struct events_passed_one *more = reallocarray(
		passed->now, passed->now_count + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	passed->now = more;
	more[passed->now_count++] = one(entry);
	return 0;
}

void passed_take_back(struct events_passed *passed,
		      const struct enforce_running *entry)
{
	const struct events_passed_one wanted = one(entry);

	passed->total -= was_there(passed, &wanted);
}

void passed_settle(struct events_passed *passed)
{
	if (passed->now_count)
		qsort(passed->now, passed->now_count, sizeof(*passed->now),
		      compare);
	for (size_t i = 0; i < passed->now_count; i++)
		passed->total +=
			!was_there(passed, &passed->now[i]) &&
			(i == 0 || compare(&passed->now[i - 1],
					   &passed->now[i]) != 0);
	free(passed->old);
	passed->old = take_ptr(passed->now);
	passed->old_count = passed->now_count;
	passed->now_count = 0;
}

void passed_free(struct events_passed *passed)
{
	base_free(&passed->old);
	base_free(&passed->now);
}
