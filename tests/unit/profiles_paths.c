/* SPDX-License-Identifier: MIT */
/* Firejail's language: rules 11 to 14, one test each: what a path may be, lists
 * that lines edit, macros, patterns; what flags stand for; which list of calls
 * counts. */
#include "tests/unit/profiles_language.h"
#include "tests/unit/skip.h"

static void test_11_paths(void **state)
{
	static const char meta[] = "!\"$%&,;<>\\^`{|}\x01\x1f\x7f";
	static const char good[] = "a ~()=:@+'\xc3\xa9-_.";
	static const char *const patterns[] = {
		"blacklist", "noblacklist", "whitelist", "nowhitelist",
		"read-only", "read-write", "noexec", "tmpfs",
	};
	static const char *const plain[] = { "mkdir", "mkfile", "include" };
	static const struct one cases[] = {
		{ "blacklist /a..b", NULL, "because of its \"..\"" },
		{ "blacklist /../etc", NULL, "because of its \"..\"" },
		{ "blacklist a", NULL, "does not begin with /" },
		{ "blacklist ~other/a", NULL, "does not begin with /" },
		{ "blacklist /a//b///c/", "blacklist /a/b/c", NULL },
		{ "blacklist /", "blacklist /", NULL },
		{ "mkdir /etc/a", NULL, "neither below the home" },
		{ "mkdir /tmp", NULL, "neither below the home" },
		{ "mkdir /tmpa/b", NULL, "neither below the home" },
		{ "mkfile /tmp/a", "mkfile /tmp/a", NULL },
		{ "mkdir ${RUNUSER}/a", "mkdir /run/user/1000/a", NULL },
		{ "mkdir ${HOME}/a", "mkdir ~/a", NULL },
	};

	(void)state;
	CHECK(cases);
	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++)
		for (const char *c = meta; *c; c++) {
			char line[32];

			snprintf(line, sizeof(line), "%s /a%cb", patterns[i],
				 *c);
			check(&(struct one){ line, NULL, "is no path" }, 1);
			snprintf(line, sizeof(line), "%s ${HOME}/%c",
				 patterns[i], *c);
			check(&(struct one){ line, NULL, "is no path" }, 1);
		}
	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
		char rule[64];

		snprintf(rule, sizeof(rule), "%s /%s[*?]", patterns[i], good);
		check(&(struct one){ rule, rule, NULL }, 1);
	}
	for (size_t i = 0; i < ARRAY_SIZE(plain); i++) {
		char line[32];

		snprintf(line, sizeof(line), "%s ${HOME}/a*", plain[i]);
		check(&(struct one){ line, NULL, "because of its '*'" }, 1);
	}
}

#define BIT(number) (UINT64_C(1) << (number))

