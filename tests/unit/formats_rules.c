/* SPDX-License-Identifier: MIT */
/*
 * Exported lists let pass what the rules say and nothing else: for each format
 * whose consumer can be played here (tests/lib/policy.h), every number of every
 * architecture, and values beside those that were seen.
 */
#include <sys/syscall.h>

#include "tests/lib/random.h"
#include "tests/unit/formats_setup.h"

/* ---- what is expected, in other words ---------------------------------- */

static bool in_own(const struct consumer *consumer, struct base_call call)
{
	const char *name = base_call_name(call);

	for (const struct formats_own *own = consumer->own; name && own->name;
	     own++)
		if (strcmp(own->name, name) == 0)
			return true;
	return false;
}

static bool carried(const struct consumer *consumer, uint32_t number)
{
	struct base_call call = { BASE_ARCH_X86_64, number };

	return consumer->by_number ||
	       (base_call_name(call) && (number <= 334 || number >= 424) &&
		number <= consumer->last);
}

/* The library that plays the runtimes here may be younger than the one whose
 * names are known: it knows what is written for it. */
static bool is_later(const struct consumer *consumer, struct base_call call)
{
	const char *name = base_call_name(call);

	return strcmp(consumer->format, "oci") == 0 && name &&
	       seccomp_syscall_resolve_name(name) == (int)call.number;
}

static uint32_t otherwise(const struct setup *setup,
			  const struct consumer *consumer, uint32_t number)
{
	int answer = setup->rules.answer;

	if (answer == -1)
		return SECCOMP_RET_KILL_PROCESS;
	if (strcmp(consumer->format, "minijail") == 0 &&
	    (answer == -2 || !carried(consumer, number)))
		return SECCOMP_RET_KILL_PROCESS;
	return answer == -2 ? SECCOMP_RET_LOG :
			      SECCOMP_RET_ERRNO | (uint32_t)answer;
}

/* Without conditions. */
static uint32_t expected(const struct setup *setup,
			 const struct consumer *consumer, uint32_t number)
{
	struct base_call call = { BASE_ARCH_X86_64, number };
	struct base_call clone = { BASE_ARCH_X86_64, SYS_clone };
	const struct profiles_text *text = &setup->text;

	if (!carried(consumer, number))
		return is_later(consumer, call) &&
				       profiles_set_has(&text->set, call) ?
			       SECCOMP_RET_ALLOW :
			       otherwise(setup, consumer, number);
	if (profiles_set_has(&text->set, call) || profiles_is_baseline(call) ||
	    in_own(consumer, call))
		return SECCOMP_RET_ALLOW;
	for (size_t i = 0; i < text->stub_count; i++)
		if (text->stubs[i].call.number == number)
			return SECCOMP_RET_ERRNO |
			       (uint32_t)text->stubs[i].answer;
	if (profiles_set_has(&text->expected, call))
		return SECCOMP_RET_ERRNO | EPERM;
	/* As enforce: the library then makes clone. */
	if (number == SYS_clone3 &&
	    (profiles_set_has(&text->set, clone) || in_own(consumer, clone)))
		return SECCOMP_RET_ERRNO | ENOSYS;
	return otherwise(setup, consumer, number);
}

static void check_one(const struct setup *setup,
		      const struct consumer *consumer,
		      const struct policy *policy, uint32_t arch, uint32_t raw)
{
	struct seccomp_data data = { .nr = (int)raw, .arch = arch };
	uint32_t got = policy_verdict(policy, &data), want;

	if (arch != AUDIT_ARCH_X86_64)
		want = consumer->elsewhere;
	else if (raw & BASE_X32_BIT)
		want = consumer->x32 == 1 ? otherwise(setup, consumer, 0) :
					    consumer->x32;
	else
		want = expected(setup, consumer, raw);
	if (got != want)
		fail_msg("%s: arch %08x number %u: verdict %08x, not %08x",
			 consumer->format, arch, raw, got, want);
}

