/* SPDX-License-Identifier: MIT */
/*
 * What the program would see by the steps so far.
 */
#include <limits.h>

#include "tests/unit/enforce_tree.h"

static void add(struct tree *tree, enum enforce_step_kind kind,
		const char *path, const char *source)
{
	cleanup_free char *whole = source ? base_printf("%s%s", tree->root,
							source) : NULL;
	struct enforce_step *step = steps_add(&tree->plan.files, kind, path,
					      whole, "test");

	assert_non_null(step);
	step->directory = true;
}

/* Where something is found; "-": nowhere; "*": a step made it. */
static void check(struct tree *tree, const char *path, const char *wanted)
{
	const struct enforce_files *files = &tree->plan.files;
	cleanup_free char *real = view_resolve(files, path);
	cleanup_free char *host = real ? view_locate(files, real, NULL) : NULL;
	const char *seen = !real ? "-" : !host ? "*" :
			   host + strlen(tree->root);
	struct stat st;

	if (strcmp(seen, wanted) != 0)
		fail_msg("%s: %s in place of %s", path, seen, wanted);
	if (real)
		assert_int_equal(view_lstat(files, real, &st), 0);
}

static void test_paths(void **state)
{
	static const struct {
		const char *path, *wanted;
	} paths[] = {
		{"/", "*"}, {"/etc", "/etc"}, {"/etc/shadow", "/etc/shadow"},
		{"/none", "-"}, {"/etc/none/x", "-"}, {"/boot", "-"},
		{"/bin", "/usr/bin"}, {"/bin/vi", "/usr/bin/vi"},
		{"/bin/ed", "/usr/bin/vi"}, {"/usr/bin/ed", "/usr/bin/vi"},
		{"/home/u/data/x", "/var/data/x"}, {"/home/u/loop", "-"},
		{"/home/u/loop/x", "-"}, {"/home/u/.gone", "-"},
		{"/var/run/sock", "/run/sock"}, {"/etc/hosts/x", "-"},
		{"/usr/share/app/icons", "/usr/share/fonts"},
		{"/home/u/../v/./file", "/home/v/file"},
		{"/../../etc//hosts", "/etc/hosts"},
		{"/home/u/data/../lib", "/var/lib"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		check(*state, paths[i].path, paths[i].wanted);
}

/* Steps that come later cover those before, and what was remembered. */
static void test_covers(void **state)
{
	struct tree *tree = *state;

	check(tree, "/home/u/.cache/a", "/home/u/.cache/a");
	check(tree, "/home/u/new", "-");
	add(tree, ENFORCE_TMPFS, "/home/u", NULL);
	check(tree, "/home/u/.cache/a", "-");
	check(tree, "/home/u", "*");
	add(tree, ENFORCE_DIRECTORY, "/home/u/new", NULL);
	check(tree, "/home/u/new", "*");
	add(tree, ENFORCE_BIND, "/home/u/new", "/var/data");
	check(tree, "/home/u/new/x", "/var/data/x");
	add(tree, ENFORCE_AGAIN, "/home/u/new", NULL);
	check(tree, "/home/u/new/x", "/var/data/x");
	add(tree, ENFORCE_MASK, "/home/u/new", NULL);
	check(tree, "/home/u/new/x", "-");
	check(tree, "/home/u/new", "*");
	add(tree, ENFORCE_BIND, "/home", "/home");
	check(tree, "/home/u/new", "-");
	check(tree, "/home/u/.cache/a", "/home/u/.cache/a");
	assert_int_equal(steps_add(&tree->plan.files, ENFORCE_SYMLINK, "/lnk",
				   "home/u", "test")->kind, ENFORCE_SYMLINK);
	check(tree, "/lnk/.ssh/key", "/home/u/.ssh/key");
}

static void test_kept(void **state)
{
	struct tree *tree = *state;
	struct enforce_files *files = &tree->plan.files;
	struct enforce_step *step;

	add(tree, ENFORCE_MASK, "/home/u/.config/app", NULL);
	step = steps_tmpfs(files, "/home/u", 0700, "whitelist");
	step->kept = 1;
	assert_int_equal(steps_place(files, "/home/u/x/y", true, NULL), 0);
	step = steps_bind(files, "/home/u/x/y", "/.config", true, 0, "test");
	step->kept = 1;
	check(tree, "/home/u/.config", "-");
	check(tree, "/home/u/x/y/other", "/home/u/.config/other");
	check(tree, "/home/u/x/y/app", "*");
	check(tree, "/home/u/x/y/app/conf", "-");
	assert_true(view_writable(files, "/home/u/x/y"));
}

static void test_flags(void **state)
{
	struct tree *tree = *state;
	struct enforce_files *files = &tree->plan.files;
	struct enforce_step *step;

	assert_true(view_writable(files, "/home/u"));
	assert_false(view_writable(files, "/etc/hosts"));
	add(tree, ENFORCE_AGAIN, "/home", NULL);
	files->steps[files->count - 1].set = MOUNT_ATTR_RDONLY;
	assert_false(view_writable(files, "/home/u/.ssh"));
	step = steps_tmpfs(files, "/home/u/.cache", 0700, "test");
	assert_true(view_writable(files, "/home/u/.cache"));
	add(tree, ENFORCE_AGAIN, "/home/u/.cache", NULL);
	step = &files->steps[files->count - 1];
	step->set = MOUNT_ATTR_RDONLY;
	step->alone = true;
	assert_false(view_writable(files, "/home/u/.cache"));
}

static void test_overlay(void **state)
{
	struct tree *tree = *state;
	struct enforce_step *step;
	struct stat st;

	add(tree, ENFORCE_OVERLAY, "/home/u", "/home/u");
	step = &tree->plan.files.steps[tree->plan.files.count - 1];
	step->upper = base_printf("%s/var", tree->root);
	check(tree, "/home/u/.ssh/key", "/home/u/.ssh/key");
	check(tree, "/home/u/lib", "/var/lib");
	assert_int_equal(view_lstat(&tree->plan.files, "/home/u/data", &st), 0);
	assert_true(S_ISDIR(st.st_mode));
}

/* ---- patterns ---------------------------------------------------------- */

static int join(void *data, const char *path)
{
	FILE *out = data;

	fprintf(out, "%s\n", path);
	return 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorted, one a line: new memory. */
static char *matches(struct tree *tree, const char *pattern)
{
	cleanup_free char *text = NULL;
	char *lines[64], *rest, *sorted = NULL;
	size_t size, count = 0;
	FILE *out = open_memstream(&text, &size);

	assert_int_equal(view_glob(&tree->plan.files, pattern, join, out), 0);
	fclose(out);
	rest = text;
	for (char *line; (line = strsep(&rest, "\n")) && *line;)
		lines[count++] = line;
	qsort(lines, count, sizeof(*lines), by_text);
	out = open_memstream(&sorted, &size);
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s\n", lines[i]);
	fclose(out);
	return sorted;
}

static void test_patterns(void **state)
{
	static const struct {
		const char *pattern, *wanted;
	} patterns[] = {
		{"/etc/hosts", "/etc/hosts\n"}, {"/no/thing", "/no/thing\n"},
		{"/no/th*", "/no/th*\n"}, {"/etc/*x", "/etc/*x\n"},
		{"/etc/[sh]*", "/etc/hosts\n/etc/shadow\n"},
		{"/home/u/*rc", "/home/u/.bashrc\n"},
		{"/home/*/file", "/home/v/file\n"},
		{"/home/u/.c*/a*", "/home/u/.cache/a\n/home/u/.config/app\n"},
		{"/bin/gcc*", "/bin/gcc\n/bin/gcc-12\n"},
		{"/home/u/a?b", "/home/u/a b\n"},
		{"/home/u/.g*", "/home/u/.gone\n"},
		{"/*", "/bin\n/etc\n/home\n/run\n/sys\n/tmp\n/usr\n/var\n"},
		{"/etc/host[s", "/etc/host[s\n"},
		{"/home/u/dat?/x", "/home/u/data/x\n"},
	};
	struct tree *tree = *state;

	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
		cleanup_free char *text = matches(tree, patterns[i].pattern);

		if (strcmp(text, patterns[i].wanted) != 0)
			fail_msg("%s: %s", patterns[i].pattern, text);
	}
}

/* Names as long as they can be, and longer. */
static void test_long(void **state)
{
	struct tree *tree = *state;
	char name[300], path[PATH_MAX + 100];
	cleanup_fclose FILE *null = NULL;
	struct stat st;

	memset(name, 'n', sizeof(name));
	name[255] = '\0';
	snprintf(path, sizeof(path), "%s/tmp/%s", tree->root, name);
	assert_int_equal(mkdir(path, 0755), 0);
	snprintf(path, sizeof(path), "/tmp/%s", name);
	assert_int_equal(view_lstat(&tree->plan.files, path, &st), 0);
	name[255] = 'n';
	name[299] = '\0';
	snprintf(path, sizeof(path), "/tmp/%s", name);
	assert_int_equal(view_lstat(&tree->plan.files, path, &st),
			 -ENAMETOOLONG);
	for (size_t i = 0; i < PATH_MAX + 50; i++)
		path[i] = i % 2 ? 'a' : '/';
	path[PATH_MAX + 50] = '\0';
	assert_int_equal(view_lstat(&tree->plan.files, path, &st), -ENOENT);
	assert_null(view_resolve(&tree->plan.files, path));
	for (size_t i = 0; i < PATH_MAX + 50; i += 2)
		path[i + 1] = '*';
	null = fopen("/dev/null", "we");
	assert_non_null(null);
	assert_int_equal(view_glob(&tree->plan.files, path, join, null), 0);
	assert_int_equal(view_lstat(&tree->plan.files, "/tmp/a\nb", &st),
			 -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TREE(test_paths), WITH_TREE(test_covers),
		WITH_TREE(test_kept), WITH_TREE(test_flags),
		WITH_TREE(test_overlay), WITH_TREE(test_patterns),
		WITH_TREE(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
