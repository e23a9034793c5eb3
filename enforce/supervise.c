/* SPDX-License-Identifier: MIT */
/*
 * The supervisor: answers the calls that the filter refers to it.
 *
 * Each notification (seccomp_unotify(2)) stops its caller until it is answered:
 *
 *   what it is                            answer
 *   no number, or none that we know       ENOSYS, and nobody is told: libc
 *                                         falls back to what it knows
 *   dangerous, though on the whitelist    an errno, and it is told
 *   x32, an architecture not learned      as below, but never "go on"
 *   any other                             what the plan says: kill, fail, go on
 *
 * It decides on the registers in the notification only, never on memory, which
 * the target could change meanwhile. The answer comes before anything that can
 * keep us waiting, such as the store. What goes wrong ends the program, never
 * the confinement: a notification without an answer stays where it is, and ends
 * in ENOSYS once we are gone.
 *
 * Of /proc, free descriptors and limits the program may deprive us: none of
 * them is needed to answer, only to tell who it was.
 *
 * When the program has ended, what is left of a sandbox ends too. Without one,
 * where descendants live on, a fork of ours stays as
 * their supervisor until the kernel reports that no task has the filter.
 */
#include <linux/seccomp.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "enforce/layer.h"
#include "enforce/sandbox.h"

struct supervisor {
	const struct enforce_plan *plan;
	const struct enforce_sink *sink;
	struct base_front *front;
	struct enforce_sandbox *sandbox;
	struct enforce_result *result;
	int events;		/* epoll(7): signals and the listener */
	int listener;
	/* The kernel says how large its own are (SECCOMP_GET_NOTIF_SIZES). */
	struct seccomp_notif *request;
	struct seccomp_notif_resp *response;
	size_t request_size, response_size;
	struct enforce_refusals refusals;
	struct timeout timeout;
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
	bool dangerous;		/* the whitelist alone does not open it */
	struct base_call call;
};

/* What the layer refuses of a whitelist is no reason to kill: a program may be
 * able to do without it, and was learned in good faith. */
static bool decide_dangerous(const struct enforce_plan *plan,
			     const struct seccomp_data *data,
			     struct answer *answer)
{
	bool passes = plan->deny == ENFORCE_LOG;
	uint64_t arguments[6];
	struct dangerous_use use;

	for (size_t i = 0; i < ARRAY_SIZE(arguments); i++)
		arguments[i] = data->args[i];
	answer->dangerous = dangerous_refuses(plan, answer->call, arguments,
					      &use);
	if (!answer->dangerous ||
	    (passes ? !use.always : !layer_listed(plan, answer->call)))
		return false;
	answer->code = use.code;
	return true;
}

static struct answer decide(const struct enforce_plan *plan,
			    const struct seccomp_data *data)
{
	struct answer answer = {.verdict = VERDICT_ERRNO, .code = ENOSYS};

	if (!base_call_from_kernel(data->arch, (uint32_t)data->nr,
				   &answer.call) ||
	    answer.call.number > base_call_highest(answer.call.arch))
		return answer;
	answer.told = true;
	if (decide_dangerous(plan, data, &answer))
		return answer;
	if (plan->deny == ENFORCE_ERRNO) {
		answer.code = plan->deny_errno;
	} else if (plan->deny != ENFORCE_LOG) {
		answer.verdict = VERDICT_KILL;
	} else if (layer_has_arch(plan, answer.call.arch)) {
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
		 bool by_program, struct profiles_denial *denial)
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
	if (by_program)
		denial->pid = self->front->child;
	denial->call = answer->call;
	denial->has_arguments = true;
	for (size_t i = 0; i < ARRAY_SIZE(denial->arguments); i++)
		denial->arguments[i] = data->args[i];
	denial->ip = data->instruction_pointer;
	denial->action = actions[answer->verdict];
	if (answer->verdict == VERDICT_ERRNO)
		denial->action_errno = answer->code;
	denial->dangerous = answer->dangerous;
	denial->count = 1;
}

/* Whether the thread TID is the program's own. Signal 0 finds out without
 * /proc, which may be missing or another PID namespace's; EPERM: it is, but has
 * another user by now. */
static bool is_program(const struct supervisor *self, pid_t tid)
{
	pid_t program = self->front->child;

	if (tid <= 0 || program <= 0 || self->front->ended)
		return false;
	return tid == program || tgkill(program, tid, 0) == 0 || errno == EPERM;
}

/*
 * Ends the caller's whole process: kill(2) takes the number of any thread. It
 * needs neither /proc nor a descriptor, both of which a program may deprive us
 * of. The caller waits for us, so its number is not another's. Who cannot be
 * killed, as he is another user now or out of our sight, is never answered: he
 * stays in his call, and the program ends in his place.
 */
static void kill_caller(struct supervisor *self, bool by_program)
{
	pid_t tid = (pid_t)self->request->pid;
	bool killed = tid > 0 && (kill(tid, SIGKILL) == 0 || errno == ESRCH);

	if (self->front->ended)
		return;
	if (!killed)
		kill(self->front->child, SIGKILL);
	if (!killed || by_program)
		self->result->denied = true;
}

/* What tells this refusal from others of the same call: that it is dangerous;
 * for a call that is on the list, its values. */
