/* SPDX-License-Identifier: MIT */
/*
 * What was seen of arguments, as conditions of each format (the consumers are
 * those of tests/lib/policy.h), and as settings of those that have no
 * conditions.
 */
#include "tests/unit/formats_setup.h"

/* ---- values ------------------------------------------------------------ */

static uint32_t ask(const struct policy *policy, const char *name,
		    uint64_t first, uint64_t second, uint64_t third)
{
	const struct profiles_argument_rule *rule;
	struct base_call call = { BASE_ARCH_X86_64, 0 };
	struct seccomp_data data = { .arch = AUDIT_ARCH_X86_64 };
	const uint64_t values[3] = { first, second, third };

	call.number = (uint32_t)base_call_number(call.arch, name);
	rule = profiles_argument_rule(call);
	data.nr = (int)call.number;
	for (unsigned i = 0; i < rule->count; i++)
		data.args[rule->index[i]] = values[i];
	return policy_verdict(policy, &data);
}

static void check_values(const struct consumer *consumer,
			 const struct policy *p)
{
	uint64_t high = UINT64_C(1) << 32;
	/* minijail compares 64 bits of an int as well. */
	uint32_t dirty = consumer->masks ? PASSES : REFUSED;

	assert_int_equal(ask(p, "socket", 2, 1, 6), PASSES);
	assert_int_equal(ask(p, "socket", 1, 0x80801, 0), PASSES);
	assert_int_equal(ask(p, "socket", 2, 1, 0), REFUSED);
	assert_int_equal(ask(p, "socket", 1, 1, 6), REFUSED);
	assert_int_equal(ask(p, "socket", 3, 1, 6), REFUSED);
	assert_int_equal(ask(p, "socket", high | 2, 1, 6), dirty);
	assert_int_equal(ask(p, "socket", UINT64_MAX, 1, 6), REFUSED);
	assert_int_equal(ask(p, "mprotect", 1, 0, 0), PASSES);
	assert_int_equal(ask(p, "mprotect", 5, 0, 0), REFUSED);
	assert_int_equal(ask(p, "mprotect", high | 1, 0, 0), REFUSED);
	assert_int_equal(ask(p, "personality", 0xffffffff, 0, 0), PASSES);
	assert_int_equal(ask(p, "personality", UINT64_MAX, 0, 0), dirty);
	assert_int_equal(ask(p, "personality", 0, 0, 0), REFUSED);
	assert_int_equal(ask(p, "clone", 0x3d0f00, 0, 0), PASSES);
	assert_int_equal(ask(p, "clone", 0x1200011, 0, 0), PASSES);
	assert_int_equal(ask(p, "clone", 0x10000011, 0, 0), REFUSED);
	/* Another signal at the end is the same call. */
	assert_int_equal(ask(p, "clone", 0x1200000, 0, 0), dirty);
	assert_int_equal(ask(p, "clone3", 0x3d0f00, 0, 0), REFUSED);
	assert_int_equal(ask(p, "ioctl", 7, 0, 0), PASSES);
	assert_int_equal(ask(p, "fcntl", 0, 0, 0), strcmp(consumer->format,
				"oci") ? REFUSED : PASSES);
}

static void values(void **state)
{
	struct setup setup;

	(void)state;
	set_up(&setup);
	see(&setup, "socket", 2, 1, 6);
	see(&setup, "socket", 1, 0x80801, 0);
	see(&setup, "mprotect", 1, 0, 0);
	see(&setup, "mprotect", 3, 0, 0);
	see(&setup, "personality", 0xffffffff, 0, 0);
	see(&setup, "clone3", 0x3d0f00, 0, 0);
	see(&setup, "clone", 0x1200011, 0, 0);
	see(&setup, "fcntl", 3, 0, 0);
	add(&setup, "ioctl");	/* of which no value is known */
	for (size_t i = 0; i < ARRAY_SIZE(consumers); i++) {
		cleanup_profiles_notes struct profiles_notes notes = { 0 };
		cleanup_free char *text = print(&setup, consumers[i].format,
						&notes);
		struct policy policy = { 0 };

		consumers[i].read(&policy, text);
		if (*policy.error)
			fail_msg("%s: %s", consumers[i].format, policy.error);
		check_values(&consumers[i], &policy);
		policy_free(&policy);
	}
	tear_down(&setup);
}

/* What runc itself makes passes, also where the program makes other uses. */
static void values_of_the_runtime(void **state)
{
	struct setup setup;
	cleanup_profiles_notes struct profiles_notes notes = { 0 };
	cleanup_free char *text = NULL;
	struct policy policy = { 0 };

	(void)state;
	set_up(&setup);
	see(&setup, "mmap", 5, 0, 0);
	text = print(&setup, "oci", &notes);
	policy_read_oci(&policy, text);
	assert_string_equal(policy.error, "");
	assert_int_equal(ask(&policy, "mmap", 5, 0, 0), PASSES);
	assert_int_equal(ask(&policy, "mmap", 3, 0, 0), PASSES);
	assert_int_equal(ask(&policy, "mmap", 7, 0, 0), REFUSED);
	assert_int_equal(ask(&policy, "clone", 0x50f00, 0, 0), PASSES);
	assert_int_equal(ask(&policy, "clone", 0x10050f00, 0, 0), REFUSED);
	policy_free(&policy);
	tear_down(&setup);
}

