/* SPDX-License-Identifier: MIT */
/*
 * The filter: a whitelist and, in front of it, the layer of what is refused
 * whatever the list says, compiled to BPF. What the files of filter/ share, and
 * what launching and describing need of them.
 */
#ifndef JAIL_ENFORCE_FILTER_H
#define JAIL_ENFORCE_FILTER_H

#include "enforce/enforce.h"

struct enforce_program {
	struct sock_filter *code;
	size_t count;
};
void enforce_program_free(struct enforce_program *program);
#define cleanup_program __attribute__((cleanup(enforce_program_free)))

/* Memory for what libseccomp does with this many rules, which nobody else takes
 * meanwhile. Zeroed: none. */
struct program_memory {
	void *pieces[64];
};
int program_memory_take(struct program_memory *memory, size_t rules,
			struct error *err);
void program_memory_free(struct program_memory *memory);
#define cleanup_memory __attribute__((cleanup(program_memory_free)))

/* What libseccomp makes of CONTEXT (a scmp_filter_ctx). */
int enforce_program_export(void *context, struct enforce_program *program,
			   struct error *err);
/* Makes a program of the native architecture one of ARCH. */
int enforce_program_retarget(struct enforce_program *program,
			     enum base_arch arch, struct error *err);
/* Makes *NATIVE a program that goes on in OTHER for calls of i386. */
int enforce_program_join(struct enforce_program *native,
			 struct enforce_program *other, struct error *err);
/* Puts in front of a filter the rule that lets execve pass when its unused
 * sixth register holds KEY. launch.c says what that is for. */
int enforce_filter_key(uint64_t key, struct sock_filter **filter,
		       size_t *count, struct error *err);

/* describe-filter.c: the part "filter" of enforce_plan_describe(). */
int enforce_describe_filter(const struct enforce_plan *plan,
			    void (*line)(void *data, const char *heading,
					 const char *text),
			    void *data, struct error *err);
/* Of one call at most this many different values are told apart. */
#define ENFORCE_VALUES 64
/* The recorded values that CALL may have, without doubles, where the policy has
 * ARGS_LEARNED. MASKS are those of its rule as they are compared. Returns their
 * count; 0: it passes by its number; -E2BIG: so it does, as there are more. */
int enforce_learned_values(const struct enforce_plan *plan,
			   struct base_call call,
			   uint64_t values[ENFORCE_VALUES][3],
			   uint64_t masks[3]);

/* Whether row INDEX of plan->partly adds anything to the list: then its VALUE
 * as it is compared, under MASKS. */
bool enforce_partly(const struct enforce_plan *plan, size_t index,
		    uint64_t value[3], uint64_t masks[3]);

/* Whether the whitelist has calls of ARCH, or stubs whose hits are counted:
 * only then has the filter a part for it. */
bool enforce_arch_learned(const struct enforce_plan *plan, enum base_arch arch);

/* stubs.c: the stub that answers CALL, which is not on the list; or NULL. And
 * the errno that it answers, which is never 0: that would be success. */
const struct profiles_refused *enforce_stub(const struct enforce_plan *plan,
					    struct base_call call);
int enforce_stub_code(const struct profiles_refused *stub);
/* Those of the stubs that a filter in front of the plan's can answer, as such a
 * filter: all but seccomp(2). */
bool enforce_stub_silent(struct base_call call);
int enforce_filter_stubs(const struct enforce_plan *plan,
			 struct sock_filter **filter, size_t *count,
			 struct error *err);

/* ---- the layer: layer.c, layer-code.c, layer-policy.c, dangerous.c ------ */

/*
 * The layer: rules that refuse, whatever the whitelist says.
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
#define LAYER_TESTS 6		/* both halves of three arguments */

/* The call is answered if all tests hold. */
struct layer_rule {
	struct base_call call;
	struct layer_test tests[LAYER_TESTS];
	unsigned test_count;
	uint32_t answer;	/* SECCOMP_RET_*; in the layer never ALLOW */
	size_t order;		/* of the rules for a call the first counts */
};

/* Zero-initialised is empty. */
struct layer {
	struct layer_rule *rules;	/* by call, then by what counts first */
	size_t count, room;
	bool failed;			/* without memory */
};

/* By call, and then by what counts first. */
void layer_sort(struct layer *layer);

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

/* Adds a rule; TESTS is NULL, or ends with a mask of 0, or has LAYER_TESTS. */
void layer_add(struct layer *layer, struct base_call call,
	       const struct layer_test *tests, uint32_t answer);
/* The same for the call of this name on each architecture that the filter has
 * a part for. */
void layer_add_name(struct layer *layer, const struct enforce_plan *plan,
		    const char *name, const struct layer_test *tests,
		    uint32_t answer);

/* Whether the plan has a whitelist at all; whether the call is on it, or was
 * replaced by one that is. */
bool layer_whitelisting(const struct enforce_plan *plan);
bool layer_listed(const struct enforce_plan *plan, struct base_call call);

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

/* ---- the whole: filter.c ------------------------------------------------ */

/* enforce_filter() is these two. The first one makes the LAYER, and the LIST:
 * the whitelist as rules, of which libseccomp makes its part of PROGRAM. */
int filter_compile(const struct enforce_plan *plan, bool listener,
		   struct layer *layer, struct layer *list,
		   struct enforce_program *program, struct error *err);
int filter_prove(const struct enforce_plan *plan, bool listener,
		 const struct layer *layer, const struct layer *list,
		 const struct enforce_program *program, struct error *err);

/* ---- the proof: proof.c, proof-values.c --------------------------------- */

struct proof_rules {
	const struct enforce_plan *plan;
	const struct layer *layer;
	const struct layer *list;	/* the whitelist, as rules */
	uint32_t unlisted;		/* the answer to what neither has */
	uint32_t foreign;		/* the same, of other architectures */
};

/* That PROGRAM, the whole filter, answers every call as RULES say; otherwise
 * -ENOTRECOVERABLE. */
int proof_check(const struct proof_rules *rules,
		const struct enforce_program *program, struct error *err);

/* layer-code.c: puts the rules in front of PROGRAM, the whitelist; of nothing
 * where there is none. */
int layer_code_prepend(const struct enforce_plan *plan,
		       const struct layer *layer,
		       struct enforce_program *program, struct error *err);

#endif
