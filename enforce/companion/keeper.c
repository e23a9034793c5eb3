/* SPDX-License-Identifier: MIT */
/*
 * The keeper of a companion: waits for the order to start it, starts it, says
 * when it is ready, and ends it when jail says so or is gone.
 *
 *	jail ── socket: order, answer ──> keeper ── fork ──> companion
 *	     <── pidfd ──                       <── stderr, stdout, its end ──
 *
 * It has no files but these, no terminal, and takes SIGTERM and SIGCHLD from a
 * descriptor. What the companion says on its standard error is read as long as
 * it lives, so that it never waits for a reader; its last line is the cause
 * where it fails.
 */
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "enforce/companion/keeper.h"

#define PATIENCE 2000		/* milliseconds, between SIGTERM and SIGKILL */

/* What a pipe of the companion gave, line by line. */
struct lines {
	int fd;
	char text[512];		/* the line that has begun */
	size_t length;
	char cause[512];	/* the last one that is not empty; FIRST: the
				 * first one */
	bool first;
};

struct life {
	const struct keeper *keeper;
	const struct companion *companion;
	int signals;
	int ready;
	int handed;		/* with the order, or -1 */
	pid_t pid;		/* of the companion; 0: it has ended */
	int status;
	bool told;		/* the answer was given */
	bool ending;
	int64_t deadline;	/* monotonic microseconds; 0: none */
	struct lines output, errors;
	struct error error;
};

/* ---- being born ------------------------------------------------------- */

static void keep_only(const int *fds, size_t count)
{
	unsigned from = 3;

	for (;;) {
		unsigned next = ~0u;

		for (size_t i = 0; i < count; i++)
			if (fds[i] >= 3 && (unsigned)fds[i] >= from &&
			    (unsigned)fds[i] < next)
				next = (unsigned)fds[i];
		if (next > from)
			syscall(SYS_close_range, from, next - 1, 0);
		if (next == ~0u)
			break;
		from = next + 1;
	}
}

/* What the companion says is not for the terminal, nor what it reads from. */
static int close_files(const struct keeper *keeper)
{
	const struct companion *companion = keeper->companion;
	size_t count = become_kept(companion);
	int fds[6 + ARRAY_SIZE(companion->keep)] = {
		keeper->jail, keeper->socket, keeper->ready, companion->net,
		companion->input, companion->watch,
	};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	memcpy(fds + 6, companion->keep, count * sizeof(int));
	for (int fd = 0; fd < 3; fd++)
		if (null < 0 || dup2(null, fd) < 0)
			return -errno;
	keep_only(fds, 6 + count);
	return 0;
}

/* Signals that the caller ignores are not ignored by what is started. */
static void default_signals(void)
{
	for (int number = 1; number < _NSIG; number++)
		signal(number, SIG_DFL);
}

static int settle(struct life *life)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	default_signals();
	prctl(PR_SET_NAME, "jail-keeper");
	prctl(PR_SET_PDEATHSIG, 0);
	setsid();
	if (close_files(life->keeper) < 0)
		return -errno;
	sigemptyset(&all);
	sigaddset(&all, SIGTERM);
	sigaddset(&all, SIGCHLD);
	life->signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	if (life->signals < 0 || chdir("/") < 0)
		return -errno;
	return 0;
}

/* ---- its companion ----------------------------------------------------- */

/* The keeper is in that namespace as well, for it does there what the companion
 * tells (HEAR). */
static int enter_network(const struct companion *companion, pid_t pid,
			 struct error *err)
{
	cleanup_close int own = -1;
	int net = companion->net;
	char path[32];

	if (net == COMPANION_NET_OF_PID) {
		snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
		own = net = open(path, O_RDONLY | O_CLOEXEC);
		if (net < 0)
			return base_error(err, errno, "cannot open the network "
					  "of the sandbox: %m");
	}
	if (net > 2 && setns(net, CLONE_NEWNET) < 0)
		return base_error(err, errno, "cannot enter the network of the "
				  "sandbox: %m");
	return 0;
}

