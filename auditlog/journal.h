/* SPDX-License-Identifier: MIT */
/*
 * journal: a reader of the journal; what journal.c, which opens and reads,
 * shares with journal-entry.c and journal-library.c.
 *
 * libsystemd is loaded when a journal is opened, not when jail starts: it and
 * the libraries that it wants would cost each start a quarter of a millisecond.
 */
#ifndef JAIL_AUDITLOG_JOURNAL_H
#define JAIL_AUDITLOG_JOURNAL_H

#include <systemd/sd-journal.h>

#include "auditlog/source.h"

/* A record with a path of 4096 bytes in hexadecimal, and what is in front. */
#define JOURNAL_LINE 16384
/* Events that are remembered, for the second way that they come. */
#define JOURNAL_EVENTS 4096

/* What is called of it, without the "sd_journal_". */
#define JOURNAL_CALLS(CALL)                                                    \
	CALL(open) CALL(open_files) CALL(close) CALL(get_data)                 \
	CALL(has_runtime_files) CALL(has_persistent_files) CALL(add_match)     \
	CALL(add_disjunction) CALL(seek_head) CALL(seek_cursor)                \
	CALL(seek_realtime_usec) CALL(next) CALL(test_cursor)                  \
	CALL(get_cursor) CALL(get_fd) CALL(get_timeout) CALL(process)

struct journal_library {
#define JOURNAL_FIELD(name) __typeof__(&sd_journal_##name) name;
	JOURNAL_CALLS(JOURNAL_FIELD)
#undef JOURNAL_FIELD
};
/* Loads it, once; NULL with a sentence where it is not there. */
const struct journal_library *journal_library(struct error *err);

struct event {
	uint64_t boot;
	uint32_t serial;
	bool known;
};

struct journal {
	struct auditlog_source base;
	const struct journal_library *sd;
	sd_journal *journal;
	int fd;			/* -1: look now and then */
	char path[256];		/* empty: the system's */
	char start[AUDITLOG_POSITION];
	bool any;		/* an entry has been read */
	bool is_next;		/* it is at the entry that is next */
	bool is_gone;		/* where it was to go on */
	bool has_audit;		/* records come from the audit socket, too */
	char machine_id[40];
	/* Of the entry that is being read: */
	char line[JOURNAL_LINE];
	char host[256], boot_id[40];
	const struct auditlog_sink *sink;
	struct event events[JOURNAL_EVENTS];
};

/* Hands the entry on that the reader is at, to journal->sink. */
int journal_entry(struct journal *journal);

#endif
