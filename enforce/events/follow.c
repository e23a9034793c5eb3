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
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/timerfd.h>

#include "enforce/events/events.h"

#define LOOK_EVERY 200000	/* microseconds, without a source */
#define LOOK_AFTER_LOSS 100000
#define CHECK_REST 2000		/* of the registry, between two */

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
	}
	if (!parent || parent->role == EVENTS_STAFF)
		scan_ids(process);
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

static int take(void *data, const struct enforce_event *event)
{
	struct enforce_follow *follow = data;

	if (event->kind == ENFORCE_EVENT_LOST)
		take_loss(follow, event);
	else if (!follow_event(follow, event))
		follow->kept[follow->kept_count++ % EVENTS_KEPT] = *event;
	return 0;
}

int follow_drain(struct enforce_follow *follow, struct error *err)
{
	return follow->source ?
	       enforce_events_read(follow->source, take, follow, err) : 0;
}

/* ---- waiting ----------------------------------------------------------- */

void follow_poll(struct enforce_follow *follow, int fd, enum follow_fd kind,
		 uint32_t number)
{
	struct epoll_event event = {
		.events = EPOLLIN, .data.u64 = (uint64_t)kind << 32 | number,
	};

	if (kind == FOLLOW_REAPED)
		event.events = 0; /* EPOLLHUP comes unasked */
	if (fd >= 0)
		(void)epoll_ctl(follow->epoll, kind == FOLLOW_REAPED ?
				EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
}

void follow_check_soon(struct enforce_follow *follow, int64_t microseconds)
{
	int64_t when = base_now_monotonic() + microseconds;

	if (when < follow->check_rest)
		when = follow->check_rest;
	if (!follow->check_at || when < follow->check_at)
		follow->check_at = when;
}

static int arm(struct enforce_follow *follow, struct error *err)
{
	int64_t when = follow->check_at;
	struct itimerspec timer = {0};

	if (follow->look_at && (!when || follow->look_at < when))
		when = follow->look_at;
	timer.it_value.tv_sec = when / 1000000;
	timer.it_value.tv_nsec = when % 1000000 * 1000;
	if (timerfd_settime(follow->timer, TFD_TIMER_ABSTIME, &timer,
			    NULL) < 0)
		return base_error(err, errno, "cannot set a timer: %m");
	return 0;
}

/* A pidfd of a process that was reaped hangs up. */
static int take_ready(struct enforce_follow *follow,
		      const struct epoll_event *ready, struct error *err)
{
	uint32_t number = (uint32_t)ready->data.u64;
	struct events_process *process;
	uint64_t times;

	switch ((enum follow_fd)(ready->data.u64 >> 32)) {
	case FOLLOW_SOURCE:
		/* A sandbox begins and ends with some event. */
		follow_check_soon(follow, 0);
		return follow_drain(follow, err);
	case FOLLOW_TIMER:
		(void)!read(follow->timer, &times, sizeof(times));
		return 0;
	case FOLLOW_JAIL:
		base_close(&follow->sandboxes[number]->fd);
		follow->force = true;
		follow_check_soon(follow, 0);
		return 0;
	case FOLLOW_PROCESS:
	case FOLLOW_REAPED:
		process = events_find(&follow->tasks, (pid_t)number);
		if (process)
			scan_ended(follow, process, ready->events & EPOLLHUP);
	}
	return 0;
}

static int take_all_ready(struct enforce_follow *follow, struct error *err)
{
	struct epoll_event ready[64];
	int count = epoll_wait(follow->epoll, ready, 64, 0), ret = 0;

	for (int i = 0; ret == 0 && i < count; i++)
		ret = take_ready(follow, &ready[i], err);
	return ret;
}

static bool is_due(int64_t when)
{
	return when && base_now_monotonic() >= when;
}

static int look(struct enforce_follow *follow, struct error *err)
{
	follow->look_at = follow->source ? 0 :
			  base_now_monotonic() + LOOK_EVERY;
	return scan_through(follow, SIZE_MAX, false, err);
}

/* Of the time a tenth is enough for it. */
static int check(struct enforce_follow *follow, struct error *err)
{
	int64_t now = base_now_monotonic();
	int ret;

	follow->check_at = 0;
	ret = adopt_check(follow, err);
	follow->check_rest = base_now_monotonic() + CHECK_REST +
			     10 * (base_now_monotonic() - now);
	if (!follow->source)
		follow_check_soon(follow, LOOK_EVERY);
	return ret;
}

int enforce_follow_read(struct enforce_follow *follow,
			void (*tell)(void *data,
				     const struct enforce_news *news),
			void *data, struct error *err)
{
	int ret;

	follow->tell = tell;
	follow->data = data;
	ret = take_all_ready(follow, err);
	if (ret == 0 && is_due(follow->check_at))
		ret = check(follow, err);
	if (ret == 0 && is_due(follow->look_at))
		ret = look(follow, err);
	return ret == 0 ? arm(follow, err) : ret;
}

/* ---- for its owner ----------------------------------------------------- */

const char *enforce_follow_why(const struct enforce_follow *follow)
{
	return follow->source ? NULL : follow->why;
}

int enforce_follow_fd(const struct enforce_follow *follow)
{
	return follow->epoll;
}

size_t enforce_follow_running(const struct enforce_follow *follow)
{
	size_t running = 0;

	for (size_t i = 0; i < follow->count; i++)
		running += follow->sandboxes[i] &&
			   !follow->sandboxes[i]->ended;
	return running;
}

const struct enforce_running *
enforce_follow_of(const struct enforce_follow *follow, pid_t pid)
{
	const struct events_process *process = events_find(&follow->tasks, pid);
	size_t most = follow->dead_count < EVENTS_DEAD ? follow->dead_count :
							 EVENTS_DEAD;

	if (process)
		return &follow->sandboxes[process->sandbox]->entry;
	for (size_t i = 1; i <= most; i++) {
		size_t at = (follow->dead_count - i) % EVENTS_DEAD;

		if (follow->dead[at].pid == pid)
			return &follow->sandboxes[follow->dead[at].sandbox]
					->entry;
	}
	return NULL;
}

static int open_source(struct enforce_follow *follow,
		       const struct enforce_follow_options *options,
		       struct error *err)
{
	struct error why = {0};
	struct rlimit limit;
	int fd = -1, ret = -EOPNOTSUPP;

	if (options->looks)
		snprintf(follow->why, sizeof(follow->why), "looks were asked "
			 "for");
	else
		ret = enforce_events_open(&follow->source, options->room, &fd,
					  &why);
	if (ret == -EOPNOTSUPP && why.code)
		snprintf(follow->why, sizeof(follow->why), "%.255s", why.text);
	if (ret < 0 && ret != -EOPNOTSUPP)
		return base_error(err, -ret, "%s", why.text);
	follow_poll(follow, fd, FOLLOW_SOURCE, 0);
	if (follow->source)
		return 0;
	/* A descriptor for each process. */
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
	follow->look_at = base_now_monotonic();
	return 0;
}

int enforce_follow_open(struct enforce_follow **out,
			const struct enforce_follow_options *options,
			struct error *err)
{
	struct enforce_follow *follow = calloc(1, sizeof(*follow));
	int ret = 0;

	if (!follow)
		return base_error(err, ENOMEM, "out of memory");
	follow->began = base_now();
	follow->epoll = epoll_create1(EPOLL_CLOEXEC);
	follow->timer = timerfd_create(CLOCK_MONOTONIC,
				       TFD_CLOEXEC | TFD_NONBLOCK);
	if (options->word) {
		follow->word = strdup(options->word);
		ret = follow->word ? 0 : base_error(err, ENOMEM,
						    "out of memory");
	}
	if (ret == 0 && (follow->epoll < 0 || follow->timer < 0))
		ret = base_error(err, errno, "cannot wait for events: %m");
	follow_poll(follow, follow->timer, FOLLOW_TIMER, 0);
	if (ret == 0)
		ret = open_source(follow, options, err);
	follow->force = true;
	follow_check_soon(follow, 0);
	if (ret == 0)
		ret = arm(follow, err);
	if (ret < 0)
		enforce_follow_close(follow);
	else
		*out = follow;
	return ret;
}

static void forget(void *data, struct events_process *process)
{
	events_remove(data, process);
}

void enforce_follow_close(struct enforce_follow *follow)
{
	if (!follow)
		return;
	events_each(&follow->tasks, forget, &follow->tasks);
	for (size_t i = 0; i < follow->count; i++) {
		if (follow->sandboxes[i])
			base_close(&follow->sandboxes[i]->fd);
		free(follow->sandboxes[i]);
	}
	free(follow->sandboxes);
	enforce_events_close(follow->source);
	base_close(&follow->epoll);
	base_close(&follow->timer);
	free(follow->word);
	free(follow);
}
