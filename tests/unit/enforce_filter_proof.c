/* SPDX-License-Identifier: MIT */
/*
 * The proof sees every filter that is not what the rules say. Sound ones are
 * changed, an instruction after the other and each in many ways: what then
 * answers anything otherwise, by tests/lib/bpf.c, is refused. And libseccomp
 * has its memory beforehand.
 */
#include <dlfcn.h>
#include <linux/audit.h>
#include <seccomp.h>
#include <stdio.h>
#include <sys/resource.h>

#include "tests/unit/enforce_filter.h"
#include "tests/unit/skip.h"

#define X64 BASE_ARCH_X86_64
#define I386 BASE_ARCH_I386

struct setup {
	struct profiles_policy policy;
	struct enforce_plan plan;
	struct profiles_argument arguments[8];
	struct layer layer, list;
	struct enforce_program program;
	bool listener;
};

static struct base_call call_of(enum base_arch arch, const char *name)
{
	return (struct base_call){arch, (uint32_t)base_call_number(arch, name)};
}

static void add(struct setup *setup, enum base_arch arch, const char *name)
{
	assert_int_equal(profiles_set_add(&setup->plan.whitelist,
					  call_of(arch, name)), 0);
}

static void learn(struct setup *setup, const char *name, uint64_t first,
		  uint64_t second)
{
	setup->arguments[setup->plan.argument_count++] =
		(struct profiles_argument){
			.call = call_of(X64, name),
			.values = {first, second},
		};
}

/* With dangerous calls, learned values, and an architecture more. */
static void begin(struct setup *setup, bool listener, bool both)
{
	struct error err = {0};

	*setup = (struct setup){.listener = listener};
	setup->policy.flags = UINT64_C(1) << PROFILES_ARGS_LEARNED;
	setup->plan.policy = &setup->policy;
	setup->plan.has_whitelist = true;
	setup->plan.arguments = setup->arguments;
	add(setup, X64, "openat");
	add(setup, X64, "clone3");
	add(setup, X64, "fcntl");
	add(setup, X64, "socket");
	add(setup, X64, "mount");
	add(setup, X64, "personality");
	learn(setup, "fcntl", 1, 0);
	learn(setup, "fcntl", 3, 0);
	learn(setup, "socket", 1, 1);
	learn(setup, "socket", 2, 2);
	if (both) {
		add(setup, I386, "open");
		add(setup, I386, "clone");
	}
	if (filter_compile(&setup->plan, listener, &setup->layer, &setup->list,
			   &setup->program, &err) < 0)
		fail_msg("%s", err.text);
}

static void end(struct setup *setup)
{
	profiles_set_free(&setup->plan.whitelist);
	layer_free(&setup->layer);
	layer_free(&setup->list);
	enforce_program_free(&setup->program);
}

static bool proven(const struct setup *setup,
		   const struct enforce_program *program, struct error *err)
{
	return filter_prove(&setup->plan, setup->listener, &setup->layer,
			    &setup->list, program, err) == 0;
}

/* ---- whether two programs answer the same -------------------------------- */

static const uint32_t archs[] = {AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, 0};

static const uint32_t far_numbers[] = {
	600, 1023, 0x3fffffff, BASE_X32_BIT, BASE_X32_BIT | 56, 0x80000000,
	0xfffffffe, 0xffffffff,
};

static const uint64_t values[] = {
	0, 1, 2, 3, 16, 17, 0x5412, 0x541c, 0x541d, 0x10000000, 0xffffffff,
	0x100000000, UINT64_MAX,
};

static bool differ_on(const struct enforce_program *a,
		      const struct enforce_program *b,
		      const struct seccomp_data *data)
{
	return bpf_run(a->code, a->count, data, NULL) !=
	       bpf_run(b->code, b->count, data, NULL);
}

