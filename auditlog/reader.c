/* SPDX-License-Identifier: MIT */
/* The thread that empties the audit socket: auditlog/reader.h. */
#include <linux/audit.h>
#include <linux/netlink.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "auditlog/reader.h"

/* A path of 4096 bytes in hexadecimal, and the rest of a record. */
#define MESSAGE_MOST 16384u
#define BATCH 64u

struct reader_batch {
	struct mmsghdr headers[BATCH];
	struct iovec pieces[BATCH];
	struct sockaddr_nl senders[BATCH];
	_Alignas(struct nlmsghdr) char bytes[BATCH][MESSAGE_MOST];
};

/* ---- news ------------------------------------------------------------- */

static bool make_room(struct reader_news *news, size_t more)
{
	size_t room = news->room ? news->room : 65536;
	char *lines;

	if (news->size + more <= news->room)
		return true;
	if (news->size + more > READER_MOST)
		return false;
	while (room < news->size + more)
		room *= 2;
	lines = realloc(news->lines, room);
	if (!lines)
		return false;
	news->lines = lines;
	news->room = room;
	return true;
}

/* The kernel ends no line within a record, and a target cannot: its strings
 * are in hexadecimal then. */
static void add_line(struct reader_news *news, unsigned type, const char *text,
		     size_t length)
{
	char head[32];
	size_t head_length = (size_t)snprintf(head, sizeof(head), "type=%u ",
					      type);
	char *at;

	if (!make_room(news, head_length + length + 1)) {
		news->dropped++;
		return;
	}
	at = news->lines + news->size;
	memcpy(at, head, head_length);
	memcpy(at + head_length, text, length);
	at[head_length + length] = '\n';
	news->size += head_length + length + 1;
}

static void add_loss(struct reader *reader, uint64_t lost)
{
	if (lost == 0)
		return;
	if (reader->full_since)
		reader->news.overrun += lost;
	else
		reader->news.gaps += lost;
	if (reader->serials.missing == 0)
		reader->full_since = 0;
}

/* The number N of "audit(SECONDS.MILLISECONDS:N): ". */
static bool find_serial(const char *text, size_t length, uint32_t *serial)
{
	const char *colon;
	uint64_t n = 0;

	if (length < 6 || memcmp(text, "audit(", 6) != 0)
		return false;
	length = length < 64 ? length : 64;
	colon = memchr(text, ':', length);
	if (!colon)
		return false;
	for (colon++; colon < text + length && *colon >= '0' && *colon <= '9';
	     colon++)
		n = n * 10 + (uint64_t)(*colon - '0');
	*serial = (uint32_t)n;
	return colon < text + length && *colon == ')';
}

/* Anybody can send to a netlink socket; only the kernel sends as 0. */
static void add_message(struct reader *reader, const struct sockaddr_nl *sender,
			const char *bytes, size_t size, int64_t now)
{
	const struct nlmsghdr *header = (const void *)bytes;
	const char *text = bytes + NLMSG_HDRLEN;
	uint32_t serial;
	size_t length;

	if (size < NLMSG_HDRLEN || sender->nl_pid != 0)
		return;
	length = size - NLMSG_HDRLEN;
	while (length > 0 && text[length - 1] == '\0')
		length--;
	reader->news.messages++;
	reader->news.bytes += size;
	if (find_serial(text, length, &serial))
		add_loss(reader, serials_note(&reader->serials, serial, now));
	if (header->nlmsg_type == AUDIT_SECCOMP ||
	    header->nlmsg_type == AUDIT_ANOM_ABEND)
		add_line(&reader->news, header->nlmsg_type, text, length);
}

static bool worth_waking(const struct reader_news *news)
{
	return news->size > 0 || news->gaps > 0 || news->overrun > 0 ||
	       news->unknown || news->dropped > 0 || news->code < 0;
}

/* ---- the thread ------------------------------------------------------- */

/* What was lost is the gap in the numbers, which shows with the next event. If
 * none comes, it is said that the number is not known. */
static void settle(struct reader *reader, int64_t now)
{
	add_loss(reader, serials_settle(&reader->serials, now));
	if (!reader->full_since || reader->full_told ||
	    now < reader->full_since + 2 * SERIALS_PATIENCE)
		return;
	reader->full_told = true;
	reader->news.unknown = true;
}

/* The last words: nobody waits any more. */
static void settle_all(struct reader *reader)
{
	struct serials *serials = &reader->serials;

	while (serials->deadline)
		add_loss(reader, serials_settle(serials, serials->deadline));
	reader->news.unknown |= reader->full_since && !reader->full_told;
}

