/* SPDX-License-Identifier: MIT */
/*
 * show-json: all that the store knows about a program as one object. Objects
 * are filled row by row; what a callback cannot do ends the walk as -ENOMEM.
 */
#include <string.h>

#include "cli/complete.h"

/* Where the rows of the store go. */
struct parts {
	const char *program;
	json_t *executables, *arguments, *libraries, *denials, *never, *stubs;
	json_t *calls_of;	/* path -> calls of that executable */
	uint64_t sessions;
};

static int append(json_t *array, json_t *object)
{
	return json_array_append_new(array, object) ? -ENOMEM : 0;
}

static int add_object(void *data, const char *kind, const char *path,
		      const char *build_id)
{
	struct parts *parts = data;
	json_t *object = json_pack("{s:o, s:o}", "path", cli_json_text(path),
				   "build_id", cli_json_text(build_id));
	json_t *calls;

	if (strcmp(kind, "executable") != 0)
		return append(parts->libraries, object);
	calls = json_array();
	json_object_set(object, "calls", calls);
	json_object_set_new(parts->calls_of,
			    json_string_value(json_object_get(object, "path")),
			    calls);
	return append(parts->executables, object);
}

static int add_observation(void *data, const char *exe,
			   const struct profiles_observation *row)
{
	struct parts *parts = data;
	json_t *object = cli_json_call(row->call);
	json_t *path = cli_json_text(exe);
	json_t *calls = json_object_get(parts->calls_of,
					json_string_value(path));

	/* What imported sessions saw is of no executable here. */
	if (!calls && add_object(parts, "executable", exe, NULL) == 0)
		calls = json_object_get(parts->calls_of,
					json_string_value(path));
	json_decref(path);
	cli_json_counts(object, row->calls, row->errors, row->returns,
			row->partial, row->first_seen, row->last_seen);
	return append(calls, object);
}

static int add_argument(void *data, const struct profiles_argument *row)
{
	struct parts *parts = data;
	const struct profiles_argument_rule *rule =
		profiles_argument_rule(row->call);
	json_t *object = cli_json_call(row->call);
	json_t *values = json_object();

	for (unsigned i = 0; i < rule->count; i++)
		json_object_set_new(values, rule->label[i],
				    cli_json_value(row->values[i]));
	json_object_set_new(object, "values", values);
	json_object_set_new(object, "calls", cli_json_value(row->calls));
	return append(parts->arguments, object);
}

static int add_denial(void *data, int64_t id, const char *program,
		      const struct profiles_denial *denial)
{
	struct parts *parts = data;

	return append(parts->denials, cli_json_denial(id, program, denial));
}

static int add_never(void *data, const struct db_decided *row)
{
	struct parts *parts = data;
	char number[BASE_ERRNO_TEXT];
	json_t *object;

	if (row->decision != DB_NEVER && row->decision != DB_STUB)
		return 0;
	object = cli_json_call(row->call);
	json_object_set_new(object, "who", cli_json_text(row->who));
	json_object_set_new(object, "decided", cli_json_time(row->time));
	if (row->decision == DB_NEVER)
		return append(parts->never, object);
	json_object_set_new(object, "answer", json_string(
		base_errno_text(row->answer, number)));
	return append(parts->stubs, object);
}

static int take_sessions(void *data, const struct db_program *row)
{
	struct parts *parts = data;

	if (strcmp(row->name, parts->program) == 0)
		parts->sessions = row->sessions;
	return 0;
}

static json_t *make_entry(const struct db_entry *entry)
{
	json_t *object = cli_json_call(entry->call);

	cli_json_counts(object, entry->calls, entry->errors, entry->returns,
			entry->partial, entry->first_seen, entry->last_seen);
	json_object_set_new(object, "sessions",
			    cli_json_value(entry->sessions));
	json_object_set_new(object, "evidence", json_string(
		db_evidence_name(entry->evidence)));
	json_object_set_new(object, "elsewhere", json_boolean(
		entry->elsewhere));
	json_object_set_new(object, "who", cli_json_text(entry->who));
	json_object_set_new(object, "decided", cli_json_time(entry->decided));
	json_object_set_new(object, "denial", entry->denial ?
			    json_integer(entry->denial) : json_null());
	return object;
}

static int add_entries(struct db *db, const char *program, json_t *calls,
		       struct error *err)
{
	struct db_entry *entries = NULL;
	size_t count = 0;
	int result = db_entries(db, program, &entries, &count, err);

	for (size_t i = 0; result == 0 && i < count; i++)
		result = append(calls, make_entry(&entries[i]));
	db_entries_free(entries, count);
	return result;
}

/* Nothing, of a program of which there are only denials. */
static int walk_learned(struct db *db, struct parts *parts, json_t *calls,
			struct error *err)
{
	const char *program = parts->program;
	int r = add_entries(db, program, calls, err);

	if (r == 0)
		r = db_each_object(db, program, add_object, parts, err);
	if (r == 0)
		r = db_each_observation(db, program, add_observation, parts,
					err);
	if (r == 0)
		r = db_each_argument(db, program, add_argument, parts, err);
	if (r == 0)
		r = db_each_decision(db, program, add_never, parts, err);
	return r == -ENOENT ? 0 : r;
}

static int walk(struct db *db, struct parts *parts, json_t *calls,
		struct error *err)
{
	int r = walk_learned(db, parts, calls, err);

	if (r == 0)
		r = db_each_program(db, take_sessions, parts, err);
	if (r == 0)
		r = db_each_denial(db, parts->program, add_denial, parts, err);
	return r;
}

int cli_show_json(struct db *db, const char *program, json_t **object,
		  struct error *err)
{
	struct parts parts = {
		.program = program,
		.executables = json_array(), .arguments = json_array(),
		.libraries = json_array(), .denials = json_array(),
		.never = json_array(), .stubs = json_array(),
		.calls_of = json_object(),
	};
	json_t *calls = json_array();
	int result;

	base_error(err, ENOMEM, "out of memory");
	result = walk(db, &parts, calls, err);
	json_decref(parts.calls_of);
	*object = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			    "program", cli_json_text(program), "sessions",
			    cli_json_value(parts.sessions), "calls", calls,
			    "executables", parts.executables, "arguments",
			    parts.arguments, "libraries", parts.libraries,
			    "denials", parts.denials, "never", parts.never,
			    "stubs", parts.stubs);
	if (result == 0)
		result = cli_show_hosts_json(db, program, *object, err);
	if (result == 0)
		result = complete_add_json(db, program, *object, err);
	if (result < 0) {
		json_decref(*object);
		*object = NULL;
	}
	return result;
}
