/* SPDX-License-Identifier: MIT */
/*
 * A display of the program's own: an X server that shows it in a window of the
 * user's display (Xephyr(1)), or in memory alone (Xvfb(1)). It runs outside, as
 * a companion, from before the sandbox until its end. What the program draws,
 * reads from the screen or hears from the keyboard is that server's: not the
 * windows and keys of other programs. Its socket and the key to it are bound
 * into the tree, where the plan says (plan/display.c).
 */
#ifndef JAIL_ENFORCE_DISPLAY_H
#define JAIL_ENFORCE_DISPLAY_H

#include "enforce/enforce.h"

/* Zero-initialised: there is none. */
struct display {
	pid_t keeper;
	int name;		/* 1 + the descriptor that holds it */
	int heard;		/* 1 + where the server says its number */
};

/* Starts the server that the plan needs, and waits until it answers. Its folder
 * is there (companion/folder.c). */
int display_open(const struct enforce_plan *plan, struct display *display,
		 struct error *err);
void display_end(struct display *display);

/* The finding of jail doctor. */
void display_doctor(void (*tell)(void *data,
				 const struct enforce_finding *finding),
		    void *data);

#endif