/* What the first two arguments are matters for some numbers alone. */
static bool differ_at(const struct enforce_program *a,
		      const struct enforce_program *b, uint32_t arch,
		      uint32_t number)
{
	struct seccomp_data data = {.nr = (int)number, .arch = arch};

	if (differ_on(a, b, &data))
		return true;
	if (bpf_is_const_allow(a->code, a->count, arch, (int)number) &&
	    bpf_is_const_allow(b->code, b->count, arch, (int)number))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		for (size_t j = 0; j < ARRAY_SIZE(values); j++) {
			data.args[0] = values[i];
			data.args[1] = values[j];
			data.args[2] = values[j];
			if (differ_on(a, b, &data))
				return true;
		}
	return false;
}

static bool differ(const struct enforce_program *a,
		   const struct enforce_program *b)
{
	for (size_t n = 0; n < ARRAY_SIZE(archs); n++) {
		for (uint32_t i = 0; i < 480; i++)
			if (differ_at(a, b, archs[n], i))
				return true;
		for (size_t i = 0; i < ARRAY_SIZE(far_numbers); i++)
			if (differ_at(a, b, archs[n], far_numbers[i]))
				return true;
	}
	return false;
}

/* ---- changes ------------------------------------------------------------- */

enum { CHANGES = 9 };

/* False: this is no change of this instruction. */
static bool change(struct enforce_program *program, size_t at, int how)
{
	struct sock_filter *one = &program->code[at];
	bool jump = BPF_CLASS(one->code) == BPF_JMP;
	uint8_t then = one->jt;

	switch (how) {
	case 0: /* as where there was no memory for it */
		memmove(one, one + 1, (program->count - at - 1) * sizeof(*one));
		program->count--;
		return true;
	case 1:
		one->k ^= 1;
		return true;
	case 2:
		one->k ^= 1u << 16;
		return true;
	case 3:
		one->jt = one->jf;
		one->jf = then;
		return jump && one->jt != one->jf;
	case 4:
		one->jt++;
		return jump;
	case 5:
		one->jf++;
		return jump;
	case 6:
		one->k = SECCOMP_RET_ALLOW;
		return one->code == (BPF_RET | BPF_K);
	case 7:
		one->k = 0;
		return one->code == (BPF_ALU | BPF_AND | BPF_K);
	default:
		one->code = BPF_JMP | BPF_JA;
		one->k = one->jt;
		return jump;
	}
}

static unsigned try_change(const struct setup *setup,
			   struct enforce_program *changed, size_t at, int how)
{
	const struct enforce_program *sound = &setup->program;

	changed->count = sound->count;
	memcpy(changed->code, sound->code, sound->count * sizeof(*sound->code));
	if (!change(changed, at, how) ||
	    !bpf_loads(changed->code, changed->count))
		return 0;
	if (!proven(setup, changed, NULL))
		return 1;
	if (differ(sound, changed))
		fail_msg("instruction %zu, change %d: not seen", at, how);
	return 0;
}

static void changed(bool listener, bool both)
{
	cleanup_program struct enforce_program other = {0};
	struct setup setup;
	unsigned refused = 0;

	begin(&setup, listener, both);
	other.code = calloc(setup.program.count, sizeof(*other.code));
	assert_non_null(other.code);
	assert_true(proven(&setup, &setup.program, NULL));
	for (size_t at = 0; at < setup.program.count; at++)
		for (int how = 0; how < CHANGES; how++)
			refused += try_change(&setup, &other, at, how);
	/* The others are none: the next number is answered the same, say. */
	assert_true(refused > 3 * setup.program.count);
	end(&setup);
}

static void changes(void **state)
{
	(void)state;
	changed(true, false);
	changed(false, false);
	changed(true, true);
}

/* What is shorter or none at all, and what never ends. */
static void cut(void **state)
{
	struct error err = {0};
	struct setup setup;
	struct enforce_program part;

	(void)state;
	begin(&setup, true, true);
	part = setup.program;
	for (part.count = 0; part.count < setup.program.count; part.count++)
		assert_false(proven(&setup, &part, &err));
	assert_non_null(strstr(err.text, "otherwise than the plan says"));
	end(&setup);
}

