/* SPDX-License-Identifier: MIT */
/*
 * The rules of the layer as instructions in front of the whitelist, in this
 * order of questions: which architecture; which number, by a tree of
 * comparisons; and then the tests of that number's rules, in their order. What
 * no rule answers goes on in the whitelist. A number without rules loads none
 * of its arguments, so the kernel still finds out at load time that it is
 * allowed (kernel/seccomp.c, seccomp_is_const_allow).
 *
 * Classic BPF jumps forward only, and a conditional jump 255 instructions at
 * most. So code is made from its end: where a jump leads is there already, and
 * where that is too far away, a JA or another RET is put in front. A label is a
 * place counted from the end, hence never changes.
 */
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <string.h>

#include "enforce/filter/filter.h"

#define LIMIT BPF_MAXINSNS
#define REACH 250		/* less than UINT8_MAX: some come between */

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LOW_WORD 0u
#define HIGH_WORD 4u
#else
#define LOW_WORD 4u
#define HIGH_WORD 0u
#endif

struct code {
	struct sock_filter *buffer;	/* of LIMIT, filled from its end */
	size_t length;
	bool full;
	size_t next;			/* the label of what comes behind */
};

/* A number, and the label of what is done with it. */
struct leaf {
	uint32_t number;
	size_t label;
};

/* The label of the new instruction. */
static size_t put(struct code *code, unsigned operation, uint32_t k)
{
	if (code->length == LIMIT) {
		code->full = true;
		return code->length;
	}
	code->length++;
	code->buffer[LIMIT - code->length] =
		(struct sock_filter)BPF_STMT((uint16_t)operation, k);
	return code->length;
}

static const struct sock_filter *at(const struct code *code, size_t label)
{
	return &code->buffer[LIMIT - label];
}

static size_t put_return(struct code *code, uint32_t answer)
{
	size_t label = code->length;

	for (; label > code->next && code->length - label < REACH / 2; label--)
		if (at(code, label)->code == (BPF_RET | BPF_K) &&
		    at(code, label)->k == answer)
			return label;
	return put(code, BPF_RET | BPF_K, answer);
}

/* TARGET, or a place that does the same and that a conditional jump reaches. */
static size_t reach(struct code *code, size_t target)
{
	if (code->length - target < REACH)
		return target;
	if (at(code, target)->code == (BPF_RET | BPF_K))
		return put_return(code, at(code, target)->k);
	return put(code, BPF_JMP | BPF_JA, (uint32_t)(code->length - target));
}

static size_t jump(struct code *code, unsigned operation, uint32_t k,
		   size_t then, size_t otherwise)
{
	size_t label;

	then = reach(code, then);
	otherwise = reach(code, otherwise);
	label = put(code, BPF_JMP | operation | BPF_K, k);
	if (!code->full) {
		code->buffer[LIMIT - label].jt = (uint8_t)(label - then - 1);
		code->buffer[LIMIT - label].jf =
			(uint8_t)(label - otherwise - 1);
	}
	return label;
}

static size_t load(struct code *code, size_t offset)
{
	return put(code, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset);
}

/* ---- rules ------------------------------------------------------------ */

static size_t load_argument(struct code *code, unsigned index)
{
	return load(code, offsetof(struct seccomp_data, args) +
			  sizeof(uint64_t) * (index & ~LAYER_UPPER) +
			  (index & LAYER_UPPER ? HIGH_WORD : LOW_WORD));
}

static size_t put_test(struct code *code, const struct layer_test *test,
		       size_t then, size_t otherwise)
{
	size_t label = then;

	if (test->kind == LAYER_EQUAL)
		jump(code, BPF_JEQ, test->value, then, otherwise);
	else if (test->kind == LAYER_UNEQUAL)
		jump(code, BPF_JEQ, test->value, otherwise, then);
	else
		for (uint32_t n = 0; n < 32; n++)
			if (test->value >> n & 1)
				label = jump(code, BPF_JEQ, n, otherwise,
					     label);
	if (test->kind != LAYER_OUTSIDE && test->mask != UINT32_MAX)
		put(code, BPF_ALU | BPF_AND | BPF_K, test->mask);
	return load_argument(code, test->index);
}

static size_t put_rule(struct code *code, const struct layer_rule *rule,
		       size_t otherwise)
{
	size_t then = put_return(code, rule->answer);

	for (unsigned i = rule->test_count; i-- > 0;)
		then = put_test(code, &rule->tests[i], then, otherwise);
	return then;
}

/* The leaves of ARCH, sorted by number; returns how many. */
static size_t put_leaves(struct code *code, const struct layer *layer,
			 enum base_arch arch, struct leaf *leaves)
{
	size_t count = 0;

