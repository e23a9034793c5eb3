/* SPDX-License-Identifier: MIT */
/*
 * The names that consumers are said to have are those that they have: asked of
 * libseccomp, which resolves them for runc, crun and systemd, and looked up in
 * the kernel's headers, where they are those of the version that is meant.
 */
#include <seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "profiles/formats/formats.h"
#include "tests/unit/skip.h"

static const enum base_arch archs[] = { BASE_ARCH_X86_64, BASE_ARCH_I386 };

static void libseccomp(void **state)
{
	const struct scmp_version *version = seccomp_version();
	bool exact = version->major == 2 && version->minor == 5 &&
		     version->micro == 4;
	unsigned known = 0;

	(void)state;
	for (size_t a = 0; a < ARRAY_SIZE(archs); a++) {
		struct base_call call = { archs[a], 0 };

		for (; call.number <= base_call_highest(call.arch);
		     call.number++) {
			const char *name = formats_name(
				&formats_names_libseccomp, call);
			int has = base_call_name(call) ?
				seccomp_syscall_resolve_name(
					base_call_name(call)) :
				__NR_SCMP_ERROR;

			known += name != NULL;
			if (name && has == __NR_SCMP_ERROR)
				fail_msg("libseccomp has no %s", name);
			if (exact && !name && has != __NR_SCMP_ERROR)
				fail_msg("libseccomp has %s",
					 base_call_name(call));
		}
	}
	assert_true(known > 700);
}

static bool in_headers(const char *headers, const char *name, uint32_t number)
{
	char line[128];

	snprintf(line, sizeof(line), "#define __NR_%s %u\n", name, number);
	return strstr(headers, line) != NULL;
}

static void headers(void **state)
{
	static char text[65536];
	struct base_call call = { BASE_ARCH_X86_64, 0 };

	(void)state;
	if (base_read_file("/usr/include/x86_64-linux-gnu/asm/unistd_64.h",
			   text, sizeof(text)) < 0 ||
	    !in_headers(text, "set_mempolicy_home_node", 450) ||
	    in_headers(text, "cachestat", 451)) {
		skip_for("the headers here are not those of Linux 6.1");
	}
	for (; call.number <= base_call_highest(call.arch); call.number++) {
		const char *name = base_call_name(call);
		const char *theirs = formats_name(&formats_names_headers,
						  call);

		if (name && in_headers(text, name, call.number) != !!theirs)
			fail_msg("the headers and the table differ about %s",
				 name);
	}
}

static void kafel(void **state)
{
	static const struct {
		uint32_t number;
		const char *name;
	} some[] = {
		{ 0, "read" }, { 4, "newstat" }, { 5, "newfstat" },
		{ 40, "sendfile64" }, { 63, "newuname" }, { 166, "umount" },
		{ 262, "newfstatat" }, { 328, "pwritev2" }, { 332, NULL },
		{ 435, NULL }, { 999, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(some); i++) {
		const char *name = formats_name(
			&formats_names_kafel,
			(struct base_call){ BASE_ARCH_X86_64, some[i].number });

		if (some[i].name)
			assert_string_equal(name, some[i].name);
		else
			assert_null(name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(libseccomp),
		cmocka_unit_test(headers),
		cmocka_unit_test(kafel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
