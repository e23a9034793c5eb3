/* SPDX-License-Identifier: MIT */
/* What the tests of the kernel's records share. */
#ifndef TESTS_DB_RECORDS_H
#define TESTS_DB_RECORDS_H

#include "tests/unit/db_store.h"

#define DAY (INT64_C(24) * 3600 * 1000000)
#define NOW (20000 * DAY + 3600 * INT64_C(1000000))

static inline struct profiles_denial denial_of(uint32_t number, const char *host)
{
	struct profiles_denial denial = {
		.pid = 42, .uid = 1000, .exe = "/usr/bin/p", .comm = "p",
		.call = call_of(number), .ip = 4096,
		.action = PROFILES_KILLED, .source = "netlink",
	};

	snprintf(denial.host, sizeof(denial.host), "%s", host);
	return denial;
}

static inline int give(struct db *db, struct db_covered *covered,
		struct db_group *groups, size_t group_count,
		const struct db_event *events, size_t count, bool complete)
{
	struct db_records records = {
		.events = events, .event_count = count, .groups = groups,
		.group_count = group_count, .complete = complete,
		.source = "netlink", .position = "",
	};

	return db_records_add(db, covered, &records, &failure);
}

static inline uint64_t total(struct db *db)
{
	return (uint64_t)count_rows(db, "SELECT total(count) FROM denials");
}

#endif
