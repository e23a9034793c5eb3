/* SPDX-License-Identifier: MIT */
/*
 * What a service manager hands over: listening sockets (sd_listen_fds(3)) and
 * the duty to say that all is well (sd_watchdog_enabled(3)). Both are for one
 * process, which LISTEN_PID and WATCHDOG_PID name by its number. That is jail,
 * but they are meant for the program, whose number is another one, and yet
 * another one in its namespace: without this it would find no socket, and be
 * ended by a watchdog that it knows nothing of. What names another process is
 * left as it is.
 *
 * The socket of sd_notify(3) is a matter of the profile, as other sockets are.
 */
#include <fcntl.h>
#include <string.h>

#include "enforce/sandbox/sandbox.h"

#define SOCKETS "LISTEN_PID"
#define FIRST 3			/* SD_LISTEN_FDS_START */

static const char *const named[] = {SOCKETS, "WATCHDOG_PID"};

static bool names(const char *variable, pid_t pid)
{
	const char *value = getenv(variable);
	uint64_t number;

	return value && base_parse_number(value, INT32_MAX, &number) == 0 &&
	       (pid_t)number == pid;
}

int enforce_handed(struct enforce_plan *plan, struct error *err)
{
	const char *text = getenv("LISTEN_FDS");
	uint64_t count, left = ARRAY_SIZE(plan->keep_fds) -
			       plan->keep_fd_count;

	plan->handed_to = getpid();
	if (!names(SOCKETS, plan->handed_to) || !text)
		return 0;
	if (base_parse_number(text, left, &count) < 0)
		return base_error(err, EINVAL, "LISTEN_FDS=%.20s is no number "
				  "of sockets up to %d; give the program fewer",
				  text, (int)left);
	for (int fd = FIRST; fd < FIRST + (int)count; fd++) {
		if (fcntl(fd, F_GETFD) != 0) /* closed, or one of our own */
			return base_error(err, EBADF, "LISTEN_FDS=%s, but "
					  "descriptor %d was not open when "
					  "jail started; hand it over, or "
					  "unset LISTEN_PID", text, fd);
		plan->keep_fds[plan->keep_fd_count++] = fd;
	}
	return 0;
}

int handed_apply(const struct enforce_plan *plan, struct error *err)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", (int)getpid());
	for (size_t i = 0; plan->handed_to && i < ARRAY_SIZE(named); i++)
		if (names(named[i], plan->handed_to) &&
		    setenv(named[i], number, 1) < 0)
			return base_error(err, ENOMEM, "out of memory");
	return 0;
}
