/* SPDX-License-Identifier: MIT */
/*
 * The answering half of the supervisor. For supervise.c alone.
 */
#ifndef JAIL_ENFORCE_ANSWER_H
#define JAIL_ENFORCE_ANSWER_H

#include "enforce/run/ask.h"

/* Zeroed but for the first five. */
struct answering {
	const struct enforce_plan *plan;
	const struct enforce_sink *sink;
	const struct base_front *front;
	struct enforce_result *result;
	int listener;		/* owned; -1: there is none, or no task has
				 * the filter any more */
	/* The kernel says how large its own are (SECCOMP_GET_NOTIF_SIZES). */
	struct seccomp_notif *request;
	struct seccomp_notif_resp *response;
	size_t request_size, response_size;
	struct enforce_refusals refusals;
	struct ask ask;
};

int answer_begin(struct answering *self, struct error *err);
/* Receives a notification and answers it, or lets its caller wait. */
int answer_next(struct answering *self, struct error *err);
void answer_end(struct answering *self);

#endif
