/* SPDX-License-Identifier: MIT */
/*
 * A session: one run of a program, or of those that run already, and what of it
 * goes into the store. It begins there with the first batch, while the program
 * is running, so a program that never starts is not in it.
 */
#include <gnu/libc-version.h>
#include <string.h>
#include <sys/utsname.h>

#include "cli/policy.h"
#include "cli/session.h"

bool session_passes(const struct training *training)
{
	return !training->learn.full && training->learn.pid_count == 0;
}

/* ---- what learn_run calls --------------------------------------------- */

/* The session's row; before it there is nothing to record into. */
static int begin(struct session *session, struct error *err)
{
	const struct training *training = session->training;
	struct utsname system;
	char libc[64];
	struct db_session row = {
		.program = training->program,
		.argv = training->learn.argv,
		.kernel = system.release,
		.libc = libc,
		.sandbox = training->sandbox,
		.full = training->learn.full,
		.host = system.nodename,
		.passes = session_passes(training) ? &session->known : NULL,
	};

	uname(&system);
	snprintf(libc, sizeof(libc), "glibc %s", gnu_get_libc_version());
	return db_session_begin(training->db, &row, &session->id, session->uid,
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
		ret = db_session_record(session->training->db, session->id,
					batch, err);
	if (ret < 0)
		warn(session, err);
	return ret;
}

static void tick(void *data, const struct learn_progress *progress)
{
	struct session *session = data;

	if (!session->training->common->quiet)
		live_show(&session->live, progress);
}

/* Quiet or not: it says that something was not learned. */
static void notice(void *data, enum learn_notice kind, const char *who)
{
	struct session *session = data;

	session->incomplete = true;
	live_erase(&session->live);
	notice_print(session->training, kind, who);
}

static void refused(void *data, const struct learn_refusal *refusal)
{
	struct session *session = data;

	refusals_take_file(session->training, refusal);
}

static void lacked(void *data, uint64_t capabilities)
{
	struct session *session = data;

	session->training->refusals.lacked |= capabilities;
}

/* ---- the steps -------------------------------------------------------- */

static int learn(struct session *session, struct error *err)
{
	const struct training *training = session->training;
	struct learn_options options = training->learn;
	const struct learn_sink sink = {
		.batch = store, .tick = tick, .notice = notice,
		.refused = refused, .lacked = lacked, .data = session,
	};
	int ret;

	/* Where nothing is known, the filter is made while it runs. */
	if (session_passes(training) && session->known.set.count)
		options.known = &session->known;
	live_start(&session->live, &session->known.set,
		   session_passes(training));
	ret = learn_run(&options, &sink, &session->result, err);
	session->elapsed = base_now_monotonic() - session->live.started;
	live_end(&session->live);
	return ret;
}

int session_run(struct session *session, struct training *training)
{
	struct error err = {0};
	int ret;

	session->training = training;
	ret = db_known(training->db, training->program, &session->known, &err);
	if (ret < 0)
		return cli_fail(CLI_FAILED, &err);
	ret = learn(session, &err);
	if (ret < 0 && session->result.exec_failed) {
		cli_policy_hides(training->plan, &err);
		return cli_fail(CLI_CANNOT_EXECUTE, &err);
	}
	if (ret == 0 && (session->incomplete || session->result.last.lost))
		ret = db_session_incomplete(training->db, session->id, &err);
	if (ret == 0)
		ret = db_session_end(training->db, session->id,
				     session->result.status, &err);
	return ret < 0 ? warn(session, &err) : 0;
}

void session_free(struct session *session)
{
	profiles_known_free(&session->known);
}
