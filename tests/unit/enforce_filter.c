/* SPDX-License-Identifier: MIT */
/*
 * The filter is what it should be: every verdict of the BPF that comes out, for
 * every architecture and number, against the set that went in. Nothing of
 * libseccomp is trusted: tests/lib/bpf.c runs the instructions.
 */
#include <linux/audit.h>

#include "tests/lib/random.h"
#include "tests/unit/enforce_filter.h"

#define ARCH_OTHER 0x40000028u /* AUDIT_ARCH_ARM */
#define NAMESPACES 0x7e020000u

static const uint32_t archs[] = {
	AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64, ARCH_OTHER, 0,
};

/* Numbers beyond 0..1023 that must not slip through. */
static const uint32_t far_numbers[] = {
	1024, 4096, 65536, 0x3fffffff, 0x7fffffff, 0x80000000, 0xfffffffe,
	0xffffffff, 0xbfffffff, 0xc0000000,
};

/* The layer is the business of tests/unit/enforce_filter_layer.c: these plans
 * open all of it. */
static struct profiles_policy opened;

static int open_all(void **state)
{
	static const char *const partly[] = {
		"clone", "ioctl", "personality", "seccomp", "socket",
		"socketcall", "socketpair",
	};
	static const enum base_arch both[] = {BASE_ARCH_X86_64,
					      BASE_ARCH_I386};

	(void)state;
	for (size_t a = 0; a < ARRAY_SIZE(both); a++) {
		struct base_call call = {both[a], 0};

		for (; call.number <= base_call_highest(both[a]); call.number++)
			if (enforce_dangerous(call))
				profiles_set_add(&opened.dangerous, call);
		for (size_t i = 0; i < ARRAY_SIZE(partly); i++) {
			int number = base_call_number(both[a], partly[i]);

			call.number = (uint32_t)number;
			if (number >= 0)
				profiles_set_add(&opened.dangerous, call);
		}
	}
	return 0;
}

static int close_all(void **state)
{
	(void)state;
	profiles_set_free(&opened.dangerous);
	return 0;
}

static void add(struct enforce_plan *plan, enum base_arch arch, int number)
{
	struct base_call call = {arch, (uint32_t)number};

	assert_true(number >= 0);
	assert_int_equal(profiles_set_add(&plan->whitelist, call), 0);
}

static void add_name(struct enforce_plan *plan, enum base_arch arch,
		     const char *name)
{
	add(plan, arch, base_call_number(arch, name));
}

static bool in_baseline(struct base_call call)
{
	struct base_call row;

	for (size_t i = 0; profiles_baseline(i, call.arch, &row, NULL); i++)
		if (row.number == call.number)
			return true;
	return false;
}

static bool is(struct base_call call, const char *name)
{
	return (int)call.number == base_call_number(call.arch, name);
}

static bool listed(const struct enforce_plan *plan, enum base_arch arch,
		   const char *name)
{
	int number = base_call_number(arch, name);

	return number >= 0 &&
	       profiles_set_has(&plan->whitelist,
				(struct base_call){arch, (uint32_t)number});
}

static uint32_t unlisted(const struct enforce_plan *plan, bool listener,
			 bool foreign)
{
	if (listener)
		return SECCOMP_RET_USER_NOTIF;
	if (plan->deny == ENFORCE_ERRNO)
		return SECCOMP_RET_ERRNO | (uint32_t)plan->deny_errno;
	if (plan->deny == ENFORCE_LOG && !foreign)
		return SECCOMP_RET_LOG;
	return SECCOMP_RET_KILL_PROCESS;
}

