/* SPDX-License-Identifier: MIT */
/*
 * The supervisor: answers the calls that the filter refers to it.
 *
 * Each notification (seccomp_unotify(2)) stops its caller until it is answered:
 *
 *   what it is                            answer
 *   no number, or none that we know       ENOSYS, and nobody is told: libc
 *                                         falls back to what it knows
 *   x32, an architecture not learned      as below, but never "go on"
 *   any other                             what the plan says: kill, fail, go on
 *
 * It decides on the registers in the notification only, never on memory, which
 * the target could change meanwhile. Whatever goes wrong here, the call fails:
 * a notification without an answer ends in ENOSYS once we are gone.
 *
 * When the program has ended and descendants live on, a fork of ours stays as
 * their supervisor until the kernel reports that no task has the filter.
 */
#include <linux/seccomp.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>

#include "enforce/private.h"

struct supervisor {
	const struct enforce_plan *plan;
	const struct enforce_sink *sink;
	struct base_front *front;
	struct enforce_result *result;
	int listener;
	/* The kernel says how large its own are (SECCOMP_GET_NOTIF_SIZES). */
	struct seccomp_notif *request;
	struct seccomp_notif_resp *response;
	size_t request_size, response_size;
	struct enforce_refusals refusals;
};

enum verdict {
	VERDICT_KILL,
	VERDICT_ERRNO,
	VERDICT_GO_ON
};

struct answer {
	enum verdict verdict;
	int code;		/* for VERDICT_ERRNO */
	bool told;		/* it is a denial, of CALL */
	struct base_call call;
};

static struct answer decide(const struct enforce_plan *plan,
			    const struct seccomp_data *data)
{
	struct answer answer = {.verdict = VERDICT_ERRNO, .code = ENOSYS};

	if (!base_call_from_kernel(data->arch, (uint32_t)data->nr,
				   &answer.call) ||
	    answer.call.number > base_call_highest(answer.call.arch))
		return answer;
	answer.told = true;
	if (plan->deny == ENFORCE_ERRNO) {
		answer.code = plan->deny_errno;
	} else if (plan->deny != ENFORCE_LOG) {
		answer.verdict = VERDICT_KILL;
	} else if (enforce_arch_learned(plan, answer.call.arch)) {
		answer.verdict = VERDICT_GO_ON;
	}
	return answer;
}

static void respond(struct supervisor *self, const struct answer *answer)
{
	memset(self->response, 0, self->response_size);
	self->response->id = self->request->id;
	if (answer->verdict == VERDICT_GO_ON)
		self->response->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	else
		self->response->error = -answer->code;
	/* ENOENT: the caller was killed meanwhile. */
	(void)ioctl(self->listener, SECCOMP_IOCTL_NOTIF_SEND, self->response);
}

/* Whether the caller still waits; so what /proc said of it was about it. */
static bool still_waits(const struct supervisor *self)
{
	return ioctl(self->listener, SECCOMP_IOCTL_NOTIF_ID_VALID,
		     &self->request->id) == 0;
}

static void fill(const struct supervisor *self, const struct answer *answer,
		 struct profiles_denial *denial)
{
	static const enum profiles_action actions[] = {
		[VERDICT_KILL] = PROFILES_KILLED,
		[VERDICT_ERRNO] = PROFILES_ERRNO,
		[VERDICT_GO_ON] = PROFILES_LOGGED,
	};
	const struct seccomp_data *data = &self->request->data;

	memset(denial, 0, sizeof(*denial));
	enforce_denial_when(denial);
	enforce_denial_who(denial, (pid_t)self->request->pid);
	denial->call = answer->call;
	denial->has_arguments = true;
	for (size_t i = 0; i < ARRAY_SIZE(denial->arguments); i++)
		denial->arguments[i] = data->args[i];
	denial->ip = data->instruction_pointer;
	denial->action = actions[answer->verdict];
	if (answer->verdict == VERDICT_ERRNO)
		denial->action_errno = answer->code;
	denial->count = 1;
}

static void tell(struct supervisor *self, const struct answer *answer,
		 bool by_program)
{
	struct profiles_denial denial;

	if (!answer->told ||
	    enforce_refusals_repeat(&self->refusals, answer->call, by_program))
		return;
	fill(self, answer, &denial);
	if (!still_waits(self))
		return; /* killed meanwhile; /proc may have told of another */
	enforce_refusals_first(&self->refusals, self->sink, &denial,
			       by_program);
}

/* Tells of the call, then ends its process. The caller waits for us, so its
 * number cannot be another's as long as its notification is valid. */