static void test_12_edited(void **state)
{
	static const struct {
		const char *lines;
		unsigned protocols;
	} cases[] = {
		{ "protocol unix", BIT(1) },
		{ "protocol unix,inet\nprotocol inet6,,unix",
		  BIT(1) | BIT(2) | BIT(10) },
		{ "protocol unix,inet\nprotocol -inet,+netlink",
		  BIT(1) | BIT(16) },
		{ "protocol unix,inet\nprotocol =packet,bluetooth",
		  BIT(17) | BIT(31) },
		{ "protocol unix\nprotocol =", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_profiles_text struct profiles_text text = { 0 };

		assert_int_equal(parse(cases[i].lines, &text, NULL), 0);
		assert_int_equal(text.policy.protocols, cases[i].protocols);
	}
}

static void test_12_namespaces(void **state)
{
	static const struct {
		const char *lines;
		uint64_t namespaces;
	} cases[] = {
		{ "restrict-namespaces user,net", 0x50000000 },
		{ "restrict-namespaces", 0x7e020080 },
		{ "restrict-namespaces\nrestrict-namespaces -user,-time",
		  0x6e020000 },
		{ "restrict-namespaces user\nrestrict-namespaces pid",
		  0x30000000 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_profiles_text struct profiles_text text = { 0 };

		assert_int_equal(parse(cases[i].lines, &text, NULL), 0);
		assert_int_equal(text.policy.namespaces, cases[i].namespaces);
	}
}

/* The private-* lists only grow. */
static void test_12_words(void **state)
{
	cleanup_profiles_text struct profiles_text text = { 0 };

	(void)state;
	assert_int_equal(parse("private-bin a,b*\nprivate-bin ,c,a,\n"
			       "private-etc\nprivate-etc @tls-ca", &text, NULL),
			 0);
	assert_int_equal(text.policy.private_bin.count, 3);
	assert_string_equal(text.policy.private_bin.items[1], "b*");
	assert_string_equal(text.policy.private_bin.items[2], "c");
	assert_int_equal(text.policy.private_etc.count, 1);
	assert_true(profiles_has(&text.policy, PROFILES_PRIVATE_ETC));
	assert_false(profiles_has(&text.policy, PROFILES_PRIVATE_OPT));
}

static void test_13_macros(void **state)
{
	static const struct one cases[] = {
		{ "blacklist ${HOME}", "blacklist ~", NULL },
		{ "blacklist ${HOME}/", "blacklist ~", NULL },
		{ "blacklist ~/a", "blacklist ~/a", NULL },
		{ "blacklist ~", "blacklist ~", NULL },
		{ "blacklist $HOME/a", NULL, "because of its '$'" },
		{ "blacklist /a/${HOME}", NULL, "because of its '$'" },
		{ "blacklist ${NOTHING}/a", NULL, "because of its '$'" },
		{ "blacklist ${RUNUSER}/a", "blacklist /run/user/1000/a",
		  NULL },
		{ "blacklist ${CFG}/a", NULL, "has no place here" },
		{ "blacklist ${PATH}/a*",
		  "blacklist /usr/x/a*;blacklist /opt/y/a*", NULL },
		{ "tmpfs ${PATH}", "tmpfs /usr/x;tmpfs /opt/y", NULL },
		{ "whitelist ${PATH}/a", NULL, "${PATH} has no place" },
		{ "mkdir ${PATH}/a", NULL, "${PATH} has no place" },
		/* Named by user-dirs.dirs; the second one is not there. */
		{ "whitelist ${DOWNLOADS}", "whitelist ~/Mine/down", NULL },
		{ "whitelist ${DOWNLOADS}/x", "whitelist ~/Mine/down/x", NULL },
		{ "whitelist ${MUSIC}", "whitelist ~/Musique", NULL },
		{ "whitelist ${PICTURES}", "whitelist ~/Pictures", NULL },
		{ "whitelist ${VIDEOS}\nblacklist ${DESKTOP}", "", NULL },
	};
	cleanup_free char *path = NULL;

	(void)state;
	assert_int_equal(chdir(home), 0);
	assert_int_equal(mkdir(".config", 0700), 0);
	assert_int_equal(mkdir("Mine", 0700), 0);
	assert_int_equal(mkdir("Mine/down", 0700), 0);
	assert_int_equal(mkdir("Musique", 0700), 0);
	assert_int_equal(mkdir("Pictures", 0700), 0);
	path = base_printf("%s/.config", home);
	write_file(path, "user-dirs.dirs",
		   "# XDG_MUSIC_DIR=\"$HOME/Mine\"\n"
		   "  XDG_DOWNLOAD_DIR=\"$HOME/Mine/down\"\n"
		   "XDG_MUSIC_DIR=\"$HOME/not there\"\n"
		   "XDG_PICTURES_DIR=\"/etc\"\nXDG_VIDEOS_DIR=\"$HOME/a");
	CHECK(cases);
}

/* Patterns are for the planner: they stay as they are. */
static void test_14_patterns(void **state)
{
	static const struct one cases[] = {
		{ "blacklist ${HOME}/.[a-c]*?", "blacklist ~/.[a-c]*?", NULL },
		{ "read-only /usr/*/x", "read-only /usr/*/x", NULL },
	};

	(void)state;
	CHECK(cases);
}

/* ---- what follows from the whole -------------------------------------- */

#define OTHER_BUSES "blacklist /run/user/1000/at-spi;" \
		       "blacklist /tmp/run/at-spi;blacklist ~/.cache/at-spi;" \
		       "blacklist ~/.cache/ibus;" \
		       "blacklist /run/user/1000/ibus;" \
		       "blacklist /tmp/run/ibus;"

static void test_finish(void **state)
{
	static const struct {
		const char *lines, *rules;
	} cases[] = {
		{ "writable-run-user", "" },
		{ "tmpfs /a", "blacklist /run/user/1000/gnupg;"
		  "blacklist /run/user/1000/systemd;tmpfs /a" },
		{ "writable-run-user\nprivate-cache\ntmpfs /a",
		  "tmpfs /a;tmpfs ~/.cache" },
		{ "writable-run-user\ndisable-mnt\nnoblacklist /mnt",
		  "noblacklist /mnt;blacklist /mnt;blacklist /media;"
		  "blacklist /run/mount;blacklist /run/media" },
		{ "writable-run-user\nprivate-tmp\nwhitelist /tmp/a",
		  "whitelist /tmp/a;whitelist /tmp/.X11-unix;"
		  "read-only /tmp/.X11-unix;whitelist /tmp/sndio;"
		  "whitelist /tmp/pulse-*;whitelist /tmp/x/auth" },
		{ "writable-run-user\nx11 none\ntmpfs /a",
		  "tmpfs /a;blacklist /tmp/.X11-unix;blacklist ~/.Xauthority;"
		  "blacklist /tmp/x/auth" },
		{ "writable-run-user\nnoblacklist /tmp/bus\ndbus-user none",
		  "blacklist /run/user/1000/bus;"
		  "blacklist /run/user/1000/dbus/user_bus_socket;"
		  "blacklist /tmp/bus;blacklist /tmp/run/bus;"
		  "blacklist ~/.dbus;" OTHER_BUSES
		  "noblacklist /tmp/bus" },
		{ "writable-run-user\nnodbus\nignore dbus-user\ntmpfs /a",
		  "blacklist /run/user/1000/bus;"
		  "blacklist /run/user/1000/dbus/user_bus_socket;"
		  "blacklist /tmp/bus;blacklist /tmp/run/bus;blacklist ~/.dbus;"
		  OTHER_BUSES "blacklist /run/dbus/system_bus_socket;blacklist /tmp/a;"
		  "blacklist /tmp/c;tmpfs /a" },
		{ "writable-run-user\ndbus-user filter\ndbus-system filter",
		  "blacklist /run/user/1000/bus;"
		  "blacklist /run/user/1000/dbus/user_bus_socket;"
		  "blacklist /tmp/bus;blacklist /tmp/run/bus;blacklist ~/.dbus;"
		  OTHER_BUSES "blacklist /run/dbus/system_bus_socket;blacklist /tmp/a;"
		  "blacklist /tmp/c" },
		{ "writable-run-user\nnosound",
		  "blacklist ~/.config/pulse;blacklist ~/.pulse;"
		  "blacklist ~/.pulse-cookie;blacklist ~/.config/pipewire;"
		  "blacklist /run/user/1000/pulse;"
		  "blacklist /run/user/1000/pipewire-*;"
		  "blacklist /tmp/run/pulse;blacklist /tmp/run/pipewire-0;"
		  "blacklist /tmp/run/pipewire-0-manager;"
		  "blacklist /tmp/pulse;blacklist /run/pulse;"
		  "blacklist /tmp/pulse-*;blacklist /tmp/sndio;"
		  "blacklist /dev/shm/jack*" },
		/* These stand where the flag was read. */
		{ "writable-run-user\ntmpfs /a\nnet none\nnoprinters\n"
		  "tmpfs /b",
		  "tmpfs /a;blacklist /run/systemd/resolve;"
		  "blacklist /dev/usb/lp*;"
		  "blacklist /run/cups/cups.sock;"
		  "tmpfs /b" },
	};
	char found[4096];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_profiles_text struct profiles_text text = { 0 };

		assert_int_equal(parse(cases[i].lines, &text, NULL), 0);
		assert_int_equal(profiles_policy_finish(&text, NULL), 0);
		assert_int_equal(profiles_policy_finish(&text, NULL), 0);
		describe(&text.policy, found, sizeof(found));
		assert_string_equal(found, cases[i].rules);
	}
	assert_true(has("noprinters", PROFILES_NOPRINTERS));
	assert_true(has("nodbus", PROFILES_DBUS_SYSTEM_NONE));
}

static void test_contradictions(void **state)
{
	static const char *const cases[][3] = {
		{ "chroot /a\noverlay", "chroot", "overlay" },
		{ "overlay-tmpfs\nchroot /a", "chroot", "overlay-tmpfs" },
		{ "overlay-tmpfs\noverlay-named x", "overlay-named",
		  "overlay-tmpfs" },
		{ "private-etc a\nwritable-etc", "writable-etc",
		  "private-etc" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_profiles_text struct profiles_text text = { 0 };
		struct error err = { 0 };

		assert_int_equal(parse(cases[i][0], &text, NULL), 0);
		assert_int_equal(profiles_policy_finish(&text, &err), -EINVAL);
		assert_non_null(strstr(err.text, cases[i][1]));
		assert_non_null(strstr(err.text, cases[i][2]));
	}
}

/* "mount,umount2:-1" of the machine's own architecture. */
static void describe_calls(const struct profiles_policy *policy, char *out,
			   size_t size)
{
	char number[12];
	size_t used = 0;

	*out = '\0';
	for (size_t i = 0; i < policy->refused_count; i++) {
		const struct profiles_refused *one = &policy->refused[i];

		used += (size_t)snprintf(
			out + used, size - used, "%s%s", i ? "," : "",
			base_call_text(one->call, number, sizeof(number)));
		if (one->answer)
			used += (size_t)snprintf(out + used, size - used,
						 ":%d", one->answer);
	}
}

static void test_calls(void **state)
{
	static const struct {
		const char *lines, *calls;	/* NULL: refused */
		bool defaults;
		unsigned excepted, kept;
	} cases[] = {
		{ "seccomp", "", true, 0, 0 },
		{ "seccomp mount,umount2:kill,mkdir:EACCES",
		  "mount,umount2:-1,mkdir:13", true, 0, 0 },
		{ "seccomp !mount,read,", "read", true, 1, 0 },
		{ "seccomp read\nseccomp\nseccomp write\nseccomp", "write",
		  true, 0, 0 },
		{ "seccomp.drop read\nseccomp write", "read", false, 0, 0 },
		{ "seccomp !mount\nseccomp.drop read,!read,write", "write",
		  false, 1, 0 },
		{ "seccomp.keep read\nseccomp.drop read\nseccomp", "", false,
		  0, 1 },
		{ "seccomp.drop $5,$999", "fstat,999", false, 0, 0 },
		{ "seccomp.drop read,read:ENOTSUP", "read:95", false, 0, 0 },
		{ "seccomp.drop socketcall", "socketcall", false, 0, 0 },
		{ "seccomp read, write", NULL, false, 0, 0 },
		{ "seccomp raed", NULL, false, 0, 0 },
		{ "seccomp read:EFOO", NULL, false, 0, 0 },
		{ "seccomp read:0", NULL, false, 0, 0 },
		{ "seccomp 5", NULL, false, 0, 0 },
		{ "seccomp @no-such", NULL, false, 0, 0 },
		{ "seccomp-error-action maybe", NULL, false, 0, 0 },
	};
	char found[1024];

	(void)state;
	if (base_arch_native() != BASE_ARCH_X86_64)
		skip_for("the numbers are those of x86_64");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_profiles_text struct profiles_text text = { 0 };
		int result = parse(cases[i].lines, &text, NULL);

		assert_int_equal(result == 0, cases[i].calls != NULL);
		if (!cases[i].calls)
			continue;
		describe_calls(&text.policy, found, sizeof(found));
		assert_string_equal(found, cases[i].calls);
		assert_int_equal(profiles_has(&text.policy, PROFILES_SECCOMP),
				 cases[i].defaults);
		assert_int_equal(text.policy.excepted.count > 0,
				 cases[i].excepted);
		assert_int_equal(text.set.count, cases[i].kept);
	}
}

static void test_values(void **state)
{
	cleanup_profiles_text struct profiles_text text = { 0 };
	const struct profiles_policy *policy = &text.policy;

	(void)state;
	assert_int_equal(parse(
		"rlimit-as 2G\nrlimit-nofile 64\nmemory-max 512m\n"
		"pids-max 7\nuserns-max 9\nnice -5\ncpu 0,3\ntimeout 01:00:02\n"
		"hostname a-b\noverlay-named x\nenv A=b=c d\nrmenv *_TOKEN\n"
		"private ${HOME}/p/\nprivate-cwd /w\nseccomp.learned n\n"
		"seccomp-error-action kill\nseccomp.args learned\n"
		"seccomp.allow-dangerous ptrace", &text, NULL), 0);
	assert_int_equal(policy->limits[PROFILES_LIMIT_AS], 2ull << 30);
	assert_int_equal(policy->limits[PROFILES_LIMIT_NOFILE], 64);
	assert_int_equal(policy->limits_set, 1u << PROFILES_LIMIT_AS |
			 1u << PROFILES_LIMIT_NOFILE);
	assert_int_equal(policy->memory_max, 512ull << 20);
	assert_int_equal(policy->pids_max, 7);
	assert_int_equal(policy->userns_max, 9);
	assert_int_equal(policy->nice, -5);
	assert_int_equal(policy->cpus, 9);
	assert_int_equal(policy->timeout, INT64_C(3602000000));
	assert_string_equal(policy->hostname, "a-b");
	assert_string_equal(policy->overlay, "x");
	assert_string_equal(policy->env.items[0], "A=b=c d");
	assert_string_equal(policy->env.items[1], "*_TOKEN");
	assert_string_equal(policy->private_home + strlen(home), "/p");
	assert_string_equal(policy->private_cwd, "/w");
	assert_string_equal(policy->learned, "n");
	assert_int_equal(policy->error_action, -1);
	assert_true(profiles_has(policy, PROFILES_ARGS_LEARNED));
	assert_true(policy->dangerous.count >= 1);
	assert_int_equal(profiles_parse_line("private", &text, NULL), 0);
	assert_null(policy->private_home);
}

/* What is not carried out is said, once each, and with the reason. */
static void test_notices(void **state)
{
	cleanup_profiles_text struct profiles_text text = { 0 };
	const struct profiles_policy *policy = &text.policy;

	(void)state;
	assert_int_equal(parse(
		"apparmor\napparmor x\nprivate-lib\nprivate-lib a\n"
		"nonewprivs\nipc-namespace\nnetfilter\nx11 xorg",
		&text, NULL), 0);
	assert_int_equal(policy->notices.count, 2);
	assert_true(strncmp(policy->notices.items[0], "apparmor: ", 10) == 0);
	/* Nothing is wider open meanwhile. */
	assert_true(profiles_has(policy, PROFILES_X11_REFUSED));
}

/* Rules about buses, as the filter's program takes them. */
static void test_buses(void **state)
{
	static const char *const words[] = {
		"talk=org.a", "own=org.b.*", "see=org.c-d._e",
		"call=org.a=*", "call=org.a=a.b.C@/x/*", "call=org.a=@/",
		"broadcast=org.a=a.*@/x",
	};
	cleanup_profiles_text struct profiles_text text = { 0 };
	const struct profiles_words *found = &text.policy.user_bus;

	(void)state;
	assert_int_equal(parse(
		"dbus-user.talk org.a\ndbus-user.own org.b.*\n"
		"dbus-user.see org.c-d._e\ndbus-user.call org.a=*\n"
		"dbus-user.call org.a=a.b.C@/x/*\ndbus-user.call org.a=@/\n"
		"dbus-user.broadcast org.a=a.*@/x\ndbus-user.talk org.a\n"
		"dbus-system.talk org.z", &text, NULL), 0);
	assert_int_equal(found->count, ARRAY_SIZE(words));
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		assert_string_equal(found->items[i], words[i]);
	assert_int_equal(text.policy.system_bus.count, 1);
	assert_int_equal(text.policy.flags, 0);
}

/* The stricter policy of a file holds, and an option before both. */
static void test_bus_policies(void **state)
{
	static const struct {
		const char *lines;
		const char *option;
		bool none, filter;
	} cases[] = {
		{ "dbus-user filter", NULL, false, true },
		{ "dbus-user none\ndbus-user filter", NULL, true, true },
		{ "dbus-user none", "dbus-user filter", false, true },
		{ "dbus-user filter", "dbus-user none", true, false },
		{ "dbus-system none", "dbus-user filter", false, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_profiles_text struct profiles_text text = { 0 };
		const struct profiles_policy *policy = &text.policy;

		assert_int_equal(parse(cases[i].lines, &text, NULL), 0);
		if (cases[i].option)
			assert_int_equal(profiles_parse_line(cases[i].option,
							     &text, NULL), 0);
		assert_int_equal(profiles_has(policy, PROFILES_DBUS_USER_NONE),
				 cases[i].none);
		assert_int_equal(profiles_has(policy,
					      PROFILES_DBUS_USER_FILTER),
				 cases[i].filter);
	}
}

/* An option's argument is taken as it is. */
static void test_option(void **state)
{
	cleanup_profiles_text struct profiles_text text = { 0 };
	const struct profiles_context *from = context();
	struct error err = { 0 };

	(void)state;
	text.context = from;
	assert_int_equal(profiles_parse_line("blacklist /a  b", &text, &err),
			 0);
	assert_string_equal(text.policy.rules[0].path, "/a  b");
	assert_true(profiles_parse_line("blacklist /a#b", &text, &err) < 0);
	assert_true(profiles_parse_line("blacklist /a\nb", &text, &err) < 0);
	assert_true(profiles_parse_line("blacklist ", &text, &err) < 0);
	assert_int_equal(profiles_parse_line("env A=#  ", &text, &err), 0);
	assert_string_equal(text.policy.env.items[0], "A=#  ");
	assert_int_equal(profiles_parse_line("seccomp ", &text, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_11_paths),
		cmocka_unit_test(test_12_edited),
		cmocka_unit_test(test_12_namespaces),
		cmocka_unit_test(test_12_words),
		cmocka_unit_test(test_13_macros),
		cmocka_unit_test(test_14_patterns),
		cmocka_unit_test(test_finish),
		cmocka_unit_test(test_contradictions),
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_notices),
		cmocka_unit_test(test_option),
		cmocka_unit_test(test_buses),
		cmocka_unit_test(test_bus_policies),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
