/* SPDX-License-Identifier: MIT */
/*
 * The proof: a filter answers as the rules say that it was made of. It is asked
 * for before a filter is used, since libseccomp does not always notice when it
 * gets no memory: 2.5.4 then leaves calls and tests of arguments out and says
 * that all went well (_gen_bpf_syscalls(), _gen_bpf_chain_lvl_res()).
 *
 * The program is walked with all architectures and all numbers at once, as two
 * ranges. A comparison splits the range of what is loaded; an answer has to be
 * that of the rules for all that is left of both. So nearly every instruction
 * is visited once, and all 2^64 pairs are proven. Where arguments are looked at
 * one number must be left; from there on the program is run with the values at
 * which the tests of this number turn.
 */
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <string.h>

#include "enforce/filter/proof.h"

/* Trees of 4096 instructions are less deep, and take fewer steps. */
#define DEEPEST 256
#define MOST_STEPS 65536

struct range {
	uint32_t low, high;
};

/* What is left when an instruction is reached. */
struct state {
	struct range arch, number;
	enum { NOTHING, ARCH, NUMBER } loaded;
	unsigned depth;
};

/* ---- what the rules say ------------------------------------------------ */

/* The first rule for CALL or one behind it. */
size_t proof_first_from(const struct layer *layer, struct base_call call)
{
	size_t low = 0, high = layer->count;

	while (low < high) {
		size_t half = (low + high) / 2;

		if (base_call_compare(&layer->rules[half].call, &call) < 0)
			low = half + 1;
		else
			high = half;
	}
	return low;
}

bool proof_is_about(const struct layer *layer, size_t index,
		     struct base_call call)
{
	return index < layer->count &&
	       base_call_compare(&layer->rules[index].call, &call) == 0;
}

static bool ask(const struct layer *layer, struct base_call call,
		const uint64_t arguments[6], uint32_t *answer)
{
	size_t i = proof_first_from(layer, call);

	for (; proof_is_about(layer, i, call); i++) {
		const struct layer_rule *rule = &layer->rules[i];

		if (!layer_holds(rule->tests, rule->test_count, arguments))
			continue;
		*answer = rule->answer;
		return true;
	}
	return false;
}

/* Numbers with the bit of x32, but not -1, where there could be x32. */
static bool is_x32(struct base_call call)
{
	return base_arch_native() == BASE_ARCH_X86_64 &&
	       call.number >= BASE_X32_BIT;
}

/* What no rule is about. */
static uint32_t rest(const struct proof *proof, struct base_call call)
{
	const struct proof_rules *rules = proof->rules;

	if (call.arch == BASE_ARCH_I386 && !proof->i386)
		return rules->foreign;
	if (proof->listed && is_x32(call) && call.number != UINT32_MAX)
		return rules->foreign;
	return rules->unlisted;
}

/* layer-code.c says what comes before the layer. */
uint32_t proof_expected(const struct proof *proof, struct base_call call,
			 const uint64_t arguments[6])
{
	const struct proof_rules *rules = proof->rules;
	uint32_t answer;

	if (rules->plan->block_secondary && call.arch == BASE_ARCH_I386)
		return SECCOMP_RET_KILL_PROCESS;
	if (!proof->listed && is_x32(call) && call.arch == BASE_ARCH_X86_64)
		return SECCOMP_RET_ERRNO | ENOSYS;
	if (ask(rules->layer, call, arguments, &answer) ||
	    (!is_x32(call) && ask(rules->list, call, arguments, &answer)))
		return answer;
	return rest(proof, call);
}

/* Whether that depends on arguments. */
static bool conditional(const struct proof *proof, struct base_call call)
{
	const struct layer *lists[] = {proof->rules->layer, proof->rules->list};

	for (unsigned n = 0; n < ARRAY_SIZE(lists); n++) {
		size_t first = proof_first_from(lists[n], call);

		if (proof_is_about(lists[n], first, call))
			return lists[n]->rules[first].test_count > 0;
	}
	return false;
}

