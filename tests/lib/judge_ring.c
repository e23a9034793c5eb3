/* SPDX-License-Identifier: MIT */
/*
 * A page of the kernel's ring buffer: the time of its first event, the number
 * of bytes used, then events of 4-byte units with time deltas
 * (include/linux/ring_buffer.h, events/header_page, events/header_event).
 */
#include <stdarg.h>
#include <string.h>

#include "tests/lib/judge.h"

enum { PADDING = 29, TIME_EXTEND = 30, TIME_STAMP = 31 };
enum { PAGE_HEADER = 16, MISSED_EVENTS = 31 };

static uint64_t get(const unsigned char *at, size_t size)
{
	uint64_t value = 0;

	memcpy(&value, at, size);	/* little endian, as x86 is */
	return value;
}

static struct judge_record *new_record(struct judge_trace *trace)
{
	if (trace->count == trace->room) {
		trace->room = trace->room ? trace->room * 2 : 65536;
		trace->records = realloc(trace->records, trace->room *
					 sizeof(trace->records[0]));
		if (!trace->records)
			judge_die("out of memory");
	}
	return memset(&trace->records[trace->count++], 0,
		      sizeof(struct judge_record));
}

/* Offsets as in events/raw_syscalls/sys_enter/format and its neighbours; the
 * first 8 bytes are common to all events. */
static void event(struct judge_trace *trace, uint64_t order,
		  const unsigned char *data, size_t size)
{
	struct judge_record *record = new_record(trace);
	uint16_t type = (uint16_t)get(data, 2);

	record->order = order;
	record->pid = (int32_t)get(data + 4, 4);
	if (type == trace->enter_type) {
		record->kind = JUDGE_ENTER;
		record->number = (int64_t)get(data + 8, 8);
		memcpy(record->arguments, data + 16,
		       sizeof(record->arguments));
	} else if (type == trace->fork_type) {
		record->kind = JUDGE_FORK;
		record->number = (int32_t)get(data + 20, 4);
	} else if (type == trace->exec_type) {
		size_t text = get(data + 8, 2);

		record->kind = JUDGE_EXEC;
		record->number = (int32_t)get(data + 16, 4);
		record->text = strndup((const char *)data + text, size - text);
	} else {
		record->kind = JUDGE_NATIVE;
		record->number = (int32_t)get(data + 8, 4);
	}
}

void judge_page(struct judge_trace *trace, const unsigned char *page,
		size_t size)
{
	uint64_t now = get(page, 8), used = get(page + 8, 8);
	const unsigned char *at = page + PAGE_HEADER, *end;

	if (used >> MISSED_EVENTS & 1)
		judge_die("the kernel lost events; give a larger --buffer");
	end = at + (used & 0xfffff);
	if (end > page + size)
		judge_die("a page claims more bytes than it has");
	while (at + 4 <= end) {
		uint64_t head = get(at, 4), delta = head >> 5;
		unsigned kind = head & 31;
		size_t length = kind * 4;

		at += 4;
		if (kind == PADDING && !delta)
			break;
		if (kind == TIME_EXTEND)
			delta += get(at, 4) << 27;
		if (kind == TIME_STAMP)
			now = 0, delta += get(at, 4) << 27;
		now += delta;
		if (kind == TIME_EXTEND || kind == TIME_STAMP) {
			at += 4;
		} else if (kind == PADDING) {
			at += get(at, 4);
		} else if (kind) {
			event(trace, now, at, length);
			at += length;
		} else {
			length = get(at, 4);
			event(trace, now, at + 4, length - 4);
			at += (length + 3) & ~(size_t)3;
		}
	}
}
