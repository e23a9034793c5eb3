/* SPDX-License-Identifier: MIT */
/*
 * The printers: print -> parse -> print is the identity, on generated profiles
 * and on the smallest and largest ones, of the text and of the form that
 * Firejail reads; and sets, baseline and argument rules, on which they stand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "profiles/profiles.h"
#include "tests/unit/skip.h"

static char *print_by(int (*by)(FILE *out, const struct profiles_text *text,
				struct error *err),
		      const struct profiles_text *text)
{
	char *bytes = NULL;
	size_t length;
	FILE *out = open_memstream(&bytes, &length);
	struct error err = { 0 };

	if (by(out, text, &err) < 0)
		fail_msg("%s", err.text);
	fclose(out);
	return bytes;
}

static char *print(const struct profiles_text *text)
{
	return print_by(profiles_print, text);
}

static void parse(const char *bytes, struct profiles_text *text)
{
	FILE *file = fmemopen((void *)bytes, strlen(bytes), "r");
	struct error err = { 0 };

	if (profiles_parse(file, "F", text, &err) < 0)
		fail_msg("%s in %s", err.text, bytes);
	fclose(file);
}

static void check_firejail(const struct profiles_text *text)
{
	cleanup_profiles_text struct profiles_text read_back = { 0 };
	cleanup_free char *first = print_by(profiles_print_firejail, text);
	cleanup_free char *second = NULL;

	parse(first, &read_back);
	second = print_by(profiles_print_firejail, &read_back);
	assert_string_equal(first, second);
}

static void check_same(const struct profiles_text *a,
		       const struct profiles_text *b)
{
	assert_int_equal(a->stub_count, b->stub_count);
	for (size_t i = 0; i < a->stub_count; i++) {
		assert_int_equal(base_call_compare(&a->stubs[i].call,
						   &b->stubs[i].call), 0);
		assert_int_equal(a->stubs[i].answer, b->stubs[i].answer);
	}
	assert_int_equal(a->expected.count, b->expected.count);
	for (size_t i = 0; i < a->expected.count; i++)
		assert_true(profiles_set_has(&b->expected,
					     a->expected.calls[i]));
	assert_int_equal(a->seen_count, b->seen_count);
	for (size_t i = 0; i < a->seen_count; i++)
		assert_int_equal(a->seen[i].set.count, b->seen[i].set.count);
}

/* Prints, reads back, prints, and checks that nothing was lost on the way. */
static void check_identity(const struct profiles_text *text)
{
	cleanup_profiles_text struct profiles_text read_back = { 0 };
	cleanup_free char *first = print(text);
	cleanup_free char *second = NULL;

	parse(first, &read_back);
	second = print(&read_back);
	assert_string_equal(first, second);
	check_same(text, &read_back);
	for (size_t i = 0; i < text->set.count; i++)
		assert_true(profiles_set_has(&read_back.set,
					     text->set.calls[i]));
	for (size_t i = 0; i < read_back.set.count; i++) {
		struct base_call call = read_back.set.calls[i], baseline;
		bool expected = profiles_set_has(&text->set, call);

		for (size_t k = 0; profiles_baseline(k, call.arch, &baseline,
						     NULL); k++)
			expected |= baseline.number == call.number;
		assert_true(expected);
	}
	assert_true(read_back.has_set);
	assert_int_equal(read_back.has_caps, text->has_caps);
	assert_int_equal(read_back.caps_keep, text->caps_keep);
}

static void add(struct profiles_text *text, enum base_arch arch,
		uint32_t number)
{
	assert_int_equal(profiles_set_add(&text->set,
					  (struct base_call){ arch, number }),
			 0);
}

static char *session_id(unsigned number)
{
	return base_printf("%08x", number * 2654435761u);
}

static void add_origin(struct profiles_text *text, const char *host,
		       const char *kernel, const char *libc, size_t sessions)
{
	struct profiles_origin *origin;

	text->origins = reallocarray(text->origins, text->origin_count + 1,
				     sizeof(*text->origins));
	origin = &text->origins[text->origin_count++];
	origin->host = host ? strdup(host) : NULL;
	origin->kernel = kernel ? strdup(kernel) : NULL;
	origin->libc = libc ? strdup(libc) : NULL;
	origin->session_count = sessions;
	origin->sessions = calloc(sessions ? sessions : 1, sizeof(char *));
	for (size_t i = 0; i < sessions; i++)
		origin->sessions[i] = session_id((unsigned)rand());
}

