/* SPDX-License-Identifier: MIT */
/*
 * The front end of a session: starts target and tracer, stands in for the
 * target towards the shell, and hands on to the sink what the tracer sends.
 * What the sink could not take stays, as totals, for the next time.
 */
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "learn/intake.h"
#include "learn/learn.h"
#include "learn/program.h"
#include "learn/target.h"
#include "learn/tracer.h"
#include "learn/wire.h"

#define TICK 500 /* milliseconds */
#define GRACE 5000000 /* microseconds from a limit's SIGTERM to SIGKILL */

struct run {
	const struct learn_options *options;
	const struct learn_sink *sink;
	struct learn_result *result;
	struct base_front front;
	pid_t tracer;
	bool spawned;		/* by the caller, who has to end it */
	int wire;		/* from the tracer; -1 at its end */
	int status_fd;		/* from the target, until its exec */
	unsigned asked;		/* requests to end that were passed on */
	int64_t ending;		/* when one of them went to the whole tree */
	struct error failure;	/* of target or tracer: nothing to learn */
	int64_t begun;		/* microseconds, monotonic */
	struct intake intake;
};

/* ---- what the tracer says --------------------------------------------- */

static void take_refusal(struct run *run, const struct wire_message *message)
{
	struct wire_refused *body = (void *)message->body;
	const struct learn_refusal refusal = {
		.writes = body->writes, .code = (int)message->number,
		.inside = body->inside, .lacked = body->lacked,
		.path = body->path,
	};

	if (run->sink->refused)
		run->sink->refused(run->sink->data, &refusal);
}

static void take_lacked(struct run *run, const struct wire_message *message)
{
	uint64_t lacked;

	memcpy(&lacked, message->body, sizeof(lacked));
	if (run->sink->lacked)
		run->sink->lacked(run->sink->data, lacked);
}

static void take(struct run *run, const struct wire_message *message,
		 size_t size)
{
	switch ((enum wire_kind)message->kind) {
	case WIRE_PROGRESS:
		memcpy(&run->result->last, message->body,
		       sizeof(run->result->last));
		break;
	case WIRE_NOTICE:
		run->sink->notice(run->sink->data, message->number,
				  message->body);
		break;
	case WIRE_REFUSED:
		take_refusal(run, message);
		break;
	case WIRE_LACKED:
		take_lacked(run, message);
		break;
	case WIRE_FAILED:
		memcpy(&run->failure, message->body, sizeof(run->failure));
		break;
	default:
		intake_take(&run->intake, message, size);
		break;
	}
}

static void read_wire(struct run *run)
{
	static struct wire_message message;
	ssize_t size;

	for (;;) {
		size = wire_receive(run->wire, &message);
		if (size == -EAGAIN)
			return;
		if (size <= 0) {
			base_close(&run->wire);
			return;
		}
		take(run, &message,
		     (size_t)size - offsetof(struct wire_message, body));
	}
}

/* ---- the loop --------------------------------------------------------- */

/* Empty at the exec, which closes it, or if the target was killed. */
static void read_status(struct run *run)
{
	struct target_failure failure;

	if (base_read_all(run->status_fd, &failure, sizeof(failure)) ==
	    sizeof(failure)) {
		run->failure = failure.error;
		run->result->exec_failed = failure.exec_failed;
	} else {
		run->result->started = true;
	}
	base_close(&run->status_fd);
}

/* All of the tree: a request first, and for good the second time. Those that
 * ran before us are let go. */
static void end_all(struct run *run)
{
	if (run->wire < 0)
		return;
	kill(run->tracer, run->ending ? SIGUSR2 : SIGUSR1);
	run->ending = base_now_monotonic();
}

/*
 * The program itself has ended, others of its tree have not: Ctrl-C and the
 * like are for them now.
 */
static void pass_on_requests(struct run *run)
{
	unsigned asked = run->front.asked_to_end;

	if (run->front.ended && asked != run->asked) {
		run->result->interrupted = true;
		end_all(run);
	}
	run->asked = asked;
}

