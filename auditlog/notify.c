/* SPDX-License-Identifier: MIT */
/*
 * inotify(7), as a bell: what it says is not looked at, for after each ring the
 * files are. Where there is no bell, or it cannot hear (a file that another
 * host writes), we come back after a moment by ourselves.
 */
#include <string.h>
#include <sys/inotify.h>
#include <sys/vfs.h>
#include <linux/magic.h>

#include "auditlog/file.h"

void notify_open(struct notify *notify)
{
	*notify = (struct notify) {
		.fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK),
		.folders = { -1, -1, -1 },
		.files = { -1, -1, -1 },
	};
}

void notify_close(struct notify *notify)
{
	base_close(&notify->fd);
}

static bool in_use(const struct notify *notify, int watch)
{
	for (size_t i = 0; i < NOTIFY_SLOTS; i++)
		if (notify->folders[i] == watch || notify->files[i] == watch)
			return true;
	return false;
}

/* The same folder or file in two slots is one watch. */
static void watch(struct notify *notify, int *slot, const char *path,
		  uint32_t mask)
{
	int old = *slot;

	*slot = path ? inotify_add_watch(notify->fd, path, mask) : -1;
	if (old >= 0 && !in_use(notify, old))
		inotify_rm_watch(notify->fd, old);
}

/* File systems that other hosts, or programs, change without our kernel. */
static bool is_remote(const char *path)
{
	struct statfs fs;

	if (statfs(path, &fs) < 0)
		return false;
	switch ((uint32_t)fs.f_type) {
	case NFS_SUPER_MAGIC:
	case SMB_SUPER_MAGIC:
	case SMB2_SUPER_MAGIC:
	case CIFS_SUPER_MAGIC:
	case V9FS_MAGIC:
	case FUSE_SUPER_MAGIC:
	case CEPH_SUPER_MAGIC:
	case AFS_SUPER_MAGIC:
		return true;
	}
	return false;
}

void notify_folder_of(struct notify *notify, size_t slot, const char *path)
{
	size_t length = (size_t)(strrchr(path, '/') + 1 - path);
	cleanup_free char *folder = strndup(path, length);

	if (!folder || is_remote(folder))
		notify->blind = true;
	watch(notify, &notify->folders[slot], folder, IN_ONLYDIR | IN_CREATE |
	      IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB);
}

/* By descriptor: the name may have become another file's. */
void notify_file(struct notify *notify, size_t slot, int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	watch(notify, &notify->files[slot], fd < 0 ? NULL : path, IN_MODIFY |
	      IN_ATTRIB | IN_MOVE_SELF);
	if (fd >= 0 && notify->files[slot] < 0)
		notify->blind = true;
}

/* A folder that is gone takes its watch with it. */
static void ignored(struct notify *notify, int watch_gone)
{
	for (size_t i = 0; i < NOTIFY_SLOTS; i++) {
		if (notify->folders[i] == watch_gone)
			notify->folders[i] = -1;
		if (notify->files[i] == watch_gone)
			notify->files[i] = -1;
	}
}

void notify_drain(struct notify *notify)
{
	char buffer[4096]
		__attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t n;

	while ((n = read(notify->fd, buffer, sizeof(buffer))) > 0)
		for (char *at = buffer; at < buffer + n;) {
			struct inotify_event *event = (void *)at;

			if (event->mask & IN_IGNORED)
				ignored(notify, event->wd);
			at += sizeof(*event) + event->len;
		}
}

int notify_timeout(const struct notify *notify)
{
	return notify->fd < 0 || notify->blind || notify->folders[0] < 0 ?
	       NOTIFY_MOMENT_MS : -1;
}
