/* SPDX-License-Identifier: MIT */
/* The kernel's own count of lost records: auditlog/status.h. */
#include <libaudit.h>
#include <poll.h>

#include "auditlog/status.h"
#include "base/base.h"

/* Between a reason and the question, in microseconds. */
#define DELAY 1000000
/* For the answer, in milliseconds: the kernel gives it at once. */
#define PATIENCE 100

/* The library has read the acknowledgement when the request returns. */
static int ask(int fd, uint32_t *lost)
{
	struct pollfd answer = { .fd = fd, .events = POLLIN };
	struct audit_reply reply;

	if (audit_request_status(fd) < 0)
		return -EPERM;
	while (poll(&answer, 1, PATIENCE) > 0) {
		if (audit_get_reply(fd, &reply, GET_REPLY_NONBLOCKING, 0) <= 0)
			break;
		if (reply.type == AUDIT_GET) {
			*lost = reply.status->lost;
			return 0;
		}
		if (reply.type == NLMSG_ERROR && reply.error->error < 0)
			return reply.error->error;
	}
	return -EIO;
}

void status_open(struct status *status)
{
	set_aumessage_mode(MSG_QUIET, DBG_NO);
	*status = (struct status){ .fd = audit_open() };
	if (status->fd >= 0 && ask(status->fd, &status->lost) < 0)
		status_close(status);
}

void status_close(struct status *status)
{
	base_close(&status->fd);
	status->due = 0;
}

void status_want(struct status *status)
{
	if (status->fd >= 0 && status->due == 0)
		status->due = base_now_monotonic() + DELAY;
}

int status_timeout(const struct status *status)
{
	int64_t left = status->due - base_now_monotonic();

	if (status->due == 0)
		return -1;
	return left <= 0 ? 0 : (int)(left / 1000) + 1;
}

uint32_t status_ask(struct status *status)
{
	uint32_t before = status->lost;

	status->due = 0;
	if (ask(status->fd, &status->lost) < 0)
		return 0;
	return status_more(before, status->lost);
}
