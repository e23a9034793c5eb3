/* SPDX-License-Identifier: MIT */
/*
 * jail diff: what one whitelist has and another has not. Statuses are those of
 * diff(1). Calls that every program may make anyway are not compared: a profile
 * as text lists them, the store does not.
 */
#include <string.h>

#include "cli/store.h"

enum { SAME = 0, DIFFERENT = 1, TROUBLE = 2 };

static bool is_file(const char *word)
{
	const char *suffix = ".profile";
	size_t length = strlen(word), tail = strlen(suffix);

	return strchr(word, '/') ||
	       (length > tail && strcmp(word + length - tail, suffix) == 0);
}

static int read_file(const char *path, struct profiles_set *set,
		     struct error *err)
{
	cleanup_profiles_text struct profiles_text text = { 0 };
	int result = profiles_read(path, &text, err);

	if (result < 0)
		return result;
	if (!text.has_set)
		return base_error(err, EINVAL, "%s has no seccomp.keep line, "
				  "so there is nothing to compare; 'jail "
				  "export' prints one", path);
	*set = text.set;
	text.set = (struct profiles_set){ 0 };
	return 0;
}

static int read_store(struct db *db, const char *name,
		      struct profiles_set *set, struct error *err)
{
	int result = cli_find_program(db, name, err);

	return result < 0 ? result : db_whitelist(db, name, set, err);
}

static void remove_baseline(struct profiles_set *set)
{
	struct base_call call;

	for (unsigned arch = 0; arch < BASE_ARCH_COUNT; arch++)
		for (size_t i = 0; profiles_baseline(i, arch, &call, NULL); i++)
			profiles_set_remove(set, call);
}

/* Opens the store only where a word needs it. Prints what failed. */
static int read_one(const struct cli_common *common, struct db **db,
		    const char *word, struct profiles_set *set)
{
	struct error err = { 0 };
	int result;

	if (!is_file(word) && !*db && cli_open(common, DB_READ, db) < 0)
		return TROUBLE;
	result = is_file(word) ? read_file(word, set, &err) :
				 read_store(*db, word, set, &err);
	if (result < 0)
		return cli_fail(TROUBLE, &err);
	remove_baseline(set);
	return 0;
}

static int print_call(const struct cli_common *common, struct base_call call,
		      bool added)
{
	struct error err = { 0 };
	json_t *object;
	char word[64];

	if (!common->json) {
		printf("%c %s\n", added ? '+' : '-',
		       cli_call_word(word, sizeof(word), call));
		return 0;
	}
	object = cli_json_call(call);
	json_object_set_new(object, "change",
			    json_string(added ? "added" : "removed"));
	return cli_json_print(object, &err) < 0 ? cli_fail(TROUBLE, &err) : 0;
}

static int print_difference(const struct cli_common *common,
			    const struct profiles_set *a,
			    const struct profiles_set *b)
{
	size_t i = 0, k = 0;
	int status = SAME;

	while (i < a->count || k < b->count) {
		int order = i == a->count ? 1 :
			    k == b->count ? -1 :
			    base_call_compare(&a->calls[i], &b->calls[k]);
		struct base_call call = order <= 0 ? a->calls[i] : b->calls[k];

		i += order <= 0;
		k += order >= 0;
		if (order == 0)
			continue;
		status = DIFFERENT;
		if (print_call(common, call, order > 0))
			return TROUBLE;
	}
	return status;
}

static int run(void *options, char **operands)
{
	const struct cli_common *common = options;
	cleanup_profiles_set struct profiles_set a = { 0 }, b = { 0 };
	cleanup_db struct db *db = NULL;

	if (read_one(common, &db, operands[0], &a) ||
	    read_one(common, &db, operands[1], &b))
		return TROUBLE;
	return cli_finish(print_difference(common, &a, &b), TROUBLE);
}

static const struct cli_option *const option_tables[] = {
	cli_db_option, cli_json_option, NULL
};

const struct cli_command cli_diff = {
	.name = "diff",
	.operands = "A B",
	.summary = "compare two whitelists",
	.description =
		"Prints the calls that only A has after a minus, those that "
		"only B has after a plus. A and B are programs in the store, "
		"or profiles as text: a word with a slash, or that ends in "
		".profile, is a file. Calls that every program may make are "
		"not compared. The status is 0 if there is no difference, 1 "
		"if there is one, 2 if they could not be compared.",
	.options = option_tables,
	.size = sizeof(struct cli_common),
	.run = run,
};
