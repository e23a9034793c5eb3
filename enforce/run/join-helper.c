/* SPDX-License-Identifier: MIT */
/*
 * The helper: a fork of the jail that runs a sandbox, for one who joins it. It
 * has jail's memory, and so its plan. Of jail's descriptors it closes those
 * that keep something alive: the lock of the entry, the listener of the first
 * program's filter, the end of the pipe by which it learns of jail's own end.
 *
 * Then it is to the new program what jail is to the first one: it supervises it
 * (supervise.c), and hears at the same time who has joined, and whether jail is
 * still there.
 */
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "enforce/run/join.h"

#define LAST 1000		/* milliseconds that the last answer waits */

struct helper {
	const struct join_server *server;
	int client;
	pid_t client_pid;
	int alive;
	int events;
	struct base_front front;
	char *text;		/* of the request */
	char **argv;
	struct join_request request;
	int terminal;		/* the leading end; -1 */
	struct enforce_plan plan;
	struct enforce_sandbox sandbox;
	struct enforce_sink sink;
};

/* ---- what is not ours --------------------------------------------------- */

static void close_number(int fd)
{
	if (fd >= 0)
		close(fd);
}

static int leave_jail(struct helper *self, struct error *err)
{
	const struct join_server *server = self->server;
	const struct enforce_sandbox *sandbox = server->sandbox;
	const struct enforce_asker *asker = server->sink->asker;

	prctl(PR_SET_NAME, "jail-join");
	setsid();
	close(server->events);
	close_number(sandbox->entry - 1);
	close_number(sandbox->door - 1);
	close_number(server->alive[1]);
	close_number(server->told[0]);
	close_number(*server->beside.listener);
	close_number(server->plan->files.lock - 1);
	close_number(asker ? asker->fd : -1);
	for (size_t i = 0; i < server->count; i++)
		close(server->helpers[i]);
	for (size_t i = 0; i < server->silent_count; i++)
		close(server->silent[i]);
	self->events = epoll_create1(EPOLL_CLOEXEC);
	if (self->events < 0)
		return base_error(err, errno, "cannot make an epoll set: %m");
	return base_front_again(&self->front, err);
}

/* ---- the request -------------------------------------------------------- */

/* The next string of the COUNT that are left in TEXT; NULL: there is none. */
static char *next_text(char **text, const char *end)
{
	char *found = *text;
	char *stop = found < end ? memchr(found, '\0', (size_t)(end - found)) :
				   NULL;

	if (stop)
		*text = stop + 1;
	return stop ? found : NULL;
}

/* Those that count are as the client has them, or not there. */
static int take_variable(const char *text)
{
	for (size_t i = 0; join_variables[i]; i++) {
		size_t length = strlen(join_variables[i]);

		if (strncmp(text, join_variables[i], length) == 0 &&
		    text[length] == '=' && strlen(text) < 256)
			return setenv(join_variables[i], text + length + 1, 1);
	}
	return 0;
}

static int parse_request(struct helper *self, size_t size, struct error *err)
{
	const struct join_request *request = &self->request;
	char *at = self->text + sizeof(*request), *end = self->text + size;
	bool good = request->variables < 64 && request->words > 0 &&
		    request->words <= JOIN_WORDS;

	for (size_t i = 0; join_variables[i]; i++)
		unsetenv(join_variables[i]);
	for (uint32_t i = 0; good && i < request->variables; i++) {
		const char *text = next_text(&at, end);

		good = text && take_variable(text) == 0;
	}
	self->argv = calloc(JOIN_WORDS + 1, sizeof(*self->argv));
	for (uint32_t i = 0; good && self->argv && i < request->words; i++)
		good = (self->argv[i] = next_text(&at, end)) != NULL;
	if (good && at == end && self->argv)
		return 0;
	return base_error(err, EBADMSG, "the request to join the sandbox is "
			  "not as it should be");
}

/* Its files become ours, and so the program's. */
static int take_files(int fds[3], size_t count, struct error *err)
{
	int ret = count == 3 ? 0 :
		base_error(err, EBADMSG, "input and output are missing");

	for (int i = 0; ret == 0 && i < 3; i++)
		if (fds[i] <= 2 || dup2(fds[i], i) < 0)
			ret = base_error(err, EBADF, "cannot take over input "
					 "and output");
	while (count)
		close(fds[--count]);
	return ret;
}

