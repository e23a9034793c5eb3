/* SPDX-License-Identifier: MIT */
/* kmsg: the kernel's log, from its device or from what stands in for it. */
#ifndef JAIL_AUDITLOG_KMSG_H
#define JAIL_AUDITLOG_KMSG_H

#include "auditlog/source.h"

/* Takes FD in any case, from which each read(2) gives one message. POSITION
 * counts if it is of the boot BOOT_ID. */
int kmsg_source(struct auditlog_source **source, int fd, const char *boot_id,
		const char *position, struct error *err);

#endif
