/* SPDX-License-Identifier: MIT */
/*
 * Parts of folders: which steps a policy becomes.
 */
#include "tests/unit/enforce_world.h"

/* ---- users ------------------------------------------------------------ */

static void test_users(void **state)
{
	cleanup_free char *users = passwd_reduce(passwd_text, false, 1000,
						 1000, "");
	cleanup_free char *name = passwd_name(passwd_text, 1002);
	cleanup_free char *nobody = passwd_name(passwd_text, 5);

	(void)state;
	assert_string_equal(users,
			    "root:x:0:0:root:/root:/bin/bash\n"
			    "daemon:x:1:1::/:/usr/sbin/nologin\n"
			    "+::::::\n"
			    "nobody:x:65534:65534::/:\n"
			    "anna:x:1000:1000:Anna:/home/anna:/bin/bash\n");
	assert_string_equal(name, "ann");
	assert_null(nobody);
}

static void test_groups(void **state)
{
	cleanup_free char *groups = passwd_reduce(group_text, true, 1000,
						  1000, "anna");
	cleanup_free char *ann = passwd_reduce(group_text, true, 1000, 1002,
					       "ann");
	cleanup_free char *none = passwd_reduce(group_text, true, 1000, 7, "");

	(void)state;
	assert_string_equal(groups, "root:x:0:\naudio:x:29:anna\n"
			    "anna:x:1000:\nfriends:x:1500:anna\n");
	assert_string_equal(ann, "root:x:0:\naudio:x:29:\n"
			    "others:x:1501:ann\n");
	assert_string_equal(none, "root:x:0:\naudio:x:29:\n");
}

static void test_other_users_hidden(void **state)
{
	struct world *world = *state;
	const struct enforce_step *step;

	plan(world);
	step = at(world, ENFORCE_CONTENT, "/etc/passwd");
	assert_non_null(step);
	assert_null(strstr(step->source, "bert"));
	assert_non_null(strstr(step->source, "anna"));
	step = at(world, ENFORCE_CONTENT, "/etc/group");
	assert_non_null(step);
	assert_null(strstr(step->source, "bert"));
	assert_non_null(strstr(step->source, "friends:x:1500:anna\n"));
}

static void test_all_users_seen(void **state)
{
	struct world *world = *state;

	want(world, PROFILES_ALLUSERS);
	plan(world);
	assert_int_equal(world->plan.files.count, 1);
	world->policy.flags = 0;
	world->plan.context.uid = 0;
	plan(world);
	assert_int_equal(world->plan.files.count, 1);
}

/* ---- homes ------------------------------------------------------------ */

static void test_private(void **state)
{
	struct world *world = *state;
	const struct enforce_step *step;

	want(world, PROFILES_PRIVATE);
	plan(world);
	step = at(world, ENFORCE_TMPFS, "/home/anna");
	assert_non_null(step);
	assert_int_equal(step->mode, 0700);
	assert_int_equal(step->set, PARTS_SHOWN);
	assert_true(step->size >= 1 << 20);
}

static void test_private_of_root(void **state)
{
	struct world *world = *state;

	want(world, PROFILES_PRIVATE);
	world->plan.context.uid = 0;
	world->plan.context.home = "/root";
	plan(world);
	assert_non_null(at(world, ENFORCE_TMPFS, "/root"));
	assert_non_null(at(world, ENFORCE_TMPFS, "/home"));
}

static void test_private_without_home(void **state)
{
	struct world *world = *state;

	want(world, PROFILES_PRIVATE);
	world->plan.context.home = "/nonexistent";
	refused(world, ENOENT, "'/nonexistent' is no folder");
}

static void test_private_folder(void **state)
{
	struct world *world = *state;
	const struct enforce_step *step;
	char dir[64], link[64];

	snprintf(dir, sizeof(dir), "%s/home/bert", world->root);
	snprintf(link, sizeof(link), "%s/srv", world->root);
	want(world, PROFILES_PRIVATE);
	world->policy.private_home = dir;
	world->plan.context.uid = getuid() + 1;
	refused(world, EPERM, "of your own");
	world->plan.context.uid = getuid();
	plan(world);
	step = at(world, ENFORCE_BIND, "/home/anna");
	assert_non_null(step);
	assert_string_equal(step->source, dir);
	assert_int_equal(step->set, PARTS_SHOWN);
	world->policy.private_home = link;
	refused(world, ELOOP, "is a link");
	strcat(dir, "/nothing");
	world->policy.private_home = dir;
	refused(world, ENOENT, "create it first");
}

