/* SPDX-License-Identifier: MIT */
/*
 * The filter: what the kernel answers to each call of the target.
 *
 * libseccomp compiles it, as a tree of number comparisons (CTL_OPTIMIZE 2), so
 * that the kernel can follow it at load time and answers each whitelisted call
 * from its bitmap (kernel/seccomp.c, seccomp_is_const_allow).
 *
 * libseccomp takes a number as one of the native architecture and translates
 * it by name to any other. That loses the numbers without a name and allows
 * socketcall(2) along with socket(2) on i386. So the part for i386 is compiled
 * as though its numbers were native ones; then the architecture that its first
 * comparison names is put right, and both parts are joined:
 *
 *	ld arch; jeq I386, 0, 1; ja i386part; nativepart...; i386part: ...
 *
 * Either part ends with "not my architecture". In front of all comes the layer
 * of what is refused whatever the whitelist says (filter.h), which is not
 * compiled by libseccomp. What comes out is proven before it is used (proof.c);
 * tests/unit/enforce_filter.c interprets it, call by call.
 */
#include <seccomp.h>
#include <string.h>

#include "enforce/filter/filter.h"

/* The namespaces that clone(2) can make. CLONE_NEWTIME (0x80) is not among
 * them: there its bit is part of the signal number. */
#define NAMESPACES 0x7e020000u

/* Without a supervisor, this many numbers past the table answer ENOSYS. */
#define UNKNOWN_NUMBERS 64

/* BPF_MAXINSNS, less what enforce_filter_key() needs. */
#define MOST_INSTRUCTIONS (4096 - 9)

/* One architecture's part while it is made. */
struct part {
	const struct enforce_plan *plan;
	enum base_arch arch;
	bool listener;
	scmp_filter_ctx context;
	struct layer *list;		/* what it is told, for the proof */
	uint32_t unlisted;		/* the answer to an unlisted call */
	struct profiles_set set;	/* its calls, baseline included */
	struct error *err;
};

static void free_part(struct part *part)
{
	if (part->context)
		seccomp_release(part->context);
	profiles_set_free(&part->set);
}
#define cleanup_part __attribute__((cleanup(free_part)))

static uint32_t unlisted(const struct enforce_plan *plan, bool listener)
{
	if (listener)
		return SCMP_ACT_NOTIFY;
	if (plan->deny == ENFORCE_ERRNO)
		return SCMP_ACT_ERRNO((uint32_t)plan->deny_errno);
	if (plan->deny == ENFORCE_LOG)
		return SCMP_ACT_LOG;
	return SCMP_ACT_KILL_PROCESS;
}

/* x32 and architectures that were not learned never pass, whatever the plan
 * says of unlisted calls; the supervisor knows that too. */
static uint32_t foreign(const struct enforce_plan *plan, bool listener)
{
	if (!listener && plan->deny == ENFORCE_LOG)
		return SCMP_ACT_KILL_PROCESS;
	return unlisted(plan, listener);
}

bool enforce_arch_learned(const struct enforce_plan *plan, enum base_arch arch)
{
	if (arch == base_arch_native())
		return true;
	if (arch != BASE_ARCH_I386 || base_arch_native() != BASE_ARCH_X86_64)
		return false;
	for (size_t i = 0; i < plan->whitelist.count; i++)
		if (plan->whitelist.calls[i].arch == (uint32_t)arch)
			return true;
	/* A stub is no reason to let code of another architecture run, unless
	 * it is one of a list that is being tried out. */
	for (size_t i = 0; plan->stub_hits && i < plan->stub_count; i++)
		if (plan->stubs[i].call.arch == (uint32_t)arch)
			return true;
	return false;
}

