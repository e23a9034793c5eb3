/* SPDX-License-Identifier: MIT */
/* What /proc says of a process or thread. */
#include "base/base.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* Of the fields from the fourth on; AFTER is behind the third, the state. */
static bool parse_numbers(const char *after, struct base_process *process)
{
	unsigned long long fields[25] = {0};
	char *end;

	for (int i = 4; i < 25; i++, after = end) {
		fields[i] = strtoull(after, &end, 10);
		if (end == after)
			return false;
	}
	process->parent = (pid_t)fields[4];
	process->flags = (unsigned)fields[9];
	process->cpu = fields[14] + fields[15];
	process->start = fields[22];
	process->memory = (long long)fields[24] < 0 ? 0 :
		fields[24] * (uint64_t)sysconf(_SC_PAGESIZE);
	return true;
}

/* PID (NAME) STATE PARENT ... The name may hold anything. */
bool base_process_read(int proc, pid_t pid, struct base_process *process)
{
	char path[32], text[1024], *name, *after;
	cleanup_close int fd = -1;
	ssize_t got;

	snprintf(path, sizeof(path), proc < 0 ? "/proc/%d/stat" : "%d/stat",
		 (int)pid);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (got <= 0)
		return false;
	text[got] = '\0';
	name = strchr(text, '(');
	after = strrchr(text, ')');
	if (!name || !after || after < name || after[1] != ' ' || !after[2])
		return false;
	*after = '\0';
	*process = (struct base_process){.state = after[2]};
	snprintf(process->comm, sizeof(process->comm), "%s", name + 1);
	return parse_numbers(after + 3, process);
}

char base_process_state(pid_t pid)
{
	struct base_process process;

	return base_process_read(-1, pid, &process) ? process.state : 0;
}

pid_t base_process_parent(pid_t pid)
{
	struct base_process process;

	return base_process_read(-1, pid, &process) ? process.parent : 0;
}

uint64_t base_process_start(pid_t pid)
{
	struct base_process process;

	return base_process_read(-1, pid, &process) ? process.start : 0;
}

int64_t base_process_began(uint64_t start)
{
	uint64_t second = (uint64_t)sysconf(_SC_CLK_TCK);

	return base_booted() + (int64_t)(start * 1000000 / second);
}

size_t base_process_words(pid_t pid, char *text, size_t size)
{
	char path[32];
	ssize_t got;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	got = base_read_file(path, text, size);
	while (got > 0 && !text[got - 1])
		got--;
	return got > 0 ? (size_t)got + 1 : 0;
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
