/* SPDX-License-Identifier: MIT */
/* The packets of joining, and the descriptors that come with them: unix(7). */
#include <string.h>
#include <sys/socket.h>

#include "enforce/run/join.h"

#define FDS 3

const char *const join_variables[] = {
	"TERM", "COLORTERM", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", NULL
};

int join_send(int socket, const void *packet, size_t size, const int *fds,
	      size_t count, int flags)
{
	struct iovec part = {(void *)packet, size};
	union {
		char bytes[CMSG_SPACE(FDS * sizeof(int))];
		struct cmsghdr header;
	} control = {0};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	struct cmsghdr *header = &control.header;

	if (count) {
		message.msg_control = control.bytes;
		message.msg_controllen = CMSG_SPACE(count * sizeof(int));
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(header), fds, count * sizeof(int));
	}
	while (sendmsg(socket, &message, flags | MSG_NOSIGNAL) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

/* What is more than that is closed by the kernel. */
static size_t take_fds(struct msghdr *message, int fds[FDS])
{
	size_t count = 0;

	for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header;
	     header = CMSG_NXTHDR(message, header)) {
		size_t size = header->cmsg_len - CMSG_LEN(0);

		if (header->cmsg_level != SOL_SOCKET ||
		    header->cmsg_type != SCM_RIGHTS)
			continue;
		memcpy(fds, CMSG_DATA(header), size);
		count = size / sizeof(int);
	}
	return count;
}

/* Whoever hangs up without having read all resets the connection; that is said
 * once, and before what was sent (net/unix/af_unix.c, unix_release_sock). */
ssize_t join_receive(int socket, void *packet, size_t size, int fds[FDS],
		     size_t *count)
{
	struct iovec part = {packet, size};
	union {
		char bytes[CMSG_SPACE(FDS * sizeof(int))];
		struct cmsghdr header;
	} control;
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	bool reset = false;
	ssize_t length;

	*count = 0;
	while ((length = recvmsg(socket, &message, MSG_CMSG_CLOEXEC |
						   MSG_DONTWAIT)) < 0) {
		if (errno != EINTR && (errno != ECONNRESET || reset))
			return -errno;
		reset |= errno == ECONNRESET;
	}
	*count = take_fds(&message, fds);
	if (!(message.msg_flags & MSG_TRUNC))
		return length;
	while (*count)
		close(fds[--*count]);
	return -EMSGSIZE;
}
