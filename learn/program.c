/* SPDX-License-Identifier: MIT */
/*
 * Compiles what is known to a seccomp program, in this order of questions:
 *
 *	which architecture; which number, by a tree of comparisons; and under
 *	the numbers that have a rule alone, which values
 *
 * so that the kernel finds out at load time what it answers to a call without a
 * rule, and from then on does not run the program for it (kernel/seccomp.c,
 * seccomp_is_const_allow). libseccomp cannot say this: it has no x32 and x86_64
 * in one filter, and none of the numbers without a name.
 *
 * Classic BPF jumps forward only, and a conditional jump 255 instructions at
 * most. So code is made from its end: where a jump leads is there already, and
 * where that is too far away, a JA or another RET is put in front. A place in
 * the code (a label) is counted from the end, hence never changes.
 *
 * What is known was chosen by a target: it may be huge, and made so as to fit
 * badly. Nothing here is more than linear in it, nothing is allocated.
 */
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <string.h>

#include "learn/program.h"

#define STOP (SECCOMP_RET_TRACE | passes_mark())

#define TUPLES 64		/* of values, at most this many a call */
#define CHOICES 64		/* more than there are calls with a rule */
#define PIECES PROGRAM_LIMIT	/* hardly more would fit into a program */

/* struct seccomp_data has 64-bit fields, BPF 32-bit loads. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LOW_WORD 0u
#define HIGH_WORD 4u
#else
#define LOW_WORD 4u
#define HIGH_WORD 0u
#endif

#define FIELD(name) offsetof(struct seccomp_data, name)

/* ---- code, from its end to its beginning ------------------------------ */

struct output {
	struct program *program;	/* code at the end of its array */
	unsigned length;
	bool full;
	unsigned allow, stop;	/* labels: the nearest RET of each kind */
};

/* The label of the new instruction, which is the length of the code. */
static unsigned put(struct output *out, unsigned code, uint32_t k)
{
	if (out->length == PROGRAM_LIMIT) {
		out->full = true;
		return out->length;
	}
	out->length++;
	out->program->code[PROGRAM_LIMIT - out->length] =
		(struct sock_filter)BPF_STMT((uint16_t)code, k);
	return out->length;
}

/* TARGET, or a place that does the same and that a conditional jump reaches,
 * also if one more instruction comes between. */
static unsigned reach(struct output *out, unsigned target)
{
	const struct sock_filter *at =
		&out->program->code[PROGRAM_LIMIT - target];
	unsigned *nearest = at->k == SECCOMP_RET_ALLOW ? &out->allow :
							 &out->stop;

	if (at->code == (BPF_RET | BPF_K)) {
		if (out->length - *nearest >= UINT8_MAX)
			*nearest = put(out, at->code, at->k);
		return *nearest;
	}
	if (out->length - target >= UINT8_MAX)
		return put(out, BPF_JMP | BPF_JA, out->length - target);
	return target;
}

static unsigned jump(struct output *out, unsigned operation, uint32_t k,
		     unsigned then, unsigned otherwise)
{
	struct sock_filter *at;
	unsigned label;

	then = reach(out, then);
	otherwise = reach(out, otherwise);
	label = put(out, BPF_JMP | operation | BPF_K, k);
	at = &out->program->code[PROGRAM_LIMIT - label];
	at->jt = (uint8_t)(label - then - 1);
	at->jf = (uint8_t)(label - otherwise - 1);
	return label;
}

static unsigned load(struct output *out, size_t offset)
{
	return put(out, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset);
}

static struct output begin(struct program *program)
{
	struct output out = { .program = program };

