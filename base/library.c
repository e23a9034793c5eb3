/* SPDX-License-Identifier: MIT */
/* Libraries that are loaded when they are wanted: base.h. */
#include <dlfcn.h>
#include <string.h>

#include "base/base.h"

int base_library_load(const struct base_library *library, void *out,
		      struct error *err)
{
	void *handle = dlopen(library->file, RTLD_LAZY | RTLD_LOCAL);

	if (!handle)
		return base_error(err, ENOSYS, "%s needs %s (the package %s): "
				  "%s", library->what, library->file,
				  library->package, dlerror());
	for (size_t i = 0; i < library->count; i++) {
		const struct base_library_call *call = &library->calls[i];
		void *found = dlsym(handle, call->name);

		if (!found)
			return base_error(err, ENOSYS, "%s is too old: it has "
					  "no %s()", library->file, call->name);
		memcpy((char *)out + call->offset, &found, sizeof(found));
	}
	return 0;
}
