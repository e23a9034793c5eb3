/* SPDX-License-Identifier: MIT */
/*
 * Stubs change the filter's answer to themselves and to nothing else: the
 * verdict on each number of each architecture, with stubs and without.
 */
#include <linux/audit.h>

#include "enforce/run/verdict.h"
#include "tests/lib/random.h"
#include "tests/unit/enforce_filter.h"

static const uint32_t archs[] = {
	AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64, 0,
};

static const int answers[] = {ENOSYS, EPERM, EACCES, 0, -1, 5000};

static void add(struct profiles_set *set, enum base_arch arch, uint32_t number)
{
	struct base_call call = {arch, number};

	assert_int_equal(profiles_set_add(set, call), 0);
}

static bool is(struct base_call call, const char *name)
{
	return (int)call.number == base_call_number(call.arch, name);
}

static bool has(const struct enforce_plan *plan, enum base_arch arch,
		const char *name)
{
	int number = base_call_number(arch, name);

	return number >= 0 &&
	       profiles_set_has(&plan->whitelist,
				(struct base_call){arch, (uint32_t)number});
}

/* The rule in other words; NULL: the call is answered as without stubs. */
static const struct profiles_refused *stub_of(const struct enforce_plan *plan,
					      struct base_call call)
{
	bool clones = has(plan, call.arch, "clone") ||
		      has(plan, call.arch, "clone3");

	if (call.arch == BASE_ARCH_X32 || call.arch == BASE_ARCH_AARCH64 ||
	    profiles_is_baseline(call) ||
	    profiles_set_has(&plan->whitelist, call) ||
	    (clones && (is(call, "clone") || is(call, "clone3"))))
		return NULL;
	for (size_t i = 0; i < plan->stub_count; i++)
		if (base_call_compare(&plan->stubs[i].call, &call) == 0)
			return &plan->stubs[i];
	return NULL;
}

static void compare_one(const struct enforce_plan *plan, bool listener,
			const struct filter *with, const struct filter *without,
			uint32_t arch, uint32_t raw)
{
	struct seccomp_data data = {.nr = (int)raw, .arch = arch};
	uint32_t want = bpf_run(without->code, without->count, &data, NULL);
	uint32_t got = bpf_run(with->code, with->count, &data, NULL);
	const struct profiles_refused *stub = NULL;
	struct base_call call;

	if (base_call_from_kernel(arch, raw, &call))
		stub = stub_of(plan, call);
	if (stub && listener && plan->stub_hits)
		want = SECCOMP_RET_USER_NOTIF;
	else if (stub)
		want = SECCOMP_RET_ERRNO |
		       (uint32_t)(stub->answer > 0 && stub->answer < 4096 ?
				  stub->answer : ENOSYS);
	if (got != want)
		fail_msg("arch %08x number %u: verdict %08x, not %08x", arch,
			 raw, got, want);
}

/* Both filters that are loaded where nobody counts, as the kernel takes their
 * verdicts: the lower action counts, and that of the later one where they are
 * the same. An errno must not be of the later one, which logs. */
static void compare_loaded(const struct enforce_plan *plan,
			   const struct filter *with, uint32_t arch,
			   uint32_t raw, const struct filter *silent,
			   const struct filter *rest)
{
	struct seccomp_data data = {.nr = (int)raw, .arch = arch};
	uint32_t want = bpf_run(with->code, with->count, &data, NULL);
	uint32_t first = bpf_run(silent->code, silent->count, &data, NULL);
	uint32_t later = bpf_run(rest->code, rest->count, &data, NULL);
	struct base_call call;

	if ((int32_t)(first & SECCOMP_RET_ACTION_FULL) <
	    (int32_t)(later & SECCOMP_RET_ACTION_FULL))
		later = first;
	else if (base_call_from_kernel(arch, raw, &call) &&
		 stub_of(plan, call) && call.number != 317)
		fail_msg("arch %08x number %u is logged", arch, raw);
	if (later != want)
		fail_msg("arch %08x number %u: verdict %08x, not %08x", arch,
			 raw, later, want);
}

/* What launch.c loads. 317 is seccomp, which loads the second one; 354 is that
 * of i386. */
