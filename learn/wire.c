/* SPDX-License-Identifier: MIT */
/* Messages from the tracer to the front end. See wire.h. */
#include "learn/wire.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define HEAD offsetof(struct wire_message, body)

int wire_pair(int *tracer, int *front, struct error *err)
{
	int pair[2], size = 1 << 20;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return base_error(err, errno, "cannot make a socket pair: %m");
	(void)setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	*tracer = pair[0];
	*front = pair[1];
	return 0;
}

static bool send_parts(int fd, enum wire_kind kind, uint32_t number,
		       struct iovec parts[4], bool wait)
{
	uint32_t head[] = {kind, number};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 4};
	int flags = MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT);
	ssize_t sent;

	parts[0] = (struct iovec){head, sizeof(head)};
	do
		sent = sendmsg(fd, &message, flags);
	while (sent < 0 && errno == EINTR);
	return sent >= 0;
}

bool wire_send(int fd, enum wire_kind kind, uint32_t number, const void *body,
	       size_t size, bool wait)
{
	struct iovec parts[4] = {{0}, {(void *)body, size}};

	return send_parts(fd, kind, number, parts, wait);
}

static bool send_object(int fd, enum wire_kind kind, uint32_t number,
			const char *path, const char *build_id,
			const struct profiles_stamp *stamp, bool wait)
{
	const char *id = build_id ? build_id : "";
	struct iovec parts[4] = {
		{0}, {(void *)stamp, sizeof(*stamp)},
		{(void *)path, strlen(path) + 1},
		{(void *)id, strlen(id) + 1},
	};

	return send_parts(fd, kind, number, parts, wait);
}

bool wire_send_counts(int fd, enum wire_kind kind, struct counts *table,
		      bool wait)
{
	size_t count, most = sizeof(((struct wire_message *)0)->body) /
			     table->entry_size;
	cleanup_free char *entries = counts_changed(table, &count);

	if (!entries && table->changed_count)
		return false; /* no memory now; it stays for the next time */
	for (size_t at = 0; at < count; at += most) {
		size_t now = count - at < most ? count - at : most;

		if (!wire_send(fd, kind, (uint32_t)now,
			       entries + at * table->entry_size,
			       now * table->entry_size, wait))
			return false;
	}
	counts_clean(table);
	return true;
}

bool wire_send_objects(int fd, struct objects *objects, bool wait)
{
	while (objects->images_sent < objects->image_count) {
		struct image *image = objects->images[objects->images_sent];

		if (!send_object(fd, image->lost_privileges ? WIRE_IMAGE_LOST
							    : WIRE_IMAGE,
				 image->number, image->path, image->build_id,
				 &image->stamp, wait))
			return false;
		objects->images_sent++;
	}
	while (objects->libraries_sent < objects->library_count) {
		struct library *library =
			objects->libraries[objects->libraries_sent];

		if (!send_object(fd, WIRE_LIBRARY, library->image,
				 library->path, library->build_id,
				 &library->stamp, wait))
			return false;
		objects->libraries_sent++;
	}
	return true;
}

bool wire_send_notices(int fd, struct notices *notices,
		       const struct objects *objects, bool wait)
{
	for (; notices->sent < notices->count; notices->sent++) {
		uint32_t image = notices->rows[notices->sent].image;
		const char *path = image < objects->image_count
					   ? objects->images[image]->path
					   : "";

		if (!wire_send(fd, WIRE_NOTICE,
			       notices->rows[notices->sent].kind, path,
			       strlen(path) + 1, wait))
			return false;
	}
	return true;
}

bool wire_send_refused(int fd, struct refused *refused, bool wait)
{
	for (; refused->sent < refused->count; refused->sent++) {
		const struct learn_refusal *row = &refused->rows[refused->sent];
		struct wire_refused body = {
			.writes = row->writes, .inside = row->inside,
			.lacked = row->lacked,
		};
		struct iovec parts[4] = {
			{0}, {&body, sizeof(body)},
			{row->path, strlen(row->path) + 1},
		};

		if (!send_parts(fd, WIRE_REFUSED, (uint32_t)row->code, parts,
				wait))
			return false;
	}
	if (refused->lacked == refused->lacked_sent)
		return true;
	if (!wire_send(fd, WIRE_LACKED, 0, &refused->lacked,
		       sizeof(refused->lacked), wait))
		return false;
	refused->lacked_sent = refused->lacked;
	return true;
}

ssize_t wire_receive(int fd, struct wire_message *message)
{
	ssize_t size = recv(fd, message, sizeof(*message) - 1, MSG_DONTWAIT);

	if (size < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	if (size > 0 && size < (ssize_t)HEAD)
		return 0;
	((char *)message)[size] = '\0';
	return size;
}
