/* SPDX-License-Identifier: MIT */
/*
 * adopt: sandboxes come and go, as the registry says. One that runs is verified
 * first: what another user's entry claims is no reason to show somebody's
 * processes. Then what was kept of its program, from its birth on, is gone
 * through in order. If that may be still to be read, it is waited for; where it
 * is not to be had any more, its processes are looked for.
 */
#include <fcntl.h>
#include <linux/nsfs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "enforce/events/events.h"

#define SETTLE 30000	/* the clock of files may stand so long */
#define PATIENCE 1000000 /* for the events before a sandbox's end */
#define LIES 256	/* that are remembered; others are verified anew */
#define DEPTH 33	/* of namespaces: MAX_PID_NS_LEVEL and one */

static void check_again(struct enforce_follow *follow)
{
	follow->force = true;
	follow_check_soon(follow, SETTLE);
}

/* ---- whose child -------------------------------------------------------- */

static bool is_below(pid_t pid, uint64_t ns)
{
	cleanup_close int fd = -1;
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/ns/pid", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	for (int i = 0; i < DEPTH && fd >= 0; i++) {
		int parent;

		if (fstat(fd, &st) == 0 && st.st_ino == ns)
			return true;
		parent = ioctl(fd, NS_GET_PARENT);
		base_close(&fd);
		fd = parent;
	}
	return false;
}

static bool is_jail(pid_t pid, pid_t jail)
{
	cleanup_free char *ours = NULL, *exe = NULL;

	return base_process_exe(pid, &exe, NULL) < 0 ||
	       (base_process_exe(jail, &ours, NULL) == 0 &&
		strcmp(ours, exe) == 0);
}

/* What cannot be seen has not executed a program yet, and is asked again when
 * it does. What is gone was perhaps the program's; not when that has ended. */
void adopt_judge(const struct enforce_follow *follow,
		 struct events_process *process)
{
	const struct events_sandbox *sandbox =
		follow->sandboxes[process->sandbox];
	const struct enforce_running *entry = &sandbox->entry;
	bool gone = base_process_state(process->pid) == 0;
	bool inside;

	process->unsure = gone && events_find(&follow->tasks, entry->program);
	inside = gone ? process->unsure :
		 (sandbox->alone ? is_below(process->pid, entry->pid_ns) :
				   !is_jail(process->pid, entry->jail));
	process->role = inside ? EVENTS_MEMBER : EVENTS_STAFF;
}

/* ---- taking in ----------------------------------------------------------- */

/* Where in the ring the program's birth is; kept_count: nowhere. */
static size_t find_birth(const struct enforce_follow *follow, pid_t program)
{
	size_t first = follow->kept_count < EVENTS_KEPT ? 0 :
		       follow->kept_count - EVENTS_KEPT;

	for (size_t i = follow->kept_count; i > first; i--) {
		const struct enforce_event *event =
			&follow->kept[(i - 1) % EVENTS_KEPT];

		if (event->kind == ENFORCE_EVENT_FORK &&
		    event->pid == program && event->thread == program)
			return i - 1;
	}
	return follow->kept_count;
}

static bool is_of(const struct enforce_follow *follow, size_t sandbox,
		  const struct enforce_event *event)
{
	const struct events_process *process =
		events_find(&follow->tasks, event->pid);

	if (!process && event->kind == ENFORCE_EVENT_FORK)
		process = events_find(&follow->tasks, event->parent);
	return process && process->sandbox == sandbox;
}

/* What is somebody's now is not told again. */
static void replay(struct enforce_follow *follow, size_t sandbox, size_t from)
{
	for (size_t i = from; i < follow->kept_count; i++) {
		struct enforce_event *kept = &follow->kept[i % EVENTS_KEPT];

		if (kept->pid && is_of(follow, sandbox, kept) &&
		    follow_event(follow, kept))
			kept->pid = 0;
	}
}

static void tell(struct enforce_follow *follow,
		 const struct events_sandbox *sandbox,
		 enum enforce_news_kind kind, int64_t time, bool late)
{
	const struct enforce_news news = {
		.kind = kind, .time = time, .late = late,
		.sandbox = &sandbox->entry, .pid = sandbox->entry.program,
		.parent = sandbox->entry.jail,
	};

	follow->tell(follow->data, &news);
}

/* Whose birth was seen begins with the ids of jail, which changes none; by now
 * it may have others, and of that an event will tell. */