static int open_context(struct part *part)
{
	const struct enforce_plan *plan = part->plan;
	int ret;

	part->unlisted = unlisted(plan, part->listener);
	part->context = seccomp_init(part->unlisted);
	if (!part->context && errno == ENOMEM)
		return base_error(part->err, ENOMEM, "out of memory");
	if (!part->context)
		return base_error(part->err, ENOTSUP, "this kernel has no "
				  "seccomp filters, or not the answer that an "
				  "unlisted call should get; a kernel since "
				  "5.3 with CONFIG_SECCOMP_FILTER is needed");
	ret = seccomp_attr_set(part->context, SCMP_FLTATR_ACT_BADARCH,
			       foreign(plan, part->listener));
	if (ret == 0)
		ret = seccomp_attr_set(part->context,
				       SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (ret < 0)
		return base_error(part->err, -ret, "libseccomp refuses an "
				  "attribute of the filter: %s",
				  strerror(-ret));
	return 0;
}

static int collect(struct part *part)
{
	const struct profiles_set *whitelist = &part->plan->whitelist;
	struct base_call call;
	const char *why;

	for (size_t i = 0; profiles_baseline(i, part->arch, &call, &why); i++)
		if (profiles_set_add(&part->set, call) < 0)
			return base_error(part->err, ENOMEM, "out of memory");
	for (size_t i = 0; i < whitelist->count; i++)
		if (whitelist->calls[i].arch == (uint32_t)part->arch &&
		    profiles_set_add(&part->set, whitelist->calls[i]) < 0)
			return base_error(part->err, ENOMEM, "out of memory");
	return 0;
}

static int rule_failed(const struct part *part, uint32_t number, int ret)
{
	return base_error(part->err, -ret, "libseccomp refuses a rule for call "
			  "%u of %s: %s", number, base_arch_name(part->arch),
			  strerror(-ret));
}

/* The same for the proof: a test is about half an argument, and one without a
 * mask is none. */
static void note_rule(struct part *part, uint32_t action, uint32_t number,
		      const struct scmp_arg_cmp *tests, unsigned count)
{
	struct base_call call = {part->arch, number};
	struct layer_test halves[LAYER_TESTS] = {{0}};
	unsigned n = 0;

	for (unsigned i = 0; i < 2 * count; i++) {
		const struct scmp_arg_cmp *test = &tests[i / 2];
		unsigned shift = i % 2 ? 32 : 0;

		halves[n] = (struct layer_test){
			.kind = LAYER_EQUAL,
			.index = test->arg | (i % 2 ? LAYER_UPPER : 0),
			.mask = (uint32_t)(test->datum_a >> shift),
			.value = (uint32_t)(test->datum_b >> shift),
		};
		n += halves[n].mask != 0;
	}
	if (n < LAYER_TESTS)
		halves[n] = (struct layer_test){0};
	layer_add(part->list, call, halves, action);
}

/* libseccomp refuses a rule that says what is the default anyway. */
static int add_tests(struct part *part, uint32_t action, uint32_t number,
		     const struct scmp_arg_cmp *tests, unsigned count)
{
	int ret;

	if (action == part->unlisted)
		return 0;
	note_rule(part, action, number, tests, count);
	ret = seccomp_rule_add_array(part->context, action, (int)number, count,
				     tests);
	return ret < 0 ? rule_failed(part, number, ret) : 0;
}

static int add_rule(struct part *part, uint32_t action, uint32_t number)
{
	return add_tests(part, action, number, NULL, 0);
}

/* As many comparisons as the call's rule has arguments. */
static int add_tuple(struct part *part, uint32_t number,
		     const struct profiles_argument_rule *rule,
		     const uint64_t value[3], const uint64_t masks[3])
{
	struct scmp_arg_cmp tests[3];

	for (unsigned i = 0; i < rule->count; i++)
		tests[i] = SCMP_CMP(rule->index[i], SCMP_CMP_MASKED_EQ,
				    masks[i], value[i]);
	return add_tests(part, SCMP_ACT_ALLOW, number, tests, rule->count);
}

/* Allows a call, if its values were recorded with these alone. 1: it passes by
 * its number, and was not added. */
static int add_learned(struct part *part, uint32_t number)
{
	struct base_call call = {part->arch, number};
	uint64_t values[ENFORCE_VALUES][3], masks[3];
	int count = enforce_learned_values(part->plan, call, values, masks);
	int ret = 0;

	for (int i = 0; ret == 0 && i < count; i++)
		ret = add_tuple(part, number, profiles_argument_rule(call),
				values[i], masks);
	return count > 0 ? ret : 1;
}

/* The kernel takes clone's flags from the low 32 bits of its first register,
 * and so does the mask. */
static int add_clone(struct part *part, uint32_t number, uint64_t namespaces)
{
	const struct scmp_arg_cmp test = SCMP_A0(SCMP_CMP_MASKED_EQ, NAMESPACES,
						 namespaces & NAMESPACES);

	return add_tests(part, SCMP_ACT_ALLOW, number, &test, 1);
}

static int number_of(const struct part *part, const char *name)
{
	return base_call_number(part->arch, name);
}

static bool has(const struct part *part, int number)
{
	struct base_call call = {part->arch, (uint32_t)number};

	return number >= 0 && profiles_set_has(&part->set, call);
}

/* With the flags that were recorded, else without namespaces but those of the
 * plan. Who opened clone by name, and has a list that does not know which ones
 * are needed, means all. */
static int add_clone_flags(struct part *part, uint32_t number)
{
	const struct enforce_plan *plan = part->plan;
	int ret = add_learned(part, number);

	if (ret <= 0)
		return ret;
	if (plan->clone_namespace_count == 0 &&
	    dangerous_opened(plan, (struct base_call){part->arch, number}))
		return add_rule(part, SCMP_ACT_ALLOW, number);
	ret = add_clone(part, number, 0);
	for (size_t i = 0; ret == 0 && i < plan->clone_namespace_count; i++)
		if (plan->clone_namespaces[i] & NAMESPACES)
			ret = add_clone(part, number,
					plan->clone_namespaces[i]);
	return ret;
}

static bool is_clone3(const struct part *part, uint32_t number)
{
	return (int)number == number_of(part, "clone3");
}

static bool clone3_passes(const struct part *part)
{
	return part->plan->allow_clone3 &&
	       has(part, number_of(part, "clone3"));
}

static bool clone_passes(const struct part *part)
{
	return has(part, number_of(part, "clone")) ||
	       (has(part, number_of(part, "clone3")) && !clone3_passes(part));
}

/* clone3 keeps its flags in memory, where no filter can see them: it is said
 * not to exist, and libc makes the same call as clone. */
static int add_clones(struct part *part)
{
	int clone = number_of(part, "clone");
	int clone3 = number_of(part, "clone3");
	int ret = 0;

	if (clone3_passes(part))
		ret = add_rule(part, SCMP_ACT_ALLOW, (uint32_t)clone3);
	else if (clone_passes(part) && clone3 >= 0)
		ret = add_rule(part, SCMP_ACT_ERRNO(ENOSYS), (uint32_t)clone3);
	if (ret == 0 && clone_passes(part) && clone >= 0)
		ret = add_clone_flags(part, (uint32_t)clone);
	return ret;
}

/* Calls that are not on the list and pass with some values alone. Clones are
 * add_clones()'s. */
static int add_partly(struct part *part)
{
	const struct enforce_plan *plan = part->plan;
	uint64_t masks[3], value[3];
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < plan->partly_count; i++) {
		const struct profiles_argument *row = &plan->partly[i];

		if (row->call.arch == (uint32_t)part->arch &&
		    enforce_partly(plan, i, value, masks))
			ret = add_tuple(part, row->call.number,
					profiles_argument_rule(row->call),
					value, masks);
	}
	return ret;
}