/* Many comparisons, none of which leads out: refused in time. */
static void endless(void **state)
{
	static struct sock_filter code[BPF_MAXINSNS];
	const struct enforce_program program = {code, BPF_MAXINSNS};
	struct setup setup;

	(void)state;
	for (size_t i = 1; i < BPF_MAXINSNS; i++)
		code[i] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(i * 7919), 0, 0);
	code[0] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0);
	code[BPF_MAXINSNS - 1] = (struct sock_filter)BPF_STMT(
		BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
	begin(&setup, true, false);
	assert_false(proven(&setup, &program, NULL));
	end(&setup);
}

/* What the layer has rules for may be the same without the list's. */
static bool in_layer(const struct setup *setup, struct base_call call)
{
	for (size_t i = 0; i < setup->layer.count; i++)
		if (!base_call_compare(&setup->layer.rules[i].call, &call))
			return true;
	return false;
}

/* A rule that libseccomp was not told, or that the program does not have. */
static void rule_missing(void **state)
{
	struct setup setup;

	(void)state;
	begin(&setup, true, true);
	for (size_t i = 0; i < setup.list.count; i++) {
		struct layer_rule kept = setup.list.rules[i];

		if (in_layer(&setup, kept.call))
			continue;
		setup.list.rules[i].answer = SECCOMP_RET_ERRNO | 133;
		assert_false(proven(&setup, &setup.program, NULL));
		setup.list.rules[i] = kept;
		if (kept.test_count == 0)
			continue;
		setup.list.rules[i].test_count--;
		assert_false(proven(&setup, &setup.program, NULL));
		setup.list.rules[i] = kept;
	}
	assert_true(proven(&setup, &setup.program, NULL));
	end(&setup);
}

/* ---- memory -------------------------------------------------------------- */

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

static bool freeze;		/* no memory more for libseccomp */
static struct rlimit usual;

/* Before libseccomp's: the process must not grow from here on. */
void *seccomp_init(uint32_t action)
{
	void *(*real)(uint32_t) = (void *(*)(uint32_t))dlsym(RTLD_NEXT,
							     "seccomp_init");
	FILE *file = fopen("/proc/self/statm", "re");
	struct rlimit now = usual;
	unsigned long pages = 0;

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%lu", &pages), 1);
	fclose(file);
	now.rlim_cur = pages * (unsigned long)sysconf(_SC_PAGESIZE);
	if (freeze)
		assert_int_equal(setrlimit(RLIMIT_AS, &now), 0);
	return real(action);
}

/* The longest list that there is, with as many values as are told apart. */
static void large(struct enforce_plan *plan, struct profiles_policy *policy,
		  struct profiles_argument *arguments)
{
	policy->flags = UINT64_C(1) << PROFILES_ARGS_LEARNED;
	plan->policy = policy;
	plan->has_whitelist = true;
	plan->arguments = arguments;
	for (uint32_t n = 0; n <= base_call_highest(X64); n++)
		assert_int_equal(profiles_set_add(&plan->whitelist,
						  (struct base_call){X64, n}),
				 0);
	for (; plan->argument_count < ENFORCE_VALUES; plan->argument_count++)
		arguments[plan->argument_count] = (struct profiles_argument){
			.call = call_of(X64, "prctl"),
			.values = {plan->argument_count * 7},
		};
}

static void memory_beforehand(void **state)
{
	struct profiles_argument arguments[ENFORCE_VALUES];
	struct profiles_policy policy = {0};
	struct enforce_plan plan = {0};
	struct sock_filter *code = NULL;
	struct error err = {0};
	size_t count;
	int ret;

	(void)state;
#ifdef SANITIZED
	skip_for("the sanitizers have an allocator of their own");
#endif
	large(&plan, &policy, arguments);
	assert_int_equal(getrlimit(RLIMIT_AS, &usual), 0);
	freeze = true;
	ret = enforce_filter(&plan, true, &code, &count, &err);
	freeze = false;
	assert_int_equal(setrlimit(RLIMIT_AS, &usual), 0);
	if (ret < 0)
		fail_msg("%s", err.text);
	free(code);
	profiles_set_free(&plan.whitelist);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_beforehand),
		cmocka_unit_test(changes),
		cmocka_unit_test(cut),
		cmocka_unit_test(endless),
		cmocka_unit_test(rule_missing),
	};

	return cmocka_run_group_tests_name("enforce_filter_proof", tests, NULL,
					   NULL);
}
