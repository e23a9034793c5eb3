/* SPDX-License-Identifier: MIT */
/*
 * Deaths by SIGSYS whose record never came. The kernel writes the record of the
 * call first and that of the death right behind it, so a few of the latest
 * records are enough to know.
 */
#include <inttypes.h>
#include <linux/seccomp.h>

#include "auditlog/source.h"

/* Actions after which the process may die: a trap whose signal nobody handles,
 * and a supervisor that answers by a signal, too. */
static bool may_end(uint32_t code)
{
	return code == SECCOMP_RET_KILL_PROCESS ||
	       code == SECCOMP_RET_KILL_THREAD || code == SECCOMP_RET_TRAP ||
	       code == SECCOMP_RET_USER_NOTIF;
}

static bool noted(const struct deaths *deaths, int64_t pid)
{
	for (size_t i = 0; i < ARRAY_SIZE(deaths->pids); i++)
		if (deaths->pids[i] == pid)
			return true;
	return false;
}

static void tell(const struct auditlog_record *record,
		 const struct auditlog_sink *sink)
{
	struct auditlog_loss loss = {
		.kind = AUDITLOG_LOST_RECORD,
		.count = 1,
		.time = record->time,
	};
	char raw[32], comm[32];

	base_printable(comm, sizeof(comm),
		       auditlog_text_copy(&record->comm, raw, sizeof(raw)));
	snprintf(loss.detail, sizeof(loss.detail), *comm ? "pid %" PRId64
		 " (%s)" : "pid %" PRId64, record->pid, comm);
	if (sink->loss)
		sink->loss(sink->data, &loss);
}

void deaths_note(struct deaths *deaths, const struct auditlog_record *record,
		 const struct auditlog_sink *sink)
{
	if (record->kind == AUDITLOG_DEATH) {
		if (!noted(deaths, record->pid))
			tell(record, sink);
	} else if (may_end(record->code) && !noted(deaths, record->pid)) {
		deaths->pids[deaths->next] = record->pid;
		deaths->next = (deaths->next + 1) % ARRAY_SIZE(deaths->pids);
	}
}
