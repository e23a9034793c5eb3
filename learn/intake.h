/* SPDX-License-Identifier: MIT */
/*
 * What the tracer has sent and the sink has not yet taken: as totals, so that
 * what could not be stored is offered again, whole, with the next batch.
 */
#ifndef JAIL_LEARN_INTAKE_H
#define JAIL_LEARN_INTAKE_H

#include "learn/counts.h"
#include "learn/learn.h"
#include "learn/wire.h"

struct intake {
	struct counts observations, arguments;
	struct profiles_image *images;
	size_t image_count;
	struct profiles_library *libraries;
	size_t library_count;
};

void intake_init(struct intake *intake);
void intake_free(struct intake *intake);
/* Takes a message of SIZE bytes behind its head; other kinds than images,
 * libraries and totals are left alone. */
void intake_take(struct intake *intake, const struct wire_message *message,
		 size_t size);
/* Offers the sink all that it has not taken; its failure is the result. */
int intake_hand_on(struct intake *intake, const struct learn_sink *sink,
		   struct error *err);

#endif
