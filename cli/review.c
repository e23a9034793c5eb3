/* SPDX-License-Identifier: MIT */
/*
 * jail review: goes through the calls that were refused and are not decided on.
 * On a terminal each is a question, elsewhere they are printed.
 */
#include <string.h>

#include "cli/offer.h"

struct options {
	struct cli_common common;
	const char *since_text;
	int64_t since;
	bool undo, yes;
};

/* Opened for writing only once it is known to be there: none is made. */
static int open_store(const struct options *options, bool write,
		      struct db **db)
{
	int ret = cli_open(&options->common, DB_READ, db);

	if (ret == 0 && write) {
		db_closep(db);
		ret = cli_open(&options->common, DB_WRITE, db);
	}
	return ret;
}

/* A name that is misspelt would wait for nothing. */
static int check_name(struct db *db, const char *name, struct error *err)
{
	struct review_sum sum;
	int ret = name ? review_sum(db, name, 0, &sum, err) : 0;

	if (ret < 0 || !name || sum.calls)
		return ret;
	return cli_find_program(db, name, err);
}

static int print_undone(const struct db_undone *undone, size_t count,
			struct error *err)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < count; i++) {
		json_t *object = cli_json_call(undone[i].call);

		json_object_set_new(object, "profile",
				    cli_json_text(undone[i].program));
		json_object_set_new(object, "was", json_string(
			db_decision_name(undone[i].was)));
		json_object_set_new(object, "is", json_string(
			db_decision_name(undone[i].is)));
		json_object_set_new(object, "decided",
				    cli_json_time(undone[i].decided));
		json_object_set_new(object, "who",
				    cli_json_text(undone[i].who));
		ret = cli_json_print(object, err);
	}
	return ret;
}

static int undo(const struct options *options, struct db *db, const char *name,
		struct error *err)
{
	cleanup_free struct db_undone *undone = NULL;
	size_t count = 0;
	int ret = db_undo(db, name, cli_author(), &undone, &count, err);

	if (ret == 0 && options->common.json)
		ret = print_undone(undone, count, err);
	else if (ret == 0 && !options->common.quiet)
		offer_tell_undone(undone, count);
	return cli_store_end(ret, err);
}

static void print_hint(const struct options *options, size_t left)
{
	if (options->common.quiet || options->common.json)
		return;
	if (!left)
		fputs("nothing waits for a decision\n", stderr);
	else
		fprintf(stderr, "%zu call%s left to decide on: on a "
			"terminal,%s by jail add or jail drop\n", left,
			left == 1 ? " is" : "s are",
			options->yes ? " or" : " by --yes, or");
}

/* Without questions. The exit status. */
static int list(const struct options *options, struct db *db,
		const char *name, struct error *err)
{
	const struct cli_common *common = &options->common;
	size_t left = 0;
	int ret = options->yes ?
		review_allow(db, name, options->since, common->json,
			     common->quiet, &left, err) :
		review_list(db, name, options->since, common->json,
			    common->quiet, &left, err);

	if (ret < 0)
		return cli_fail(CLI_FAILED, err);
	print_hint(options, left);
	return left > 0;
}

static int ask(const struct options *options, struct db *db,
	       struct keys *keys, const char *name)
{
	size_t allowed, left;
	int ret = review_ask(db, keys, name, options->since, &allowed, &left);

	return ret < 0 ? CLI_FAILED : left > 0;
}

static bool asks(const struct options *options, struct keys *keys)
{
	return !options->yes && !options->undo && !options->common.json &&
	       !options->common.quiet && keys_open(keys, false);
}

static int run(void *data, char **operands)
{
	struct options *options = data;
	struct keys keys = {.fd = -1};
	cleanup_db struct db *db = NULL;
	struct error err = {0};
	bool asking;
	int ret;

	if (options->undo && (options->yes || options->since_text))
		return cli_usage(&cli_review, "--undo goes with neither --yes "
				 "nor --since");
	if (options->since_text &&
	    cli_when(options->since_text, &options->since, &err) < 0)
		return cli_usage(&cli_review, "--since: %s", err.text);
	asking = asks(options, &keys);
	ret = open_store(options, asking || options->yes || options->undo,
			 &db);
	if (ret < 0)
		return cli_store_status(ret);
	ret = check_name(db, operands[0], &err);
	if (ret < 0)
		return cli_store_end(ret, &err);
	if (options->undo)
		return undo(options, db, operands[0], &err);
	ret = asking ? ask(options, db, &keys, operands[0]) :
		       list(options, db, operands[0], &err);
	keys_close(&keys);
	return ret;
}

static const struct cli_option option_rows[] = {
	{.name = "since", .argument = "TIME", .kind = CLI_STRING,
	 .offset = offsetof(struct options, since_text),
	 .help = "Only what was refused since then: 2h (ago), 14:00, "
		 "yesterday, 2026-11-22, '2026-11-22 14:00'."},
	{.name = "undo", .kind = CLI_FLAG,
	 .offset = offsetof(struct options, undo),
	 .help = "Take the latest decision back, with those that were made "
		 "together with it, and say what holds now."},
	{.name = "yes", .kind = CLI_FLAG,
	 .offset = offsetof(struct options, yes),
	 .help = "Ask nothing: allow what is neither dangerous, nor told by a "
		 "log that any user can write, nor another user's, nor was "
		 "dropped before."},
	{.name = NULL},
};

static const struct cli_option *const option_tables[] = {
	option_rows, cli_db_option, cli_json_option, cli_quiet_option, NULL
};

const struct cli_command cli_review = {
	.name = "review",
	.operands = "[NAME]",
	.summary = "decide on what was refused, a key each",
	.description =
		"Goes through the calls that were refused to NAME, or to all "
		"programs, and are not decided on: most frequent first, each "
		"with its question. Keys are y (allow), n (never), l (later), "
		"w (why), q (quit), a (all of this program), s (allow it with "
		"its siblings), u (undo) and ? (what they do). Where there is "
		"no terminal they are printed. The exit status is 0 if nothing "
		"is left to decide on, and 1 if something is.",
	.options = option_tables,
	.size = sizeof(struct options),
	.run = run,
};
