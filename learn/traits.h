/* SPDX-License-Identifier: MIT */
/* The few calls that the tracer treats in a way of their own. */
#ifndef JAIL_LEARN_TRAITS_H
#define JAIL_LEARN_TRAITS_H

#include "base/base.h"

enum trait {
	TRAIT_NAMED = 1,	/* the table has a name for it */
	TRAIT_NO_RETURN = 2,	/* no return, or none with a result */
	TRAIT_LAST_LOOK = 4,	/* the maps of its image end here */
	TRAIT_CLONE = 8,	/* flags in a register */
	TRAIT_CLONE3 = 16,	/* flags behind a pointer */
	TRAIT_SECCOMP = 32,	/* may add a filter */
	TRAIT_PRCTL = 64,	/* the same with PR_SET_SECCOMP */
	TRAIT_PTRACE = 128,
	TRAIT_MASK = 256	/* may leave a signal mask for the way back */
};

/* Fills the table; call it before traits_of. */
void traits_init(void);
/* The traits of a call, from one array. */
unsigned traits_of(struct base_call call);

#endif
