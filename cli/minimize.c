/* SPDX-License-Identifier: MIT */
/*
 * jail minimize: which calls of a list a command can do without. The command is
 * run again and again in the sandbox of NAME, each time with some calls
 * answered errors; what it turns out not to need is stored as a stub
 * (minimize.h says which file does what).
 *
 * What was found is stored after each decision, so that it can be stopped; the
 * key under which it is found again has all that it depends on.
 */
#include <string.h>
#include <sys/stat.h>

#include "cli/minimize.h"
#include "cli/whitelist.h"

enum { ROUNDS = 3, RUNS = 2000 };
#define PATIENCE 60000000 /* microseconds, of a first run */

#define AT(field) .offset = offsetof(struct minimize_options, field)

static const struct cli_option rows[] = {
	{.name = "dry-run", .kind = CLI_FLAG, AT(dry_run),
	 .help = "Find out what can be done without, and store nothing but "
		 "that."},
	{.name = "restart", .kind = CLI_FLAG, AT(restart),
	 .help = "Begin anew instead of where it was stopped."},
	{.name = "compare", .argument = "FILE", .kind = CLI_LIST, AT(files),
	 .values = "@file",
	 .help = "The command writes FILE, which has to be the same as well. "
		 "Can be given several times."},
	{.name = "ignore", .argument = "STREAM", .kind = CLI_CHOICE,
	 AT(ignore), .values = "stdout stderr",
	 .help = "Do not compare what is printed there."},
	{.name = "status-only", .kind = CLI_FLAG, AT(status_only),
	 .help = "Compare the exit status alone, nothing that is printed."},
	{.name = "stdin", .argument = "FILE", .kind = CLI_STRING, AT(input),
	 .values = "@file",
	 .help = "Give each run this file as its input; /dev/null where this "
		 "is not given."},
	{.name = "rounds", .argument = "N", .kind = CLI_COUNT, AT(rounds),
	 .help = "How many runs have to be alike, of the command as usual and "
		 "of each trial that works; 3 where this is not given."},
	{.name = "jobs", .argument = "N", .kind = CLI_COUNT, AT(jobs),
	 .help = "Make N runs side by side, where these do not disturb each "
		 "other; 1 where this is not given, 16 at most."},
	{.name = "timeout", .argument = "TIME", .kind = CLI_DURATION,
	 AT(patience),
	 .help = "How long one of the first runs may take, 60s where this is "
		 "not given. Later ones may take five times as long as the "
		 "slowest of these, and a second."},
	{.name = "max-runs", .argument = "N", .kind = CLI_COUNT,
	 AT(most_runs),
	 .help = "Stop after N runs, 2000 where this is not given; what was "
		 "found is kept."},
	{.name = "profile", .argument = "FILE", .kind = CLI_STRING,
	 AT(profile), .values = "none @file",
	 .help = "Use this profile instead of the one that NAME finds, as "
		 "with enforce."},
	{.name = NULL},
};

static const struct cli_option *const tables[] = {
	rows, cli_db_option, cli_json_option, cli_quiet_option, NULL
};

static void free_work(struct minimize_work *work)
{
	enforce_plan_free(&work->plan);
	cli_policy_free(&work->policy);
	db_closep(&work->db);
	free(work->path);
	free(work->stubs);
	free(work->fixed);
	free(work->minimize.calls);
	base_close(&work->minimize.setup.signals);
}
#define cleanup_work __attribute__((cleanup(free_work)))

/* ---- candidates ----------------------------------------------------- */

/* Why a call is never tried; NULL: it is. */
static const char *kept_why(struct base_call call)
{
	const char *name = base_call_name(call);

	if (profiles_is_baseline(call))
		return "every process needs it";
	if (name && strcmp(name, "clone3") == 0)
		return "it fails with ENOSYS already, and lets clone pass";
	if (name && strncmp(name, "futex", 5) == 0)
		return "it is made where threads happen to meet";
	if (call.arch == BASE_ARCH_X32)
		return "it never passes";
	return profiles_guards(call);
}