static struct base_call any_call(void)
{
	return (struct base_call){ (unsigned)rand() % 4,
				   (uint32_t)rand() % 600 };
}

/* A stub, a call that is refused for good, and what a host saw. */
static void add_more(struct profiles_text *text)
{
	static const char *const hosts[] = { "alpha", "beta", "#c" };
	static const int answers[] = { ENOSYS, EPERM, ENOTSUP, 41, 4094 };

	assert_int_equal(profiles_text_stub(
		text, any_call(),
		answers[(size_t)rand() % ARRAY_SIZE(answers)]), 0);
	assert_int_equal(profiles_set_add(&text->expected, any_call()), 0);
	assert_int_equal(profiles_text_seen(
		text, hosts[(size_t)rand() % ARRAY_SIZE(hosts)],
		any_call()), 0);
}

static void test_generated(void **state)
{
	static const char *const names[] = {
		"tool", "a b", "a: b", "\xc3\xa9t\xc3\xa9", "#", " x ",
		"# learned in 1 session on Linux x, y: z",
		"session 0a1b2c3d on a, Linux 6.1, glibc 2.36",
		"a: system calls on x86_64, exported by jail",
	};
	static const char *const hosts[] = { NULL, "alpha", "b.example",
					     "a b, c: d", "unknown host" };
	static const char *const kernels[] = { "6.18.44", "6.1.0-13-amd64", "",
					       "a b, c: d", NULL };
	static const char *const libcs[] = { "glibc 2.36", "musl 1.2",
					     "a: b, c", NULL };

	(void)state;
	srand(1);
	for (int round = 0; round < 400; round++) {
		cleanup_profiles_text struct profiles_text text = { 0 };
		unsigned archs = 1 + (unsigned)rand() % 15;
		int count = 1 + rand() % 300;

		if (rand() % 8)
			text.program = strdup(
				names[(size_t)rand() % ARRAY_SIZE(names)]);
		for (int i = rand() % 4; i > 0; i--)
			add_origin(&text,
				   hosts[(size_t)rand() % ARRAY_SIZE(hosts)],
				   kernels[(size_t)rand() %
					   ARRAY_SIZE(kernels)],
				   libcs[(size_t)rand() % ARRAY_SIZE(libcs)],
				   (size_t)rand() % 40);
		for (int i = 0; i < count || !text.set.count; i++) {
			enum base_arch arch = (unsigned)rand() % 4;

			if (archs & 1u << arch)
				add(&text, arch, (uint32_t)rand() % 600);
		}
		text.has_caps = rand() % 2;
		if (text.has_caps && rand() % 2)
			text.caps_keep = (uint64_t)rand();
		for (int i = rand() % 8; i > 0; i--)
			add_more(&text);
		check_identity(&text);
		check_firejail(&text);
	}
}

static void test_single_calls(void **state)
{
	static const uint32_t numbers[] = { 0, 1, 334, 335, 336, 423, 424, 440,
					    441, 469, 600, 1023, 0x3fffffff };

	(void)state;
	for (unsigned arch = 0; arch < BASE_ARCH_COUNT; arch++)
		for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
			cleanup_profiles_text struct profiles_text text = { 0 };

			add(&text, arch, numbers[i]);
			check_identity(&text);
		}
}

static bool has_line(const char *text, const char *line)
{
	const char *found = strstr(text, line);

	return found && (found == text || found[-1] == '\n') &&
	       found[strlen(line)] == '\n';
}

