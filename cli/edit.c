/* SPDX-License-Identifier: MIT */
/*
 * jail add, jail drop, jail forget: decisions of a person. All operands are
 * read before anything is changed, so that a slip changes nothing.
 */
#include <string.h>

#include "cli/offer.h"
#include "cli/store.h"

struct options {
	struct cli_common common;
	const char *arch;
	bool denied;
};

static int parse_calls(const struct options *options, char **words,
		       struct profiles_set *set, struct error *err)
{
	enum base_arch arch = cli_arch(options->arch);

	for (; *words; words++) {
		struct base_call call;
		int result = base_call_parse(*words, arch, &call, err);

		if (result < 0)
			return result;
		if (profiles_set_add(set, call) < 0)
			return base_error(err, ENOMEM, "out of memory");
	}
	return 0;
}

static int take_denial(void *data, int64_t id, const char *program,
		       const struct profiles_denial *denial)
{
	struct profiles_set *set = data;

	(void)id;
	(void)program;
	if (denial->forgeable || offer_is_anothers(denial))
		return 0;
	return profiles_set_add(set, denial->call);
}

static int leave_never(void *data, const struct db_decided *row)
{
	if (row->decision == DB_NEVER)
		profiles_set_remove(data, row->call);
	return 0;
}

/* The calls that were refused to NAME, or would have been. Not those that only
 * a log tells of which anybody can write, or that another user may have brought
 * about, nor those that are to stay refused: they have to be named. */
static int read_denied(struct db *db, const char *name,
		       struct profiles_set *set, struct error *err)
{
	int result = db_each_denial(db, name, take_denial, set, err);

	if (result < 0 && !err->code)
		return base_error(err, ENOMEM, "out of memory");
	if (result == 0)
		result = db_each_decision(db, name, leave_never, set, err);
	if (result == 0 && !set->count)
		result = cli_find_program(db, name, err);
	if (result == 0 && !set->count)
		return base_error(err, ENOENT, "nothing was refused to '%s' "
				  "that could be added so; 'jail show %s' "
				  "shows what was", name, name);
	return result;
}

/* Opens for writing a store that has the program, and makes none. 0, or the
 * exit status after the sentence was printed. */
static int open_known(const struct cli_common *common, const char *name,
		      struct db **db)
{
	struct error err = { 0 };
	int result = cli_open(common, DB_READ, db);

	if (result < 0)
		return cli_store_status(result);
	if (cli_find_program(*db, name, &err) < 0)
		return cli_fail(1, &err);
	db_closep(db);
	result = cli_open(common, DB_WRITE, db);
	return result < 0 ? cli_store_status(result) : 0;
}

static int take_waiting(void *data, const struct db_pending *pending)
{
	return profiles_set_add(data, pending->call);
}

/* What is answered an error without a word waits for no decision, and yet a
 * drop changes it: from then on it is told. */
static int take_stubs(struct db *db, const char *name,
		      struct profiles_set *waiting, struct error *err)
{
	cleanup_free struct profiles_refused *stubs = NULL;
	size_t count = 0;
	int result = db_stubs(db, name, &stubs, &count, err);

	for (size_t i = 0; result == 0 && i < count; i++)
		result = profiles_set_add(waiting, stubs[i].call);
	return result;
}

static const char *outcome(enum db_decision decision, struct base_call call,
			   bool was_there, bool waited)
{
	if (decision == DB_ALLOW && call.arch == BASE_ARCH_X32)
		return "is on the list; jail enforce refuses it all the same, "
		       "as every call of x32";
	if (decision == DB_ALLOW)
		return was_there ? "was there already" : "added";
	if (!was_there)
		return waited ? "was not there, and stays off" :
				"was not there";
	return profiles_is_baseline(call) ?
		       "dropped; it stays allowed, as every program needs it" :
		       "dropped";
}

static void print_outcomes(const char *name, enum db_decision decision,
			   const struct profiles_set *calls,
			   const struct profiles_set *before,
			   const struct profiles_set *waiting)
{
	char label[80], program[256];

	base_printable(program, sizeof(program), name);
	for (size_t i = 0; i < calls->count; i++) {
		struct base_call call = calls->calls[i];

		printf("%s: %s %s\n", program,
		       cli_call_label(label, sizeof(label), call),
		       outcome(decision, call, profiles_set_has(before, call),
			       profiles_set_has(waiting, call)));
	}
}

/* Decides on those of CALLS that the decision changes: a call that waits for
 * one waits no more when it is dropped, though it is on no list. */
static int decide(struct db *db, const char *name, enum db_decision decision,
		  enum db_evidence evidence, const struct profiles_set *calls,
		  struct profiles_set *before, struct profiles_set *waiting,
		  struct error *err)
{
	cleanup_profiles_set struct profiles_set change = { 0 };
	bool wanted = decision == DB_DROP;
	int result = db_whitelist(db, name, before, err);

