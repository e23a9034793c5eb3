/* SPDX-License-Identifier: MIT */
/*
 * Companions: what is said when one does not come up, and that each ends with
 * the process that started it, however that ends.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "enforce/companion/companion.h"

#define SECONDS 1000

static int start_shell(const char *script, struct companion companion,
		       int ready, int milliseconds, pid_t *keeper,
		       struct error *err)
{
	const char *const argv[] = {"sh", "-c", script, NULL};

	companion.argv = argv;
	return companion_start(&companion, ready, milliseconds, keeper, err);
}

/* Until a process is gone, ten seconds at most. */
static bool is_gone(pid_t pid)
{
	for (int i = 0; i < 1000; i++) {
		char state = base_process_state(pid);

		if (state == 0 || state == 'Z')
			return true;
		usleep(10000);
	}
	return false;
}

/* A companion that writes its number to a pipe, and stays. */
static pid_t start_lasting(pid_t *keeper)
{
	struct error err = {0};
	char text[32] = "", script[96];
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	snprintf(script, sizeof(script), "printf %%s. $$ >&%d; exec sleep 60",
		 ends[1]);
	assert_int_equal(start_shell(script, (struct companion){
		.keep = {ends[1], -1}}, ends[0], 10 * SECONDS, keeper, &err),
		0);
	/* The first byte was the sign that it is ready. */
	close(ends[1]);
	close(ends[0]);
	for (int i = 0; i < 1000 && !*text; i++) {
		char path[64];

		snprintf(path, sizeof(path), "/proc/%d/task/%d/children",
			 *keeper, *keeper);
		base_read_file(path, text, sizeof(text));
	}
	return atoi(text);
}

static void ends_when_told(void **state)
{
	pid_t keeper, pid = start_lasting(&keeper);

	(void)state;
	assert_true(keeper > 0 && pid > 0);
	assert_int_not_equal(base_process_state(pid), 0);
	companion_end(&keeper);
	assert_int_equal(keeper, 0);
	assert_int_equal(base_process_state(pid), 0);
	companion_end(&keeper); /* takes 0 */
}

/* One that does not listen to SIGTERM, either. */
static void ends_whatever_it_does(void **state)
{
	struct error err = {0};
	char script[96];
	int ends[2];
	pid_t keeper;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	snprintf(script, sizeof(script), "trap '' TERM; echo >&%d; "
		 "exec sleep 60", ends[1]);
	assert_int_equal(start_shell(script, (struct companion){
		.keep = {ends[1]}}, ends[0], 10 * SECONDS, &keeper, &err), 0);
	companion_end(&keeper);
	assert_int_equal(keeper, 0);
	close(ends[0]);
	close(ends[1]);
}

static void ends_with_a_killed_jail(void **state)
{
	pid_t both[2] = {0};
	int ends[2];
	pid_t jail;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	jail = fork();
	if (jail == 0) {
		both[1] = start_lasting(&both[0]);
		(void)base_write_all(ends[1], both, sizeof(both));
		for (;;)
			pause();
	}
	assert_int_equal(base_read_all(ends[0], both, sizeof(both)),
			 sizeof(both));
	assert_true(both[0] > 0 && both[1] > 0);
	kill(jail, SIGKILL);
	waitpid(jail, NULL, 0);
	assert_true(is_gone(both[1]));
	assert_true(is_gone(both[0]));
	close(ends[0]);
	close(ends[1]);
}

/* A keeper that was never told to go. */
static void ends_before_it_began(void **state)
{
	const char *const argv[] = {"sleep", "60", NULL};
	const struct companion companion = {.argv = argv, .keep = {-1}};
	struct companion_waiting waiting;
	struct error err = {0};

	(void)state;
	assert_int_equal(companion_prepare(&companion, -1, &waiting, &err), 0);
	companion_end(&waiting.keeper);
	companion_close(&waiting);
	assert_int_equal(companion_prepare(&companion, -1, &waiting, &err), 0);
	companion_close(&waiting);
	assert_true(is_gone(waiting.keeper));
	companion_end(&waiting.keeper);
}

/* ---- causes ----------------------------------------------------------- */

struct failure {
	const char *script;
	const char *text;	/* of the error */
	int milliseconds;
	bool ends;
};

static const struct failure failures[] = {
	{"echo first >&2; echo 'no such device' >&2; exit 3",
	 "sh failed: no such device", 10 * SECONDS, false},
	{"printf 'half a line' >&2; exit 1", "sh failed: half a line",
	 10 * SECONDS, false},
	{"printf 'a\\033[2Jb\\n' >&2; exit 1", "sh failed: a?[2Jb",
	 10 * SECONDS, false},
	{"exit 7", "sh failed: it ended with status 7", 10 * SECONDS, false},
	{"exit 0", "sh failed: it ended with status 0", 10 * SECONDS, false},
	{"kill -9 $$", "sh failed: signal 9 ended it", 10 * SECONDS, false},
	{"echo waiting >&2; exec sleep 60",
	 "sh is not ready after the time it was given: waiting", 2 * SECONDS,
	 false},
	{"exec sleep 60", "sh is not ready after the time it was given", 100,
	 true},
	{"exit 1", "sh failed: it ended with status 1", 10 * SECONDS, true},
};

