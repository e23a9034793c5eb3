/* SPDX-License-Identifier: MIT */
/* See policy.h. */
#include "tests/lib/policy.h"

#include <ctype.h>
#include <linux/audit.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"

static void policy_fail(struct policy *policy, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void policy_fail(struct policy *policy, const char *format, ...)
{
	va_list arguments;

	if (*policy->error)
		return;
	va_start(arguments, format);
	vsnprintf(policy->error, sizeof(policy->error), format, arguments);
	va_end(arguments);
}

static struct policy_rule *policy_add(struct policy *policy, uint32_t number,
				      uint32_t answer)
{
	policy->rules = reallocarray(policy->rules, policy->count + 1,
				     sizeof(*policy->rules));
	policy->rules[policy->count] = (struct policy_rule){
		.number = number, .answer = answer,
	};
	return &policy->rules[policy->count++];
}

void policy_free(struct policy *policy)
{
	free(policy->rules);
	free(policy->code);
}

static bool policy_fits(const struct policy_rule *rule,
			const struct seccomp_data *data)
{
	if (rule->number != (uint32_t)data->nr)
		return false;
	for (unsigned i = 0; i < rule->count; i++)
		if ((data->args[rule->tests[i].index] & rule->tests[i].mask) !=
		    rule->tests[i].value)
			return false;
	return true;
}

uint32_t policy_verdict(const struct policy *policy,
			const struct seccomp_data *data)
{
	if (policy->code)
		return bpf_run(policy->code, policy->length, data, NULL);
	if (data->arch != AUDIT_ARCH_X86_64)
		return policy->elsewhere;
	if ((uint32_t)data->nr >= 0x40000000)
		return policy->x32;
	for (size_t i = 0; i < policy->count; i++)
		if (policy_fits(&policy->rules[i], data))
			return policy->rules[i].answer;
	return policy->otherwise;
}

/* ---- minijail ---------------------------------------------------------- */

/* Eats WORD at *AT. */
static bool policy_eat(const char **at, const char *word)
{
	size_t length = strlen(word);

	if (strncmp(*at, word, length) != 0)
		return false;
	*at += length;
	return true;
}

static uint64_t policy_number(struct policy *policy, const char **at)
{
	char *end;
	uint64_t value = strtoull(*at, &end, 0);

	if (end == *at || !isdigit((unsigned char)**at))
		policy_fail(policy, "no number: %.30s", *at);
	*at = end;
	return value;
}

static void policy_minijail_atoms(struct policy *policy, const char **at,
				  uint32_t number)
{
	struct policy_rule *rule = policy_add(policy, number,
					      SECCOMP_RET_ALLOW);

	do {
		struct policy_test *test = &rule->tests[rule->count];

		if (rule->count == 3 || !policy_eat(at, "arg")) {
			policy_fail(policy, "no condition: %.30s", *at);
			return;
		}
		test->index = (unsigned)policy_number(policy, at);
		if (test->index > 5 || !policy_eat(at, " == "))
			policy_fail(policy, "no comparison: %.30s", *at);
		test->mask = UINT64_MAX;
		test->value = policy_number(policy, at);
		rule->count++;
	} while (policy_eat(at, " && "));
}

static void policy_minijail_rule(struct policy *policy, const char *at,
				 uint32_t number)
{
	if (strcmp(at, "1") == 0) {
		policy_add(policy, number, SECCOMP_RET_ALLOW);
		return;
	}
	if (!policy_eat(&at, "return ")) {
		do {
			policy_minijail_atoms(policy, &at, number);
		} while (!*policy->error && policy_eat(&at, " || "));
		if (!*at || *policy->error)
			return;
		if (!policy_eat(&at, "; return ")) {
			policy_fail(policy, "rest: %.30s", at);
			return;
		}
	}
	policy_add(policy, number, SECCOMP_RET_ERRNO |
		   (uint32_t)policy_number(policy, &at));
	if (*at)
		policy_fail(policy, "rest: %.30s", at);
}

/* The names of Linux 6.1 for x86_64. */
static int policy_header_name(const char *name)
{
	int number = base_call_number(BASE_ARCH_X86_64, name);

	return number <= 334 || (number >= 424 && number <= 450) ? number : -1;
}

static void policy_minijail_line(struct policy *policy, char *line)
{
	char *colon = strstr(line, ": ");
	int number;

	if (*line == '#')
		return;
	if (!colon) {
		policy_fail(policy, "no call: %.30s", line);
		return;
	}
	*colon = '\0';
	number = policy_header_name(line);
	if (number < 0)
		policy_fail(policy, "no such name: %s", line);
	for (size_t i = 0; i < policy->count; i++)
		if (policy->rules[i].number == (uint32_t)number)
			policy_fail(policy, "twice: %s", line);
	policy_minijail_rule(policy, colon + 2, (uint32_t)number);
}

void policy_read_minijail(struct policy *policy, const char *text)
{
	char *copy = strdup(text), *rest = copy, *line;

	policy->otherwise = SECCOMP_RET_KILL_PROCESS;
	policy->elsewhere = SECCOMP_RET_KILL_PROCESS;
	policy->x32 = SECCOMP_RET_KILL_PROCESS;
	while (!*policy->error && (line = strsep(&rest, "\n")))
		if (*line || rest)
			policy_minijail_line(policy, line);
	free(copy);
}

/* ---- Kafel ------------------------------------------------------------- */

static void policy_blanks(const char **at)
{
	for (;;) {
		if (isspace((unsigned char)**at)) {
			++*at;
		} else if (strncmp(*at, "//", 2) == 0) {
			*at += strcspn(*at, "\n");
		} else if (strncmp(*at, "/*", 2) == 0) {
			const char *end = strstr(*at, "*/");

			*at = end ? end + 2 : *at + strlen(*at);
		} else {
			return;
		}
	}
}

/* Eats WORD, which has to be there. */
static void policy_want(struct policy *policy, const char **at,
			const char *word)
{
	policy_blanks(at);
	if (!policy_eat(at, word))
		policy_fail(policy, "no %s: %.30s", word, *at);
}

static bool policy_has(const char **at, const char *word)
{
	policy_blanks(at);
	return policy_eat(at, word);
}

static void policy_word(struct policy *policy, const char **at, char word[64])
{
	size_t length = 0;

	policy_blanks(at);
	while (length < 63 &&
	       (isalnum((unsigned char)**at) || **at == '_'))
		word[length++] = *(*at)++;
	word[length] = '\0';
	if (!length)
		policy_fail(policy, "no word: %.30s", *at);
}

static uint32_t policy_kafel_action(struct policy *policy, const char **at)
{
	char word[64];
	uint32_t code;

	policy_word(policy, at, word);
	if (strcmp(word, "ALLOW") == 0)
		return SECCOMP_RET_ALLOW;
	if (strcmp(word, "LOG") == 0)
		return SECCOMP_RET_LOG;
	if (strcmp(word, "KILL_PROCESS") == 0)
		return SECCOMP_RET_KILL_PROCESS;
	if (strcmp(word, "ERRNO") != 0)
		policy_fail(policy, "no action: %s", word);
	policy_want(policy, at, "(");
	code = (uint32_t)policy_number(policy, at);
	policy_want(policy, at, ")");
	return SECCOMP_RET_ERRNO | code;
}

static int policy_kafel_name(const char *name)
{
	static const char *const entries[][2] = {
		{ "newstat", "stat" }, { "newfstat", "fstat" },
		{ "newlstat", "lstat" }, { "newuname", "uname" },
		{ "sendfile64", "sendfile" }, { "umount", "umount2" },
		{ "sysctl", "_sysctl" },
	};
	int number;

	for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
		if (strcmp(entries[i][0], name) == 0)
			return base_call_number(BASE_ARCH_X86_64,
						entries[i][1]);
		if (strcmp(entries[i][1], name) == 0)
			return -1;
	}
	number = base_call_number(BASE_ARCH_X86_64, name);
	return number <= 328 ? number : -1;
}

