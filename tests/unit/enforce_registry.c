/* SPDX-License-Identifier: MIT */
/*
 * The registry: entries as text, folders and files that are not ours, and what
 * has ended.
 */
#include <fcntl.h>
#include <time.h>
#include <utime.h>

#include "enforce_registry.h"

/* ---- help --------------------------------------------------------------- */

static char *in_folder(const char *name)
{
	char *path = base_printf("%s/%s", folder, name);

	assert_non_null(path);
	return path;
}

static void put(const char *name, const char *text, mode_t mode)
{
	cleanup_free char *path = in_folder(name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(base_write_all(fd, text, strlen(text)), 0);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void put_entry(const char *name, const struct enforce_running *entry)
{
	cleanup_free char *text = registry_print(entry);

	assert_non_null(text);
	put(name, text, 0600);
}

struct found {
	size_t count;
	struct enforce_running last;
};

static int find(void *data, const struct enforce_running *entry)
{
	struct found *found = data;

	found->count++;
	found->last = *entry;
	return 0;
}

static struct found all(void)
{
	struct found found = {0};

	assert_int_equal(enforce_registry_each(find, &found), 0);
	return found;
}

static bool is_there(const char *name)
{
	cleanup_free char *path = in_folder(name);

	return access(path, F_OK) == 0;
}

/* ---- entries as text ------------------------------------------------------ */

static void text(void **state)
{
	struct enforce_running entry = example(), again;
	cleanup_free char *once = registry_print(&entry);
	cleanup_free char *copy = strdup(once), *twice = NULL;

	(void)state;
	assert_int_equal(registry_parse(copy, &again), 0);
	twice = registry_print(&again);
	assert_string_equal(once, twice);
	assert_int_equal(again.program, entry.program);
	assert_true(again.pid_ns == entry.pid_ns);
	assert_true(again.supervised);
	assert_string_equal(again.exe, entry.exe);
	assert_string_equal(again.command, entry.command);
	assert_true(again.denied == 4 && again.joinable);
}

/* The line `denied` is where it is written over. */
static void text_denied(void **state)
{
	struct enforce_running entry = example(), again;
	cleanup_free char *text = registry_print(&entry);
	char line[REGISTRY_DENIED_SIZE + 1];

	(void)state;
	registry_print_denied(line, UINT64_MAX);
	assert_int_equal(strlen(line), REGISTRY_DENIED_SIZE);
	assert_int_equal(text[REGISTRY_DENIED_AT - 1], '\n');
	assert_int_equal(text[REGISTRY_DENIED_AT + REGISTRY_DENIED_SIZE],
			 '\n');
	memcpy(text + REGISTRY_DENIED_AT, line, REGISTRY_DENIED_SIZE);
	assert_int_equal(registry_parse(text, &again), 0);
	assert_true(again.denied == UINT64_MAX);
	assert_int_equal(again.program, entry.program);
}

/* What has a newline would be more than one line. */
static void text_hostile(void **state)
{
	struct enforce_running entry = example(), again;
	cleanup_free char *printed = NULL;

	(void)state;
	strcpy(entry.exe, "/tmp/a\nprogram 1\nstart 2");
	strcpy(entry.store, "relative");
	printed = registry_print(&entry);
	assert_int_equal(registry_parse(printed, &again), 0);
	assert_int_equal(again.program, entry.program);
	assert_string_equal(again.exe, "");
	assert_string_equal(again.store, "");
}

/* What TEXT says after all that has to be there; then VALUE, if there is one,
 * to its end. */
static int parse(const char *text, const char *value)
{
	struct enforce_running entry;
	cleanup_free char *whole = base_printf(
		"jail-run 1\njail 1\nprogram 2\nstart 3\nbegan 4\n"
		"boot_id x\n%s%s%s", text, value ? value : "",
		value ? "\n" : "");

	return registry_parse(whole, &entry);
}

static void text_damaged(void **state)
{
	static const char *const bad[] = {
		"", "profile p", "profile p\nprogram 3\n", "profile p\n\n",
		"profile\n", "profile \n", "profile a/b\n", "profile a\tb\n",
		"profile a\x7f\n", "profile p\nexe relative\n",
		"profile p\nended -1\n", "profile p\nended 9223372036854775808\n",
		"profile p\ninit 4194305\n", "profile p\nsupervised 2\n",
		"profile p\nuser_ns 18446744073709551616\n",
		"profile p\npid_ns 1 \n", "profile p\nprofile q\n",
	};
	struct enforce_running entry;
	char version[] = "jail-run 2\njail 1\nprogram 2\nstart 3\nbegan 4\n"
			 "boot_id x\nprofile p\n";
	char empty[] = "", zero[] = "jail-run 1\njail 1\nprogram 0\nstart 3\n"
			 "began 4\nboot_id x\nprofile p\n";
	char *many = malloc(5001);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (parse(bad[i], NULL) != -EINVAL)
			fail_msg("taken: %s", bad[i]);
	assert_int_equal(parse("profile p\n", NULL), 0);
	assert_int_equal(parse("profile p\nlater 1\nended 5\nended 6\n", NULL), 0);
	assert_int_equal(registry_parse(version, &entry), -EINVAL);
	assert_int_equal(registry_parse(empty, &entry), -EINVAL);
	assert_int_equal(registry_parse(zero, &entry), -EINVAL);
	memset(many, '/', 5000);
	many[4095] = '\0';
	assert_int_equal(parse("profile p\nexe ", many), 0);
	many[4095] = '/';
	many[4096] = '\0';
	assert_int_equal(parse("profile p\nexe ", many), -EINVAL);
	many[256] = '\0';
	assert_int_equal(parse("profile ", many), -EINVAL);
	free(many);
}

/* ---- folders and files ----------------------------------------------------- */

static void a_run(void **state)
{
	struct enforce_plan plan = {.program = "t", .path = "/not/so"};
	struct enforce_sandbox sandbox = {.program = start(false)};
	struct found found;

	(void)state;
	registry_begin(&plan, &sandbox, true);
	assert_true(sandbox.entry > 0);
	found = all();
	assert_int_equal(found.count, 1);
	assert_int_equal(found.last.program, sandbox.program);
	assert_int_equal(found.last.jail, getpid());
	assert_int_equal(found.last.uid, geteuid());
	assert_int_equal(found.last.ended, 0);
	assert_int_equal(found.last.start,
			 base_process_start(sandbox.program));
	assert_int_not_equal(found.last.start, 0);
	assert_string_not_equal(found.last.exe, "/not/so");
	assert_string_equal(found.last.name, "t");
	registry_denied(&sandbox, 7);
	assert_int_equal(all().last.denied, 7);
	stop(sandbox.program);
	registry_denied(&sandbox, 12345678);
	assert_int_equal(all().last.ended, 0); /* jail still holds it */
	registry_end(&sandbox, true);
	assert_int_equal(sandbox.entry, 0);
	found = all();
	assert_int_equal(found.count, 1);
	assert_true(found.last.ended >= found.last.began);
	assert_int_equal(found.last.denied, 12345678);
}

/* jail is gone, the program lives: as without a sandbox. */
static void a_program_alone(void **state)
{
	struct enforce_running entry = example();
	char name[64];

	(void)state;
	entry.program = getpid();
	entry.start = base_process_start(getpid());
	entry.ended = base_now() - SECOND;
	snprintf(name, sizeof(name), "%d-%llu", (int)entry.program,
		 (unsigned long long)entry.start);
	put_entry(name, &entry);
	assert_int_equal(all().last.ended, 0);
}

/* A jail that was killed has written no end: the first who looks does. */
static void a_dead_jail(void **state)
{
	struct enforce_running entry = example();
	int64_t first, now = base_now();

	(void)state;
	put_entry("4000002-7", &entry);
	first = all().last.ended;
	assert_true(first >= now);
	usleep(2000);
	assert_true(all().last.ended == first);
	assert_int_equal(all().count, 1);
}

static void old_ones(void **state)
{
	struct enforce_running entry = example();
	struct utimbuf old = {time(NULL) - 700, time(NULL) - 700};
	static const char *const names[] = {"1-1", "2-2", "3-3"};

	(void)state;
	entry.ended = base_now() - 540 * SECOND;
	put_entry("4000002-7", &entry);
	assert_int_equal(all().count, 1);
	entry.ended = base_now() - 601 * SECOND;
	put_entry("4000002-7", &entry);
	assert_int_equal(all().count, 0);
	assert_false(is_there("4000002-7"));
	/* What is no entry, or one of another boot. */
	put("1-1", "", 0600);
	put("2-2", "jail-run 1\n", 0600);
	put("other", "", 0600);
	entry.ended = 0;
	entry.program = entry.start = 3;
	strcpy(entry.boot_id, "another");
	put_entry("3-3", &entry);
	assert_int_equal(all().count, 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		cleanup_free char *path = in_folder(names[i]);

		assert_true(is_there(names[i]));
		utime(path, &old);
		assert_int_equal(all().count, 0);
		assert_false(is_there(names[i]));
	}
	assert_true(is_there("other"));
}

/* Of a thousand and more only the latest ones stay. */
static void many(void **state)
{
	struct enforce_running entry = example();
	char name[64];

	(void)state;
	entry.ended = base_now() - 20 * SECOND;
	for (entry.start = 1; entry.start <= 1100; entry.start++) {
		snprintf(name, sizeof(name), "4000002-%d", (int)entry.start);
		put_entry(name, &entry);
	}
	entry.ended = base_now() - 2 * SECOND;
	put_entry("4000002-1101", &entry);
	assert_int_equal(all().count, 1);
	assert_int_equal(all().last.start, 1101);
	assert_false(is_there("4000002-1"));
}

static void foreign_files(void **state)
{
	struct enforce_running entry = example();
	cleanup_free char *path = in_folder("4000002-7");
	cleanup_free char *other = in_folder("other");
	cleanup_free char *pipe = in_folder("1-1");

	(void)state;
	entry.ended = base_now();
	put_entry("4000002-7", &entry);
	assert_int_equal(all().count, 1);
	assert_int_equal(chmod(path, 0620), 0);
	assert_int_equal(all().count, 0);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(link(path, other), 0);
	assert_int_equal(all().count, 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink(other, path), 0);
	assert_int_equal(all().count, 0);
	assert_int_equal(rename(other, path), 0);
	assert_int_equal(all().count, 1);
	/* The name of another process. */
	assert_int_equal(rename(path, pipe), 0);
	assert_int_equal(all().count, 0);
	assert_int_equal(unlink(pipe), 0);
	assert_int_equal(mkfifo(pipe, 0600), 0);
	assert_int_equal(all().count, 0);
	assert_int_equal(unlink(pipe), 0);
}

static void foreign_folders(void **state)
{
	struct enforce_running entry = example();
	cleanup_free char *moved = base_printf("%s/moved", home);

	(void)state;
	entry.ended = base_now();
	put_entry("4000002-7", &entry);
	assert_int_equal(all().count, 1);
	assert_int_equal(chmod(folder, 0750), 0);
	assert_int_equal(all().count, 0);
	assert_int_equal(chmod(folder, 0700), 0);
	assert_int_equal(rename(folder, moved), 0);
	assert_int_equal(symlink(moved, folder), 0);
	assert_int_equal(all().count, 0);
	assert_int_equal(unlink(folder), 0);
	assert_int_equal(rename(moved, folder), 0);
	assert_int_equal(all().count, 1);
	if (setresuid(USER, 0, 0) == 0) {
		assert_int_equal(chown(folder, 0, 0), 0);
		assert_int_equal(setresuid(USER, USER, 0), 0);
		assert_int_equal(all().count, 0);
		assert_int_equal(setresuid(USER, 0, 0), 0);
		assert_int_equal(chown(folder, USER, USER), 0);
		assert_int_equal(setresuid(USER, USER, 0), 0);
		assert_int_equal(all().count, 1);
	}
}

/* Nowhere to write: nothing fails. */
static void no_place(void **state)
{
	struct enforce_plan plan = {.program = "t", .path = "/not/so"};
	struct enforce_sandbox sandbox = {.program = getpid()};

	(void)state;
	setenv("XDG_RUNTIME_DIR", "/proc", 1);
	setenv("XDG_DATA_HOME", "relative", 1);
	setenv("HOME", "/dev/null", 1);
	registry_begin(&plan, &sandbox, true);
	assert_int_equal(sandbox.entry, 0);
	assert_int_equal(all().count, 0);
	registry_end(&sandbox, true);
	setenv("HOME", home, 1);
	registry_begin(&plan, &sandbox, true);
	assert_true(sandbox.entry > 0);
	assert_int_equal(all().count, 1);
	registry_end(&sandbox, true);
	setenv("XDG_RUNTIME_DIR", home, 1);
}

/* As where XDG_RUNTIME_DIR is /run/user/UID. */
static void one_folder_by_two_names(void **state)
{
	cleanup_free char *data = base_printf("%s/.local/share", home);
	struct enforce_plan plan = {.program = "t", .path = "/not/so"};
	struct enforce_sandbox sandbox = {.program = getpid()};

	(void)state;
	setenv("XDG_RUNTIME_DIR", "/proc", 1);
	setenv("XDG_DATA_HOME", data, 1);
	setenv("HOME", home, 1);
	registry_begin(&plan, &sandbox, true);
	assert_int_equal(all().count, 1);
	registry_end(&sandbox, true);
	setenv("XDG_RUNTIME_DIR", home, 1);
	unsetenv("XDG_DATA_HOME");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text),
		cmocka_unit_test(text_denied),
		cmocka_unit_test(text_hostile),
		cmocka_unit_test(text_damaged),
		TEST(a_run),
		TEST(a_program_alone),
		TEST(a_dead_jail),
		TEST(old_ones),
		TEST(many),
		TEST(foreign_files),
		TEST(foreign_folders),
		TEST(no_place),
		TEST(one_folder_by_two_names),
	};

	return cmocka_run_group_tests_name("enforce_registry", tests, NULL,
					   NULL);
}
