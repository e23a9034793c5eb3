/* SPDX-License-Identifier: MIT */
/*
 * scan: what a look at /proc says of the processes of sandboxes. It is all
 * there is where the kernel tells no events, and then it is taken five times a
 * second; else where a sandbox ran before, or events were lost.
 *
 * Without events each process is held by a pidfd, which tells of its end at
 * once, and since Linux 6.15, when it was reaped, how it ended.
 */
#include <dirent.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "enforce/events/events.h"

#define SPARE 64	/* descriptors for all else */

/* ---- a process ----------------------------------------------------------- */

void scan_ids(struct events_process *process)
{
	struct base_ids ids;

	if (!base_process_ids(process->pid, &ids))
		return;
	process->real_uid = ids.real_uid;
	process->uid = ids.uid;
	process->real_gid = ids.real_gid;
	process->gid = ids.gid;
}

/* Changes with each execve, but for one of the same file. */
static uint64_t program_of(pid_t pid)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	return stat(path, &st) == 0 ?
	       (st.st_ino << 16 ^ st.st_dev) | 1 : 0;
}

static void add_threads(struct enforce_follow *follow,
			struct events_process *process)
{
	const struct dirent *entry;
	char path[64];
	uint64_t tid;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)process->pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir)))
		if (base_parse_number(entry->d_name, INT32_MAX, &tid) == 0)
			events_add_thread(&follow->tasks, process, (pid_t)tid);
	if (dir)
		closedir(dir);
}

/* ---- pidfds -------------------------------------------------------------- */

/* linux/pidfd.h of Linux 6.15, which is newer than what is built with. */
struct pidfd_info {
	uint64_t mask, cgroup;
	uint32_t ids[11];
	int32_t exit_code;
};
#define INFO_EXIT (UINT64_C(1) << 3)
#define GET_INFO _IOWR(0xff, 11, struct pidfd_info)

/* False: this kernel does not say. */
static bool ask(const struct events_process *process, struct pidfd_info *info)
{
	*info = (struct pidfd_info){.mask = INFO_EXIT};
	return process->fd >= 0 && ioctl(process->fd, GET_INFO, info) == 0;
}

int scan_status(const struct events_process *process)
{
	struct pidfd_info info;

	return ask(process, &info) && info.mask & INFO_EXIT ? info.exit_code :
							      -1;
}

/* Without: its end is found by the next look. */
int scan_pidfd(pid_t pid)
{
	cleanup_close int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	return fd < getdtablesize() - SPARE ? take_fd(&fd) : -1;
}

void scan_hold(struct enforce_follow *follow, struct events_process *process)
{
	process->fd = scan_pidfd(process->pid);
	follow_poll(follow, process->fd, FOLLOW_PROCESS,
		    (uint32_t)process->pid);
}

/* How it ended is known when its parent has asked. */
void scan_ended(struct enforce_follow *follow, struct events_process *process,
		bool hung_up)
{
	struct pidfd_info info;
	bool told = ask(process, &info);

	if (!process->gone)
		process->gone = base_now();
	if (told && !(info.mask & INFO_EXIT) && !hung_up)
		follow_poll(follow, process->fd, FOLLOW_REAPED,
			    (uint32_t)process->pid);
	else
		follow_exit(follow, process, process->gone,
			    scan_status(process), false);
}

/* ---- all ----------------------------------------------------------------- */

struct look {
	struct enforce_follow *follow;
	struct enforce_running *entries;
	size_t *indices;	/* of the sandboxes, by entry */
	size_t count;
	bool quiet;
};

static void tell(const struct look *look, const struct events_process *process,
		 enum enforce_news_kind kind)
{
	struct enforce_news news = {
		.kind = kind, .time = base_now(), .late = true,
	};

	if (!look->quiet)
		follow_tell(look->follow, process, &news);
}