/* The table in enforce.h, once more and in other words. All arguments are 0. */
static uint32_t expected(const struct enforce_plan *plan, bool listener,
			 uint32_t arch, uint32_t raw)
{
	const uint32_t enosys = SECCOMP_RET_ERRNO | ENOSYS;
	struct base_call call;
	bool on_list, clone3_passes, clone_passes;

	/* -1 is no call of any architecture; the kernel itself makes it one
	 * when a tracer skips a call. */
	if (raw == UINT32_MAX &&
	    (arch == AUDIT_ARCH_X86_64 ||
	     (arch == AUDIT_ARCH_I386 &&
	      enforce_arch_learned(plan, BASE_ARCH_I386))))
		return unlisted(plan, listener, false);
	if (!base_call_from_kernel(arch, raw, &call) ||
	    call.arch == BASE_ARCH_X32 ||
	    !enforce_arch_learned(plan, call.arch))
		return unlisted(plan, listener, true);
	on_list = profiles_set_has(&plan->whitelist, call);
	clone3_passes = plan->allow_clone3 &&
			listed(plan, call.arch, "clone3");
	clone_passes = listed(plan, call.arch, "clone") ||
		       (listed(plan, call.arch, "clone3") && !clone3_passes);
	if (is(call, "clone3") && clone3_passes)
		return SECCOMP_RET_ALLOW;
	if (is(call, "clone3"))
		return clone_passes ? enosys : unlisted(plan, listener, false);
	if (on_list || in_baseline(call) ||
	    (is(call, "clone") && clone_passes))
		return SECCOMP_RET_ALLOW;
	if (!listener && raw > base_call_highest(call.arch) &&
	    raw <= base_call_highest(call.arch) + 64)
		return enosys;
	/* An i386 number with the x32 bit is like another architecture's. */
	return unlisted(plan, listener, raw >= BASE_X32_BIT);
}

static void check_one(const struct enforce_plan *plan, bool listener,
		      const struct filter *filter, uint32_t arch, uint32_t raw)
{
	struct seccomp_data data = {.nr = (int)raw, .arch = arch};
	uint32_t got = bpf_run(filter->code, filter->count, &data, NULL);
	uint32_t want = expected(plan, listener, arch, raw);
	struct base_call call;
	bool constant;

	if (got != want)
		fail_msg("arch %08x number %u (%08x): verdict %08x, not %08x",
			 arch, raw, raw, got, want);
	if (raw > 1023)
		return;
	/* What is allowed costs nothing, but for clone's arguments. */
	constant = bpf_is_const_allow(filter->code, filter->count, arch,
				      (int)raw);
	base_call_from_kernel(arch, raw, &call);
	if (constant != (want == SECCOMP_RET_ALLOW &&
			 !(is(call, "clone") && plan->clone_namespace_count)))
		fail_msg("arch %08x number %u: the bitmap %s", arch, raw,
			 constant ? "allows it" : "does not take it");
}

static void check(const struct enforce_plan *plan, bool listener)
{
	struct filter filter = build(plan, listener);

	for (size_t a = 0; a < ARRAY_SIZE(archs); a++) {
		for (uint32_t n = 0; n < 1024; n++) {
			check_one(plan, listener, &filter, archs[a], n);
			check_one(plan, listener, &filter, archs[a],
				  n | BASE_X32_BIT);
		}
		for (size_t i = 0; i < ARRAY_SIZE(far_numbers); i++)
			check_one(plan, listener, &filter, archs[a],
				  far_numbers[i]);
	}
	free(filter.code);
}

/* With a supervisor, and without under each --deny. */
static void check_all(struct enforce_plan *plan)
{
	static const int errnos[] = {EPERM, ENOSYS, 133};

	check(plan, true);
	for (plan->deny = ENFORCE_KILL; plan->deny <= ENFORCE_LOG; plan->deny++)
		for (size_t i = 0; i < ARRAY_SIZE(errnos); i++) {
			plan->deny_errno = errnos[i];
			check(plan, false);
		}
	profiles_set_free(&plan->whitelist);
}

static void empty_list(void **state)
{
	struct enforce_plan plan = {.policy = &opened,
				    .has_whitelist = true};

	(void)state;
	check_all(&plan);
}

static void single_calls(void **state)
{
	static const int numbers[] = {0, 56, 57, 58, 59, 231, 334, 335,
				      435, 462, 469, 470, 533, 534, 999, 1023};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		struct enforce_plan plan = {.policy = &opened,
					    .has_whitelist = true,
					    .allow_clone3 = i % 2};

		add(&plan, BASE_ARCH_X86_64, numbers[i]);
		check_all(&plan);
	}
}

static void every_call(void **state)
{
	struct enforce_plan plan = {.policy = &opened,
				    .has_whitelist = true};

	(void)state;
	for (int n = 0; n <= (int)base_call_highest(BASE_ARCH_X86_64); n++)
		add(&plan, BASE_ARCH_X86_64, n);
	check_all(&plan);
	for (int n = 0; n <= (int)base_call_highest(BASE_ARCH_I386); n++) {
		add(&plan, BASE_ARCH_X86_64, n);
		add(&plan, BASE_ARCH_I386, n);
	}
	check_all(&plan);
}

