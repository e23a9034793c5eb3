/* SPDX-License-Identifier: MIT */
/*
 * What keeps the kernel from writing records at all: the sysctl that lists the
 * actions that it logs (Documentation/userspace-api/seccomp_filter.rst).
 */
#include "auditlog/auditlog.h"

#define LOGGED "/proc/sys/kernel/seccomp/actions_logged"

/* Those that a watch lives on. */
static const char *const wanted[] = {
	"kill_process", "kill_thread", "trap", "errno", "user_notif", "log",
};

static bool has_word(const char *text, const char *word)
{
	size_t length = strlen(word);

	for (; (text = strstr(text, word)); text += length)
		if (!text[length] || text[length] == ' ')
			return true;
	return false;
}

bool auditlog_muted(char *out, size_t size)
{
	char logged[256];
	size_t used = 0;

	*out = '\0';
	if (base_read_file(LOGGED, logged, sizeof(logged)) < 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(wanted) && used < size; i++)
		if (!has_word(logged, wanted[i]))
			used += (size_t)snprintf(out + used, size - used,
						 "%s%s", used ? " " : "",
						 wanted[i]);
	return used > 0;
}
