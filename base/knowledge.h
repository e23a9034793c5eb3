/* SPDX-License-Identifier: MIT */
/*
 * The tables that base/knowledge.awk makes from base/syscall-help.tsv,
 * syscall-prior.tsv and syscall-siblings.tsv. For knowledge.c alone.
 */
#ifndef JAIL_BASE_KNOWLEDGE_H
#define JAIL_BASE_KNOWLEDGE_H

#include "base/base.h"

struct knowledge_row {
	const char *name;
	const char *help;
	uint16_t used, needed;	/* 0: no program does */
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

#endif
