/* SPDX-License-Identifier: MIT */
/*
 * The profiles that Debian's firejail-profiles installs, as they are: every one
 * parses, into as many directives as they should be, with nothing unknown.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "profiles/profiles.h"
#include "tests/unit/skip.h"

#define FOLDER "/etc/firejail"
#define FILES_MAX 4096

/* It includes a file that the package has by another name. */
#define BROKEN "electron-hardened.inc.profile"

static bool ends(const char *text, const char *end)
{
	size_t length = strlen(text), tail = strlen(end);

	return length > tail && strcmp(text + length - tail, end) == 0;
}

static const char *no_variable(const char *name)
{
	(void)name;
	return NULL;
}

static void parse(const char *name, struct profiles_text *text,
		  struct error *err)
{
	static const char *const folders[] = { FOLDER, NULL };
	static const struct profiles_context context = {
		.home = "/no/home", .uid = 1000, .path = "/usr/bin:/bin",
		.folders = folders, .variable = no_variable,
	};
	cleanup_free char *path = base_printf(FOLDER "/%s", name);
	int result;

	text->context = &context;
	result = profiles_read(path, text, err);
	if (result == 0)
		result = profiles_policy_finish(text, err);
	if (result < 0 && strcmp(name, BROKEN) != 0)
		fail_msg("%s", err->text);
}

static int compare(const void *a, const void *b)
{
	const size_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Half of the profiles have fewer directives than this, half have more. */
static void test_corpus(void **state)
{
	static size_t counts[FILES_MAX];
	DIR *folder = opendir(FOLDER);
	struct dirent *entry;
	size_t count = 0;

	(void)state;
	if (!folder)
		skip_for("Firejail's profiles are not installed");
	while ((entry = readdir(folder))) {
		cleanup_profiles_text struct profiles_text text = { 0 };
		struct error err = { 0 };

		if (!ends(entry->d_name, ".profile") &&
		    !ends(entry->d_name, ".inc"))
			continue;
		parse(entry->d_name, &text, &err);
		if (ends(entry->d_name, ".profile") && count < FILES_MAX)
			counts[count++] = text.directives;
	}
	closedir(folder);
	if (count < 1000)
		skip_for("other profiles than those of the package");
	qsort(counts, count, sizeof(*counts), compare);
	print_message("%zu profiles, median %zu\n", count, counts[count / 2]);
	if (count == 1209)
		assert_int_equal(counts[count / 2], 1963);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_corpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
