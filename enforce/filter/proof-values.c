/* SPDX-License-Identifier: MIT */
/*
 * The proof where arguments count: from the place on where they are looked at,
 * the program is run with the values that a rule of the call asks for, and with
 * the values next to these, a word after the other; what the rule does not ask
 * for is all zeros, and all ones. A rule or a test that is missing is found so,
 * and one that asks for less.
 */
#include <linux/seccomp.h>
#include <string.h>

#include "enforce/filter/proof.h"

static bool jumps(const struct sock_filter *at, uint32_t value)
{
	return BPF_OP(at->code) == BPF_JEQ ? value == at->k :
	       BPF_OP(at->code) == BPF_JGE ? value >= at->k : value > at->k;
}

/* Runs it from instruction AT on; false: it is none that the kernel takes. */
static bool run(const struct enforce_program *program, size_t at,
		const struct seccomp_data *data, uint32_t *answer)
{
	uint32_t value = 0;

	for (; at < program->count; at++) {
		const struct sock_filter *one = &program->code[at];

		if (one->code == (BPF_LD | BPF_W | BPF_ABS)) {
			if (one->k > sizeof(*data) - sizeof(value))
				return false;
			memcpy(&value, (const char *)data + one->k,
			       sizeof(value));
		} else if (one->code == (BPF_ALU | BPF_AND | BPF_K)) {
			value &= one->k;
		} else if (one->code == (BPF_RET | BPF_K)) {
			*answer = one->k;
			return true;
		} else if (one->code == (BPF_JMP | BPF_JA)) {
			at += one->k;
		} else if (proof_is_jump(one)) {
			at += jumps(one, value) ? one->jt : one->jf;
		} else {
			return false;
		}
	}
	return false;
}

static int try(struct proof *proof, size_t at, struct base_call call,
	       const uint64_t arguments[6])
{
	struct seccomp_data data = {0};
	uint32_t number, answer;

	base_call_to_kernel(call, &data.arch, &number);
	data.nr = (int)number;
	memcpy(data.args, arguments, sizeof(data.args));
	if (!run(proof->program, at, &data, &answer) ||
	    answer != proof_expected(proof, call, arguments))
		return proof_otherwise(proof, call);
	return 0;
}

static uint32_t word_of(const struct layer_test *test,
			const uint64_t arguments[6])
{
	return (uint32_t)(arguments[test->index & ~LAYER_UPPER] >>
			  (test->index & LAYER_UPPER ? 32 : 0));
}

static void set_word(const struct layer_test *test, uint64_t arguments[6],
		     uint32_t word)
{
	unsigned shift = test->index & LAYER_UPPER ? 32 : 0;
	uint64_t *argument = &arguments[test->index & ~LAYER_UPPER];

	*argument &= ~((uint64_t)UINT32_MAX << shift);
	*argument |= (uint64_t)word << shift;
}

/* The lowest number that the test wants: 32 if it leaves none below out. */
static uint32_t outside(const struct layer_test *test)
{
	uint32_t n = 0;

	while (n < 32 && test->value >> n & 1)
		n++;
	return n;
}

/* Changes the arguments so that the test holds. */
static void satisfy(const struct layer_test *test, uint64_t arguments[6])
{
	uint32_t word = word_of(test, arguments);

	if (test->kind == LAYER_EQUAL)
		word = (word & ~test->mask) | test->value;
	else if (test->kind == LAYER_OUTSIDE)
		word = outside(test);
	else if ((word & test->mask) == test->value)
		word ^= test->mask & -test->mask;
	set_word(test, arguments, word);
}

/* One word of the arguments otherwise. */
static int vary(struct proof *proof, size_t at, struct base_call call,
		const struct layer_test *test, const uint64_t arguments[6])
{
	uint32_t word = word_of(test, arguments);
	const uint32_t others[] = {
		word ^ (test->mask & -test->mask), word ^ test->mask,
		(word & ~test->mask) | (test->value & test->mask),
	};
	uint64_t changed[6];
	int ret = 0;

	memcpy(changed, arguments, sizeof(changed));
	for (unsigned i = 0; ret == 0 && i < ARRAY_SIZE(others); i++) {
		set_word(test, changed, others[i]);
		ret = try(proof, at, call, changed);
	}
	for (uint32_t n = 0; ret == 0 && n <= 32; n++) {
		if (test->kind != LAYER_OUTSIDE)
			break;
		set_word(test, changed, n);
		ret = try(proof, at, call, changed);
	}
	return ret;
}

/* The values that a rule asks for, and next to them; what it does not ask for
 * is all zeros, and all ones. */
static int try_rule(struct proof *proof, size_t at,
		    const struct layer_rule *rule, uint64_t others)
{
	uint64_t arguments[6];
	int ret;

	for (unsigned i = 0; i < ARRAY_SIZE(arguments); i++)
		arguments[i] = others;
	ret = try(proof, at, rule->call, arguments);
	for (unsigned i = 0; i < rule->test_count; i++)
		satisfy(&rule->tests[i], arguments);
	if (ret == 0)
		ret = try(proof, at, rule->call, arguments);
	for (unsigned i = 0; ret == 0 && i < rule->test_count; i++)
		ret = vary(proof, at, rule->call, &rule->tests[i], arguments);
	return ret;
}

static int try_rules(struct proof *proof, size_t at, const struct layer *layer,
		     struct base_call call)
{
	int ret = 0;

	for (size_t i = proof_first_from(layer, call);
	     ret == 0 && proof_is_about(layer, i, call); i++) {
		ret = try_rule(proof, at, &layer->rules[i], 0);
		if (ret == 0)
			ret = try_rule(proof, at, &layer->rules[i], UINT64_MAX);
	}
	return ret;
}

int proof_values(struct proof *proof, size_t at, struct base_call call)
{
	int ret = try_rules(proof, at, proof->rules->layer, call);

	return ret < 0 ? ret :
			 try_rules(proof, at, proof->rules->list, call);
}
