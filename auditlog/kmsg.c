/* SPDX-License-Identifier: MIT */
/*
 * The kernel's log as /dev/kmsg gives it: one message a read(2),
 *
 *   PRIORITY,SEQUENCE,MICROSECONDS,FLAGS[,MORE];TEXT\n KEY=VALUE\n...
 *
 * (Documentation/ABI/testing/dev-kmsg). Of facility 0 is only what the kernel
 * wrote itself. Records come here while no auditd takes them, but for those
 * that the rate limit of printk withheld, which the kernel says afterwards, and
 * those that the ring has overwritten, which the sequence shows.
 *
 * The position is the boot's id and the sequence of the last message.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "auditlog/kmsg.h"

/* What a reader has to be ready for is 8192. */
#define MESSAGE_MOST 8192
#define BUDGET_TIME 20000

struct kmsg {
	struct auditlog_source base;
	int fd;
	char boot_id[64];
	bool any;		/* next is known */
	uint64_t next;		/* the sequence of the next message */
	char bytes[MESSAGE_MOST + 1];
};

/* ---- opening ---------------------------------------------------------- */

static int open_device(struct error *err)
{
	cleanup_close int fd = open("/dev/kmsg", O_RDONLY | O_CLOEXEC |
				    O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 && (errno == EPERM || errno == EACCES))
		return base_error(err, errno, "reading the kernel's log needs "
				  "CAP_SYSLOG (root), or kernel.dmesg_restrict "
				  "to be 0 and a /dev/kmsg that you may open");
	if (fd < 0)
		return base_error(err, errno, "cannot open /dev/kmsg: %s",
				  strerror(errno));
	/* In a container it may be somebody's file. */
	if (fstat(fd, &st) < 0 || !S_ISCHR(st.st_mode) ||
	    st.st_rdev != makedev(1, 11))
		return base_error(err, ENODEV, "/dev/kmsg is not the kernel's "
				  "log here");
	return take_fd(&fd);
}

/* Of another boot nothing is left; of this one, the messages since. */
static void go_on(struct kmsg *kmsg, const char *position)
{
	size_t length = strlen(kmsg->boot_id);
	uint64_t last;

	if (!position || strncmp(position, kmsg->boot_id, length) != 0 ||
	    position[length] != ' ' ||
	    base_parse_number(position + length + 1, UINT64_MAX - 1, &last) < 0)
		return;
	kmsg->any = true;
	kmsg->next = last + 1;
}

static void kmsg_close(struct auditlog_source *source)
{
	struct kmsg *kmsg = (struct kmsg *)source;

	base_close(&kmsg->fd);
	free(kmsg);
}

int kmsg_source(struct auditlog_source **source, int fd, const char *boot_id,
		const char *position, struct error *err)
{
	struct kmsg *kmsg = calloc(1, sizeof(*kmsg));

	if (!kmsg) {
		base_close(&fd);
		return base_error(err, ENOMEM, "out of memory");
	}
	kmsg->fd = fd;
	snprintf(kmsg->boot_id, sizeof(kmsg->boot_id), "%s", boot_id);
	go_on(kmsg, position);
	kmsg->base.kind = &source_kmsg;
	kmsg->base.about = (struct auditlog_about){
		.name = "kmsg",
		.text = "the kernel's log, which has at most ten records in "
			"five seconds, and none while auditd runs",
		.local = true,
	};
	*source = &kmsg->base;
	return 0;
}

static int kmsg_open(struct auditlog_source **source,
		     const struct auditlog_options *options, struct error *err)
{
	char boot_id[37];
	int fd = open_device(err);

	if (fd < 0)
		return fd;
	return kmsg_source(source, fd, base_boot_id(boot_id),
			   options->position, err);
}

/* ---- one message ------------------------------------------------------ */

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' :
	       c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The text in its place: up to the first newline, \xNN undone. Its length. */
