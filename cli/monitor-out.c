/* SPDX-License-Identifier: MIT */
/*
 * monitor-out: what waits to be printed. Whoever reads it, a person at a pager
 * or a terminal that was stopped, is never waited for: events and signals are
 * heard meanwhile.
 */
#include <limits.h>
#include <string.h>

#include "cli/monitor.h"

#define LAST_PATIENCE 200 /* milliseconds */

void monitor_out_add(struct monitor_out *out, const char *text, size_t size)
{
	size_t room = out->room ? out->room : MONITOR_ENOUGH;
	char *bytes;

	while (text && room < out->used + size)
		room *= 2;
	bytes = room == out->room ? out->bytes : realloc(out->bytes, room);
	if (!text || !bytes) {
		out->failed = true;
		return;
	}
	out->bytes = bytes;
	out->room = room;
	memcpy(out->bytes + out->used, text, size);
	out->used += size;
}

void monitor_out_flush(struct monitor_out *out, bool last)
{
	size_t done = 0;

	while (out->code == 0 && done < out->used &&
	       base_writable(STDOUT_FILENO, last ? LAST_PATIENCE : 0)) {
		size_t piece = out->used - done < PIPE_BUF ? out->used - done :
							     PIPE_BUF;

		out->code = base_write_all(STDOUT_FILENO, out->bytes + done,
					   piece);
		done += piece;
	}
	if (done > out->used || out->code < 0)
		done = out->used;
	if (done == 0)
		return;
	memmove(out->bytes, out->bytes + done, out->used - done);
	out->used -= done;
}

void monitor_out_free(struct monitor_out *out)
{
	base_free(&out->bytes);
	out->used = out->room = 0;
}
