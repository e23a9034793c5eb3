/* SPDX-License-Identifier: MIT */
/* What is known about calls: a line for each, how many programs make it, and
 * which ones it comes with on its architecture. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/base.h"

static struct base_call call_of(enum base_arch arch, const char *name)
{
	int number = base_call_number(arch, name);

	assert_true(number >= 0);
	return (struct base_call){ arch, (uint32_t)number };
}

static void test_each_name_has_a_line(void **state)
{
	(void)state;
	for (uint32_t arch = 0; arch < BASE_ARCH_COUNT; arch++)
		for (uint32_t i = 0; i <= base_call_highest(arch); i++) {
			struct base_call call = { arch, i };
			const char *help = base_call_help(call);

			if (!base_call_name(call)) {
				assert_null(help);
				continue;
			}
			assert_non_null(help);
			assert_true(islower((unsigned char)*help));
			assert_true(strlen(help) <= 70);
			assert_true(help[strlen(help) - 1] != '.');
		}
}

static void test_a_line_is_of_its_name(void **state)
{
	(void)state;
	assert_string_equal(base_call_help(call_of(BASE_ARCH_X86_64, "time")),
			    "asks for the time in seconds");
	assert_string_equal(base_call_help(call_of(BASE_ARCH_I386, "time")),
			    "asks for the time in seconds");
	assert_string_equal(base_call_help(call_of(BASE_ARCH_AARCH64,
						   "chroot")),
			    "changes the root directory of the process");
	assert_null(base_call_help((struct base_call){ BASE_ARCH_X86_64,
						       100000 }));
	assert_null(base_call_help((struct base_call){ BASE_ARCH_COUNT, 1 }));
}

/* The figures of the file, by name on every architecture. */
static void test_how_many_programs(void **state)
{
	struct base_prior prior;

	(void)state;
	assert_true(base_call_prior(call_of(BASE_ARCH_X86_64, "fcntl"),
				    &prior));
	assert_int_equal(prior.programs, 116);
	assert_int_equal(prior.used, 79);
	assert_int_equal(prior.needed, 28);
	assert_int_equal(prior.stubbed, 29);
	assert_true(base_call_prior(call_of(BASE_ARCH_AARCH64, "read"),
				    &prior));
	assert_int_equal(prior.used, 116);
	assert_int_equal(prior.needed, 113);
}

static void test_no_program_at_all(void **state)
{
	struct base_prior prior;

	(void)state;
	assert_false(base_call_prior(call_of(BASE_ARCH_X86_64, "kexec_load"),
				     &prior));
	assert_int_equal(prior.programs, 116);
	assert_int_equal(prior.used, 0);
	assert_false(base_call_prior((struct base_call){ BASE_ARCH_X86_64,
							 100000 }, &prior));
	assert_int_equal(prior.used, 0);
}

/* ---- classes ---------------------------------------------------------- */

/* The class NAME of CALL as "A peer: openat creat"; empty without one. */
static const char *class_of(enum base_arch arch, const char *call,
			    const char *name)
{
	static char text[512];
	struct base_siblings found;

	*text = 0;
	for (size_t i = 0; base_call_siblings(call_of(arch, call), i, &found);
	     i++) {
		assert_true(found.count > 0);
		assert_true(strlen(found.why) > 10);
		if (strcmp(found.name, name) != 0)
			continue;
		sprintf(text, "%c %s:", found.tier, found.relation);
		for (size_t j = 0; j < found.count; j++) {
			assert_int_equal(found.calls[j].arch, arch);
			strcat(strcat(text, " "),
			       base_call_name(found.calls[j]));
		}
	}
	return text;
}

