/* SPDX-License-Identifier: MIT */
/*
 * Where a call was made: the file that the instruction pointer lies in, and how
 * far into it, as objdump(1) and addr2line(1) count. /proc/PID/maps
 * (proc_pid_maps(5)) is in the order of addresses, so it is read up to the line
 * that has it; a program can make it long, so only so far.
 */
#include <inttypes.h>
#include <string.h>

#include "enforce/run/run.h"

enum { MOST = 1 << 20 }; /* bytes of text */

struct mapping {
	uint64_t start, end, offset;
	const char *path;	/* "": of no file */
};

static bool parse(char *line, struct mapping *mapping)
{
	int path = -1;

	line[strcspn(line, "\n")] = '\0';
	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %" SCNx64 " %*s %*s %n",
		   &mapping->start, &mapping->end, &mapping->offset,
		   &path) != 3 || path < 0)
		return false;
	mapping->path = line + path;
	return true;
}

/* Of a path that is too long its end is kept. The vDSO has a name and no file,
 * others in brackets are memory without a name. */
static void name(const struct mapping *mapping, uint64_t ip, char *out,
		 size_t size)
{
	size_t length = strlen(mapping->path), most = size - 24;
	bool whole = length <= most;

	if (*mapping->path != '/' && strcmp(mapping->path, "[vdso]") != 0)
		return;
	snprintf(out, size, "%s%s+0x%" PRIx64, whole ? "" : "...",
		 mapping->path + (whole ? 0 : length - most),
		 ip - mapping->start + mapping->offset);
}

void where_find(pid_t tid, uint64_t ip, char *out, size_t size)
{
	cleanup_fclose FILE *file = NULL;
	cleanup_free char *line = NULL;
	size_t room = 0, total = 0;
	char path[32];
	ssize_t length;
	struct mapping mapping = {0};

	*out = '\0';
	snprintf(path, sizeof(path), "/proc/%d/maps", (int)tid);
	file = fopen(path, "re");
	while (file && total < MOST && mapping.end <= ip &&
	       (length = getline(&line, &room, file)) > 0) {
		total += (size_t)length;
		if (!parse(line, &mapping))
			return;
		if (ip >= mapping.start && ip < mapping.end)
			name(&mapping, ip, out, size);
	}
}