static void test_private_folder_with_store(void **state)
{
	struct world *world = *state;
	char dir[64], store[80], own[80], like[80];
	const char *const owned[] = {own, NULL};
	const char *const harmless[] = {like, NULL};

	snprintf(dir, sizeof(dir), "%s/home/anna", world->root);
	snprintf(store, sizeof(store), "%s/.store", dir);
	snprintf(own, sizeof(own), "%s/home", world->root);
	snprintf(like, sizeof(like), "%sbel", dir);
	want(world, PROFILES_PRIVATE);
	world->plan.context.uid = getuid();
	world->policy.private_home = dir;
	world->plan.context.store = store;
	refused(world, EINVAL, "jail's own");
	world->plan.context.store = NULL;
	world->plan.context.own = owned;
	refused(world, EINVAL, "jail's own");
	world->plan.context.own = harmless;
	plan(world);
}

static void test_cwd(void **state)
{
	struct world *world = *state;
	char dir[] = "/srv/www", missing[] = "/srv/nothing";

	want(world, PROFILES_PRIVATE_CWD);
	plan(world);
	assert_string_equal(world->plan.files.cwd, "/home/anna");
	world->policy.private_cwd = dir;
	plan(world);
	assert_string_equal(world->plan.files.cwd, "/data/www");
	world->policy.private_cwd = missing;
	refused(world, ENOENT, "no such folder");
}

/* ---- programs --------------------------------------------------------- */

static void test_bin(void **state)
{
	struct world *world = *state;

	want(world, PROFILES_PRIVATE_BIN);
	world->policy.private_bin = WORDS("sh", "prog", "nothing", "loop");
	world->plan.path = "/usr/bin/prog";
	plan(world);
	links(world, "/usr/bin/sh", "dash");
	shows(world, "/usr/bin/dash", "/usr/bin/dash");
	links(world, "/usr/bin/prog", "../lib/prog/prog");
	links(world, "/usr/bin/loop", "loop");
	hides(world, "/usr/bin/bash");
	hides(world, "/usr/local/bin/dash"); /* /usr/bin/sh leads elsewhere */
	sealed(world, "/usr/bin");
	sealed(world, "/usr/sbin");
	sealed(world, "/usr/local/bin");
	assert_null(at(world, ENFORCE_TMPFS, "/bin"));
	assert_null(at(world, ENFORCE_TMPFS, "/usr/games"));
}

static void test_bin_everywhere(void **state)
{
	struct world *world = *state;

	want(world, PROFILES_PRIVATE_BIN);
	world->policy.private_bin = WORDS("dash", "/bin/bash");
	plan(world);
	shows(world, "/usr/bin/dash", "/usr/bin/dash");
	shows(world, "/usr/local/bin/dash", "/usr/local/bin/dash");
	shows(world, "/usr/bin/bash", "/usr/bin/bash");
}

/* By way of a folder that is none of programs, and of a pattern. */
static void test_bin_chains(void **state)
{
	struct world *world = *state;

	want(world, PROFILES_PRIVATE_BIN);
	world->policy.private_bin = WORDS("python");
	plan(world);
	links(world, "/usr/bin/python", "/etc/alternatives/python");
	links(world, "/usr/bin/python3", "python3.1");
	shows(world, "/usr/bin/python3.1", "/usr/bin/python3.1");
}

static void test_bin_patterns(void **state)
{
	struct world *world = *state;

	want(world, PROFILES_PRIVATE_BIN);
	world->policy.private_bin = WORDS("p*3", "??sh");
	plan(world);
	links(world, "/usr/bin/python3", "python3.1");
	shows(world, "/usr/bin/python3.1", "/usr/bin/python3.1");
	shows(world, "/usr/bin/bash", "/usr/bin/bash");
	hides(world, "/usr/bin/python");
	hides(world, "/usr/bin/other");
}

/* The program is there though it is not listed. */
static void test_bin_program(void **state)
{
	struct world *world = *state;

	want(world, PROFILES_PRIVATE_BIN);
	world->policy.private_bin = WORDS("dash");
	world->plan.path = "/bin/other";
	plan(world);
	shows(world, "/usr/bin/other", "/usr/bin/other");
	hides(world, "/usr/bin/bash");
}

