/* SPDX-License-Identifier: MIT */
/*
 * The scan of many lines. What costs is looking at lines without a record, so
 * few are: a line of audit.log shows what it is by how it begins; of all others
 * only those are looked at that hold a word which every line of ours has. Both
 * are searched for by functions of the C library, many bytes at a time, and
 * nothing is copied.
 */
#include "auditlog/auditlog.h"
#include "auditlog/carrier.h"
#include "auditlog/losses.h"

/* A word, and where it comes next. */
struct word {
	const char *text;
	size_t length;
	const char *next;	/* behind the place up to which was searched;
				 * the end of the buffer: it comes no more */
};
#define WORD(text, begin) { text, sizeof(text) - 1, begin }

struct scan {
	const char *at, *end;
	struct word audit, dropped;
	struct auditlog_counts *counts;
	const struct auditlog_sink *sink;
};

static const char *next_word(struct word *word, const char *at,
			     const char *end)
{
	if (word->next < at) {
		word->next = memmem(at, (size_t)(end - at), word->text,
				    word->length);
		if (!word->next)
			word->next = end;
	}
	return word->next;
}

/* Goes to the next line that is worth a look. */
static bool next_candidate(struct scan *scan)
{
	const char *audit, *dropped, *word, *newline;

	if (carrier_is_log(scan->at, scan->end))
		return true;
	audit = next_word(&scan->audit, scan->at, scan->end);
	dropped = next_word(&scan->dropped, scan->at, scan->end);
	word = audit < dropped ? audit : dropped;
	if (word == scan->end)
		return false;
	newline = memrchr(scan->at, '\n', (size_t)(word - scan->at));
	if (newline)
		scan->at = newline + 1;
	return true;
}

static void look_for_loss(struct scan *scan, const char *end)
{
	struct auditlog_loss loss;

	if (!carrier_is_log(scan->at, end) && scan->sink->loss &&
	    losses_find(scan->at, end, scan->counts, &loss))
		scan->sink->loss(scan->sink->data, &loss);
}

/* The line at scan->at, up to END. */
static int look(struct scan *scan, const char *end)
{
	struct auditlog_record record;

	switch (auditlog_parse(scan->at, (size_t)(end - scan->at), &record)) {
	case AUDITLOG_NOTHING:
		look_for_loss(scan, end);
		return 0;
	case AUDITLOG_DAMAGED:
		scan->counts->damaged++;
		return 0;
	case AUDITLOG_RECORD:
		scan->counts->records += record.kind == AUDITLOG_CALL;
		return scan->sink->record(scan->sink->data, &record);
	}
	return 0;
}

int auditlog_scan(const char *buffer, size_t size, bool whole, size_t *used,
		  struct auditlog_counts *counts,
		  const struct auditlog_sink *sink)
{
	const char *last = size && !whole ? memrchr(buffer, '\n', size) : NULL;
	const char *end = whole ? buffer + size : last ? last + 1 : buffer;
	struct scan scan = {
		.at = buffer, .end = end,
		.audit = WORD(LOSSES_AUDIT, NULL),
		.dropped = WORD(LOSSES_DROPPED, NULL),
		.counts = counts, .sink = sink,
	};
	int result = 0;

	while (result >= 0 && scan.at < end && next_candidate(&scan)) {
		const char *newline = memchr(scan.at, '\n',
					     (size_t)(end - scan.at));

		result = look(&scan, newline ? newline : end);
		scan.at = newline ? newline + 1 : end;
	}
	*used = (size_t)((result < 0 ? scan.at : end) - buffer);
	counts->bytes += *used;
	return result < 0 ? result : 0;
}
