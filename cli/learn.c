/* SPDX-License-Identifier: MIT */
/*
 * jail learn: trains. What is to run, or runs already, and how often; a session
 * itself is session.c. The store is opened and checked, and made where there is
 * none, before anything runs.
 */
#include <limits.h>
#include <string.h>
#include <sys/wait.h>

#include "cli/policy.h"
#include "cli/session.h"

struct options {
	struct cli_common common;
	const char *name;
	const char *profile;
	bool no_sandbox;
	bool full;
	bool suggest;
	int64_t time;
	int64_t until_quiet;
	uint64_t repeat;	/* 0: not given */
	struct cli_list pids;
};

/* What a command line makes of a training; owned. */
struct targets {
	char *path;		/* of the program, or of the processes */
	pid_t *pids;
	size_t pid_count;
	struct cli_policy policy;
	struct enforce_plan plan;	/* all but the filter */
	struct profiles_set absent;	/* what it answers ENOSYS */
	struct enforce_sandbox sandbox;	/* of the session that runs */
};

static void targets_free(struct targets *targets)
{
	enforce_plan_free(&targets->plan);
	cli_policy_free(&targets->policy);
	profiles_set_free(&targets->absent);
	free(targets->path);
	free(targets->pids);
}

/* ---- its sandbox ------------------------------------------------------ */

static int drop_privileges(void *data, struct error *err)
{
	struct targets *targets = data;

	return enforce_privileges(&targets->plan, err);
}

static pid_t spawn(void *data, void (*main)(void *data), void *main_data,
		   struct error *err)
{
	struct targets *targets = data;
	const struct enforce_child child = {.main = main, .data = main_data};
	int ret = enforce_spawn(&targets->plan, &child, &targets->sandbox,
				err);

	return ret < 0 ? ret : targets->sandbox.program;
}

static void end_sandbox(void *data)
{
	struct targets *targets = data;

	enforce_sandbox_end(&targets->sandbox, false);
}

/* The sandbox that jail enforce will build, but for its filter: with that there
 * would be nothing to learn. Of the filter's answers only ENOSYS is given: what
 * a program does in place of io_uring has to be learned. */
static int plan_sandbox(const struct options *options, struct targets *targets,
			struct training *training, struct error *err)
{
	struct enforce_plan *plan = &targets->plan;
	int ret = cli_policy_read(&targets->policy, &options->common,
				  training->program, options->profile, err);

	if (ret < 0)
		return ret;
	plan->program = training->program;
	plan->path = targets->path;
	plan->argv = training->learn.argv;
	cli_policy_apply(&targets->policy, plan);
	ret = enforce_handed(plan, err);
	if (ret < 0)
		return ret;
	ret = enforce_absent(plan, &targets->absent, err);
	if (ret < 0)
		return ret;
	training->learn.absent = &targets->absent;
	training->learn.prepare = drop_privileges;
	training->learn.prepare_data = targets;
	if (plan->bare)
		return 0;
	training->learn.spawn = spawn;
	training->learn.end = end_sandbox;
	training->learn.spawn_data = targets;
	if (!training->learn.time_limit)
		training->learn.time_limit = plan->policy->timeout;
	cli_policy_notices(&targets->policy, &options->common);
	return 0;
}

/* ---- a program -------------------------------------------------------- */

/* The program is in a tree of its own. */
static bool is_inside(const struct enforce_plan *plan)
{
	return enforce_sandboxed(plan) && plan->policy->chroot;
}

/* The tree of files, once the store is open, whose files are to be hidden in
 * it; and the program, if it is there. 0, or an exit status. */
static int plan_files(struct targets *targets, struct training *training)
{
	struct enforce_plan *plan = &targets->plan;
	struct error err = {0};

	if (!training->learn.spawn)
		return 0;
	if (enforce_plan_files(plan, &err) < 0)
		return cli_fail(CLI_FAILED, &err);
	if (!is_inside(plan))
		return 0;
	base_free(&targets->path);
	if (enforce_plan_program(plan, training->command, &targets->path,
				 &err) < 0)
		return cli_no_program(&err);
	plan->path = training->learn.path = targets->path;
	return 0;
}

/* Fills in what starts a program. 0, or an exit status. */
static int choose_program(const struct options *options, char **argv,
			  struct targets *targets, struct training *training)
{
	struct error err = {0}, lost = {0};
	int ret = base_find_program(argv[0], &targets->path, &lost);

