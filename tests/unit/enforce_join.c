/* SPDX-License-Identifier: MIT */
/*
 * What the one who joins makes of what he is told: -ESRCH says that nothing was
 * run, and --join-or-start then starts another one; so nothing that comes after
 * the start may say it. We are the jail.
 */
#include <sys/socket.h>

#include "enforce/run/join.h"
#include "enforce_registry.h"

#define NO_MORE 0xffff		/* and hangs up */

static int take(void *data, const struct enforce_running *entry)
{
	*(struct enforce_running *)data = *entry;
	return 0;
}

/* In a process of its own: what enforce_join() returns, as an errno. */
static pid_t client(const struct enforce_running *entry)
{
	char *words[] = {"true", NULL};
	const struct enforce_joining joining = {.argv = words};
	struct error err = {0};
	pid_t pid = fork();
	int status, ret;

	if (pid != 0)
		return pid;
	ret = enforce_join(entry, &joining, &status, &err);
	_exit(ret < 0 && (err.code != -ret || !*err.text) ? 255 : -ret);
}

/* Reads the request and gives ANSWERS. */
static void serve(int door, const struct join_answer *answers)
{
	static char request[JOIN_REQUEST];
	struct pollfd asked = {door, POLLIN, 0};
	int from, fds[3];
	size_t count;

	assert_int_equal(poll(&asked, 1, -1), 1);
	from = asked.fd = accept(door, NULL, NULL);
	assert_true(from >= 0);
	assert_int_equal(poll(&asked, 1, -1), 1);
	assert_true(join_receive(from, request, sizeof(request), fds,
				 &count) > 0);
	while (count)
		close(fds[--count]);
	for (; answers->event != NO_MORE; answers++)
		assert_int_equal(join_send(from, answers, sizeof(*answers),
					   NULL, 0, 0), 0);
	close(from);
}

static int joined(int door, const struct enforce_running *entry,
		  const struct join_answer *answers)
{
	pid_t pid = client(entry);
	int status;

	serve(door, answers);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

#define FAILED(code) {JOIN_FAILED, W_EXITCODE(125, 0), code, "so it is"}

static void none_there_is_said_of_none_alone(void **state)
{
	const struct {
		struct join_answer answers[3];
		int code;
	} rows[] = {
		{{FAILED(ESRCH), {.event = NO_MORE}}, ESRCH},
		{{FAILED(EBUSY), {.event = NO_MORE}}, EBUSY},
		{{{.event = NO_MORE}}, ECONNRESET},
		{{{.event = JOIN_STARTED}, {.event = NO_MORE}}, ECONNRESET},
		{{{.event = JOIN_STARTED}, FAILED(ESRCH), {.event = NO_MORE}},
		 ECONNRESET},
		{{{.event = JOIN_STARTED}, FAILED(EMFILE), {.event = NO_MORE}},
		 EMFILE},
		{{{.event = JOIN_STARTED}, {.event = JOIN_ENDED},
		  {.event = NO_MORE}}, 0},
	};
	struct enforce_plan plan = {.program = "tool", .path = "/not/so"};
	struct enforce_sandbox sandbox = {.program = start(false)};
	struct enforce_running entry = {0};

	(void)state;
	registry_begin(&plan, &sandbox, true);
	assert_int_equal(enforce_registry_each(take, &entry), 0);
	assert_true(sandbox.door > 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int code = joined(sandbox.door - 1, &entry, rows[i].answers);

		if (code != rows[i].code)
			fail_msg("row %zu: %s, not %s", i, strerror(code),
				 strerror(rows[i].code));
	}
	registry_end(&sandbox, true);
	stop(sandbox.program);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(none_there_is_said_of_none_alone),
	};

	return cmocka_run_group_tests_name("enforce_join", tests, NULL, NULL);
}