int proof_otherwise(struct proof *proof, struct base_call call)
{
	proof->wrong = call;
	return -ENOTRECOVERABLE;
}

bool proof_is_jump(const struct sock_filter *at)
{
	return at->code == (BPF_JMP | BPF_JEQ | BPF_K) ||
	       at->code == (BPF_JMP | BPF_JGE | BPF_K) ||
	       at->code == (BPF_JMP | BPF_JGT | BPF_K);
}

/* ---- ranges ------------------------------------------------------------- */

static bool holds(const struct range *range, uint32_t value)
{
	return range->low <= value && value <= range->high;
}

/* No rule is about a number between these: what is left changes where numbers
 * of x32 begin and end. */
static int check_rest(struct proof *proof, uint32_t arch,
		      const struct range *numbers, uint32_t answer)
{
	const uint32_t turns[] = {
		numbers->low, BASE_X32_BIT - 1, BASE_X32_BIT, UINT32_MAX - 1,
		numbers->high,
	};
	static const uint64_t none[6];

	for (unsigned i = 0; i < ARRAY_SIZE(turns); i++) {
		struct base_call call = {arch, turns[i]};

		if (holds(numbers, turns[i]) &&
		    proof_expected(proof, call, none) != answer)
			return proof_otherwise(proof, call);
	}
	return 0;
}

static int check_number(struct proof *proof, size_t at, struct base_call call,
			uint32_t answer)
{
	static const uint64_t none[6];

	if (conditional(proof, call))
		return proof_values(proof, at, call);
	if (proof_expected(proof, call, none) != answer)
		return proof_otherwise(proof, call);
	return 0;
}

/* The next number that a rule is about, or the one behind HIGH. */
static uint64_t next_number(const struct proof *proof, struct base_call call,
			    uint32_t high)
{
	const struct layer *lists[] = {proof->rules->layer, proof->rules->list};
	uint64_t next = (uint64_t)high + 1;

	for (unsigned n = 0; n < ARRAY_SIZE(lists); n++) {
		size_t i = proof_first_from(lists[n], call);

		if (i < lists[n]->count &&
		    lists[n]->rules[i].call.arch == call.arch &&
		    lists[n]->rules[i].call.number < next)
			next = lists[n]->rules[i].call.number;
	}
	return next;
}

static int check_numbers(struct proof *proof, size_t at, uint32_t arch,
			 struct range numbers, uint32_t answer)
{
	uint64_t from = numbers.low;
	int ret = 0;

	while (ret == 0 && from <= numbers.high) {
		struct base_call call = {arch, (uint32_t)from};
		uint64_t next = next_number(proof, call, numbers.high);
		struct range gap = {call.number, (uint32_t)(next - 1)};

		if (from < next)
			ret = check_rest(proof, arch, &gap, answer);
		call.number = (uint32_t)next;
		if (ret == 0 && next <= numbers.high)
			ret = check_number(proof, at, call, answer);
		from = next + 1;
	}
	return ret;
}

/* The program answers all that is left the same. */
static int check(struct proof *proof, size_t at, const struct state *state,
		 uint32_t answer)
{
	const struct base_call no_call = {BASE_ARCH_COUNT, 0};
	uint64_t others = (uint64_t)state->arch.high - state->arch.low + 1;
	int ret = 0;

	if (holds(&state->arch, proof->native)) {
		others--;
		ret = check_numbers(proof, at, base_arch_native(),
				    state->number, answer);
	}
	if (ret == 0 && base_arch_native() == BASE_ARCH_X86_64 &&
	    holds(&state->arch, AUDIT_ARCH_I386)) {
		others--;
		ret = check_numbers(proof, at, BASE_ARCH_I386, state->number,
				    answer);
	}
	if (ret == 0 && others > 0 && answer != proof->rules->foreign)
		ret = proof_otherwise(proof, no_call);
	return ret;
}

/* ---- the walk ----------------------------------------------------------- */

