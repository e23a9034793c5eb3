/* SPDX-License-Identifier: MIT */
/*
 * enforce_join(): the one who joins. He sends what is to be run and his files,
 * and is then the program's front: signals go to it, its stops and its end come
 * back.
 */
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "enforce/registry/registry.h"
#include "enforce/run/join.h"

#define ANSWERS 30000		/* milliseconds until the program runs */
#define LOOK 200		/* milliseconds until the next look at jail */

struct client {
	int socket, signals;
	bool has_terminal;
	struct join_terminal terminal;
	bool ended;
	int *status;
};

/* ---- the request -------------------------------------------------------- */

static bool add_text(char *packet, size_t *size, const char *text)
{
	size_t length = strlen(text) + 1;

	if (length > JOIN_REQUEST - *size)
		return false;
	memcpy(packet + *size, text, length);
	*size += length;
	return true;
}

static bool add_variables(char *packet, size_t *size, uint32_t *count)
{
	for (size_t i = 0; join_variables[i]; i++) {
		const char *value = getenv(join_variables[i]);
		cleanup_free char *text = value ?
			base_printf("%s=%s", join_variables[i], value) : NULL;

		if (text && !add_text(packet, size, text))
			return false;
		*count += text != NULL;
	}
	return true;
}

static int send_request(int socket, const struct enforce_joining *joining,
			struct error *err)
{
	const int files[] = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};
	struct join_request request = {.version = JOIN_VERSION};
	size_t size = sizeof(request);
	cleanup_free char *packet = malloc(JOIN_REQUEST);
	struct winsize window = {0};
	bool fits;
	int ret;

	if (!packet)
		return base_error(err, ENOMEM, "out of memory");
	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &window) < 0)
		(void)ioctl(STDOUT_FILENO, TIOCGWINSZ, &window);
	request.rows = window.ws_row;
	request.columns = window.ws_col;
	request.flags = (joining->terminal ? JOIN_TERMINAL : 0) |
			(joining->shell ? JOIN_SHELL : 0);
	fits = add_variables(packet, &size, &request.variables);
	for (; fits && joining->argv[request.words]; request.words++)
		fits = request.words < JOIN_WORDS &&
		       add_text(packet, &size, joining->argv[request.words]);
	memcpy(packet, &request, sizeof(request));
	ret = fits ? join_send(socket, packet, size, files, 3, 0) : -EMSGSIZE;
	if (ret == -EMSGSIZE)
		return base_error(err, E2BIG, "the command line is too long to "
				  "be sent to the sandbox");
	if (ret < 0 && ret != -EPIPE)
		return base_error(err, -ret, "cannot ask to join the sandbox: "
				  "%s", strerror(-ret));
	return 0; /* who has hung up has said why */
}

/* ---- what comes back ---------------------------------------------------- */

static int say_failure(struct client *self, const struct join_answer *answer,
		       struct error *err)
{
	*self->status = answer->value;
	return base_error(err, answer->code > 0 ? answer->code : EIO, "%.*s",
			  (int)sizeof(answer->text), answer->text);
}

/* -ESRCH would say that nothing was run, and another be started. */
static int say_failure_late(struct client *self,
			    const struct join_answer *answer, struct error *err)
{
	int ret = say_failure(self, answer, err);

	return ret != -ESRCH ? ret :
		base_error(err, ECONNRESET, "the program ran in the sandbox, "
			   "and how it ended is not known: %.*s",
			   (int)sizeof(answer->text), answer->text);
}

/* Whether the program has run is not known then. */
static int say_gone(struct error *err)
{
	return base_error(err, ECONNRESET, "the sandbox has ended, or the jail "
			  "that runs it was killed");
}

/* It may have been stopped a moment ago, or be stopped while we wait. */
static int wait_for_answer(const struct client *self,
			   const struct enforce_running *entry,
			   struct error *err)
{
	struct pollfd fd = {self->socket, POLLIN, 0};
	int64_t until = base_now_monotonic() + ANSWERS * INT64_C(1000);
	int ret;

	while ((ret = poll(&fd, 1, LOOK)) <= 0) {
		if (ret < 0 && errno != EINTR)
			break;
		if (door_awake(entry, err) < 0)
			return -EAGAIN;
		if (base_now_monotonic() >= until)
			break;
	}
	return ret > 0 ? 0 :
		base_error(err, ETIMEDOUT, "the jail that runs the sandbox "
			   "(%d) does not answer", (int)entry->jail);
}

static int receive(struct client *self, struct join_answer *answer, int fds[3],
		   size_t *count, struct error *err)
{
	ssize_t size = join_receive(self->socket, answer, sizeof(*answer), fds,
				    count);

	if (size == -EAGAIN)
		return 0;
	if (size != sizeof(*answer))
		return say_gone(err);
	answer->text[sizeof(answer->text) - 1] = '\0';
	return 1;
}

/* Its files are those of its terminal. */
static int hear_start(struct client *self, const struct enforce_running *entry,
		      struct error *err)
{
	struct join_answer answer;
	int fds[3];
	size_t count = 0;
	int ret = wait_for_answer(self, entry, err);

	if (ret == 0)
		ret = receive(self, &answer, fds, &count, err);
	if (ret < 0)
		return ret;
	if (answer.event == JOIN_STARTED && count == 2 && self->has_terminal) {
		self->terminal.master = fds[0];
		self->terminal.messages = fds[1];
		return 0;
	}
	while (count)
		close(fds[--count]);
	if (answer.event == JOIN_STARTED && !self->has_terminal)
		return 0;
	return answer.event == JOIN_FAILED ? say_failure(self, &answer, err) :
		base_error(err, EBADMSG, "the jail that runs the sandbox gives "
			   "an answer that is none");
}

