/* SPDX-License-Identifier: MIT */
/*
 * What the tests of Firejail's language share: a home and two folders of
 * profiles of the test's own, and cases as data: lines, and the rules about
 * paths that come of them in their order, or a part of the sentence that
 * refuses them.
 */
#ifndef TESTS_PROFILES_LANGUAGE_H
#define TESTS_PROFILES_LANGUAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "profiles/profiles.h"

static char folder[64];		/* of this run */
static char home[128], near_folder[128], far_folder[128];

static const char *variable(const char *name)
{
	return strcmp(name, "XAUTHORITY") == 0 ? "/tmp/x/auth" :
	       strcmp(name, "DBUS_SESSION_BUS_ADDRESS") == 0 ?
		       "unix:path=/tmp/bus,guid=1" :
	       strcmp(name, "DBUS_SYSTEM_BUS_ADDRESS") == 0 ?
		       "unix:guid=1,path=/tmp/a;unix:abstract=/b;tcp:;"
		       "unix:path=/tmp/c" :
	       strcmp(name, "PULSE_SERVER") == 0 ? "unix:/tmp/pulse" :
	       strcmp(name, "XDG_RUNTIME_DIR") == 0 ? "/tmp/run" : NULL;
}

static const struct profiles_context *context(void)
{
	static const char *folders[4];
	static struct profiles_context made = {
		.uid = 1000, .path = "/usr/x:/opt/y/:relative::/usr/x",
		.folders = folders, .variable = variable,
	};

	made.home = home;
	folders[0] = near_folder;
	folders[1] = PROFILES_SHIPPED;
	folders[2] = far_folder;
	return &made;
}

static inline void write_file(const char *in, const char *name, const char *bytes)
{
	cleanup_free char *path = base_printf("%s/%s", in, name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(bytes, file);
	fclose(file);
}

static int set_up(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/profiles_language.XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(home, sizeof(home), "%s/home", folder);
	snprintf(near_folder, sizeof(near_folder), "%s/near", folder);
	snprintf(far_folder, sizeof(far_folder), "%s/far", folder);
	return mkdir(home, 0700) || mkdir(near_folder, 0700) ||
	       mkdir(far_folder, 0700);
}

static int tear_down(void **state)
{
	cleanup_free char *command = base_printf("rm -r '%s'", folder);

	(void)state;
	return system(command);
}

/* ---- cases ------------------------------------------------------------ */

static const char *const kinds[] = {
	[PROFILES_BLACKLIST] = "blacklist",
	[PROFILES_NOBLACKLIST] = "noblacklist",
	[PROFILES_READ_ONLY] = "read-only",
	[PROFILES_READ_WRITE] = "read-write",
	[PROFILES_NOEXEC] = "noexec",
	[PROFILES_TMPFS] = "tmpfs",
	[PROFILES_MKDIR] = "mkdir",
	[PROFILES_MKFILE] = "mkfile",
	[PROFILES_BIND] = "bind",
	[PROFILES_WHITELIST] = "whitelist",
	[PROFILES_NOWHITELIST] = "nowhitelist",
};

/* "blacklist /a;whitelist ~/b"; the home is written ~. */
static void describe(const struct profiles_policy *policy, char *out,
		     size_t size)
{
	size_t used = 0, length = strlen(home);

	*out = '\0';
	for (size_t i = 0; i < policy->rule_count && used < size; i++) {
		const struct profiles_rule *rule = &policy->rules[i];
		bool in_home = strncmp(rule->path, home, length) == 0;

		used += (size_t)snprintf(out + used, size - used,
					 "%s%s %s%s%s%s", i ? ";" : "",
					 kinds[rule->kind],
					 rule->source ? rule->source : "",
					 rule->source ? "," : "",
					 in_home ? "~" : "",
					 rule->path + (in_home ? length : 0));
	}
}

static int parse(const char *lines, struct profiles_text *text,
		 struct error *err)
{
	FILE *file = fmemopen((void *)lines, strlen(lines), "r");
	int result;

	assert_non_null(file);
	text->context = context();
	result = profiles_parse(file, "F", text, err);
	fclose(file);
	return result;
}

struct one {
	const char *lines;
	const char *rules;	/* NULL: refused */
	const char *sentence;
};

static inline void check(const struct one *cases, size_t count)
{
	char found[4096];

	for (size_t i = 0; i < count; i++) {
		cleanup_profiles_text struct profiles_text text = { 0 };
		struct error err = { 0 };
		int result = parse(cases[i].lines, &text, &err);

		describe(&text.policy, found, sizeof(found));
		if (cases[i].rules ? result || strcmp(found, cases[i].rules) :
				     result >= 0 || err.code != -result ||
					     !strstr(err.text,
						     cases[i].sentence))
			fail_msg("%s: %d, \"%s\", \"%s\"", cases[i].lines,
				 result, found, err.text);
	}
}
#define CHECK(cases) check(cases, ARRAY_SIZE(cases))

static inline bool has(const char *lines, enum profiles_flag flag)
{
	cleanup_profiles_text struct profiles_text text = { 0 };
	struct error err = { 0 };

	if (parse(lines, &text, &err) < 0)
		fail_msg("%s: %s", lines, err.text);
	return profiles_has(&text.policy, flag);
}

#endif
