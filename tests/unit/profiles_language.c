/* SPDX-License-Identifier: MIT */
/* Firejail's language: rules 1 to 10 of reading a file, one test each: lines,
 * comments, includes, conditions, what is ignored, what a line is. */
#include "tests/unit/profiles_language.h"

/* ---- the rules -------------------------------------------------------- */

static void test_1_length(void **state)
{
	cleanup_free char *line = malloc(8300);
	struct error err = { 0 };

	(void)state;
	for (int length = 8191; length <= 8192; length++) {
		cleanup_profiles_text struct profiles_text text = { 0 };

		memset(line, 'a', (size_t)length);
		memcpy(line, "blacklist /", 11);
		line[length] = '\0';
		assert_int_equal(parse(line, &text, &err),
				 length == 8191 ? 0 : -EINVAL);
	}
	assert_non_null(strstr(err.text, "F:1: the line is longer than 8191"));
}

static void test_2_comments(void **state)
{
	static const struct one cases[] = {
		{ "blacklist /a#b", "blacklist /a", NULL },
		{ "blacklist /a # '#'", "blacklist /a", NULL },
		{ "#blacklist /a\n # blacklist /b", "", NULL },
		{ "#jail blacklist /a", "blacklist /a", NULL },
		{ "#jail blacklist /a # b", "blacklist /a", NULL },
	};

	(void)state;
	CHECK(cases);
}

static void test_3_blanks(void **state)
{
	static const struct one cases[] = {
		{ " \t blacklist \t /a \t ", "blacklist /a", NULL },
		{ "blacklist /a  b\t\tc d", "blacklist /a b c d", NULL },
		{ "blacklist /a\r\nblacklist /b\r\n",
		  "blacklist /a;blacklist /b", NULL },
		{ "blacklist /a\rblacklist /b", "blacklist /a", NULL },
		{ "\n\n \n", "", NULL },
		{ "\n\nblacklist ", NULL, "F:3: blacklist needs an argument" },
	};

	(void)state;
	CHECK(cases);
}

static void test_4_whitelist_ro(void **state)
{
	static const struct one cases[] = {
		{ "whitelist-ro /usr/a", "whitelist /usr/a;read-only /usr/a",
		  NULL },
		{ "ignore whitelist-ro\nignore whitelist\nignore read-only\n"
		  "whitelist-ro /a", "whitelist /a;read-only /a", NULL },
		{ "whitelist-ro /a..b,", "whitelist /a..b,;read-only /a..b,",
		  NULL },
		{ "?BROWSER_DISABLE_U2F: whitelist-ro /a", NULL,
		  "may not depend on a condition" },
		{ "whitelist-ro /a/../b", NULL, "because of its \"..\"" },
		{ "whitelist-ro a", NULL, "does not begin with /" },
	};

	(void)state;
	CHECK(cases);
}

static void test_5_quiet(void **state)
{
	(void)state;
	assert_true(has("quiet", PROFILES_QUIET));
	assert_false(has("ignore quiet\nquiet", PROFILES_QUIET));
	assert_false(has("quiet\nignore quiet\nquiet", PROFILES_QUIET));
	assert_true(has("quiet\nignore quiet", PROFILES_QUIET));
}

static void test_6_include(void **state)
{
	static const struct one cases[] = {
		{ "blacklist /1\ninclude both.inc\nblacklist /2",
		  "blacklist /1;blacklist /near;blacklist /2", NULL },
		{ "include far.inc", "blacklist /far", NULL },
		{ "include missing.local\ninclude /x/missing.local", "", NULL },
		{ "include missing.inc", NULL,
		  "F:1: there is no file 'missing.inc'" },
		{ "include /missing.inc", NULL, "there is no file '/missing" },
		{ "include bad.inc", NULL, "far/bad.inc:2: unknown directive" },
		{ "include outer.inc", NULL, "far/bad.inc:2: " },
		{ "include loop.inc", NULL, "more than 16 deep" },
		{ "include deep1.inc", "blacklist /deep", NULL },
		{ "include ./far.inc", NULL, "include takes the name" },
		{ "include sub/far.inc", NULL, "include takes the name" },
		{ "include ../far/far.inc", NULL, "because of its \"..\"" },
		{ "include f*.inc", NULL, "because of its '*'" },
		{ "include ${HOME}/own.inc", "blacklist /own", NULL },
		{ "include ~/own.inc", "blacklist /own", NULL },
		{ "include ${CFG}/missing.local", "", NULL },
		{ "include ${HOME}/folder", NULL, "is no file" },
		{ "include ${HOME}/pipe", NULL, "is no file" },
		{ "include ${HOME}/null.inc", "", NULL },
		{ "ignore include far.inc\ninclude far.inc\ninclude both.inc",
		  "blacklist /near", NULL },
		{ "ignore blacklist\ninclude far.inc", "", NULL },
		{ "include ignores.inc\nblacklist /a\ntmpfs /b", "tmpfs /b",
		  NULL },
		{ "allow-debuggers\ninclude disable-devel.inc", "", NULL },
		{ "include disable-devel.inc\nallow-debuggers",
		  "blacklist /devel", NULL },
	};
	char name[16], line[32];

	(void)state;
	write_file(near_folder, "both.inc", "blacklist /near\n");
	write_file(far_folder, "both.inc", "blacklist /not\n");
	write_file(far_folder, "far.inc", "blacklist /far");
	write_file(far_folder, "bad.inc", "quiet\nno-such-directive\n");
	write_file(near_folder, "outer.inc", "\n\ninclude bad.inc\n");
	write_file(near_folder, "loop.inc", "include loop.inc\n");
	write_file(near_folder, "ignores.inc", "ignore blacklist\n");
	write_file(far_folder, "disable-devel.inc", "blacklist /devel\n");
	write_file(home, "own.inc", "blacklist /own\n");
	for (int i = 1; i <= 16; i++) {
		snprintf(name, sizeof(name), "deep%d.inc", i);
		snprintf(line, sizeof(line), "include deep%d.inc\n", i + 1);
		write_file(near_folder, name, i < 16 ? line :
			   "blacklist /deep\n");
	}
	assert_int_equal(chdir(home), 0);
	assert_int_equal(mkdir("folder", 0700), 0);
	assert_int_equal(mkfifo("pipe", 0600), 0);
	assert_int_equal(symlink("/dev/null", "null.inc"), 0);
	CHECK(cases);
	/* Never one of the folder that we happen to be in. */
	write_file(home, "here.inc", "blacklist /here\n");
	check(&(struct one){ "include here.inc", NULL, "there is no file" }, 1);
}

