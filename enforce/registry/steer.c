/* SPDX-License-Identifier: MIT */
/*
 * Steering: signals for the program of a sandbox, and its end. By pidfd, of
 * processes that were verified after they were opened: what an entry says is
 * not enough to end anything.
 */
#include <poll.h>
#include <string.h>
#include <sys/syscall.h>

#include "enforce/registry/registry.h"

#define AFTER_KILL INT64_C(5000000)	/* microseconds until all are gone */
#define AFTER_END 2000			/* milliseconds for jail to tidy up */
#define AFTER_PROGRAM INT64_C(200000)	/* for the end of what ends with it */

static int send_signal(int pidfd, int signal)
{
	return syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) < 0 ?
	       -errno : 0;
}

static bool has_ended(int pidfd)
{
	struct pollfd fd = {pidfd, POLLIN, 0};

	return pidfd < 0 || poll(&fd, 1, 0) > 0;
}

int enforce_signal(const struct enforce_running *entry, int signal,
		   struct error *err)
{
	cleanup_close int program = -1;
	int ret = enforce_registry_verify(entry, &program, err);

	if (ret < 0)
		return ret;
	if (base_process_start(entry->program) != entry->start)
		return base_error(err, ESRCH, "its program has ended, and "
				  "others of the sandbox go on (wait-all)");
	ret = send_signal(program, signal);
	return ret == 0 ? 0 :
		base_error(err, -ret, "cannot send it a signal: %s",
			   strerror(-ret));
}

/* ---- the end ------------------------------------------------------------ */

static int open_process(pid_t pid)
{
	return pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
}

int enforce_stop_begin(const struct enforce_running *entry,
		       struct enforce_stopping *stopping, struct error *err)
{
	cleanup_close int again = -1;
	int ret = enforce_registry_verify(entry, &stopping->program, err);

	stopping->init = stopping->jail = -1;
	stopping->over = false;
	if (ret < 0) {
		stopping->program = -1;
		return ret;
	}
	/* What is verified now, these are of. */
	stopping->init = open_process(entry->init);
	stopping->jail = open_process(entry->jail);
	ret = enforce_registry_verify(entry, &again, err);
	if (ret == -ESRCH) {
		/* It ended by itself, and this may be another's. */
		base_close(&stopping->init);
		return 0;
	}
	if (ret < 0) {
		enforce_stop_close(stopping);
		return ret;
	}
	stopping->over = base_process_start(entry->program) != entry->start;
	if (!stopping->over)
		ret = send_signal(stopping->program, SIGTERM);
	/* A jail that is stopped would reap nothing, and so nothing end. */
	if (ret == 0) {
		(void)send_signal(stopping->program, SIGCONT);
		(void)send_signal(stopping->jail, SIGCONT);
	}
	if (ret == 0 || ret == -ESRCH)
		return 0;
	enforce_stop_close(stopping);
	return base_error(err, -ret, "cannot send it a signal: %s",
			  strerror(-ret));
}

static bool both_ended(const struct enforce_stopping *stopping)
{
	return has_ended(stopping->program) && has_ended(stopping->init);
}

/* Until both have ended; false: the time is up. */
static bool wait_until(const struct enforce_stopping *stopping, int64_t until)
{
	while (!both_ended(stopping)) {
		struct pollfd fd = {
			has_ended(stopping->program) ? stopping->init :
						       stopping->program,
			POLLIN, 0};
		int64_t left = (until - base_now_monotonic() + 999) / 1000;

		if (left <= 0)
			return false;
		poll(&fd, 1, left > INT32_MAX ? INT32_MAX : (int)left);
	}
	return true;
}

/* With init all in the sandbox die; the guard of a program that is PID 1 is not
 * in it. */
int enforce_stop_end(struct enforce_stopping *stopping, int64_t until,
		     bool *killed, struct error *err)
{
	struct pollfd jail = {stopping->jail, POLLIN, 0};
	int64_t soon = base_now_monotonic() + AFTER_PROGRAM;

	if (stopping->over && soon < until)
		until = soon;
	*killed = !wait_until(stopping, until);
	if (*killed) {
		(void)send_signal(stopping->init, SIGKILL);
		(void)send_signal(stopping->program, SIGKILL);
		if (!wait_until(stopping, base_now_monotonic() + AFTER_KILL))
			return base_error(err, EBUSY, "it was killed, and has "
					  "not ended: it may wait for a disk "
					  "or the network");
	}
	if (stopping->jail >= 0)
		(void)poll(&jail, 1, AFTER_END);
	return 0;
}

void enforce_stop_close(struct enforce_stopping *stopping)
{
	base_close(&stopping->program);
	base_close(&stopping->init);
	base_close(&stopping->jail);
}
