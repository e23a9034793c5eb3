/* SPDX-License-Identifier: MIT */
/* base_build_id() of files as a process has them, and by what the same file is
 * known again without reading it. */
#ifndef JAIL_LEARN_BUILD_ID_H
#define JAIL_LEARN_BUILD_ID_H

#include "profiles/profiles.h"

/* The build-id of the file that PID, which is not gone, has mapped from START
 * to END of its memory and calls PATH: new memory, or NULL. What the same path
 * means to us is not asked: the process may have another tree of files. */
char *build_id_mapped(pid_t pid, uint64_t start, uint64_t end,
		      const char *path, struct profiles_stamp *stamp);
/* The same of the file that it executes. */
char *build_id_executed(pid_t pid, struct profiles_stamp *stamp);

#endif
