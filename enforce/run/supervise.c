/* SPDX-License-Identifier: MIT */
/*
 * The supervisor: answers the calls that the filter refers to it.
 *
 * Each notification (seccomp_unotify(2)) stops its caller until it is answered
 * (answer.c). Here is the loop around that: signals, time, the person who may
 * be asked, and the end.
 *
 * What goes wrong ends the program, never the confinement: a notification
 * without an answer stays where it is, and ends in ENOSYS once we are gone.
 *
 * When the program has ended, what is left of a sandbox ends too. Without one,
 * where descendants live on, a fork of ours stays as their supervisor until the
 * kernel reports that no task has the filter; it asks nobody.
 */
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "enforce/registry/registry.h"
#include "enforce/run/answer.h"
#include "enforce/sandbox/sandbox.h"

struct supervisor {
	const struct enforce_plan *plan;
	const struct enforce_sink *sink;
	struct base_front *front;
	struct enforce_sandbox *sandbox;
	struct enforce_result *result;
	struct answering answering;
	int events;		/* epoll(7): signals and the listener */
	struct timeout timeout;
	bool listening;		/* to the person who is asked */
	struct enforce_beside *beside;
};

static int listen_to(struct supervisor *self, int fd, struct error *err)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	if (fd < 0 || epoll_ctl(self->events, EPOLL_CTL_ADD, fd, &event) == 0)
		return 0;
	return base_error(err, errno, "cannot wait for the program: %m");
}

/* How long to wait for something to happen, in milliseconds; -1: for ever. */
static int patience(const struct supervisor *self)
{
	const int waits[] = {
		enforce_refusals_timeout(&self->answering.refusals),
		enforce_refusals_note_timeout(&self->answering.refusals),
		timeout_wait(&self->timeout),
		ask_wait(&self->answering.ask),
	};
	int least = -1;

	for (size_t i = 0; i < ARRAY_SIZE(waits); i++)
		if (waits[i] >= 0 && (least < 0 || waits[i] < least))
			least = waits[i];
	return least;
}

/* Those that outlive the program have been asked with it. */
static void end_in_time(const struct supervisor *self, int signal)
{
	if (!self->front->ended)
		kill(self->front->child, signal);
	else if (self->sandbox->init > 0)
		kill(self->sandbox->init, SIGKILL);
}

/* We stop with the program, and then the terminal is the shell's. */
static void before_stop(void *data)
{
	struct supervisor *self = data;

	ask_hide(&self->answering.ask);
}

/* What is typed while no question is put is the program's. Where the kernel
 * does not wake us, ask_step() looks all the same. */
static void listen_to_person(struct supervisor *self)
{
	const struct enforce_asker *asker = self->answering.ask.asker;
	struct epoll_event event = {.events = EPOLLIN};

	if (self->answering.ask.put == self->listening)
		return;
	self->listening = self->answering.ask.put;
	event.data.fd = asker ? asker->fd : -1;
	(void)epoll_ctl(self->events, self->listening ? EPOLL_CTL_ADD :
						       EPOLL_CTL_DEL,
			event.data.fd, &event);
}

/* Waits for and handles what comes. Closes the listener once no task has the
 * filter. Not poll(2): it fails once our limit of descriptors is below the
 * number of its own, and the program can lower that (prlimit(2)). */
static int step(struct supervisor *self, struct error *err)
{
	struct epoll_event event = {.data.fd = -1};
	int ret = 0;
	int count = epoll_wait(self->events, &event, 1, patience(self));
	int due = timeout_signal(&self->timeout);
	bool input = false;

	if (due)
		end_in_time(self, due);
	if (count < 0 && errno != EINTR)
		return base_error(err, errno, "cannot wait for the program: "
				  "%m");
	if (count <= 0)
		;
	else if (event.data.fd == self->front->signal_fd)
		base_front_read(self->front);
	else if (event.data.fd != self->answering.listener)
		input = !self->beside->ready(self->beside->data,
					     event.data.fd);
	else if (event.events & EPOLLIN)
		ret = answer_next(&self->answering, err);
	else
		base_close(&self->answering.listener);
	ask_step(&self->answering.ask, input);
	listen_to_person(self);
	enforce_refusals_flush(&self->answering.refusals, self->sink,
			       ENFORCE_DUE);
	enforce_refusals_note(&self->answering.refusals, self->sandbox,
			      ENFORCE_DUE);
	return ret;
}

/* Until no task has the filter. */
static int serve_rest(struct supervisor *self, struct error *err)
{
	int ret = 0;

	while (ret == 0 && self->answering.listener >= 0)
		ret = step(self, err);
	return ret;
}

