/* SPDX-License-Identifier: MIT */
/*
 * jail enforce: runs a program with nothing allowed but its whitelist.
 *
 * The whitelist is the store's, or that of a profile's file, or that of
 * --seccomp.keep; the last one named wins.
 */
#include <string.h>
#include <sys/wait.h>

#include "cli/denial.h"
#include "enforce/enforce.h"

struct options {
	struct cli_common common;
	const char *name;
	const char *profile;
	const char *deny;
	bool allow_clone3;
	struct cli_list keep_fds;
};

#define AT(field) .offset = offsetof(struct options, field)

static const struct cli_option rows[] = {
	{.name = "name", .argument = "NAME", .kind = CLI_STRING, AT(name),
	 .help = "Use the profile NAME instead of the program's own name."},
	{.name = "profile", .argument = "FILE", .kind = CLI_STRING,
	 AT(profile), .values = "none @file",
	 .help = "Take the whitelist from the profile in FILE; none is the "
		 "store's whitelist alone, which is also the default."},
	{.name = "deny", .argument = "ACTION", .kind = CLI_STRING, AT(deny),
	 .values = "kill errno log",
	 .help = "What a call that is not on the whitelist meets: kill ends "
		 "the process (the default), errno or errno=NAME lets the call "
		 "fail, log lets it pass and records it, and needs no list to "
		 "begin with."},
	{.name = "allow-clone3", .kind = CLI_FLAG, AT(allow_clone3),
	 .help = "Let clone3 pass where it is on the whitelist; its flags "
		 "cannot be checked, so it is otherwise said not to exist."},
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
	uint64_t number;

	for (int n = 1; n < 4095; n++) {
		const char *name = strerrorname_np(n);

		if (name && strcmp(name, text) == 0) {
			*code = n;
			return 0;
		}
	}
	if (base_parse_number(text, 4094, &number) == 0 && number > 0) {
		*code = (int)number;
		return 0;
	}
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
		return base_error(err, EINVAL, "--deny=ask is not built in; "
				  "use --deny=log and then 'jail show' to see "
				  "what would have been denied");
	} else {
		return base_error(err, EINVAL, "--deny=%s is none of kill, "
				  "errno, errno=NAME, log", text);
	}
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

/* ---- where the whitelist comes from ----------------------------------- */

static int no_whitelist(const struct options *options,
			const struct enforce_plan *plan, struct error *err)
{
	const struct cli_words words = {
		.verb = "learn", .common = &options->common,
		.name = plan->program, .program = plan->argv[0],
	};
	char learn[2048];

	return base_error(err, ENOENT, "no whitelist for \"%s\"; learn "
			  "one with: %s", plan->program,
			  cli_command_text(learn, sizeof(learn), &words));
}

/* The namespaces that the program was seen to make with clone and clone3. */
static int add_namespaces(void *data, const struct profiles_argument *row)
{
	static const uint64_t mask = 0x7e020000; /* CLONE_NEW* of clone(2) */
	struct enforce_plan *plan = data;
	const char *name = base_call_name(row->call);
	uint64_t value = row->values[0] & mask;

	if (!name || !value ||
	    (strcmp(name, "clone") != 0 && strcmp(name, "clone3") != 0))
		return 0;
	for (size_t i = 0; i < plan->clone_namespace_count; i++)
		if (plan->clone_namespaces[i] == value)
			return 0;
	if (plan->clone_namespace_count < ARRAY_SIZE(plan->clone_namespaces))
		plan->clone_namespaces[plan->clone_namespace_count++] = value;
	return 0;
}

/* With --deny=log an empty list will do. The store and the program in it are
 * made before anything runs, by a decision on no call. */
static int begin_list(struct cli_denials *from, const char *store,
		      struct error *err)
{
	cleanup_db struct db *db = NULL;
	int ret = db_open(&db, store, DB_WRITE, err);

	from->training = true;
	return ret < 0 ? ret : db_decide(db, from->program, DB_ALLOW, NULL, 0,
					 DB_ADDED, cli_author(), err);
}

static int read_store(const struct options *options, struct enforce_plan *plan,
		      struct cli_denials *from, struct error *err)
{
	cleanup_free char *path = NULL;
	cleanup_db struct db *db = NULL;
	int ret = db_path(options->common.db, &path, err);

	if (ret < 0)
		return ret;
	ret = db_open(&db, path, DB_READ, err);
	if (ret == 0)
		ret = db_whitelist(db, plan->program, &plan->whitelist, err);
	if (ret == -ENOENT || (ret == 0 && plan->whitelist.count == 0))
		return plan->deny == ENFORCE_LOG ?
			       begin_list(from, path, err) :
			       no_whitelist(options, plan, err);
	if (ret < 0)
		return ret;
	return db_each_argument(db, plan->program, add_namespaces, plan, err);
}

static void take_list(struct profiles_text *text, struct enforce_plan *plan)
{
	profiles_set_free(&plan->whitelist);
	plan->whitelist = text->set;
	text->set = (struct profiles_set){0};
}