static void loaded(struct enforce_plan *plan)
{
	struct enforce_plan main_plan = *plan;
	struct profiles_refused kept[64];
	struct filter with = build(plan, true), silent, rest;
	struct error err = {0};

	main_plan.stubs = kept;
	main_plan.stub_count = 0;
	for (size_t i = 0; i < plan->stub_count; i++)
		if (!enforce_stub_silent(plan->stubs[i].call))
			kept[main_plan.stub_count++] = plan->stubs[i];
	rest = build(&main_plan, true);
	assert_int_equal(enforce_filter_stubs(plan, &silent.code,
					      &silent.count, &err), 0);
	assert_true(bpf_loads(silent.code, silent.count));
	for (size_t a = 0; a < ARRAY_SIZE(archs); a++)
		for (uint32_t n = 0; n < 1024; n++) {
			if (archs[a] == AUDIT_ARCH_I386 && n == 354)
				continue;
			compare_loaded(plan, &with, archs[a], n, &silent,
				       &rest);
			compare_loaded(plan, &with, archs[a],
				       n | BASE_X32_BIT, &silent, &rest);
		}
	free(with.code);
	free(silent.code);
	free(rest.code);
}

static void compare(const struct enforce_plan *plan, bool listener)
{
	struct enforce_plan bare = *plan;
	struct filter with = build(plan, listener), without;

	/* The part of an architecture may be there for its stubs alone. */
	bare.stubs = NULL;
	bare.stub_count = 0;
	without = build(&bare, listener);
	for (size_t a = 0; a < ARRAY_SIZE(archs); a++)
		for (uint32_t n = 0; n < 1024; n++) {
			compare_one(plan, listener, &with, &without, archs[a],
				    n);
			compare_one(plan, listener, &with, &without, archs[a],
				    n | BASE_X32_BIT);
		}
	free(with.code);
	free(without.code);
}

static void compare_all(struct enforce_plan *plan)
{
	uint64_t hits[64] = {0};

	compare(plan, true);
	loaded(plan);
	plan->stub_hits = hits;
	compare(plan, true);
	plan->deny_errno = EPERM;
	for (plan->deny = ENFORCE_KILL; plan->deny <= ENFORCE_LOG; plan->deny++)
		compare(plan, false);
	profiles_set_free(&plan->whitelist);
}

/* Some of them are listed, or of the baseline, or have no name. */
static void any_list(void **state)
{
	struct profiles_refused stubs[64];

	(void)state;
	for (int round = 0; round < 40; round++) {
		struct enforce_plan plan = {.has_whitelist = true,
					    .stubs = stubs};
		uint32_t count = random_below(64);
		struct profiles_set drawn = {0};

		for (uint32_t i = 0; i < 100; i++)
			add(&plan.whitelist, BASE_ARCH_X86_64,
			    random_below(480));
		add(&plan.whitelist, BASE_ARCH_I386, random_below(400));
		for (uint32_t i = 0; i < count; i++)
			add(&drawn, random_below(8) ? BASE_ARCH_X86_64 :
						      BASE_ARCH_I386,
			    random_below(500));
		for (size_t i = 0; i < drawn.count; i++)
			stubs[plan.stub_count++] = (struct profiles_refused){
				drawn.calls[i],
				answers[random_below(ARRAY_SIZE(answers))]};
		compare_all(&plan);
		profiles_set_free(&drawn);
	}
}

/* A stub lets no code of another architecture run. */
static void foreign(void **state)
{
	struct profiles_refused stub = {{BASE_ARCH_I386, 15}, EPERM};
	struct enforce_plan plan = {.has_whitelist = true, .stubs = &stub,
				    .stub_count = 1};
	struct enforce_plan bare = {.has_whitelist = true};
	struct filter with, without;

	(void)state;
	add(&plan.whitelist, BASE_ARCH_X86_64, 0);
	bare.whitelist = plan.whitelist;
	with = build(&plan, true);
	without = build(&bare, true);
	assert_int_equal(with.count, without.count);
	assert_memory_equal(with.code, without.code,
			    with.count * sizeof(*with.code));
	free(with.code);
	free(without.code);
	profiles_set_free(&plan.whitelist);
}

