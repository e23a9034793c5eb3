/* SPDX-License-Identifier: MIT */
/* Totals by key: a hash table over an array. See counts.h. */
#include "learn/counts.h"

#include <string.h>

_Static_assert(offsetof(struct profiles_observation, calls) >=
		       COUNTS_OBSERVATION_KEY,
	       "an observation begins with its key");
_Static_assert(offsetof(struct profiles_argument, calls) ==
		       COUNTS_ARGUMENT_KEY,
	       "an argument begins with its key");

void counts_init(struct counts *table, size_t entry_size, size_t key_size,
		 size_t limit)
{
	memset(table, 0, sizeof(*table));
	table->entry_size = entry_size;
	table->key_size = key_size;
	table->limit = limit;
}

void counts_free(struct counts *table)
{
	free(table->entries);
	free(table->slots);
	free(table->changed);
	free(table->is_changed);
	counts_init(table, table->entry_size, table->key_size, table->limit);
}

/* Keys are whole 32-bit words. */
static size_t hash(const struct counts *table, const void *key)
{
	uint64_t sum = 0x9e3779b97f4a7c15u;

	for (size_t i = 0; i < table->key_size; i += sizeof(uint32_t)) {
		uint32_t word;

		memcpy(&word, (const char *)key + i, sizeof(word));
		sum = (sum ^ word) * 0xff51afd7ed558ccdu;
		sum ^= sum >> 32;
	}
	return (size_t)sum & (table->slot_count - 1);
}

static void *entry_at(const struct counts *table, size_t index)
{
	return table->entries + index * table->entry_size;
}

/* The slot of KEY, or the free one where it belongs. */
static uint32_t *slot_of(const struct counts *table, const void *key)
{
	size_t at = hash(table, key);

	while (table->slots[at] && memcmp(entry_at(table, table->slots[at] - 1),
					  key, table->key_size) != 0)
		at = (at + 1) & (table->slot_count - 1);
	return &table->slots[at];
}

static bool resize(void *array_pointer, size_t count, size_t size)
{
	void **array = array_pointer, *bigger;

	bigger = reallocarray(*array, count, size);
	if (bigger)
		*array = bigger;
	return bigger != NULL;
}

static bool grow(struct counts *table)
{
	size_t room = table->room ? table->room * 2 : 64;
	uint32_t *slots;

	if (!resize(&table->entries, room, table->entry_size) ||
	    !resize(&table->changed, room, sizeof(*table->changed)) ||
	    !resize(&table->is_changed, room, sizeof(*table->is_changed)))
		return false;
	slots = calloc(room * 2, sizeof(*slots));
	if (!slots)
		return false;
	free(table->slots);
	table->slots = slots;
	table->slot_count = room * 2;
	table->room = room;
	for (size_t i = 0; i < table->count; i++)
		*slot_of(table, entry_at(table, i)) = (uint32_t)i + 1;
	return true;
}

static size_t append(struct counts *table, const void *key)
{
	size_t index = table->count++;
	unsigned char *entry = entry_at(table, index);

	memset(entry, 0, table->entry_size);
	memcpy(entry, key, table->key_size);
	table->is_changed[index] = false;
	*slot_of(table, key) = (uint32_t)index + 1;
	return index;
}

void *counts_get(struct counts *table, const void *key)
{
	uint32_t *slot = table->slot_count ? slot_of(table, key) : NULL;
	size_t index;

	if (slot && *slot) {
		index = *slot - 1;
	} else {
		if (table->count >= table->limit)
			return NULL;
		if (table->count == table->room && !grow(table))
			return NULL;
		index = append(table, key);
	}
	if (!table->is_changed[index]) {
		table->is_changed[index] = true;
		table->changed[table->changed_count++] = (uint32_t)index;
	}
	return entry_at(table, index);
}

const void *counts_find(const struct counts *table, const void *key)
{
	uint32_t *slot = table->slot_count ? slot_of(table, key) : NULL;

	return slot && *slot ? entry_at(table, *slot - 1) : NULL;
}

void *counts_changed(const struct counts *table, size_t *count)
{
	unsigned char *copy;

	*count = 0;
	if (!table->changed_count)
		return NULL;
	copy = reallocarray(NULL, table->changed_count, table->entry_size);
	if (!copy)
		return NULL;
	for (size_t i = 0; i < table->changed_count; i++)
		memcpy(copy + i * table->entry_size,
		       entry_at(table, table->changed[i]), table->entry_size);
	*count = table->changed_count;
	return copy;
}

void counts_clean(struct counts *table)
{
	for (size_t i = 0; i < table->changed_count; i++)
		table->is_changed[table->changed[i]] = false;
	table->changed_count = 0;
}
