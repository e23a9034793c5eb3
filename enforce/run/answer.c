/* SPDX-License-Identifier: MIT */
/*
 * Answers: what a notification of the filter meets (seccomp_unotify(2)).
 *
 *   verdict.c   what is to be answered
 *   here        who calls, then the answer, then those who are told
 *   ask.c       the callers that wait until a person has answered
 *
 * The answer comes before anything that can keep us waiting, such as the store.
 * Of /proc, free descriptors and limits the program may deprive us: none of
 * them is needed to answer, only to tell who it was.
 */
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "enforce/run/answer.h"

/* One who waits for an answer. */
struct waiting {
	uint64_t id;
	pid_t tid;
	bool by_program;
};

static void respond(struct answering *self, uint64_t id,
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
static bool still_waits(const struct answering *self, uint64_t id)
{
	return ioctl(self->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

static void fill(const struct answering *self, const struct answer *answer,
		 bool by_program, struct profiles_denial *denial)
{
	const struct seccomp_data *data = &self->request->data;

	memset(denial, 0, sizeof(*denial));
	snprintf(denial->source, sizeof(denial->source), "jail");
	denial->ip = data->instruction_pointer;
	enforce_denial_when(denial);
	enforce_denial_who(denial, (pid_t)self->request->pid);
	if (by_program)
		denial->pid = self->front->child;
	denial->call = answer->call;
	denial->has_arguments = true;
	for (size_t i = 0; i < ARRAY_SIZE(denial->arguments); i++)
		denial->arguments[i] = data->args[i];
	denial->dangerous = answer->dangerous;
	denial->count = 1;
}

/* Whether the thread TID is the program's own. Signal 0 finds out without
 * /proc, which may be missing or another PID namespace's; EPERM: it is, but has
 * another user by now. */
static bool is_program(const struct answering *self, pid_t tid)
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
static void kill_caller(struct answering *self, const struct waiting *caller)
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
static bool carry_out(struct answering *self, const struct waiting *caller,
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
static uint64_t row_of(const struct answering *self, uint64_t detail,
		       const struct answer *answer)
{
	return self->plan->deny == ENFORCE_ASK ?
		       4 * detail + answer->verdict : detail;
}

/* KNOWN: it was told before. */
static void tell(struct answering *self, struct enforce_refusal *known,
		 struct profiles_denial *denial, const struct answer *answer,
		 uint64_t row, bool by_program)
{
	static const enum profiles_action actions[] = {
		[VERDICT_KILL] = PROFILES_KILLED,
		[VERDICT_ERRNO] = PROFILES_ERRNO,
		[VERDICT_GO_ON] = PROFILES_LOGGED,
	};

	if (known) {
		enforce_refusals_repeat(&self->refusals, known);
		return;
	}
	denial->action = actions[answer->verdict];
	if (answer->verdict == VERDICT_ERRNO)
		denial->action_errno = answer->code;
	enforce_refusals_first(&self->refusals, self->sink, denial, row,
			       by_program);
}

/* First what is known of the caller, as long as it waits; then the answer; and
 * then those are told who may keep us waiting. */
static void refuse(struct answering *self, const struct waiting *caller,
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
	tell(self, known, &denial, answer, row, caller->by_program);
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
	struct answering *self = data;
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
	tell(self, known, &denial, &answer, row, caller->by_program);
}

static bool let_wait(struct answering *self, const struct waiting *caller,
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
static void consult(struct answering *self, const struct waiting *caller,
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

static void handle_call(struct answering *self)
{
	const struct seccomp_data *data = &self->request->data;
	pid_t tid = (pid_t)self->request->pid;
	struct answer answer = verdict_of(self->plan, data);
	struct waiting caller = {.id = self->request->id, .tid = tid};
	uint64_t detail;

	if (answer.stub)
		self->plan->stub_hits[answer.stub - self->plan->stubs]++;
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

int answer_next(struct answering *self, struct error *err)
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

static int get_buffers(struct answering *self, struct error *err)
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

int answer_begin(struct answering *self, struct error *err)
{
	self->ask = (struct ask){
		.asker = self->sink->asker, .waits = waits, .settle = settle,
		.data = self,
	};
	return self->listener < 0 ? 0 : get_buffers(self, err);
}

void answer_end(struct answering *self)
{
	ask_free(&self->ask);
	base_close(&self->listener);
	enforce_refusals_free(&self->refusals);
	free(self->request);
	free(self->response);
}
