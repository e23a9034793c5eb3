/* SPDX-License-Identifier: MIT */
/*
 * Claims: of those who would start a sandbox under the same name, one does, and
 * the others find it. Each locks a byte of one file, whose place is made of the
 * name (F_OFD_SETLKW, fcntl(2)); it is unlocked when the entry is there, or its
 * holder gone.
 */
#include <fcntl.h>
#include <string.h>

#include "enforce/registry/folders.h"

#define CLAIMS ".claims"

struct named {
	const char *name;
	struct enforce_running *entry;
	size_t count;
	char ids[128];
};

static int take_named(void *data, const struct enforce_running *entry)
{
	struct named *named = data;
	size_t used = strlen(named->ids);

	if (entry->uid != geteuid() || strcmp(entry->name, named->name) != 0)
		return 0;
	if (!named->count++)
		*named->entry = *entry;
	snprintf(named->ids + used, sizeof(named->ids) - used, "%s%d",
		 used ? ", " : "", (int)entry->program);
	return 0;
}

static int lock_name(const char *name, struct error *err)
{
	struct error why = {0};
	cleanup_close int folder = folders_find(true, &why);
	cleanup_close int fd = folder < 0 ? -1 :
		openat(folder, CLAIMS, O_RDWR | O_CREAT | O_NOFOLLOW |
				       O_CLOEXEC, 0600);
	struct flock place = {
		.l_type = F_WRLCK, .l_len = 1,
		.l_start = (off_t)(base_hash(BASE_HASH, name, strlen(name)) >>
				   2),
	};
	int ret;

	if (fd < 0)
		return base_error(err, EACCES, "there is no place to note what "
				  "runs, so it cannot be said whether '%.200s' "
				  "does%s%.200s", name, why.code ? "; " : "",
				  why.text);
	while ((ret = fcntl(fd, F_OFD_SETLKW, &place)) < 0 && errno == EINTR)
		;
	if (ret < 0)
		return base_error(err, errno, "cannot claim the name '%.200s' "
				  "for a sandbox: %s", name, strerror(errno));
	return take_fd(&fd);
}

int enforce_registry_claim(const char *name, struct enforce_running *entry,
			   int *lock, struct error *err)
{
	struct named named = {.name = name, .entry = entry};
	cleanup_close int fd = lock_name(name, err);
	int ret = fd < 0 ? fd :
		  enforce_registry_running(take_named, NULL, &named, err);

	if (ret < 0 || named.count == 1)
		return ret;
	if (named.count)
		return base_error(err, EEXIST, "%zu sandboxes have the name "
				  "'%.200s'; join one by its id: %s",
				  named.count, name, named.ids);
	*lock = take_fd(&fd);
	return -ENOENT;
}