/* ---- signals ------------------------------------------------------------ */

static const int passed_on[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1,
				SIGUSR2, SIGALRM};

static int open_signals(struct client *self, sigset_t *old, struct error *err)
{
	sigset_t mask;

	sigemptyset(&mask);
	for (size_t i = 0; i < ARRAY_SIZE(passed_on); i++)
		sigaddset(&mask, passed_on[i]);
	sigaddset(&mask, SIGTSTP);
	sigaddset(&mask, SIGCONT);
	sigaddset(&mask, SIGWINCH);
	sigaddset(&mask, SIGPIPE);
	self->signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (self->signals < 0 || sigprocmask(SIG_BLOCK, &mask, old) < 0)
		return base_error(err, errno, "cannot read signals: %m");
	return 0;
}

static void order(const struct client *self, int signal, bool group)
{
	const struct join_order order = {(uint32_t)signal, group};

	(void)join_send(self->socket, &order, sizeof(order), NULL, 0, 0);
}

/* For the shell to see; whoever continues us continues the program. */
static void stop(struct client *self)
{
	if (self->has_terminal)
		join_terminal_restore(&self->terminal);
	kill(getpid(), SIGSTOP);
	if (self->has_terminal)
		join_terminal_raw(&self->terminal);
	order(self, SIGCONT, true);
}

/* A terminal that is gone: its program's hangs up with our end. */
static int on_signal(struct client *self, const struct signalfd_siginfo *info,
		     struct error *err)
{
	int signal = (int)info->ssi_signo;
	bool of_terminal = info->ssi_code == SI_KERNEL;

	if (signal == SIGHUP && self->has_terminal) {
		base_close(&self->terminal.master);
		base_close(&self->terminal.messages);
		*self->status = SIGHUP;
		return base_error(err, EIO, "the terminal is gone");
	}
	if (signal == SIGWINCH && self->has_terminal)
		join_terminal_resize(&self->terminal);
	else if (signal == SIGTSTP && self->has_terminal)
		stop(self);
	else if (signal != SIGWINCH && signal != SIGPIPE && signal != SIGCONT)
		order(self, signal, of_terminal);
	return 0;
}

static int read_signals(struct client *self, struct error *err)
{
	struct signalfd_siginfo info;
	int ret = 0;

	while (ret == 0 &&
	       read(self->signals, &info, sizeof(info)) == sizeof(info))
		ret = on_signal(self, &info, err);
	return ret;
}

/* ---- while it runs ------------------------------------------------------ */

static int hear(struct client *self, struct error *err)
{
	struct join_answer answer;
	int fds[3];
	size_t count;
	int ret = receive(self, &answer, fds, &count, err);

	while (count)
		close(fds[--count]);
	if (ret <= 0)
		return ret;
	switch (answer.event) {
	case JOIN_STOPPED:
		stop(self);
		return 0;
	case JOIN_ENDED:
		*self->status = answer.value;
		self->ended = true;
		return 0;
	}
	return say_failure_late(self, &answer, err);
}

static int step(struct client *self, struct error *err)
{
	struct pollfd fds[5] = {
		{self->socket, POLLIN, 0}, {self->signals, POLLIN, 0},
		{-1, 0, 0}, {-1, 0, 0}, {-1, 0, 0},
	};
	int ret = 0;

	if (self->has_terminal)
		join_terminal_poll(&self->terminal, fds + 2);
	if (poll(fds, ARRAY_SIZE(fds), -1) < 0)
		return errno == EINTR ? 0 :
			base_error(err, errno, "cannot wait for the program: "
				   "%m");
	if (self->has_terminal)
		join_terminal_step(&self->terminal, fds + 2);
	if (fds[1].revents)
		ret = read_signals(self, err);
	return ret == 0 && fds[0].revents ? hear(self, err) : ret;
}

static int attend(struct client *self, struct error *err)
{
	sigset_t old;
	int ret = open_signals(self, &old, err);

	if (ret < 0)
		return ret;
	if (self->has_terminal)
		ret = join_terminal_begin(&self->terminal, err);
	while (ret == 0 && !self->ended)
		ret = step(self, err);
	if (self->has_terminal)
		join_terminal_end(&self->terminal);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return ret;
}

int enforce_join(const struct enforce_running *entry,
		 const struct enforce_joining *joining, int *status,
		 struct error *err)
{
	cleanup_close int program = -1, socket = -1, signals = -1;
	struct client self = {
		.socket = -1, .signals = -1,
		.has_terminal = joining->terminal, .status = status,
		.terminal = {.master = -1, .messages = -1},
	};
	int ret;

	*status = W_EXITCODE(125, 0);
	if (entry->uid != geteuid())
		return base_error(err, EPERM, JOIN_OTHERS, entry->uid);
	ret = enforce_registry_verify(entry, &program, err);
	if (ret == 0)
		ret = socket = door_enter(entry, err);
	if (ret >= 0)
		ret = send_request(socket, joining, err);
	self.socket = socket;
	if (ret == 0)
		ret = hear_start(&self, entry, err);
	if (ret == 0)
		ret = attend(&self, err);
	signals = self.signals;
	base_close(&self.terminal.master);
	base_close(&self.terminal.messages);
	return ret;
}