static void test_classes(void **state)
{
	static const struct {
		enum base_arch arch;
		const char *call, *name, *text;
	} rows[] = {
		{ BASE_ARCH_X86_64, "open", "open", "A peer: openat creat" },
		{ BASE_ARCH_X86_64, "creat", "open", "A peer: open openat" },
		/* The architecture has no other member. */
		{ BASE_ARCH_AARCH64, "openat", "open", "" },
		{ BASE_ARCH_X86_64, "fsopen", "mount-api",
		  "C peer: mount umount2 fsconfig fsmount fspick open_tree "
		  "move_mount mount_setattr open_tree_attr" },
		/* What is left of a '>' brings what is right of it. */
		{ BASE_ARCH_X86_64, "kill", "pidfd",
		  "B implies: pidfd_open pidfd_send_signal" },
		{ BASE_ARCH_X86_64, "pidfd_open", "pidfd",
		  "B implies: kill waitid pidfd_send_signal" },
		/* Only where it holds. */
		{ BASE_ARCH_I386, "getuid", "uid32-getuid",
		  "A peer: getuid32" },
		{ BASE_ARCH_X86_64, "getuid", "uid32-getuid", "" },
		{ BASE_ARCH_I386, "semget", "ipc-mux", "B implies: ipc" },
		{ BASE_ARCH_X86_64, "semget", "ipc-mux", "" },
		{ BASE_ARCH_X86_64, "uprobe", "uretprobe",
		  "A always: uretprobe" },
		/* A value of an argument is not the call. */
		{ BASE_ARCH_X86_64, "dup2", "dup", "A peer: dup3" },
		{ BASE_ARCH_X86_64, "fcntl", "dup", "" },
		{ BASE_ARCH_X86_64, "prctl", "prctl-name", "" },
		{ BASE_ARCH_X86_64, "mmap", "mmap-stackguard", "" },
		/* A name of another architecture alone is left out. */
		{ BASE_ARCH_X86_64, "uname", "cpuinfo", "A peer: sysinfo" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_string_equal(class_of(rows[i].arch, rows[i].call,
					     rows[i].name), rows[i].text);
}

static void test_a_call_may_have_several_classes_or_none(void **state)
{
	struct base_siblings found;

	(void)state;
	assert_string_equal(class_of(BASE_ARCH_X86_64, "newfstatat", "statx"),
			    "A peer: statx");
	assert_string_equal(class_of(BASE_ARCH_X86_64, "newfstatat", "stat"),
			    "A peer: stat lstat fstat");
	assert_false(base_call_siblings(call_of(BASE_ARCH_X86_64, "bpf"), 0,
					&found));
	assert_false(base_call_siblings((struct base_call){ BASE_ARCH_X86_64,
							    100000 }, 0,
					&found));
}

/* ---- how dangerous ---------------------------------------------------- */

static void test_risks(void **state)
{
	static const struct {
		enum base_arch arch;
		const char *call;
		unsigned risk;
		const char *why;
	} rows[] = {
		{ BASE_ARCH_X86_64, "reboot", 10, "stops the whole machine" },
		{ BASE_ARCH_AARCH64, "bpf", 9,
		  "runs code of its own in the kernel" },
		{ BASE_ARCH_X86_64, "execve", 5, "runs other programs" },
		{ BASE_ARCH_I386, "setuid32", 7,
		  "becomes another user or group" },
		{ BASE_ARCH_X86_64, "unlink", 3, NULL },
		{ BASE_ARCH_X86_64, "read", 1, NULL },
	};
	const char *why = "";

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(base_call_risk(call_of(rows[i].arch,
							rows[i].call), &why),
				 rows[i].risk);
		if (rows[i].why)
			assert_string_equal(why, rows[i].why);
		else
			assert_null(why);
	}
	assert_int_equal(base_call_risk((struct base_call){
		BASE_ARCH_X86_64, 100000 }, &why), 3);
	assert_null(why);
}

static void test_what_is_risky_has_a_reason(void **state)
{
	(void)state;
	for (uint32_t i = 0; i <= base_call_highest(BASE_ARCH_X86_64); i++) {
		struct base_call call = { BASE_ARCH_X86_64, i };
		const char *why;
		unsigned risk = base_call_risk(call, &why);

		assert_true(risk <= 10);
		if (base_call_name(call))
			assert_int_equal(why != NULL, risk >= 5);
	}
}

static void test_classes_whole(void **state)
{
	struct base_siblings class;
	struct base_class_value value;
	size_t left, classes = 0, values = 0;
	bool pidfd = false;

	(void)state;
	for (; base_class(classes, BASE_ARCH_X86_64, &class, &left);
	     classes++) {
		assert_true(left <= class.count);
		if (strcmp(class.relation, "implies") != 0)
			assert_int_equal(left, class.count);
		if (strcmp(class.name, "pidfd") != 0)
			continue;
		pidfd = true;
		assert_int_equal(left, 2);
		assert_string_equal(base_call_name(class.calls[1]), "waitid");
		assert_string_equal(base_call_name(class.calls[2]),
				    "pidfd_open");
	}
	assert_true(pidfd && classes > 80);
	for (; base_class_value(values, &value); values++) {
		assert_true(value.class < classes);
		assert_true(strlen(value.name) > 3);
	}
	assert_true(values > 10);
	/* Where a class does not hold it has no calls. */
	assert_true(base_class(0, BASE_ARCH_AARCH64, &class, &left));
	for (size_t i = 0; base_class(i, BASE_ARCH_AARCH64, &class, &left); i++)
		if (strcmp(class.name, "uid32-getuid") == 0)
			assert_int_equal(class.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_name_has_a_line),
		cmocka_unit_test(test_a_line_is_of_its_name),
		cmocka_unit_test(test_how_many_programs),
		cmocka_unit_test(test_no_program_at_all),
		cmocka_unit_test(test_classes),
		cmocka_unit_test(test_a_call_may_have_several_classes_or_none),
		cmocka_unit_test(test_classes_whole),
		cmocka_unit_test(test_risks),
		cmocka_unit_test(test_what_is_risky_has_a_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
