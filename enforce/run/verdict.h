/* SPDX-License-Identifier: MIT */
/*
 * What the supervisor answers to a call, by its registers alone. For enforce/
 * alone.
 */
#ifndef JAIL_ENFORCE_VERDICT_H
#define JAIL_ENFORCE_VERDICT_H

#include <linux/seccomp.h>

#include "enforce/run/run.h"

enum verdict {
	VERDICT_KILL,
	VERDICT_ERRNO,
	VERDICT_GO_ON,
	VERDICT_ASK		/* a person says which of these */
};

struct answer {
	enum verdict verdict;
	int code;		/* for VERDICT_ERRNO, and where it is asked */
	bool told;		/* it is a denial, of CALL */
	bool dangerous;		/* the whitelist alone does not open it */
	const struct profiles_refused *stub;	/* it is one, or NULL */
	struct base_call call;
};

struct answer verdict_of(const struct enforce_plan *plan,
			 const struct seccomp_data *data);

/* What tells this refusal from others of the same call: that it is dangerous;
 * for a call that is on the list, its values, and so for a dangerous one that
 * is asked about. */
uint64_t verdict_detail(const struct enforce_plan *plan,
			const struct seccomp_data *data,
			const struct answer *answer);

#endif
