/* SPDX-License-Identifier: MIT */
/*
 * A fact as a line of JSON, and back. All fields are there, and no other: what
 * is not known here would be lost without a word. Strings are as base_printable
 * makes them, for a target chose them.
 */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "profiles/formats/bundle.h"

enum {
	NUMBER_MAX = 0x3fffffff,	/* of a call: the x32 bit is none */
	TEXT_MAX = 4096,
	FACT_MAX = 128 << 10	/* five texts, each byte of them escaped */
};

/* ---- printing ---------------------------------------------------------- */

/* To the microsecond, so that what is read is what was printed. */
static void time_text(char out[40], int64_t microseconds)
{
	time_t seconds = (time_t)(microseconds / 1000000);
	struct tm tm = { 0 };
	size_t length;

	gmtime_r(&seconds, &tm);
	length = strftime(out, 32, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + length, 40 - length, ".%06" PRId64 "Z",
		 microseconds % 1000000);
}

static json_t *text_json(const char *text)
{
	char copy[TEXT_MAX + 1];

	return text ? json_string(base_printable(copy, sizeof(copy), text)) :
		      json_null();
}

static json_t *hex_json(uint64_t value)
{
	return json_sprintf("0x%" PRIx64, value);
}

static json_t *time_json(int64_t time)
{
	char text[40];

	if (time <= 0)
		return json_null();
	time_text(text, time);
	return json_string(text);
}

static json_t *errno_json(int answer)
{
	char number[BASE_ERRNO_TEXT];

	return answer ? json_string(base_errno_text(answer, number)) :
			json_null();
}

/* Not 0: without memory. */
static int add_call(json_t *object, const struct base_call *call)
{
	char number[12];

	return json_object_set_new(object, "arch",
				   json_string(base_arch_name(call->arch))) |
	       json_object_set_new(object, "number",
				   json_integer(call->number)) |
	       json_object_set_new(object, "name", json_string(base_call_text(
				   *call, number, sizeof(number))));
}

static json_t *field_json(const struct bundle_field *field, const void *at)
{
	const uint64_t *values = at;

	switch (field->type) {
	case BUNDLE_COUNT:
		return json_integer((json_int_t)(*values & INT64_MAX));
	case BUNDLE_STATUS:
		return json_integer(*(const int *)at & 0xffff);
	case BUNDLE_BOOL:
		return json_boolean(*(const bool *)at);
	case BUNDLE_TIME:
		return time_json(*(const int64_t *)at);
	case BUNDLE_TEXT:
		return text_json(*(char *const *)at);
	case BUNDLE_WORD:
		return json_string(at);
	case BUNDLE_HASH:
		return *values ? hex_json(*values) : json_null();
	case BUNDLE_VALUES:
		return json_pack("[o, o, o]", hex_json(values[0]),
				 hex_json(values[1]), hex_json(values[2]));
	case BUNDLE_ERRNO:
		return errno_json(*(const int *)at);
	case BUNDLE_CALL_KEYS:
		break;
	}
	return NULL;
}

static json_t *fact_json(const struct bundle_fact *fact)
{
	const struct bundle_row *row = &bundle_rows[fact->kind];
	json_t *object = json_object();
	int failed = json_object_set_new(object, "fact",
					 json_string(row->name)) |
		     json_object_set_new(object, "program",
					 text_json(fact->program));

	if (fact->kind >= BUNDLE_SESSION)
		failed |= json_object_set_new(object, "session",
					      json_string(fact->uid));
	for (const struct bundle_field *field = row->fields; field->key;
	     field++) {
		const void *at = (const char *)&fact->of + field->offset;

		if (field->type == BUNDLE_CALL_KEYS)
			failed |= add_call(object, at);
		else
			failed |= json_object_set_new(object, field->key,
						      field_json(field, at));
	}
	if (!failed)
		return object;
	json_decref(object);
	return NULL;
}

int bundle_fact_print(FILE *out, const struct bundle_fact *fact)
{
	json_t *object = fact_json(fact);
	int failed = !object || json_dumpf(object, out, JSON_COMPACT) < 0;

	json_decref(object);
	fputc('\n', out);
	return failed ? -ENOMEM : 0;
}

/* ---- reading ----------------------------------------------------------- */

static int refuse(struct error *err, const char *key, const char *what)
{
	return base_error(err, EINVAL, "\"%s\" is %s", key, what);
}

static int text_parse(const json_t *value, const char *key, char **text,
		      struct error *err)
{
	if (json_is_null(value))
		return 0;
	if (!json_is_string(value) || json_string_length(value) > TEXT_MAX)
		return refuse(err, key, "no text of at most 4096 bytes");
	*text = strdup(json_string_value(value));
	return *text ? 0 : base_error(err, ENOMEM, "out of memory");
}

static int count_parse(const json_t *value, const char *key, uint64_t *count,
		       struct error *err)
{
	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return refuse(err, key, "no number from 0 on");
	*count = (uint64_t)json_integer_value(value);
	return 0;
}

