/* SPDX-License-Identifier: MIT */
/*
 * Where to begin in the files of a log. A position is the places in several
 * generations, oldest first: the one before, which may still have been written
 * to; the one that was read; those that had been read before and come later.
 * Where a place is gone, what is still there and newer is read from its
 * beginning: rather twice than never, since the store counts an event once.
 */
#include <string.h>

#include "auditlog/file.h"

enum { MOST_PLACES = FOLLOW_LATER + 1 };

/* "1 PLACE [PLACE...]": how many, or -EINVAL. */
static int parse_position(const char *text, struct place places[MOST_PLACES])
{
	int count = 0;

	if (*text++ != '1')
		return -EINVAL;
	while (*text == ' ' && count < MOST_PLACES) {
		text++;
		if (place_parse(&text, &places[count++]) < 0)
			return -EINVAL;
	}
	return *text || !count ? -EINVAL : count;
}

/* What was written to since; nothing of it: the end of what there is. */
static ssize_t since(const struct rotated *list, int64_t changed,
		     int64_t *offset)
{
	size_t index = rotated_since(list, changed);

	*offset = 0;
	if (index < list->count)
		return (ssize_t)index;
	*offset = INT64_MAX;
	return (ssize_t)list->count - 1;
}

/* Goes on at PLACES, or says what of them is gone. */
static ssize_t go_on(struct follow *follow, const struct rotated *list,
		     const struct place *places, size_t count, int64_t *offset)
{
	const struct place *last = &places[count - 1];
	ssize_t start = -ENOENT;
	bool gone = false;

	for (size_t i = 0; i < count; i++) {
		ssize_t found = rotated_find(list, &places[i]);

		if (found < 0) {
			gone |= i + 1 == count || i > 0;
		} else if (!places[i].head) {
			/* Empty, it has nothing to be known by. */
			continue;
		} else if (start >= 0) {
			follow->later[follow->later_count++] = places[i];
		} else {
			start = found;
			*offset = places[i].offset;
		}
	}
	if (start >= 0 && !last->head)
		gone = false;
	if (gone)
		follow_lose(follow, list, "the place where the last watch "
			    "stopped is gone");
	/* The clock of files ticks slowly: the same tick may be later. */
	return start >= 0 ? start : since(list, last->changed - 1, offset);
}

ssize_t start_place(struct follow *follow, const struct rotated *list,
		    const struct auditlog_options *options, int64_t *offset)
{
	struct place places[MOST_PLACES];
	int count = 0;

	*offset = 0;
	if (!list->count)
		return -ENOENT;
	if (options->since)
		return since(list, options->since * 1000 - 1, offset);
	if (options->position && *options->position)
		count = parse_position(options->position, places);
	if (count < 0)
		follow_lose(follow, list, "a position that cannot be read");
	if (count > 0)
		return go_on(follow, list, places, (size_t)count, offset);
	/* Without a past: FILE from its beginning; until it is made, what is
	 * older is read to its end. */
	if (!list->current)
		*offset = INT64_MAX;
	return (ssize_t)list->count - 1;
}