	out.allow = put(&out, BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	out.stop = put(&out, BPF_RET | BPF_K, STOP);
	return out;
}

static bool end(struct output *out)
{
	struct program *program = out->program;

	if (out->full)
		return false;
	memmove(program->code, program->code + PROGRAM_LIMIT - out->length,
		out->length * sizeof(program->code[0]));
	program->length = (unsigned short)out->length;
	return true;
}

/* ---- what is to pass -------------------------------------------------- */

/* What happens with a number: it stops, passes, or CHOICE + i says which of
 * its values pass. */
enum leaf {
	LEAF_STOP,
	LEAF_PASS,
	LEAF_CHOICE
};

/* The numbers as the kernel has them, from here to the next piece. */
struct piece {
	uint32_t from;
	uint32_t leaf;
};

struct choice {
	const struct profiles_argument_rule *rule;
	const struct profiles_argument *tuples[TUPLES]; /* most calls first */
	size_t count;
};

struct plan {
	const struct profiles_known *known;
	bool named_only;	/* calls without a name stop */
	size_t next_argument;	/* in KNOWN: not yet looked at */
	struct part {
		size_t first, count;
	} parts[BASE_ARCH_COUNT];
	struct piece pieces[PIECES];	/* of one part after the other */
	struct choice choices[CHOICES];
	size_t choice_count;
	size_t most_tuples;	/* of these, no more a call */
	bool full;
};

/* A value with bits outside of its mask was never in a register that was
 * looked at through the mask. */
static bool tuple_passes(const struct profiles_argument *tuple,
			 const struct profiles_argument_rule *rule)
{
	for (unsigned i = 0; i < ARRAY_SIZE(tuple->values); i++)
		if (tuple->values[i] & ~(i < rule->count ? rule->mask[i] : 0))
			return false;
	return passes_call(tuple->call, tuple->values);
}

static void add_tuple(struct choice *choice,
		      const struct profiles_argument *tuple)
{
	const struct profiles_argument **tuples = choice->tuples;
	size_t at = choice->count;

	if (at < TUPLES)
		choice->count++;
	else if (tuples[--at]->calls >= tuple->calls)
		return;
	for (; at > 0 && tuples[at - 1]->calls < tuple->calls; at--)
		tuples[at] = tuples[at - 1];
	tuples[at] = tuple;
}

static uint32_t add_choice(struct plan *plan, struct base_call call,
			   const struct profiles_argument_rule *rule)
{
	struct choice *choice = &plan->choices[plan->choice_count];
	size_t *next = &plan->next_argument;

	if (plan->choice_count == CHOICES)
		return LEAF_STOP;
	choice->rule = rule;
	choice->count = 0;
	for (; *next < plan->known->argument_count; ++*next) {
		const struct profiles_argument *tuple =
			&plan->known->arguments[*next];
		int order = base_call_compare(&tuple->call, &call);

		if (order > 0)
			break;
		if (order == 0 && tuple_passes(tuple, rule))
			add_tuple(choice, tuple);
	}
	if (choice->count == 0)
		return LEAF_STOP;
	return LEAF_CHOICE + (uint32_t)plan->choice_count++;
}

static uint32_t leaf_of(struct plan *plan, struct base_call call)
{
	static const uint64_t any[3];
	const struct profiles_argument_rule *rule =
		profiles_argument_rule(call);

	if (profiles_set_has(&plan->known->watched, call) ||
	    (plan->named_only && !base_call_name(call)))
		return LEAF_STOP;
	if (rule->count > 0)
		return add_choice(plan, call, rule);
	return passes_call(call, any) ? LEAF_PASS : LEAF_STOP;
}

/* From this number on. A piece that would be empty, or like the one before it,
 * is none. */
static void add_piece(struct plan *plan, struct part *part, uint32_t from,
		      uint32_t leaf)
{
	struct piece *pieces = plan->pieces + part->first;

	if (part->count > 0 && pieces[part->count - 1].from == from)
		part->count--;
	if (part->count > 0 && pieces[part->count - 1].leaf == leaf)
		return;
	if (part->first + part->count == PIECES) {
		plan->full = true;
		return;
	}
	pieces[part->count++] = (struct piece){ from, leaf };
}

/* False for what is no call: a number of x86_64 with the x32 bit, say. */
static bool to_kernel(struct base_call call, uint32_t *raw)
{
	struct base_call same;
	uint32_t audit_arch;

	if (call.arch >= BASE_ARCH_COUNT)
		return false;
	base_call_to_kernel(call, &audit_arch, raw);
	return base_call_from_kernel(audit_arch, *raw, &same) &&
	       base_call_compare(&call, &same) == 0;
}

/* False if there are too many pieces. The calls are sorted, so that each part
 * is complete when the next one begins. */
static bool make_plan(struct plan *plan, const struct profiles_known *known,
		      bool named_only)
{
	struct part *part = NULL;
	uint32_t raw, leaf;

	memset(plan->parts, 0, sizeof(plan->parts));
	plan->known = known;
	plan->named_only = named_only;
	plan->next_argument = plan->choice_count = 0;
	plan->full = false;
	for (size_t i = 0; i < known->set.count && !plan->full; i++) {
		struct base_call call = known->set.calls[i];

		if (!to_kernel(call, &raw))
			continue;
		leaf = leaf_of(plan, call);
		if (leaf == LEAF_STOP)
			continue;
		if (part != &plan->parts[call.arch]) {
			size_t first = part ? part->first + part->count : 0;

			part = &plan->parts[call.arch];
			part->first = first;
			add_piece(plan, part, 0, LEAF_STOP);
		}
		add_piece(plan, part, raw, leaf);
		add_piece(plan, part, raw + 1, LEAF_STOP);
	}
	return !plan->full;
}

/* ---- the plan as code ------------------------------------------------- */

/* Half a value. The high half comes first: it is hardly ever anything but 0. */
struct word {
	unsigned value;		/* which of the tuple */
	unsigned shift;
	size_t offset;
	uint32_t mask;		/* 0 behind the last word */
};

static void words_of(const struct profiles_argument_rule *rule,
		     struct word words[7])
{
	for (unsigned i = 0; i < rule->count; i++)
		for (int high = 1; high >= 0; high--) {
			words->value = i;
			words->shift = high ? 32 : 0;
			words->offset = FIELD(args) + 8 * rule->index[i] +
					(high ? HIGH_WORD : LOW_WORD);
			words->mask = (uint32_t)(rule->mask[i] >> words->shift);
			words += words->mask != 0;
		}
	words->mask = 0;
}

static uint32_t word_of(const struct word *word,
			const struct profiles_argument *tuple)
{
	return (uint32_t)(tuple->values[word->value] >> word->shift);
}

/*
 * Compares this word with each value that it has in TUPLES, and then the words
 * behind it with what the tuples have there that share the value. Those made
 * most often come first, hence are found soonest.
 */
static unsigned put_tuples(struct output *out, const struct word *word,
			   const struct profiles_argument *const *tuples,
			   size_t count)
{
	unsigned next = out->stop;

	if (count == 0 || word->mask == 0)
		return count == 0 ? out->stop : out->allow;
	for (size_t i = count; i-- > 0;) {
		const struct profiles_argument *same[TUPLES];
		uint32_t value = word_of(word, tuples[i]);
		size_t first = 0, n = 0;

		while (word_of(word, tuples[first]) != value)
			first++;
		if (first < i)
			continue; /* its turn comes with that one */
		for (size_t j = i; j < count; j++)
			if (word_of(word, tuples[j]) == value)
				same[n++] = tuples[j];
		next = jump(out, BPF_JEQ, value,
			    put_tuples(out, word + 1, same, n), next);
	}
	if (word->mask != UINT32_MAX)
		put(out, BPF_ALU | BPF_AND | BPF_K, word->mask);
	return load(out, word->offset);
}

static unsigned put_leaf(struct output *out, const struct plan *plan,
			 uint32_t leaf)
{
	const struct choice *choice;
	struct word words[7];

	if (leaf < LEAF_CHOICE)
		return leaf == LEAF_PASS ? out->allow : out->stop;
	choice = &plan->choices[leaf - LEAF_CHOICE];
	words_of(choice->rule, words);
	return put_tuples(out, words, choice->tuples,
			  choice->count < plan->most_tuples ?
				  choice->count : plan->most_tuples);
}

/* The number is loaded. With two pieces or more the last instruction that is
 * put is the jump that comes first. */
static unsigned put_tree(struct output *out, const struct plan *plan,
			 const struct piece *pieces, size_t count)
{
	size_t half = count / 2;
	unsigned below, above;

	if (count <= 1)
		return put_leaf(out, plan, count ? pieces->leaf : LEAF_STOP);
	if (count == 3 && pieces[0].leaf == pieces[2].leaf &&
	    pieces[1].from + 1 == pieces[2].from) {
		above = put_leaf(out, plan, pieces[1].leaf);
		below = put_leaf(out, plan, pieces[0].leaf);
		return jump(out, BPF_JEQ, pieces[1].from, above, below);
	}
	above = put_tree(out, plan, pieces + half, count - half);
	below = put_tree(out, plan, pieces, half);
	return jump(out, BPF_JGE, pieces[half].from, above, below);
}

static unsigned put_part(struct output *out, const struct plan *plan,
			 enum base_arch arch)
{
	const struct part *part = &plan->parts[arch];

