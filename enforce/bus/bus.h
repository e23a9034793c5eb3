/* SPDX-License-Identifier: MIT */
/*
 * Buses through a filter: xdg-dbus-proxy(1) between the program and the user's
 * or the system's message bus. The proxy runs outside, as a companion, from
 * before the sandbox until its end. Its socket lies in a folder of jail's own
 * and is bound into the tree, where the plan says (plan/buses.c).
 */
#ifndef JAIL_ENFORCE_BUS_H
#define JAIL_ENFORCE_BUS_H

#include "enforce/enforce.h"

/* Zero-initialised: there is none. */
struct bus {
	pid_t keepers[ENFORCE_BUSES];
	int alive[ENFORCE_BUSES];	/* 1 + a descriptor: its proxy ends when
					 * nobody has it any more */
};

/* Starts the proxies that the plan needs, and waits until they answer. Its
 * folder is there (companion/folder.c). */
int bus_open(const struct enforce_plan *plan, struct bus *bus,
	     struct error *err);
void bus_end(struct bus *bus);

/* The finding of jail doctor. */
void bus_doctor(void (*tell)(void *data,
			     const struct enforce_finding *finding),
		void *data);

#endif