static int status_parse(const json_t *value, const char *key, int *status,
			struct error *err)
{
	uint64_t number = 0;

	if (count_parse(value, key, &number, NULL) < 0 || number > 0xffff)
		return refuse(err, key, "no status as from wait(2)");
	*status = (int)number;
	return 0;
}

static int hex_parse(const json_t *value, const char *key, uint64_t *number,
		     struct error *err)
{
	const char *text = json_string_value(value);

	if (!text || strncmp(text, "0x", 2) != 0 ||
	    base_parse_number(text, UINT64_MAX, number) < 0)
		return refuse(err, key, "no number in hexadecimal");
	return 0;
}

static int values_parse(const json_t *value, const char *key,
			uint64_t values[3], struct error *err)
{
	int result = 0;

	if (!json_is_array(value) || json_array_size(value) != 3)
		return refuse(err, key, "no list of three numbers");
	for (size_t i = 0; result == 0 && i < 3; i++)
		result = hex_parse(json_array_get(value, i), key, &values[i],
				   err);
	return result;
}

/* A moment of the past, as time_text() writes it. The clocks of two hosts may
 * be a day apart. */
static int time_parse(const json_t *value, const char *key, int64_t *time,
		      struct error *err)
{
	const char *text = json_string_value(value);
	struct tm tm = { 0 };
	char again[40];
	const char *rest;

	if (json_is_null(value))
		return 0;
	rest = text ? strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
	if (!rest || *rest != '.' || strspn(rest + 1, "0123456789") != 6)
		return refuse(err, key, "no time as "
			      "2026-11-22T13:00:00.000000Z");
	if (tm.tm_year < 70)
		return refuse(err, key, "before 1970");
	*time = (int64_t)timegm(&tm) * 1000000 + strtol(rest + 1, NULL, 10);
	time_text(again, *time);
	if (*time <= 0 || strcmp(again, text) != 0)
		return refuse(err, key, "no time as "
			      "2026-11-22T13:00:00.000000Z");
	if (*time > base_now() + INT64_C(24) * 3600 * 1000000)
		return refuse(err, key, "in the future; one of the two "
			      "machines has a wrong clock");
	return 0;
}

static int word_parse(const json_t *value, const struct bundle_field *field,
		      char *out, struct error *err)
{
	const char *text = json_string_value(value);
	size_t length = text ? strlen(text) : 0;

	for (const char *word = field->words; length && word;
	     word = strchr(word, ' ')) {
		word += *word == ' ';
		if (strcspn(word, " ") == length &&
		    strncmp(word, text, length) == 0) {
			memcpy(out, text, length + 1);
			return 0;
		}
	}
	return base_error(err, EINVAL, "\"%s\" is none of %s", field->key,
			  field->words);
}

static int errno_parse(const json_t *value, const char *key, int *answer,
		       struct error *err)
{
	const char *text = json_string_value(value);

	if (json_is_null(value))
		return 0;
	*answer = text ? base_errno_parse(text) : 0;
	return *answer ? 0 : refuse(err, key, "no errno such as ENOSYS");
}

/* Number and name have to agree; but a name may be one that is not known here,
 * and a number as a name one that is. */
static int call_parse(const json_t *object, struct base_call *call,
		      struct error *err)
{
	const char *arch = json_string_value(json_object_get(object, "arch"));
	const char *name = json_string_value(json_object_get(object, "name"));
	const char *known;
	char digits[12];
	uint64_t number = 0;

	if (!arch || base_arch_parse(arch) < 0)
		return refuse(err, "arch", "none of aarch64, i386, x32, "
			      "x86_64");
	if (count_parse(json_object_get(object, "number"), "number", &number,
			NULL) < 0 || number > NUMBER_MAX)
		return refuse(err, "number", "no number of a call");
	*call = (struct base_call){ (uint32_t)base_arch_parse(arch),
				    (uint32_t)number };
	if (!name)
		return refuse(err, "name", "missing");
	known = base_call_name(*call);
	snprintf(digits, sizeof(digits), "%u", (unsigned)number);
	if ((known ? strcmp(name, known) : base_call_number(
				call->arch, name) >= 0) &&
	    strcmp(name, digits) != 0)
		return base_error(err, EINVAL, "\"%.40s\" is not the name of "
				  "%s's call %u; remove the line, or name the "
				  "right one", name, arch, (unsigned)number);
	return 0;
}

static int field_parse(const struct bundle_field *field, const json_t *object,
		       void *at, struct error *err)
{
	const json_t *value = json_object_get(object, field->key);

	if (field->type == BUNDLE_CALL_KEYS)
		return call_parse(object, at, err);
	if (!value)
		return refuse(err, field->key, "missing");
	switch (field->type) {
	case BUNDLE_COUNT:
		return count_parse(value, field->key, at, err);
	case BUNDLE_STATUS:
		return status_parse(value, field->key, at, err);
	case BUNDLE_BOOL:
		*(bool *)at = json_is_true(value);
		return json_is_boolean(value) ? 0 :
			refuse(err, field->key, "neither true nor false");
	case BUNDLE_TIME:
		return time_parse(value, field->key, at, err);
	case BUNDLE_TEXT:
		return text_parse(value, field->key, at, err);
	case BUNDLE_WORD:
		return word_parse(value, field, at, err);
	case BUNDLE_HASH:
		return json_is_null(value) ? 0 :
			hex_parse(value, field->key, at, err);
	case BUNDLE_VALUES:
		return values_parse(value, field->key, at, err);
	case BUNDLE_ERRNO:
		return errno_parse(value, field->key, at, err);
	case BUNDLE_CALL_KEYS:
		break;
	}
	return 0;
}