	/* The first decision makes the program. */
	if (result == -ENOENT)
		*err = (struct error){ 0 };
	if ((result == 0 || result == -ENOENT) && wanted)
		result = db_each_pending(db, name, 0, take_waiting, waiting,
					 err);
	if (result == 0 && wanted)
		result = take_stubs(db, name, waiting, err);
	if (result < 0 && result != -ENOENT)
		return err->code ? result :
				   base_error(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < calls->count; i++) {
		if (profiles_set_has(before, calls->calls[i]) != wanted &&
		    !profiles_set_has(waiting, calls->calls[i]))
			continue;
		if (profiles_set_add(&change, calls->calls[i]) < 0)
			return base_error(err, ENOMEM, "out of memory");
	}
	if (!change.count)
		return 0;
	return db_decide(db, name, decision, change.calls, change.count,
			 evidence, cli_author(), err);
}

/* 0, or the exit status after the sentence was printed. */
static int open_for(const struct options *options, enum db_decision decision,
		    const char *name, struct db **db)
{
	int result = 0;

	if (decision == DB_DROP)
		return open_known(&options->common, name, db);
	if (options->denied)
		result = cli_open(&options->common, DB_READ, db);
	if (result < 0)
		return cli_store_status(result);
	db_closep(db);
	/* It would be made where there is none: never 1. */
	return cli_open(&options->common, DB_WRITE, db) < 0 ? CLI_FAILED : 0;
}

static int change(const struct options *options, char **operands,
		  enum db_decision decision)
{
	cleanup_profiles_set struct profiles_set calls = { 0 };
	cleanup_profiles_set struct profiles_set before = { 0 };
	cleanup_profiles_set struct profiles_set waiting = { 0 };
	cleanup_db struct db *db = NULL;
	struct error err = { 0 };
	const char *name;
	int result;

	if (cli_profile_name(operands[0], NULL, &name, &err) < 0 ||
	    parse_calls(options, operands + 1, &calls, &err) < 0)
		return cli_fail(1, &err);
	result = open_for(options, decision, name, &db);
	if (result != 0)
		return result;
	if (options->denied)
		result = read_denied(db, name, &calls, &err);
	if (result == 0)
		result = decide(db, name, decision, options->denied ?
				DB_REVIEWED : DB_ADDED, &calls, &before,
				&waiting, &err);
	if (result < 0)
		return cli_store_end(result, &err);
	if (!options->common.quiet)
		print_outcomes(name, decision, &calls, &before, &waiting);
	return 0;
}

static int run_add(void *options, char **operands)
{
	return change(options, operands, DB_ALLOW);
}

static int run_drop(void *options, char **operands)
{
	return change(options, operands, DB_DROP);
}

static int run_forget(void *data, char **operands)
{
	const struct cli_common *common = data;
	cleanup_db struct db *db = NULL;
	struct error err = { 0 };
	char name[256];
	int result = open_known(common, operands[0], &db);

	if (result != 0)
		return result;
	result = db_forget(db, operands[0], &err);
	if (result < 0)
		return cli_store_end(result, &err);
	if (!common->quiet)
		printf("%s: forgotten, with its sessions and denials\n",
		       base_printable(name, sizeof(name), operands[0]));
	return 0;
}

static const struct cli_option denied_rows[] = {
	{.name = "denied", .kind = CLI_FLAG, .operands = "NAME",
	 .offset = offsetof(struct options, denied),
	 .help = "All calls that were refused to NAME, or let pass by jail "
		 "enforce --deny=log; see them with jail show. Those that are "
		 "marked as forgeable there are left out, those of other "
		 "users' processes, and those that are never to be offered."},
	{.name = NULL},
};

static const struct cli_option option_rows[] = {
	{.name = "arch", .argument = "ARCH", .kind = CLI_CHOICE,
	 .offset = offsetof(struct options, arch),
	 .values = "aarch64 i386 x32 x86_64",
	 .help = "The architecture of the calls; that of jail itself if not "
		 "given."},
	{.name = NULL},
};

static const struct cli_option *const option_tables[] = {
	option_rows, cli_db_option, cli_quiet_option, NULL
};

static const struct cli_option *const add_tables[] = {
	denied_rows, option_rows, cli_db_option, cli_quiet_option, NULL
};

static const struct cli_option *const forget_tables[] = {
	cli_db_option, cli_quiet_option, NULL
};

const struct cli_command cli_add = {
	.name = "add",
	.operands = "NAME CALL...",
	.summary = "put system calls on the whitelist of a program",
	.description =
		"Puts system calls on the whitelist of NAME. A CALL is a name, "
		"a number, or either after an architecture: time, 201, "
		"i386:time. If one of them does not exist, none is added. With "
		"--denied the calls are those that were recorded as denied.",
	.options = add_tables,
	.size = sizeof(struct options),
	.run = run_add,
};

const struct cli_command cli_drop = {
	.name = "drop",
	.operands = "NAME CALL...",
	.summary = "take system calls off the whitelist of a program",
	.description =
		"Takes system calls off the whitelist of NAME. They stay off "
		"when the program is trained again and makes them, until they "
		"are added. A call that was refused and waits for a decision "
		"waits no more, until it is refused again.",
	.options = option_tables,
	.size = sizeof(struct options),
	.run = run_drop,
};

const struct cli_command cli_forget = {
	.name = "forget",
	.operands = "NAME",
	.summary = "remove a program from the store",
	.description =
		"Removes NAME and all that was recorded for it: its sessions, "
		"decisions and denials.",
	.options = forget_tables,
	.size = sizeof(struct cli_common),
	.run = run_forget,
};
