/* SPDX-License-Identifier: MIT */
/* journal: a reader of the journal, where libsystemd is there; what journal.c,
 * which opens and reads, shares with journal-entry.c. */
#ifndef JAIL_AUDITLOG_JOURNAL_H
#define JAIL_AUDITLOG_JOURNAL_H

#include <systemd/sd-journal.h>

#include "auditlog/source.h"

/* A record with a path of 4096 bytes in hexadecimal, and what is in front. */
#define JOURNAL_LINE 16384
/* Events that are remembered, for the second way that they come. */
#define JOURNAL_EVENTS 4096

struct event {
	uint64_t boot;
	uint32_t serial;
	bool known;
};

struct journal {
	struct auditlog_source base;
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
