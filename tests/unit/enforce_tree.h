/* SPDX-License-Identifier: MIT */
/*
 * A made-up tree of files for tests of the planner, bound folder by folder as
 * the local tree is; lines of a profile; and steps as text.
 */
#ifndef JAIL_TESTS_UNIT_ENFORCE_TREE_H
#define JAIL_TESTS_UNIT_ENFORCE_TREE_H

#include <sys/mount.h>

#include "enforce/plan/rules.h"
#include "tests/unit/enforce_host.h"

#define TREE_HOME "/home/u"

struct tree {
	char root[32];		/* of the made-up host */
	struct profiles_context context;
	struct profiles_text text;
	struct enforce_plan plan;
	struct error err;
};

static const char *const tree_files[] = {
	"etc/", "etc/shadow", "etc/hosts", "etc/alternatives/",
	"etc/alternatives/ed>/usr/bin/vi",
	"home/", "home/u/", "home/u/.ssh/", "home/u/.ssh/key", "home/u/.bashrc",
	"home/u/.cache/", "home/u/.cache/a/", "home/u/.cache/b/",
	"home/u/.config/", "home/u/.config/app/", "home/u/.config/app/conf",
	"home/u/.config/other/", "home/u/.local/", "home/u/.local/share/",
	"home/u/.local/share/keys/", "home/u/.gone>/dev/null",
	"home/u/data>../../var/data", "home/u/loop>loop", "home/u/a b/",
	"home/u/.a_history", "home/u/.b_history",
	"home/v/", "home/v/file",
	"run/", "run/sock", "run/user/",
	"sys/", "tmp/", "tmp/.X11-unix/", "tmp/other/",
	"usr/", "usr/bin/", "usr/bin/vi", "usr/bin/gcc", "usr/bin/gcc-12",
	"usr/bin/ed>/etc/alternatives/ed",
	"usr/share/", "usr/share/fonts/", "usr/share/app/",
	"usr/share/app/icons>../fonts", "usr/share/doc/",
	"var/", "var/data/", "var/data/x", "var/lib/", "var/run>/run",
};

/* The steps of tree_base(). */
#define TREE_STEPS 15

static inline void tree_base(struct tree *tree)
{
	static const char *const tops[] = {"etc", "home", "run", "sys", "tmp",
					   "usr", "var"};
	struct enforce_files *files = &tree->plan.files;

	for (size_t i = 0; i < ARRAY_SIZE(tops); i++) {
		cleanup_free char *path = base_printf("/%s", tops[i]);
		cleanup_free char *source = base_printf("%s/%s", tree->root,
							tops[i]);
		bool writable = strchr("htv", *tops[i]);

		assert_non_null(steps_add(files, ENFORCE_DIRECTORY, path, NULL,
					  "test"));
		assert_non_null(steps_bind(files, path, source, true,
					   writable ? 0 : MOUNT_ATTR_RDONLY,
					   "test"));
	}
	assert_non_null(steps_add(files, ENFORCE_SYMLINK, "/bin", "usr/bin",
				  "test"));
	assert_int_equal(files->count, TREE_STEPS);
}

static inline int tree_set_up(void **state)
{
	struct tree *tree = calloc(1, sizeof(*tree));

	assert_non_null(tree);
	host_make(tree->root, "/tmp/jail-tree-XXXXXX", tree_files,
		  ARRAY_SIZE(tree_files));
	tree->context = (struct profiles_context){
		.home = TREE_HOME, .uid = getuid(), .path = "/usr/bin:/bin",
	};
	tree->text.context = &tree->context;
	tree->plan.policy = &tree->text.policy;
	tree->plan.context = (struct enforce_context){
		.uid = getuid(), .gid = getgid(), .home = TREE_HOME,
	};
	tree_base(tree);
	*state = tree;
	return 0;
}

/* Forgets rules and steps; the files stay. */
static inline void tree_again(struct tree *tree)
{
	profiles_text_free(&tree->text);
	tree->text = (struct profiles_text){.context = &tree->context};
	steps_free(&tree->plan.files);
	tree_base(tree);
}

static inline int tree_tear_down(void **state)
{
	struct tree *tree = *state;
	int ret = host_remove(tree->root);

	profiles_text_free(&tree->text);
	steps_free(&tree->plan.files);
	free(tree);
	return ret;
}

/* Lines of a profile, separated by newlines; @ is the root of the host. */
static inline void tree_rules(struct tree *tree, const char *lines)
{
	cleanup_free char *copy = strdup(lines);
	char *rest = copy;

	for (char *line; (line = strsep(&rest, "\n"));) {
		char *at = strchr(line, '@');
		cleanup_free char *whole = at ? base_printf(
			"%.*s%s%s", (int)(at - line), line, tree->root,
			at + 1) : strdup(line);

		if (*line && profiles_parse_line(whole, &tree->text,
						 &tree->err) < 0)
			fail_msg("%s: %s", whole, tree->err.text);
	}
}

/* The stages of this room that the tests are about. */
static inline int tree_plan(struct tree *tree)
{
	static int (*const stages[])(struct enforce_plan *plan,
				     struct error *err) = {
		files_make, files_whitelist, files_rules, files_own,
		files_compile,
	};
	int ret = 0;

	tree->err = (struct error){0};
	for (size_t i = 0; ret == 0 && i < ARRAY_SIZE(stages); i++)
		ret = stages[i](&tree->plan, &tree->err);
	return ret;
}

static inline void tree_print(FILE *out, const struct tree *tree,
			      const struct enforce_step *step)
{
	static const char *const names[] = {
		"folder", "file", "link", "tmpfs", "bind", "again", "mask",
	};
	size_t root = strlen(tree->root);
	const char *source = step->source;

	fprintf(out, "%s %s", step->kind == ENFORCE_AGAIN && !step->set &&
		!step->clear ? "pin" : names[step->kind], step->path);
	if (step->kind == ENFORCE_MASK)
		source = NULL;
	if (source && strncmp(source, tree->root, root) == 0)
		fprintf(out, " @%s", source + root);
	else if (source)
		fprintf(out, " %s", source);
	if (step->set & MOUNT_ATTR_RDONLY)
		fprintf(out, " ro");
	if (step->set & MOUNT_ATTR_NOEXEC)
		fprintf(out, " noexec");
	if (step->clear & MOUNT_ATTR_RDONLY)
		fprintf(out, " rw");
	fprintf(out, "%s\n", step->alone ? " alone" : "");
}

/* The steps after those of tree_base(), without a home's skeleton, which is as
 * this machine has it: new memory. */
static inline char *tree_text(const struct tree *tree)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	for (size_t i = TREE_STEPS; i < tree->plan.files.count; i++)
		if (strcmp(tree->plan.files.steps[i].why, "private") != 0)
			tree_print(out, tree, &tree->plan.files.steps[i]);
	fclose(out);
	return text;
}

#define WITH_TREE(test) \
	cmocka_unit_test_setup_teardown(test, tree_set_up, tree_tear_down)

#endif
