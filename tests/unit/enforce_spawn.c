/* SPDX-License-Identifier: MIT */
/*
 * From a plan to processes, where a file that was planned has gone meanwhile:
 * then all is planned anew, and whoever has the plan, the program's process,
 * too, has that of the sandbox which there is.
 *
 * An overlay has what is in the system's own tree, and of this /tmp is to be a
 * part.
 * shared
 */
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "enforce/enforce.h"

struct seen {
	size_t steps;
	bool gone, stays;	/* the plan has a step for it */
};

static struct {
	char folder[40];	/* of the files */
	char own[40];		/* of jail */
	struct profiles_context context;
	struct profiles_text text;
	struct enforce_plan plan;
	struct error err;
	struct seen *seen;	/* by the program's process */
} test;

static bool plans(const char *name)
{
	const struct enforce_files *files = &test.plan.files;
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", test.folder, name);
	for (size_t i = 0; i < files->count; i++)
		if (strcmp(files->steps[i].path, path) == 0)
			return true;
	return false;
}

static struct seen look(void)
{
	return (struct seen){test.plan.files.count, plans("gone-1"),
			     plans("stays-1")};
}

static void be_program(void *data)
{
	(void)data;
	*test.seen = look();
	_exit(0);
}

static void make_file(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", test.folder, name);
	assert_int_equal(mknod(path, S_IFREG | 0600, 0), 0);
}

__attribute__((format(printf, 1, 2)))
static void line(const char *format, ...)
{
	cleanup_free char *text = NULL;
	va_list args;

	va_start(args, format);
	assert_true(vasprintf(&text, format, args) > 0);
	va_end(args);
	if (profiles_parse_line(text, &test.text, &test.err) < 0)
		fail_msg("%s", test.err.text);
}

/* With an overlay /tmp is another one, and without /var/tmp. */
static int set_up_below(const char *where)
{
	static const char *own[2];

	memset(&test, 0, sizeof(test));
	snprintf(test.folder, sizeof(test.folder), "%s/jail-spawn-XXXXXX",
		 where);
	strcpy(test.own, "/tmp/jail-spawn-XXXXXX");
	if (!mkdtemp(test.folder) || !mkdtemp(test.own))
		return -1;
	own[0] = test.own;
	test.context = (struct profiles_context){
		.home = "/root", .uid = getuid(), .path = "/usr/bin:/bin",
	};
	test.text.context = &test.context;
	test.plan.policy = &test.text.policy;
	test.plan.context = (struct enforce_context){
		.uid = getuid(), .gid = getgid(), .home = "/root", .own = own,
	};
	test.seen = mmap(NULL, sizeof(*test.seen), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return test.seen == MAP_FAILED ? -1 : 0;
}

static int set_up(void **state)
{
	(void)state;
	return set_up_below("/tmp");
}

static int set_up_overlay(void **state)
{
	(void)state;
	return set_up_below("/var/tmp");
}

static int remove_one(const char *path, const struct stat *st, int kind,
		      struct FTW *ftw)
{
	(void)st, (void)kind, (void)ftw;
	return remove(path);
}

#define FLAGS (FTW_DEPTH | FTW_PHYS | FTW_MOUNT)

static int tear_down(void **state)
{
	(void)state;
	profiles_text_free(&test.text);
	enforce_plan_free(&test.plan);
	munmap(test.seen, sizeof(*test.seen));
	return nftw(test.own, remove_one, 16, FLAGS) |
	       nftw(test.folder, remove_one, 16, FLAGS);
}

/* The file goes after it was planned. */
static void plan_and_lose(void)
{
	char path[64];

	make_file("gone-1");
	make_file("stays-1");
	line("read-only %s/gone-1", test.folder);
	line("read-only %s/stays-1", test.folder);
	if (enforce_plan_files(&test.plan, &test.err) < 0)
		fail_msg("%s", test.err.text);
	assert_true(plans("gone-1"));
	snprintf(path, sizeof(path), "%s/gone-1", test.folder);
	assert_int_equal(unlink(path), 0);
}

static void spawn_program(struct enforce_sandbox *sandbox)
{
	const struct enforce_child child = {.main = be_program};

	if (enforce_spawn(&test.plan, &child, sandbox, &test.err) < 0)
		fail_msg("%s", test.err.text);
	assert_int_equal(waitpid(sandbox->program, NULL, 0),
			 sandbox->program);
}

static void test_planned_anew(void **state)
{
	struct enforce_sandbox sandbox = {0};

	(void)state;
	plan_and_lose();
	spawn_program(&sandbox);
	assert_false(test.seen->gone);
	assert_true(test.seen->stays);
	assert_true(test.seen->steps > 0);
	const struct seen now = look();
	assert_int_equal(test.seen->steps, now.steps);
	assert_false(now.gone);
	enforce_sandbox_end(&sandbox, false);
}

static bool is_locked(void)
{
	cleanup_free char *path = base_printf("%s/overlays/o/lock", test.own);
	cleanup_close int fd = open(path, O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	return flock(fd, LOCK_EX | LOCK_NB) < 0;
}

/* The overlay of the first plan is that of the second. */
static void test_overlay(void **state)
{
	struct enforce_sandbox sandbox = {0};

	(void)state;
	line("overlay-named o");
	plan_and_lose();
	assert_true(is_locked());
	spawn_program(&sandbox);
	assert_false(test.seen->gone);
	assert_true(is_locked());
	enforce_sandbox_end(&sandbox, false);
	enforce_plan_free(&test.plan);
	assert_false(is_locked());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_planned_anew, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_overlay, set_up_overlay,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