static void add_roots(struct enforce_follow *follow, size_t index, bool born)
{
	struct events_sandbox *sandbox = follow->sandboxes[index];
	const struct enforce_running *entry = &sandbox->entry;
	struct events_process *jail, *program;

	sandbox->alone = entry->pid_ns &&
			 entry->pid_ns != registry_namespace(getpid(), "pid");
	if (!follow->source) {
		sandbox->fd = scan_pidfd(entry->jail);
		follow_poll(follow, sandbox->fd, FOLLOW_JAIL, (uint32_t)index);
	}
	if (entry->init > 0)
		follow_add(follow, entry->init, index, EVENTS_STAFF, NULL);
	jail = follow_add(follow, entry->jail, index, EVENTS_STAFF, NULL);
	program = follow_add(follow, entry->program, index, EVENTS_MEMBER,
			     born ? jail : NULL);
	if (program && jail)
		program->parent = entry->jail;
}

static void begin(struct enforce_follow *follow, size_t index, int64_t time)
{
	add_roots(follow, index, true);
	tell(follow, follow->sandboxes[index], ENFORCE_NEWS_START, time,
	     false);
}

bool adopt_awaited(struct enforce_follow *follow,
		   const struct enforce_event *event)
{
	for (size_t i = 0; i < follow->count; i++) {
		struct events_sandbox *sandbox = follow->sandboxes[i];

		if (!sandbox || !sandbox->awaited ||
		    event->kind != ENFORCE_EVENT_FORK ||
		    event->thread != sandbox->entry.program ||
		    event->parent != sandbox->entry.jail)
			continue;
		sandbox->awaited = false;
		follow->awaiting--;
		begin(follow, i, event->time);
		return true;
	}
	return false;
}

/* One whose beginning nobody has seen. */
static int adopt_late(struct enforce_follow *follow, size_t index,
		      struct error *err)
{
	const struct events_sandbox *sandbox = follow->sandboxes[index];

	if (follow->started)
		tell(follow, sandbox, ENFORCE_NEWS_START, sandbox->entry.began,
		     true);
	else
		tell(follow, sandbox, ENFORCE_NEWS_RUNS, base_now(), false);
	if (sandbox->entry.ended)
		return 0;
	add_roots(follow, index, false);
	return follow->started ? scan_through(follow, index, false, err) : 0;
}

static int adopt(struct enforce_follow *follow, size_t index, struct error *err)
{
	struct events_sandbox *sandbox = follow->sandboxes[index];
	size_t birth = find_birth(follow, sandbox->entry.program);
	bool waits = birth == follow->kept_count && follow->started &&
		     follow->behind;

	sandbox->fresh = false;
	follow->awaiting += waits - sandbox->awaited;
	sandbox->awaited = waits;
	if (waits)
		return 0;
	if (birth == follow->kept_count)
		return adopt_late(follow, index, err);
	begin(follow, index, follow->kept[birth % EVENTS_KEPT].time);
	replay(follow, index, birth + 1);
	return 0;
}

/* ---- the end ------------------------------------------------------------- */

struct end {
	struct enforce_follow *follow;
	size_t sandbox;
};

static void end_process(void *data, struct events_process *process)
{
	const struct end *end = data;

	if (process->sandbox != end->sandbox)
		return;
	if (process->role == EVENTS_MEMBER)
		follow_exit(end->follow, process, process->gone ?
			    process->gone : base_now(), scan_status(process),
			    true);
	else
		events_remove(&end->follow->tasks, process);
}

/* The events of its processes come before that of its jail, which may be on its
 * way. */
static bool is_over(struct enforce_follow *follow,
		    const struct events_sandbox *sandbox)
{
	const struct events_process *jail =
		events_find(&follow->tasks, sandbox->entry.jail);

	return !follow->behind &&
	       (!follow->source || !jail || jail->role != EVENTS_STAFF ||
		base_now() - sandbox->entry.ended > PATIENCE);
}

static void end(struct enforce_follow *follow, size_t index)
{
	struct events_sandbox *sandbox = follow->sandboxes[index];
	struct end ending = {.follow = follow, .sandbox = index};

	if (!is_over(follow, sandbox)) {
		check_again(follow);
		return;
	}
	events_each(&follow->tasks, end_process, &ending);
	base_close(&sandbox->fd);
	tell(follow, sandbox, ENFORCE_NEWS_END, sandbox->entry.ended, false);
	sandbox->ended = true;
}

/* ---- the registry -------------------------------------------------------- */

static bool is_wanted(const struct enforce_follow *follow,
		      const struct enforce_running *entry)
{
	if (follow->id)
		return entry->program == follow->id;
	return !follow->name || (strcmp(follow->name, entry->name) == 0 &&
				 (!follow->own || entry->uid == geteuid()));
}

static struct events_sandbox *find(const struct enforce_follow *follow,
				   const struct enforce_running *entry)
{
	for (size_t i = 0; i < follow->count; i++) {
		struct events_sandbox *sandbox = follow->sandboxes[i];

		if (sandbox && sandbox->entry.program == entry->program &&
		    sandbox->entry.start == entry->start &&
		    sandbox->entry.uid == entry->uid)
			return sandbox;
	}
	return NULL;
}

