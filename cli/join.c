/* SPDX-License-Identifier: MIT */
/*
 * jail join: one more program in a sandbox that runs. enforce_join() does it;
 * here is which sandbox, which program, and how it ends.
 */
#include <string.h>
#include <sys/wait.h>

#include "cli/join.h"

#define PATIENCE INT64_C(5000000)	/* microseconds until it is gone */
#define REST 10000

struct options {
	struct cli_common common;
	bool terminal;
};

static const struct cli_option rows[] = {
	{.name = "tty", .letter = 't', .kind = CLI_FLAG,
	 .offset = offsetof(struct options, terminal),
	 .help = "Give the program a terminal even where input or output is "
		 "none."},
	{.name = NULL},
};

/* The program's own status; as a shell has it where a signal ended it. */
static int end_as(int status)
{
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		return CLI_DENIED;
	base_front_exit(status);
}

/* Runs WORDS there, or a shell where there are none; TERMINAL: on one of its
 * own in any case. As enforce_join(). */
static int join(const struct enforce_running *entry, char **words,
		bool terminal, int *status, struct error *err)
{
	char *shell = getenv("SHELL");
	char *alone[] = {shell && *shell == '/' ? shell : (char *)"/bin/sh",
			 NULL};
	const struct enforce_joining joining = {
		.argv = *words ? words : alone,
		.shell = !*words,
		.terminal = terminal || (isatty(STDIN_FILENO) &&
					 isatty(STDOUT_FILENO)),
	};

	return enforce_join(entry, &joining, status, err);
}

/* Ends this process as the program ended, or returns the exit status. */
static int finish(int ret, int status, struct error *err)
{
	if (ret == 0)
		return end_as(status);
	return cli_fail(WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
					      WEXITSTATUS(status), err);
}

/* Of the sandbox that was SAID to run, if there is one. */
static void say_ended(pid_t said)
{
	if (said)
		fputs("jail: it has ended\n", stderr);
}

/* What was SAID before, of which sandbox, is not said again. */
static void say_joins(const struct enforce_running *entry, const char *program,
		      pid_t *said)
{
	char name[256];

	if (*said == entry->program)
		return;
	say_ended(*said);
	fprintf(stderr, "jail: the sandbox %s (%d) runs: %s joins it\n",
		base_printable(name, sizeof(name), entry->name),
		(int)entry->program, program);
	*said = entry->program;
}

/* The plan is that of another start, and what differs is not carried out. One
 * that ends before it is joined is as none. */
int join_or_start(const struct enforce_plan *plan, bool quiet, int *claim)
{
	int64_t until = base_now_monotonic() + PATIENCE;
	struct enforce_running entry;
	struct error err = {0};
	pid_t said = 0;
	int ret, status;

	for (;;) {
		ret = enforce_registry_claim(plan->policy->name, &entry, claim,
					     &err);
		if (ret == -ENOENT) {
			say_ended(said);
			return JOIN_NONE;
		}
		if (ret < 0)
			return cli_fail(CLI_FAILED, &err);
		if (!quiet)
			say_joins(&entry, plan->program, &said);
		ret = join(&entry, (char **)plan->argv, false, &status, &err);
		if (ret != -ESRCH || base_now_monotonic() > until)
			return finish(ret, status, &err);
		usleep(REST);
	}
}

static int run(void *data, char **operands)
{
	const struct options *options = data;
	char **words = operands + 1;
	struct enforce_running entry;
	struct error err = {0};
	int ret, status;

	if (*words && strcmp(*words, "--") == 0)
		words++;
	if (enforce_registry_find(operands[0], &entry, &err) < 0)
		return cli_fail(CLI_FAILED, &err);
	ret = join(&entry, words, options->terminal, &status, &err);
	return finish(ret, status, &err);
}

static const struct cli_option *const tables[] = {rows, NULL};

const struct cli_command cli_join = {
	.name = "join",
	.operands = "ID|NAME [PROGRAM] [ARG...]",
	.summary = "run one more program in a running sandbox",
	.description =
		"Runs PROGRAM, or the user's shell, in a sandbox that runs "
		"already: in its namespaces and its tree of files, under its "
		"filter, with its capabilities, limits and variables. Only "
		"the user who started the sandbox can. On a terminal the "
		"program has one of its own. It ends with the sandbox. The "
		"exit status is as with enforce.",
	.options = tables,
	.runs_program = true,
	.size = sizeof(struct options),
	.run = run,
};