/* Whether the fact of ROW has a field KEY. */
static bool has_field(const struct bundle_row *row, bool of_session,
		      const char *key)
{
	if (strcmp(key, "fact") == 0 || strcmp(key, "program") == 0 ||
	    (of_session && strcmp(key, "session") == 0))
		return true;
	for (const struct bundle_field *field = row->fields; field->key;
	     field++)
		if (field->type != BUNDLE_CALL_KEYS ?
		    strcmp(key, field->key) == 0 :
		    strcmp(key, "arch") == 0 || strcmp(key, "number") == 0 ||
		    strcmp(key, "name") == 0)
			return true;
	return false;
}

static int kind_parse(const json_t *object, struct bundle_fact *fact,
		      struct error *err)
{
	const char *name = json_string_value(json_object_get(object, "fact"));

	if (!name)
		return base_error(err, EINVAL, "this is no fact: there is no "
				  "\"fact\" in it");
	for (unsigned kind = 0; kind < BUNDLE_KINDS; kind++)
		if (strcmp(bundle_rows[kind].name, name) == 0) {
			fact->kind = kind;
			return 0;
		}
	return base_error(err, EPROTO, "there is no fact \"%.40s\"; a newer "
			  "jail may have written it", name);
}

/* Whose it is. */
static int owner_parse(const json_t *object, struct bundle_fact *fact,
		       char **program, struct error *err)
{
	const char *uid = json_string_value(json_object_get(object,
							    "session"));
	char name[256];
	int result = text_parse(json_object_get(object, "program"), "program",
				program, err);

	if (result == 0 &&
	    (!*program || !**program || strchr(*program, '/') ||
	     strcmp(base_printable(name, sizeof(name), *program), *program)))
		result = refuse(err, "program", "no name of a program");
	if (result < 0 || fact->kind < BUNDLE_SESSION)
		return result;
	if (!uid || !profiles_session_valid(uid))
		return refuse(err, "session", "no identifier: 8 hexadecimal "
			      "digits are one");
	memcpy(fact->uid, uid, sizeof(fact->uid));
	return 0;
}

static int fields_parse(json_t *object, struct bundle_fact *fact,
			struct error *err)
{
	const struct bundle_row *row = &bundle_rows[fact->kind];
	const char *key;
	json_t *value;
	int result = 0;

	json_object_foreach(object, key, value)
		if (!has_field(row, fact->kind >= BUNDLE_SESSION, key))
			return base_error(err, EPROTO, "a %s has no \"%.40s\"; "
					  "a newer jail may have written it",
					  row->name, key);
	for (const struct bundle_field *field = row->fields;
	     result == 0 && field->key; field++)
		result = field_parse(field, object,
				     (char *)&fact->of + field->offset, err);
	return result;
}

/* What the fields say together. */
static int check(const struct bundle_fact *fact, struct error *err)
{
	const struct profiles_bundle_session *session = &fact->of.session;
	const struct profiles_bundle_decision *decision = &fact->of.decision;

	if (fact->kind == BUNDLE_DECISION &&
	    (strcmp(decision->decision, "stub") == 0) != (decision->answer > 0))
		return refuse(err, "answer", "what a stub has, and no other "
			      "decision");
	if (fact->kind == BUNDLE_SESSION &&
	    (!session->kernel || !session->libc ||
	     (!session->started && (session->ended || session->workload))))
		return base_error(err, EINVAL, "the session does not say its "
				  "kernel, its libc or when it started");
	if (fact->kind == BUNDLE_OBJECT && !fact->of.object.path)
		return refuse(err, "path", "missing");
	return 0;
}

int bundle_fact_parse(const char *line, size_t count, struct bundle_fact *fact,
		      char **program, struct error *err)
{
	json_error_t error;
	json_t *object;
	int result;

	if (count > FACT_MAX)
		return base_error(err, EFBIG, "a line of more than %d bytes is "
				  "no fact", FACT_MAX);
	object = json_loadb(line, count, JSON_REJECT_DUPLICATES, &error);
	if (!object)
		return base_error(err, EINVAL, "broken JSON: %.120s; the line "
				  "is damaged or cut short", error.text);
	result = kind_parse(object, fact, err);
	if (result == 0)
		result = owner_parse(object, fact, program, err);
	if (result == 0)
		result = fields_parse(object, fact, err);
	if (result == 0)
		result = check(fact, err);
	json_decref(object);
	return result;
}
