/* SPDX-License-Identifier: MIT */
/*
 * loop: what those call who follow sandboxes. One descriptor stands for all
 * that is waited for: events, a timer, and without events a pidfd for each
 * process; when it is readable, what is due is done.
 */
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <time.h>

#include "enforce/events/events.h"

#define LOOK_EVERY 200000	/* microseconds, without a source */
#define CHECK_REST 2000		/* of the registry, between two */

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

static int64_t processor_time(void)
{
	struct timespec now = {0};

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

/* Of a processor's time a tenth is enough for it. By the clock it may last much
 * longer where others are busy; and a sandbox of another user that began and
 * ended in the rest cannot be verified any more, and is passed over. */
static int check(struct enforce_follow *follow, struct error *err)
{
	int64_t before = processor_time();
	int ret;

	follow->check_at = 0;
	ret = adopt_check(follow, err);
	follow->check_rest = base_now_monotonic() + CHECK_REST +
			     10 * (processor_time() - before);
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

int64_t enforce_follow_heard(const struct enforce_follow *follow)
{
	return follow->heard;
}

uint64_t enforce_follow_passed(const struct enforce_follow *follow)
{
	return follow->passed.total;
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
	follow->id = options->id;
	follow->own = options->own;
	if (options->name) {
		follow->name = strdup(options->name);
		ret = follow->name ? 0 : base_error(err, ENOMEM,
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
	passed_free(&follow->passed);
	enforce_events_close(follow->source);
	base_close(&follow->epoll);
	base_close(&follow->timer);
	free(follow->name);
	free(follow);
}
