/* SPDX-License-Identifier: MIT */
/*
 * The audit socket, live: the multicast group that everybody may read along who
 * has CAP_AUDIT_READ, beside auditd or without it. Nothing is set, and auditd's
 * place (AUDIT_SET of a pid) is never taken.
 *
 * A thread empties the socket (auditlog/reader.h); here its lines are parsed.
 * What is lost shows in three ways, and is counted once: numbers of events that
 * never came, with a socket that was full or without; records for which there
 * was no room; and, where CAP_AUDIT_CONTROL lets us ask, the kernel's own count
 * (status.c). The kernel may lose a record before it has a number or after:
 * so the larger of both is what was lost on its side.
 */
#include <linux/audit.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include "auditlog/reader.h"
#include "auditlog/source.h"
#include "auditlog/status.h"

#define BUFFER (64 << 20)
/* At once, auditlog_read(): bytes and microseconds. */
#define BUDGET_BYTES (4u << 20)
#define BUDGET_TIME 20000
#define SLICE (256u << 10)
/* So many records at once may overflow the kernel's own queue, which holds 64
 * unless auditd enlarged it. */
#define BURST 64

struct netlink {
	struct auditlog_source base;
	struct reader reader;
	struct reader_news news;	/* what is being parsed */
	size_t at;
	struct status status;
	uint64_t gaps, kernel, told;	/* lost before the socket */
};

/* ---- opening ---------------------------------------------------------- */

/* The kernel sends to the first network namespace alone; in others the socket
 * can be had, and stays silent. Some of its settings are only there. */
static bool is_elsewhere(void)
{
	return access("/proc/sys/net/core", F_OK) == 0 &&
	       access("/proc/sys/net/core/netdev_budget", F_OK) < 0 &&
	       errno == ENOENT;
}

static int refused(int code, struct error *err)
{
	if (code == EPERM || code == EACCES)
		return base_error(err, code, "reading the kernel's audit "
				  "records needs CAP_AUDIT_READ on the host "
				  "(root)");
	if (code == EPROTONOSUPPORT || code == EAFNOSUPPORT)
		return base_error(err, code, "this kernel has no audit "
				  "records; its log may have them: kmsg");
	if (code == ECONNREFUSED)
		return base_error(err, code, "the kernel sends audit records "
				  "to the host's own network namespace alone, "
				  "and this is another");
	return base_error(err, code, "cannot read the kernel's audit records: "
			  "%s", strerror(code));
}

/* The largest buffer that may be had. What was asked for is doubled by the
 * kernel for its own needs (socket(7)). */
static void enlarge(int fd)
{
	int size = BUFFER;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size,
				 sizeof(size));
}

static int open_socket(struct error *err)
{
	struct sockaddr_nl group = {
		.nl_family = AF_NETLINK,
		.nl_groups = 1u << (AUDIT_NLGRP_READLOG - 1),
	};
	cleanup_close int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC |
				      SOCK_NONBLOCK, NETLINK_AUDIT);

	if (fd < 0)
		return refused(errno, err);
	enlarge(fd);
	if (bind(fd, (struct sockaddr *)&group, sizeof(group)) < 0)
		return refused(errno, err);
	if (is_elsewhere())
		return refused(ECONNREFUSED, err);
	return take_fd(&fd);
}

static void netlink_close(struct auditlog_source *source)
{
	struct netlink *netlink = (struct netlink *)source;

	reader_close(&netlink->reader);
	status_close(&netlink->status);
	free(netlink->news.lines);
	free(netlink);
}

static int netlink_open(struct auditlog_source **source,
			const struct auditlog_options *options,
			struct error *err)
{
	struct netlink *netlink;
	int ret;
	int fd = open_socket(err);

	(void)options;
	if (fd < 0)
		return fd;
	netlink = calloc(1, sizeof(*netlink));
	if (!netlink) {
		base_close(&fd);
		return base_error(err, ENOMEM, "out of memory");
	}
	ret = reader_open(&netlink->reader, fd, err);
	if (ret < 0) {
		free(netlink);
		return ret;
	}
	status_open(&netlink->status);
	netlink->base.about = (struct auditlog_about){
		.name = "netlink",
		.text = "the kernel's audit socket",
		.complete = true,
		.local = true,
	};
	*source = &netlink->base;
	return 0;
}

/* ---- loss ------------------------------------------------------------- */

