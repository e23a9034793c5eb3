/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes what import reads (libFuzzer): bundles, and lists of all formats. What
 * was taken is printed, read back and printed, to the same bytes; a bundle also
 * from its lines twice over.
 */
#include <string.h>

#include "profiles/profiles.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* No file is included from there. */
static const char name[] = "standard input";

static void hold(bool condition)
{
	if (!condition)
		abort();
}

/* The sentence is there exactly if something failed. */
static bool taken(int result, const struct error *err)
{
	hold(result <= 0);
	hold(result == 0 || (err->code == -result && *err->text));
	return result == 0;
}

/* ---- bundles ---------------------------------------------------------- */

static char *print_bundle(const struct profiles_bundle *bundle, size_t *size)
{
	char *bytes = NULL;
	FILE *out = open_memstream(&bytes, size);

	hold(out && profiles_bundle_print(out, bundle, NULL) == 0);
	fclose(out);
	return bytes;
}

static void check_bundle(char *bytes, size_t size)
{
	cleanup_profiles_bundle struct profiles_bundle read = { 0 };
	cleanup_profiles_bundle struct profiles_bundle again = { 0 };
	cleanup_free char *first = NULL, *second = NULL, *twice = NULL;
	struct error err = { 0 };
	size_t length, other;

	if (!taken(profiles_bundle_parse(bytes, size, name, &read, &err), &err))
		return;
	first = print_bundle(&read, &length);
	twice = base_printf("%s%s", first, first);
	hold(twice && profiles_bundle_parse(twice, 2 * length, name, &again,
					    NULL) == 0);
	second = print_bundle(&again, &other);
	hold(strcmp(first, second) == 0);
}

/* ---- lists ------------------------------------------------------------ */

static char *print_text(const struct profiles_text *text, size_t *size)
{
	char *bytes = NULL;
	FILE *out = open_memstream(&bytes, size);

	hold(out && profiles_print(out, text, NULL) == 0);
	fclose(out);
	return bytes;
}

static void check_list(char *bytes, size_t size)
{
	cleanup_profiles_text struct profiles_text read = { 0 }, again = { 0 };
	cleanup_profiles_notes struct profiles_notes notes = { 0 };
	cleanup_free char *first = NULL, *second = NULL;
	struct error err = { 0 };
	size_t length;

	if (!taken(profiles_import(bytes, size, name, NULL, &read, &notes,
				   &err), &err))
		return;
	for (size_t i = 0; i < notes.count; i++)
		hold(*notes.items[i].sentence);
	if (!read.set.count)
		return;
	first = print_text(&read, &length);
	second = strdup(first);
	hold(second && profiles_import(second, length, name,
				       profiles_format_find("text"), &again,
				       &notes, NULL) == 0);
	free(second);
	second = print_text(&again, &length);
	hold(strcmp(first, second) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes = malloc(size + 1);

	hold(bytes != NULL);
	memcpy(bytes, data, size);
	bytes[size] = '\0';
	if (profiles_bundle_is(bytes, size))
		check_bundle(bytes, size);
	else
		check_list(bytes, size);
	free(bytes);
	return 0;
}
