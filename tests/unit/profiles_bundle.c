/* SPDX-License-Identifier: MIT */
/*
 * Bundles: print -> parse -> print is the identity, whatever the order of the
 * lines and however often they are there; and what is refused, with its place.
 */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "db/db.h"
#include "profiles/profiles.h"

/* ---- a bundle of all that there is -------------------------------------- */

static uint64_t any(uint64_t most)
{
	return ((uint64_t)rand() << 31 | (uint64_t)rand()) % (most + 1);
}

static struct base_call any_call(void)
{
	return (struct base_call){ (unsigned)any(3), (uint32_t)any(600) };
}

static char *any_text(void)
{
	static const char *const texts[] = { "alpha", "\xc3\xa9t\xc3\xa9",
					     "a \"b\" \\c", "x" };

	return rand() % 5 ? strdup(texts[any(3)]) : NULL;
}

static int64_t any_time(void)
{
	return rand() % 5 ? 1795289344000000 + (int64_t)any(100000000) : 0;
}

#define FILL(list, count, room, ...)                                           \
	do {                                                                   \
		size_t room_ = any(room);                                      \
		(list) = calloc(room_ + 1, sizeof(*(list)));                   \
		while ((count) < room_)                                        \
			(list)[(count)++] = (__typeof__(*(list))) __VA_ARGS__; \
	} while (0)

static void any_session(struct profiles_bundle_session *session)
{
	*session = (struct profiles_bundle_session){
		.host = any_text(), .kernel = strdup("6.18.44"),
		.libc = strdup("glibc 2.36"), .jail = any_text(),
		.started = 1795289344000000 + (int64_t)any(100000000),
		.ended = any_time(), .status = (int)any(0xffff),
		.workload = any(1) ? UINT64_MAX - any(9) : 0,
		.known = any(300), .sandbox = any(1), .full = any(1),
	};
	snprintf(session->uid, sizeof(session->uid), "%08x",
		 (unsigned)any(UINT32_MAX));
	FILL(session->calls, session->call_count, 40, {
		.call = any_call(), .calls = any(INT64_MAX),
		.partial = any(1), .first_seen = any_time() });
	FILL(session->passed, session->passed_count, 9, {
		(unsigned)any(3), (uint32_t)any(600) });
	FILL(session->arguments, session->argument_count, 9, {
		.call = any_call(), .values = { any(9), UINT64_MAX, 0 },
		.calls = any(9) });
	FILL(session->objects, session->object_count, 5, {
		.path = strdup("/usr/lib/libc.so.6"), .build_id = any_text(),
		.library = any(1) });
}

static void any_bundle(struct profiles_bundle *bundle)
{
	static const char *const decisions[] = { "allow", "drop", "never",
						 "stub" };

	FILL(bundle->programs, bundle->count, 4, {
		.name = base_printf("tool %zu", bundle->count) });
	for (size_t i = 0; i < bundle->count; i++) {
		struct profiles_bundle_program *p = &bundle->programs[i];

		FILL(p->decisions, p->decision_count, 5, {
			.call = any_call(), .evidence = "reviewed",
			.who = any_text(), .time = any_time() });
		for (size_t d = 0; d < p->decision_count; d++) {
			unsigned which = (unsigned)any(3);

			strcpy(p->decisions[d].decision, decisions[which]);
			p->decisions[d].answer = which == 3 ? ENOSYS : 0;
		}
		FILL(p->sessions, p->session_count, 6, { .known = 0 });
		for (size_t s = 0; s < p->session_count; s++)
			any_session(&p->sessions[s]);
	}
}

/* ---- identity ------------------------------------------------------------ */

static char *print(const struct profiles_bundle *bundle)
{
	char *bytes = NULL;
	size_t size;
	FILE *out = open_memstream(&bytes, &size);
	struct error err = { 0 };

	if (profiles_bundle_print(out, bundle, &err) < 0)
		fail_msg("%s", err.text);
	fclose(out);
	return bytes;
}

static int parse(const char *bytes, struct profiles_bundle *bundle,
		 struct error *err)
{
	cleanup_free char *copy = strdup(bytes);

	return profiles_bundle_parse(copy, strlen(copy), "F", bundle, err);
}