/* As others measured: so many programs that make it work where it fails. */
static double chance_of(struct base_call call)
{
	struct base_prior prior;

	if (!base_call_prior(call, &prior) || prior.used == 0)
		return 0.5;
	return (prior.stubbed + 0.5) / (prior.used + 1.0);
}

static int was_stub(const struct minimize_work *work, struct base_call call)
{
	for (size_t i = 0; i < work->stub_count; i++)
		if (base_call_compare(&work->stubs[i].call, &call) == 0)
			return work->stubs[i].answer;
	return 0;
}

static bool replaces_clone3(const struct minimize_work *work,
			    struct base_call call)
{
	struct base_call clone3;

	return base_call_is(call, "clone") &&
	       base_call_named(call.arch, "clone3", &clone3) &&
	       profiles_set_has(&work->plan.whitelist, clone3);
}

static void add_candidate(struct minimize_work *work, struct base_call call)
{
	struct minimize *self = &work->minimize;
	const char *why = replaces_clone3(work, call) ?
				  "it is made in the place of clone3" :
				  kept_why(call);

	self->calls[self->count++] = (struct minimize_call){
		.call = call, .why = why, .was = was_stub(work, call),
		.state = why ? MINIMIZE_KEPT : MINIMIZE_OPEN,
		.chance = chance_of(call)};
}

/* Stubs that are no candidates stay in each run: those of the profile, those
 * that come with an update, and stored ones that cannot be tried. */
static int split_stubs(struct minimize_work *work, struct error *err)
{
	struct minimize_setup *setup = &work->minimize.setup;

	work->fixed = calloc(work->plan.stub_count + 1, sizeof(*work->fixed));
	if (!work->fixed)
		return base_error(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < work->plan.stub_count; i++) {
		struct profiles_refused stub = work->plan.stubs[i];

		if (!was_stub(work, stub.call) || kept_why(stub.call))
			work->fixed[setup->fixed_count++] = stub;
	}
	setup->fixed = work->fixed;
	return 0;
}

/* What the store has, its stubs among it: another command may need one. */
static int read_candidates(struct minimize_work *work, struct error *err)
{
	cleanup_profiles_set struct profiles_set all = {0};
	int ret = db_whitelist(work->db, work->list.program, &all, err);

	if (ret == 0)
		ret = db_stubs(work->db, work->list.program, &work->stubs,
			       &work->stub_count, err);
	if (ret < 0)
		return ret;
	for (size_t i = 0; i < work->stub_count; i++)
		if (!kept_why(work->stubs[i].call) &&
		    profiles_set_add(&all, work->stubs[i].call) < 0)
			return base_error(err, ENOMEM, "out of memory");
	work->minimize.calls = calloc(all.count + 1,
				      sizeof(*work->minimize.calls));
	if (!work->minimize.calls)
		return base_error(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < all.count; i++)
		add_candidate(work, all.calls[i]);
	return split_stubs(work, err);
}

/* ---- the plan ------------------------------------------------------- */

static int read_list(struct minimize_work *work, struct error *err)
{
	struct enforce_plan *plan = &work->plan;
	char learn[1024];
	const struct cli_words words = {
		.verb = "learn", .common = &work->options->common,
		.name = plan->program, .program = plan->argv[0],
		.arguments = plan->argv + 1,
	};
	int ret = cli_whitelist_read(&work->policy, plan, &work->list,
				     work->db, false, err);

	if (ret < 0)
		return ret;
	if (!cli_denial_list_is_stores(&work->list))
		return base_error(err, EINVAL, "the list of \"%s\" is that of "
				  "%s, not the store's, and could not be made "
				  "smaller", plan->program,
				  work->list.list_option ?
					  "--seccomp.keep" :
					  work->list.list_file);
	if (!plan->has_whitelist)
		return base_error(err, ENOENT, "there is no list of \"%s\" "
				  "that could be made smaller; learn one "
				  "with: %s", plan->program,
				  cli_command_text(learn, sizeof(learn),
						   &words));
	return 0;
}