/* More values than anybody compares: the call is allowed, and that is said. */
static void too_many_values(void **state)
{
	struct setup setup;

	(void)state;
	set_up(&setup);
	for (uint64_t n = 0; n < 300; n++)
		see(&setup, "ioctl", n, 0, 0);
	for (size_t i = 0; i < ARRAY_SIZE(consumers); i++) {
		cleanup_profiles_notes struct profiles_notes notes = { 0 };
		cleanup_free char *text = print(&setup, consumers[i].format,
						&notes);
		struct policy policy = { 0 };
		bool said = false;

		consumers[i].read(&policy, text);
		assert_int_equal(ask(&policy, "ioctl", 1000, 0, 0), PASSES);
		for (size_t n = 0; n < notes.count; n++)
			said |= strstr(notes.items[n].sentence,
				       "ioctl: too many values") != NULL;
		assert_true(said);
		policy_free(&policy);
	}
	tear_down(&setup);
}

/* ---- settings in place of values -------------------------------------- */

static bool has_line(const struct setup *setup, const char *format,
		     const char *line)
{
	cleanup_profiles_notes struct profiles_notes notes = { 0 };
	cleanup_free char *text = print(setup, format, &notes);
	const char *at = text;
	size_t length = strlen(line);

	for (; (at = strstr(at, line)); at++)
		if ((at == text || at[-1] == '\n') && at[length] == '\n')
			return true;
	return false;
}

static bool is_in(const struct setup *setup, const char *format,
		  const char *words)
{
	cleanup_profiles_notes struct profiles_notes notes = { 0 };
	cleanup_free char *text = print(setup, format, &notes);

	return strstr(text, words) != NULL;
}

/* What is written and executed: only where nobody was seen to do that. */
static void written_and_executed(void **state)
{
	static const struct {
		const char *name;
		uint64_t prot;
		bool restricts;
	} cases[] = {
		{ "mmap", 5, true }, { "mmap", 3, true }, { "mmap", 7, false },
		{ "mmap", 6, false }, { "mprotect", 3, true },
		{ "mprotect", 5, false }, { "pkey_mprotect", 4, false },
		{ "shmat", 0, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct setup setup;

		set_up(&setup);
		see(&setup, "mmap", 1, 0, 0);
		see(&setup, cases[i].name, cases[i].prot, 0, 0);
		if (has_line(&setup, "systemd", "MemoryDenyWriteExecute=yes") !=
		    cases[i].restricts ||
		    has_line(&setup, "firejail", "memory-deny-write-execute") !=
		    cases[i].restricts)
			fail_msg("%s %d", cases[i].name, (int)cases[i].prot);
		/* Listed by hand: with any value. */
		add(&setup, "mprotect");
		assert_int_equal(has_line(&setup, "systemd",
					  "MemoryDenyWriteExecute=yes"),
				 cases[i].restricts &&
				 strcmp(cases[i].name, "mprotect") == 0);
		tear_down(&setup);
	}
}

static void families(void **state)
{
	struct setup setup;

	(void)state;
	set_up(&setup);
	see(&setup, "socket", 1, 1, 0);
	see(&setup, "socket", 10, 2, 0);
	assert_true(has_line(&setup, "systemd",
			     "RestrictAddressFamilies=AF_UNIX AF_INET6"));
	assert_true(has_line(&setup, "firejail", "protocol unix,inet6"));
	see(&setup, "socket", 40, 1, 0);	/* AF_VSOCK */
	assert_true(has_line(&setup, "systemd", "RestrictAddressFamilies="
			     "AF_UNIX AF_INET6 AF_VSOCK"));
	assert_false(has_line(&setup, "firejail", "protocol unix,inet6"));
	see(&setup, "socket", 99, 1, 0);
	assert_false(has_line(&setup, "systemd", "RestrictAddressFamilies="));
	tear_down(&setup);
}

static void namespaces(void **state)
{
	struct setup setup;

	(void)state;
	set_up(&setup);
	see(&setup, "clone3", 0x3d0f00, 0, 0);
	assert_true(has_line(&setup, "systemd", "RestrictNamespaces=yes"));
	/* It makes clone3 fail, so that clone has to be there. */
	assert_true(is_in(&setup, "systemd", " clone clone3 ") ||
		    is_in(&setup, "systemd", " clone\n"));
	see(&setup, "clone", 0x10000011, 0, 0);
	assert_false(has_line(&setup, "systemd", "RestrictNamespaces=yes"));
	tear_down(&setup);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(values_of_the_runtime),
		cmocka_unit_test(too_many_values),
		cmocka_unit_test(written_and_executed),
		cmocka_unit_test(families),
		cmocka_unit_test(namespaces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
