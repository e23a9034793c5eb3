/* SPDX-License-Identifier: MIT */
/*
 * keys: single keys of a terminal, without Enter. Only while a question waits
 * is the terminal's mode changed, and only by who is in its foreground: what
 * another program made of it is not ours to undo. Ctrl-C and Ctrl-Z stay
 * signals, so whoever handles them has to call keys_end() before he dies or
 * stops.
 */
#include <fcntl.h>
#include <poll.h>

#include "cli/offer.h"

enum { ESCAPE = 27 };

static bool in_foreground(int fd)
{
	return tcgetpgrp(fd) == getpgrp();
}

bool keys_open(struct keys *keys, bool tty)
{
	*keys = (struct keys){.fd = -1};
	if (tty) {
		keys->fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
		keys->owned = keys->fd >= 0;
	} else if (isatty(STDIN_FILENO) && isatty(STDERR_FILENO)) {
		keys->fd = STDIN_FILENO;
	}
	if (keys->fd >= 0 && in_foreground(keys->fd))
		return true;
	keys_close(keys);
	return false;
}

void keys_begin(struct keys *keys)
{
	struct termios mode;

	if (keys->fd < 0 || tcgetattr(keys->fd, &mode) < 0)
		return;
	/* After a stop the shell may have given us its own mode back. */
	if (!keys->raw || (mode.c_lflag & ICANON))
		keys->was = mode;
	mode.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	mode.c_lflag |= ISIG;
	/* A program that was killed may have left a screen of its own. */
	mode.c_oflag |= OPOST | ONLCR;
	mode.c_cc[VMIN] = 1;
	mode.c_cc[VTIME] = 0;
	keys->raw = tcsetattr(keys->fd, TCSANOW, &mode) == 0;
}

void keys_end(struct keys *keys)
{
	if (keys->raw && in_foreground(keys->fd))
		tcsetattr(keys->fd, TCSANOW, &keys->was);
	keys->raw = false;
}

/* The next byte; 0: none is there; -1: there will be no more. */
static int next_byte(const struct keys *keys)
{
	struct pollfd poller = {.fd = keys->fd, .events = POLLIN};
	unsigned char byte;
	ssize_t got;

	if (poll(&poller, 1, 0) <= 0)
		return 0;
	got = read(keys->fd, &byte, 1);
	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	if (got <= 0)
		return -1;
	if (keys->raw && byte && byte == keys->was.c_cc[VEOF])
		return -1;
	return byte;
}

/* The rest of what an arrow or a function key sends, which comes at once
 * (ECMA-48, 5.4: parameters, then a final byte from @ to ~). */
static void swallow_sequence(const struct keys *keys)
{
	int byte = next_byte(keys);

	if (byte == 'O')
		next_byte(keys);
	if (byte != '[')
		return;
	do
		byte = next_byte(keys);
	while (byte >= ' ' && byte < '@');
}

int keys_read(struct keys *keys)
{
	int byte;

	if (keys->fd < 0)
		return -1;
	do {
		byte = next_byte(keys);
		if (byte == ESCAPE)
			swallow_sequence(keys);
	} while (byte > 0 && (byte <= ' ' || byte >= 127));
	return byte;
}

void keys_close(struct keys *keys)
{
	if (keys->fd >= 0)
		keys_end(keys);
	if (keys->owned)
		close(keys->fd);
	*keys = (struct keys){.fd = -1};
}
