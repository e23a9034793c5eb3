/* SPDX-License-Identifier: MIT */
/*
 * connector: the kernel's process events. Their owner reads the socket himself,
 * without a detour: what was executed may end in half a millisecond. While he
 * does something else, and whoever prints may be made to wait, a thread empties
 * it, for an ordinary user gets a buffer for some hundred events only.
 *
 * The kernel knows one place for them, the host's own network, PID and user
 * namespace. In another network namespace nobody listens; in the others what we
 * ask for is passed over in silence: so a child of our own has to be seen first
 * (drivers/connector/cn_proc.c, cn_proc_mcast_ctl).
 *
 * A socket is enough: a library would read one message at a time.
 */
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "enforce/events/events.h"

#define BUFFER (64u << 20)
#define MESSAGE_MOST 256u
#define BATCH 128u
#define QUEUE_MOST (1u << 19)	/* events that wait */
#define KEPT_ROOM 65536u
#define SLICE 4096u		/* at once, enforce_events_read() */
#define TRIES 5
/* After the socket was full: until it is told although nobody knows how many
 * were lost, microseconds. */
#define PATIENCE 200000
#define MOMENT 1	/* milliseconds: a socket for 280 is full in 30 */

struct queue {
	struct enforce_event *items;
	size_t count, room;
	uint64_t dropped;	/* for want of room */
	int code;		/* negative: reading has failed, and ended */
};

struct enforce_events {
	int fd;			/* the socket */
	int wake, stop;		/* eventfd(2) */
	int ready;		/* epoll(7): the socket, or wake */
	bool running;
	pthread_t thread;
	struct queue taken;	/* of the owner alone; told up to AT */
	size_t at;
	pthread_mutex_t lock;	/* over all that follows */
	struct queue queue;
	bool more;		/* in the socket, perhaps */
	struct events_order order;
	int64_t full_since;	/* the socket was full, and no number is missing
				 * yet; 0: not */
	uint64_t told;		/* so many were told of as lost before they
				 * were missing */
	struct mmsghdr headers[BATCH];
	struct iovec pieces[BATCH];
	struct sockaddr_nl senders[BATCH];
	char bytes[BATCH][MESSAGE_MOST];
};

/* ---- the socket -------------------------------------------------------- */

static int refused(int code, struct error *err)
{
	if (code == EPERM || code == EACCES)
		return base_error(err, EOPNOTSUPP, "before Linux 6.6 the "
				  "kernel's process events need CAP_NET_ADMIN "
				  "on the host (root)");
	if (code == EPROTONOSUPPORT || code == EAFNOSUPPORT)
		return base_error(err, EOPNOTSUPP, "this kernel has no process "
				  "events (CONFIG_PROC_EVENTS)");
	if (code == ECONNREFUSED)
		return base_error(err, EOPNOTSUPP, "the kernel tells process "
				  "events in the host's own network namespace "
				  "alone, and this is another");
	return base_error(err, EOPNOTSUPP, "cannot listen to the kernel's "
			  "process events: %s", strerror(code));
}

/* Twice of what is asked for is had (socket(7)). */
static void set_buffer(int fd, size_t room)
{
	int size = room ? (int)room : (int)BUFFER;

	if (room || setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size,
			       sizeof(size)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size,
				 sizeof(size));
}

static int tell_kernel(int fd, uint32_t operation)
{
	struct {
		struct nlmsghdr header;
		struct cb_id id; /* from here on struct cn_msg, whose end is
				  * open */
		uint32_t number, answered;
		uint16_t length, flags;
		uint32_t operation;
	} ask = {
		.header = {.nlmsg_len = sizeof(ask), .nlmsg_type = NLMSG_DONE},
		.id = {CN_IDX_PROC, CN_VAL_PROC},
		.length = sizeof(operation), .operation = operation,
	};

	return send(fd, &ask, sizeof(ask), 0) < 0 ? -errno : 0;
}

static int open_socket(size_t room, struct error *err)
{
	struct sockaddr_nl group = {
		.nl_family = AF_NETLINK, .nl_groups = 1u << (CN_IDX_PROC - 1),
	};
	cleanup_close int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC |
				      SOCK_NONBLOCK, NETLINK_CONNECTOR);
	int ret;

	if (fd < 0)
		return refused(errno, err);
	set_buffer(fd, room);
	if (bind(fd, (struct sockaddr *)&group, sizeof(group)) < 0)
		return refused(errno, err);
	ret = tell_kernel(fd, PROC_CN_MCAST_LISTEN);
	return ret < 0 ? refused(-ret, err) : take_fd(&fd);
}

/* ---- reading ----------------------------------------------------------- */

