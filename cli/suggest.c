/* SPDX-License-Identifier: MIT */
/*
 * suggest: what a whitelist may lack, each with its reason and with the command
 * that adds it. Nothing is added by itself. What is dangerous, or what most
 * programs do without, is told and not among those that one command adds.
 */
#include <string.h>

#include "cli/complete.h"

enum { RISKY = 7 };

/* ---- what there is ---------------------------------------------------- */

static int take_decided(void *data, const struct db_decided *row)
{
	struct profiles_set *refused = data;

	if (row->decision != DB_DROP && row->decision != DB_NEVER &&
	    row->decision != DB_STUB)
		return 0;
	return profiles_set_add(refused, row->call) < 0 ? -ENOMEM : 0;
}

static int find(struct db *db, const char *program,
		struct profiles_suggestion **rows, size_t *count,
		struct error *err)
{
	cleanup_profiles_set struct profiles_set listed = {0}, refused = {0};
	int ret = db_whitelist(db, program, &listed, err);

	*rows = NULL;
	*count = 0;
	if (ret < 0)
		return ret == -ENOENT ? 0 : ret;
	base_error(err, ENOMEM, "out of memory");
	ret = db_each_decision(db, program, take_decided, &refused, err);
	return ret < 0 ? ret : profiles_suggest(&listed, &refused, rows, count);
}

static bool is_harmless(const struct profiles_suggestion *row)
{
	return row->risk < RISKY && !row->stub;
}

/* ---- for people ------------------------------------------------------- */

static char *command(char *out, size_t size, const char *program,
		     const struct cli_common *common, const char *calls)
{
	const struct cli_words words = {
		.verb = "add", .common = common, .program = program,
		.call = calls,
	};

	return cli_command_text(out, size, &words);
}

static void print_one(FILE *out, const struct profiles_suggestion *row,
		      const char *program, const struct cli_common *common)
{
	char word[64], text[4200];
	const char *why;

	cli_call_word(word, sizeof(word), row->call);
	snprintf(text, sizeof(text), "%s: %s", word, row->reason);
	complete_put(out, text);
	if (base_call_risk(row->call, &why) >= RISKY)
		fprintf(out, "  risk %u of 10: it %s\n", row->risk, why);
	fprintf(out, "  %s\n", command(text, sizeof(text), program, common,
					 word));
}

/* Those of the first MOST that one may add without a second look. */
static void print_all(FILE *out, const struct profiles_suggestion *rows,
		      size_t count, const char *program,
		      const struct cli_common *common)
{
	char calls[1024] = "", word[64], text[4200];
	size_t length = 0, taken = 0;

	for (size_t i = 0; i < count; i++) {
		if (!is_harmless(&rows[i]))
			continue;
		cli_call_word(word, sizeof(word), rows[i].call);
		length += (size_t)snprintf(calls + length,
					   sizeof(calls) - length, "%s%s",
					   length ? " " : "", word);
		if (length >= sizeof(calls))
			return;
		taken++;
	}
	if (taken > 1)
		fprintf(out, "all of these but what is risky, or what most "
			"programs do without:\n  %s\n",
			command(text, sizeof(text), program, common, calls));
}

int suggest_print(FILE *out, struct db *db, const char *program,
		  const struct cli_common *common, size_t most,
		  struct error *err)
{
	cleanup_free struct profiles_suggestion *rows = NULL;
	size_t count;
	int ret = find(db, program, &rows, &count, err);

	if (ret < 0)
		return ret;
	if (!count) {
		fputs("nothing is suggested\n", out);
		return 0;
	}
	fprintf(out, "what it may need, and was not seen to call%s:\n",
		count > most ? ", the likeliest first" : "");
	for (size_t i = 0; i < count && i < most; i++)
		print_one(out, &rows[i], program, common);
	print_all(out, rows, count < most ? count : most, program, common);
	return 0;
}

/* ---- for programs ----------------------------------------------------- */

static json_t *row_json(const struct profiles_suggestion *row)
{
	static const char *const kinds[] = {
		[PROFILES_SUGGEST_SIBLING] = "sibling",
		[PROFILES_SUGGEST_COMPANION] = "companion",
		[PROFILES_SUGGEST_POPULAR] = "popular",
	};
	json_t *object = cli_json_call(row->call);
	const char *why;

	json_object_set_new(object, "kind", json_string(kinds[row->kind]));
	json_object_set_new(object, "of",
			    row->kind == PROFILES_SUGGEST_POPULAR ?
				    json_null() : cli_json_call(row->of));
	json_object_set_new(object, "used", json_integer(row->used));
	json_object_set_new(object, "programs", json_integer(row->programs));
	json_object_set_new(object, "risk",
			    json_integer(base_call_risk(row->call, &why)));
	json_object_set_new(object, "risk_reason", cli_json_text(why));
	json_object_set_new(object, "stub", json_boolean(row->stub));
	json_object_set_new(object, "reason", json_string(row->reason));
	return object;
}

int suggest_json(struct db *db, const char *program, json_t **array,
		 struct error *err)
{
	cleanup_free struct profiles_suggestion *rows = NULL;
	size_t count;
	int ret = find(db, program, &rows, &count, err);

	*array = json_array();
	for (size_t i = 0; ret == 0 && i < count; i++)
		json_array_append_new(*array, row_json(&rows[i]));
	return ret;
}

/* ---- for who is asked ------------------------------------------------- */

int suggest_reason(struct db *db, const char *program, struct base_call call,
		   char *out, size_t size, struct error *err)
{
	cleanup_free struct profiles_suggestion *rows = NULL;
	size_t count;
	int ret = find(db, program, &rows, &count, err);

	*out = '\0';
	for (size_t i = 0; ret == 0 && i < count; i++)
		if (base_call_compare(&rows[i].call, &call) == 0)
			snprintf(out, size, "%s", rows[i].reason);
	return ret;
}