/* Microseconds until the nearest limit, which is *LIMIT. */
static int64_t time_left(const struct run *run, int64_t now,
			 enum learn_limit *limit)
{
	const struct learn_options *options = run->options;
	int64_t quiet_since = run->result->last.last_new;
	int64_t left = INT64_MAX, quiet = INT64_MAX;

	if (options->time_limit)
		left = run->begun + options->time_limit - now;
	if (options->quiet_limit && quiet_since)
		quiet = quiet_since + options->quiet_limit - now;
	*limit = quiet < left ? LEARN_QUIET_LIMIT : LEARN_TIME_LIMIT;
	return quiet < left ? quiet : left;
}

/* Microseconds until the limits have to be looked at again. */
static int64_t obey_limits(struct run *run, int64_t now)
{
	enum learn_limit limit = LEARN_TIME_LIMIT;
	int64_t left = time_left(run, now, &limit);

	/* What was asked to end and does not is ended for good. */
	if (run->result->limited) {
		if (run->ending + GRACE <= now)
			end_all(run);
		return GRACE;
	}
	if (left <= 0 && run->result->started) {
		run->result->limited = limit;
		run->ending = 0;
		end_all(run);
	}
	return left;
}

static int wait_for_events(struct run *run, int timeout)
{
	struct pollfd fds[] = {
		{.fd = run->front.signal_fd, .events = POLLIN},
		{.fd = run->wire, .events = POLLIN},
		{.fd = run->status_fd, .events = POLLIN},
	};

	if (poll(fds, ARRAY_SIZE(fds), timeout) < 0)
		return errno == EINTR ? 0 : -errno;
	if (fds[0].revents)
		base_front_read(&run->front);
	if (fds[2].revents)
		read_status(run);
	if (fds[1].revents)
		read_wire(run);
	pass_on_requests(run);
	return 0;
}

static int follow(struct run *run, struct error *err)
{
	int64_t next_tick = base_now_monotonic();
	struct error ignored;
	int ret;

	while (run->wire >= 0 || !run->front.ended) {
		int64_t now = base_now_monotonic();
		int64_t left = obey_limits(run, now);

		if (now >= next_tick) {
			run->sink->tick(run->sink->data, &run->result->last);
			next_tick = now + TICK * 1000;
		}
		if (left > next_tick - now)
			left = next_tick - now;
		ret = wait_for_events(run, left > 0 ? (int)(left / 1000) + 1
						    : 0);
		if (ret < 0)
			return base_error(err, -ret, "cannot wait: %s",
					  strerror(-ret));
		/* Kept for the next time if the store is busy or full. */
		(void)intake_hand_on(&run->intake, run->sink, &ignored);
	}
	return 0;
}

/* ---- beginning and end ------------------------------------------------ */

/* The filter that the target installs before its exec. */
static const struct program *first_program(const struct learn_options *options)
{
	static struct program program;

	if (options->full)
		program_all(&program);
	else if (options->known)
		program_known(&program, options->known);
	else
		program_unseen(&program);
	return &program;
}

/* What the target needs of us. */
struct birth {
	struct run *run;
	const int *sockets;
	int status_fd;
};

static void be_target(void *data)
{
	struct birth *birth = data;
	struct run *run = birth->run;

	base_front_child(&run->front);
	close(birth->sockets[0]);
	close(run->wire);
	close(run->status_fd);
	target_main(run->options, first_program(run->options),
		    birth->sockets[1], birth->status_fd);
}

static int fork_target(struct run *run, const int sockets[2], int status_fd,
		       struct error *err)
{
	const struct learn_options *options = run->options;
	struct birth birth = {run, sockets, status_fd};
	pid_t pid;

	if (options->spawn) {
		pid = options->spawn(options->spawn_data, be_target, &birth,
				     err);
		run->spawned = pid > 0;
		if (pid < 0)
			return (int)pid;
	} else {
		pid = fork();
	}
	if (pid < 0)
		return base_error(err, errno, "cannot fork: %m");
	if (pid == 0)
		be_target(&birth);
	run->front.child = pid;
	return 0;
}

