/* SPDX-License-Identifier: MIT */
/* Where in a line the kernel's own words begin: for the files of auditlog/ that
 * read lines. */
#ifndef JAIL_AUDITLOG_CARRIER_H
#define JAIL_AUDITLOG_CARRIER_H

#include "auditlog/auditlog.h"

struct carrier {
	enum auditlog_kind kind;
	const char *stamp;		/* behind "audit(" */
	struct auditlog_text host;	/* empty: the line names none */
};

/* NOTHING: no record of ours. DAMAGED: one of a host that cannot be read. */
enum auditlog_parsed carrier_find(const char *line, const char *end,
				  struct carrier *found);

/* The line is one of audit.log, where nothing is but records. */
bool carrier_is_log(const char *line, const char *end);

/* What the kernel said in a line of /dev/kmsg; NULL: it was not the kernel that
 * said it. Of other lines the line itself. */
const char *carrier_message(const char *line, const char *end);

/* Whether what is at AT begins with the LENGTH bytes of TEXT. */
static inline bool carrier_begins(const char *at, const char *end,
				  const char *text, size_t length)
{
	return (size_t)(end - at) >= length && memcmp(at, text, length) == 0;
}

#endif