/* Fills the plan's whitelist and capabilities, and where they are from. */
static int apply_profile(struct options *options, struct enforce_plan *plan,
			 struct cli_denials *from, struct error *err)
{
	cleanup_profiles_text struct profiles_text file = {0}, line = {0};
	const struct cli_list *lines = &options->common.directives;
	int ret = 0;

	if (options->profile && strcmp(options->profile, "none") != 0)
		from->list_file = options->profile;
	if (from->list_file)
		ret = profiles_read(from->list_file, &file, err);
	for (size_t i = 0; ret == 0 && i < lines->count; i++)
		ret = profiles_parse_line(lines->items[i], &line, err);
	if (ret < 0)
		return ret;
	from->list_option = line.has_set;
	if (line.has_set) {
		take_list(&line, plan);
	} else if (from->list_file && !file.has_set) {
		return base_error(err, ENOENT, "the profile '%s' has no "
				  "seccomp.keep line, so nothing would be "
				  "allowed; add one, or leave --profile out",
				  from->list_file);
	} else if (from->list_file) {
		take_list(&file, plan);
	} else {
		ret = read_store(options, plan, from, err);
	}
	plan->caps_keep = line.has_caps ? line.caps_keep : file.caps_keep;
	return ret;
}

/* ---- the command ------------------------------------------------------ */

/* Without a listener we have seen no denial. */
static void say_unseen(const struct enforce_plan *plan, int status)
{
	bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
	struct error err = {0};

	if (plan->deny == ENFORCE_KILL && !killed)
		return;
	base_error(&err, EPERM, "%s %s; jail could not see which, because "
		   "another supervisor watches this process or the kernel is "
		   "too old: the kernel log has it (type=1326, syscall=)",
		   plan->program,
		   killed ? "was killed at a call off its whitelist" :
			    "may have made calls off its whitelist");
	cli_fail(CLI_FAILED, &err);
}

/* Before the program runs without a list, and after calls were let pass. */
static void say_hint(const struct cli_denials *denials, bool begins)
{
	const struct cli_words words = {
		.verb = "add --denied", .common = denials->common,
		.program = denials->program,
	};
	char add[2048];

	if (denials->common->quiet || denials->common->json)
		return;
	if (begins)
		fprintf(stderr, "jail: there is no whitelist for \"%s\" yet: "
			"what it calls is let pass and recorded\n",
			denials->program);
	else
		fprintf(stderr, "jail: to allow all that was recorded: %s\n",
			cli_command_text(add, sizeof(add), &words));
}

static int run_plan(const struct enforce_plan *plan,
		    struct cli_denials *denials)
{
	const struct enforce_sink sink = {cli_denial, denials};
	struct enforce_result result;
	struct error err = {0};

	if (denials->training)
		say_hint(denials, true);
	if (enforce_run(plan, &sink, &result, &err) < 0)
		return cli_fail(result.exec_failed ? CLI_CANNOT_EXECUTE :
						     CLI_FAILED, &err);
	if (result.denied)
		return CLI_DENIED;
	if (plan->deny == ENFORCE_LOG && denials->any && !denials->list_file &&
	    !denials->list_option)
		say_hint(denials, false);
	if (!result.listener)
		say_unseen(plan, result.status);
	base_front_exit(result.status);
}

static int parse(struct options *options, struct enforce_plan *plan,
		 struct error *err)
{
	int ret = parse_deny(options->deny, plan, err);

	plan->allow_clone3 = options->allow_clone3;
	return ret < 0 ? ret : parse_keep_fds(&options->keep_fds, plan, err);
}

static int run(void *data, char **operands)
{
	struct options *options = data;
	cleanup_free char *path = NULL;
	struct enforce_plan plan = {.argv = operands};
	struct cli_denials denials = {
		.common = &options->common, .command = operands[0],
	};
	struct error err = {0};
	int ret;

	if (parse(options, &plan, &err) < 0)
		return cli_usage(&cli_enforce, "%s", err.text);
	ret = base_find_program(operands[0], &path, &err);
	if (ret < 0)
		return cli_fail(ret == -ENOENT ? CLI_NOT_FOUND :
						 CLI_CANNOT_EXECUTE, &err);
	plan.path = path;
	ret = cli_profile_name(options->name, operands[0], &plan.program, &err);
	denials.program = plan.program;
	if (ret == 0)
		ret = apply_profile(options, &plan, &denials, &err);
	denials.whitelist = &plan.whitelist;
	ret = ret < 0 ? cli_fail(CLI_FAILED, &err) : run_plan(&plan, &denials);
	profiles_set_free(&plan.whitelist);
	return ret;
}

const struct cli_command cli_enforce = {
	.name = "enforce",
	.operands = "PROGRAM [ARG...]",
	.summary = "run a program confined to its whitelist",
	.description =
		"Runs PROGRAM with no system call allowed but those on its "
		"whitelist, without privileges and without inherited files. A "
		"call that is not on it is refused, told on stderr together "
		"with the command that would allow it, and recorded in the "
		"store. The exit status is the program's own, 159 if such a "
		"call ended it, 125 if jail itself failed, 126 or 127 if "
		"PROGRAM cannot be executed or found.",
	.options = tables,
	.runs_program = true,
	.directives = PROFILES_ENFORCE,
	.size = sizeof(struct options),
	.run = run,
};
