/* SPDX-License-Identifier: MIT */
/*
 * reader: a thread that empties the audit socket, so that it does not fill
 * while its owner writes to the store or waits for an answer. Without
 * CAP_NET_ADMIN the socket holds some hundred records, which the kernel makes
 * in a millisecond; the thread keeps up, and remembers 64 MiB of them. (Read by
 * one thread that worked a millisecond for every thousand records, a third of
 * 100,000 was lost.)
 *
 * It passes on deaths and refused calls as lines, and looks at nothing else of
 * all other records but their numbers (auditlog/serials.h).
 */
#ifndef JAIL_AUDITLOG_READER_H
#define JAIL_AUDITLOG_READER_H

#include <pthread.h>

#include "auditlog/serials.h"
#include "base/base.h"

#define READER_MOST (64u << 20)	/* bytes of lines that wait */

/* What came since it was last taken. */
struct reader_news {
	char *lines;		/* "type=1326 audit(...): ...\n" */
	size_t size, room;
	uint64_t bytes;		/* of all messages */
	uint64_t messages;
	uint64_t gaps;		/* numbers of events that never came */
	uint64_t overrun;	/* likewise, and the socket was full */
	bool unknown;		/* it was full, and what is lost is not known */
	uint64_t dropped;	/* records, for want of room in LINES */
	int code;		/* negative: reading failed, and has ended */
};

struct reader {
	int fd;			/* the audit socket */
	int wake;		/* poll it for input: there is news */
	int stop;
	bool running;
	pthread_t thread;
	pthread_mutex_t lock;	/* over news */
	struct reader_news news;
	/* Of the thread alone. */
	struct serials serials;
	struct reader_batch *batch;
	int64_t full_since;	/* the socket was full; 0: not */
	bool full_told;
};

/* Takes FD in any case. */
int reader_open(struct reader *reader, int fd, struct error *err);
void reader_close(struct reader *reader);
/* Ends the thread when it has read what came by now; what is missing then is
 * lost. */
void reader_stop(struct reader *reader);
/* Never blocks. NEWS takes the place of what the thread fills: give back what
 * was taken before, its memory is used again. */
void reader_take(struct reader *reader, struct reader_news *news);

#endif
