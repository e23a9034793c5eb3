/* SPDX-License-Identifier: MIT */
/*
 * watch-user: under sudo jail reads as root and writes as who called it. The
 * store is in a folder where that user can put what he likes, a link for
 * instance: with root's rights it would lead anywhere. So root's are taken back
 * (credentials(7): the saved ID keeps them) but for the moments in which a
 * source is opened or read.
 */
#include <grp.h>
#include <limits.h>
#include <pwd.h>

#include "cli/watch.h"

static bool sudo_number(const char *name, uint64_t *number)
{
	const char *text = getenv(name);

	return text && base_parse_number(text, UINT32_MAX - 1, number) == 0;
}

static int failed(struct error *err)
{
	return base_error(err, errno, "cannot act for the user that called "
			  "sudo: %m; name a store with --db");
}

int watch_user_begin(struct watch_user *user, const struct cli_common *common,
		     struct error *err)
{
	uint64_t uid, gid;
	struct passwd *entry;

	/* A store that is named is root's choice; sqlite leaves its files to
	 * their owner. */
	if (geteuid() != 0 || common->db || getenv("JAIL_DB") ||
	    !sudo_number("SUDO_UID", &uid) || uid == 0 ||
	    !sudo_number("SUDO_GID", &gid))
		return 0;
	entry = getpwuid((uid_t)uid);
	if (!entry)
		return base_error(err, ENOENT, "sudo was called by user %u, "
				  "whom the system does not know; name a store "
				  "with --db", (unsigned)uid);
	if (setenv("HOME", entry->pw_dir, 1) < 0 ||
	    unsetenv("XDG_DATA_HOME") < 0 || unsetenv("XDG_CONFIG_HOME") < 0)
		return failed(err);
	if (initgroups(entry->pw_name, (gid_t)gid) < 0)
		return failed(err);
	*user = (struct watch_user){
		.acting = true, .uid = (uid_t)uid, .gid = (gid_t)gid,
	};
	if (setegid(user->gid) < 0 || seteuid(user->uid) < 0)
		return failed(err);
	return 0;
}

/* Neither can fail: the saved ID is root's, and the real one. Going on with
 * rights that were to be gone would be worse than to end. */
void watch_user_raise(const struct watch_user *user)
{
	if (user->acting && (seteuid(0) < 0 || setegid(0) < 0))
		abort();
}

void watch_user_lower(const struct watch_user *user)
{
	if (user->acting &&
	    (setegid(user->gid) < 0 || seteuid(user->uid) < 0))
		abort();
}