static void tell(const struct auditlog_sink *sink,
		 enum auditlog_loss_kind kind, uint64_t count,
		 const char *detail)
{
	struct auditlog_loss loss = {
		.kind = kind, .count = count, .time = base_now(),
	};

	snprintf(loss.detail, sizeof(loss.detail), "%s", detail);
	if (sink->loss)
		sink->loss(sink->data, &loss);
}

/* What the kernel lost, known in two ways: only what is new in the larger. */
static void tell_kernel(struct netlink *netlink,
			const struct auditlog_sink *sink,
			enum auditlog_loss_kind kind)
{
	uint64_t lost = netlink->gaps > netlink->kernel ? netlink->gaps :
			netlink->kernel;

	if (lost > netlink->told)
		tell(sink, kind, lost - netlink->told, "");
	netlink->told = lost;
}

static void tell_losses(struct netlink *netlink,
			const struct auditlog_sink *sink)
{
	const struct reader_news *news = &netlink->news;

	netlink->gaps += news->gaps;
	tell_kernel(netlink, sink, AUDITLOG_LOST_SERIALS);
	if (news->overrun > 0)
		tell(sink, AUDITLOG_LOST_OVERRUN, news->overrun, "");
	if (news->unknown)
		tell(sink, AUDITLOG_LOST_OVERRUN, 0, "");
	if (news->dropped > 0)
		tell(sink, AUDITLOG_LOST_OVERRUN, news->dropped,
		     "64 MiB of records were waiting");
	if (news->gaps > 0 || news->overrun > 0 || news->unknown ||
	    news->messages >= BURST)
		status_want(&netlink->status);
}

static void ask_kernel(struct netlink *netlink,
		       const struct auditlog_sink *sink)
{
	netlink->kernel += status_ask(&netlink->status);
	tell_kernel(netlink, sink, AUDITLOG_LOST_KERNEL);
}

/* ---- reading ---------------------------------------------------------- */

/* Up to the budget of the lines that were taken. 1: some are left. */
static int scan(struct netlink *netlink, const struct auditlog_sink *sink)
{
	struct auditlog_counts *counts = &netlink->base.about.counts;
	int64_t until = base_now_monotonic() + BUDGET_TIME;
	uint64_t bytes = counts->bytes;
	size_t done = 0;

	while (netlink->at < netlink->news.size) {
		size_t left = netlink->news.size - netlink->at, used = 0;
		int ret = auditlog_scan(netlink->news.lines + netlink->at,
					left < SLICE ? left : SLICE, false,
					&used, counts, sink);

		/* Lines are whole: what has no end is none. */
		netlink->at += used > 0 ? used : left;
		counts->bytes = bytes;
		if (ret < 0)
			return ret;
		done += used;
		if (done >= BUDGET_BYTES || base_now_monotonic() >= until)
			break;
	}
	return netlink->at < netlink->news.size;
}

static int netlink_read(struct auditlog_source *source,
			const struct auditlog_sink *sink, struct error *err)
{
	struct netlink *netlink = (struct netlink *)source;
	int ret;

	if (netlink->at == netlink->news.size) {
		reader_take(&netlink->reader, &netlink->news);
		netlink->at = 0;
		source->about.counts.bytes += netlink->news.bytes;
		tell_losses(netlink, sink);
	}
	ret = scan(netlink, sink);
	if (ret != 0)
		return ret;
	if (netlink->news.code < 0)
		return refused(-netlink->news.code, err);
	if (netlink->news.size > 0)
		return 1;
	if (status_timeout(&netlink->status) == 0 ||
	    (!source->follow && status_timeout(&netlink->status) > 0))
		ask_kernel(netlink, sink);
	return source->follow ? 0 : -ENODATA;
}

static void netlink_stop(struct auditlog_source *source)
{
	reader_stop(&((struct netlink *)source)->reader);
}

static int netlink_fd(const struct auditlog_source *source)
{
	return ((const struct netlink *)source)->reader.wake;
}

static int netlink_timeout(const struct auditlog_source *source)
{
	return status_timeout(&((const struct netlink *)source)->status);
}

const struct source_kind source_netlink = {
	.name = "netlink",
	.open = netlink_open,
	.close = netlink_close,
	.fd = netlink_fd,
	.timeout = netlink_timeout,
	.read = netlink_read,
	.stop = netlink_stop,
};
