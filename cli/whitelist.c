/* SPDX-License-Identifier: MIT */
/*
 * whitelist: the calls that a program may make, from the profile or from the
 * store, and the values of arguments that the store has seen.
 */
#include <string.h>

#include "cli/whitelist.h"

static char *learn_command(const struct cli_denials *from, char *out,
			   size_t size)
{
	const struct cli_words words = {
		.verb = "learn", .common = from->common,
		.name = from->program, .program = from->command,
	};

	return cli_command_text(out, size, &words);
}

static int no_whitelist(const struct cli_denials *from, struct error *err)
{
	char learn[2048];

	return base_error(err, ENOENT, "no whitelist for \"%s\"; learn "
			  "one with: %s", from->program,
			  learn_command(from, learn, sizeof(learn)));
}

/* ---- the store -------------------------------------------------------- */

/* The namespaces that the program was seen to make with clone and clone3. */
static void add_namespaces(struct enforce_plan *plan,
			   const struct profiles_argument *row)
{
	static const uint64_t mask = 0x7e020000; /* CLONE_NEW* of clone(2) */
	const char *name = base_call_name(row->call);
	uint64_t value = row->values[0] & mask;

	if (!name || !value ||
	    (strcmp(name, "clone") != 0 && strcmp(name, "clone3") != 0))
		return;
	for (size_t i = 0; i < plan->clone_namespace_count; i++)
		if (plan->clone_namespaces[i] == value)
			return;
	if (plan->clone_namespace_count < ARRAY_SIZE(plan->clone_namespaces))
		plan->clone_namespaces[plan->clone_namespace_count++] = value;
}

struct growing {
	struct enforce_plan *plan;
	bool lacks_memory;
};

static int add_argument(void *data, const struct profiles_argument *row)
{
	struct growing *growing = data;
	struct enforce_plan *plan = growing->plan;
	struct profiles_argument *grown;

	add_namespaces(plan, row);
	grown = reallocarray(plan->arguments, plan->argument_count + 1,
			     sizeof(*grown));
	growing->lacks_memory = !grown;
	if (!grown)
		return -ENOMEM;
	plan->arguments = grown;
	plan->arguments[plan->argument_count++] = *row;
	return 0;
}

int cli_whitelist_arguments(struct enforce_plan *plan, struct db *db,
			    const char *program, struct error *err)
{
	struct growing growing = {plan, false};
	int ret = db_each_argument(db, program, add_argument, &growing, err);

	return growing.lacks_memory ? base_error(err, ENOMEM, "out of memory") :
				      ret;
}

