/* SPDX-License-Identifier: MIT */
/* Notices, each once. See notices.h. */
#include "learn/notices.h"

bool notices_add(struct notices *notices, enum learn_notice kind,
		 uint32_t image)
{
	for (size_t i = 0; i < notices->count; i++)
		if (notices->rows[i].kind == kind &&
		    notices->rows[i].image == image)
			return false;
	if (notices->count == NOTICES_LIMIT)
		return false;
	notices->rows[notices->count].kind = kind;
	notices->rows[notices->count++].image = image;
	return true;
}