/* As enforce finds it; in a tree of its own it is looked for there. */
static int find_command(struct minimize_work *work, struct error *err)
{
	struct enforce_plan *plan = &work->plan;
	int ret;

	if (enforce_sandboxed(plan) && plan->policy->chroot)
		return 0;
	ret = base_find_program(plan->argv[0], &work->path, err);
	plan->path = work->path;
	return ret;
}

static int make_plan(struct minimize_work *work, struct error *err)
{
	const struct minimize_options *options = work->options;
	struct enforce_plan *plan = &work->plan;
	int ret = cli_policy_read(&work->policy, &options->common,
				  plan->program, options->profile, err);

	if (ret < 0)
		return ret;
	plan->deny = ENFORCE_KILL;
	plan->deny_errno = EPERM;
	cli_policy_apply(&work->policy, plan);
	work->list = (struct cli_denials){
		.common = &options->common, .program = plan->program,
		.command = plan->argv[0], .whitelist = &plan->whitelist};
	ret = read_list(work, err);
	if (ret == 0)
		ret = find_command(work, err);
	return ret < 0 ? ret : read_candidates(work, err);
}

/* ---- what is stored ------------------------------------------------- */

/* On stderr: what was stored, and how to take it back. */
static void say_stored(const struct minimize_work *work, size_t changed)
{
	const struct cli_words words = {
		.verb = "review --undo", .common = &work->options->common,
		.program = work->list.program,
	};
	char undo[1024];

	if (work->options->common.quiet)
		return;
	if (work->options->dry_run)
		fputs("jail: nothing was stored; without --dry-run the same "
		      "command stores it\n", stderr);
	else if (changed == 0)
		fputs("jail: the list is as it was\n", stderr);
	else
		fprintf(stderr, "jail: stored; to take it back: %s\n",
			cli_command_text(undo, sizeof(undo), &words));
}

/* ---- the command ---------------------------------------------------- */

static int open_store(const struct minimize_options *options, const char *name,
		      struct db **db)
{
	struct error err = {0};
	int ret = cli_open(&options->common, DB_READ, db);

	if (ret < 0)
		return CLI_FAILED;
	if (cli_find_program(*db, name, &err) < 0)
		return cli_fail(CLI_FAILED, &err);
	db_closep(db);
	return cli_open(&options->common, DB_WRITE, db) < 0 ? CLI_FAILED : 0;
}

static void prepare(struct minimize_work *work)
{
	const struct minimize_options *options = work->options;
	struct minimize *self = &work->minimize;
	const char *ignore = options->ignore ? options->ignore : "";

	self->rounds = options->rounds ? options->rounds : ROUNDS;
	self->jobs = options->jobs ? options->jobs : 1;
	self->most_runs = options->most_runs ? options->most_runs : RUNS;
	self->patience = options->patience ? options->patience : PATIENCE;
	self->ignored[MINIMIZE_STDOUT] = options->status_only ||
					 strcmp(ignore, "stdout") == 0;
	self->ignored[MINIMIZE_STDERR] = options->status_only ||
					 strcmp(ignore, "stderr") == 0;
	self->setup.plan = &work->plan;
	self->setup.files = &options->files;
	self->setup.input = options->input ? options->input : "/dev/null";
	self->decided = minimize_keep;
	self->progress = options->common.quiet || options->common.json ?
				 NULL : minimize_show_progress;
	self->data = work;
	self->began = base_now_monotonic();
}

static int stopped(const struct minimize_work *work)
{
	if (!work->options->common.quiet)
		fprintf(stderr, "jail: stopped after %llu runs; what was found "
			"is kept, and the same command goes on from there\n",
			(unsigned long long)work->minimize.runs);
	return 128 + work->minimize.setup.stopped;
}