static size_t decode(char *text, size_t length)
{
	size_t n = 0;

	for (size_t i = 0; i < length && text[i] != '\n'; i++) {
		int high = -1, low = -1;

		if (length - i > 3 && text[i] == '\\' && text[i + 1] == 'x') {
			high = hex_digit(text[i + 2]);
			low = hex_digit(text[i + 3]);
		}
		if (high >= 0 && low >= 0) {
			text[n++] = (char)(high << 4 | low);
			i += 3;
		} else {
			text[n++] = text[i];
		}
	}
	/* It is one line, whatever was written. */
	for (size_t i = 0; i < n; i++)
		if (text[i] == '\n' || text[i] == '\0')
			text[i] = ' ';
	return n;
}

/* A gap before SEQUENCE is a loss. False: it was handed on by a watch before
 * this one. */
static bool note_sequence(struct kmsg *kmsg, uint64_t sequence,
			  const struct auditlog_sink *sink)
{
	struct auditlog_loss loss = { .kind = AUDITLOG_LOST_KMSG };

	if (kmsg->any && sequence < kmsg->next)
		return false;
	if (kmsg->any && sequence > kmsg->next && sink->loss) {
		loss.count = sequence - kmsg->next;
		loss.time = base_now();
		sink->loss(sink->data, &loss);
	}
	return true;
}

static int take(struct kmsg *kmsg, size_t size,
		const struct auditlog_sink *sink)
{
	struct auditlog_counts *counts = &kmsg->base.about.counts;
	char *text = memchr(kmsg->bytes, ';', size), *comma;
	uint64_t priority, sequence;
	size_t length, used;
	int ret = 0;

	counts->bytes += size;
	kmsg->bytes[size] = '\0';
	priority = strtoull(kmsg->bytes, &comma, 10);
	if (!text || *comma != ',') {
		counts->damaged++;
		return 0;
	}
	sequence = strtoull(comma + 1, NULL, 10);
	if (!note_sequence(kmsg, sequence, sink))
		return 0;
	length = decode(text + 1, size - (size_t)(text + 1 - kmsg->bytes));
	if (priority >> 3 == 0) {
		uint64_t bytes = counts->bytes;

		ret = auditlog_scan(text + 1, length, true, &used, counts,
				    sink);
		counts->bytes = bytes;
	}
	if (ret < 0)
		return ret;
	kmsg->any = true;
	kmsg->next = sequence + 1;
	return 0;
}

/* ---- reading ---------------------------------------------------------- */

static int kmsg_read(struct auditlog_source *source,
		     const struct auditlog_sink *sink, struct error *err)
{
	struct kmsg *kmsg = (struct kmsg *)source;
	int64_t until = base_now_monotonic() + BUDGET_TIME;

	while (base_now_monotonic() < until) {
		ssize_t size = read(kmsg->fd, kmsg->bytes, MESSAGE_MOST);
		int ret;

		/* EPIPE: what was next is overwritten, and the next message
		 * shows how much. EINVAL: longer than any message may be. */
		if (size < 0 && (errno == EPIPE || errno == EINTR ||
				 errno == EINVAL))
			continue;
		if (size < 0 && errno != EAGAIN)
			return base_error(err, errno, "cannot read /dev/kmsg: "
					  "%s", strerror(errno));
		if (size <= 0)
			return source->follow ? 0 : -ENODATA;
		ret = take(kmsg, (size_t)size, sink);
		if (ret < 0)
			return ret;
	}
	return 1;
}

static int kmsg_fd(const struct auditlog_source *source)
{
	return ((const struct kmsg *)source)->fd;
}

static void kmsg_position(const struct auditlog_source *source, char *out,
			  size_t size)
{
	const struct kmsg *kmsg = (const struct kmsg *)source;

	if (kmsg->any)
		snprintf(out, size, "%s %" PRIu64, kmsg->boot_id,
			 kmsg->next - 1);
}

const struct source_kind source_kmsg = {
	.name = "kmsg",
	.open = kmsg_open,
	.close = kmsg_close,
	.fd = kmsg_fd,
	.read = kmsg_read,
	.position = kmsg_position,
};