static struct events_sandbox **free_place(struct enforce_follow *follow)
{
	struct events_sandbox **more;

	for (size_t i = 0; i < follow->count; i++)
		if (!follow->sandboxes[i])
			return &follow->sandboxes[i];
	more = reallocarray(follow->sandboxes, follow->count + 1,
			    sizeof(*more));
	if (!more)
		return NULL;
	follow->sandboxes = more;
	more[follow->count] = NULL;
	return &more[follow->count++];
}

/* What has ended can no longer be verified: another user's is passed over
 * (-ESRCH). Own ones that end just now are read again. */
static int verify(struct enforce_follow *follow,
		  const struct enforce_running *entry)
{
	bool own = entry->uid == geteuid();
	cleanup_close int program = -1;
	int ret;

	if (entry->ended)
		return own ? 0 : -ESRCH;
	ret = enforce_registry_verify(entry, &program, NULL);
	if (ret == 0 || ret == -EBADF)
		return ret;
	if (own)
		check_again(follow);
	return -ESRCH;
}

static int take_new(struct enforce_follow *follow,
		    const struct enforce_running *entry)
{
	struct events_sandbox **place;
	bool lies;
	int ret;

	if (!is_wanted(follow, entry) ||
	    (entry->ended && (!follow->started ||
			      entry->ended < follow->began)))
		return 0;
	ret = verify(follow, entry);
	if (ret == -ESRCH && entry->uid != geteuid())
		return passed_add(&follow->passed, entry);
	if (ret == 0)
		passed_take_back(&follow->passed, entry);
	lies = ret == -EBADF;
	if ((ret < 0 && !lies) || (lies && follow->lies >= LIES))
		return 0;
	follow->lies += lies;
	place = free_place(follow);
	if (place)
		*place = calloc(1, sizeof(**place));
	if (!place || !*place)
		return -ENOMEM;
	(*place)->entry = *entry;
	(*place)->seen = follow->check;
	(*place)->fd = -1;
	(*place)->lies = (*place)->ended = lies;
	(*place)->fresh = !lies;
	return 0;
}

static int take_entry(void *data, const struct enforce_running *entry)
{
	struct enforce_follow *follow = data;
	struct events_sandbox *sandbox = find(follow, entry);

	if (!sandbox)
		return take_new(follow, entry);
	sandbox->seen = follow->check;
	if (!sandbox->ended)
		sandbox->entry = *entry;
	return 0;
}

static void forget(struct enforce_follow *follow, size_t index)
{
	for (size_t i = 0; i < EVENTS_DEAD; i++)
		if (follow->dead[i].sandbox == index)
			follow->dead[i].pid = 0;
	follow->lies -= follow->sandboxes[index]->lies;
	base_free(&follow->sandboxes[index]);
}

static int settle_one(struct enforce_follow *follow, size_t index,
		      struct error *err)
{
	struct events_sandbox *sandbox = follow->sandboxes[index];
	bool seen = sandbox->seen == follow->check;
	int ret = 0;

	if (sandbox->fresh || sandbox->awaited)
		ret = adopt(follow, index, err);
	if (!seen && !sandbox->ended && !sandbox->entry.ended)
		sandbox->entry.ended = base_now();
	if (sandbox->awaited)
		check_again(follow);
	else if (!sandbox->ended && sandbox->entry.ended)
		end(follow, index);
	else if (sandbox->ended && !seen)
		forget(follow, index);
	return ret;
}

static int settle(struct enforce_follow *follow, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < follow->count; i++)
		if (follow->sandboxes[i])
			ret = settle_one(follow, i, err);
	return ret;
}

/* A folder's time says that it has changed, but not twice in one tick: so it is
 * read once more. */
int adopt_check(struct enforce_follow *follow, struct error *err)
{
	uint64_t version = enforce_registry_version();
	bool changed = version != follow->version;
	int ret;

	follow->kept_checked = follow->kept_count;
	if (!changed && !follow->force)
		return 0;
	follow->version = version;
	follow->settling = changed || !follow->settling;
	follow->force = false;
	follow->check++;
	if (enforce_registry_each(take_entry, follow) < 0)
		return base_error(err, ENOMEM, "out of memory");
	passed_settle(&follow->passed);
	/* What happened in those that have ended by now is told before. */
	ret = follow_drain(follow, err);
	if (ret == 0)
		ret = settle(follow, err);
	if (ret == 0 && !follow->started)
		ret = scan_through(follow, SIZE_MAX, true, err);
	follow->started = true;
	if (follow->settling)
		check_again(follow);
	return ret;
}