/* What is on the list is no stub. Where hits are counted the supervisor is
 * asked; clone3 is answered as add_clones() says, where clone passes. */
static int add_stubs(struct part *part)
{
	const struct enforce_plan *plan = part->plan;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < plan->stub_count; i++) {
		const struct profiles_refused *stub = &plan->stubs[i];
		uint32_t number = stub->call.number;
		int code = enforce_stub_code(stub);

		if (stub->call.arch != (uint32_t)part->arch ||
		    enforce_stub(plan, stub->call) != stub ||
		    (is_clone3(part, number) && clone_passes(part)))
			continue;
		ret = add_rule(part, part->listener && plan->stub_hits ?
				     SCMP_ACT_NOTIFY :
				     SCMP_ACT_ERRNO((uint32_t)code), number);
	}
	return ret;
}

/* Without a supervisor, who says so himself. */
static int add_unknown(struct part *part)
{
	uint32_t highest = base_call_highest(part->arch);
	int ret = 0;

	for (uint32_t n = highest + 1; n <= highest + UNKNOWN_NUMBERS; n++) {
		struct base_call call = {part->arch, n};

		if (ret == 0 && !has(part, (int)n) &&
		    !enforce_stub(part->plan, call))
			ret = add_rule(part, SCMP_ACT_ERRNO(ENOSYS), n);
	}
	return ret;
}