	if (cli_profile_name(options->name, argv[0], &training->program,
			     &err) < 0)
		return ret < 0 ? cli_no_program(&lost) :
				 cli_fail(CLI_FAILED, &err);
	training->command = argv[0];
	training->profile = options->profile;
	training->sandbox = !options->no_sandbox;
	training->learn.path = targets->path;
	training->learn.argv = argv;
	if (training->sandbox &&
	    plan_sandbox(options, targets, training, &err) < 0)
		return ret < 0 ? cli_no_program(&lost) :
				 cli_fail(CLI_FAILED, &err);
	return targets->path || is_inside(&targets->plan)
		       ? 0 : cli_no_program(&lost);
}

/* ---- processes that run already --------------------------------------- */

static int parse_pid(const char *word, pid_t *pid, struct error *err)
{
	uint64_t number;
	int64_t process;

	if (base_parse_number(word, INT_MAX, &number) < 0 || number == 0)
		return base_error(err, EINVAL, "'%s' is not the number of a "
				  "process; --pid takes nothing else, and "
				  "options stand before it", word);
	*pid = (pid_t)number;
	process = base_process_number(*pid, "Tgid");
	if (process > 0 && process != *pid)
		return base_error(err, EINVAL, "%d is a thread of process "
				  "%d; give that", (int)*pid, (int)process);
	return 0;
}

/* To root "try as root" is no remedy. */
static int find_exe(pid_t pid, char **path, struct error *err)
{
	int ret = base_process_exe(pid, path, err);

	if (ret == -EACCES && geteuid() == 0)
		return base_error(err, EACCES, "this system does not let you "
				  "look into process %d", (int)pid);
	return ret;
}

/* Those that run a program of another path would be learned under a name that
 * is not theirs. */
static int add_pid(const struct options *options, struct targets *targets,
		   const char *word, struct error *err)
{
	cleanup_free char *path = NULL;
	pid_t pid = 0;

	if (parse_pid(word, &pid, err) < 0 ||
	    find_exe(pid, &path, err) < 0)
		return -err->code;
	for (size_t i = 0; i < targets->pid_count; i++)
		if (targets->pids[i] == pid)
			return 0;
	if (targets->path && !options->name &&
	    strcmp(targets->path, path) != 0)
		return base_error(err, EINVAL, "process %d runs %s, and %d "
				  "%s; name the profile of both with --name",
				  (int)targets->pids[0], targets->path,
				  (int)pid, path);
	targets->pids[targets->pid_count++] = pid;
	if (!targets->path)
		targets->path = take_ptr(path);
	return 0;
}

static int choose_processes(const struct options *options, char **words,
			    struct targets *targets, struct training *training)
{
	struct error err = {0};
	size_t count = options->pids.count;
	int ret = 0;

	while (words[count - options->pids.count])
		count++;
	targets->pids = calloc(count, sizeof(*targets->pids));
	if (!targets->pids)
		ret = base_error(&err, ENOMEM, "out of memory");
	for (size_t i = 0; ret == 0 && i < options->pids.count; i++)
		ret = add_pid(options, targets, options->pids.items[i], &err);
	for (; ret == 0 && *words; words++)
		ret = add_pid(options, targets, *words, &err);
	if (ret == 0)
		ret = cli_profile_name(options->name, targets->path,
				       &training->program, &err);
	if (ret < 0)
		return cli_fail(CLI_FAILED, &err);
	for (size_t i = 0; i < targets->pid_count; i++)
		training->has_caps |=
			base_process_bits(targets->pids[i], "CapEff") != 0;
	training->command = targets->path;
	training->learn.pids = targets->pids;
	training->learn.pid_count = targets->pid_count;
	return 0;
}

/* ---- running ---------------------------------------------------------- */

/* As a shell ends its loop: by what ends the program from outside, or because
 * the program says by its status that it was ended so. */
static bool was_asked_to_end(const struct learn_result *result)
{
	int status = result->status;
	int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	if (result->interrupted)
		return true;
	if (result->limited)
		return false;
	return signal == SIGINT || signal == SIGTERM || signal == SIGHUP ||
	       signal == SIGQUIT ||
	       (WIFEXITED(status) && WEXITSTATUS(status) == 128 + SIGINT);
}

