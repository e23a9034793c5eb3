/* SPDX-License-Identifier: MIT */
/* The kernel's own words about records that it lost: for auditlog/ alone. */
#ifndef JAIL_AUDITLOG_LOSSES_H
#define JAIL_AUDITLOG_LOSSES_H

#include "auditlog/auditlog.h"

/* Whether the line, which holds no record, tells of a loss. Says which, and
 * remembers in COUNTS what the kernel has lost in all. */
bool losses_find(const char *line, const char *end,
		 struct auditlog_counts *counts, struct auditlog_loss *loss);

/* What every line that tells of a loss has one of. */
#define LOSSES_AUDIT "audit"
#define LOSSES_DROPPED " printk messages dropped"

#endif