static void compare(const struct look *look, struct events_process *process,
		    const struct enforce_member *member)
{
	struct enforce_news news = {
		.kind = ENFORCE_NEWS_IDS, .time = base_now(), .late = true,
		.old_uid = process->uid, .old_real_uid = process->real_uid,
		.old_gid = process->gid, .old_real_gid = process->real_gid,
	};
	uint64_t program = program_of(process->pid);

	if (process->program && program && process->program != program)
		tell(look, process, ENFORCE_NEWS_EXEC);
	if (program)
		process->program = program;
	if (member->uid == process->uid)
		return;
	scan_ids(process);
	news.uid = process->uid;
	news.real_uid = process->real_uid;
	news.gid = process->gid;
	news.real_gid = process->real_gid;
	if (!look->quiet && news.uid != news.old_uid)
		follow_tell(look->follow, process, &news);
}

static void take_new(const struct look *look,
		     const struct enforce_member *member)
{
	struct enforce_follow *follow = look->follow;
	const struct events_process *parent;
	struct events_process *process =
		follow_add(follow, member->pid,
			   look->indices[member->sandbox], EVENTS_MEMBER,
			   NULL);

	if (!process)
		return;
	process->parent = member->parent;
	process->start = member->start;
	process->program = program_of(process->pid);
	process->look = follow->look;
	if (follow->source)
		add_threads(follow, process);
	tell(look, process, ENFORCE_NEWS_FORK);
	parent = events_find(&follow->tasks, member->parent);
	if (!parent || !parent->program || parent->program != process->program)
		tell(look, process, ENFORCE_NEWS_EXEC);
}

/* One that nobody asks how it ended has ended all the same. */
static void take_zombie(const struct look *look, struct events_process *process)
{
	if (process->gone)
		follow_exit(look->follow, process, process->gone, -1, false);
}

static int take(void *data, const struct enforce_member *member)
{
	const struct look *look = data;
	struct events_process *process =
		events_find(&look->follow->tasks, member->pid);

	if (process && process->pid == member->pid && process->start &&
	    process->start != member->start) {
		follow_exit(look->follow, process, base_now(),
			    scan_status(process), true);
		process = NULL;
	}
	if (process && process->pid == member->pid) {
		process->start = member->start;
		process->look = look->follow->look;
		if (process->role == EVENTS_MEMBER && member->state != 'Z')
			compare(look, process, member);
		else
			take_zombie(look, process);
	} else if (member->state != 'Z') {
		take_new(look, member);
	}
	return 0;
}

static bool is_looked_at(const struct look *look, size_t sandbox)
{
	for (size_t i = 0; i < look->count; i++)
		if (look->indices[i] == sandbox)
			return true;
	return false;
}

static void take_missing(void *data, struct events_process *process)
{
	const struct look *look = data;

	if (process->look != look->follow->look &&
	    process->role == EVENTS_MEMBER && process->fd < 0 &&
	    is_looked_at(look, process->sandbox))
		follow_exit(look->follow, process, base_now(), -1, true);
}

/* The sandboxes that run, or ONLY. */
static int choose(struct look *look, size_t only)
{
	const struct enforce_follow *follow = look->follow;

	look->entries = calloc(follow->count + 1, sizeof(*look->entries));
	look->indices = calloc(follow->count + 1, sizeof(*look->indices));
	if (!look->entries || !look->indices)
		return -ENOMEM;
	for (size_t i = 0; i < follow->count; i++) {
		const struct events_sandbox *sandbox = follow->sandboxes[i];

		if (!sandbox || sandbox->ended || sandbox->entry.ended ||
		    (only != SIZE_MAX && i != only))
			continue;
		look->entries[look->count] = sandbox->entry;
		look->indices[look->count++] = i;
	}
	return 0;
}

int scan_through(struct enforce_follow *follow, size_t only, bool quiet,
		 struct error *err)
{
	struct look look = {.follow = follow, .quiet = quiet};
	int ret = choose(&look, only);

	if (ret < 0)
		ret = base_error(err, ENOMEM, "out of memory");
	follow->look++;
	if (ret == 0 && look.count > 0)
		ret = enforce_members(look.entries, look.count, take, &look,
				      err);
	if (ret == 0)
		events_each(&follow->tasks, take_missing, &look);
	free(look.entries);
	free(look.indices);
	return ret;
}