static int add_rules(struct part *part)
{
	int clone = number_of(part, "clone");
	int clone3 = number_of(part, "clone3");
	int ret = add_clones(part);

	for (size_t i = 0; ret == 0 && i < part->set.count; i++) {
		uint32_t number = part->set.calls[i].number;

		if ((int)number == clone || (int)number == clone3)
			continue;
		ret = add_learned(part, number);
		if (ret == 1)
			ret = add_rule(part, SCMP_ACT_ALLOW, number);
	}
	if (ret == 0)
		ret = add_partly(part);
	if (ret == 0)
		ret = add_stubs(part);
	return ret == 0 && !part->listener ? add_unknown(part) : ret;
}

static size_t most_rules(const struct part *part)
{
	const struct enforce_plan *plan = part->plan;

	return part->set.count + plan->argument_count + plan->partly_count +
	       plan->stub_count + plan->clone_namespace_count + UNKNOWN_NUMBERS;
}

static int compile(const struct enforce_plan *plan, bool listener,
		   enum base_arch arch, struct layer *list,
		   struct enforce_program *program, struct error *err)
{
	cleanup_memory struct program_memory memory = {{0}};
	cleanup_part struct part part = {
		.plan = plan,
		.arch = arch,
		.listener = listener,
		.list = list,
		.err = err,
	};
	int ret = collect(&part);

	if (ret == 0)
		ret = program_memory_take(&memory, most_rules(&part), err);
	if (ret == 0)
		ret = open_context(&part);
	if (ret == 0)
		ret = add_rules(&part);
	if (ret == 0 && list->failed)
		ret = base_error(err, ENOMEM, "out of memory");
	if (ret == 0)
		ret = enforce_program_export(part.context, program, err);
	return ret < 0 ? ret : enforce_program_retarget(program, arch, err);
}

/* The whitelist, of all architectures. */
static int compile_list(const struct enforce_plan *plan, bool listener,
			struct layer *list, struct enforce_program *native,
			struct error *err)
{
	cleanup_program struct enforce_program i386 = {0};
	int ret = compile(plan, listener, base_arch_native(), list, native,
			  err);

	if (ret < 0 || !enforce_arch_learned(plan, BASE_ARCH_I386))
		return ret;
	ret = compile(plan, listener, BASE_ARCH_I386, list, &i386, err);
	return ret < 0 ? ret : enforce_program_join(native, &i386, err);
}

int filter_compile(const struct enforce_plan *plan, bool listener,
		   struct layer *layer, struct layer *list,
		   struct enforce_program *program, struct error *err)
{
	int ret = layer_make(plan, listener, layer, err);

	if (ret == 0 && layer_whitelisting(plan))
		ret = compile_list(plan, listener, list, program, err);
	layer_sort(list);
	return ret < 0 ? ret : layer_code_prepend(plan, layer, program, err);
}

int filter_prove(const struct enforce_plan *plan, bool listener,
		 const struct layer *layer, const struct layer *list,
		 const struct enforce_program *program, struct error *err)
{
	struct proof_rules rules = {
		plan, layer, list, SCMP_ACT_ALLOW, SCMP_ACT_KILL_PROCESS,
	};

	if (layer_whitelisting(plan)) {
		rules.unlisted = unlisted(plan, listener);
		rules.foreign = foreign(plan, listener);
	}
	return proof_check(&rules, program, err);
}

int enforce_filter(const struct enforce_plan *plan, bool with_listener,
		   struct sock_filter **filter, size_t *count,
		   struct error *err)
{
	cleanup_program struct enforce_program program = {0};
	cleanup_layer struct layer layer = {0}, list = {0};
	int ret = filter_compile(plan, with_listener, &layer, &list, &program,
				 err);

	if (ret == 0)
		ret = filter_prove(plan, with_listener, &layer, &list,
				   &program, err);
	if (ret < 0)
		return ret;
	if (program.count > MOST_INSTRUCTIONS)
		return base_error(err, E2BIG, "the filter has %zu instructions "
				  "and the kernel takes %d; shorten the "
				  "whitelist", program.count,
				  MOST_INSTRUCTIONS);
	*filter = take_ptr(program.code);
	*count = program.count;
	return 0;
}
