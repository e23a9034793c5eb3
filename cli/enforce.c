/* SPDX-License-Identifier: MIT */
/*
 * jail enforce: runs a program in a sandbox, with nothing allowed but its
 * whitelist. policy.c finds the profile, whitelist.c the list, and enforce/
 * makes a plan of both, which is run or printed (check.c).
 *
 * As a login shell jail is this command as well (login.c).
 */
#include <string.h>

#include "cli/check.h"
#include "cli/desktop.h"
#include "cli/join.h"
#include "cli/login.h"
#include "cli/run.h"

struct options {
	struct cli_common common;
	const char *name;
	const char *profile;
	const char *deny;
	int64_t ask_timeout;
	bool retry;
	bool allow_clone3;
	bool as_pid_1;
	bool check;
	bool debug;
	bool desktop;
	bool desktop_remove;
	struct cli_list keep_fds;
};

#define AT(field) .offset = offsetof(struct options, field)

static const struct cli_option rows[] = {
	{.name = "name", .argument = "NAME", .kind = CLI_STRING, AT(name),
	 .help = "Use the profile NAME instead of the program's own name."},
	{.name = "profile", .argument = "FILE", .kind = CLI_STRING,
	 AT(profile), .values = "none @file",
	 .help = "Use this profile instead of the one that the program's name "
		 "finds: a file, or the name of a profile. With none there is "
		 "no sandbox, only the store's whitelist."},
	{.name = "check", .kind = CLI_FLAG, AT(check),
	 .help = "Print the plan, each mount, namespace, capability and rule, "
		 "and run nothing."},
	{.name = "debug", .kind = CLI_FLAG, AT(debug),
	 .help = "Print each step of the set-up on stderr as it happens."},
	{.name = "desktop", .kind = CLI_FLAG, AT(desktop),
	 .operands = "PROGRAM",
	 .help = "Write menu entries of your own in the place of the system's "
		 "that start the program, so that they do it through jail and "
		 "with the other options given; run nothing."},
	{.name = "desktop-remove", .kind = CLI_FLAG, AT(desktop_remove),
	 .operands = "PROGRAM",
	 .help = "Remove the menu entries that --desktop has written."},
	{.name = "deny", .argument = "ACTION", .kind = CLI_STRING, AT(deny),
	 .values = "kill errno log ask",
	 .help = "What a call that is not on the whitelist meets: kill ends "
		 "the process (the default), errno or errno=NAME lets the call "
		 "fail, log lets it pass and records it, and needs no list to "
		 "begin with; with ask the call waits until you have said at "
		 "the terminal what becomes of it."},
	{.name = "ask-timeout", .argument = "TIME", .kind = CLI_DURATION,
	 AT(ask_timeout),
	 .help = "With --deny=ask: a call fails that has waited so long for an "
		 "answer; 60s where this is not given."},
	{.name = "retry", .kind = CLI_FLAG, AT(retry),
	 .help = "When a denial has ended the program, ask at the terminal "
		 "what of it is allowed from now on, and start the program "
		 "again if anything is."},
	{.name = "allow-clone3", .kind = CLI_FLAG, AT(allow_clone3),
	 .help = "Let clone3 pass where it is on the whitelist; its flags "
		 "cannot be checked, so it is otherwise said not to exist."},
	{.name = "as-pid-1", .kind = CLI_FLAG, AT(as_pid_1),
	 .help = "Make the program process 1 of its namespace, without jail's "
		 "init in front of it; it has to reap what its children "
		 "leave."},
	{.name = "keep-fd", .argument = "N", .kind = CLI_LIST, AT(keep_fds),
	 .help = "Leave the open file descriptor N to the program; all others "
		 "above 2 are closed."},
	{.name = NULL},
};

static const struct cli_option *const tables[] = {
	rows, cli_db_option, cli_json_option, cli_quiet_option, NULL
};

/* ---- options ---------------------------------------------------------- */