static void test_6_where(void **state)
{
	cleanup_profiles_text struct profiles_text text = { 0 };

	(void)state;
	assert_int_equal(parse("\nblacklist /a\ninclude far.inc\nblacklist /b",
			       &text, NULL), 0);
	assert_int_equal(profiles_parse_line("blacklist /c", &text, NULL), 0);
	assert_string_equal(text.policy.rules[0].file, "F");
	assert_int_equal(text.policy.rules[0].line, 2);
	assert_non_null(strstr(text.policy.rules[1].file, "far/far.inc"));
	assert_int_equal(text.policy.rules[1].line, 1);
	assert_string_equal(text.policy.rules[2].file, "F");
	assert_int_equal(text.policy.rules[2].line, 4);
	assert_null(text.policy.rules[3].file);
	assert_int_equal(text.directives, 5);
}

static void test_7_conditions(void **state)
{
	static const struct one cases[] = {
		{ "?BROWSER_DISABLE_U2F: blacklist /a", "blacklist /a", NULL },
		{ "?BROWSER_DISABLE_U2F : blacklist /a", "blacklist /a", NULL },
		{ "?BROWSER_DISABLE_U2F:blacklist /a", "blacklist /a", NULL },
		{ "?BROWSER_ALLOW_DRM: blacklist /a", "", NULL },
		{ "?ALLOW_TRAY: no-such-directive", "", NULL },
		{ "?HAS_APPIMAGE: quiet", "", NULL },
		{ "?HAS_APPIMAGE: include missing.inc", "", NULL },
		{ "?BROWSER_DISABLE_U2F: quiet", NULL, "neither quiet nor" },
		{ "?BROWSER_DISABLE_U2F: include far.inc", NULL,
		  "neither quiet nor include" },
		{ "?NO_SUCH: blacklist /a", NULL, "no condition \"NO_SUCH\"" },
		{ "?ALLOW_TRAY blacklist /a", NULL, "a condition is written" },
		{ "?ALLOW_TRAY:", NULL, "a condition is written" },
		{ "?ALLOW_TRAY: ", NULL, "a condition is written" },
		{ "?", NULL, "a condition is written" },
		{ "?:", NULL, "a condition is written" },
		{ "?: blacklist /a", NULL, "no condition \"\"" },
		{ "?HAS_NOSOUND: blacklist /a\nnosound\n"
		  "?HAS_NOSOUND: blacklist /b", "blacklist /b", NULL },
		{ "private\n?HAS_PRIVATE: blacklist /a", "blacklist /a", NULL },
		{ "x11 none\n?HAS_X11: tmpfs /a", "tmpfs /a", NULL },
		{ "?HAS_NODBUS: tmpfs /a\ndbus-user filter\n"
		  "?HAS_NODBUS: tmpfs /b", "tmpfs /b", NULL },
		{ "net br0\n?HAS_NET: tmpfs /a", "tmpfs /a", NULL },
		{ "x11 xorg\n?HAS_X11: tmpfs /a", "tmpfs /a", NULL },
		{ "x11 xephyr\n?HAS_X11: tmpfs /a", "tmpfs /a", NULL },
		{ "net none\n?HAS_NET: tmpfs /a",
		  "blacklist /run/systemd/resolve;tmpfs /a", NULL },
	};

	(void)state;
	CHECK(cases);
}

