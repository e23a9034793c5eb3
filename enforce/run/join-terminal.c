/* SPDX-License-Identifier: MIT */
/*
 * Two terminals: the user's, whose every byte is passed on as it is typed, and
 * the program's in the sandbox, which makes lines and signals of them. The
 * user's is set back whenever we stop and when we end.
 *
 * What is typed waits here while the program does not read; what it prints
 * waits there while the user's terminal takes nothing.
 */
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>

#include "enforce/run/join.h"

#define IN 0
#define PROGRAM 1
#define MESSAGES 2
#define REST 1000		/* milliseconds for what it printed last */

void join_terminal_raw(struct join_terminal *terminal)
{
	struct termios raw;

	if (terminal->raw || tcgetattr(STDIN_FILENO, &terminal->saved) < 0)
		return;
	raw = terminal->saved;
	cfmakeraw(&raw);
	/* In the background it stops us, until we are in front. */
	terminal->raw = tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
	join_terminal_resize(terminal);
}

void join_terminal_restore(struct join_terminal *terminal)
{
	if (terminal->raw)
		(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal->saved);
	terminal->raw = false;
}

/* The kernel tells the program, if it is another one. */
void join_terminal_resize(const struct join_terminal *terminal)
{
	struct winsize size;

	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0 ||
	    ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		(void)ioctl(terminal->master, TIOCSWINSZ, &size);
}

int join_terminal_begin(struct join_terminal *terminal, struct error *err)
{
	int flags = fcntl(terminal->master, F_GETFL);

	if (flags < 0 || fcntl(terminal->master, F_SETFL,
			       flags | O_NONBLOCK) < 0 ||
	    fcntl(terminal->messages, F_SETFL, O_NONBLOCK) < 0)
		return base_error(err, errno, "cannot use the program's "
				  "terminal: %m");
	if (isatty(STDIN_FILENO))
		join_terminal_raw(terminal);
	return 0;
}

void join_terminal_poll(const struct join_terminal *terminal,
			struct pollfd fds[3])
{
	bool room = terminal->count < sizeof(terminal->pending);

	fds[IN] = (struct pollfd){
		terminal->eof || !room || terminal->master < 0 ? -1 :
		STDIN_FILENO, POLLIN, 0};
	fds[PROGRAM] = (struct pollfd){terminal->master, POLLIN, 0};
	if (terminal->count)
		fds[PROGRAM].events |= POLLOUT;
	fds[MESSAGES] = (struct pollfd){terminal->messages, POLLIN, 0};
}

/* ---- from the user ------------------------------------------------------ */

static void type(struct join_terminal *terminal)
{
	ssize_t done = write(terminal->master, terminal->pending,
			     terminal->count);

	if (done <= 0)
		return;
	terminal->count -= (size_t)done;
	memmove(terminal->pending, terminal->pending + done, terminal->count);
}

/* The end of a file is what Ctrl-D is; a terminal that is gone hangs up. */
static void read_input(struct join_terminal *terminal)
{
	char *at = terminal->pending + terminal->count;
	ssize_t got = read(STDIN_FILENO, at,
			   sizeof(terminal->pending) - terminal->count);

	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (got > 0) {
		terminal->count += (size_t)got;
		return;
	}
	terminal->eof = true;
	if (got < 0 || isatty(STDIN_FILENO)) {
		base_close(&terminal->master);
		return;
	}
	*at = '\x04';
	terminal->count++;
}

/* ---- from the program --------------------------------------------------- */

/* False: there is nothing more. */
static bool show(struct join_terminal *terminal)
{
	char bytes[4096];
	ssize_t got = read(terminal->master, bytes, sizeof(bytes));

	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return errno == EINTR;
	if (got <= 0 || base_write_patiently(STDOUT_FILENO, bytes, (size_t)got,
					     -1) < 0) {
		base_close(&terminal->master);
		return false;
	}
	return true;
}

/* jail's own lines: the user's terminal makes no line of a newline now. */
static bool show_message(struct join_terminal *terminal)
{
	char bytes[2048], out[2 * sizeof(bytes)];
	ssize_t got = read(terminal->messages, bytes, sizeof(bytes));
	size_t size = 0;

	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return errno == EINTR;
	if (got <= 0) {
		base_close(&terminal->messages);
		return false;
	}
	for (ssize_t i = 0; i < got; i++) {
		if (bytes[i] == '\n' && terminal->raw)
			out[size++] = '\r';
		out[size++] = bytes[i];
	}
	(void)base_write_patiently(STDERR_FILENO, out, size, -1);
	return true;
}

void join_terminal_step(struct join_terminal *terminal,
			const struct pollfd fds[3])
{
	if (fds[IN].revents)
		read_input(terminal);
	if (terminal->master >= 0 && terminal->count)
		type(terminal);
	if (terminal->master >= 0 && fds[PROGRAM].revents & ~POLLOUT)
		show(terminal);
	if (fds[MESSAGES].revents)
		show_message(terminal);
}

/* The program's end hangs its terminal up; until then a worker of the kernel
 * may have something left. */
void join_terminal_end(struct join_terminal *terminal)
{
	struct pollfd fds[] = {
		{terminal->master, POLLIN, 0},
		{terminal->messages, POLLIN, 0},
	};

	while ((terminal->master >= 0 || terminal->messages >= 0) &&
	       poll(fds, ARRAY_SIZE(fds), REST) > 0) {
		if (fds[0].revents)
			show(terminal);
		if (fds[1].revents)
			show_message(terminal);
		fds[0].fd = terminal->master;
		fds[1].fd = terminal->messages;
	}
	join_terminal_restore(terminal);
}
