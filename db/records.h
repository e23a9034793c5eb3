/* SPDX-License-Identifier: MIT */
/* New records of a batch, counted by group and day, and the rows that they
 * become. For db/ alone. */
#ifndef JAIL_DB_RECORDS_H
#define JAIL_DB_RECORDS_H

#include "db/pending.h"

/* The events of a group on a day, those before and after a decision apart. */
struct records_slot {
	uint32_t group;
	bool after;
	int64_t day;
	uint64_t count;
	int64_t first_time, last_time;
	uint32_t serial;		/* of the first */
	int64_t id;			/* the row, in the end */
	size_t next;			/* of its group; SIZE_MAX: none */
};

struct records_group {
	size_t first, last;		/* slots; the one that was used last */
	bool judged;
	int64_t since;			/* rows do not reach over it */
};

struct records_slots {
	struct db *db;
	const struct db_records *records;
	struct records_group *groups;
	struct records_slot *slots;
	size_t count, room;
	struct pending_judge judge;
};

int records_slots_begin(struct db *db, struct records_slots *slots,
			const struct db_records *records, struct error *err);
void records_slots_free(struct records_slots *slots);
int records_count(struct records_slots *slots, const struct db_event *event,
		  struct error *err);
/* Within db_write. */
int records_store(struct db *db, struct records_slots *slots,
		  struct error *err);
/* Fills the results of the batch. */
void records_tell(const struct records_slots *slots,
		  struct db_records *records);

#endif