static void prepare(struct enforce_events *self)
{
	for (unsigned i = 0; i < BATCH; i++) {
		self->pieces[i] = (struct iovec){self->bytes[i], MESSAGE_MOST};
		self->headers[i].msg_hdr = (struct msghdr){
			.msg_name = &self->senders[i],
			.msg_namelen = sizeof(self->senders[i]),
			.msg_iov = &self->pieces[i],
			.msg_iovlen = 1,
		};
	}
}

static void add(struct queue *queue, const struct enforce_event *event)
{
	size_t room = queue->room ? 2 * queue->room : 1024;
	struct enforce_event *items;

	if (queue->count == queue->room) {
		items = room > QUEUE_MOST ? NULL :
			reallocarray(queue->items, room, sizeof(*items));
		if (!items) {
			queue->dropped++;
			return;
		}
		queue->items = items;
		queue->room = room;
	}
	queue->items[queue->count++] = *event;
}

static void add_loss(struct queue *queue, uint64_t lost)
{
	const struct enforce_event event = {
		.kind = ENFORCE_EVENT_LOST, .lost = lost,
		.time = base_now_monotonic(),
	};

	add(queue, &event);
}

/* Anybody can send to a netlink socket; only the kernel sends as 0. */
static void take_message(struct enforce_events *self, unsigned i)
{
	struct enforce_event event;
	uint64_t lost;
	bool wanted;

	if (self->senders[i].nl_pid != 0)
		return;
	wanted = events_parse(self->bytes[i], self->headers[i].msg_len,
			      &self->order, &event, &lost);
	if (lost > 0) {
		self->full_since = 0;
		add_loss(&self->queue,
			 lost > self->told ? lost - self->told : 0);
		self->told = self->told > lost ? self->told - lost : 0;
	}
	if (wanted)
		add(&self->queue, &event);
}

/* One batch. 1: there may be more; 0: not yet. Locked. */
static int receive_batch(struct enforce_events *self)
{
	int count;

	prepare(self);
	count = recvmmsg(self->fd, self->headers, BATCH, MSG_DONTWAIT, NULL);
	if (count < 0 && errno == ENOBUFS) {
		if (!self->full_since)
			self->full_since = base_now_monotonic();
		return 1;
	}
	if (count < 0)
		return errno == EAGAIN ? 0 : errno == EINTR ? 1 : -errno;
	for (int i = 0; i < count; i++)
		take_message(self, (unsigned)i);
	return count == BATCH;
}

/* The number that is missing shows with the next event of its processor. If
 * none comes, it is one at least. */
static void settle(struct enforce_events *self)
{
	if (!self->full_since ||
	    base_now_monotonic() - self->full_since < PATIENCE)
		return;
	self->full_since = 0;
	self->told++;
	add_loss(&self->queue, 1);
}

/* A part of what is there. Locked. */
static void receive(struct enforce_events *self)
{
	int ret = 1;

	for (int i = 0; i < 16 && ret > 0; i++)
		ret = receive_batch(self);
	if (ret < 0)
		self->queue.code = ret;
	self->more = ret > 0;
	settle(self);
}

/* ---- whether it is silent ---------------------------------------------- */

static bool has_fork(const struct queue *queue, pid_t child)
{
	for (size_t i = 0; i < queue->count; i++)
		if (queue->items[i].kind == ENFORCE_EVENT_FORK &&
		    queue->items[i].pid == child)
			return true;
	return false;
}

/* The event is there before fork(2) returns. */
static bool hears_own_child(struct enforce_events *self)
{
	bool heard = false;

	for (int i = 0; i < TRIES && !heard; i++) {
		pid_t child;

		receive(self);
		child = fork();
		if (child == 0)
			_exit(0);
		if (child < 0)
			return false;
		receive(self);
		heard = has_fork(&self->queue, child);
		waitpid(child, NULL, 0);
	}
	self->queue.count = 0;
	return heard;
}

/* ---- the thread -------------------------------------------------------- */

static void serve(struct enforce_events *self)
{
	bool worth;

	pthread_mutex_lock(&self->lock);
	receive(self);
	worth = self->queue.count > 0 || self->queue.dropped > 0 ||
		self->queue.code < 0;
	pthread_mutex_unlock(&self->lock);
	if (worth)
		(void)eventfd_write(self->wake, 1);
}

static bool goes_on(struct enforce_events *self, int *patience)
{
	bool good;

	pthread_mutex_lock(&self->lock);
	*patience = self->full_since ? PATIENCE / 1000 + 1 : -1;
	good = self->queue.code == 0;
	pthread_mutex_unlock(&self->lock);
	return good;
}

