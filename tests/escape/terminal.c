/* SPDX-License-Identifier: MIT */
/*
 * Attempts on the terminal: characters put into its input, which the shell
 * outside would read as a command. stdin is the terminal.
 */
#include "escape.h"

#include <linux/tiocl.h>
#include <sys/ioctl.h>
#include <termios.h>

static int push(int fd, unsigned long request)
{
	for (const char *p = "pushed\n"; *p; p++)
		if (syscall(SYS_ioctl, fd, request, p) < 0)
			return refused("TIOCSTI");
	return DONE;
}

static int try_push(char **args)
{
	(void)args;
	return push(0, TIOCSTI);
}

/* The kernel looks at 32 bits of the request. */
static int try_push_high(char **args)
{
	(void)args;
	return push(0, TIOCSTI | 1ul << 32);
}

static int try_push_open(char **args)
{
	int fd = open(args[0], O_RDWR);

	return fd < 0 ? refused(args[0]) : push(fd, TIOCSTI);
}

static int try_push_int80(char **args)
{
	char *text = low_memory("pushed\n");

	(void)args;
	for (; *text; text++) {
		long result = int80(54, 0, TIOCSTI, (long)text);

		if (result < 0) {
			errno = (int)-result;
			return refused("TIOCSTI");
		}
	}
	return DONE;
}

/* The shift state of a console: of TIOCLINUX's commands one that only asks. */
static int try_console(char **args)
{
	char what = TIOCL_GETSHIFTSTATE;
	int fd = args[0] ? open(args[0], O_RDWR | O_NOCTTY) : 0;

	return fd < 0 ? refused(args[0]) :
		outcome("TIOCLINUX", ioctl(fd, TIOCLINUX, &what));
}

const struct attempt attempts_terminal[] = {
	{"push", try_push, 0},
	{"push_high", try_push_high, 0},
	{"push_open", try_push_open, 1},	/* TERMINAL */
	{"push_int80", try_push_int80, 0},
	{"console", try_console, 0},	/* [TERMINAL] */
	{NULL, NULL, 0}};
