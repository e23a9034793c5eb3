/* SPDX-License-Identifier: MIT */
/*
 * The list of steps; places to mount on; the local tree of this machine.
 */
#include "tests/unit/enforce_tree.h"

static void test_place(void **state)
{
	struct tree *tree = *state;
	struct enforce_files *files = &tree->plan.files;
	size_t count = files->count;

	/* What is there needs no step; in a folder of the host none is made. */
	assert_int_equal(steps_place(files, "/home/u/.ssh", true, NULL), 0);
	assert_int_equal(files->count, count);
	assert_int_equal(steps_place(files, "/home/u/x/y", true, &tree->err),
			 -ENOENT);
	assert_int_equal(steps_place(files, "/etc/hosts", true, &tree->err),
			 -ENOTDIR);
	assert_int_equal(steps_place(files, "/etc", false, &tree->err),
			 -EISDIR);
	assert_int_equal(files->count, count);
	/* In the root, and in a tmpfs, what is missing is made, once. */
	assert_int_equal(steps_place(files, "/new/x", false, NULL), 0);
	assert_int_equal(files->count, count + 2);
	assert_int_equal(files->steps[count].kind, ENFORCE_DIRECTORY);
	assert_string_equal(files->steps[count].path, "/new");
	assert_int_equal(files->steps[count + 1].kind, ENFORCE_FILE);
	assert_int_equal(steps_place(files, "/new/x", false, NULL), 0);
	assert_int_equal(files->count, count + 2);
	assert_non_null(steps_tmpfs(files, "/home/u", 0700, "test"));
	assert_int_equal(steps_place(files, "/home/u/x/y", true, NULL), 0);
	assert_int_equal(files->count, count + 5);
	assert_false(steps_failed(files));
}

/* Thousands of steps, and none of them lost. */
static void test_many(void **state)
{
	struct tree *tree = *state;
	struct enforce_files *files = &tree->plan.files;
	struct stat st;

	assert_non_null(steps_tmpfs(files, "/home/u", 0700, "test"));
	for (unsigned i = 0; i < 5000; i++) {
		cleanup_free char *path = base_printf("/home/u/%u", i);

		assert_int_equal(view_lstat(files, path, &st), -ENOENT);
		assert_non_null(steps_add(files, ENFORCE_DIRECTORY, path, NULL,
					  "test"));
	}
	for (unsigned i = 0; i < 5000; i++) {
		cleanup_free char *path = base_printf("/home/u/%u", i);

		assert_int_equal(view_lstat(files, path, &st), 0);
	}
	view_forget(files);
	assert_int_equal(view_lstat(files, "/home/u/4999", &st), 0);
}

/* ---- the local tree ---------------------------------------------------- */

static const struct enforce_step *step_at(const struct enforce_files *files,
					  const char *path)
{
	const struct enforce_step *found = NULL;

	for (size_t i = 0; i < files->count; i++)
		if (strcmp(files->steps[i].path, path) == 0)
			found = &files->steps[i];
	return found;
}

static void plan_roots(struct tree *tree, uid_t uid, const char *home)
{
	steps_free(&tree->plan.files);
	tree->plan.context.uid = uid;
	tree->plan.context.home = home;
	if (files_roots(&tree->plan, &tree->err) < 0)
		fail_msg("%s", tree->err.text);
}

static void test_roots(void **state)
{
	static const char *const none[] = {"/proc", "/sys", "/dev", "/boot",
					   "/lost+found"};
	struct tree *tree = *state;
	const struct enforce_files *files = &tree->plan.files;

	plan_roots(tree, 0, "/root");
	for (size_t i = 0; i < ARRAY_SIZE(none); i++)
		assert_null(step_at(files, none[i]));
	assert_true(view_writable(files, "/tmp"));
	assert_true(view_writable(files, "/var"));
	assert_true(view_writable(files, "/home"));
	assert_false(view_writable(files, "/etc"));
	assert_false(view_writable(files, "/usr/bin"));
	for (size_t i = 0; i < files->count; i++)
		if (files->steps[i].kind == ENFORCE_BIND)
			assert_int_equal(files->steps[i].set &
					 (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV),
					 MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
}

static void test_other_homes(void **state)
{
	struct tree *tree = *state;
	const struct enforce_files *files = &tree->plan.files;

	plan_roots(tree, 1000, "/nonexistent");
	if (step_at(files, "/home")) {
		assert_false(view_writable(files, "/home"));
		assert_null(view_locate(files, "/home", NULL));
	}
	if (step_at(files, "/root"))
		assert_null(view_locate(files, "/root", NULL));
	tree->text.policy.flags |= UINT64_C(1) << PROFILES_ALLUSERS;
	plan_roots(tree, 1000, "/nonexistent");
	if (step_at(files, "/home"))
		assert_int_equal(step_at(files, "/home")->kind, ENFORCE_BIND);
}

/* Directives open what is closed otherwise. */
static void test_opened(void **state)
{
	struct tree *tree = *state;
	const struct enforce_files *files = &tree->plan.files;

	plan_roots(tree, 0, "/root");
	assert_int_equal(step_at(files, "/var/tmp")->kind, ENFORCE_TMPFS);
	assert_false(view_writable(files, "/etc"));
	tree->text.policy.flags = UINT64_C(1) << PROFILES_KEEP_VAR_TMP |
				  UINT64_C(1) << PROFILES_WRITABLE_ETC |
				  UINT64_C(1) << PROFILES_WRITABLE_VAR_LOG;
	plan_roots(tree, 0, "/root");
	assert_null(step_at(files, "/var/tmp"));
	assert_null(step_at(files, "/var/log"));
	assert_true(view_writable(files, "/etc"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TREE(test_place), WITH_TREE(test_many),
		WITH_TREE(test_roots), WITH_TREE(test_other_homes),
		WITH_TREE(test_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