/* Where a limit ended the run, what it was ended by says nothing. */
static void print_run_end(const struct session *session)
{
	int status = session->result.status;
	const char *name = WIFSIGNALED(status) ?
		sigabbrev_np(WTERMSIG(status)) : NULL;
	char text[64];

	if (session->result.limited)
		fprintf(stderr, ", %s", summary_limit(text, sizeof(text),
						      session->training,
						      session->result.limited));
	else if (name)
		fprintf(stderr, ", ended by SIG%s", name);
	else if (WIFSIGNALED(status))
		fprintf(stderr, ", ended by signal %d", WTERMSIG(status));
	else if (WEXITSTATUS(status))
		fprintf(stderr, ", exit status %d", WEXITSTATUS(status));
}

/* "run 2 of 3: 3 new calls" */
static void print_run(const struct session *session, uint64_t run,
		      uint64_t runs, size_t fresh, bool last)
{
	fprintf(stderr, "run %llu of %llu: ", (unsigned long long)run,
		(unsigned long long)runs);
	if (fresh)
		fprintf(stderr, "%zu new call%s", fresh,
			cli_plural(fresh, "s"));
	else
		fputs("no new calls", stderr);
	print_run_end(session);
	fputs(last && run < runs ? "; the others are left out\n" : "\n",
	      stderr);
}

/* One of RUNS sessions. *STATUS is the first one that is not 0. */
static int run_one(struct training *training, struct totals *totals,
		   uint64_t run, uint64_t runs, bool *last, int *status)
{
	struct session session = {0};
	struct error err = {0};
	size_t fresh;
	int ret = session_run(&session, training);

	if (ret == 0 && totals_add(totals, &session, &fresh, &err) < 0)
		ret = cli_fail(CLI_FAILED, &err);
	if (ret == 0) {
		*last = run == runs || was_asked_to_end(&session.result);
		*status = *status ? *status : session.result.status;
	}
	if (ret == 0 && runs > 1 && !training->common->quiet)
		print_run(&session, run, runs, fresh, *last);
	session_free(&session);
	return ret;
}

/* The copies are given up before the last run: whoever reads what the program
 * prints then sees when it ends. */
static int run_all(struct training *training, struct totals *totals,
		   uint64_t runs, int *status)
{
	struct inherited *inherited = runs > 1 ? inherited_keep() : NULL;
	struct error err = {0};
	bool last = false;
	int ret = 0;

	if (runs > 1 && !inherited) {
		base_error(&err, ENOMEM, "out of memory");
		return cli_fail(CLI_FAILED, &err);
	}
	for (uint64_t run = 1; ret == 0 && !last; run++) {
		if (inherited && run > 1)
			inherited_restore(inherited);
		if (run == runs) {
			inherited_free(inherited);
			inherited = NULL;
		}
		ret = run_one(training, totals, run, runs, &last, status);
	}
	inherited_free(inherited);
	return ret;
}

static int train(struct training *training, uint64_t runs, int *status)
{
	struct totals totals = {0};
	struct error err = {0};
	int ret = run_all(training, &totals, runs, status);

	if (ret == 0 && refusals_take_calls(training, &err) < 0)
		ret = cli_fail(CLI_FAILED, &err);
	if (ret == 0 && training->common->json) {
		if (summary_json(&totals, training, &err) < 0)
			ret = cli_fail(CLI_FAILED, &err);
	} else if (ret == 0 && !training->common->quiet) {
		if (summary_print(&totals, training, &err) < 0)
			ret = cli_fail(CLI_FAILED, &err);
	}
	totals_free(&totals);
	notice_free(training);
	refusals_free(&training->refusals);
	return ret == 0 ? cli_finish(0, CLI_FAILED) : ret;
}

/* ---- the command ------------------------------------------------------ */

/* What cannot be asked for together. */
static int check(const struct options *options, struct error *err)
{
	bool changes = options->common.directives.count > 0;

	if (options->pids.count && options->repeat)
		return base_error(err, EINVAL, "--repeat starts a program, and "
				  "--pid follows one that runs; leave one of "
				  "them out");
	if (options->pids.count && (changes || options->no_sandbox ||
				    options->profile))
		return base_error(err, EINVAL, "the privileges of a running "
				  "process cannot be changed; leave %s out",
				  changes ? "the directives" :
				  options->profile ? "--profile" :
						     "--no-sandbox");
	if (options->no_sandbox && (changes || options->profile))
		return base_error(err, EINVAL, "--no-sandbox leaves the "
				  "program all privileges; leave it or %s out",
				  changes ? "the directives" : "--profile");
	return 0;
}

