/* SPDX-License-Identifier: MIT */
/*
 * What a service manager hands over is passed on where it is for this process,
 * and left alone where it is for another.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "enforce/sandbox/sandbox.h"

static void clear(void)
{
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("WATCHDOG_PID");
}

static void set_number(const char *name, pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", (int)pid);
	setenv(name, text, 1);
}

static bool is_number(const char *name, pid_t pid)
{
	const char *value = getenv(name);

	return value && atoi(value) == pid;
}

/* The exit status of a child that applies PLAN: bit 0, it is LISTEN_PID; bit 1,
 * it is WATCHDOG_PID. */
static int in_program(const struct enforce_plan *plan)
{
	struct error err = {0};
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (handed_apply(plan, &err) < 0)
			_exit(100);
		_exit(is_number("LISTEN_PID", getpid()) +
		      2 * is_number("WATCHDOG_PID", getpid()));
	}
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

/* As though 3 and 4 had been handed over. */
static void open_two(void)
{
	assert_int_equal(dup2(0, 3), 3);
	assert_int_equal(dup2(0, 4), 4);
}

static void for_us(void **state)
{
	struct enforce_plan plan = {.keep_fds = {9}, .keep_fd_count = 1};
	struct error err = {0};

	(void)state;
	clear();
	open_two();
	set_number("LISTEN_PID", getpid());
	set_number("WATCHDOG_PID", getpid());
	setenv("LISTEN_FDS", "2", 1);
	assert_int_equal(enforce_handed(&plan, &err), 0);
	assert_int_equal(plan.keep_fd_count, 3);
	assert_int_equal(plan.keep_fds[1], 3);
	assert_int_equal(plan.keep_fds[2], 4);
	assert_int_equal(in_program(&plan), 3);
}

static void for_another(void **state)
{
	struct enforce_plan plan = {0};
	struct error err = {0};

	(void)state;
	clear();
	set_number("LISTEN_PID", getppid());
	set_number("WATCHDOG_PID", getppid());
	setenv("LISTEN_FDS", "2", 1);
	assert_int_equal(enforce_handed(&plan, &err), 0);
	assert_int_equal(plan.keep_fd_count, 0);
	assert_int_equal(in_program(&plan), 0);
	assert_true(is_number("LISTEN_PID", getppid()));
	/* One alone, and without a number of sockets. */
	set_number("WATCHDOG_PID", getpid());
	unsetenv("LISTEN_FDS");
	assert_int_equal(enforce_handed(&plan, &err), 0);
	assert_int_equal(in_program(&plan), 2);
	clear();
	assert_int_equal(enforce_handed(&plan, &err), 0);
	assert_int_equal(in_program(&plan), 0);
}

static void no_number(void **state)
{
	static const char *const texts[] = {"", "-1", "33", "x", "3 "};
	struct error err = {0};

	(void)state;
	clear();
	set_number("LISTEN_PID", getpid());
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct enforce_plan plan = {0};

		setenv("LISTEN_FDS", texts[i], 1);
		assert_int_equal(enforce_handed(&plan, &err), -EINVAL);
		assert_int_equal(plan.keep_fd_count, 0);
	}
	clear();
}

/* What jail has open itself is closed at exec. */
static void not_open(void **state)
{
	struct error err = {0};

	(void)state;
	clear();
	set_number("LISTEN_PID", getpid());
	setenv("LISTEN_FDS", "2", 1);
	for (int flag = 0; flag < 2; flag++) {
		struct enforce_plan plan = {0};

		open_two();
		if (flag)
			fcntl(4, F_SETFD, FD_CLOEXEC);
		else
			close(4);
		assert_int_equal(enforce_handed(&plan, &err), -EBADF);
		assert_non_null(strstr(err.text, "descriptor 4 was not open"));
	}
	clear();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(for_us),
		cmocka_unit_test(for_another),
		cmocka_unit_test(no_number),
		cmocka_unit_test(not_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
