/* SPDX-License-Identifier: MIT */
/*
 * Rules that are to be exported, for tests of what is made of them, and the
 * consumers that can be played here.
 */
#ifndef JAIL_TESTS_UNIT_FORMATS_SETUP_H
#define JAIL_TESTS_UNIT_FORMATS_SETUP_H

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "profiles/formats/formats.h"
#include "tests/lib/bpf.c"
#include "tests/lib/policy.c"

#define PASSES SECCOMP_RET_ALLOW
#define REFUSED (SECCOMP_RET_ERRNO | ENOSYS)

static const struct consumer {
	const char *format;
	void (*read)(struct policy *policy, const char *text);
	uint32_t last;		/* the highest number that it has a name for */
	const struct formats_own *own;
	bool by_number, masks;
	uint32_t elsewhere, x32;	/* 0: the answer to what is not listed;
					 * KILL_THREAD is 0, too, but for x32 */
} consumers[] = {
	{ "oci", policy_read_oci, 456, formats_own_oci, false, true,
	  SECCOMP_RET_KILL_THREAD, SECCOMP_RET_KILL_THREAD },
	{ "minijail", policy_read_minijail, 450, formats_own_exec, false,
	  false, SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_PROCESS },
	{ "kafel", policy_read_kafel, 0, formats_own_exec, true, true,
	  SECCOMP_RET_KILL_THREAD, 1 },
};

struct setup {
	struct profiles_text text;
	struct profiles_argument arguments[300];
	struct profiles_rules rules;
};

static inline void set_up(struct setup *setup)
{
	*setup = (struct setup){ .rules = { .answer = ENOSYS } };
	setup->rules.text = &setup->text;
	setup->text.program = strdup("tool");
}

static inline void add_number(struct setup *setup, enum base_arch arch, int number)
{
	struct base_call call = { arch, (uint32_t)number };

	assert_true(number >= 0);
	assert_int_equal(profiles_set_add(&setup->text.set, call), 0);
}

static inline void add(struct setup *setup, const char *name)
{
	add_number(setup, BASE_ARCH_X86_64,
		   base_call_number(BASE_ARCH_X86_64, name));
}

/* A call, and one of its values. */
static inline void see(struct setup *setup, const char *name, uint64_t first,
		uint64_t second, uint64_t third)
{
	struct profiles_argument *one =
		&setup->arguments[setup->rules.argument_count++];

	add(setup, name);
	one->call = (struct base_call){
		BASE_ARCH_X86_64,
		(uint32_t)base_call_number(BASE_ARCH_X86_64, name),
	};
	one->values[0] = first;
	one->values[1] = second;
	one->values[2] = third;
	setup->rules.arguments = setup->arguments;
}

static inline void stub(struct setup *setup, const char *name, int answer)
{
	struct base_call call = {
		BASE_ARCH_X86_64,
		(uint32_t)base_call_number(BASE_ARCH_X86_64, name),
	};

	assert_int_equal(profiles_text_stub(&setup->text, call, answer), 0);
}

static inline char *print(const struct setup *setup, const char *format,
		   struct profiles_notes *notes)
{
	struct error err = { 0 };
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (profiles_format_find(format)->print(out, &setup->rules, notes,
						&err) < 0)
		fail_msg("%s: %s", format, err.text);
	fclose(out);
	return text;
}

static inline void tear_down(struct setup *setup)
{
	profiles_text_free(&setup->text);
}

#endif