static int run(void *data, char **operands)
{
	struct options *options = data;
	struct targets targets = {0};
	struct training training = {
		.common = &options->common,
		.plan = &targets.plan,
		.suggest = options->suggest,
		.learn.full = options->full,
		.learn.time_limit = options->time,
		.learn.quiet_limit = options->until_quiet,
		.learn.keep_stdout = options->common.json,
	};
	struct error err = {0};
	int ret, status = 0;

	if (check(options, &err) < 0)
		return cli_usage(&cli_learn, "%s", err.text);
	ret = options->pids.count ?
		choose_processes(options, operands, &targets, &training) :
		choose_program(options, operands, &targets, &training);
	if (ret == 0 && cli_open(&options->common, DB_WRITE, &training.db) < 0)
		ret = CLI_FAILED;
	if (ret == 0)
		ret = plan_files(&targets, &training);
	if (ret == 0)
		cli_policy_buses(&targets.policy, &targets.plan,
				 &options->common);
	if (ret == 0)
		ret = train(&training, options->repeat ? options->repeat : 1,
			    &status);
	db_close(training.db);
	targets_free(&targets);
	if (ret != 0)
		return ret;
	cli_options_free(&options->common);
	base_front_exit(status);
}

#define AT(field) .offset = offsetof(struct options, field)

static const struct cli_option rows[] = {
	{.name = "name", .argument = "NAME", .kind = CLI_STRING, AT(name),
	 .help = "The profile name, instead of the program's basename."},
	{.name = "profile", .argument = "FILE", .kind = CLI_STRING,
	 AT(profile), .values = "none @file",
	 .help = "Train under this profile instead of the one that the "
		 "program's name finds: a file, or the name of a profile. With "
		 "none there is no sandbox; only privileges are dropped."},
	{.name = "time", .argument = "DURATION", .kind = CLI_DURATION,
	 AT(time),
	 .help = "End the session after this time: 90s, 1.5h, 2d; seconds "
		 "without a letter."},
	{.name = "until-quiet", .argument = "DURATION", .kind = CLI_DURATION,
	 AT(until_quiet),
	 .help = "End the session when nothing new was called for this long."},
	{.name = "repeat", .argument = "N", .kind = CLI_COUNT, AT(repeat),
	 .help = "Run the program N times, each a session of its own."},
	{.name = "pid", .argument = "PID", .kind = CLI_LIST, AT(pids),
	 .values = "@pid", .operands = "[PID...]",
	 .help = "Learn from processes that run already, until they end or "
		 "until Ctrl-C, which lets them go on."},
	{.name = "full", .kind = CLI_FLAG, AT(full),
	 .help = "Count each call and watch its return, so that all numbers "
		 "are exact; much slower where many calls are made."},
	{.name = "suggest", .kind = CLI_FLAG, AT(suggest),
	 .help = "Name at the end what the list may still lack, the likeliest "
		 "first, each with the reason and with the command that adds "
		 "it; nothing is added by itself."},
	{.name = "no-sandbox", .kind = CLI_FLAG, AT(no_sandbox),
	 .help = "Train without a sandbox and with the privileges that you "
		 "have; without this option it is as under jail enforce."},
	{.name = NULL},
};

static const struct cli_option *const tables[] = {
	rows, cli_db_option, cli_json_option, cli_quiet_option, NULL
};

const struct cli_command cli_learn = {
	.name = "learn",
	.operands = "PROGRAM [ARG...]",
	.summary = "run PROGRAM and record every system call it makes",
	.description =
		"Runs PROGRAM in the sandbox that jail enforce will give it "
		"and records, in the store, each system call that it and its "
		"descendants make. "
		"Do with it what you will do with it later; several sessions "
		"add up, and calls that are known cost nothing. With --pid it "
		"follows processes that run already.",
	.options = tables,
	.runs_program = true,
	.directives = PROFILES_LEARN,
	.size = sizeof(struct options),
	.run = run,
};
