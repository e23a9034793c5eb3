/* SPDX-License-Identifier: MIT */
/* What /proc says of a process or thread. */
#include "base/base.h"

#include <dirent.h>
#include <limits.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

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

uint64_t base_process_start(pid_t pid)
{
	char text[512];
	const char *after = read_stat(pid, text, sizeof(text));

	/* From the third field, the state, on to the 22nd. */
	for (int field = 3; after && field < 22; field++) {
		after = strchr(after, ' ');
		after += after != NULL;
	}
	return after ? strtoull(after, NULL, 10) : 0;
}

/* What follows FIELD in /proc/PID/status, NULL if nothing does. */
static const char *read_status(pid_t pid, const char *field, char text[4096])
{
	char path[32], line[64], *at;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	if (base_read_file(path, text, 4096) <= 0)
		return NULL;
	snprintf(line, sizeof(line), "\n%s:", field);
	at = strstr(text, line); /* newlines in the name are escaped */
	return at ? at + strlen(line) : NULL;
}

int64_t base_process_number(pid_t pid, const char *field)
{
	char text[4096];
	const char *value = read_status(pid, field, text);

	return value ? strtoll(value, NULL, 10) : -1;
}

uint64_t base_process_bits(pid_t pid, const char *field)
{
	char text[4096];
	const char *value = read_status(pid, field, text);

	return value ? strtoull(value, NULL, 16) : 0;
}

bool base_process_ids(pid_t pid, struct base_ids *ids)
{
	char text[4096];
	const char *at = read_status(pid, "Uid", text);

	if (!at || sscanf(at, "%u %u", &ids->real_uid, &ids->uid) != 2)
		return false;
	at = strstr(at, "\nGid:");
	return at && sscanf(at, "\nGid: %u %u", &ids->real_gid,
			    &ids->gid) == 2;
}

size_t base_process_numbers(pid_t pid, pid_t numbers[BASE_PID_DEPTH])
{
	char text[4096], *end;
	const char *at = read_status(pid, "NSpid", text);
	size_t count = 0;

	for (; at && count < BASE_PID_DEPTH; at = end) {
		numbers[count] = (pid_t)strtol(at, &end, 10);
		if (end == at || *at == '\n' || numbers[count] <= 0)
			break;
		count++;
	}
	return count;
}

/* The kernel writes " (deleted)" behind the path of a file that has no name any
 * more; a name may end so, too. */
static void strip_deleted(const char *link, char *path, size_t length)
{
	static const char mark[] = " (deleted)";
	size_t tail = sizeof(mark) - 1;
	struct stat file, named;

	if (length <= tail || strcmp(path + length - tail, mark) != 0)
		return;
	if (stat(link, &file) == 0 && stat(path, &named) == 0 &&
	    file.st_dev == named.st_dev && file.st_ino == named.st_ino)
		return;
	path[length - tail] = '\0';
}

/* The first thread may have ended before the others: they say it as well. LINK
 * becomes the path that did. */
static ssize_t read_exe(pid_t pid, char link[64], char text[PATH_MAX])
{
	char tasks[32];
	struct dirent *entry;
	ssize_t length;
	DIR *dir;

	snprintf(link, 64, "/proc/%d/exe", (int)pid);
	length = readlink(link, text, PATH_MAX - 1);
	if (length >= 0 || errno != ENOENT)
		return length;
	snprintf(tasks, sizeof(tasks), "/proc/%d/task", (int)pid);
	dir = opendir(tasks);
	while (length < 0 && dir && (entry = readdir(dir))) {
		snprintf(link, 64, "%s/%d/exe", tasks, atoi(entry->d_name));
		length = readlink(link, text, PATH_MAX - 1);
	}
	if (dir)
		closedir(dir);
	return length;
}

int base_process_exe(pid_t pid, char **path, struct error *err)
{
	char link[64], text[PATH_MAX];
	ssize_t length = read_exe(pid, link, text);

	if (length < 0 && errno == EACCES)
		return base_error(err, EACCES, "process %d is not yours to "
				  "look into; try as root", (int)pid);
	if (base_process_state(pid) == 0)
		return base_error(err, ESRCH, "there is no process %d",
				  (int)pid);
	if (length < 0)
		return base_error(err, ENOENT, "process %d runs no program: "
				  "it has ended, or is the kernel's own",
				  (int)pid);
	text[length] = '\0';
	strip_deleted(link, text, (size_t)length);
	*path = strdup(text);
	return *path ? 0 : base_error(err, ENOMEM, "out of memory");
}

/* NSpid lists our numbers from the namespace of /proc down to our own. The
 * groups that come before it may be many. */
bool base_proc_is_ours(void)
{
	char status[16384], own[32];

	if (base_read_file("/proc/self/status", status, sizeof(status)) <= 0)
		return false;
	snprintf(own, sizeof(own), "\nNSpid:\t%d\n", (int)getpid());
	return strstr(status, own) != NULL;
}

void base_take_short_turns(void)
{
	struct {	/* sched_setattr(2); the C library has none */
		uint32_t size, policy;
		uint64_t flags;
		int32_t nice;
		uint32_t priority;
		uint64_t runtime, deadline, period;
	} turns = {
		.size = sizeof(turns),
		.policy = SCHED_OTHER,
		.nice = getpriority(PRIO_PROCESS, 0),
		.runtime = 100000,	/* nanoseconds, the least there is */
	};

	(void)syscall(SYS_sched_setattr, 0, &turns, 0);
}