int cli_whitelist_stubs(struct enforce_plan *plan,
			const struct profiles_refused *stubs, size_t count)
{
	size_t before = plan->stub_count;
	struct profiles_refused *grown;

	if (count == 0)
		return 0;
	grown = reallocarray(plan->stubs, before + count, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	plan->stubs = grown;
	for (size_t i = 0; i < count; i++) {
		bool known = false;

		for (size_t n = 0; n < before; n++)
			known |= base_call_compare(&grown[n].call,
						   &stubs[i].call) == 0;
		if (!known)
			grown[plan->stub_count++] = stubs[i];
	}
	return 0;
}

static int take_stubs(struct enforce_plan *plan, const struct cli_denials *from,
		      struct db *db, struct error *err)
{
	cleanup_free struct profiles_refused *stubs = NULL;
	size_t count = 0;
	int ret = db_stubs(db, from->program, &stubs, &count, err);

	if (ret == 0 && cli_whitelist_stubs(plan, stubs, count) < 0)
		ret = base_error(err, ENOMEM, "out of memory");
	return ret;
}

/* The store and the program in it are made before anything runs, by a decision
 * on no call. */
static int begin_list(struct cli_denials *from, const char *store,
		      struct error *err)
{
	cleanup_db struct db *db = NULL;
	int ret = db_open(&db, store, DB_WRITE, err);

	from->training = true;
	return ret < 0 ? ret : db_decide(db, from->program, DB_ALLOW, NULL, 0,
					 DB_ADDED, cli_author(), err);
}

/* -ENOENT, without a sentence, where the store has no list. */
static int take_list(struct enforce_plan *plan, const struct cli_denials *from,
		     struct db *db, struct error *err)
{
	int ret = db_whitelist(db, from->program, &plan->whitelist, err);

	if (ret == 0 && plan->whitelist.count == 0)
		ret = -ENOENT;
	if (ret == 0)
		ret = take_stubs(plan, from, db, err);
	if (ret == 0)
		ret = cli_whitelist_arguments(plan, db, from->program, err);
	if (ret == 0 && from->fresh)
		fresh_read(from->fresh, db, from->program, plan);
	return ret;
}

/* The same. *COUNTS: db_glanced(). */
static int read_list(struct enforce_plan *plan, const struct cli_denials *from,
		     const char *path, enum db_mode mode, bool *counts,
		     struct error *err)
{
	cleanup_db struct db *db = NULL;
	int ret = db_open(&db, path, mode, err);

	if (ret == 0)
		ret = take_list(plan, from, db, err);
	*counts = !db || db_glanced(db);
	return ret;
}

static int read_store(struct enforce_plan *plan, const struct cli_denials *from,
		      const char *path, struct error *err)
{
	bool counts;
	int ret = read_list(plan, from, path, DB_GLANCE, &counts, err);

	if (counts)
		return ret;
	profiles_set_free(&plan->whitelist);
	plan->whitelist = (struct profiles_set){0};
	base_free(&plan->arguments);
	plan->argument_count = 0;
	base_free(&plan->stubs);
	plan->stub_count = 0;
	plan->clone_namespace_count = 0;
	return read_list(plan, from, path, DB_READ, &counts, err);
}

/* ---- which ------------------------------------------------------------ */

/* A shipped profile says itself whether it does with less than a list. */
static bool is_shipped(const struct cli_policy *policy)
{
	return policy->file && strncmp(policy->file, PROFILES_SHIPPED "/",
				       sizeof(PROFILES_SHIPPED)) == 0;
}

static bool needs_list(const struct cli_policy *policy)
{
	return !policy->file || (policy->implicit && !is_shipped(policy)) ||
	       profiles_has(&policy->text.policy, PROFILES_SECCOMP_LEARNED);
}

static bool refuses_calls(const struct profiles_policy *policy)
{
	return profiles_has(policy, PROFILES_SECCOMP) || policy->refused_count;
}

/* A profile that has no word of a list. */
static int without_list(const struct cli_policy *policy,
			const struct enforce_plan *plan,
			const struct cli_denials *from, struct error *err)
{
	char learn[2048], file[600];

	learn_command(from, learn, sizeof(learn));
	base_printable(file, sizeof(file), policy->file);
	if (!refuses_calls(&policy->text.policy))
		return base_error(err, ENOENT, "no whitelist for \"%s\", and "
				  "the profile '%s' refuses no calls; learn "
				  "a list with: %s", from->program, file,
				  learn);
	if (!from->common->quiet && !is_shipped(policy) &&
	    !profiles_has(&policy->text.policy, PROFILES_QUIET))
		fprintf(stderr, "jail: no list of calls for \"%s\": only those "
			"are refused that %s names; learn a list with: %s\n",
			plan->program, file, learn);
	return 0;
}

static int from_store(const struct cli_policy *policy,
		      struct enforce_plan *plan, struct cli_denials *from,
		      struct db *held, bool check, struct error *err)
{
	int ret = held ? take_list(plan, from, held, err) :
			 read_store(plan, from, policy->store, err);

	plan->has_whitelist = true;
	if (ret != -ENOENT)
		return ret;
	if (!needs_list(policy)) {
		plan->has_whitelist = false;
		return without_list(policy, plan, from, err);
	}
	if (plan->deny == ENFORCE_LOG)
		return check ? 0 : begin_list(from, policy->store, err);
	return no_whitelist(from, err);
}

/* What a person has written of a call counts more than what was found out. */
static int add_written_stubs(struct enforce_plan *plan,
			     const struct profiles_text *text,
			     struct error *err)
{
	cleanup_free struct profiles_refused *found = take_ptr(plan->stubs);
	size_t count = plan->stub_count;

	plan->stub_count = 0;
	if (cli_whitelist_stubs(plan, text->stubs, text->stub_count) < 0 ||
	    cli_whitelist_stubs(plan, found, count) < 0)
		return base_error(err, ENOMEM, "out of memory");
	return 0;
}

int cli_whitelist_read(struct cli_policy *policy, struct enforce_plan *plan,
		       struct cli_denials *from, struct db *held, bool check,
		       struct error *err)
{
	struct profiles_text *text = &policy->text;
	int ret = 0;

	if (text->policy.learned)
		from->program = text->policy.learned;
	if (!text->has_set) {
		ret = from_store(policy, plan, from, held, check, err);
	} else {
		from->expected = &text->expected;
		from->list_option = policy->option_list;
		from->list_file = policy->option_list ? NULL : policy->file;
		plan->has_whitelist = true;
		plan->whitelist = text->set;
		text->set = (struct profiles_set){0};
	}
	if (ret == 0)
		ret = add_written_stubs(plan, text, err);
	return ret < 0 || !from->fresh ? ret :
					 fresh_apply(from->fresh, plan, err);
}
