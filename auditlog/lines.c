/* SPDX-License-Identifier: MIT */
/*
 * Whole lines out of what was read. A line that is too long is counted once and
 * passed over, so that nobody can make us keep it.
 */
#include <string.h>

#include "auditlog/file.h"

/* Bytes in front of the next line: the rest of one that is too long, and what
 * a writer leaves who goes on at his old offset after a truncation. */
static size_t in_front(const char *buffer, size_t size, bool *skipping)
{
	size_t front = 0;

	if (*skipping) {
		const char *end = memchr(buffer, '\n', size);

		if (!end)
			return size;
		*skipping = false;
		front = (size_t)(end + 1 - buffer);
	}
	while (front < size && buffer[front] == '\0')
		front++;
	return front;
}

int lines_take(const char *buffer, size_t size, bool whole, bool *skipping,
	       size_t *used, struct auditlog_counts *counts,
	       const struct auditlog_sink *sink)
{
	size_t front = in_front(buffer, size, skipping), scanned = 0;
	int ret;

	counts->bytes += front;
	ret = auditlog_scan(buffer + front, size - front, whole, &scanned,
			    counts, sink);
	*used = front + scanned;
	if (ret < 0 || size - *used <= LINES_LONGEST)
		return ret;
	counts->bytes += size - *used;
	counts->damaged++;
	*skipping = true;
	*used = size;
	return 0;
}
