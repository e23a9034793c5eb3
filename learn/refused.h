/* SPDX-License-Identifier: MIT */
/*
 * Files that the program was refused, for the report at the end: the paths of
 * calls that failed so as they do in a sandbox. A path is read when its call
 * has returned, from memory that the program may have changed meanwhile: it is
 * told to people and decides nothing. Of what was to be made in a folder that
 * is hidden it is the folder. Capabilities that calls failed for come with the
 * path, if there is one.
 */
#ifndef JAIL_LEARN_REFUSED_H
#define JAIL_LEARN_REFUSED_H

#include "learn/learn.h"

#define REFUSED_LIMIT 256

struct refused {
	struct learn_refusal *rows;	/* REFUSED_LIMIT, once there is one */
	size_t count, sent;
	uint64_t lacked, lacked_sent;	/* capabilities, by other calls */
};

/* CALL, which TID has just returned from, failed with CODE, for want of the
 * capabilities LACKED, perhaps. Returns whether it is among the rows, or is of
 * a path that is nobody's to refuse. */
bool refused_note(struct refused *refused, pid_t tid, struct base_call call,
		  int code, uint64_t lacked);
void refused_free(struct refused *refused);

#endif