/* It is there: else there would be no helper. */
static int hear(struct helper *self, struct error *err)
{
	ssize_t size;
	size_t count;
	int fds[3], ret = 0;

	self->text = malloc(JOIN_REQUEST);
	if (!self->text)
		return base_error(err, ENOMEM, "out of memory");
	size = join_receive(self->client, self->text, JOIN_REQUEST, fds,
			    &count);
	if (size >= (ssize_t)sizeof(self->request))
		memcpy(&self->request, self->text, sizeof(self->request));
	if (size > 0 && self->request.version != JOIN_VERSION)
		ret = base_error(err, EBADMSG, "the sandbox runs under another "
				 "version of jail; start it again");
	else if (size < (ssize_t)sizeof(self->request))
		ret = base_error(err, EBADMSG, "the request to join the "
				 "sandbox is not as it should be");
	if (ret < 0) {
		while (count)
			close(fds[--count]);
		return ret;
	}
	ret = take_files(fds, count, err);
	return ret < 0 ? ret : parse_request(self, (size_t)size, err);
}

/* ---- to the client ------------------------------------------------------ */

static void tell(const struct helper *self, const struct join_answer *answer,
		 const int *fds, size_t count)
{
	(void)join_send(self->client, answer, sizeof(*answer), fds, count,
			MSG_DONTWAIT);
}

static void tell_failure(const struct helper *self, int status,
			 const struct error *err)
{
	struct join_answer answer = {
		.event = JOIN_FAILED, .value = W_EXITCODE(status, 0),
		.code = err->code,
	};

	snprintf(answer.text, sizeof(answer.text), "%s", err->text);
	tell(self, &answer, NULL, 0);
}

/* What is to be said to a person comes by a pipe where there is a terminal: on
 * that of the program it would be lost with its end. */
static int tell_started(struct helper *self, struct error *err)
{
	struct join_answer answer = {.event = JOIN_STARTED};
	int messages[2];

	if (self->terminal < 0) {
		base_front_leave_files(&self->front, BASE_KEEP_STDERR);
		tell(self, &answer, NULL, 0);
		return 0;
	}
	if (pipe2(messages, O_CLOEXEC) < 0 ||
	    dup2(messages[1], STDERR_FILENO) < 0)
		return base_error(err, errno, "cannot make a pipe: %m");
	base_front_leave_files(&self->front, BASE_KEEP_STDERR);
	tell(self, &answer, (int[]){self->terminal, messages[0]}, 2);
	close(messages[0]);
	close(messages[1]);
	base_close(&self->terminal);
	return 0;
}

/* It goes on: so may whoever has stopped with it. */
static void on_stopped(void *data, int signal)
{
	const struct helper *self = data;
	struct join_answer answer = {.event = JOIN_STOPPED, .value = signal};

	if (signal != SIGCONT)
		tell(self, &answer, NULL, 0);
	else if (self->client >= 0)
		kill(self->client_pid, SIGCONT);
}

/* ---- while it runs ------------------------------------------------------ */

static void send_signal(const struct helper *self, int signal, bool group)
{
	pid_t pid = self->front.child;

	if (pid > 0 && !self->front.ended)
		kill(group ? -pid : pid, signal);
}

/* As where a terminal is gone. */
static void lose_client(struct helper *self)
{
	epoll_ctl(self->events, EPOLL_CTL_DEL, self->client, NULL);
	base_close(&self->client);
	send_signal(self, SIGHUP, true);
	send_signal(self, SIGCONT, true);
}

static void obey(struct helper *self)
{
	struct join_order order;
	int fds[3];
	size_t count;
	ssize_t size = join_receive(self->client, &order, sizeof(order), fds,
				    &count);

	while (count)
		close(fds[--count]);
	if (size == -EAGAIN)
		return;
	if (size != sizeof(order))
		lose_client(self);
	else if (order.signal > 0 && order.signal < _NSIG)
		send_signal(self, (int)order.signal, order.group);
}

static bool ready(void *data, int fd)
{
	struct helper *self = data;

	if (fd == self->client) {
		obey(self);
	} else if (fd == self->alive) {
		epoll_ctl(self->events, EPOLL_CTL_DEL, fd, NULL);
		base_close(&self->alive);
		send_signal(self, SIGKILL, false);
	} else {
		return false;
	}
	return true;
}

