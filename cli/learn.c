/* SPDX-License-Identifier: MIT */
/*
 * jail learn: trains. The store is opened and checked, and made where there is
 * none, before anything runs; the session begins in it with the first batch,
 * while the program is running, so a program that never starts is not in it.
 */
#include <gnu/libc-version.h>
#include <string.h>
#include <sys/utsname.h>

#include "cli/session.h"
#include "enforce/enforce.h"

struct options {
	struct cli_common common;
	const char *name;
	bool no_sandbox;
	bool full;
};

struct session {
	struct options *options;
	const char *program;
	char **argv;
	struct db *db;
	int64_t id;			/* 0: not begun */
	char uid[9];
	char warned[512];		/* what was said of the store */
	struct live live;
	struct enforce_plan plan;	/* its privileges only */
};

/* ---- what learn_run calls --------------------------------------------- */

/* The session's row; before it there is nothing to record into. */
static int begin(struct session *session, struct error *err)
{
	struct utsname system;
	char libc[64];
	struct db_session row = {
		.program = session->program,
		.argv = session->argv,
		.kernel = system.release,
		.libc = libc,
		.sandbox = !session->options->no_sandbox,
		.full = session->options->full,
	};

	uname(&system);
	snprintf(libc, sizeof(libc), "glibc %s", gnu_get_libc_version());
	return db_session_begin(session->db, &row, &session->id, session->uid,
				err);
}

/* A store that fails may be well again before the end: what it says is said at
 * once, but the same only once. Returns the exit status. */
static int warn(struct session *session, const struct error *err)
{
	if (strcmp(session->warned, err->text) == 0)
		return CLI_FAILED;
	snprintf(session->warned, sizeof(session->warned), "%s", err->text);
	live_erase(&session->live);
	return cli_fail(CLI_FAILED, err);
}

static int store(void *data, const struct profiles_batch *batch,
		 struct error *err)
{
	struct session *session = data;
	int ret = 0;

	live_note(&session->live, batch);
	if (!session->id)
		ret = begin(session, err);
	if (ret == 0)
		ret = db_session_record(session->db, session->id, batch, err);
	if (ret < 0)
		warn(session, err);
	return ret;
}

static void tick(void *data, const struct learn_progress *progress)
{
	struct session *session = data;

	if (!session->options->common.quiet)
		live_show(&session->live, progress);
}

static int drop_privileges(void *data, struct error *err)
{
	struct session *session = data;

	return enforce_privileges(&session->plan, err);
}

/* ---- the steps -------------------------------------------------------- */

/* The directives that training obeys: privileges. */
static int read_directives(struct session *session, struct error *err)
{
	const struct cli_list *lines = &session->options->common.directives;
	cleanup_profiles_text struct profiles_text text = {0};

	if (session->options->no_sandbox && lines->count > 0)
		return base_error(err, EINVAL, "--no-sandbox leaves the "
				  "program all privileges; leave it or the "
				  "directives out");
	for (size_t i = 0; i < lines->count; i++)
		if (profiles_parse_line(lines->items[i], &text, err) < 0)
			return -err->code;
	session->plan.caps_keep = text.caps_keep;
	return 0;
}

static int show_end(struct session *session, const struct learn_result *result,
		    struct error *err)
{
	struct summary summary = {
		.common = &session->options->common,
		.program = session->program,
		.command = session->argv[0],
		.uid = session->uid,
		.session = session->id,
		.elapsed = base_now_monotonic() - session->live.started,
		.result = result,
	};

	if (session->options->common.json)
		return summary_json(session->db, &summary, err);
	if (session->options->common.quiet)
		return 0;
	return summary_print(session->db, &summary, err);
}

/* Runs and stores; *status is the program's, as from wait(2). Returns 0, or
 * the exit status of a failure that was printed. */
static int train(struct session *session, const char *path, int *status)
{
	struct learn_options options = {
		.path = path,
		.argv = session->argv,
		.full = session->options->full,
		.prepare = session->options->no_sandbox ? NULL
							: drop_privileges,
		.prepare_data = session,
		.keep_stdout = session->options->common.json,
	};
	struct learn_sink sink = {
		.batch = store, .tick = tick, .data = session,
	};
	struct learn_result result;
	struct error err = {0};
	int ret;

	live_start(&session->live);
	ret = learn_run(&options, &sink, &result, &err);
	live_end(&session->live);
	if (ret < 0 && result.exec_failed)
		return cli_fail(CLI_CANNOT_EXECUTE, &err);
	if (ret == 0)
		ret = db_session_end(session->db, session->id, result.status,
				     &err);
	if (ret == 0)
		ret = show_end(session, &result, &err);
	*status = result.status;
	return ret < 0 ? warn(session, &err) : 0;
}

static int run(void *data, char **operands)
{
	struct session session = {.options = data, .argv = operands};
	struct options *options = data;
	cleanup_db struct db *db = NULL;
	cleanup_free char *path = NULL;
	struct error err = {0};
	int ret, status = 0;

	if (read_directives(&session, &err) < 0)
		return cli_usage(&cli_learn, "%s", err.text);
	ret = base_find_program(operands[0], &path, &err);
	if (ret < 0)
		return cli_fail(ret == -ENOENT ? CLI_NOT_FOUND
					       : CLI_CANNOT_EXECUTE, &err);
	if (cli_profile_name(options->name, operands[0], &session.program,
			     &err) < 0)
		return cli_fail(CLI_FAILED, &err);
	if (cli_open(&options->common, DB_WRITE, &db) < 0)
		return CLI_FAILED;
	session.db = db;
	ret = train(&session, path, &status);
	if (ret == 0)
		ret = cli_finish(0, CLI_FAILED);
	if (ret != 0)
		return ret;
	db_close(take_ptr(db));
	cli_options_free(&options->common);
	base_front_exit(status);
}

static const struct cli_option options_table[] = {
	{"name", 0, "NAME", CLI_STRING, offsetof(struct options, name),
	 "The profile name, instead of the program's basename.", NULL},
	{"no-sandbox", 0, NULL, CLI_FLAG, offsetof(struct options, no_sandbox),
	 "Train with the privileges that you have; without this option the "
	 "program has those that jail enforce leaves it.", NULL},
	{"full", 0, NULL, CLI_FLAG, offsetof(struct options, full),
	 "Watch the return of every call, so that the count of errors is "
	 "exact; takes about twice as long.", NULL},
	{0},
};

static const struct cli_option *const tables[] = {
	options_table, cli_db_option, cli_json_option, cli_quiet_option, NULL
};

const struct cli_command cli_learn = {
	.name = "learn",
	.operands = "PROGRAM [ARG...]",
	.summary = "run PROGRAM and record every system call it makes",
	.description =
		"Runs PROGRAM as though jail were not there and records, in "
		"the store, each system call that it and its descendants make. "
		"Do with it what you will do with it later; several sessions "
		"add up.",
	.options = tables,
	.runs_program = true,
	.directives = PROFILES_LEARN,
	.size = sizeof(struct options),
	.run = run,
};
