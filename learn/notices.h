/* SPDX-License-Identifier: MIT */
/*
 * What the user has to know at once, on its way to the front end: each kind
 * once for an executable, and for a bounded number of them.
 */
#ifndef JAIL_LEARN_NOTICES_H
#define JAIL_LEARN_NOTICES_H

#include "learn/learn.h"

#define NOTICES_LIMIT 32

struct notices {
	struct {
		enum learn_notice kind;
		uint32_t image;
	} rows[NOTICES_LIMIT];
	size_t count, sent;
};

/* Returns whether there is something new to send. */
bool notices_add(struct notices *notices, enum learn_notice kind,
		 uint32_t image);

#endif
