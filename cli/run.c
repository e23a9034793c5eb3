/* SPDX-License-Identifier: MIT */
/*
 * run: a program under its plan. While it runs a person may be asked (ask.c);
 * when it has ended, what it was refused, or made all the same, is offered on a
 * terminal, and with --retry it starts again when something was allowed.
 */
#include <string.h>
#include <sys/wait.h>

#include "cli/ask.h"
#include "cli/policy.h"
#include "cli/run.h"
#include "cli/session.h"

#define ASK_TIMEOUT INT64_C(60000000) /* microseconds */

/* Without a listener we have seen no denial. */
static void say_unseen(const struct enforce_plan *plan, int status)
{
	bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
	struct error err = {0};

	if (!killed &&
	    (plan->deny == ENFORCE_KILL || plan->deny == ENFORCE_ASK))
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

/* ---- offers ----------------------------------------------------------- */

/* What the person says of what was recorded since then. *ALLOWED: how many
 * calls. False: nobody is there. */
static bool review(const struct cli_denials *denials, int64_t since,
		   size_t *allowed)
{
	cleanup_db struct db *db = NULL;
	struct review_sum sum = {0};
	struct keys keys;
	size_t left;

	*allowed = 0;
	if (!isatty(STDERR_FILENO) || !keys_open(&keys, true))
		return false;
	if (cli_open(denials->common, DB_WRITE, &db) == 0 &&
	    review_sum(db, denials->program, since, &sum, NULL) == 0 &&
	    sum.calls > 0)
		(void)review_ask(db, &keys, denials->program, since, allowed,
				 &left);
	keys_close(&keys);
	return true;
}

static void offer_logged(const struct cli_denials *denials, int64_t since)
{
	size_t allowed;

	if (denials->common->quiet || denials->common->json ||
	    !review(denials, since, &allowed))
		say_hint(denials, false);
}

/* ---- starting again --------------------------------------------------- */

/* What a denial did to a descendant, or an errno to the program, shows in how
 * it ended, if anywhere. */
static bool ended_by_denial(const struct cli_denials *denials,
			    const struct enforce_result *result)
{
	return result->denied || (denials->any && result->status != 0);
}

static bool repaired(const struct cli_denials *denials, int64_t since)
{
	const struct cli_words words = {
		.verb = "review", .common = denials->common,
		.program = denials->program,
	};
	char command[2048], name[256];
	size_t allowed;

	if (review(denials, since, &allowed)) {
		if (allowed)
			fprintf(stderr, "jail: %s starts again\n",
				base_printable(name, sizeof(name),
					       denials->program));
		return allowed > 0;
	}
	fprintf(stderr, "jail: --retry: there is no terminal to ask at; to "
		"decide what is allowed: %s\n",
		cli_command_text(command, sizeof(command), &words));
	return false;
}

/* ---- the run ---------------------------------------------------------- */

static int say_failed(const struct enforce_plan *plan,
		      const struct enforce_result *result, struct error *err)
{
	if (result->exec_failed)
		cli_policy_hides(plan, err);
	return cli_fail(result->exec_failed ? CLI_CANNOT_EXECUTE : CLI_FAILED,
			err);
}

static int run_asking(const struct run *run, struct enforce_plan *plan,
		      struct cli_denials *denials,
		      struct enforce_result *result, struct error *err)
{
	struct cli_ask ask = {0};
	struct enforce_sink sink = {.denial = cli_denial, .data = denials};
	int ret;

	if (plan->deny != ENFORCE_ASK)
		return enforce_run(plan, &sink, result, err);
	cli_ask_open(&ask, denials, run->ask_timeout ? run->ask_timeout :
						       ASK_TIMEOUT);
	sink.asker = &ask.asker;
	ret = enforce_run(plan, &sink, result, err);
	cli_ask_close(&ask);
	return ret;
}

int run_plan(const struct run *run, struct enforce_plan *plan,
	     struct cli_denials *denials, struct db **held)
{
	bool retry = run->retry && cli_denial_list_is_stores(denials);
	struct inherited *inherited = retry ? inherited_keep() : NULL;
	int64_t since = base_now();
	struct enforce_result result;
	struct error err = {0};
	int ret;

	if (denials->training)
		say_hint(denials, true);
	ret = run_asking(run, plan, denials, &result, &err);
	db_close(take_ptr(*held));
	if (ret == 0 && inherited && ended_by_denial(denials, &result) &&
	    repaired(denials, since)) {
		inherited_restore(inherited);
		inherited_free(inherited);
		return RUN_AGAIN;
	}
	inherited_free(inherited);
	if (ret < 0)
		return say_failed(plan, &result, &err);
	if (result.denied)
		return CLI_DENIED;
	if (plan->deny == ENFORCE_LOG && denials->any &&
	    cli_denial_list_is_stores(denials))
		offer_logged(denials, since);
	if (!result.listener)
		say_unseen(plan, result.status);
	base_front_exit(result.status);
}
