/* SPDX-License-Identifier: MIT */
/*
 * From the tracer to the front end: messages over a SOCK_SEQPACKET pair, each
 * whole or not at all. All of them carry totals or facts, so a message that is
 * sent twice changes nothing and the tracer never has to wait for a busy
 * reader: what could not be sent now is sent with the next flush.
 */
#ifndef JAIL_LEARN_WIRE_H
#define JAIL_LEARN_WIRE_H

#include "learn/counts.h"
#include "learn/learn.h"
#include "learn/notices.h"
#include "learn/objects.h"
#include "learn/refused.h"

enum wire_kind {
	WIRE_IMAGE,		/* number: image; struct profiles_stamp, a path,
				 * a build-id or "" */
	WIRE_IMAGE_LOST,	/* the same, of one that lost privileges */
	WIRE_LIBRARY,		/* likewise */
	WIRE_OBSERVATIONS,	/* number: how many; entries */
	WIRE_ARGUMENTS,		/* number: how many; entries */
	WIRE_PROGRESS,		/* struct learn_progress */
	WIRE_NOTICE,		/* number: enum learn_notice; a path */
	WIRE_REFUSED,		/* number: errno; struct wire_refused, a path */
	WIRE_LACKED,		/* capabilities, as a uint64_t */
	WIRE_FAILED		/* struct error: tracing could not begin */
};

struct wire_refused {
	uint32_t writes;
	uint32_t inside;
	uint64_t lacked;
	char path[];
};

struct wire_message {
	uint32_t kind;
	uint32_t number;
	char body[32768 - 8];
} __attribute__((aligned(8))); /* entries lie in the body */

int wire_pair(int *tracer, int *front, struct error *err);

/* Each returns false when the socket is full (wait: false) or gone. */
bool wire_send(int fd, enum wire_kind kind, uint32_t number, const void *body,
	       size_t size, bool wait);
bool wire_send_counts(int fd, enum wire_kind kind, struct counts *table,
		      bool wait);
bool wire_send_objects(int fd, struct objects *objects, bool wait);

bool wire_send_notices(int fd, struct notices *notices,
		       const struct objects *objects, bool wait);

bool wire_send_refused(int fd, struct refused *refused, bool wait);

/* Receives one message without waiting: its size, 0 at the end of the stream,
 * -EAGAIN if there is none. Strings in it are terminated. */
ssize_t wire_receive(int fd, struct wire_message *message);

#endif