/* The owner has a moment to read it himself. */
static void *run(void *data)
{
	struct enforce_events *self = data;
	struct pollfd fds[] = { { self->fd, POLLIN, 0 },
				{ self->stop, POLLIN, 0 } };
	int patience;

	base_take_short_turns();
	while (goes_on(self, &patience) && !fds[1].revents) {
		(void)poll(fds, 2, patience);
		if (!fds[1].revents)
			(void)poll(&fds[1], 1, MOMENT);
		serve(self);
	}
	return NULL;
}

/* Signals are the owner's: the thread has them all blocked. */
static int start(struct enforce_events *self)
{
	sigset_t all, old;
	int code;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	code = pthread_create(&self->thread, NULL, run, self);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	self->running = code == 0;
	return -code;
}

/* ---- for its owner ----------------------------------------------------- */

static int wait_for(struct enforce_events *self, int fd)
{
	struct epoll_event event = {.events = EPOLLIN};

	return epoll_ctl(self->ready, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno :
								       0;
}

static int begin(struct enforce_events *self, size_t room, struct error *err)
{
	int ret;

	self->fd = open_socket(room, err);
	if (self->fd < 0)
		return self->fd;
	if (!hears_own_child(self))
		return base_error(err, EOPNOTSUPP, "the kernel's process "
				  "events stay silent here, as they do in "
				  "containers: it tells them in its first PID "
				  "and user namespace alone");
	self->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	self->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	self->ready = epoll_create1(EPOLL_CLOEXEC);
	ret = wait_for(self, self->fd);
	if (ret == 0)
		ret = wait_for(self, self->wake);
	if (ret == 0)
		ret = self->stop < 0 ? -errno : start(self);
	if (ret < 0)
		return base_error(err, -ret, "cannot start the thread that "
				  "reads process events: %s", strerror(-ret));
	return 0;
}

int enforce_events_open(struct enforce_events **events, size_t room, int *fd,
			struct error *err)
{
	struct enforce_events *self = calloc(1, sizeof(*self));
	int ret;

	if (!self)
		return base_error(err, ENOMEM, "out of memory");
	self->fd = self->wake = self->stop = self->ready = -1;
	pthread_mutex_init(&self->lock, NULL);
	ret = begin(self, room, err);
	if (ret < 0) {
		enforce_events_close(self);
		return ret;
	}
	*events = self;
	*fd = self->ready;
	return 0;
}

/* What was taken before is filled again, if it is not large. */
static void take_queue(struct enforce_events *self)
{
	struct queue empty = {0};
	eventfd_t ignored;

	if (self->taken.room <= KEPT_ROOM) {
		empty.items = self->taken.items;
		empty.room = self->taken.room;
	} else {
		free(self->taken.items);
	}
	(void)eventfd_read(self->wake, &ignored);
	pthread_mutex_lock(&self->lock);
	receive(self);
	self->taken = self->queue;
	self->queue = empty;
	self->queue.code = self->taken.code;
	pthread_mutex_unlock(&self->lock);
	self->at = 0;
	if (self->taken.dropped > 0)
		add_loss(&self->taken, self->taken.dropped);
}

static bool has_more(struct enforce_events *self)
{
	bool more;

	pthread_mutex_lock(&self->lock);
	more = self->at < self->taken.count || self->queue.count > 0 ||
	       self->more;
	pthread_mutex_unlock(&self->lock);
	return more;
}

int enforce_events_read(struct enforce_events *self,
			int (*each)(void *data,
				    const struct enforce_event *event),
			void *data, struct error *err)
{
	int64_t epoch = base_now() - base_now_monotonic();
	struct queue *taken = &self->taken;
	int ret = 0;

	if (self->at == taken->count)
		take_queue(self);
	for (size_t i = 0; ret == 0 && i < SLICE && self->at < taken->count;
	     i++) {
		struct enforce_event *event = &taken->items[self->at++];

		event->time += epoch;
		ret = each(data, event);
	}
	if (ret == 0 && has_more(self)) {
		(void)eventfd_write(self->wake, 1);
		return 1;
	}
	if (ret == 0 && taken->code < 0)
		return base_error(err, -taken->code, "cannot read the "
				  "kernel's process events: %s",
				  strerror(-taken->code));
	return ret;
}

void enforce_events_close(struct enforce_events *self)
{
	if (!self)
		return;
	if (self->running) {
		(void)eventfd_write(self->stop, 1);
		pthread_join(self->thread, NULL);
	}
	/* Before Linux 6.6 the kernel would go on as though we listened. */
	if (self->fd >= 0)
		(void)tell_kernel(self->fd, PROC_CN_MCAST_IGNORE);
	base_close(&self->fd);
	base_close(&self->wake);
	base_close(&self->stop);
	base_close(&self->ready);
	free(self->queue.items);
	free(self->taken.items);
	pthread_mutex_destroy(&self->lock);
	free(self);
}