/* libseccomp would translate these, and allow socketcall with socket. */
static void i386_calls(void **state)
{
	static const char *const names[] = {
		"socket", "connect", "shmget", "msgsnd", "socketcall", "ipc",
		"waitpid", "clone", "clone3", "mmap2", "open", "execve",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct enforce_plan plan = {.policy = &opened,
					    .has_whitelist = true};

		add_name(&plan, BASE_ARCH_I386, names[i]);
		check_all(&plan);
	}
}

/* Listing an x32 or an aarch64 call does not let it pass on x86_64. */
static void foreign_calls(void **state)
{
	struct enforce_plan plan = {.policy = &opened,
				    .has_whitelist = true};

	(void)state;
	add(&plan, BASE_ARCH_X32, 0);
	add(&plan, BASE_ARCH_X32, 512);
	add(&plan, BASE_ARCH_AARCH64, 63);
	check_all(&plan);
}

static void random_lists(void **state)
{
	(void)state;
	for (int round = 0; round < 60; round++) {
		struct enforce_plan plan = {.policy = &opened,
					    .has_whitelist = true,
					    .allow_clone3 = round % 3 == 0};
		uint32_t count = random_below(300);

		for (uint32_t i = 0; i < count; i++)
			add(&plan, BASE_ARCH_X86_64, (int)random_below(480));
		if (round % 2)
			for (uint32_t i = 0; i < count / 4; i++)
				add(&plan, BASE_ARCH_I386,
				    (int)random_below(1000));
		check_all(&plan);
	}
}

struct clone_case {
	uint64_t flags;
	bool passes;		/* with the namespaces of the test's plan */
};

static const struct clone_case clone_cases[] = {
	{0, true},
	{17, true},				/* SIGCHLD: fork */
	{0x3d0f00, true},			/* a thread */
	{0x1200011, true},			/* glibc's fork */
	{0x80 | 17, true},			/* no NEWTIME in clone */
	{0x20000, false},			/* NEWNS */
	{0x02000000, false},			/* NEWCGROUP */
	{0x04000000, false},			/* NEWUTS */
	{0x08000000, false},			/* NEWIPC */
	{0x10000000 | 17, true},		/* NEWUSER: in the plan */
	{0x20000000, false},			/* NEWPID */
	{0x40000000, false},			/* NEWNET */
	{0x30000000, false},			/* NEWUSER | NEWPID */
	{0x7e020000, false},
	{0x50000000 | 17, true},		/* both at once: in the plan */
	{0xffffffff00000011, true},		/* the kernel drops them */
	{0xffffffff20000011, false},
	{0xffffffff10000011, true},
};

/* The policies of this test open clone; with no namespaces known, for all. */
static void clone_opened(void **state)
{
	const struct seccomp_data data = {
		56, AUDIT_ARCH_X86_64, 0, {0x7e020011},
	};
	struct enforce_plan plan = {.policy = &opened, .has_whitelist = true};
	struct filter filter;

	(void)state;
	add_name(&plan, BASE_ARCH_X86_64, "clone");
	filter = build(&plan, true);
	assert_int_equal(bpf_run(filter.code, filter.count, &data, NULL),
			 SECCOMP_RET_ALLOW);
	free(filter.code);
	profiles_set_free(&plan.whitelist);
}

static void clone_arguments(void **state)
{
	static const enum base_arch tried[] = {BASE_ARCH_X86_64,
					       BASE_ARCH_I386};
	struct enforce_plan plan = {
		.policy = &opened,
		.clone_namespaces = {0x10000000, 0x50000011, 17},
		.clone_namespace_count = 3,
	};
	struct filter filter;

	(void)state;
	add_name(&plan, BASE_ARCH_X86_64, "clone");
	add_name(&plan, BASE_ARCH_I386, "clone3");
	filter = build(&plan, true);
	for (size_t i = 0; i < ARRAY_SIZE(clone_cases) * 2; i++) {
		const struct clone_case *one = &clone_cases[i / 2];
		struct base_call call = {tried[i % 2], 0};
		struct seccomp_data data = {.args = {one->flags}};
		uint32_t raw, got;

		call.number = (uint32_t)base_call_number(call.arch, "clone");
		base_call_to_kernel(call, &data.arch, &raw);
		data.nr = (int)raw;
		got = bpf_run(filter.code, filter.count, &data, NULL);
		if (got != (one->passes ? SECCOMP_RET_ALLOW :
					  SECCOMP_RET_USER_NOTIF))
			fail_msg("%s clone(%#llx): verdict %08x",
				 base_arch_name(call.arch),
				 (unsigned long long)one->flags, got);
	}
	free(filter.code);
	profiles_set_free(&plan.whitelist);
}

