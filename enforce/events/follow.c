/* SPDX-License-Identifier: MIT */
/*
 * follow: the kernel's process events, of processes that are in sandboxes.
 *
 * Whose child a process is, is known from the event of its birth, so one that
 * has gone by the time that we hear of it is its sandbox's all the same. Two
 * kinds of processes are known: members, and staff, which is jail itself and
 * what it started outside. A child of a member is one. A child of staff is
 * looked at: jail's own, or one that joins, or one that the program made as its
 * sibling (CLONE_PARENT).
 *
 * An entry of the registry comes a moment after its program was executed. So
 * what nobody is known for is kept for a while, and gone through again when
 * there is a new entry (adopt.c).
 */
#include <string.h>

#include "enforce/events/events.h"

#define LOOK_AFTER_LOSS 100000

/* ---- telling ----------------------------------------------------------- */

void follow_tell(struct enforce_follow *follow,
		 const struct events_process *process,
		 struct enforce_news *news)
{
	if (process->role == EVENTS_STAFF)
		return;
	news->sandbox = &follow->sandboxes[process->sandbox]->entry;
	news->pid = process->pid;
	news->parent = process->parent;
	news->unsure = process->unsure;
	follow->tell(follow->data, news);
}

struct events_process *follow_add(struct enforce_follow *follow, pid_t pid,
				  size_t sandbox, enum events_role role,
				  const struct events_process *parent)
{
	struct events_process *process = events_add(&follow->tasks, pid);

	if (!process)
		return NULL;
	process->sandbox = sandbox;
	process->role = role;
	if (parent) {
		process->parent = parent->pid;
		process->uid = parent->uid;
		process->real_uid = parent->real_uid;
		process->gid = parent->gid;
		process->real_gid = parent->real_gid;
	} else {
		scan_ids(process);
	}
	if (!follow->source && role == EVENTS_MEMBER)
		scan_hold(follow, process);
	return process;
}

static void remember(struct enforce_follow *follow,
		     const struct events_process *process)
{
	size_t at = follow->dead_count++ % EVENTS_DEAD;

	follow->dead[at].pid = process->pid;
	follow->dead[at].sandbox = process->sandbox;
}

void follow_exit(struct enforce_follow *follow, struct events_process *process,
		 int64_t time, int status, bool late)
{
	const struct events_sandbox *sandbox =
		follow->sandboxes[process->sandbox];
	struct enforce_news news = {
		.kind = ENFORCE_NEWS_EXIT, .time = time, .status = status,
		.late = late,
	};

	follow_tell(follow, process, &news);
	/* jail writes that it ends, a moment before it does. */
	if (process->role == EVENTS_STAFF ||
	    process->pid == sandbox->entry.program) {
		follow->force = true;
		follow_check_soon(follow, 0);
	}
	if (process->role == EVENTS_MEMBER)
		remember(follow, process);
	events_remove(&follow->tasks, process);
}

/* ---- events ------------------------------------------------------------ */

static bool take_fork(struct enforce_follow *follow,
		      const struct enforce_event *event)
{
	struct events_process *process = events_find(&follow->tasks,
						     event->pid);
	const struct events_process *parent;
	struct enforce_news news = {
		.kind = ENFORCE_NEWS_FORK, .time = event->time,
	};

	if (event->thread != event->pid) {
		if (process)
			events_add_thread(&follow->tasks, process,
					  event->thread);
		return process != NULL;
	}
	if (process && process->pid == event->pid)
		return true; /* it was seen in a look */
	parent = events_find(&follow->tasks, event->parent);
	if (!parent)
		return false;
	process = follow_add(follow, event->pid, parent->sandbox, parent->role,
			     parent);
	if (!process)
		return true;
	process->unsure = parent->unsure;
	if (parent->role == EVENTS_STAFF)
		adopt_judge(follow, process);
	follow_tell(follow, process, &news);
	return true;
}

/* What joins a sandbox shows where it is when it executes its program. */
static void judge_again(struct enforce_follow *follow,
			struct events_process *process, int64_t time)
{
	struct enforce_news news = {.kind = ENFORCE_NEWS_FORK, .time = time};
	const struct enforce_running *entry =
		&follow->sandboxes[process->sandbox]->entry;

