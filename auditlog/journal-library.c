/* SPDX-License-Identifier: MIT */
/* libsystemd, loaded when it is wanted: auditlog/journal.h. */
#ifdef HAVE_JOURNAL

#include "auditlog/journal.h"

static const struct base_library_call calls[] = {
#define ROW(name)                                                              \
	{ "sd_journal_" #name, offsetof(struct journal_library, name) },
	JOURNAL_CALLS(ROW)
#undef ROW
};

/* It keeps threads' data and handlers of its own. */
const struct journal_library *journal_library(struct error *err)
{
	static const struct base_library systemd = {
		"libsystemd.so.0", "reading the journal", "libsystemd0",
		calls, ARRAY_SIZE(calls),
	};
	static struct journal_library library;
	static bool loaded;

	if (!loaded && base_library_load(&systemd, &library, err) < 0)
		return NULL;
	loaded = true;
	return &library;
}

#endif