static int look_at_arguments(struct proof *proof, size_t at,
			     const struct state *state)
{
	struct base_call call = {BASE_ARCH_COUNT, state->number.low};

	if (state->arch.low == proof->native)
		call.arch = base_arch_native();
	else if (state->arch.low == AUDIT_ARCH_I386)
		call.arch = BASE_ARCH_I386;
	if (state->arch.low != state->arch.high ||
	    state->number.low != state->number.high ||
	    !conditional(proof, call))
		return proof_otherwise(proof, call);
	return proof_values(proof, at, call);
}

static int walk(struct proof *proof, size_t at, struct state state);

/* With what of the loaded range is in PART. */
static int follow(struct proof *proof, size_t at, const struct state *state,
		  struct range part)
{
	struct state next = *state;
	struct range *range = next.loaded == ARCH ? &next.arch : &next.number;

	if (range->low < part.low)
		range->low = part.low;
	if (range->high > part.high)
		range->high = part.high;
	next.depth++;
	return range->low > range->high ? 0 : walk(proof, at, next);
}

static int branch(struct proof *proof, size_t at, const struct state *state)
{
	const struct sock_filter *one = &proof->program->code[at];
	const size_t then = at + 1 + one->jt, other = at + 1 + one->jf;
	struct range taken = {one->k, one->k};
	int ret = 0;

	if (!proof_is_jump(one) || state->loaded == NOTHING)
		return -ENOTRECOVERABLE;
	if (BPF_OP(one->code) != BPF_JEQ)
		taken.high = UINT32_MAX;
	if (BPF_OP(one->code) == BPF_JGT && taken.low++ == UINT32_MAX)
		return follow(proof, other, state,
			      (struct range){0, UINT32_MAX});
	if (taken.low > 0)
		ret = follow(proof, other, state,
			     (struct range){0, taken.low - 1});
	if (ret == 0)
		ret = follow(proof, then, state, taken);
	if (ret == 0 && taken.high < UINT32_MAX)
		ret = follow(proof, other, state,
			     (struct range){taken.high + 1, UINT32_MAX});
	return ret;
}

static int walk(struct proof *proof, size_t at, struct state state)
{
	for (; at < proof->program->count; at++) {
		const struct sock_filter *one = &proof->program->code[at];

		if (state.depth > DEEPEST || proof->steps++ > MOST_STEPS)
			return -ENOTRECOVERABLE;
		if (one->code == (BPF_RET | BPF_K))
			return check(proof, at, &state, one->k);
		if (one->code == (BPF_JMP | BPF_JA))
			at += one->k;
		else if (one->code != (BPF_LD | BPF_W | BPF_ABS))
			return branch(proof, at, &state);
		else if (one->k == offsetof(struct seccomp_data, arch))
			state.loaded = ARCH;
		else if (one->k == offsetof(struct seccomp_data, nr))
			state.loaded = NUMBER;
		else
			return look_at_arguments(proof, at, &state);
	}
	return -ENOTRECOVERABLE;
}

int proof_check(const struct proof_rules *rules,
		const struct enforce_program *program, struct error *err)
{
	struct proof proof = {
		.rules = rules,
		.program = program,
		.listed = layer_whitelisting(rules->plan),
		.i386 = layer_has_arch(rules->plan, BASE_ARCH_I386),
		.wrong = {BASE_ARCH_COUNT, 0},
	};
	const struct state all = {{0, UINT32_MAX}, {0, UINT32_MAX}, NOTHING, 0};
	struct base_call native = {base_arch_native(), 0};
	char which[12] = "";
	uint32_t number;

	base_call_to_kernel(native, &proof.native, &number);
	if (walk(&proof, 0, all) == 0)
		return 0;
	native = proof.wrong;
	return base_error(err, ENOTRECOVERABLE, "the filter came out otherwise "
			  "than the plan says (%s of %s) and is not used; more "
			  "memory, or another version of libseccomp, may help",
			  native.arch == BASE_ARCH_COUNT ? "calls" :
			  base_call_text(native, which, sizeof(which)),
			  native.arch == BASE_ARCH_COUNT ?
			  "other architectures" :
			  base_arch_name(native.arch));
}