static int finish(struct minimize_work *work)
{
	const struct minimize_options *options = work->options;
	struct minimize *self = &work->minimize;
	struct error err = {0};
	size_t changed = 0;
	int ret = 0;

	if (!options->dry_run)
		ret = minimize_store(work, &changed, &err);
	if (ret == 0 && options->common.json)
		ret = cli_json_print(minimize_json(self, work->list.program,
						   work->plan.argv,
						   !options->dry_run), &err);
	else if (ret == 0)
		minimize_print(self, work->list.program);
	if (ret < 0)
		return cli_fail(CLI_FAILED, &err);
	say_stored(work, changed);
	return 0;
}

static int work_out(struct minimize_work *work)
{
	static const int further[] = {0};
	struct minimize *self = &work->minimize;
	struct error err = {0};
	int ret = make_plan(work, &err);

	prepare(work);
	if (ret == 0)
		ret = minimize_recall(work, &err);
	if (ret == 0)
		ret = cli_signals(further, &self->setup.signals,
				  &self->setup.mask, &err);
	if (ret == 0)
		cli_policy_notices(&work->policy, &work->options->common);
	if (ret == 0)
		ret = minimize_begin(self, &err);
	if (ret == 0)
		ret = minimize_search(self, &err);
	minimize_erase_progress();
	if (ret == -EINTR && self->setup.stopped)
		return stopped(work);
	if (ret < 0)
		return cli_fail(CLI_FAILED, &err);
	return finish(work);
}

static int check(const struct minimize_options *options, char **words)
{
	if (!*words)
		return cli_usage(&cli_minimize, "there is no command to run");
	if (options->jobs > MINIMIZE_JOBS)
		return cli_usage(&cli_minimize, "--jobs is %d at most",
				 MINIMIZE_JOBS);
	if (options->files.count > MINIMIZE_FILES)
		return cli_usage(&cli_minimize, "--compare can be given %d "
				 "times at most", MINIMIZE_FILES);
	if (options->files.count > 0 && options->jobs > 1)
		return cli_usage(&cli_minimize, "runs side by side would write "
				 "the same file; give either --compare or "
				 "--jobs");
	return 0;
}

static int run(void *data, char **operands)
{
	const struct minimize_options *options = data;
	char **words = operands + 1;
	cleanup_work struct minimize_work work = {
		.options = options, .minimize.setup.signals = -1};
	struct error err = {0};
	int ret;

	if (strcmp(*words, "--") == 0)
		words++;
	else if (**words == '-')
		return cli_usage(&cli_minimize, "'%s' stands behind %s, where "
				 "the command begins; options stand in front",
				 *words, operands[0]);
	ret = check(options, words);
	if (ret == 0 && cli_profile_name(operands[0], NULL, &work.plan.program,
					 &err) < 0)
		ret = cli_fail(CLI_FAILED, &err);
	if (ret == 0)
		ret = open_store(options, operands[0], &work.db);
	if (ret != 0)
		return ret;
	work.plan.argv = words;
	return work_out(&work);
}

const struct cli_command cli_minimize = {
	.name = "minimize",
	.operands = "NAME COMMAND [ARG...]",
	.summary = "find calls of a whitelist that a command can do without",
	.description =
		"Runs COMMAND again and again in the sandbox of the profile "
		"NAME, each time with some of the calls on its whitelist "
		"answered ENOSYS or EPERM. Those without which the exit status "
		"and the output are as usual are stored as stubs: from then on "
		"they fail so, without a word. A call that COMMAND does not "
		"make stays as it was. Can be stopped with Ctrl-C; the same "
		"command goes on from there.",
	.options = tables,
	.runs_program = true,
	.directives = PROFILES_ENFORCE,
	.size = sizeof(struct minimize_options),
	.run = run,
};
