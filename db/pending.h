/* SPDX-License-Identifier: MIT */
/* From when on the denials of a call wait for a decision. For db/ alone. */
#ifndef JAIL_DB_PENDING_H
#define JAIL_DB_PENDING_H

#include "db/sql.h"

struct pending_verdict {
	int64_t since;		/* a denial counts if it began later */
	bool listed, decided;
	enum db_decision decision;	/* DB_NONE where not decided */
	int64_t decided_at;
};

/* Its statements, kept prepared. Zeroed is empty. */
struct pending_judge {
	sqlite3_stmt *decision, *learned;
};
int pending_judge_prepare(struct db *db, struct pending_judge *judge,
			  struct error *err);
void pending_judge_free(struct pending_judge *judge);
int pending_judge(struct db *db, struct pending_judge *judge,
		  const char *program, struct base_call call,
		  struct pending_verdict *verdict, struct error *err);

#endif