/* The rule in front: execve with the key and nothing else, with every half of
 * the key wrong, under another number, and under another architecture. */
static void key_rule(void **state)
{
	const uint64_t key = 0x0123456789abcdef;
	const struct {
		uint32_t arch, number;
		uint64_t key;
		uint32_t verdict;
	} cases[] = {
		{AUDIT_ARCH_X86_64, 59, key, SECCOMP_RET_ALLOW},
		{AUDIT_ARCH_X86_64, 59, 0, SECCOMP_RET_USER_NOTIF},
		{AUDIT_ARCH_X86_64, 59, key ^ 1, SECCOMP_RET_USER_NOTIF},
		{AUDIT_ARCH_X86_64, 59, key ^ 1ULL << 32,
		 SECCOMP_RET_USER_NOTIF},
		{AUDIT_ARCH_X86_64, 322, key, SECCOMP_RET_USER_NOTIF},
		{AUDIT_ARCH_X86_64, 59 | BASE_X32_BIT, key,
		 SECCOMP_RET_USER_NOTIF},
		{AUDIT_ARCH_I386, 59, key, SECCOMP_RET_USER_NOTIF},
		{AUDIT_ARCH_I386, 11, key, SECCOMP_RET_USER_NOTIF},
	};
	struct enforce_plan plan = {.policy = &opened,
				    .has_whitelist = true};
	struct filter filter;

	(void)state;
	add_name(&plan, BASE_ARCH_I386, "read");
	filter = build(&plan, true);
	assert_int_equal(enforce_filter_key(key, &filter.code, &filter.count,
					    NULL), 0);
	assert_true(bpf_loads(filter.code, filter.count));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct seccomp_data data = {
			.nr = (int)cases[i].number,
			.arch = cases[i].arch,
			.args = {key, key, key, key, key, cases[i].key},
		};

		assert_int_equal(bpf_run(filter.code, filter.count, &data,
					 NULL),
				 cases[i].verdict);
	}
	for (size_t i = 0; i < ARRAY_SIZE(archs); i++)
		for (uint32_t n = 0; n < 1024; n++)
			check_one(&plan, true, &filter, archs[i], n);
	free(filter.code);
	profiles_set_free(&plan.whitelist);
}

/* What the bitmap does not answer is found in a tree, not in a list. */
static void tree(void **state)
{
	struct enforce_plan plan = {.policy = &opened,
				    .has_whitelist = true};
	struct filter filter;

	(void)state;
	for (int n = 0; n < 1000; n += 2)
		add(&plan, BASE_ARCH_X86_64, n);
	filter = build(&plan, true);
	for (int n = 0; n < 1024; n++) {
		struct seccomp_data data = {n, AUDIT_ARCH_X86_64, 0, {0}};
		size_t steps;

		bpf_run(filter.code, filter.count, &data, &steps);
		assert_true(steps < 30);
	}
	free(filter.code);
	profiles_set_free(&plan.whitelist);
}

/* More than the kernel takes is a refusal, not a shorter filter. */
static void too_long(void **state)
{
	struct enforce_plan plan = {.policy = &opened,
				    .has_whitelist = true};
	struct sock_filter *code = NULL;
	struct error err = {0};
	size_t count;

	(void)state;
	for (int n = 0; n < 6000; n++)
		add(&plan, BASE_ARCH_X86_64, n);
	assert_int_equal(enforce_filter(&plan, true, &code, &count, &err),
			 -E2BIG);
	assert_non_null(strstr(err.text, "shorten the whitelist"));
	profiles_set_free(&plan.whitelist);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_list),
		cmocka_unit_test(single_calls),
		cmocka_unit_test(every_call),
		cmocka_unit_test(i386_calls),
		cmocka_unit_test(foreign_calls),
		cmocka_unit_test(random_lists),
		cmocka_unit_test(clone_arguments),
		cmocka_unit_test(clone_opened),
		cmocka_unit_test(key_rule),
		cmocka_unit_test(tree),
		cmocka_unit_test(too_long),
	};

	return cmocka_run_group_tests_name("enforce_filter", tests, open_all,
					   close_all);
}
