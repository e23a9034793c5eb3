/* SPDX-License-Identifier: MIT */
#include "profiles/formats/formats.h"

void profiles_bundle_free(struct profiles_bundle *bundle)
{
	(void)bundle;
}

int profiles_bundle_print(FILE *out, const struct profiles_bundle *bundle,
			  struct error *err)
{
	(void)out;
	(void)bundle;
	return base_error(err, ENOSYS, "not yet");
}

bool profiles_bundle_is(const char *bytes, size_t count)
{
	(void)bytes;
	(void)count;
	return false;
}

int profiles_bundle_parse(char *bytes, size_t count, const char *name,
			  struct profiles_bundle *bundle, struct error *err)
{
	(void)bytes;
	(void)count;
	(void)bundle;
	return base_error(err, ENOSYS, "%s cannot be read yet", name);
}