static void check_consumer(const struct setup *setup,
			   const struct consumer *consumer)
{
	cleanup_profiles_notes struct profiles_notes notes = { 0 };
	cleanup_free char *text = print(setup, consumer->format, &notes);
	struct policy policy = { 0 };

	consumer->read(&policy, text);
	if (*policy.error)
		fail_msg("%s: %s\n%s", consumer->format, policy.error, text);
	for (uint32_t n = 0; n < 1024; n++) {
		check_one(setup, consumer, &policy, AUDIT_ARCH_X86_64, n);
		check_one(setup, consumer, &policy, AUDIT_ARCH_X86_64,
			  n | BASE_X32_BIT);
		check_one(setup, consumer, &policy, AUDIT_ARCH_I386, n);
	}
	policy_free(&policy);
}

static void check(struct setup *setup)
{
	for (size_t i = 0; i < ARRAY_SIZE(consumers); i++)
		check_consumer(setup, &consumers[i]);
}

/* ---- lists ------------------------------------------------------------- */

static void some_calls(void **state)
{
	static const int answers[] = { ENOSYS, EPERM, -1, -2 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		struct setup setup;

		set_up(&setup);
		setup.rules.answer = answers[i];
		add(&setup, "read");
		add(&setup, "uname");
		add(&setup, "stat");
		add(&setup, "openat2");
		add(&setup, "clone3");
		check(&setup);
		tear_down(&setup);
	}
}

static void stubs_and_expected(void **state)
{
	struct setup setup;

	(void)state;
	set_up(&setup);
	add(&setup, "read");
	stub(&setup, "statx", ENOSYS);
	stub(&setup, "ptrace", EACCES);
	stub(&setup, "fstat", EPERM);
	stub(&setup, "read", EPERM);
	profiles_set_add(&setup.text.expected,
			 (struct base_call){ BASE_ARCH_X86_64, 165 });
	/* On the list and a stub: it is allowed. */
	check(&setup);
	setup.rules.answer = -1;
	check(&setup);
	tear_down(&setup);
}

static void random_lists(void **state)
{
	(void)state;
	for (int round = 0; round < 20; round++) {
		struct setup setup;

		set_up(&setup);
		for (uint32_t n = random_below(400) + 1; n; n--)
			add_number(&setup, BASE_ARCH_X86_64,
				   (int)random_below(480));
		check(&setup);
		tear_down(&setup);
	}
}

/* Numbers without names: only Kafel can be told of them. */
static void a_thousand(void **state)
{
	struct setup setup;

	(void)state;
	set_up(&setup);
	for (int n = 0; n < 1000; n++)
		add_number(&setup, BASE_ARCH_X86_64, n);
	check(&setup);
	for (size_t i = 0; i < ARRAY_SIZE(consumers); i++) {
		cleanup_profiles_notes struct profiles_notes notes = { 0 };
		cleanup_free char *text = print(&setup, consumers[i].format,
						&notes);
		bool lost = false;

		assert_non_null(text);
		for (size_t n = 0; n < notes.count; n++) {
			lost |= notes.items[n].kind == PROFILES_LOST;
			assert_true(strlen(notes.items[n].sentence) < 500);
		}
		assert_int_equal(lost, !consumers[i].by_number);
	}
	tear_down(&setup);
}

static void nothing(void **state)
{
	static const char *const formats[] = {
		"text", "list", "firejail", "oci", "systemd", "minijail",
		"kafel",
	};
	struct setup setup;

	(void)state;
	set_up(&setup);
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		cleanup_profiles_notes struct profiles_notes notes = { 0 };
		struct error err = { 0 };
		cleanup_free char *text = NULL;
		size_t size = 0;
		FILE *out = open_memstream(&text, &size);
		int result = profiles_format_find(formats[i])->print(
			out, &setup.rules, &notes, &err);

		fclose(out);
		assert_int_equal(result, -ENOENT);
		assert_int_equal(size, 0);
		assert_non_null(strstr(err.text, "jail learn"));
	}
	tear_down(&setup);
}