static void clones(void **state)
{
	static const char *const listed[] = {"clone", "clone3", "read"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(listed); i++) {
		struct profiles_refused stubs[] = {
			{{BASE_ARCH_X86_64, 56}, EPERM},
			{{BASE_ARCH_X86_64, 435}, EPERM},
			{{BASE_ARCH_X86_64, 15}, EPERM},
			{{BASE_ARCH_X86_64, 231}, EPERM},
		};
		struct enforce_plan plan = {.has_whitelist = true,
					    .stubs = stubs,
					    .stub_count = ARRAY_SIZE(stubs)};
		int number = base_call_number(BASE_ARCH_X86_64, listed[i]);

		add(&plan.whitelist, BASE_ARCH_X86_64, (uint32_t)number);
		compare_all(&plan);
	}
}

static struct answer ask(const struct enforce_plan *plan, uint32_t arch,
			 uint32_t raw)
{
	const struct seccomp_data data = {.nr = (int)raw, .arch = arch};

	return verdict_of(plan, &data);
}

/* The supervisor: 2 is open, 3 close, 0 read, 175 init_module. */
static void supervised(void **state)
{
	struct profiles_refused stubs[] = {
		{{BASE_ARCH_X86_64, 2}, EACCES}, {{BASE_ARCH_X86_64, 3}, 0},
		{{BASE_ARCH_X86_64, 0}, EPERM}, {{BASE_ARCH_X32, 4}, 0},
		{{BASE_ARCH_X86_64, 175}, 0},
	};
	uint64_t hits[5] = {0};
	struct enforce_plan plan = {.has_whitelist = true, .stubs = stubs,
				    .stub_count = 5, .stub_hits = hits};
	struct answer answer;

	(void)state;
	add(&plan.whitelist, BASE_ARCH_X86_64, 0);
	answer = ask(&plan, AUDIT_ARCH_X86_64, 2);
	assert_true(answer.verdict == VERDICT_ERRNO && !answer.told);
	assert_int_equal(answer.code, EACCES);
	assert_ptr_equal(answer.stub, &stubs[0]);
	answer = ask(&plan, AUDIT_ARCH_X86_64, 3);
	assert_true(answer.verdict == VERDICT_GO_ON && !answer.told);
	assert_ptr_equal(answer.stub, &stubs[1]);
	answer = ask(&plan, AUDIT_ARCH_X86_64, 175);
	assert_true(answer.verdict == VERDICT_ERRNO && answer.code == EPERM);
	assert_ptr_equal(answer.stub, &stubs[4]);
	/* It is listed; it is x32's, which never passes. */
	assert_null(ask(&plan, AUDIT_ARCH_X86_64, 0).stub);
	answer = ask(&plan, AUDIT_ARCH_X86_64, 4 | BASE_X32_BIT);
	assert_true(answer.verdict == VERDICT_KILL && !answer.stub);
	/* Without counting the filter answers, and nothing comes here. */
	plan.stub_hits = NULL;
	answer = ask(&plan, AUDIT_ARCH_X86_64, 3);
	assert_true(answer.verdict == VERDICT_KILL && answer.told);
	profiles_set_free(&plan.whitelist);
}

struct lines {
	char text[4096];
};

static void line(void *data, const char *heading, const char *text)
{
	struct lines *lines = data;

	(void)heading;
	strncat(lines->text, text, sizeof(lines->text) - 1 -
		strlen(lines->text));
	strncat(lines->text, "\n", sizeof(lines->text) - 1 -
		strlen(lines->text));
}

static void described(void **state)
{
	struct profiles_refused stubs[] = {
		{{BASE_ARCH_X86_64, 2}, EACCES}, {{BASE_ARCH_X86_64, 0}, EPERM},
	};
	struct enforce_plan plan = {.has_whitelist = true, .stubs = stubs,
				    .stub_count = 2};
	struct error err = {0};
	struct lines lines = {0};

	(void)state;
	add(&plan.whitelist, BASE_ARCH_X86_64, 0);
	assert_int_equal(enforce_describe_filter(&plan, line, &lines, &err), 0);
	assert_non_null(strstr(lines.text, "open of x86_64 fails with EACCES "
			       "without a word\n"));
	assert_null(strstr(lines.text, "read of"));
	profiles_set_free(&plan.whitelist);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_list), cmocka_unit_test(foreign), cmocka_unit_test(clones),
		cmocka_unit_test(supervised), cmocka_unit_test(described),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