static int parse_errno(const char *text, int *code, struct error *err)
{
	*code = base_errno_parse(text);
	if (*code)
		return 0;
	return base_error(err, EINVAL, "--deny=errno=%s: there is no such "
			  "error; give a name as in errno(3), such as EACCES",
			  text);
}

static int parse_deny(const char *text, struct enforce_plan *plan,
		      struct error *err)
{
	plan->deny_errno = EPERM;
	if (!text || strcmp(text, "kill") == 0) {
		plan->deny = ENFORCE_KILL;
	} else if (strcmp(text, "log") == 0) {
		plan->deny = ENFORCE_LOG;
	} else if (strcmp(text, "errno") == 0) {
		plan->deny = ENFORCE_ERRNO;
	} else if (strncmp(text, "errno=", 6) == 0) {
		plan->deny = ENFORCE_ERRNO;
		return parse_errno(text + 6, &plan->deny_errno, err);
	} else if (strcmp(text, "ask") == 0) {
		plan->deny = ENFORCE_ASK;
	} else {
		return base_error(err, EINVAL, "--deny=%s is none of kill, "
				  "errno, errno=NAME, log, ask", text);
	}
	return 0;
}

static int parse_asking(const struct options *options,
			const struct enforce_plan *plan, struct error *err)
{
	if (options->ask_timeout && plan->deny != ENFORCE_ASK)
		return base_error(err, EINVAL, "--ask-timeout is about "
				  "--deny=ask; give both");
	if (options->retry && plan->deny != ENFORCE_KILL &&
	    plan->deny != ENFORCE_ERRNO)
		return base_error(err, EINVAL, "--retry starts the program "
				  "again after a denial; --deny=%s asks by "
				  "itself", options->deny);
	return 0;
}

static int parse_keep_fds(const struct cli_list *list,
			  struct enforce_plan *plan, struct error *err)
{
	uint64_t number;

	for (size_t i = 0; i < list->count; i++) {
		if (base_parse_number(list->items[i], 1 << 20, &number) < 0)
			return base_error(err, EINVAL, "--keep-fd=%s: not the "
					  "number of a file descriptor",
					  list->items[i]);
		if (number <= 2)
			continue; /* always kept */
		if (plan->keep_fd_count == ARRAY_SIZE(plan->keep_fds))
			return base_error(err, EINVAL, "--keep-fd can be given "
					  "%zu times at most",
					  ARRAY_SIZE(plan->keep_fds));
		plan->keep_fds[plan->keep_fd_count++] = (int)number;
	}
	return 0;
}

/* ---- the command ------------------------------------------------------ */

/* Called in the process that takes the step: nothing of stdio. */
static void print_step(const char *sentence)
{
	char line[1024];
	int length = snprintf(line, sizeof(line), "jail: %s\n", sentence);

	if (length >= (int)sizeof(line))
		length = sizeof(line) - 1;
	base_write_all(STDERR_FILENO, line, (size_t)length);
}

static int parse(const struct options *options, struct enforce_plan *plan,
		 struct error *err)
{
	int ret = parse_deny(options->deny, plan, err);

	plan->allow_clone3 = options->allow_clone3;
	plan->as_pid_1 = options->as_pid_1;
	plan->debug = options->debug ? print_step : NULL;
	if (ret == 0)
		ret = parse_asking(options, plan, err);
	if (ret == 0)
		ret = parse_keep_fds(&options->keep_fds, plan, err);
	return ret < 0 ? ret : enforce_handed(plan, err);
}

/* A store in a folder of its own is hidden with it. Elsewhere its files are
 * hidden one by one, so they have to be there as long as the program is: they
 * come and go with the first and the last who has the store open. */
static int hold_store(const struct options *options,
		      const struct enforce_plan *plan, bool make,
		      struct db **held, struct error *err)
{
	const char *store = plan->context.store;
	const char *folder = plan->context.own ? plan->context.own[0] : NULL;
	size_t length = folder ? strlen(folder) : 0;
	int ret;