static int start(struct life *life, pid_t pid)
{
	const struct companion *companion = life->companion;
	int output[2] = {-1, -1}, errors[2] = {-1, -1};
	pid_t keeper = getpid();
	int ret = enter_network(companion, pid, &life->error);

	if (ret < 0)
		return ret;
	if ((companion->hear && pipe2(output, O_CLOEXEC) < 0) ||
	    pipe2(errors, O_CLOEXEC) < 0)
		return base_error(&life->error, errno, "cannot make a pipe: "
				  "%m");
	life->pid = fork();
	if (life->pid == 0)
		become_program(&(struct become){
			.companion = companion, .path = life->keeper->path,
			.keeper = keeper, .pid = pid, .output = output[1],
			.errors = errors[1],
		});
	base_close(&output[1]);
	base_close(&errors[1]);
	for (size_t i = 0; i < become_kept(companion); i++)
		close(companion->keep[i]);
	life->output.fd = output[0];
	life->errors.fd = errors[0];
	life->errors.first = companion->first_line;
	if (life->pid < 0)
		return base_error(&life->error, errno, "cannot start a "
				  "process: %m; end some, or raise ulimit -u");
	return 0;
}

/* ---- what it says ----------------------------------------------------- */

static const char *name_of(const struct life *life)
{
	return life->companion->argv[0];
}

static void answer(struct life *life)
{
	if (life->told)
		return;
	life->told = true;
	life->deadline = 0;
	(void)send(life->keeper->socket, &life->error, sizeof(life->error),
		   MSG_NOSIGNAL);
}

static void end(struct life *life)
{
	if (life->ending || life->pid <= 0)
		return;
	life->ending = true;
	life->deadline = base_now_monotonic() + PATIENCE * 1000;
	kill(life->pid, SIGTERM);
}

/* What was not ready is ended, and the caller told. */
static void give_up(struct life *life)
{
	answer(life);
	end(life);
}

static void hear_line(struct life *life, struct lines *lines)
{
	int ret;

	lines->text[lines->length] = '\0';
	lines->length = 0;
	if (*lines->text && !(lines->first && *lines->cause))
		memcpy(lines->cause, lines->text, sizeof(lines->cause));
	if (lines != &life->output || life->ending)
		return;
	ret = life->companion->hear(life->companion->data, lines->text,
				    &life->error);
	if (ret < 0)
		give_up(life);
	else if (ret > 0)
		answer(life);
}

/* A line that is too long is cut off. */
static void hear(struct life *life, struct lines *lines)
{
	char bytes[512];
	ssize_t count = read(lines->fd, bytes, sizeof(bytes));

	if (count <= 0)
		base_close(&lines->fd);
	for (ssize_t i = 0; i < count; i++)
		if (bytes[i] == '\n')
			hear_line(life, lines);
		else if (lines->length < sizeof(lines->text) - 1)
			lines->text[lines->length++] = bytes[i];
	if (count <= 0 && lines->length > 0)
		hear_line(life, lines);
}

/* All that it wrote before it ended. */
static void hear_rest(struct life *life, struct lines *lines)
{
	struct pollfd poller = {.fd = lines->fd, .events = POLLIN};

	while (poller.fd >= 0 && poll(&poller, 1, 0) == 1) {
		hear(life, lines);
		poller.fd = lines->fd;
	}
}

/* ---- its end ---------------------------------------------------------- */

static void explain(struct life *life, int status)
{
	const char *cause = life->errors.cause;
	char how[64];

	if (WIFSIGNALED(status))
		snprintf(how, sizeof(how), "signal %d ended it",
			 WTERMSIG(status));
	else
		snprintf(how, sizeof(how), "it ended with status %d",
			 WEXITSTATUS(status));
	base_error(&life->error, ECHILD, "%s failed: %s", name_of(life),
		   *cause ? cause : how);
}

static void reap(struct life *life)
{
	struct signalfd_siginfo info;
	int status;

	while (read(life->signals, &info, sizeof(info)) == sizeof(info))
		if (info.ssi_signo == SIGTERM)
			end(life);
	if (life->pid <= 0 || waitpid(life->pid, &status, WNOHANG) != life->pid)
		return;
	life->pid = 0;
	hear_rest(life, &life->output);
	hear_rest(life, &life->errors);
	if (!life->told && !life->error.code &&
	    !(life->companion->ends && status == 0))
		explain(life, status);
	answer(life);
}

