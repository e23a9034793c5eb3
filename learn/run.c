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

#include "learn/counts.h"
#include "learn/learn.h"
#include "learn/target.h"
#include "learn/tracer.h"
#include "learn/wire.h"

#define TICK 500 /* milliseconds */
#define MOST SIZE_MAX /* the tracer has bounded what it sends */

struct run {
	const struct learn_options *options;
	const struct learn_sink *sink;
	struct learn_result *result;
	struct base_front front;
	pid_t tracer;
	int wire;		/* from the tracer; -1 at its end */
	int status_fd;		/* from the target, until its exec */
	unsigned asked;		/* requests to end that were passed on */
	bool ending;		/* one of them went to the whole tree */
	struct error failure;	/* of target or tracer: nothing to learn */
	/* Not yet taken by the sink. */
	struct counts observations, arguments;
	struct profiles_image *images;
	size_t image_count;
	struct profiles_library *libraries;
	size_t library_count;
};

/* ---- what the tracer says --------------------------------------------- */

static void take_image(struct run *run, uint32_t number, const char *path)
{
	struct profiles_image *images, *image;

	images = reallocarray(run->images, run->image_count + 1,
			      sizeof(*images));
	if (!images)
		return;
	run->images = images;
	image = &images[run->image_count++];
	*image = (struct profiles_image){.image = number,
					 .path = strdup(path)};
	(void)learn_build_id(path, &image->build_id, NULL);
}

static void take_library(struct run *run, uint32_t number, const char *path)
{
	struct profiles_library *libraries, *library;

	libraries = reallocarray(run->libraries, run->library_count + 1,
				 sizeof(*libraries));
	if (!libraries)
		return;
	run->libraries = libraries;
	library = &libraries[run->library_count++];
	*library = (struct profiles_library){.image = number,
					     .path = strdup(path)};
	(void)learn_build_id(path, &library->build_id, NULL);
}

static void take_totals(struct counts *table, const char *body, size_t size)
{
	for (size_t at = 0; at + table->entry_size <= size;
	     at += table->entry_size) {
		void *entry = counts_get(table, body + at);

		if (entry)
			memcpy(entry, body + at, table->entry_size);
	}
}

static void take(struct run *run, const struct wire_message *message,
		 size_t size)
{
	switch ((enum wire_kind)message->kind) {
	case WIRE_IMAGE:
		take_image(run, message->number, message->body);
		break;
	case WIRE_LIBRARY:
		take_library(run, message->number, message->body);
		break;
	case WIRE_OBSERVATIONS:
		take_totals(&run->observations, message->body, size);
		break;
	case WIRE_ARGUMENTS:
		take_totals(&run->arguments, message->body, size);
		break;
	case WIRE_PROGRESS:
		memcpy(&run->result->last, message->body,
		       sizeof(run->result->last));
		break;
	case WIRE_FAILED:
		memcpy(&run->failure, message->body, sizeof(run->failure));
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

/* ---- what the sink gets ----------------------------------------------- */

static void forget_objects(struct run *run)
{
	for (size_t i = 0; i < run->image_count; i++) {
		free(run->images[i].path);
		free(run->images[i].build_id);
	}
	for (size_t i = 0; i < run->library_count; i++) {
		free(run->libraries[i].path);
		free(run->libraries[i].build_id);
	}
	run->image_count = 0;
	run->library_count = 0;
}

static int hand_on(struct run *run, struct error *err)
{
	struct profiles_batch batch = {
		.images = run->images,
		.image_count = run->image_count,
		.libraries = run->libraries,
		.library_count = run->library_count,
	};
	cleanup_free void *observations =
		counts_changed(&run->observations, &batch.observation_count);
	cleanup_free void *arguments =
		counts_changed(&run->arguments, &batch.argument_count);
	int ret;

	if ((!observations && run->observations.changed_count) ||
	    (!arguments && run->arguments.changed_count))
		return base_error(err, ENOMEM, "out of memory");
	batch.observations = observations;
	batch.arguments = arguments;
	if (!batch.image_count && !batch.library_count &&
	    !batch.observation_count && !batch.argument_count)
		return 0;
	ret = run->sink->batch(run->sink->data, &batch, err);
	if (ret < 0)
		return ret;
	counts_clean(&run->observations);
	counts_clean(&run->arguments);
	forget_objects(run);
	return 0;
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

/*
 * The program itself has ended, others of its tree have not: Ctrl-C and the
 * like are for them now. First as a request, then for good.
 */
static void pass_on_requests(struct run *run)
{
	if (!run->front.ended) {
		run->asked = run->front.asked_to_end;
		return;
	}
	if (run->asked == run->front.asked_to_end || run->wire < 0)
		return;
	kill(run->tracer, run->ending ? SIGUSR2 : SIGUSR1);
	run->ending = true;
	run->asked = run->front.asked_to_end;
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

		if (now >= next_tick) {
			run->sink->tick(run->sink->data, &run->result->last);
			next_tick = now + TICK * 1000;
		}
		ret = wait_for_events(run, (int)((next_tick - now) / 1000));
		if (ret < 0)
			return base_error(err, -ret, "cannot wait: %s",
					  strerror(-ret));
		/* Kept for the next time if the store is busy or full. */
		(void)hand_on(run, &ignored);
	}
	return 0;
}

/* ---- beginning and end ------------------------------------------------ */

static int fork_target(struct run *run, const int sockets[2], int status_fd,
		       struct error *err)
{
	pid_t pid = fork();

	if (pid < 0)
		return base_error(err, errno, "cannot fork: %m");
	if (pid == 0) {
		base_front_child(&run->front);
		close(sockets[0]);
		close(run->wire);
		close(run->status_fd);
		target_main(run->options, sockets[1], status_fd);
	}
	run->front.child = pid;
	return 0;
}

static int fork_tracer(struct run *run, const int sockets[2], int wire,
		       int status_fd, struct error *err)
{
	struct tracer_options options = {
		.target = run->front.child,
		.front = &run->front,
		.parent = getpid(),
		.target_socket = sockets[0],
		.wire = wire,
		.full = run->options->full,
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

/* Our ends of what only the children use are closed when this returns. */
static int start(struct run *run, struct error *err)
{
	cleanup_close int wire = -1, status_fd = -1, target_end = -1,
			  tracer_end = -1;
	int sockets[2], status[2], ret;

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
	ret = fork_target(run, sockets, status_fd, err);
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
	if (hand_on(run, err) < 0)
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
	counts_free(&run->observations);
	counts_free(&run->arguments);
	forget_objects(run);
	free(run->images);
	free(run->libraries);
}

int learn_run(const struct learn_options *options,
	      const struct learn_sink *sink, struct learn_result *result,
	      struct error *err)
{
	struct run run = {.options = options, .sink = sink, .result = result,
			  .wire = -1, .status_fd = -1};
	struct error here;
	int tracer_status = 0, ret;

	err = err ? err : &here;
	memset(result, 0, sizeof(*result));
	counts_init(&run.observations, sizeof(struct profiles_observation),
		    COUNTS_OBSERVATION_KEY, MOST);
	counts_init(&run.arguments, sizeof(struct profiles_argument),
		    COUNTS_ARGUMENT_KEY, MOST);
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
	if (ret == 0)
		ret = conclude(&run, tracer_status, err);
	result->status = run.front.status;
	clear(&run);
	return ret;
}
