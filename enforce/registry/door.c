/* SPDX-License-Identifier: MIT */
/*
 * Doors: the socket beside an entry, "PROGRAM-START.door". The jail that runs
 * the sandbox listens there until the program has ended, and removes it; what a
 * killed jail left behind is removed with its entry. Nobody but the folder's
 * owner comes near it, and whoever listens looks again who it is.
 *
 * The name of a socket has 108 bytes, a folder's path may have more: so it is
 * named by way of a descriptor of the folder.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "enforce/registry/folders.h"

#define BACKLOG 64
#define PATIENCE INT64_C(10000000)	/* microseconds before it */

static void name_door(char name[80], const char *entry)
{
	snprintf(name, 80, "%s.door", entry);
}

static void fill_address(struct sockaddr_un *address, int folder,
			 const char *entry)
{
	char name[80];

	name_door(name, entry);
	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	snprintf(address->sun_path, sizeof(address->sun_path),
		 "/proc/self/fd/%d/%s", folder, name);
}

void door_remove(int folder, const char *entry)
{
	char name[80];

	name_door(name, entry);
	unlinkat(folder, name, 0);
}

/* The kernel makes it with the mode that the umask leaves; in a folder that
 * nobody else can enter. */
int door_open(int folder, const char *entry)
{
	cleanup_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC |
					       SOCK_NONBLOCK, 0);
	struct sockaddr_un address;

	fill_address(&address, folder, entry);
	if (fd < 0 || fchmod(fd, 0600) < 0)
		return -1;
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		if (errno != EADDRINUSE)
			return -1;
		/* Of the same number and start: of another boot. */
		door_remove(folder, entry);
		if (bind(fd, (struct sockaddr *)&address,
			 sizeof(address)) < 0)
			return -1;
	}
	if (listen(fd, BACKLOG) == 0)
		return take_fd(&fd);
	door_remove(folder, entry);
	return -1;
}

void door_close(int *door)
{
	cleanup_close int folder = *door < 0 ? -1 : folders_find(false, NULL);
	struct sockaddr_un address = {0};
	socklen_t size = sizeof(address) - 1;
	const char *slash;

	if (folder >= 0 && getsockname(*door, (struct sockaddr *)&address,
				       &size) == 0) {
		slash = strrchr(address.sun_path, '/');
		if (slash)
			unlinkat(folder, slash + 1, 0);
	}
	base_close(door);
}

/* Whoever listens is the jail that the entry names. */
static int check_peer(int fd, const struct enforce_running *entry,
		      struct error *err)
{
	struct ucred peer = {0};
	socklen_t size = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
	    peer.uid == entry->uid && peer.pid == entry->jail)
		return 0;
	return base_error(err, EBADF, "process %d of user %u answers for the "
			  "sandbox, and not the jail that runs it (%d)",
			  (int)peer.pid, peer.uid, (int)entry->jail);
}

int door_awake(const struct enforce_running *entry, struct error *err)
{
	char state = base_process_state(entry->jail);

	return state != 'T' && state != 't' ? 0 :
		base_error(err, EAGAIN, "the jail that runs the sandbox (%d) "
			   "is stopped; continue it: kill -CONT %d",
			   (int)entry->jail, (int)entry->jail);
}

/* Who comes after BACKLOG others waits, -EAGAIN after a while; those whom a
 * jail that is stopped has not let in count, also when they have gone. */
static int knock(int folder, const char *name)
{
	cleanup_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC,
				      0);
	const struct timeval some = {.tv_usec = 200000}, forever = {0};
	struct sockaddr_un address;

	fill_address(&address, folder, name);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &some,
				 sizeof(some)) < 0 ||
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &forever,
		       sizeof(forever)) < 0)
		return -errno;
	return take_fd(&fd);
}

static int knock_again(const struct enforce_running *entry, int folder,
		       const char *name, struct error *err)
{
	int64_t until = base_now_monotonic() + PATIENCE;
	int fd;

	while ((fd = knock(folder, name)) == -EAGAIN)
		if (door_awake(entry, err) < 0 || base_now_monotonic() > until)
			break;
	return fd;
}

int door_enter(const struct enforce_running *entry, struct error *err)
{
	cleanup_close int fd = -1;
	char name[64];
	int ret = -ENOENT;

	err->code = 0;
	look_name(name, entry);
	for (unsigned i = 0; fd < 0 && i < FOLDERS; i++) {
		cleanup_free char *path = folders_path(i);
		cleanup_close int folder = path ?
			folders_open(path, entry->uid, NULL) : -1;

		if (folder >= 0)
			fd = knock_again(entry, folder, name, err);
		if (fd < 0 && fd != -ENOENT && folder >= 0)
			ret = fd;
	}
	if (fd < 0 && err->code)
		return -err->code;
	/* Its door is shut when the sandbox ends, and then removed. */
	if (fd < 0)
		return base_error(err, ret == -ECONNREFUSED || ret == -ENOENT ?
				  ESRCH : -ret, "the jail that runs the "
				  "sandbox lets nobody in (%s); it may be "
				  "about to end", strerror(-ret));
	ret = check_peer(fd, entry, err);
	return ret < 0 ? ret : take_fd(&fd);
}
