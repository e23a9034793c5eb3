/* SPDX-License-Identifier: MIT */
/* Whole histories of programs: which facts there are, and their memory. */
#include <string.h>

#include "profiles/formats/bundle.h"

#define FIELD(key, type, of, field, words)                                     \
	{ key, BUNDLE_##type, offsetof(of, field), words }
#define END { NULL, 0, 0, NULL }

static const struct bundle_field profile_fields[] = {
	{ "format", BUNDLE_COUNT, 0, NULL },
	END,
};

#define DECISION(key, type, field, words)                                      \
	FIELD(key, type, struct profiles_bundle_decision, field, words)
static const struct bundle_field decision_fields[] = {
	DECISION("call", CALL_KEYS, call, NULL),
	DECISION("decision", WORD, decision, "allow drop never stub none"),
	DECISION("evidence", WORD, evidence,
		 "learned added imported reviewed minimized"),
	DECISION("answer", ERRNO, answer, NULL),
	DECISION("who", TEXT, who, NULL),
	DECISION("time", TIME, time, NULL),
	END,
};

#define SESSION(key, type, field)                                              \
	FIELD(key, type, struct profiles_bundle_session, field, NULL)
static const struct bundle_field session_fields[] = {
	SESSION("host", TEXT, host),
	SESSION("kernel", TEXT, kernel),
	SESSION("libc", TEXT, libc),
	SESSION("jail", TEXT, jail),
	SESSION("started", TIME, started),
	SESSION("ended", TIME, ended),
	SESSION("status", STATUS, status),
	SESSION("workload", HASH, workload),
	SESSION("known", COUNT, known),
	SESSION("sandbox", BOOL, sandbox),
	SESSION("full", BOOL, full),
	END,
};

#define CALL(key, type, field)                                                 \
	FIELD(key, type, struct profiles_bundle_call, field, NULL)
static const struct bundle_field call_fields[] = {
	CALL("call", CALL_KEYS, call),
	CALL("calls", COUNT, calls),
	CALL("errors", COUNT, errors),
	CALL("returns", COUNT, returns),
	CALL("partial", BOOL, partial),
	CALL("first_seen", TIME, first_seen),
	CALL("last_seen", TIME, last_seen),
	END,
};

static const struct bundle_field passed_fields[] = {
	{ "call", BUNDLE_CALL_KEYS, 0, NULL },
	END,
};

#define ARGUMENT(key, type, field)                                             \
	FIELD(key, type, struct profiles_bundle_argument, field, NULL)
static const struct bundle_field argument_fields[] = {
	ARGUMENT("call", CALL_KEYS, call),
	ARGUMENT("values", VALUES, values),
	ARGUMENT("calls", COUNT, calls),
	END,
};

#define OBJECT(key, type, field)                                               \
	FIELD(key, type, struct profiles_object, field, NULL)
static const struct bundle_field object_fields[] = {
	OBJECT("path", TEXT, path),
	OBJECT("build_id", TEXT, build_id),
	OBJECT("library", BOOL, library),
	END,
};

const struct bundle_row bundle_rows[BUNDLE_KINDS] = {
	[BUNDLE_PROFILE] = { "profile", profile_fields },
	[BUNDLE_DECISION] = { "decision", decision_fields },
	[BUNDLE_SESSION] = { "session", session_fields },
	[BUNDLE_CALL] = { "call", call_fields },
	[BUNDLE_PASSED] = { "passed", passed_fields },
	[BUNDLE_ARGUMENT] = { "argument", argument_fields },
	[BUNDLE_OBJECT] = { "object", object_fields },
};

/* ---- memory ----------------------------------------------------------- */

void bundle_fact_clear(struct bundle_fact *fact)
{
	const struct bundle_field *field = bundle_rows[fact->kind].fields;

	for (; field->key; field++)
		if (field->type == BUNDLE_TEXT)
			base_free((char *)&fact->of + field->offset);
}

static void free_session(struct profiles_bundle_session *session)
{
	free(session->host);
	free(session->kernel);
	free(session->libc);
	free(session->jail);
	free(session->calls);
	free(session->passed);
	free(session->arguments);
	for (size_t i = 0; i < session->object_count; i++) {
		free(session->objects[i].path);
		free(session->objects[i].build_id);
	}
	free(session->objects);
}

static void free_program(struct profiles_bundle_program *program)
{
	for (size_t i = 0; i < program->session_count; i++)
		free_session(&program->sessions[i]);
	free(program->sessions);
	for (size_t i = 0; i < program->decision_count; i++)
		free(program->decisions[i].who);
	free(program->decisions);
	free(program->name);
}

void profiles_bundle_free(struct profiles_bundle *bundle)
{
	if (!bundle)
		return;
	for (size_t i = 0; i < bundle->count; i++)
		free_program(&bundle->programs[i]);
	free(bundle->programs);
	*bundle = (struct profiles_bundle){ 0 };
}

/* ---- what looks like one ---------------------------------------------- */

/* Its first line may be the mark of a merge that git left to a person. */
bool profiles_bundle_is(const char *bytes, size_t count)
{
	size_t blank = 0;

	if (count > 4096)
		count = 4096;
	while (blank < count && strchr(" \t\r\n", bytes[blank]) &&
	       bytes[blank])
		blank++;
	return blank < count && strchr("{<=>", bytes[blank]) && bytes[blank] &&
	       memmem(bytes, count, "\"fact\"", 6);
}