static void test_bin_refused(void **state)
{
	struct world *world = *state;

	want(world, PROFILES_PRIVATE_BIN);
	world->plan.path = "/usr/lib/prog/prog";
	world->policy.private_bin = WORDS("../lib/x");
	refused(world, EINVAL, "without a slash");
}

/* ---- /etc, /opt, /srv ------------------------------------------------- */

static void test_etc(void **state)
{
	struct world *world = *state;

	want(world, PROFILES_PRIVATE_ETC);
	world->policy.private_etc = WORDS("loop", "nothing");
	plan(world);
	sealed(world, "/etc");
	shows(world, "/etc/hosts", "/etc/hosts");
	shows(world, "/etc/resolv.conf", "/run/resolv");
	shows(world, "/etc/fonts", "/etc/fonts");
	assert_true(at(world, ENFORCE_BIND, "/etc/fonts")->directory);
	links(world, "/etc/localtime", "/usr/share/zone");
	shows(world, "/etc/machine-id", "/etc/machine-id");
	assert_non_null(at(world, ENFORCE_CONTENT, "/etc/passwd"));
	hides(world, "/etc/secret");
	hides(world, "/etc/loop");
	hides(world, "/etc/nothing");
}

static void test_etc_implied(void **state)
{
	struct world *world = *state;

	want(world, PROFILES_PRIVATE_ETC);
	want(world, PROFILES_NET_NONE);
	want(world, PROFILES_NOSOUND);
	plan(world);
	hides(world, "/etc/hosts");
	hides(world, "/etc/machine-id");
	shows(world, "/etc/fonts", "/etc/fonts");
}

static void test_etc_group_unknown(void **state)
{
	struct world *world = *state;

	want(world, PROFILES_PRIVATE_ETC);
	world->policy.private_etc = WORDS("@tls-cs");
	refused(world, EINVAL, "did you mean @tls-ca");
}

static void test_etc_too_many(void **state)
{
	struct world *world = *state;
	char name[64];

	for (int i = 0; i < 260; i++) {
		snprintf(name, sizeof(name), "etc/many%d=x", i);
		make_one(world->root, name);
	}
	want(world, PROFILES_PRIVATE_ETC);
	world->policy.private_etc = WORDS("many*");
	refused(world, E2BIG, "more than 256");
}

static void test_machine(void **state)
{
	struct world *world = *state;
	const struct enforce_step *step;
	char name[] = "moon";

	want(world, PROFILES_MACHINE_ID);
	world->policy.hostname = name;
	plan(world);
	says(world, "/etc/hostname", "moon\n");
	says(world, "/etc/hosts", "127.0.0.1\tmoon\n127.0.0.1\tlocalhost\n");
	step = at(world, ENFORCE_CONTENT, "/etc/machine-id");
	assert_non_null(step);
	assert_int_equal(strlen(step->source), 33);
	assert_int_equal(strspn(step->source, "0123456789abcdef"), 32);
	assert_int_equal(step->source[12], '4');
	says(world, "/var/lib/dbus/machine-id", step->source);
}

static void test_opt(void **state)
{
	struct world *world = *state;

	want(world, PROFILES_PRIVATE_OPT);
	want(world, PROFILES_PRIVATE_SRV);
	world->policy.private_opt = WORDS("app", "nothing");
	world->policy.private_srv = WORDS("w?w");
	plan(world);
	sealed(world, "/opt");
	sealed(world, "/data");
	shows(world, "/opt/app", "/opt/app");
	shows(world, "/data/www", "/data/www");
	hides(world, "/opt/hidden");
	hides(world, "/data/ftp");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_users),
		cmocka_unit_test(test_groups),
		TEST(test_other_users_hidden),
		TEST(test_all_users_seen),
		TEST(test_private),
		TEST(test_private_of_root),
		TEST(test_private_without_home),
		TEST(test_private_folder),
		TEST(test_private_folder_with_store),
		TEST(test_cwd),
		TEST(test_bin),
		TEST(test_bin_everywhere),
		TEST(test_bin_chains),
		TEST(test_bin_patterns),
		TEST(test_bin_program),
		TEST(test_bin_refused),
		TEST(test_etc),
		TEST(test_etc_implied),
		TEST(test_etc_group_unknown),
		TEST(test_etc_too_many),
		TEST(test_machine),
		TEST(test_opt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