/* The lines of BYTES in another order, some of them twice. */
static char *shuffled(const char *bytes)
{
	cleanup_free char *copy = strdup(bytes);
	char *lines[4000], *rest = copy, *out = NULL;
	size_t count = 0, size;
	FILE *memory = open_memstream(&out, &size);

	while ((lines[count] = strsep(&rest, "\n")) && *lines[count]) {
		assert_true(count < ARRAY_SIZE(lines) - 3);
		count++;
		if (rand() % 9 == 0) {
			lines[count] = lines[count - 1];
			count++;
		}
	}
	for (size_t i = 0; i < count; i++) {
		size_t other = any(count - 1);
		char *line = lines[i];

		lines[i] = lines[other];
		lines[other] = line;
	}
	for (size_t i = 0; i < count; i++)
		fprintf(memory, "%s%s\n", lines[i], rand() % 9 ? "" : "\r\n ");
	fclose(memory);
	return out;
}

static void test_identity(void **state)
{
	(void)state;
	srand(7);
	for (int i = 0; i < 150; i++) {
		cleanup_profiles_bundle struct profiles_bundle made = { 0 };
		cleanup_profiles_bundle struct profiles_bundle read = { 0 };
		cleanup_profiles_bundle struct profiles_bundle again = { 0 };
		cleanup_free char *first = NULL, *second = NULL, *third = NULL;
		cleanup_free char *mixed = NULL;
		struct error err = { 0 };

		any_bundle(&made);
		first = print(&made);
		if (!made.count) {
			assert_int_equal(parse(first, &read, &err), -EINVAL);
			continue;
		}
		if (parse(first, &read, &err) < 0)
			fail_msg("%s", err.text);
		second = print(&read);
		assert_string_equal(first, second);
		mixed = shuffled(first);
		if (parse(mixed, &again, &err) < 0)
			fail_msg("%s", err.text);
		third = print(&again);
		assert_string_equal(first, third);
		assert_true(profiles_bundle_is(mixed, strlen(mixed)));
	}
}

/* ---- what is refused ------------------------------------------------------ */

#define PROFILE "{\"fact\":\"profile\",\"program\":\"t\",\"format\":1}\n"
#define START "{\"fact\":\"session\",\"program\":\"t\",\"session\":"           \
	"\"0a1b2c3d\",\"host\":\"alpha\",\"kernel\":\"6.1\","                  \
	"\"libc\":\"glibc 2.36\",\"jail\":null,"
#define MOST(host_started) START host_started ",\"ended\":null,\"status\":0,"  \
	"\"workload\":null,\"known\":0,\"sandbox\":true,\"full\":false}\n"
#define STARTED "\"started\":\"2026-11-22T13:00:00.000000Z\""
#define SESSION MOST(STARTED)
#define NAMED MOST("\"started\":null")
#define CALL(number, name, calls) "{\"fact\":\"call\",\"program\":\"t\","      \
	"\"session\":\"0a1b2c3d\",\"arch\":\"x86_64\",\"number\":" number      \
	",\"name\":\"" name "\",\"calls\":" calls ",\"errors\":0,"             \
	"\"returns\":0,\"partial\":false,\"first_seen\":null,"                 \
	"\"last_seen\":null}\n"
#define DECISION(decision, answer) "{\"fact\":\"decision\",\"program\":\"t\"," \
	"\"arch\":\"i386\",\"number\":5,\"name\":\"open\","                    \
	"\"decision\":\"" decision "\",\"evidence\":\"added\",\"answer\":"     \
	answer ",\"who\":null,\"time\":null}\n"

