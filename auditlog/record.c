/* SPDX-License-Identifier: MIT */
/* What a record comes to: its strings, what became of the call, a denial. */
#include <linux/seccomp.h>

#include "auditlog/auditlog.h"

static unsigned hex_value(char digit)
{
	return (unsigned)(digit <= '9' ? digit - '0' : digit - 'A' + 10);
}

static char text_byte(const struct auditlog_text *text, size_t index)
{
	const char *at = text->bytes + (text->hex ? 2 * index : index);

	if (!text->hex)
		return *at;
	return (char)(hex_value(at[0]) << 4 | hex_value(at[1]));
}

char *auditlog_text_copy(const struct auditlog_text *text, char *out,
			 size_t size)
{
	size_t length = text->bytes ? text->length / (text->hex ? 2 : 1) : 0;
	size_t i;

	if (size == 0)
		return out;
	for (i = 0; i < length && i < size - 1; i++)
		out[i] = text_byte(text, i);
	out[i] = '\0';
	return out;
}

static const struct action_row {
	uint32_t code;
	enum profiles_action action;
} actions[] = {
	{ SECCOMP_RET_KILL_PROCESS, PROFILES_KILLED },
	{ SECCOMP_RET_KILL_THREAD, PROFILES_KILLED },
	{ SECCOMP_RET_ERRNO, PROFILES_ERRNO },
	{ SECCOMP_RET_TRAP, PROFILES_TRAPPED },
	{ SECCOMP_RET_LOG, PROFILES_LOGGED },
	{ SECCOMP_RET_USER_NOTIF, PROFILES_NOTIFIED },
	{ SECCOMP_RET_TRACE, PROFILES_TRACED },
};

int auditlog_action(uint32_t code)
{
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		if (actions[i].code == code)
			return (int)actions[i].action;
	return -EINVAL;
}

int auditlog_denial(const struct auditlog_record *record, const char *host,
		    struct profiles_denial *denial)
{
	int action = auditlog_action(record->code);

	if (!record->has_call || action < 0)
		return -EINVAL;
	*denial = (struct profiles_denial){
		.time = record->time, .last_time = record->time,
		.serial = record->serial, .pid = (pid_t)record->pid,
		.uid = (uid_t)record->uid, .call = record->call,
		.ip = record->ip, .action = (enum profiles_action)action,
		.count = 1,
	};
	if (record->host.bytes)
		auditlog_text_copy(&record->host, denial->host,
				   sizeof(denial->host));
	else
		snprintf(denial->host, sizeof(denial->host), "%s", host);
	auditlog_text_copy(&record->exe, denial->exe, sizeof(denial->exe));
	auditlog_text_copy(&record->comm, denial->comm, sizeof(denial->comm));
	return 0;
}
