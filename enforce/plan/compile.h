/* SPDX-License-Identifier: MIT */
/*
 * What compile.c and pins.c share.
 */
#ifndef JAIL_ENFORCE_COMPILE_H
#define JAIL_ENFORCE_COMPILE_H

#include "enforce/plan/rules.h"

/* The last rule on ro and rw, if any. */
enum written {
	AS_IT_IS,
	READ_ONLY,
	READ_WRITE
};

/* All that is known of a path. Numbers of rules count from 1. */
struct point {
	const char *path;
	struct point *above;	/* the next one that is a folder above */
	size_t mount;		/* of the rule that mounts something there */
	size_t base;		/* of the last such one, here or above */
	size_t write, noexec;	/* of the last rules here */
	enum written written;	/* by the last rule here or above */
	size_t write_at;	/* its number */
	size_t noexec_at;	/* likewise */
	bool gone;		/* below a mask, or never to be seen */
	bool directory;
	bool pin;
};

struct compile {
	struct enforce_files *files;
	struct enforce_step *raw;	/* the rules' steps, taken over */
	size_t raw_count;
	struct point *points;
	size_t count;
	struct pin {
		char *path;
		bool link;	/* it is a link */
	} *pins;
	size_t pin_count, pin_room;
	bool failed;		/* no memory */
};

/* compile.c: the point at PATH, or the next one above; NULL. */
const struct point *compile_find(const struct compile *compile,
				 const char *path);
/* Whether what was there before the rules can be written to, at PATH and (DEEP)
 * anywhere below; the same of what is at POINT, where a rule may have mounted
 * something. */
bool compile_base_writable(const struct compile *compile, const char *path,
			   bool deep);
bool compile_was_writable(const struct compile *compile,
			  const struct point *point, bool deep);
/* What a step at POINT has to set and clear, given what those above did. */
void compile_change(const struct compile *compile, const struct point *point,
		    uint64_t *set, uint64_t *clear);
/* A step that nothing is seen of: DIRECTORY, FILE or SYMLINK. */
bool compile_is_made(const struct enforce_step *step);

/* pins.c: fills compile->pins, sorted. */
void pins_find(struct compile *compile);

#endif