static int patience(const struct reader *reader, int64_t now)
{
	int64_t until = reader->serials.deadline;

	if (reader->full_since && !reader->full_told && until == 0)
		until = reader->full_since + 2 * SERIALS_PATIENCE;
	if (until == 0)
		return -1;
	return until <= now ? 0 : (int)((until - now) / 1000) + 1;
}

static void prepare(struct reader_batch *batch)
{
	for (unsigned i = 0; i < BATCH; i++) {
		batch->pieces[i] = (struct iovec){ batch->bytes[i],
						   MESSAGE_MOST };
		batch->headers[i].msg_hdr = (struct msghdr){
			.msg_name = &batch->senders[i],
			.msg_namelen = sizeof(batch->senders[i]),
			.msg_iov = &batch->pieces[i],
			.msg_iovlen = 1,
		};
	}
}

/* One batch. 1: there may be more; 0: not yet. */
static int receive(struct reader *reader)
{
	struct reader_batch *batch = reader->batch;
	int64_t now;
	int count;

	prepare(batch);
	count = recvmmsg(reader->fd, batch->headers, BATCH, MSG_DONTWAIT, NULL);
	if (count < 0 && errno == EAGAIN)
		return 0;
	if (count < 0 && errno != ENOBUFS)
		return errno == EINTR ? 1 : -errno;
	now = base_now_monotonic();
	if (count < 0) {
		reader->full_since = now;
		reader->full_told = false;
		return 1;
	}
	pthread_mutex_lock(&reader->lock);
	for (int i = 0; i < count; i++)
		add_message(reader, &batch->senders[i], batch->bytes[i],
			    batch->headers[i].msg_len, now);
	pthread_mutex_unlock(&reader->lock);
	return 1;
}

static void wake(struct reader *reader, bool last)
{
	bool worth;

	pthread_mutex_lock(&reader->lock);
	if (last)
		settle_all(reader);
	else
		settle(reader, base_now_monotonic());
	worth = worth_waking(&reader->news);
	pthread_mutex_unlock(&reader->lock);
	if (worth)
		(void)eventfd_write(reader->wake, 1);
}

static void *run(void *data)
{
	struct reader *reader = data;
	struct pollfd fds[] = { { reader->fd, POLLIN, 0 },
				{ reader->stop, POLLIN, 0 } };
	int ret = 0, most;

	base_take_short_turns();
	while (ret >= 0 && !fds[1].revents) {
		(void)poll(fds, 2, patience(reader, base_now_monotonic()));
		/* Not for ever where they come without end; at last what a
		 * full socket holds. */
		most = fds[1].revents ? 4096 : 64;
		for (int i = 0; i < most && (ret = receive(reader)) > 0; i++)
			;
		if (ret < 0) {
			pthread_mutex_lock(&reader->lock);
			reader->news.code = ret;
			pthread_mutex_unlock(&reader->lock);
		}
		wake(reader, fds[1].revents);
	}
	return NULL;
}

/* ---- for its owner ---------------------------------------------------- */

void reader_take(struct reader *reader, struct reader_news *news)
{
	struct reader_news empty = { .lines = news->lines,
				     .room = news->room };
	eventfd_t ignored;

	if (empty.room > 1u << 20) {
		free(take_ptr(empty.lines));
		empty.room = 0;
	}
	(void)eventfd_read(reader->wake, &ignored);
	pthread_mutex_lock(&reader->lock);
	*news = reader->news;
	reader->news = empty;
	reader->news.code = news->code;
	pthread_mutex_unlock(&reader->lock);
}

/* Signals are the owner's: the thread has them all blocked. */
static int start(struct reader *reader)
{
	sigset_t all, old;
	int code;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	code = pthread_create(&reader->thread, NULL, run, reader);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	reader->running = code == 0;
	return code;
}

int reader_open(struct reader *reader, int fd, struct error *err)
{
	int code;

	*reader = (struct reader){ .fd = fd };
	pthread_mutex_init(&reader->lock, NULL);
	reader->batch = calloc(1, sizeof(*reader->batch));
	reader->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	reader->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (!reader->batch)
		code = ENOMEM;
	else if (reader->wake < 0 || reader->stop < 0)
		code = errno;
	else
		code = start(reader);
	if (code == 0)
		return 0;
	reader_close(reader);
	return base_error(err, code, "cannot start the thread that reads audit "
			  "records: %s", strerror(code));
}

void reader_stop(struct reader *reader)
{
	if (!reader->running)
		return;
	(void)eventfd_write(reader->stop, 1);
	pthread_join(reader->thread, NULL);
	reader->running = false;
}

void reader_close(struct reader *reader)
{
	reader_stop(reader);
	base_close(&reader->fd);
	base_close(&reader->wake);
	base_close(&reader->stop);
	base_free(&reader->batch);
	base_free(&reader->news.lines);
	pthread_mutex_destroy(&reader->lock);
}
