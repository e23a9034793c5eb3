/* SPDX-License-Identifier: MIT */
/*
 * The local tree: the folders of the host's root, read-only but for /home,
 * /root, /tmp and /var, and what the user has below /run. /dev, /proc and /sys
 * are made by devices.c; the homes of others are left out.
 */
#include <string.h>
#include <sys/mount.h>

#include "enforce/plan/parts.h"
#include "enforce/plan/rules.h"

#define WHY ROOTS_WHY

static int no_memory(struct error *err)
{
	return base_error(err, ENOMEM, "out of memory");
}

static bool hides_homes(const struct enforce_plan *plan)
{
	return plan->context.uid != 0 &&
	       !profiles_has(plan->policy, PROFILES_ALLUSERS);
}

static bool is_home_below(const struct enforce_plan *plan, const char *folder)
{
	const char *home = plan->context.home;

	return home && view_below(home, folder);
}

static bool is_folder(const struct enforce_plan *plan, const char *path,
		      struct stat *st)
{
	return view_host_lstat(&plan->files, path, st) == 0 &&
	       S_ISDIR(st->st_mode);
}

/* An empty folder in place of those of all users, with the one home. */
static int hide_homes(struct enforce_plan *plan, const char *path,
		      struct error *err)
{
	struct enforce_files *files = &plan->files;
	struct enforce_step *step = steps_tmpfs(files, path, 0755, WHY);
	const char *home = plan->context.home;
	struct stat st;
	int ret;

	if (!step)
		return no_memory(err);
	step->size = PARTS_SMALL;
	if (is_home_below(plan, path) && is_folder(plan, home, &st)) {
		ret = steps_place(files, home, true, err);
		if (ret < 0)
			return ret;
	}
	step = steps_add(files, ENFORCE_AGAIN, path, NULL, WHY);
	if (!step)
		return no_memory(err);
	step->directory = step->alone = true;
	step->set = MOUNT_ATTR_RDONLY;
	if (is_home_below(plan, path) && is_folder(plan, home, &st) &&
	    !steps_bind(files, home, home, true, PARTS_SHOWN, WHY))
		return no_memory(err);
	return 0;
}

static uint64_t flags_of(const struct enforce_plan *plan, const char *name)
{
	static const char *const writable[] = {"home", "root", "tmp", "var",
					       NULL};

	if (entries_is_one_of(name, writable) ||
	    (strcmp(name, "etc") == 0 &&
	     profiles_has(plan->policy, PROFILES_WRITABLE_ETC)))
		return PARTS_SHOWN;
	return PARTS_READ_ONLY;
}

static int add_entry(void *data, const struct entry *entry, struct error *err)
{
	static const char *const others[] = {"boot", "dev", "lost+found",
					     "proc", "sys", NULL};
	static const char *const homes[] = {"home", "root", NULL};
	struct enforce_plan *plan = data;
	bool hidden = entries_is_one_of(entry->name, homes) &&
		      hides_homes(plan);

	if (entries_is_one_of(entry->name, others))
		return 0;
	if (S_ISLNK(entry->st.st_mode))
		return entries_link(&plan->files, entry->path, entry, WHY, err);
	if (!S_ISDIR(entry->st.st_mode))
		return 0;
	if (!steps_add(&plan->files, ENFORCE_DIRECTORY, entry->path, NULL, WHY))
		return no_memory(err);
	if (hidden)
		return hide_homes(plan, entry->path, err);
	if (!steps_bind(&plan->files, entry->path, entry->path, true,
			flags_of(plan, entry->name), WHY))
		return no_memory(err);
	return 0;
}

/* A folder of the host that is writable although the one above is not. */
static int open_folder(struct enforce_plan *plan, const char *path,
		       struct error *err)
{
	struct stat st;

	if (!is_folder(plan, path, &st) || st.st_uid != plan->context.uid ||
	    view_lstat(&plan->files, path, &st) < 0 ||
	    !(view_flags(&plan->files, path, SIZE_MAX) & MOUNT_ATTR_RDONLY))
		return 0;
	if (!steps_bind(&plan->files, path, path, true, PARTS_SHOWN, WHY))
		return no_memory(err);
	return 0;
}

/* Not for root, whose $HOME may be any folder of the system. */
static int open_users(struct enforce_plan *plan, struct error *err)
{
	uid_t uid = plan->context.uid;
	const char *home = plan->context.home;
	cleanup_free char *run = base_printf("/run/user/%u", (unsigned)uid);
	int ret;

	if (!run)
		return no_memory(err);
	ret = open_folder(plan, run, err);
	if (ret == 0 && uid != 0 && home && strcmp(home, "/") != 0)
		ret = open_folder(plan, home, err);
	return ret;
}

/* Folders in memory, as a program finds them after a start of the machine. */
static int add_memory(struct enforce_plan *plan, const char *path,
		      unsigned mode, struct error *err)
{
	struct stat st;

	if (!is_folder(plan, path, &st) || is_home_below(plan, path) ||
	    view_lstat(&plan->files, path, &st) < 0 || !S_ISDIR(st.st_mode))
		return 0;
	if (!steps_tmpfs(&plan->files, path, mode, WHY))
		return no_memory(err);
	return 0;
}

/* Services want their folders to be there. */
static int add_log_folder(void *data, const struct entry *entry,
			  struct error *err)
{
	struct enforce_plan *plan = data;
	struct enforce_step *step;

	if (!S_ISDIR(entry->st.st_mode))
		return 0;
	step = steps_add(&plan->files, ENFORCE_DIRECTORY, entry->path, NULL,
			 WHY);
	if (!step)
		return no_memory(err);
	step->mode = entry->st.st_mode & 07777;
	return 0;
}

static int add_log(struct enforce_plan *plan, struct error *err)
{
	const char *log = "/var/log";
	struct stat st;
	int ret;

	if (profiles_has(plan->policy, PROFILES_WRITABLE_VAR_LOG) ||
	    !is_folder(plan, log, &st))
		return 0;
	ret = add_memory(plan, log, 0755, err);
	if (ret == 0 && access(log, R_OK | X_OK) < 0)
		view_note(&plan->files, log, errno);
	else if (ret == 0)
		ret = entries_each(log, plan, add_log_folder, err);
	return ret;
}

int files_roots(struct enforce_plan *plan, struct error *err)
{
	bool keeps = profiles_has(plan->policy, PROFILES_KEEP_VAR_TMP);
	int ret = entries_each("/", plan, add_entry, err);

	if (ret == 0)
		ret = add_memory(plan, "/run/lock", 01777, err);
	if (ret == 0)
		ret = add_memory(plan, "/var/lock", 01777, err);
	if (ret == 0 && !keeps)
		ret = add_memory(plan, "/var/tmp", 01777, err);
	if (ret == 0)
		ret = add_log(plan, err);
	return ret < 0 ? ret : open_users(plan, err);
}
