/* SPDX-License-Identifier: MIT */
/*
 * The tables that base/knowledge.awk makes from base/syscall-help.tsv,
 * syscall-prior.tsv, syscall-siblings.tsv and syscall-risk.tsv. For knowledge.c
 * alone.
 */
#ifndef JAIL_BASE_KNOWLEDGE_H
#define JAIL_BASE_KNOWLEDGE_H

#include "base/base.h"

#define KNOWLEDGE_RISK 3	/* of what nothing is known of */

struct knowledge_row {
	const char *name;
	const char *help;
	const char *risk_why;	/* or NULL */
	uint16_t used, needed, stubbed;	/* 0: no program does */
	uint16_t risk;
};

extern const struct knowledge_row knowledge_rows[];	/* sorted by name */
extern const size_t knowledge_row_count;
extern const unsigned knowledge_programs;	/* that were measured */

struct knowledge_class {
	const char *name, *relation, *why;
	char tier;
	uint32_t arches;	/* a bit for each where it holds */
	/* Names; NULL at the end of each. What stands right of a '>' is apart;
	 * members that are a value of an argument are left out. */
	const char *const *members;
	const char *const *implied;
};

extern const struct knowledge_class knowledge_classes[];
extern const size_t knowledge_class_count;

/* Members that are a value of an argument, where a filter can compare it. */
struct knowledge_value {
	size_t class;			/* its index */
	const char *call, *name;	/* "ioctl", "TCGETS" */
	uint64_t value;
	bool implied;			/* it stands right of a '>' */
};
extern const struct knowledge_value knowledge_values[];
extern const size_t knowledge_value_count;
/* Calls whose flags are behind a pointer; NULL at the end. */
extern const char *const knowledge_hidden[];

#endif