static void causes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(failures); i++) {
		const struct failure *row = &failures[i];
		struct error err = {0};
		pid_t keeper = -1;
		int ends[2];

		assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
		assert_true(start_shell(row->script, (struct companion){
			.keep = {-1}, .ends = row->ends},
			row->ends ? -1 : ends[0], row->milliseconds, &keeper,
			&err) < 0);
		assert_string_equal(err.text, row->text);
		assert_int_equal(keeper, 0);
		close(ends[0]);
		close(ends[1]);
	}
}

static void missing(void **state)
{
	const char *const argv[] = {"no-such-program", NULL};
	const struct companion companion = {.argv = argv, .keep = {-1}};
	struct error err = {0};
	pid_t keeper = -1;

	(void)state;
	assert_int_equal(companion_start(&companion, -1, SECONDS, &keeper,
					 &err), -ENOENT);
	assert_string_equal(err.text, "no-such-program is not installed; "
			    "install the package no-such-program");
	assert_string_equal(companion_package("pasta"), "passt");
	assert_int_equal(keeper, 0);
}

/* ---- what it has ------------------------------------------------------- */

static int note(void *data, char *line, struct error *err)
{
	char *seen = data;

	snprintf(seen + strlen(seen), 2048 - strlen(seen), "%s|", line);
	if (strcmp(line, "bad") == 0)
		return base_error(err, EPROTO, "%s", seen);
	return strcmp(line, "ready") == 0;
}

/* In the keeper's process. */
static void speaks(void **state)
{
	struct companion companion = {.hear = note, .data = (char[2048]){""}};
	struct error err = {0};
	pid_t keeper;

	(void)state;
	assert_int_equal(start_shell("echo one; echo ready; exec sleep 60",
				     companion, -1, 10 * SECONDS, &keeper,
				     &err), 0);
	companion_end(&keeper);
	assert_int_equal(start_shell("echo bad; exec sleep 60", companion, -1,
				     10 * SECONDS, &keeper, &err), -EPROTO);
	assert_string_equal(err.text, "bad|");
	assert_int_equal(keeper, 0);
	/* Cut off where it is too long. */
	assert_int_equal(start_shell("head -c 5000 /dev/zero | tr '\\0' x; "
				     "echo; echo bad; sleep 60", companion, -1,
				     10 * SECONDS, &keeper, &err), -EPROTO);
	assert_int_equal(strspn(err.text, "x"), 511);
}

/* No files of ours, no signals that we ignore or block, a session of its own
 * without a terminal, and nothing of our environment; 32 and 33, which libc
 * keeps for itself (signal(7)), are as they were inherited. Said in one line, as
 * the cause of its failure. */
static void knows_nothing_of_us(void **state)
{
	static const char script[] =
		"set -- $(sed 's/.*) //' /proc/$$/stat); "
		"echo $(ls /proc/self/fd | wc -l) $PWD "
		"$([ $2 = $4 ] && echo own) tty=$5 "
		"$(env | grep -vE '^(PWD|_|OLDPWD|SHLVL)=' | sort) "
		"$(sed -n 's/^Sig[IB].*:.//p' /proc/$$/status | "
		"sed 's/0000000[01]80000000/0000000000000000/') >&2; exit 1";
	const char *const env[] = {"A=b", NULL};
	struct companion companion = {.env = env};
	struct error err = {0};
	int ends[2];
	pid_t keeper;

	(void)state;
	setenv("SECRET", "1", 1);
	signal(SIGUSR1, SIG_IGN);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(start_shell(script, companion, ends[0], 10 * SECONDS,
				     &keeper, &err), -ECHILD);
	signal(SIGUSR1, SIG_DFL);
	close(ends[0]);
	close(ends[1]);
	assert_string_equal(err.text, "sh failed: 4 / own tty=0 A=b LANG=C "
			    "PATH=/usr/sbin:/usr/bin:/sbin:/bin "
			    "0000000000000000 0000000000000000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_when_told),
		cmocka_unit_test(ends_whatever_it_does),
		cmocka_unit_test(ends_with_a_killed_jail),
		cmocka_unit_test(ends_before_it_began),
		cmocka_unit_test(causes),
		cmocka_unit_test(missing),
		cmocka_unit_test(speaks),
		cmocka_unit_test(knows_nothing_of_us),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