	return put_tree(out, plan, plan->pieces + part->first, part->count);
}

/* One architecture of the kernel; x32 is the numbers of x86_64 with a bit. */
static unsigned put_arch(struct output *out, const struct plan *plan,
			 enum base_arch arch, unsigned otherwise)
{
	bool x32 = arch == BASE_ARCH_X86_64 &&
		   plan->parts[BASE_ARCH_X32].count > 0;
	unsigned above = x32 ? put_part(out, plan, BASE_ARCH_X32) : 0, tree;
	uint32_t audit_arch, bits;

	if (plan->parts[arch].count == 0 && !x32)
		return otherwise;
	tree = put_part(out, plan, arch);
	if (x32)
		jump(out, BPF_JGE, BASE_X32_BIT, above, tree);
	tree = load(out, FIELD(nr));
	base_call_to_kernel((struct base_call){ .arch = arch }, &audit_arch,
			    &bits);
	return jump(out, BPF_JEQ, audit_arch, tree, otherwise);
}

/* False if it would be too long. */
static bool compile(struct program *program, const struct plan *plan)
{
	struct output out = begin(program);
	unsigned next = out.stop;

	/* The last one is asked for first. */
	next = put_arch(&out, plan, BASE_ARCH_AARCH64, next);
	next = put_arch(&out, plan, BASE_ARCH_I386, next);
	put_arch(&out, plan, BASE_ARCH_X86_64, next);
	load(&out, FIELD(arch)); /* before begin()'s stop if all is new */
	return end(&out);
}

void program_known(struct program *program, const struct profiles_known *known)
{
	struct plan plan;

	for (int named_only = 0; named_only <= 1; named_only++) {
		if (!make_plan(&plan, known, named_only))
			continue;
		for (plan.most_tuples = 2 * TUPLES; plan.most_tuples > 0;) {
			plan.most_tuples /= 2;
			if (compile(program, &plan))
				return;
		}
	}
	program_all(program);
}

void program_all(struct program *program)
{
	program->code[0] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, STOP);
	program->length = 1;
}

/* Only the numbers that the page can make ask for the address, so that all
 * other calls stay free. The number of a call in the page is that of x86_64,
 * also in an x32 program. */
void program_unseen(struct program *program)
{
	static const uint32_t numbers[] = { 96, 201, 309 };
	const uint64_t page = 0xffffffffff600000;
	struct output out = begin(program);
	unsigned inside, next = out.allow;

	jump(&out, BPF_JEQ, (uint32_t)page, out.stop, out.allow);
	put(&out, BPF_ALU | BPF_AND | BPF_K, 0xfffff000);
	inside = load(&out, FIELD(instruction_pointer) + LOW_WORD);
	jump(&out, BPF_JEQ, (uint32_t)(page >> 32), inside, out.allow);
	inside = load(&out, FIELD(instruction_pointer) + HIGH_WORD);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		next = jump(&out, BPF_JEQ, numbers[i], inside, next);
	next = load(&out, FIELD(nr));
	jump(&out, BPF_JEQ, AUDIT_ARCH_X86_64, next, out.allow);
	load(&out, FIELD(arch));
	end(&out);
}
