/* SPDX-License-Identifier: MIT */
/*
 * Buses through a filter: xdg-dbus-proxy(1) between the program and the user's
 * or the system's message bus. The proxy runs outside, as a companion, from
 * before the sandbox until its end. Its socket lies in a folder of jail's own
 * and is bound over the bus's place in the tree.
 */
#ifndef JAIL_ENFORCE_BUS_H
#define JAIL_ENFORCE_BUS_H

#include "enforce/enforce.h"

enum { BUS_USER, BUS_SYSTEM, BUS_COUNT };
struct bus {
	pid_t keepers[BUS_COUNT];
	char *folder;		/* of the sockets, removed at the end */
};

/* Starts the proxies that the plan needs (plan->files has BIND steps for their
 * sockets: bus_socket()), and waits until they answer. */
int bus_open(const struct enforce_plan *plan, struct bus *bus,
	     struct error *err);
void bus_end(struct bus *bus);
/* Whether the filter can be had: the proxy is installed, and there is a bus. */
bool bus_available(const struct enforce_plan *plan, int which);

#endif