static void kill_caller(struct supervisor *self, struct answer *answer,
			pid_t process, bool by_program)
{
	cleanup_close int pidfd = -1;

	if (process > 0)
		pidfd = pidfd_open(process, 0);
	if (!still_waits(self))
		return;
	if (pidfd < 0) { /* no /proc, or no descriptor left */
		answer->verdict = VERDICT_ERRNO;
		answer->code = EPERM;
		tell(self, answer, by_program);
		respond(self, answer);
		return;
	}
	tell(self, answer, by_program);
	if (by_program && !self->front->ended)
		self->result->denied = true;
	pidfd_send_signal(pidfd, SIGKILL, NULL, 0);
}

/* The process of the thread TID; most often it is the program's first one. */
static pid_t process_of(const struct supervisor *self, pid_t tid)
{
	if (tid <= 0 || tid == self->front->child)
		return tid;
	return enforce_thread_group(tid);
}

static void handle(struct supervisor *self)
{
	pid_t process = -1;
	struct answer answer;
	bool by_program;

	memset(self->request, 0, self->request_size);
	if (ioctl(self->listener, SECCOMP_IOCTL_NOTIF_RECV, self->request) < 0)
		return; /* killed meanwhile, or a signal for us */
	answer = decide(self->plan, &self->request->data);
	if (answer.told)
		process = process_of(self, (pid_t)self->request->pid);
	by_program = process > 0 && process == self->front->child;
	if (answer.verdict == VERDICT_KILL) {
		kill_caller(self, &answer, process, by_program);
		return;
	}
	tell(self, &answer, by_program);
	respond(self, &answer);
}

static int get_buffers(struct supervisor *self, struct error *err)
{
	struct seccomp_notif_sizes sizes;

	if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) < 0)
		return base_error(err, errno, "cannot ask the kernel for the "
				  "size of a notification: %m");
	self->request_size = sizeof(*self->request);
	if (sizes.seccomp_notif > self->request_size)
		self->request_size = sizes.seccomp_notif;
	self->response_size = sizeof(*self->response);
	if (sizes.seccomp_notif_resp > self->response_size)
		self->response_size = sizes.seccomp_notif_resp;
	self->request = calloc(1, self->request_size);
	self->response = calloc(1, self->response_size);
	if (!self->request || !self->response)
		return base_error(err, ENOMEM, "out of memory");
	return 0;
}

/* Waits for and handles what comes; signals are ours to handle too as long as
 * the program lives. Closes the listener once no task has the filter. */
static void step(struct supervisor *self, bool foreground)
{
	struct pollfd fds[] = {
		{.fd = self->listener, .events = POLLIN},
		{.fd = foreground ? self->front->signal_fd : -1,
		 .events = POLLIN},
	};

	if (poll(fds, ARRAY_SIZE(fds),
		 enforce_refusals_timeout(&self->refusals)) < 0)
		return;
	if (fds[0].revents & POLLIN)
		handle(self);
	else if (fds[0].revents)
		base_close(&self->listener);
	if (fds[1].revents)
		base_front_read(self->front);
	enforce_refusals_flush(&self->refusals, self->sink, false);
}

static _Noreturn void stay_behind(struct supervisor *self)
{
	self->front->child = 0;
	setsid();
	signal(SIGHUP, SIG_IGN);
	sigprocmask(SIG_SETMASK, &self->front->old_mask, NULL);
	base_front_leave_files(self->front, 0);
	while (self->listener >= 0)
		step(self, false);
	enforce_refusals_flush(&self->refusals, self->sink, true);
	_exit(0);
}

static bool filter_in_use(const struct supervisor *self)
{
	struct pollfd fd = {.fd = self->listener, .events = POLLIN};

	return self->listener >= 0 &&
	       (poll(&fd, 1, 0) == 0 || fd.revents & POLLIN);
}

static void supervise(struct supervisor *self)
{
	while (!self->front->ended)
		step(self, true);
	self->result->status = self->front->status;
	enforce_refusals_flush(&self->refusals, self->sink, true);
	if (filter_in_use(self)) {
		fflush(NULL);
		switch (fork()) {
		case 0:
			stay_behind(self);
		case -1: /* then we stay ourselves */
			while (self->listener >= 0)
				step(self, true);
			enforce_refusals_flush(&self->refusals, self->sink,
					       true);
		}
	}
}

int enforce_supervise(const struct enforce_plan *plan,
		      const struct enforce_sink *sink,
		      struct base_front *front, int listener,
		      struct enforce_result *result, struct error *err)
{
	struct supervisor self = {
		.plan = plan,
		.sink = sink,
		.front = front,
		.result = result,
		.listener = listener,
	};
	int ret = listener < 0 ? 0 : get_buffers(&self, err);

	result->listener = listener >= 0;
	if (ret == 0)
		supervise(&self);
	else
		kill(front->child, SIGKILL);
	base_close(&self.listener);
	enforce_refusals_free(&self.refusals);
	free(self.request);
	free(self.response);
	return ret;
}
