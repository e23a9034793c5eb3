/* SPDX-License-Identifier: MIT */
/*
 * json: the project's words as JSON values. Without memory a value is NULL.
 * jansson takes NULL for an object or a value and does nothing, so that callers
 * need not look: memory that jansson did not get is noted here, and an object
 * that may lack something fails when it is to become text.
 */
#include <string.h>

#include "cli/store.h"

/* Since the last object that became text. */
static bool lacking;

static void *noting_malloc(size_t size)
{
	void *memory = malloc(size);

	lacking |= !memory;
	return memory;
}

void cli_json_note_memory(void)
{
	json_set_alloc_funcs(noting_malloc, free);
}

json_t *cli_json_call(struct base_call call)
{
	char number[12];

	return json_pack("{s:s, s:I, s:s}", "arch", base_arch_name(call.arch),
			 "number", (json_int_t)call.number, "name",
			 base_call_text(call, number, sizeof(number)));
}

json_t *cli_json_time(int64_t microseconds)
{
	char text[40];

	if (!microseconds)
		return json_null();
	return json_string(base_time_text(text, sizeof(text), microseconds));
}

json_t *cli_json_text(const char *text)
{
	cleanup_free char *copy = NULL;

	if (!text)
		return json_null();
	copy = noting_malloc(strlen(text) + 1);
	if (!copy)
		return NULL;
	return json_string(base_printable(copy, strlen(text) + 1, text));
}

json_t *cli_json_value(uint64_t value)
{
	char text[24];

	/* Beyond 2^53 readers that keep numbers as doubles lose digits. */
	if (value <= UINT64_C(1) << 53)
		return json_integer((json_int_t)value);
	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)value);
	return json_string(text);
}

void cli_json_counts(json_t *object, uint64_t calls, uint64_t errors,
		     uint64_t returns, bool partial, int64_t first_seen,
		     int64_t last_seen)
{
	json_object_set_new(object, "calls", cli_json_value(calls));
	json_object_set_new(object, "errors", cli_json_value(errors));
	json_object_set_new(object, "returns", cli_json_value(returns));
	json_object_set_new(object, "partial", json_boolean(partial));
	json_object_set_new(object, "first_seen", cli_json_time(first_seen));
	json_object_set_new(object, "last_seen", cli_json_time(last_seen));
}

/* Addresses and numbers alike: the kernel does not say which is which. */
static json_t *arguments(const struct profiles_denial *denial)
{
	json_t *array;
	char text[24];

	if (!denial->has_arguments)
		return json_null();
	array = json_array();
	for (size_t i = 0; i < ARRAY_SIZE(denial->arguments); i++) {
		snprintf(text, sizeof(text), "0x%llx",
			 (unsigned long long)denial->arguments[i]);
		json_array_append_new(array, json_string(text));
	}
	return array;
}

json_t *cli_json_denial(int64_t id, const char *program,
			const struct profiles_denial *denial)
{
	json_t *object = cli_json_call(denial->call);
	char ip[24];

	snprintf(ip, sizeof(ip), "0x%llx", (unsigned long long)denial->ip);
	json_object_set_new(object, "id", json_integer(id));
	json_object_set_new(object, "profile", cli_json_text(program));
	json_object_set_new(object, "time", cli_json_time(denial->time));
	json_object_set_new(object, "last_time",
			    cli_json_time(denial->last_time));
	json_object_set_new(object, "host", cli_json_text(denial->host));
	json_object_set_new(object, "pid", json_integer(denial->pid));
	json_object_set_new(object, "uid", json_integer(denial->uid));
	json_object_set_new(object, "exe", cli_json_text(denial->exe));
	json_object_set_new(object, "comm", cli_json_text(denial->comm));
	json_object_set_new(object, "arguments", arguments(denial));
	json_object_set_new(object, "ip", json_string(ip));
	json_object_set_new(object, "code", cli_json_text(
		*denial->code ? denial->code : NULL));
	json_object_set_new(object, "action", json_string(
		profiles_action_name(denial->action)));
	json_object_set_new(object, "errno",
			    denial->action == PROFILES_ERRNO ?
				    json_integer(denial->action_errno) :
				    json_null());
	json_object_set_new(object, "source", cli_json_text(
		*denial->source ? denial->source : "jail"));
	json_object_set_new(object, "forgeable",
			    json_boolean(denial->forgeable));
	json_object_set_new(object, "count", cli_json_value(denial->count));
	return object;
}

char *cli_json_line(json_t *object)
{
	/* 0.006857 shall not become 0.0068570000000000002. */
	char *line = object ? json_dumps(object, JSON_COMPACT |
					 JSON_REAL_PRECISION(6)) : NULL;

	json_decref(object);
	if (lacking)
		base_free(&line);
	lacking = false;
	return line;
}

int cli_json_print(json_t *object, struct error *err)
{
	cleanup_free char *line = cli_json_line(object);

	if (!line)
		return base_error(err, ENOMEM, "out of memory");
	puts(line);
	return 0;
}
