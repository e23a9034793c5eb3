/* SPDX-License-Identifier: MIT */
/* What /proc says of a process or thread. */
#include <string.h>

#include "base/base.h"

/* What follows the name in /proc/PID/stat: the state, the parent, ... The name
 * may hold anything. NULL if PID is gone. */
static const char *read_stat(pid_t pid, char *text, size_t size)
{
	char path[32], *after;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (base_read_file(path, text, size) <= 0)
		return NULL;
	after = strrchr(text, ')');
	return after && after[1] == ' ' ? after + 2 : NULL;
}

char base_process_state(pid_t pid)
{
	char text[512];
	const char *after = read_stat(pid, text, sizeof(text));

	return after ? *after : 0;
}

pid_t base_process_parent(pid_t pid)
{
	char text[512];
	const char *after = read_stat(pid, text, sizeof(text));
	int parent;

	return after && sscanf(after, "%*c %d", &parent) == 1 ? parent : 0;
}

int64_t base_process_number(pid_t pid, const char *field)
{
	char path[32], text[4096], line[64], *at;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	if (base_read_file(path, text, sizeof(text)) <= 0)
		return -1;
	snprintf(line, sizeof(line), "\n%s:", field);
	at = strstr(text, line); /* newlines in the name are escaped */
	return at ? strtoll(at + strlen(line), NULL, 10) : -1;
}