static void test_form(void **state)
{
	cleanup_profiles_text struct profiles_text text = { 0 };
	cleanup_free char *bytes = NULL;

	(void)state;
	if (base_arch_native() != BASE_ARCH_X86_64)
		skip_for("the numbers are those of x86_64");
	text.program = strdup("tool");
	add_origin(&text, "alpha", "6.18.44", "glibc 2.36", 1);
	strcpy(text.origins[0].sessions[0], "0a1b2c3d");
	add(&text, BASE_ARCH_X86_64, 451);
	add(&text, BASE_ARCH_X86_64, 0);
	add(&text, BASE_ARCH_I386, 3);
	profiles_text_stub(&text, (struct base_call){ BASE_ARCH_X86_64, 237 },
			   ENOSYS);
	profiles_set_add(&text.expected,
			 (struct base_call){ BASE_ARCH_X86_64, 101 });
	profiles_text_seen(&text, "alpha",
			   (struct base_call){ BASE_ARCH_I386, 3 });
	bytes = print(&text);
	assert_true(strncmp(bytes,
		"# tool: system calls on x86_64, exported by jail\n"
		"# session 0a1b2c3d on alpha, Linux 6.18.44, glibc 2.36\n"
		"seccomp.call read\n"
		"seccomp.call rt_sigreturn\n", 145) == 0);
	assert_true(has_line(bytes, "seccomp.call cachestat"));
	assert_true(has_line(bytes, "seccomp.call i386:read"));
	assert_non_null(strstr(bytes, "\nseccomp.stub ENOSYS mbind\n"
			       "seccomp.expected ptrace\n"
			       "# Not every host's sessions saw these:\n"
			       "# seen on alpha: i386:read\n"));
}

static void test_firejail(void **state)
{
	cleanup_profiles_text struct profiles_text text = { 0 };
	cleanup_free char *bytes = NULL;

	(void)state;
	if (base_arch_native() != BASE_ARCH_X86_64)
		skip_for("the numbers are those of x86_64");
	text.program = strdup("tool");
	add_origin(&text, NULL, "6.18.44", "glibc 2.36", 0);
	add(&text, BASE_ARCH_X86_64, 451);
	add(&text, BASE_ARCH_X86_64, 0);
	bytes = print_by(profiles_print_firejail, &text);
	assert_true(has_line(bytes, "# tool: system calls on x86_64, exported "
				    "by jail; also a Firejail profile"));
	assert_true(has_line(bytes, "# learned in 0 sessions on Linux 6.18.44, "
				    "glibc 2.36:"));
	assert_true(has_line(
		bytes, "seccomp.keep read,rt_sigreturn,exit,gettimeofday,time,"
		       "restart_syscall,clock_gettime,clock_getres,exit_group,"
		       "getcpu,getrandom,$335,$336,$451"));
	assert_true(has_line(bytes, "seccomp.block-secondary"));
	free(bytes);
	add(&text, BASE_ARCH_I386, 3);
	bytes = print_by(profiles_print_firejail, &text);
	assert_false(has_line(bytes, "seccomp.block-secondary"));
	assert_non_null(strstr(bytes, "\n#jail seccomp.keep.i386 "
				    "restart_syscall,exit,read,"));
}

/* Every call of the table by name, and a list too long for names. */
static void test_large(void **state)
{
	cleanup_profiles_text struct profiles_text text = { 0 };
	cleanup_free char *bytes = NULL;
	enum base_arch native = base_arch_native();
	struct error err = { 0 };
	FILE *null = fopen("/dev/null", "w");

	(void)state;
	for (uint32_t i = 0; i <= base_call_highest(native); i++)
		add(&text, native, i);
	check_identity(&text);
	check_firejail(&text);
	bytes = print_by(profiles_print_firejail, &text);
	assert_non_null(strstr(bytes, "read"));
	for (uint32_t i = 0; i < 700; i++)
		add(&text, native, 1000 + i);
	check_identity(&text);
	check_firejail(&text);
	free(bytes);
	bytes = print_by(profiles_print_firejail, &text);
	assert_null(strstr(bytes, "read"));
	for (uint32_t i = 0; i < 2000; i++)
		add(&text, native, 2000 + i);
	check_identity(&text);
	assert_int_equal(profiles_print_firejail(null, &text, &err), -E2BIG);
	fclose(null);
}