static void too_late(struct life *life)
{
	const char *last = life->errors.cause;

	if (life->ending) {
		kill(life->pid, SIGKILL);
		life->deadline = 0;
		return;
	}
	hear_rest(life, &life->errors);
	base_error(&life->error, ETIMEDOUT, "%s is not ready after the time "
		   "it was given%s%s", name_of(life), *last ? ": " : "", last);
	give_up(life);
}

static int wait_at_most(const struct life *life)
{
	int64_t left;

	if (!life->deadline)
		return -1;
	left = life->deadline - base_now_monotonic();
	return left <= 0 ? 0 : (int)((left + 999) / 1000);
}

static void be_ready(struct life *life)
{
	char byte;

	if (read(life->ready, &byte, 1) == 1)
		answer(life);
	base_close(&life->ready);
}

static void be_watched(struct life *life)
{
	const struct companion *companion = life->companion;

	if (companion->watched(companion->data, life->handed,
			       &life->error) < 0)
		end(life);
}

/* One turn of the loop. */
static void look(struct life *life)
{
	struct pollfd ends[] = {
		{.fd = life->signals, .events = POLLIN},
		{.fd = life->ending ? -1 : life->keeper->jail,
		 .events = POLLIN},
		{.fd = life->output.fd, .events = POLLIN},
		{.fd = life->errors.fd, .events = POLLIN},
		{.fd = life->ready, .events = POLLIN},
		{.fd = life->companion->watched && life->told &&
		       !life->ending ? life->companion->watch : -1,
		 .events = POLLIN},
	};
	int count = poll(ends, ARRAY_SIZE(ends), wait_at_most(life));

	if (count == 0 && life->deadline)
		too_late(life);
	if (count <= 0)
		return;
	if (ends[1].revents)
		end(life);
	if (ends[2].revents)
		hear(life, &life->output);
	if (ends[3].revents)
		hear(life, &life->errors);
	if (ends[4].revents)
		be_ready(life);
	if (ends[5].revents)
		be_watched(life);
	if (ends[0].revents)
		reap(life);
}

/* ---- its life --------------------------------------------------------- */

static bool read_order(struct life *life, struct keeper_order *order)
{
	struct iovec bytes = {order, sizeof(*order)};
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct msghdr message = {
		.msg_iov = &bytes, .msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space),
	};
	const struct cmsghdr *header;

	if (recvmsg(life->keeper->socket, &message, MSG_CMSG_CLOEXEC) !=
	    sizeof(*order))
		return false;
	header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_type == SCM_RIGHTS)
		memcpy(&life->handed, CMSG_DATA(header), sizeof(int));
	return true;
}

static bool hear_order(struct life *life, struct keeper_order *order)
{
	const struct keeper *keeper = life->keeper;
	struct pollfd ends[] = {
		{.fd = keeper->socket, .events = POLLIN},
		{.fd = keeper->jail, .events = POLLIN},
		{.fd = life->signals, .events = POLLIN},
	};

	while (poll(ends, ARRAY_SIZE(ends), -1) < 0 && errno == EINTR)
		;
	return !ends[1].revents && !ends[2].revents &&
	       read_order(life, order);
}

static bool is_ready_at_once(const struct life *life)
{
	return !life->companion->ends && !life->companion->hear &&
	       life->ready < 0;
}

static void run(struct life *life)
{
	struct keeper_order order;

	if (!hear_order(life, &order))
		return;
	life->deadline = base_now_monotonic() +
			 INT64_C(1000) * order.milliseconds;
	if (start(life, order.pid) < 0 || is_ready_at_once(life))
		answer(life);
	base_give_back_text();
	while (life->pid > 0)
		look(life);
}

_Noreturn void keeper_main(const struct keeper *keeper)
{
	struct life life = {
		.keeper = keeper, .companion = keeper->companion,
		.ready = keeper->ready > 2 ? keeper->ready : -1, .handed = -1,
		.output = {.fd = -1}, .errors = {.fd = -1},
	};

	if (settle(&life) == 0) {
		run(&life);
	} else {
		base_error(&life.error, errno, "cannot prepare the process "
			   "that keeps a companion of the sandbox: %m");
		answer(&life);
	}
	_exit(0);
}