static void test_refusals(void **state)
{
	static const struct {
		const char *bytes, *sentence;	/* NULL: it is taken */
	} cases[] = {
		{ PROFILE, NULL },
		{ "\n\r\n" PROFILE " \t\n", NULL },
		{ PROFILE PROFILE SESSION SESSION, NULL },
		{ SESSION CALL("0", "read", "3") PROFILE, NULL },
		{ PROFILE SESSION CALL("999", "newcall", "3"), NULL },
		{ PROFILE SESSION CALL("0", "0", "3"), NULL },
		{ PROFILE DECISION("allow", "null"), NULL },
		{ PROFILE DECISION("stub", "\"ENOSYS\""), NULL },
		{ PROFILE DECISION("stub", "\"4094\""), NULL },
		{ PROFILE DECISION("stub", "\"4096\""), "F:2: \"answer\"" },
		{ PROFILE DECISION("stub", "null"), "F:2: \"answer\"" },
		{ PROFILE DECISION("drop", "\"EPERM\""), "F:2: \"answer\"" },
		{ PROFILE DECISION("all", "null"), "F:2: \"decision\"" },
		{ PROFILE DECISION("allow", "null") DECISION("drop", "null"),
		  "F:3: this contradicts line 2" },
		{ "", "no fact in it" },
		{ "\n\n", "no fact in it" },
		{ "{}", "F:1: this is no fact" },
		{ "[1]", "F:1: this is no fact" },
		{ "null", "F:1: broken JSON" },
		{ "{\"fact\":7}", "F:1: this is no fact" },
		{ PROFILE "{\"fact\":\"profile\",\"program\":", "F:2: broken" },
		{ PROFILE "{\"fact\":\"session\"", "F:2: broken JSON" },
		{ PROFILE "<<<<<<< HEAD\n" SESSION, "F:2: here is a conflict" },
		{ PROFILE SESSION ">>>>>>> other\n", "F:3: here is a conflict" },
		{ SESSION, "F:1: no line says of which format" },
		{ PROFILE CALL("0", "read", "3"),
		  "F:2: no line tells of the session 0a1b2c3d" },
		{ PROFILE SESSION CALL("0", "read", "3") CALL("0", "read", "4"),
		  "F:4: this contradicts line 3, which says other things of "
		  "the same call" },
		{ PROFILE SESSION CALL("0", "write", "3"),
		  "F:3: \"write\" is not the name of x86_64's call 0" },
		{ PROFILE SESSION CALL("999", "read", "3"), "not the name" },
		{ PROFILE SESSION CALL("-1", "read", "3"), "F:3: \"number\"" },
		{ PROFILE SESSION CALL("1073741824", "x", "3"), "\"number\"" },
		{ PROFILE SESSION CALL("0", "read", "-3"), "F:3: \"calls\"" },
		{ PROFILE SESSION CALL("0", "read", "3.5"), "F:3: \"calls\"" },
		{ PROFILE SESSION CALL("0", "read", "1e999"), "F:3: broken" },
		{ PROFILE SESSION CALL("0", "read", "9223372036854775808"),
		  "F:3: broken JSON" },
		{ PROFILE NAMED, NULL },
		{ PROFILE NAMED SESSION CALL("0", "read", "3"), NULL },
		{ PROFILE SESSION CALL("0", "read", "3") NAMED, NULL },
		{ PROFILE NAMED CALL("0", "read", "3"), "F:2: the session "
		  "0a1b2c3d does not say when it started, and line 3" },
		{ PROFILE START "\"started\":null,\"ended\":\"2026-11-22T13:00:"
		  "00.000000Z\",\"status\":0,\"workload\":null,\"known\":0,"
		  "\"sandbox\":true,\"full\":false}\n",
		  "F:2: the session does" },
		{ PROFILE MOST("\"started\":\"1969-12-31T23:59:59.000000Z\""),
		  "F:2: \"started\" is before 1970" },
		{ PROFILE MOST("\"started\":\"2426-11-22T13:00:00.000000Z\""),
		  "F:2: \"started\" is in the future" },
		{ PROFILE MOST("\"started\":\"2026-11-22T13:00:00Z\""),
		  "F:2: \"started\" is no time" },
		{ PROFILE MOST("\"started\":\"2026-11-31T13:00:00.000000Z\""),
		  "F:2: \"started\" is no time" },
		{ PROFILE MOST("\"started\":\"2026-11-22T13:00:00."
			       "99999999999999999999Z\""), "is no time" },
		{ PROFILE MOST("\"started\":1"), "F:2: \"started\" is no time" },
		{ PROFILE MOST(STARTED ",\"more\":1"),
		  "F:2: a session has no \"more\"; a newer jail" },
		{ PROFILE MOST(STARTED ",\"host\":1"), "F:2: broken JSON" },
		{ PROFILE "{\"fact\":\"weather\",\"program\":\"t\"}",
		  "F:2: there is no fact \"weather\"; a newer jail" },
		{ "{\"fact\":\"weather\",\"program\":\"t\"}\n"
		  "{\"fact\":\"profile\",\"program\":\"t\",\"format\":2}\n",
		  "F is of format 2, and this jail reads format 1" },
		{ "{\"fact\":\"profile\",\"program\":\"t\",\"format\":2}\n",
		  "F:1: the file is of format 2" },
		{ "{\"fact\":\"profile\",\"program\":\"a/b\",\"format\":1}\n",
		  "F:1: \"program\" is no name" },
		{ "{\"fact\":\"profile\",\"program\":\"\",\"format\":1}\n",
		  "F:1: \"program\" is no name" },
		{ "{\"fact\":\"profile\",\"program\":\"\\u001b\",\"format\":1}",
		  "F:1: \"program\" is no name" },
		{ "{\"fact\":\"profile\",\"program\":\"\\u0000\",\"format\":1}",
		  "F:1: broken JSON" },
		{ "{\"fact\":\"profile\",\"program\":\"t\"}",
		  "F:1: \"format\" is missing" },
		{ "\xff\xfe", "F:1: broken JSON" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_profiles_bundle struct profiles_bundle bundle = { 0 };
		struct error err = { 0 };
		int result = parse(cases[i].bytes, &bundle, &err);

		if (cases[i].sentence ?
		    result >= 0 || err.code != -result ||
		    !strstr(err.text, cases[i].sentence) : result != 0)
			fail_msg("%s: %d, \"%s\"", cases[i].bytes, result,
				 err.text);
	}
}

static void test_zero(void **state)
{
	static char bytes[] = PROFILE "\0" PROFILE;
	cleanup_profiles_bundle struct profiles_bundle bundle = { 0 };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(profiles_bundle_parse(bytes, sizeof(bytes) - 1, "F",
					       &bundle, &err), -EINVAL);
	assert_non_null(strstr(err.text, "F:2: broken JSON"));
}

/* A session of another architecture is kept as it is. */
static void test_foreign(void **state)
{
	cleanup_profiles_bundle struct profiles_bundle bundle = { 0 };
	const struct profiles_bundle_session *session;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(parse(PROFILE SESSION
		"{\"fact\":\"call\",\"program\":\"t\",\"session\":\"0a1b2c3d\","
		"\"arch\":\"aarch64\",\"number\":63,\"name\":\"read\","
		"\"calls\":1,\"errors\":0,\"returns\":1,\"partial\":false,"
		"\"first_seen\":null,\"last_seen\":null}\n", &bundle, &err), 0);
	session = &bundle.programs[0].sessions[0];
	assert_int_equal(session->calls[0].call.arch, BASE_ARCH_AARCH64);
	assert_int_equal(session->started, 1795352400000000);
	assert_null(session->jail);
}

static void test_is(void **state)
{
	static const struct {
		const char *bytes;
		bool is;
	} cases[] = {
		{ PROFILE, true }, { "\n \n" PROFILE, true },
		{ "<<<<<<< HEAD\n" PROFILE, true }, { "", false },
		{ "{", false }, { "{\"defaultAction\":1}", false },
		{ "# \"fact\"", false }, { "\n", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(profiles_bundle_is(cases[i].bytes,
						    strlen(cases[i].bytes)),
				 cases[i].is);
}

/* The words of decisions are those of the store. */
static void test_words(void **state)
{
	(void)state;
	for (int decision = DB_ALLOW; decision <= DB_STUB; decision++)
		for (int evidence = DB_LEARNED; evidence <= DB_MINIMIZED;
		     evidence++) {
			cleanup_profiles_bundle struct profiles_bundle read =
				{ 0 };
			cleanup_free char *line = base_printf(
				PROFILE "{\"fact\":\"decision\",\"program\":"
				"\"t\",\"arch\":\"i386\",\"number\":5,\"name\":"
				"\"open\",\"decision\":\"%s\",\"evidence\":"
				"\"%s\",\"answer\":%s,\"who\":null,\"time\":"
				"null}\n", db_decision_name(decision),
				db_evidence_name(evidence),
				decision == DB_STUB ? "\"EPERM\"" : "null");
			struct error err = { 0 };

			if (parse(line, &read, &err) < 0)
				fail_msg("%s: %s", line, err.text);
		}
}

/* ---- without memory ------------------------------------------------------ */

static long left = -1;	/* so often jansson gets memory; -1: always */

static void *grudging(size_t size)
{
	if (left == 0)
		return NULL;
	left -= left > 0;
	return malloc(size);
}

static int print_into(char *text, size_t size,
		      const struct profiles_bundle *bundle)
{
	struct error err = { 0 };
	FILE *out = fmemopen(text, size, "w");
	int result = profiles_bundle_print(out, bundle, &err);

	fclose(out);
	return result;
}

static void test_no_memory(void **state)
{
	static const char whole[] = PROFILE DECISION("stub", "\"EPERM\"")
		SESSION CALL("0", "read", "3");
	cleanup_profiles_bundle struct profiles_bundle bundle = { 0 };
	struct error err = { 0 };
	size_t size = strlen(whole) + 100;
	cleanup_free char *usual = calloc(1, size), *text = calloc(1, size);
	long room = 0;
	int result;

	(void)state;
	assert_int_equal(parse(whole, &bundle, &err), 0);
	assert_int_equal(print_into(usual, size, &bundle), 0);
	json_set_alloc_funcs(grudging, free);
	do {
		left = room++;
		memset(text, 0, size);
		result = print_into(text, size, &bundle);
	} while (result == -ENOMEM);
	json_set_alloc_funcs(malloc, free);
	assert_int_equal(result, 0);
	assert_string_equal(text, usual);
	assert_true(room > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_zero),
		cmocka_unit_test(test_foreign),
		cmocka_unit_test(test_is),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