/* The argument of a call by its name in the kernel's prototype. */
static struct policy_test policy_kafel_argument(struct policy *policy,
						uint32_t number,
						const char *name)
{
	static const struct {
		uint32_t number;
		const char *name;
		unsigned index, bytes;
	} arguments[] = {
		{ 9, "prot", 2, 8 }, { 10, "prot", 2, 8 }, { 16, "cmd", 1, 4 },
		{ 41, "family", 0, 4 }, { 41, "type", 1, 4 },
		{ 41, "protocol", 2, 4 }, { 53, "family", 0, 4 },
		{ 53, "type", 1, 4 }, { 53, "protocol", 2, 4 },
		{ 56, "clone_flags", 0, 8 }, { 72, "cmd", 1, 4 },
		{ 135, "personality", 0, 4 }, { 157, "option", 0, 4 },
		{ 272, "unshare_flags", 0, 8 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(arguments); i++)
		if (arguments[i].number == number &&
		    strcmp(arguments[i].name, name) == 0)
			return (struct policy_test){
				arguments[i].index,
				arguments[i].bytes == 4 ? UINT32_MAX :
							  UINT64_MAX, 0,
			};
	policy_fail(policy, "call %u has no argument %s", number, name);
	return (struct policy_test){ 0, 0, 0 };
}

static void policy_kafel_test(struct policy *policy, const char **at,
			      struct policy_rule *rule)
{
	bool masked = policy_has(at, "(");
	struct policy_test test;
	char word[64];

	policy_word(policy, at, word);
	test = policy_kafel_argument(policy, rule->number, word);
	if (masked) {
		policy_want(policy, at, "&");
		policy_blanks(at);
		test.mask &= policy_number(policy, at);
		policy_want(policy, at, ")");
	}
	policy_want(policy, at, "==");
	policy_blanks(at);
	test.value = policy_number(policy, at);
	if (rule->count == 3)
		policy_fail(policy, "four conditions");
	else
		rule->tests[rule->count++] = test;
}

static void policy_kafel_item(struct policy *policy, const char **at,
			      uint32_t answer)
{
	struct policy_rule *rule;
	char word[64];
	int number;

	policy_word(policy, at, word);
	if (strcmp(word, "SYSCALL") == 0) {
		policy_want(policy, at, "[");
		number = (int)policy_number(policy, at);
		policy_want(policy, at, "]");
	} else {
		number = policy_kafel_name(word);
		if (number < 0)
			policy_fail(policy, "no such name: %s", word);
	}
	if (!policy_has(at, "{")) {
		policy_add(policy, (uint32_t)number, answer);
		return;
	}
	do {
		rule = policy_add(policy, (uint32_t)number, answer);
		policy_want(policy, at, "(");
		do {
			policy_kafel_test(policy, at, rule);
		} while (!*policy->error && policy_has(at, "&&"));
		policy_want(policy, at, ")");
	} while (!*policy->error && policy_has(at, "||"));
	policy_want(policy, at, "}");
}

static void policy_kafel_statement(struct policy *policy, const char **at)
{
	uint32_t answer = policy_kafel_action(policy, at);

	policy_want(policy, at, "{");
	do {
		policy_kafel_item(policy, at, answer);
	} while (!*policy->error && policy_has(at, ","));
	policy_want(policy, at, "}");
}

void policy_read_kafel(struct policy *policy, const char *text)
{
	const char *at = text;
	char name[64], used[64];

	policy_want(policy, &at, "POLICY");
	policy_word(policy, &at, name);
	policy_want(policy, &at, "{");
	do {
		policy_kafel_statement(policy, &at);
	} while (!*policy->error && policy_has(&at, ","));
	policy_want(policy, &at, "}");
	policy_want(policy, &at, "USE");
	policy_word(policy, &at, used);
	policy_want(policy, &at, "DEFAULT");
	policy->otherwise = policy_kafel_action(policy, &at);
	policy->elsewhere = SECCOMP_RET_KILL_THREAD;
	policy->x32 = policy->otherwise;
	policy_blanks(&at);
	if (*at || strcmp(name, used) != 0)
		policy_fail(policy, "rest: %.30s", at);
}

#include "tests/lib/policy_oci.c"
