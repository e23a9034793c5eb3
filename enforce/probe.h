/* SPDX-License-Identifier: MIT */
/*
 * What a child of jail doctor could do; for enforce/ alone. Each field is 0 or
 * the errno of the first call that failed.
 */
#ifndef JAIL_ENFORCE_PROBE_H
#define JAIL_ENFORCE_PROBE_H

#include "enforce/enforce.h"

struct probe_result {
	int user, map;		/* a user namespace, and our id in it */
	int namespaces;		/* the others */
	int mount, proc, overlay;
	const char *call;	/* which mount was refused */
	int landlock;		/* using it, where it is there */
	int filter, listener;
};

/* Never fails: what could not be tried has the errno of that. */
void probe_run(struct probe_result *result);

#endif
