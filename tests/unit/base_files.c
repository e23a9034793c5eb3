/* SPDX-License-Identifier: MIT */
/* Ownership, folders, whole reads and writes, the search along PATH: tried in
 * a folder of their own, which is the current one. And whose a process is. */
#include <fcntl.h>
#include <ftw.h>
#include <linux/openat2.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/base.h"
#include "tests/unit/skip.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

#define MUCH ((size_t)1 << 26)

static char folder[] = "/tmp/jail-unit-XXXXXX";

static int enter_folder(void **state)
{
	(void)state;
	umask(022);
	return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int kind,
		      struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static int leave_folder(void **state)
{
	(void)state;
	return chdir("/") < 0 ||
	       nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void make_file(const char *path, const char *text, mode_t mode)
{
	cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(base_write_all(fd, text, strlen(text)), 0);
	assert_int_equal(fchmod(fd, mode), 0);
}

static void test_ownership(void **state)
{
	char *text = strdup("x"), *taken;
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), copy = fd;
	FILE *file = fopen("/dev/null", "re");

	(void)state;
	taken = take_ptr(text);
	assert_null(text);
	base_free(&text);
	base_free(&taken);
	assert_null(taken);

	assert_int_equal(take_fd(&fd), copy);
	assert_int_equal(fd, -1);
	errno = EXDEV;
	base_close(&fd);
	base_close(&copy);
	assert_int_equal(copy, -1);
	base_fclose(&file);
	assert_null(file);
	base_fclose(&file);
	assert_int_equal(errno, EXDEV);
}

static void test_mkdirs(void **state)
{
	struct error err = { 0 };
	struct stat st;

	(void)state;
	assert_int_equal(base_mkdirs("a//b/c/", 0700, &err), 0);
	assert_int_equal(stat("a/b/c", &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0700);
	assert_int_equal(stat("a", &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0700);
	assert_int_equal(base_mkdirs("a/b/c", 0755, &err), 0);
	assert_int_equal(base_mkdirs("/", 0755, &err), 0);
	assert_int_equal(base_mkdirs(folder, 0755, &err), 0);

	assert_int_equal(symlink("a", "link"), 0);
	assert_int_equal(base_mkdirs("link/d", 0755, &err), 0);
	assert_int_equal(stat("a/d", &st), 0);
}

/* An absolute link leads to the root that was given, or is refused. */
static void test_openat2(void **state)
{
	cleanup_close int root = -1, fd = -1;
	char text[8] = "";

	(void)state;
	assert_int_equal(mkdir("root", 0700), 0);
	make_file("root/file", "inside", 0600);
	make_file("file", "outside", 0600);
	assert_int_equal(symlink("/file", "root/link"), 0);
	root = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	fd = base_openat2(root, "../link", O_RDONLY, RESOLVE_IN_ROOT);
	assert_int_equal(base_read_all(fd, text, 6), 6);
	assert_string_equal(text, "inside");
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(base_openat2(root, "../file", O_RDONLY,
				      RESOLVE_BENEATH), -1);
	assert_int_equal(errno, EXDEV);
	assert_int_equal(base_openat2(root, "link", O_RDONLY,
				      RESOLVE_NO_SYMLINKS), -1);
	assert_int_equal(errno, ELOOP);
	assert_int_equal(base_openat2(-1, "file", O_RDONLY, 0), -1);
	assert_int_equal(errno, EBADF);
}

static int print_or_fail(FILE *memory, const void *data, struct error *err)
{
	fputs("half", memory);
	if (!data)
		return base_error(err, E2BIG, "too much");
	fputs(data, memory);
	return 0;
}

static void test_print_whole(void **state)
{
	struct error err = { 0 };
	char text[16] = "";
	FILE *out = fopen("printed", "w+e");

	(void)state;
	assert_non_null(out);
	assert_int_equal(base_print_whole(out, print_or_fail, NULL, &err),
			 -E2BIG);
	assert_string_equal(err.text, "too much");
	assert_int_equal(ftell(out), 0);
	assert_int_equal(base_print_whole(out, print_or_fail, " more", &err),
			 0);
	rewind(out);
	assert_string_equal(fgets(text, sizeof(text), out), "half more");
	fclose(out);
	out = fopen("/dev/full", "we");
	assert_non_null(out);
	setbuf(out, NULL);
	assert_int_equal(base_print_whole(out, print_or_fail, "", &err),
			 -ENOSPC);
	fclose(out);
}

/* With so little memory more that TEXT does not fit. */
static int print_much(bool little, char **text, size_t *length)
{
	static const char line[4096] = "";
	struct rlimit usual, now;
	FILE *file = fopen("/proc/self/statm", "re");
	FILE *out = base_memstream(text, length);
	unsigned long pages = 0;

	assert_non_null(file);
	assert_non_null(out);
	assert_int_equal(fscanf(file, "%lu", &pages), 1);
	fclose(file);
	assert_int_equal(getrlimit(RLIMIT_AS, &usual), 0);
	now = usual;
	now.rlim_cur = pages * (unsigned long)sysconf(_SC_PAGESIZE) + MUCH / 4;
	if (little)
		assert_int_equal(setrlimit(RLIMIT_AS, &now), 0);
	for (size_t i = 0; i < MUCH / sizeof(line); i++)
		(void)!fwrite(line, 1, sizeof(line), out);
	if (little)
		assert_int_equal(setrlimit(RLIMIT_AS, &usual), 0);
	fputs("the end", out);
	return fclose(out);
}

/* What is lost in the middle is no whole, though the rest has room again. */
static void test_memstream(void **state)
{
	char *text;
	size_t length;
	FILE *out = base_memstream(&text, &length);

	(void)state;
	assert_non_null(out);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, "");
	free(text);
	assert_int_equal(print_much(false, &text, &length), 0);
	assert_int_equal(length, MUCH + 7);
	assert_string_equal(text + MUCH, "the end");
	free(text);
#ifdef SANITIZED
	skip_for("the sanitizers have an allocator of their own");
#endif
	assert_int_equal(print_much(true, &text, &length), EOF);
	assert_int_equal(errno, ENOMEM);
	assert_null(text);
}

static void test_mkdirs_refuses(void **state)
{
	struct error err = { 0 };

	(void)state;
	make_file("file", "", 0644);
	assert_int_equal(base_mkdirs("file", 0755, &err), -ENOTDIR);
	assert_int_equal(base_mkdirs("file/below", 0755, &err), -ENOTDIR);
	assert_string_equal(err.text, "cannot create the folder \"file\": "
				      "a file is in its place");
	assert_int_equal(base_mkdirs("", 0755, &err), -ENOENT);
	assert_int_equal(base_mkdirs("/proc/jail/x", 0755, &err), -ENOENT);
	assert_int_equal(err.code, ENOENT);
	assert_int_equal(base_mkdirs("file", 0755, NULL), -ENOTDIR);
}

/* Root may write everywhere: tried as another user. */
static void test_mkdirs_forbidden(void **state)
{
	struct error err = { 0 };
	uid_t old = geteuid();

	(void)state;
	assert_int_equal(mkdir("closed", 0500), 0);
	assert_int_equal(chmod(".", 0755), 0);
	assert_int_equal(chmod("closed", old ? 0500 : 0755), 0);
	if (old == 0)
		assert_int_equal(seteuid(65534), 0);
	assert_int_equal(base_mkdirs("closed/below", 0755, &err), -EACCES);
	if (old == 0)
		assert_int_equal(seteuid(0), 0);
	assert_string_equal(err.text, "cannot create the folder "
				      "\"closed/below\": Permission denied");
}

static void test_read_and_write(void **state)
{
	char buffer[16] = "";
	int fds[2];

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(base_write_all(fds[1], "abc", 3), 0);
	assert_int_equal(base_write_all(fds[1], "defg", 4), 0);
	assert_int_equal(base_read_all(fds[0], buffer, 5), 5);
	close(fds[1]);
	assert_int_equal(base_read_all(fds[0], buffer + 5, 9), 2);
	assert_string_equal(buffer, "abcdefg");
	assert_int_equal(base_read_all(fds[0], buffer, 9), 0);
	assert_int_equal(base_write_all(fds[0], "x", 1), -EBADF);
	close(fds[0]);
	assert_int_equal(base_read_all(-1, buffer, 9), -EBADF);
}

static void test_read_file(void **state)
{
	char buffer[8];

	(void)state;
	make_file("comm", "name\n", 0644);
	assert_int_equal(base_read_file("comm", buffer, sizeof(buffer)), 4);
	assert_string_equal(buffer, "name");
	assert_int_equal(base_read_file("comm", buffer, 3), 2);
	assert_string_equal(buffer, "na");
	make_file("comm", "\n\n", 0644);
	assert_int_equal(base_read_file("comm", buffer, sizeof(buffer)), 1);
	make_file("comm", "", 0644);
	assert_int_equal(base_read_file("comm", buffer, sizeof(buffer)), 0);
	assert_string_equal(buffer, "");
	assert_int_equal(base_read_file("absent", buffer, 8), -ENOENT);
	assert_int_equal(base_read_file(".", buffer, 8), -EISDIR);
	assert_int_equal(base_read_file("comm", buffer, 0), -EINVAL);
}

/* What PROGRAM is found as, "" if it is not, with the code and sentence. */
static void expect_program(const char *program, const char *path, int code,
			   const char *words)
{
	struct error err = { 0 };
	cleanup_free char *found = NULL;

	assert_int_equal(base_find_program(program, &found, &err), -code);
	assert_int_equal(err.code, code);
	if (path)
		assert_string_equal(found, path);
	else
		assert_null(found);
	if (words && !strstr(err.text, words))
		fail_msg("\"%s\" is not in \"%s\"", words, err.text);
	for (const char *c = err.text; *c; c++)
		assert_true((unsigned char)*c >= ' ');
}

static void test_program(void **state)
{
	(void)state;
	assert_int_equal(base_mkdirs("bin/folder", 0755, NULL), 0);
	assert_int_equal(base_mkdirs("later", 0755, NULL), 0);
	make_file("bin/plain", "x", 0644);
	make_file("later/plain", "x", 0755);
	make_file("bin/refused", "x", 0644);
	make_file("later/both", "x", 0755);
	make_file("here", "x", 0755);
	make_file("file", "", 0644);
	setenv("PATH", "absent:file:bin:later:/bin", 1);

	expect_program("both", "later/both", 0, NULL);
	expect_program("plain", "later/plain", 0, NULL);
	expect_program("sh", "/bin/sh", 0, NULL);
	expect_program("bin/../later/both", "bin/../later/both", 0, NULL);
	expect_program("refused", NULL, EACCES, "chmod +x");
	expect_program("folder", NULL, EISDIR, "\"bin/folder\"");
	expect_program("here", NULL, ENOENT, "no program named \"here\" in "
		       "PATH; give its path or check the name");
	expect_program("./here", "./here", 0, NULL);
	setenv("PATH", "bin:", 1);
	expect_program("here", "./here", 0, NULL);
	unsetenv("PATH");
	expect_program("sh", "/bin/sh", 0, NULL);
}

static void test_program_refused(void **state)
{
	char longer[5000];

	(void)state;
	setenv("PATH", "/usr/bin:/bin", 1);
	expect_program("", NULL, ENOENT, "empty");
	expect_program("./absent", NULL, ENOENT, "no file \"./absent\"");
	expect_program("./bin/plain", NULL, EACCES, "chmod +x");
	expect_program("./bin", NULL, EISDIR, "a folder");
	expect_program("/", NULL, EISDIR, "a folder");
	expect_program("/dev/null", NULL, EACCES, "not a regular file");
	expect_program("file/x", NULL, ENOTDIR, "Not a directory");
	expect_program("a\nb\033[31m", NULL, ENOENT, "\"a?b?[31m\"");
	expect_program("./a\nb", NULL, ENOENT, "\"./a?b\"");
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	expect_program(longer, NULL, ENOENT, "check the name");
	longer[0] = '/';
	expect_program(longer, NULL, ENAMETOOLONG, "File name too long");
	assert_int_equal(base_find_program("", &(char *){ NULL }, NULL),
			 -ENOENT);
}

static void test_whose(void **state)
{
	struct base_ids ids = {0};
	int ready[2];
	pid_t pid;
	char byte;

	(void)state;
	assert_true(base_process_ids(getpid(), &ids));
	assert_int_equal(ids.uid, geteuid());
	assert_int_equal(ids.real_gid, getgid());
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		if (setresgid(65001, 65002, 65002) == 0 &&
		    setresuid(65003, 65004, 65004) == 0)
			(void)!write(ready[1], "", 1);
		pause();
		_exit(0);
	}
	close(ready[1]);
	if (geteuid() == 0) {
		assert_int_equal(read(ready[0], &byte, 1), 1);
		assert_true(base_process_ids(pid, &ids));
		assert_int_equal(ids.real_gid, 65001);
		assert_int_equal(ids.gid, 65002);
		assert_int_equal(ids.real_uid, 65003);
		assert_int_equal(ids.uid, 65004);
	}
	close(ready[0]);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_false(base_process_ids(pid, &ids));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ownership),
		cmocka_unit_test(test_mkdirs),
		cmocka_unit_test(test_openat2),
		cmocka_unit_test(test_print_whole),
		cmocka_unit_test(test_memstream),
		cmocka_unit_test(test_mkdirs_refuses),
		cmocka_unit_test(test_mkdirs_forbidden),
		cmocka_unit_test(test_read_and_write),
		cmocka_unit_test(test_read_file),
		cmocka_unit_test(test_program),
		cmocka_unit_test(test_program_refused),
		cmocka_unit_test(test_whose),
	};

	return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