static bool busy(void *data)
{
	(void)data;
	return false;
}

static void leave(void *data)
{
	struct helper *self = data;

	if (self->client >= 0)
		epoll_ctl(self->events, EPOLL_CTL_DEL, self->client, NULL);
	base_close(&self->client);
	if (self->alive >= 0)
		epoll_ctl(self->events, EPOLL_CTL_DEL, self->alive, NULL);
	base_close(&self->alive);
}

static int listen_to(const struct helper *self, int fd, struct error *err)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	if (epoll_ctl(self->events, EPOLL_CTL_ADD, fd, &event) == 0)
		return 0;
	return base_error(err, errno, "cannot wait for the program: %m");
}

/* ---- the program -------------------------------------------------------- */

/* The sandbox's own, but for what it runs. Who was to be asked is not here. */
static void make_plan(struct helper *self)
{
	self->plan = *self->server->plan;
	self->plan.path = NULL;
	self->plan.argv = self->argv;
	self->plan.keep_fd_count = 0;
	self->plan.debug = NULL;
	self->sink = *self->server->sink;
	self->sink.asker = NULL;
}

static int start(struct helper *self, int *listener,
		 struct enforce_result *result, struct error *err)
{
	const struct winsize size = {
		.ws_row = self->request.rows, .ws_col = self->request.columns,
	};
	struct launch_joined joined = {.sandbox = self->server->sandbox};
	int ret;

	if (self->request.flags & JOIN_SHELL)
		joined.otherwise = "/bin/sh";
	if (self->request.flags & JOIN_TERMINAL)
		joined.terminal = &self->terminal;
	ret = launch_program(&self->plan, &self->front, &joined, &self->sandbox,
			     listener, result, err);
	self->sandbox.told = self->server->told[1] + 1;
	if (ret == 0 && self->terminal >= 0)
		(void)ioctl(self->terminal, TIOCSWINSZ, &size);
	return ret;
}

static int supervise(struct helper *self, int listener,
		     struct enforce_result *result, struct error *err)
{
	struct enforce_beside beside = {
		.ready = ready, .busy = busy, .leave = leave, .data = self,
	};
	int ret = listen_to(self, self->client, err), end;

	self->front.stopped = on_stopped;
	self->front.stopped_data = self;
	if (ret == 0)
		ret = listen_to(self, self->alive, err);
	if (ret == 0)
		ret = tell_started(self, err);
	if (ret < 0)
		kill(self->front.child, SIGKILL);
	end = enforce_supervise(&self->plan, &self->sink, &self->front,
				&self->sandbox, self->events, listener,
				&beside, result, ret < 0 ? NULL : err);
	return ret < 0 ? ret : end;
}

static void tell_end(struct helper *self, const struct enforce_result *result)
{
	struct join_answer answer = {
		.event = JOIN_ENDED,
		.value = result->denied ? SIGSYS : result->status,
	};

	struct pollfd client = {self->client, POLLOUT, 0};

	base_front_leave_files(&self->front, 0);
	/* What the program's stops have said before may have to be read. */
	if (self->client >= 0 && poll(&client, 1, LAST) > 0)
		tell(self, &answer, NULL, 0);
}

/* Of execve(2) or of finding it: as jail enforce ends. */
static int failed_status(const struct enforce_result *result, int ret)
{
	if (!result->exec_failed)
		return 125;
	return ret == -ENOENT ? 127 : 126;
}

_Noreturn void join_help(const struct join_server *server, int client,
			 pid_t pid)
{
	struct helper self = {
		.server = server, .client = client, .client_pid = pid,
		.alive = server->alive[0], .events = -1,
		.front = *server->front, .terminal = -1,
	};
	struct enforce_result result = {0};
	struct error err = {0};
	int listener = -1;
	int ret = leave_jail(&self, &err);

	if (ret == 0)
		ret = hear(&self, &err);
	if (ret == 0) {
		make_plan(&self);
		ret = start(&self, &listener, &result, &err);
	}
	if (ret == 0)
		ret = supervise(&self, listener, &result, &err);
	if (ret < 0)
		tell_failure(&self, failed_status(&result, ret), &err);
	else
		tell_end(&self, &result);
	_exit(0);
}
