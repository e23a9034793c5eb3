/* SPDX-License-Identifier: MIT */
/*
 * jail learn: trains. Opens the store and begins a session before anything
 * runs, so that a store that cannot be written to is known in time; a program
 * that never starts leaves no trace in it.
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
	struct db *db;
	int64_t id;
	char uid[9];
	struct live live;
	struct enforce_plan plan;	/* its privileges only */
};

/* ---- what learn_run calls --------------------------------------------- */

static int store(void *data, const struct profiles_batch *batch,
		 struct error *err)
{
	struct session *session = data;

	live_note(&session->live, batch);
	return db_session_record(session->db, session->id, batch, err);
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

static int begin(struct session *session, const char *program, char **argv,
		 struct error *err)
{
	struct utsname system;
	char libc[64];
	struct db_session row = {
		.program = program,
		.argv = argv,
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

/* The directives that training obeys: privileges. */
static int read_directives(struct session *session, struct error *err)
{
	const struct cli_list *lines = &session->options->common.directives;
	cleanup_profiles_text struct profiles_text text = {0};

	for (size_t i = 0; i < lines->count; i++)
		if (profiles_parse_line(lines->items[i], &text, err) < 0)
			return -err->code;
	if (text.has_set)
		return base_error(err, EINVAL,
				  "a list of calls has no meaning while "
				  "learning; leave out --seccomp.keep");
	session->plan.caps_keep = text.caps_keep;
	return 0;
}

static int show_end(struct session *session, const char *program,
		    const struct learn_result *result, struct error *err)
{
	struct summary summary = {
		.program = program,
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
static int train(struct session *session, const char *path,
		 const char *program, char **argv, int *status)
{
	struct learn_options options = {
		.path = path,
		.argv = argv,
		.full = session->options->full,
		.prepare = session->options->no_sandbox ? NULL
							: drop_privileges,
		.prepare_data = session,
	};
	struct learn_sink sink = {store, tick, session};
	struct learn_result result;
	struct error err = {0}, ignored;
	int ret;

	live_start(&session->live);
	ret = learn_run(&options, &sink, &result, &err);
	live_end(&session->live);
	if (ret < 0 && !result.started) {
		(void)db_session_abandon(session->db, session->id, &ignored);
		return cli_fail(result.exec_failed ? CLI_CANNOT_EXECUTE
						   : CLI_FAILED, &err);
	}
	if (ret == 0)
		ret = db_session_end(session->db, session->id, result.status,
				     &err);
	if (ret == 0)
		ret = show_end(session, program, &result, &err);
	*status = result.status;
	return ret < 0 ? cli_fail(CLI_FAILED, &err) : 0;
}

static int run(void *data, char **operands)
{
	struct session session = {.options = data};
	struct options *options = data;
	cleanup_db struct db *db = NULL;
	cleanup_free char *path = NULL;
	const char *program;
	struct error err = {0};
	int ret, status = 0;

	ret = base_find_program(operands[0], &path, &err);
	if (ret < 0)
		return cli_fail(ret == -ENOENT ? CLI_NOT_FOUND
					       : CLI_CANNOT_EXECUTE, &err);
	if (cli_profile_name(options->name, operands[0], &program, &err) < 0 ||
	    read_directives(&session, &err) < 0)
		return cli_fail(CLI_FAILED, &err);
	if (cli_open(&options->common, DB_WRITE, &db) < 0)
		return CLI_FAILED;
	session.db = db;
	if (begin(&session, program, operands, &err) < 0)
		return cli_fail(CLI_FAILED, &err);
	ret = train(&session, path, program, operands, &status);
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
	 "The profile name, instead of the program's basename.", NULL, false},
	{"no-sandbox", 0, NULL, CLI_FLAG, offsetof(struct options, no_sandbox),
	 "Train with the privileges that you have; without this option the "
	 "program has those that jail enforce leaves it.", NULL, false},
	{"full", 0, NULL, CLI_FLAG, offsetof(struct options, full),
	 "Watch the return of every call, so that the count of errors is "
	 "exact; takes about twice as long.", NULL, false},
	{0},
};

static const struct cli_option *const tables[] = {options_table,
						  cli_common_options, NULL};

const struct cli_command cli_learn = {
	.name = "learn",
	.operands = "PROGRAM [ARG...]",
	.summary = "run PROGRAM and record every system call it makes",
	.description =
		"Runs PROGRAM as though jail were not there and records, in the "
		"store, each system call that it and its descendants make. Do "
		"with it what you will do with it later; several sessions add "
		"up.",
	.options = tables,
	.runs_program = true,
	.directives = true,
	.size = sizeof(struct options),
	.run = run,
};