	if (plan->bare || options->check || !store || *held ||
	    (!make && access(store, F_OK) < 0) ||
	    (folder && strncmp(store, folder, length) == 0 &&
	     store[length] == '/'))
		return 0;
	ret = db_open(held, store, DB_WRITE, err);
	/* Not ours, so not the program's: a denial will complain. */
	return ret == -EACCES || ret == -EPERM || ret == -EROFS ? 0 : ret;
}

/* --name is the sandbox's name, too, whatever the profile's file says; but not
 * where --join-or-start gives it one. */
static void name_sandbox(const struct options *options,
			 struct profiles_policy *policy)
{
	const struct cli_list *lines = &options->common.directives;
	char *name = options->name && policy->name ? strdup(options->name) :
						     NULL;

	for (size_t i = 0; i < lines->count; i++)
		if (strncmp(lines->items[i], "join-or-start ", 14) == 0)
			base_free(&name);
	if (!name)
		return;
	free(policy->name);
	policy->name = name;
}

static int read_policy(const struct options *options,
		       struct cli_policy *policy, struct enforce_plan *plan,
		       struct cli_denials *denials, struct error *err)
{
	int ret = cli_policy_read(policy, &options->common, plan->program,
				  options->profile, err);

	if (ret < 0)
		return ret;
	name_sandbox(options, &policy->text.policy);
	cli_policy_apply(policy, plan);
	denials->common = &options->common;
	denials->command = plan->argv[0];
	denials->program = plan->program;
	denials->whitelist = &plan->whitelist;
	denials->refuses = plan->policy &&
			   (plan->policy->refused_count > 0 ||
			    profiles_has(plan->policy, PROFILES_SECCOMP));
	return 0;
}

/* What the profile and the store make of the plan. *MISSING, new memory, is why
 * a plan to be printed has no whitelist. */
static int make_plan(const struct options *options, struct cli_policy *policy,
		     struct enforce_plan *plan, struct cli_denials *denials,
		     struct db **held, char **missing, struct error *err)
{
	int ret = read_policy(options, policy, plan, denials, err);

	if (ret < 0)
		return ret;
	/* What is there is read by the same handle, what is not is made once
	 * there is something to run. */
	ret = hold_store(options, plan, false, held, err);
	if (ret == 0)
		ret = cli_whitelist_read(policy, plan, denials, *held,
					 options->check, err);
	if (ret == -ENOENT && options->check) {
		*missing = strdup(err->text);
		ret = *missing ? 0 : base_error(err, ENOMEM, "out of memory");
	}
	if (ret == 0)
		ret = hold_store(options, plan, true, held, err);
	return ret < 0 || plan->bare ? ret : enforce_plan_files(plan, err);
}

/* PATH is the program of this system, NULL if it has none and LOST says why; in
 * a tree of its own another one counts. LOST is NULL: PATH it is, there too,
 * for somebody who logs in and trains nothing. */
static int confine(const struct options *options, const char *path,
		   const struct error *lost, struct enforce_plan *plan,
		   struct cli_denials *denials)
{
	cleanup_policy struct cli_policy policy = {0};
	cleanup_free char *missing = NULL, *inside = NULL;
	cleanup_fresh struct fresh fresh = {0};
	cleanup_db struct db *held = NULL;
	cleanup_close int claim = -1;
	struct error err = {0};
	bool elsewhere;
	int ret;

	plan->path = path;
	denials->fresh = &fresh;
	ret = make_plan(options, &policy, plan, denials, &held, &missing, &err);
	elsewhere = enforce_sandboxed(plan) && plan->policy->chroot;
	if (!path && !elsewhere)
		return cli_no_program(lost);
	if (ret == 0 && elsewhere) {
		ret = enforce_plan_program(plan, lost ? plan->argv[0] : path,
					   &inside, &err);
		if (ret < 0)
			return cli_no_program(&err);
		plan->path = inside;
	}
	if (ret == 0 && options->check)
		ret = cli_check_print(plan, &policy, denials, missing, &err);
	if (ret < 0)
		return cli_fail(CLI_FAILED, &err);
	if (options->check)
		return 0;
	if (enforce_sandboxed(plan) && plan->policy->join_or_start) {
		ret = join_or_start(plan, options->common.quiet, &claim);
		if (ret != JOIN_NONE)
			return ret;
		plan->claim = &claim;
	}
	cli_policy_notices(&policy, &options->common);
	cli_policy_buses(&policy, plan, &options->common);
	if (lost && !options->common.quiet && !options->common.json &&
	    !profiles_has(&policy.text.policy, PROFILES_QUIET))
		fresh_say(&fresh, plan);
	return run_plan(&(struct run){options->retry, options->ask_timeout},
			plan, denials, &held);
}

