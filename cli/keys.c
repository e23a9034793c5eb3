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

/* ---- what is no key ---------------------------------------------------- */

/* Arrows and function keys are sequences of bytes, and so is what the terminal
 * itself says: a program can have it report colours, its title, what was
 * clicked (ECMA-48, 5.4 and 5.6; xterm's ctlseqs), and choose what is in there.
 * None of that is an answer, also where it comes in pieces. */
enum {
	GROUND,
	ESCAPED,	/* behind ESC */
	SEQUENCE,	/* CSI: parameters, then a final byte from @ to ~;
			 * keys->more is the first of them, 1: or others */
	MORE,		/* bytes that may be anything: keys->more of them */
	STRING,		/* until ST, which is ESC \ or one byte, or BEL */
	STRING_ESCAPED
};

enum {
	ESC = 0x1b, BEL = 0x07, ST = 0x9c,
	PAUSE = 500000	/* microseconds: what comes then is typed */
};

static void swallow_more(struct keys *keys, unsigned count)
{
	keys->state = count ? MORE : GROUND;
	keys->more = count;
}

/* A control that is one byte, or ESC and the byte less 0x40. */
static void swallow_control(struct keys *keys, int byte)
{
	switch (byte) {
	case 0x8f: /* SS3 */
		swallow_more(keys, 1);
		keys->ss3 = true;
		break;
	case 0x9b:
		keys->state = SEQUENCE;
		keys->more = 0;
		break;
	case 0x90: case 0x98: case 0x9d: case 0x9e: case 0x9f:
		keys->state = STRING;
		break;
	default:
		keys->state = GROUND;
	}
}

/* The rest of a character in UTF-8. U+0080 to U+009F are controls. */
static void swallow_character(struct keys *keys, int byte)
{
	if (byte < 0xc0 || byte == 0xc2)
		swallow_control(keys, byte);
	else
		swallow_more(keys, byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3);
}

/* Behind ESC [ or ESC O: the key, where it moves. DIGIT: what stood before it,
 * or 0. */
static int move_of(const struct keys *keys, unsigned digit, int byte)
{
	static const struct {
		unsigned digit;
		int byte, key;
	} rows[] = {
		{0, 'A', KEYS_UP}, {0, 'B', KEYS_DOWN},
		{0, 'H', KEYS_HOME}, {0, 'F', KEYS_END},
		{'1', '~', KEYS_HOME}, {'4', '~', KEYS_END},
		{'7', '~', KEYS_HOME}, {'8', '~', KEYS_END},
		{'5', '~', KEYS_PAGE_UP}, {'6', '~', KEYS_PAGE_DOWN},
	};

	for (size_t i = 0; keys->moves && i < ARRAY_SIZE(rows); i++)
		if (rows[i].digit == digit && rows[i].byte == byte)
			return rows[i].key;
	return 0;
}

/* An old report of the mouse has three bytes behind its end. */
static int swallow_parameter(struct keys *keys, int byte)
{
	bool bare = !keys->more;
	int key = move_of(keys, keys->more, byte);

	if (byte == ESC)
		keys->state = ESCAPED;
	else if (byte >= '@' && byte <= '~')
		swallow_more(keys, byte == 'M' && bare ? 3 : 0);
	else
		keys->more = bare ? (unsigned)byte : 1;
	return key;
}

/* The key that BYTE is, or ends; 0: none. */
static int key_of(struct keys *keys, int byte)
{
	bool ss3;

	switch (keys->state) {
	case GROUND:
		if (byte == ESC)
			keys->state = ESCAPED;
		else if (byte >= 0x80)
			swallow_character(keys, byte);
		return (byte > ' ' && byte < 0x7f) ||
		       (keys->moves && byte == '\n') ? byte : 0;
	case ESCAPED:
		if (byte != ESC)
			swallow_control(keys, byte + 0x40);
		break;
	case SEQUENCE:
		return swallow_parameter(keys, byte);
	case MORE:
		swallow_more(keys, keys->more - 1);
		ss3 = keys->ss3;
		keys->ss3 = false;
		return ss3 ? move_of(keys, 0, byte) : 0;
	case STRING:
		keys->state = byte == ESC ? STRING_ESCAPED :
			      byte == BEL || byte == ST ? GROUND : STRING;
		break;
	case STRING_ESCAPED:
		keys->state = byte == ESC ? STRING_ESCAPED :
			      byte == '\\' ? GROUND : STRING;
		break;
	}
	return 0;
}

int keys_read(struct keys *keys)
{
	int byte, key;

	if (keys->fd < 0)
		return -1;
	while ((byte = next_byte(keys)) > 0) {
		int64_t now = base_now_monotonic();

		if (now - keys->heard > PAUSE)
			keys->state = GROUND;
		keys->heard = now;
		key = key_of(keys, byte);
		if (key)
			return key;
	}
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