static _Noreturn void stay_behind(struct supervisor *self)
{
	int ret;

	if (self->answering.ask.asker && self->answering.ask.asker->fd >= 0)
		close(self->answering.ask.asker->fd);
	ask_nobody(&self->answering.ask);
	self->front->child = 0;
	self->beside->leave(self->beside->data);
	setsid();
	signal(SIGHUP, SIG_IGN);
	sigprocmask(SIG_SETMASK, &self->front->old_mask, NULL);
	base_front_leave_files(self->front, 0);
	enforce_refusals_leave(&self->answering.refusals);
	ret = serve_rest(self, NULL);
	enforce_refusals_flush(&self->answering.refusals, self->sink,
			       ENFORCE_LAST);
	enforce_refusals_note(&self->answering.refusals, self->sandbox,
			      ENFORCE_NOW);
	registry_end(self->sandbox, false);
	_exit(ret < 0);
}

/* Once signals are no longer listened to. */
static bool filter_in_use(const struct supervisor *self)
{
	struct epoll_event event;

	return self->answering.listener >= 0 &&
	       (epoll_wait(self->events, &event, 1, 0) == 0 ||
		event.events & EPOLLIN);
}

/* For init, which ends after the last process; without a timeout whoever reaps
 * it waits. */
static void wait_in_time(struct supervisor *self)
{
	cleanup_close int fd = (int)syscall(SYS_pidfd_open,
					    self->sandbox->init, 0);
	struct pollfd init = {.fd = fd, .events = POLLIN};

	init_linger(self->sandbox);
	while (timeout_wait(&self->timeout) >= 0 && fd >= 0 &&
	       poll(&init, 1, timeout_wait(&self->timeout)) <= 0) {
		int due = timeout_signal(&self->timeout);

		if (due)
			end_in_time(self, due);
	}
}

/* All that is in the sandbox ends with the program, unless the policy waits for
 * the last process; we answer it until then. */
static int end_sandbox(struct supervisor *self, struct error *err)
{
	const struct enforce_beside *beside = self->beside;
	bool wait = profiles_has(self->plan->policy, PROFILES_WAIT_ALL);
	int ret = 0;

	/* What has joined is no child of init's, which does not see it. */
	while (wait && ret == 0 && beside->busy(beside->data))
		ret = step(self, err);
	if (wait && ret == 0 && self->answering.listener >= 0) {
		init_linger(self->sandbox);
		ret = serve_rest(self, err);
	}
	if (wait && ret == 0)
		wait_in_time(self);
	enforce_sandbox_end(self->sandbox, wait && ret == 0);
	return ret;
}

static int supervise(struct supervisor *self, struct error *err)
{
	int ret = 0;

	while (ret == 0 && !self->front->ended)
		ret = step(self, err);
	if (ret < 0)
		return ret;
	self->result->status = self->front->status;
	epoll_ctl(self->events, EPOLL_CTL_DEL, self->front->signal_fd, NULL);
	ask_hide(&self->answering.ask);
	listen_to_person(self);
	enforce_refusals_flush(&self->answering.refusals, self->sink,
			       ENFORCE_NOW);
	if (self->sandbox->init > 0)
		return end_sandbox(self, err);
	if (filter_in_use(self)) {
		fflush(NULL);
		switch (fork()) {
		case 0:
			stay_behind(self);
		case -1: /* then we stay ourselves */
			return serve_rest(self, err);
		}
	}
	return 0;
}

int enforce_supervise(const struct enforce_plan *plan,
		      const struct enforce_sink *sink,
		      struct base_front *front, struct enforce_sandbox *sandbox,
		      int events, int listener, struct enforce_beside *beside,
		      struct enforce_result *result, struct error *err)
{
	struct supervisor self = {
		.plan = plan,
		.sink = sink,
		.front = front,
		.sandbox = sandbox,
		.result = result,
		.answering = {.plan = plan, .sink = sink, .front = front,
			      .result = result, .listener = listener},
		.events = events,
		.beside = beside,
	};
	int ret = answer_begin(&self.answering, err);

	beside->listener = &self.answering.listener;
	beside->refused = &self.answering.refusals.total;
	result->listener = listener >= 0;
	if (ret == 0)
		ret = timeout_begin(&self.timeout, enforce_sandboxed(plan) ?
				    plan->policy->timeout : 0, err);
	if (ret == 0)
		ret = listen_to(&self, front->signal_fd, err);
	if (ret == 0)
		ret = listen_to(&self, listener, err);
	front->before_stop = before_stop;
	front->before_stop_data = &self;
	base_give_back_memory();
	if (ret == 0)
		ret = supervise(&self, err);
	if (ret < 0 && !front->ended)
		kill(front->child, SIGKILL);
	enforce_refusals_flush(&self.answering.refusals, sink, ENFORCE_LAST);
	enforce_refusals_note(&self.answering.refusals, sandbox, ENFORCE_NOW);
	front->before_stop = NULL;
	answer_end(&self.answering);
	timeout_end(&self.timeout);
	return ret;
}
