/* SPDX-License-Identifier: MIT */
/*
 * Whether a filter answers as the rules say that it was made of: proof.c, which
 * walks through it with all calls at once, and proof-values.c, which tries
 * arguments.
 */
#ifndef JAIL_ENFORCE_FILTER_PROOF_H
#define JAIL_ENFORCE_FILTER_PROOF_H

#include "enforce/filter/filter.h"

struct proof {
	const struct proof_rules *rules;
	const struct enforce_program *program;
	uint32_t native;		/* AUDIT_ARCH_* */
	bool listed;			/* there is a whitelist */
	bool i386;			/* and a part for i386 */
	size_t steps;
	struct base_call wrong;		/* where it does not hold */
};

/* What the rules say of a call. */
uint32_t proof_expected(const struct proof *proof, struct base_call call,
			const uint64_t arguments[6]);
/* Where the rules of LAYER for CALL begin; whether rule INDEX is one. */
size_t proof_first_from(const struct layer *layer, struct base_call call);
bool proof_is_about(const struct layer *layer, size_t index,
		    struct base_call call);

/* The comparisons that a filter is made of. */
bool proof_is_jump(const struct sock_filter *at);
/* It does not hold for CALL: -ENOTRECOVERABLE. */
int proof_otherwise(struct proof *proof, struct base_call call);

/* From instruction AT on CALL is answered as the rules say, with the values at
 * which their tests turn. */
int proof_values(struct proof *proof, size_t at, struct base_call call);

#endif