	if (process->role != EVENTS_STAFF || process->pid == entry->jail ||
	    process->pid == entry->init)
		return;
	adopt_judge(follow, process);
	follow_tell(follow, process, &news);
}

static void take_exec(struct enforce_follow *follow,
		      struct events_process *process, int64_t time)
{
	struct enforce_news news = {.kind = ENFORCE_NEWS_EXEC, .time = time};

	judge_again(follow, process, time);
	events_keep_first(&follow->tasks, process);
	follow_tell(follow, process, &news);
}

/* All threads of a process tell the same change, one after the other. */
static void take_ids(struct enforce_follow *follow,
		     struct events_process *process,
		     const struct enforce_event *event)
{
	struct enforce_news news = {
		.kind = ENFORCE_NEWS_IDS, .time = event->time,
		.old_uid = process->uid, .old_real_uid = process->real_uid,
		.old_gid = process->gid, .old_real_gid = process->real_gid,
	};

	if (event->uid != (uid_t)-1) {
		process->uid = event->uid;
		process->real_uid = event->real_uid;
	}
	if (event->gid != (gid_t)-1) {
		process->gid = event->gid;
		process->real_gid = event->real_gid;
	}
	news.uid = process->uid;
	news.real_uid = process->real_uid;
	news.gid = process->gid;
	news.real_gid = process->real_gid;
	if (news.uid != news.old_uid || news.gid != news.old_gid ||
	    news.real_uid != news.old_real_uid ||
	    news.real_gid != news.old_real_gid)
		follow_tell(follow, process, &news);
}

static void take_exit(struct enforce_follow *follow,
		      struct events_process *process,
		      const struct enforce_event *event)
{
	if (!events_end_thread(&follow->tasks, process, event->thread))
		follow_exit(follow, process, event->time, event->status, false);
}

bool follow_event(struct enforce_follow *follow,
		  const struct enforce_event *event)
{
	struct events_process *process;

	if (event->kind == ENFORCE_EVENT_FORK)
		return take_fork(follow, event);
	process = events_find(&follow->tasks, event->pid);
	if (!process || process->pid != event->pid)
		return false;
	if (event->kind == ENFORCE_EVENT_EXEC)
		take_exec(follow, process, event->time);
	else if (event->kind == ENFORCE_EVENT_IDS)
		take_ids(follow, process, event);
	else if (event->kind == ENFORCE_EVENT_EXIT)
		take_exit(follow, process, event);
	return true;
}

/* What was lost is looked for when what is known has been told. */
static void take_loss(struct enforce_follow *follow,
		      const struct enforce_event *event)
{
	const struct enforce_news news = {
		.kind = ENFORCE_NEWS_LOST, .time = event->time,
		.lost = event->lost,
	};

	follow->force = true;
	follow_check_soon(follow, 0);
	if (!follow->look_at)
		follow->look_at = base_now_monotonic() + LOOK_AFTER_LOSS;
	if (event->lost > 0)
		follow->tell(follow->data, &news);
}

/* What is kept has to be looked through before it is overwritten. */
static void keep(struct enforce_follow *follow,
		 const struct enforce_event *event)
{
	follow->kept[follow->kept_count++ % EVENTS_KEPT] = *event;
	if (follow->kept_count - follow->kept_checked < EVENTS_KEPT / 2)
		return;
	follow->check_rest = 0;
	follow_check_soon(follow, 0);
}

static int take(void *data, const struct enforce_event *event)
{
	struct enforce_follow *follow = data;

	follow->heard = event->time;
	if (event->kind == ENFORCE_EVENT_LOST)
		take_loss(follow, event);
	else if (follow->awaiting && adopt_awaited(follow, event))
		return 0;
	else if (!follow_event(follow, event))
		keep(follow, event);
	return 0;
}

int follow_drain(struct enforce_follow *follow, struct error *err)
{
	int ret = follow->source ? enforce_events_read(follow->source, take,
						       follow, err) : 0;

	follow->behind = ret == 1;
	return ret < 0 ? ret : 0;
}