static uint64_t detail_of(const struct supervisor *self,
			  const struct answer *answer)
{
	const struct profiles_argument_rule *rule =
		profiles_argument_rule(answer->call);
	uint64_t detail = answer->dangerous;

	if (!layer_listed(self->plan, answer->call))
		return detail;
	for (unsigned i = 0; i < rule->count; i++) {
		uint64_t value = self->request->data.args[rule->index[i]];

		/* A multiplier of Knuth's spreads the bits. */
		detail = (detail + (value & rule->mask[i]) + 1) *
			 6364136223846793005u;
	}
	return detail;
}

/* First what is known of the caller, as long as it waits; then the answer; and
 * then those are told who may keep us waiting. */
static void refuse(struct supervisor *self, const struct answer *answer)
{
	bool by_program = is_program(self, (pid_t)self->request->pid);
	uint64_t detail = detail_of(self, answer);
	struct enforce_refusal *known = enforce_refusals_find(
		&self->refusals, answer->call, detail, by_program);
	struct profiles_denial denial;

	if (!known)
		fill(self, answer, by_program, &denial);
	if (!still_waits(self))
		return; /* killed meanwhile; /proc may have told of another */
	if (answer->verdict == VERDICT_KILL)
		kill_caller(self, by_program);
	else
		respond(self, answer);
	if (known)
		enforce_refusals_repeat(&self->refusals, known);
	else
		enforce_refusals_first(&self->refusals, self->sink, &denial,
				       detail, by_program);
}

static int handle(struct supervisor *self, struct error *err)
{
	struct answer answer;

	memset(self->request, 0, self->request_size);
	if (ioctl(self->listener, SECCOMP_IOCTL_NOTIF_RECV,
		  self->request) < 0) {
		if (errno == ENOENT || errno == EINTR)
			return 0; /* killed meanwhile, or a signal for us */
		return base_error(err, errno, "cannot read a notification of "
				  "the filter: %m");
	}
	answer = decide(self->plan, &self->request->data);
	if (answer.told)
		refuse(self, &answer);
	else
		respond(self, &answer);
	return 0;
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
	int flush = enforce_refusals_timeout(&self->refusals);
	int end = timeout_wait(&self->timeout);

	return end >= 0 && (flush < 0 || end < flush) ? end : flush;
}

/* Those that outlive the program have been asked with it. */
static void end_in_time(const struct supervisor *self, int signal)
{
	if (!self->front->ended)
		kill(self->front->child, signal);
	else if (self->sandbox->init > 0)
		kill(self->sandbox->init, SIGKILL);
}

/* Waits for and handles what comes. Closes the listener once no task has the
 * filter. Not poll(2): it fails once our limit of descriptors is below the
 * number of its own, and the program can lower that (prlimit(2)). */
static int step(struct supervisor *self, struct error *err)
{
	struct epoll_event event;
	int ret = 0;
	int count = epoll_wait(self->events, &event, 1, patience(self));
	int due = timeout_signal(&self->timeout);

	if (due)
		end_in_time(self, due);
	if (count < 0 && errno != EINTR)
		return base_error(err, errno, "cannot wait for the program: "
				  "%m");
	if (count > 0 && event.data.fd != self->listener)
		base_front_read(self->front);
	else if (count > 0 && event.events & EPOLLIN)
		ret = handle(self, err);
	else if (count > 0)
		base_close(&self->listener);
	enforce_refusals_flush(&self->refusals, self->sink, ENFORCE_DUE);
	return ret;
}

/* Until no task has the filter. */
static int serve_rest(struct supervisor *self, struct error *err)
{
	int ret = 0;

	while (ret == 0 && self->listener >= 0)
		ret = step(self, err);
	return ret;
}

static _Noreturn void stay_behind(struct supervisor *self)
{
	int ret;

	self->front->child = 0;
	setsid();
	signal(SIGHUP, SIG_IGN);
	sigprocmask(SIG_SETMASK, &self->front->old_mask, NULL);
	base_front_leave_files(self->front, 0);
	enforce_refusals_leave(&self->refusals);
	ret = serve_rest(self, NULL);
	enforce_refusals_flush(&self->refusals, self->sink, ENFORCE_LAST);
	registry_end(self->sandbox);
	_exit(ret < 0);
}

/* Once signals are no longer listened to. */
static bool filter_in_use(const struct supervisor *self)
{
	struct epoll_event event;

	return self->listener >= 0 &&
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
	bool wait = profiles_has(self->plan->policy, PROFILES_WAIT_ALL);
	int ret = 0;

	if (wait && self->listener >= 0) {
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
	enforce_refusals_flush(&self->refusals, self->sink, ENFORCE_NOW);
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
		      int events, int listener, struct enforce_result *result,
		      struct error *err)
{
	struct supervisor self = {
		.plan = plan,
		.sink = sink,
		.front = front,
		.sandbox = sandbox,
		.result = result,
		.events = events,
		.listener = listener,
	};
	int ret = listener < 0 ? 0 : get_buffers(&self, err);

	result->listener = listener >= 0;
	if (ret == 0)
		ret = timeout_begin(&self.timeout, enforce_sandboxed(plan) ?
				    plan->policy->timeout : 0, err);
	if (ret == 0)
		ret = listen_to(&self, front->signal_fd, err);
	if (ret == 0)
		ret = listen_to(&self, listener, err);
	base_give_back_memory();
	if (ret == 0)
		ret = supervise(&self, err);
	if (ret < 0 && !front->ended)
		kill(front->child, SIGKILL);
	enforce_refusals_flush(&self.refusals, sink, ENFORCE_LAST);
	base_close(&self.listener);
	enforce_refusals_free(&self.refusals);
	free(self.request);
	free(self.response);
	return ret;
}
