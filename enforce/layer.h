/* SPDX-License-Identifier: MIT */
/*
 * The layer: rules that refuse, whatever the whitelist says. For enforce/
 * alone.
 *
 *   dangerous.c	what learning never opens: a table, and what of it the
 *			plan leaves closed
 *   layer-policy.c	seccomp lists, protocol, memory, namespaces
 *   layer.c		both as one list, and what it answers to a call
 *   layer-code.c	the same list as instructions, in front of the whitelist
 *
 * The rules are data, with two readers: layer_answer(), for the supervisor and
 * for whoever wants to know what the filter does, and layer_code_prepend(),
 * whose instructions the tests compare with it.
 *
 * They are not compiled by libseccomp: it takes one comparison an argument and
 * rule, so that it cannot say "unless it is 0 or 0xffffffff" or "none of these
 * families"; and of rules that overlap it, not we, chooses the one that counts.
 */
#ifndef JAIL_ENFORCE_LAYER_H
#define JAIL_ENFORCE_LAYER_H

#include "enforce/private.h"

/* Nearly all arguments that are tested are ints, or flags within the lower
 * half: the kernel drops the upper half, and so do the tests. */
enum layer_test_kind {
	LAYER_EQUAL,		/* argument & mask == value */
	LAYER_UNEQUAL,		/* argument & mask != value */
	LAYER_OUTSIDE		/* none of the numbers 0-31 whose bits are set
				 * in value */
};

struct layer_test {
	enum layer_test_kind kind;
	unsigned index;		/* of the argument, 0-5; with LAYER_UPPER: its
				 * upper half */
	uint32_t mask;
	uint32_t value;
};

#define LAYER_UPPER 8u
#define LAYER_TESTS 2

/* The call is answered if all tests hold. */
struct layer_rule {
	struct base_call call;
	struct layer_test tests[LAYER_TESTS];
	unsigned test_count;
	uint32_t answer;	/* SECCOMP_RET_*, never ALLOW */
	size_t order;		/* of the rules for a call the first counts */
};

/* Zero-initialised is empty. */
struct layer {
	struct layer_rule *rules;	/* by call, then by what counts first */
	size_t count, room;
	bool failed;			/* without memory */
};

/* LISTENER: a supervisor answers where a person has to be told. */
int layer_make(const struct enforce_plan *plan, bool listener,
	       struct layer *layer, struct error *err);
void layer_free(struct layer *layer);
#define cleanup_layer __attribute__((cleanup(layer_free)))

/* SECCOMP_RET_ALLOW: none of the rules is about it. */
uint32_t layer_answer(const struct layer *layer, struct base_call call,
		      const uint64_t arguments[6]);
bool layer_holds(const struct layer_test *tests, unsigned count,
		 const uint64_t arguments[6]);

/* Adds a rule; TESTS is NULL or ends with a mask of 0, or with the last one. */
void layer_add(struct layer *layer, struct base_call call,
	       const struct layer_test *tests, uint32_t answer);
/* The same for the call of this name on each architecture that the filter has
 * a part for. */
void layer_add_name(struct layer *layer, const struct enforce_plan *plan,
		    const char *name, const struct layer_test *tests,
		    uint32_t answer);

/* Whether the plan has a whitelist at all; whether the call is on it, or was
 * replaced by one that is; and whether that depends on its arguments. */
bool layer_whitelisting(const struct enforce_plan *plan);
bool layer_listed(const struct enforce_plan *plan, struct base_call call);
bool layer_conditional(const struct enforce_plan *plan, struct base_call call);

/* Whether the filter has a part for ARCH. */
bool layer_has_arch(const struct enforce_plan *plan, enum base_arch arch);

/* layer-policy.c */
void layer_policy_add(struct layer *layer, const struct enforce_plan *plan);

/* dangerous.c: the rules of the table that the plan leaves closed. */
void dangerous_add(struct layer *layer, const struct enforce_plan *plan,
		   bool listener);

struct dangerous_use {
	int code;		/* the errno that the call gets */
	bool always;		/* with --deny=log as well */
};
/* Whether the table refuses this call with these arguments. */
bool dangerous_refuses(const struct enforce_plan *plan, struct base_call call,
		       const uint64_t arguments[6], struct dangerous_use *use);
/* Whether seccomp.allow-dangerous names the call. */
bool dangerous_opened(const struct enforce_plan *plan, struct base_call call);

/* layer-code.c: puts the rules in front of PROGRAM, the whitelist; of nothing
 * where there is none. */
int layer_code_prepend(const struct enforce_plan *plan,
		       const struct layer *layer,
		       struct enforce_program *program, struct error *err);

#endif