static void test_8_ignored(void **state)
{
	static const struct one cases[] = {
		{ "ignore blacklist\nblacklist /a\nblacklist-nolog /b",
		  "blacklist /b", NULL },
		{ "ignore blacklist /a\nblacklist /a\nblacklist /ab\n"
		  "blacklist /a b", "blacklist /ab", NULL },
		{ "blacklist /a\nignore blacklist", "blacklist /a", NULL },
		{ "ignore blacklist\n?BROWSER_DISABLE_U2F: blacklist /a", "",
		  NULL },
		{ "ignore ?BROWSER_DISABLE_U2F:\n"
		  "?BROWSER_DISABLE_U2F: blacklist /a", "", NULL },
		{ "ignore no-such\nno-such directive", "", NULL },
	};

	(void)state;
	CHECK(cases);
	assert_false(has("ignore seccomp\nseccomp", PROFILES_SECCOMP));
	assert_false(has("ignore seccomp\nseccomp !chroot", PROFILES_SECCOMP));
	assert_true(has("ignore net\nnetfilter\nnosound", PROFILES_NOSOUND));
}

static void test_8_bound(void **state)
{
	cleanup_profiles_text struct profiles_text text = { 0 };
	struct error err = { 0 };
	char lines[1024];
	size_t used = 0;

	(void)state;
	for (int i = 0; i < 32; i++)
		used += (size_t)snprintf(lines + used, sizeof(lines) - used,
					 "ignore x%d\n", i);
	assert_int_equal(parse(lines, &text, &err), 0);
	assert_true(profiles_parse_line("ignore one-more", &text, &err) < 0);
	assert_non_null(strstr(err.text, "more than 32"));
}

static void test_9_ignore(void **state)
{
	static const struct one cases[] = {
		{ "ignore ignore blacklist\nignore blacklist\nblacklist /a",
		  "blacklist /a", NULL },
		{ "?BROWSER_ALLOW_DRM: ignore blacklist\nblacklist /a",
		  "blacklist /a", NULL },
		{ "?BROWSER_DISABLE_U2F: ignore blacklist\nblacklist /a", "",
		  NULL },
		{ "ignore", NULL, "ignore needs an argument" },
	};

	(void)state;
	CHECK(cases);
}

static void test_10_dispatch(void **state)
{
	static const struct one cases[] = {
		{ "nonewprivs x", NULL, "F:1: nonewprivs takes no argument" },
		{ "blacklists /a", NULL, "did you mean \"blacklist\"?" },
		{ "private-library", NULL, "unknown directive" },
		{ "\nBlacklist /a", NULL, "F:2: unknown directive" },
		{ "private-home .config", NULL, "does not carry out" },
		{ "x11 wayland", NULL, "x11 takes none" },
		{ "xephyr-screen 800", NULL, "takes WIDTHxHEIGHT" },
		{ "xephyr-screen 0x600", NULL, "takes WIDTHxHEIGHT" },
		{ "xephyr-screen 800x600x24", NULL, "takes WIDTHxHEIGHT" },
		{ "xephyr-screen 800x32768", NULL, "takes WIDTHxHEIGHT" },
		{ "dbus-user all", NULL, "dbus-user takes none" },
		{ "seccomp.args x", NULL, "takes learned" },
		{ "overlay-named ../x", NULL, "overlay-named takes a name" },
		{ "hostname a/b", NULL, "hostname takes a name" },
		{ "env X", NULL, "env takes NAME=VALUE" },
		{ "env =X", NULL, "env takes NAME=VALUE" },
		{ "rmenv X=Y", NULL, "rmenv takes NAME" },
		{ "nice 20", NULL, "from -20 to 19" },
		{ "nice -21", NULL, "from -20 to 19" },
		{ "cpu 0,64", NULL, "numbers from 0 to 63" },
		{ "timeout 00:61:00", NULL, "a time as HH:MM:SS" },
		{ "timeout 00:00:00", NULL, "a time as HH:MM:SS" },
		{ "rlimit-as -1", NULL, "a number of bytes" },
		{ "rlimit-nofile 10M", NULL, "takes a number" },
		{ "memory-max 99999999999T", NULL, "a number of bytes" },
		{ "protocol unix,ipx", NULL, "no protocol 'ipx'" },
		{ "restrict-namespaces disk", NULL, "no namespace 'disk'" },
		{ "bind /a", NULL, "bind takes two paths" },
		{ "bind /a,b", NULL, "no path from / on" },
		{ "bind /a,/b", "bind /a,/b", NULL },
		{ "private-etc a/b", NULL, "names without \"/\"" },
		{ "private-opt /a", NULL, "names below the folder" },
		{ "private-bin ..", NULL, "because of its \"..\"" },
		{ "chroot tree", NULL, "a path from / on" },
	};

	(void)state;
	CHECK(cases);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_1_length),
		cmocka_unit_test(test_2_comments),
		cmocka_unit_test(test_3_blanks),
		cmocka_unit_test(test_4_whitelist_ro),
		cmocka_unit_test(test_5_quiet),
		cmocka_unit_test(test_6_include),
		cmocka_unit_test(test_6_where),
		cmocka_unit_test(test_7_conditions),
		cmocka_unit_test(test_8_ignored),
		cmocka_unit_test(test_8_bound),
		cmocka_unit_test(test_9_ignore),
		cmocka_unit_test(test_10_dispatch),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