/* What the menu starts tells nobody why it does not. */
static void say_listless(struct cli_policy *policy, struct enforce_plan *plan,
			 struct cli_denials *denials)
{
	struct error err = {0};

	if (cli_whitelist_read(policy, plan, denials, NULL, true, &err) < 0 &&
	    !denials->common->quiet)
		fprintf(stderr, "jail: the menu starts nothing yet: %s\n",
			err.text);
}

/* An entry with a profile that cannot be read would start nothing. */
static int change_menu(const struct options *options, const char *path,
		       struct enforce_plan *plan, const struct error *lost)
{
	cleanup_policy struct cli_policy policy = {0};
	struct cli_denials denials = {0};
	struct error err = {0};
	int ret;

	if (options->desktop_remove)
		return desktop_remove(&options->common, plan->program);
	if (!path)
		return cli_no_program(lost);
	if (read_policy(options, &policy, plan, &denials, &err) < 0)
		return cli_fail(CLI_FAILED, &err);
	ret = desktop_install(&cli_enforce, options, path, plan->program);
	if (ret == 0)
		say_listless(&policy, plan, &denials);
	return ret;
}

static int run_once(const struct options *options, char **operands)
{
	cleanup_free char *path = NULL;
	struct enforce_plan plan = {.argv = operands};
	struct cli_denials denials = {0};
	struct error err = {0}, lost = {0};
	int ret;

	if (parse(options, &plan, &err) < 0)
		return cli_usage(&cli_enforce, "%s", err.text);
	base_find_program(operands[0], &path, &lost);
	ret = cli_profile_name(options->name, operands[0], &plan.program, &err);
	if (ret < 0 && !path)
		ret = cli_no_program(&lost);
	else if (ret < 0)
		ret = cli_fail(CLI_FAILED, &err);
	else if (options->desktop || options->desktop_remove)
		ret = change_menu(options, path, &plan, &lost);
	else
		ret = confine(options, path, &lost, &plan, &denials);
	enforce_plan_free(&plan);
	return ret;
}

/* What was allowed is on the list of the next run. */
static int run(void *data, char **operands)
{
	int ret;

	do
		ret = run_once(data, operands);
	while (ret == RUN_AGAIN);
	return ret;
}

int cli_enforce_shell(const char *shell, char **argv)
{
	const struct options options = {.profile = LOGIN_PROFILE};
	struct enforce_plan plan = {.argv = argv, .program = LOGIN_PROFILE};
	struct cli_denials denials = {0};
	int ret = confine(&options, shell, NULL, &plan, &denials);

	enforce_plan_free(&plan);
	return ret;
}

const struct cli_command cli_enforce = {
	.name = "enforce",
	.operands = "PROGRAM [ARG...]",
	.summary = "run a program in a sandbox, confined to its whitelist",
	.description =
		"Runs PROGRAM in a sandbox: with its own processes, with the "
		"files that its profile shows it, without privileges and "
		"inherited files, and with no system call allowed but those on "
		"its whitelist. A call that is not on it is refused, told on "
		"stderr together with the command that would allow it, and "
		"recorded in the store. The exit status is the program's own, "
		"159 if such a call ended it, 125 if jail itself failed, 126 "
		"or 127 if PROGRAM cannot be executed or found.",
	.options = tables,
	.runs_program = true,
	.directives = PROFILES_ENFORCE,
	.size = sizeof(struct options),
	.run = run,
};
