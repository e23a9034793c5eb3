/* SPDX-License-Identifier: MIT */
/*
 * The tables that base/syscalls.awk makes from base/syscalls.tsv and
 * base/syscall-groups.tsv. For calls.c and groups.c alone.
 */
#ifndef JAIL_BASE_SYSCALLS_TABLE_H
#define JAIL_BASE_SYSCALLS_TABLE_H

#include "base/base.h"

struct base_call_row {
	const char *name;
	const char *since;		/* or NULL */
	int16_t number[BASE_ARCH_COUNT];/* -1: not on this architecture */
};

extern const struct base_call_row base_call_rows[];	/* sorted by name */
extern const size_t base_call_row_count;

struct base_call_index {
	const uint16_t *rows;	/* by number: 1 + the place of its row, or 0 */
	uint32_t count;		/* the highest number, and one */
};

extern const struct base_call_index base_call_indexes[BASE_ARCH_COUNT];

struct base_group_row {
	const char *name;
	const char *help;
	const char *const *members;	/* calls and groups further up; NULL */
};

extern const struct base_group_row base_group_rows[];
extern const size_t base_group_row_count;

#endif