/* ---- other architectures ----------------------------------------------- */

/* runc opens the same names on each architecture that is listed. */
static void i386_beside(void **state)
{
	static const char *const opened[] = { "read", "waitpid", "exit_group",
					      "sigreturn" };
	struct setup setup;
	cleanup_profiles_notes struct profiles_notes notes = { 0 };
	cleanup_free char *text = NULL;
	struct policy policy = { 0 };
	struct seccomp_data data = { .arch = AUDIT_ARCH_I386 };

	(void)state;
	set_up(&setup);
	add(&setup, "getuid");
	add_number(&setup, BASE_ARCH_I386, 3);		/* read */
	add_number(&setup, BASE_ARCH_I386, 7);		/* waitpid */
	text = print(&setup, "oci", &notes);
	policy_read_oci(&policy, text);
	assert_string_equal(policy.error, "");
	for (size_t i = 0; i < ARRAY_SIZE(opened); i++) {
		data.nr = base_call_number(BASE_ARCH_I386, opened[i]);
		assert_int_equal(policy_verdict(&policy, &data), PASSES);
	}
	data.nr = base_call_number(BASE_ARCH_I386, "ptrace");
	assert_int_equal(policy_verdict(&policy, &data), REFUSED);
	assert_int_equal(notes.items[notes.count - 1].kind, PROFILES_WIDENED);
	policy_free(&policy);
	tear_down(&setup);
}

static bool is_lost(const struct setup *setup, const char *format,
		    const char *sentence)
{
	cleanup_profiles_notes struct profiles_notes notes = { 0 };
	cleanup_free char *text = print(setup, format, &notes);

	assert_non_null(text);
	for (size_t i = 0; i < notes.count; i++)
		if (notes.items[i].kind == PROFILES_LOST &&
		    strstr(notes.items[i].sentence, sentence))
			return true;
	return false;
}

static void i386_is_lost(void **state)
{
	struct setup setup;

	(void)state;
	set_up(&setup);
	add(&setup, "getuid");
	add_number(&setup, BASE_ARCH_X32, 0);
	add_number(&setup, BASE_ARCH_AARCH64, 63);
	assert_false(is_lost(&setup, "minijail", ""));
	add_number(&setup, BASE_ARCH_I386, 7);
	assert_true(is_lost(&setup, "minijail", "i386:waitpid"));
	assert_true(is_lost(&setup, "kafel", "i386:waitpid"));
	assert_false(is_lost(&setup, "oci", ""));
	tear_down(&setup);
}

/* ---- bytes ------------------------------------------------------------- */

static void same_bytes(void **state)
{
	const struct profiles_format *format;
	struct setup setup;

	(void)state;
	set_up(&setup);
	see(&setup, "socket", 2, 1, 6);
	see(&setup, "clone3", 0x3d0f00, 0, 0);
	stub(&setup, "ptrace", EACCES);
	for (size_t i = 0; (format = profiles_format(i)); i++) {
		cleanup_profiles_notes struct profiles_notes notes = { 0 };
		cleanup_profiles_notes struct profiles_notes again = { 0 };
		cleanup_free char *first = NULL, *second = NULL;

		if (!format->print)
			continue;
		first = print(&setup, format->name, &notes);
		second = print(&setup, format->name, &again);
		assert_string_equal(first, second);
	}
	tear_down(&setup);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(some_calls),
		cmocka_unit_test(stubs_and_expected),
		cmocka_unit_test(random_lists),
		cmocka_unit_test(a_thousand),
		cmocka_unit_test(nothing),
		cmocka_unit_test(i386_beside),
		cmocka_unit_test(i386_is_lost),
		cmocka_unit_test(same_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