static int fork_tracer(struct run *run, const int sockets[2], int wire,
		       int status_fd, struct error *err)
{
	struct tracer_options options = {
		.learn = run->options,
		.target = run->front.child,
		.front = &run->front,
		.parent = getpid(),
		.target_socket = sockets[0],
		.wire = wire,
	};
	pid_t pid = fork();

	if (pid < 0)
		return base_error(err, errno, "cannot fork: %m");
	if (pid == 0) {
		close(sockets[1]);
		close(status_fd);
		close(run->status_fd);
		close(run->wire);
		close(run->front.signal_fd);
		tracer_main(&options);
	}
	run->tracer = pid;
	return 0;
}

/* There is no child to stand in for. */
static int attached(struct run *run)
{
	run->front.ended = true;
	run->result->started = true;
	return 0;
}

/* Our ends of what only the children use are closed when this returns. */
static int start(struct run *run, struct error *err)
{
	cleanup_close int wire = -1, status_fd = -1, target_end = -1,
			  tracer_end = -1;
	int sockets[2], status[2], ret;

	(void)passes_mark(); /* the same for target and tracer */
	if (wire_pair(&wire, &run->wire, err) < 0)
		return -err->code;
	if (pipe2(status, O_CLOEXEC) < 0)
		return base_error(err, errno, "cannot make a pipe: %m");
	run->status_fd = status[0];
	status_fd = status[1];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) < 0)
		return base_error(err, errno, "cannot make a socket pair: %m");
	tracer_end = sockets[0];
	target_end = sockets[1];
	ret = run->options->pids ? attached(run)
				 : fork_target(run, sockets, status_fd, err);
	return ret < 0 ? ret : fork_tracer(run, sockets, wire, status_fd, err);
}

/* How the run ended: nothing, or why nothing or not all was learned. */
static int conclude(struct run *run, int tracer_status, struct error *err)
{
	if (run->failure.code) {
		*err = run->failure;
		return -err->code;
	}
	if (!run->result->started)
		return base_error(err, ECHILD, "the program was killed before "
					       "it was started");
	if (intake_hand_on(&run->intake, run->sink, err) < 0)
		return -err->code;
	if (WIFSIGNALED(tracer_status))
		return base_error(err, EIO,
				  "the tracer was ended by signal %d (%s), and "
				  "the program with it; what was seen until "
				  "then is kept",
				  WTERMSIG(tracer_status),
				  strsignal(WTERMSIG(tracer_status)));
	return 0;
}

static void clear(struct run *run)
{
	base_close(&run->wire);
	base_close(&run->status_fd);
	base_front_close(&run->front);
	intake_free(&run->intake);
}

int learn_run(const struct learn_options *options,
	      const struct learn_sink *sink, struct learn_result *result,
	      struct error *err)
{
	struct run run = {.options = options, .sink = sink, .result = result,
			  .wire = -1, .status_fd = -1,
			  .begun = base_now_monotonic()};
	struct error here;
	int tracer_status = 0, ret;

	err = err ? err : &here;
	memset(result, 0, sizeof(*result));
	intake_init(&run.intake);
	ret = base_front_open(&run.front, err);
	if (ret < 0)
		return ret;
	ret = start(&run, err);
	if (ret == 0)
		base_front_leave_files(&run.front,
				       BASE_KEEP_STDERR |
				       (options->keep_stdout ? BASE_KEEP_STDOUT
							     : 0));
	if (ret == 0)
		ret = follow(&run, err);
	else if (run.front.child > 0)
		(void)waitpid(run.front.child, NULL, 0);
	if (ret == 0 && waitpid(run.tracer, &tracer_status, 0) < 0)
		tracer_status = 0;
	if (run.spawned && options->end)
		options->end(options->spawn_data);
	if (ret == 0)
		ret = conclude(&run, tracer_status, err);
	result->status = run.front.status;
	clear(&run);
	return ret;
}