	for (size_t end = layer->count; end-- > 0;) {
		const struct layer_rule *rule = &layer->rules[end];
		struct leaf *leaf = &leaves[layer->count - count];

		if (rule->call.arch != (uint32_t)arch)
			continue;
		if (count == 0 || leaf->number != rule->call.number) {
			leaf--;
			count++;
			*leaf = (struct leaf){rule->call.number, code->next};
		}
		leaf->label = put_rule(code, rule, leaf->label);
	}
	memmove(leaves, leaves + layer->count - count, count * sizeof(*leaves));
	return count;
}

/* The number is loaded. */
static size_t put_tree(struct code *code, const struct leaf *leaves,
		       size_t count)
{
	size_t half = count / 2, below, above;

	if (count == 0)
		return code->next;
	if (count == 1)
		return jump(code, BPF_JEQ, leaves->number, leaves->label,
			    code->next);
	above = put_tree(code, leaves + half, count - half);
	below = put_tree(code, leaves, half);
	return jump(code, BPF_JGE, leaves[half].number, above, below);
}

/* ---- architectures ---------------------------------------------------- */

/* Without a whitelist nothing else would refuse the numbers of x32. */
static size_t put_arch(struct code *code, const struct enforce_plan *plan,
		       const struct layer *layer, enum base_arch arch,
		       struct leaf *leaves)
{
	size_t count = put_leaves(code, layer, arch, leaves);
	bool x32 = arch == BASE_ARCH_X86_64 && !layer_whitelisting(plan);
	size_t label;

	if (count == 0 && !x32)
		return code->next;
	label = put_tree(code, leaves, count);
	if (x32)
		jump(code, BPF_JGE, BASE_X32_BIT,
		     put_return(code, SECCOMP_RET_ERRNO | ENOSYS), label);
	return load(code, offsetof(struct seccomp_data, nr));
}

static void put_archs(struct code *code, const struct enforce_plan *plan,
		      const struct layer *layer, struct leaf *leaves)
{
	struct base_call native = {base_arch_native(), 0};
	uint32_t arch, raw;
	size_t own, i386, other = code->next;

	base_call_to_kernel(native, &arch, &raw);
	own = put_arch(code, plan, layer, native.arch, leaves);
	if (!layer_whitelisting(plan))
		other = put_return(code, SECCOMP_RET_KILL_PROCESS);
	i386 = other;
	if (layer_has_arch(plan, BASE_ARCH_I386))
		i386 = put_arch(code, plan, layer, BASE_ARCH_I386, leaves);
	if (plan->block_secondary)
		i386 = put_return(code, SECCOMP_RET_KILL_PROCESS);
	if (i386 != other)
		other = jump(code, BPF_JEQ, AUDIT_ARCH_I386, i386, other);
	jump(code, BPF_JEQ, arch, own, other);
	load(code, offsetof(struct seccomp_data, arch));
}

static int too_long(struct error *err)
{
	return base_error(err, E2BIG, "the filter would have more instructions "
			  "than the kernel takes; shorten the whitelist, or "
			  "the lists of the seccomp directives");
}

static int compile(const struct enforce_plan *plan, const struct layer *layer,
		   struct code *code, const struct enforce_program *behind,
		   struct leaf *leaves, struct error *err)
{
	code->length = behind->count;
	if (behind->count > 0)
		memcpy(code->buffer + LIMIT - behind->count, behind->code,
		       behind->count * sizeof(*behind->code));
	else
		put(code, BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	code->next = code->length;
	put_archs(code, plan, layer, leaves);
	if (code->full)
		return too_long(err);
	memmove(code->buffer, code->buffer + LIMIT - code->length,
		code->length * sizeof(*code->buffer));
	return 0;
}

int layer_code_prepend(const struct enforce_plan *plan,
		       const struct layer *layer,
		       struct enforce_program *program, struct error *err)
{
	cleanup_free struct sock_filter *buffer = NULL;
	cleanup_free struct leaf *leaves = NULL;
	struct code code = {0};
	int ret;

	if (layer->count == 0 && program->count > 0 && !plan->block_secondary)
		return 0;
	if (program->count > LIMIT)
		return too_long(err);
	buffer = calloc(LIMIT, sizeof(*buffer));
	leaves = calloc(layer->count + 1, sizeof(*leaves));
	if (!buffer || !leaves)
		return base_error(err, ENOMEM, "out of memory");
	code.buffer = buffer;
	ret = compile(plan, layer, &code, program, leaves, err);
	if (ret < 0)
		return ret;
	free(program->code);
	program->code = take_ptr(buffer);
	program->count = code.length;
	return 0;
}
