/* SPDX-License-Identifier: MIT */
/*
 * What was observed, as totals: one entry an (image, call) or an (argument
 * value). The tracer counts in such tables and sends what has changed; the
 * front end keeps others, which remember what is not stored yet.
 *
 * All of it is chosen by the target, so all of it is bounded.
 */
#ifndef JAIL_LEARN_COUNTS_H
#define JAIL_LEARN_COUNTS_H

#include "profiles/profiles.h"

/* Entries lie in order of appearance; each begins with its key. */
struct counts {
	size_t entry_size, key_size, limit;
	unsigned char *entries;
	size_t count, room;
	uint32_t *slots;	/* index + 1 of an entry, 0 for none */
	size_t slot_count;	/* a power of two, at most half full */
	uint32_t *changed;	/* indexes of entries changed since clean */
	bool *is_changed;	/* by index */
	size_t changed_count;
};

void counts_init(struct counts *table, size_t entry_size, size_t key_size,
		 size_t limit);
void counts_free(struct counts *table);

/* The entry of KEY, new ones zeroed behind the key; it counts as changed. NULL
 * if the table is full or without memory. Valid until the next call. */
void *counts_get(struct counts *table, const void *key);
/* The entry of KEY, NULL if there is none. Does not change anything. */
const void *counts_find(const struct counts *table, const void *key);

/* Copies all changed entries, packed, to new memory: NULL and 0 if none. */
void *counts_changed(const struct counts *table, size_t *count);
void counts_clean(struct counts *table);

/* Keys: how profiles_observation and profiles_argument begin. */
#define COUNTS_OBSERVATION_KEY 12
#define COUNTS_ARGUMENT_KEY 32

#endif
