/* SPDX-License-Identifier: MIT */
/*
 * /dev, /proc and /sys: which steps a policy becomes.
 */
#include "tests/unit/enforce_world.h"

static void devices(struct world *world)
{
	int ret = files_devices(&world->plan, &world->err);

	if (ret < 0)
		print_error("%s\n", world->err.text);
	assert_int_equal(ret, 0);
}

static void test_devices(void **state)
{
	struct world *world = *state;
	const struct enforce_step *step;

	devices(world);
	step = at(world, ENFORCE_BIND, "/dev/null");
	assert_non_null(step);
	assert_string_equal(step->source, "/dev/null");
	assert_int_equal(step->set, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	links(world, "/dev/fd", "/proc/self/fd");
	links(world, "/dev/ptmx", "pts/ptmx");
	sealed(world, "/dev");
	step = at(world, ENFORCE_TMPFS, "/dev/shm");
	assert_non_null(step);
	assert_int_equal(step->mode, 01777);
	assert_true(step > at(world, ENFORCE_AGAIN, "/dev"));
	assert_true(at(world, ENFORCE_DEVPTS, "/dev/pts") >
		    at(world, ENFORCE_AGAIN, "/dev"));
	hides(world, "/dev/kmsg");
	hides(world, "/dev/mem");
}

static void test_kept_shm(void **state)
{
	struct world *world = *state;

	want(world, PROFILES_KEEP_DEV_SHM);
	devices(world);
	assert_non_null(at(world, ENFORCE_BIND, "/dev/shm"));
	assert_null(at(world, ENFORCE_TMPFS, "/dev/shm"));
}

static const struct {
	const char *name;
	enum profiles_flag flag;
	bool by_default;
} shown[] = {
	{"snd", PROFILES_NOSOUND, true},
	{"dri", PROFILES_NO3D, true},
	{"nvidia0", PROFILES_NO3D, true},
	{"video12", PROFILES_NOVIDEO, true},
	{"dvb", PROFILES_NOTV, true},
	{"sr0", PROFILES_NODVD, true},
	{"hidraw3", PROFILES_NOU2F, true},
	{"input", PROFILES_NOINPUT, true},
	{"lp0", PROFILES_NOPRINTERS, true},
	{"tpm0", PROFILES_KEEP_DEV_TPM, false},
	{"tpmrm0", PROFILES_KEEP_DEV_TPM, false},
	{"ntsync", PROFILES_KEEP_DEV_NTSYNC, false},
};

static void test_classes(void **state)
{
	static const char *const never[] = {
		"mem", "kmsg", "port", "sda", "kvm", "fuse", "loop0", "uinput",
		"videoX", "sr", "sndx", "vhost-net", "loop-control", "tty1",
	};
	struct profiles_policy none = {.flags = 0}, one;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(shown); i++) {
		one.flags = UINT64_C(1) << shown[i].flag;
		assert_int_equal(devices_shown(&none, shown[i].name),
				 shown[i].by_default);
		assert_int_equal(devices_shown(&one, shown[i].name),
				 !shown[i].by_default);
	}
	one.flags = ~UINT64_C(0);
	for (size_t i = 0; i < ARRAY_SIZE(never); i++) {
		assert_false(devices_shown(&none, never[i]));
		assert_false(devices_shown(&one, never[i]));
	}
}

static void test_proc(void **state)
{
	struct world *world = *state;
	const struct enforce_step *proc, *sys;

	devices(world);
	proc = at(world, ENFORCE_PROC, "/proc");
	sys = at(world, ENFORCE_AGAIN, "/proc/sys");
	assert_non_null(proc);
	assert_true(sys > proc);
	assert_true(sys->set & MOUNT_ATTR_RDONLY);
	assert_true(at(world, ENFORCE_MASK, "/proc/kallsyms") > proc);
	assert_false(at(world, ENFORCE_MASK, "/proc/kallsyms")->directory);
	assert_non_null(at(world, ENFORCE_BIND, "/sys"));
	assert_true(at(world, ENFORCE_BIND, "/sys")->set & MOUNT_ATTR_RDONLY);
	assert_non_null(at(world, ENFORCE_MASK, "/sys/fs"));
	assert_non_null(at(world, ENFORCE_MASK, "/sys/module"));
}

static void test_sys_of_a_network(void **state)
{
	struct world *world = *state;

	want(world, PROFILES_NET_NONE);
	devices(world);
	assert_non_null(at(world, ENFORCE_SYSFS, "/sys"));
	assert_null(at(world, ENFORCE_BIND, "/sys"));
}

static void test_sys_wanted(void **state)
{
	struct world *world = *state;
	char fs[] = "/sys/fs", module[] = "/sys/module/nvidia*",
	     firmware[] = "/sys/firmware";
	struct profiles_rule rules[] = {
		{.kind = PROFILES_NOBLACKLIST, .path = fs},
		{.kind = PROFILES_WHITELIST, .path = module},
		{.kind = PROFILES_NOBLACKLIST, .path = firmware},
	};

	world->policy.rules = rules;
	world->policy.rule_count = ARRAY_SIZE(rules);
	devices(world);
	assert_null(at(world, ENFORCE_MASK, "/sys/fs"));
	assert_null(at(world, ENFORCE_MASK, "/sys/module"));
	assert_non_null(at(world, ENFORCE_MASK, "/sys/firmware"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_devices),
		TEST(test_kept_shm),
		cmocka_unit_test(test_classes),
		TEST(test_proc),
		TEST(test_sys_of_a_network),
		TEST(test_sys_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
