/* SPDX-License-Identifier: MIT */
/*
 * The supervisor: answers the calls that the filter refers to it.
 *
 * Each notification (seccomp_unotify(2)) stops its caller until it is answered:
 * verdict.c says with what. Where a person is asked (ask.c) the caller waits,
 * and others are answered meanwhile.
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
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "enforce/ask.h"
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
	struct ask ask;
	bool listening;		/* to the person who is asked */
};

/* One who waits for an answer. */
struct waiting {
	uint64_t id;
	pid_t tid;
	bool by_program;
};

static void respond(struct supervisor *self, uint64_t id,
		    const struct answer *answer)
{
	memset(self->response, 0, self->response_size);
	self->response->id = id;
	if (answer->verdict == VERDICT_GO_ON)
		self->response->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	else
		self->response->error = -answer->code;
	/* ENOENT: the caller was killed meanwhile. */
	(void)ioctl(self->listener, SECCOMP_IOCTL_NOTIF_SEND, self->response);
}

/* Whether the caller still waits; so what /proc said of it was about it. */
static bool still_waits(const struct supervisor *self, uint64_t id)
{
	return ioctl(self->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

static void fill(const struct supervisor *self, const struct answer *answer,
		 bool by_program, struct profiles_denial *denial)
{
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
	enforce_denial_where(denial, (pid_t)self->request->pid);
	denial->dangerous = answer->dangerous;
	denial->count = 1;
}

static void say_what_came(const struct answer *answer,
			  struct profiles_denial *denial)
{
	static const enum profiles_action actions[] = {
		[VERDICT_KILL] = PROFILES_KILLED,
		[VERDICT_ERRNO] = PROFILES_ERRNO,
		[VERDICT_GO_ON] = PROFILES_LOGGED,
	};

	denial->action = actions[answer->verdict];
	if (answer->verdict == VERDICT_ERRNO)
		denial->action_errno = answer->code;
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
static void kill_caller(struct supervisor *self, const struct waiting *caller)
{
	pid_t tid = caller->tid;
	bool killed = tid > 0 && (kill(tid, SIGKILL) == 0 || errno == ESRCH);

	if (self->front->ended)
		return;
	if (!killed)
		kill(self->front->child, SIGKILL);
	if (!killed || caller->by_program)
		self->result->denied = true;
}

/* False: it was killed meanwhile. */
static bool carry_out(struct supervisor *self, const struct waiting *caller,
		      const struct answer *answer)
{
	if (!still_waits(self, caller->id))
		return false;
	if (answer->verdict == VERDICT_KILL)
		kill_caller(self, caller);
	else
		respond(self, caller->id, answer);
	return true;
}

/* A person may answer the same call in several ways. */
static uint64_t row_of(const struct supervisor *self, uint64_t detail,
		       const struct answer *answer)
{
	return self->plan->deny == ENFORCE_ASK ?
		       4 * detail + answer->verdict : detail;
}

/* First what is known of the caller, as long as it waits; then the answer; and
 * then those are told who may keep us waiting. */
static void refuse(struct supervisor *self, const struct waiting *caller,
		   const struct answer *answer, uint64_t detail)
{
	uint64_t row = row_of(self, detail, answer);
	struct enforce_refusal *known = enforce_refusals_find(
		&self->refusals, answer->call, row, caller->by_program);
	struct profiles_denial denial;

	if (!known)
		fill(self, answer, caller->by_program, &denial);
	if (!carry_out(self, caller, answer))
		return; /* /proc may have told of another */
	if (known) {
		enforce_refusals_repeat(&self->refusals, known);
		return;
	}
	say_what_came(answer, &denial);
	enforce_refusals_first(&self->refusals, self->sink, &denial, row,
			       caller->by_program);
}

/* ---- a person is asked ------------------------------------------------ */

static bool waits(void *data, const struct ask_caller *caller)
{
	return still_waits(data, caller->id);
}

/* What always passes is no denial: the asker has stored it. */
static void settle(void *data, const struct ask_caller *caller,
		   enum enforce_answer said)
{
	static const enum verdict verdicts[] = {
		[ENFORCE_ANSWER_ONCE] = VERDICT_GO_ON,
		[ENFORCE_ANSWER_ALWAYS] = VERDICT_GO_ON,
		[ENFORCE_ANSWER_DENY] = VERDICT_ERRNO,
		[ENFORCE_ANSWER_KILL] = VERDICT_KILL,
	};
	struct supervisor *self = data;
	const struct waiting waiting = {caller->id, caller->tid,
					caller->by_program};
	struct answer answer = caller->answer;
	struct profiles_denial denial = caller->denial;
	struct enforce_refusal *known;
	uint64_t row;

	answer.verdict = verdicts[said];
	if (!carry_out(self, &waiting, &answer) ||
	    said == ENFORCE_ANSWER_ALWAYS)
		return;
	row = row_of(self, caller->detail, &answer);
	known = enforce_refusals_find(&self->refusals, answer.call, row,
				      caller->by_program);
	say_what_came(&answer, &denial);
	if (known)
		enforce_refusals_repeat(&self->refusals, known);
	else
		enforce_refusals_first(&self->refusals, self->sink, &denial,
				       row, caller->by_program);
}

static bool let_wait(struct supervisor *self, const struct waiting *caller,
		     const struct answer *answer, uint64_t detail)
{
	struct ask_caller *one;

	if (!ask_has_room(&self->ask))
		return false;
	one = calloc(1, sizeof(*one));
	if (!one)
		return false;
	*one = (struct ask_caller){
		.id = caller->id, .tid = caller->tid, .answer = *answer,
		.detail = detail, .by_program = caller->by_program,
	};
	fill(self, answer, caller->by_program, &one->denial);
	if (ask_add(&self->ask, one))
		return true;
	free(one);
	return false;
}

/* Who cannot be asked about is denied. */
static void consult(struct supervisor *self, const struct waiting *caller,
		    struct answer *answer, uint64_t detail)
{
	enum enforce_answer said = ask_remembered(&self->ask, answer->call,
						  detail);

	if (said == ENFORCE_ANSWER_ALWAYS) {
		answer->verdict = VERDICT_GO_ON;
		respond(self, caller->id, answer);
	} else if (said == ENFORCE_ANSWER_DENY ||
		   !let_wait(self, caller, answer, detail)) {
		answer->verdict = VERDICT_ERRNO;
		refuse(self, caller, answer, detail);
	}
}

/* ---- what comes ------------------------------------------------------- */

static void handle_call(struct supervisor *self)
{
	const struct seccomp_data *data = &self->request->data;
	pid_t tid = (pid_t)self->request->pid;
	struct answer answer = verdict_of(self->plan, data);
	struct waiting caller = {.id = self->request->id, .tid = tid};
	uint64_t detail;

	if (!answer.told) {
		respond(self, caller.id, &answer);
		return;
	}
	caller.by_program = is_program(self, tid);
	detail = verdict_detail(self->plan, data, &answer);
	if (answer.verdict == VERDICT_ASK)
		consult(self, &caller, &answer, detail);
	else
		refuse(self, &caller, &answer, detail);
}

static int handle(struct supervisor *self, struct error *err)
{
	memset(self->request, 0, self->request_size);
	if (ioctl(self->listener, SECCOMP_IOCTL_NOTIF_RECV,
		  self->request) < 0) {
		if (errno == ENOENT || errno == EINTR)
			return 0; /* killed meanwhile, or a signal for us */
		return base_error(err, errno, "cannot read a notification of "
				  "the filter: %m");
	}
	handle_call(self);
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
	int look = ask_wait(&self->ask);

	if (look >= 0 && (end < 0 || look < end))
		end = look;
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

/* We stop with the program, and then the terminal is the shell's. */
static void read_signals(struct supervisor *self)
{
	pid_t child = self->front->child;
	siginfo_t info = {0};

	if (self->ask.put && child > 0 && !self->front->ended &&
	    waitid(P_PID, (id_t)child, &info,
		   WSTOPPED | WNOHANG | WNOWAIT) == 0 && info.si_pid)
		ask_hide(&self->ask);
	base_front_read(self->front);
}

/* What is typed while no question is put is the program's. Where the kernel
 * does not wake us, ask_step() looks all the same. */
static void listen_to_person(struct supervisor *self)
{
	const struct enforce_asker *asker = self->ask.asker;
	struct epoll_event event = {.events = EPOLLIN};

	if (self->ask.put == self->listening)
		return;
	self->listening = self->ask.put;
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
		read_signals(self);
	else if (event.data.fd != self->listener)
		input = true;
	else if (event.events & EPOLLIN)
		ret = handle(self, err);
	else
		base_close(&self->listener);
	ask_step(&self->ask, input);
	listen_to_person(self);
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

	if (self->ask.asker && self->ask.asker->fd >= 0)
		close(self->ask.asker->fd);
	ask_nobody(&self->ask);
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
	ask_hide(&self->ask);
	listen_to_person(self);
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
		.ask = {.asker = sink->asker, .waits = waits, .settle = settle,
			.data = &self},
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
	ask_free(&self.ask);
	base_close(&self.listener);
	enforce_refusals_free(&self.refusals);
	free(self.request);
	free(self.response);
	return ret;
}
