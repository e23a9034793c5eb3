/* SPDX-License-Identifier: MIT */
/* libsystemd, loaded when it is wanted: auditlog/journal.h. */
#ifdef HAVE_JOURNAL

#include <dlfcn.h>

#include "auditlog/journal.h"

#define LIBRARY "libsystemd.so.0"

static const struct {
	const char *name;
	size_t offset;
} calls[] = {
#define ROW(name)                                                              \
	{ "sd_journal_" #name, offsetof(struct journal_library, name) },
	JOURNAL_CALLS(ROW)
#undef ROW
};

/* Never unloaded: it keeps threads' data and handlers of its own. */
const struct journal_library *journal_library(struct error *err)
{
	static struct journal_library library;
	static bool loaded;
	void *handle = loaded ? NULL : dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	if (!loaded && !handle) {
		base_error(err, ENOSYS, "reading the journal needs " LIBRARY
			   " (the package libsystemd0): %s", dlerror());
		return NULL;
	}
	for (size_t i = 0; !loaded && i < ARRAY_SIZE(calls); i++) {
		void *call = dlsym(handle, calls[i].name);

		if (!call) {
			base_error(err, ENOSYS, LIBRARY " is too old: it has "
				   "no %s()", calls[i].name);
			return NULL;
		}
		memcpy((char *)&library + calls[i].offset, &call, sizeof(call));
	}
	loaded = true;
	return &library;
}

#endif