static void test_refusals(void **state)
{
	struct profiles_text text = { .program = (char *)"tool" };
	struct error err = { 0 };
	FILE *full = fopen("/dev/full", "w");

	(void)state;
	assert_int_equal(profiles_print(full, &text, &err), -ENOENT);
	assert_non_null(strstr(err.text, "tool"));
	setbuf(full, NULL);
	add(&text, base_arch_native(), 0);
	assert_int_equal(profiles_print(full, &text, &err), -ENOSPC);
	profiles_set_free(&text.set);
	fclose(full);
}

static void test_set(void **state)
{
	cleanup_profiles_set struct profiles_set set = { 0 };
	bool model[200] = { false };
	size_t count = 0, i;

	(void)state;
	srand(3);
	for (int round = 0; round < 5000; round++) {
		uint32_t n = (uint32_t)rand() % 200;
		struct base_call call = { n % 4, n / 4 };

		model[n] = rand() % 2;
		if (model[n])
			assert_int_equal(profiles_set_add(&set, call), 0);
		else
			profiles_set_remove(&set, call);
	}
	for (i = 0; i < 200; i++) {
		struct base_call call = { (uint32_t)i % 4, (uint32_t)i / 4 };

		count += model[i];
		assert_int_equal(profiles_set_has(&set, call), model[i]);
	}
	assert_int_equal(set.count, count);
	for (i = 1; i < set.count; i++)
		assert_true(base_call_compare(&set.calls[i - 1],
					      &set.calls[i]) < 0);
}

static void test_baseline(void **state)
{
	static const unsigned counts[BASE_ARCH_COUNT] = {
		[BASE_ARCH_AARCH64] = 9, [BASE_ARCH_I386] = 12,
		[BASE_ARCH_X32] = 0, [BASE_ARCH_X86_64] = 12,
	};

	(void)state;
	for (unsigned arch = 0; arch < BASE_ARCH_COUNT; arch++) {
		struct base_call call;
		const char *why = NULL;
		size_t i = 0;

		for (; profiles_baseline(i, arch, &call, &why); i++) {
			assert_int_equal(call.arch, arch);
			assert_non_null(base_call_name(call));
			assert_true(*why);
		}
		assert_int_equal(i, counts[arch]);
	}
}

static void test_arguments(void **state)
{
	static const struct {
		enum base_arch arch;
		const char *name;
		unsigned count, index;
		const char *label;
	} cases[] = {
		{ BASE_ARCH_X86_64, "socket", 3, 0, "family" },
		{ BASE_ARCH_X86_64, "ioctl", 1, 1, "request" },
		{ BASE_ARCH_X32, "ioctl", 1, 1, "request" },
		{ BASE_ARCH_X86_64, "mmap", 1, 2, "prot" },
		{ BASE_ARCH_I386, "mmap", 0, 0, NULL },
		{ BASE_ARCH_I386, "mmap2", 1, 2, "prot" },
		{ BASE_ARCH_I386, "socketcall", 1, 0, "call" },
		{ BASE_ARCH_I386, "fcntl64", 1, 1, "command" },
		{ BASE_ARCH_AARCH64, "clone3", 1, 0, "flags" },
		{ BASE_ARCH_X86_64, "read", 0, 0, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int number = base_call_number(cases[i].arch, cases[i].name);
		const struct profiles_argument_rule *rule;

		assert_true(number >= 0);
		rule = profiles_argument_rule((struct base_call){
			cases[i].arch, (uint32_t)number });
		assert_int_equal(rule->count, cases[i].count);
		if (!rule->count)
			continue;
		assert_int_equal(rule->index[0], cases[i].index);
		assert_string_equal(rule->label[0], cases[i].label);
	}
	assert_int_equal(profiles_argument_rule((struct base_call){
		BASE_ARCH_X86_64, UINT32_MAX })->count, 0);
}

static void test_actions(void **state)
{
	(void)state;
	for (int i = 0; i < PROFILES_ACTION_COUNT; i++)
		assert_int_equal(
			profiles_action_parse(profiles_action_name(i)), i);
	assert_int_equal(profiles_action_parse("kill"), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_generated),
		cmocka_unit_test(test_single_calls),
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_firejail),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_baseline),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_actions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
