/* SPDX-License-Identifier: MIT */
/*
 * mkdir and mkfile: what they name is made while planning, as the user, where
 * the program would see it: on the host, or within a folder in memory.
 */
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/mount.h>

#include "enforce/plan/rules.h"

static bool is_allowed(const struct enforce_plan *plan, const char *path)
{
	const char *home = plan->context.home;
	cleanup_free char *run = base_printf("/run/user/%u",
					     (unsigned)plan->context.uid);

	return (home && view_below(path, home)) || view_below(path, "/tmp") ||
	       (run && view_below(path, run));
}

char *make_there(const struct enforce_files *files, const char *path,
		 const char **rest)
{
	cleanup_free char *part = strdup(path);
	char *slash = part ? part + strlen(part) : NULL;

	while (slash) {
		char *real = view_resolve_own(files, *part ? part : "/");

		*rest = path + (slash - part);
		if (real || errno == ENOMEM || errno == ELOOP || slash == part)
			return real;
		slash = memrchr(part, '/', (size_t)(slash - part));
		*slash = '\0';
	}
	return NULL;
}

static int make_one(int parent, const char *name, bool directory, mode_t mode)
{
	int fd;

	if (directory)
		return mkdirat(parent, name, mode) == 0 || errno == EEXIST ?
		       0 : -errno;
	fd = openat(parent, name, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW |
		    O_CLOEXEC, 0600);
	if (fd < 0)
		return errno == EEXIST ? 0 : -errno;
	close(fd);
	return 0;
}

/* A link that has come meanwhile is refused. */
static int open_folder(const char *path)
{
	return base_openat2(AT_FDCWD, path, O_PATH | O_DIRECTORY,
			    RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
}

/* REST, component by component, in the folder AT of the host. */
static int make_below(const char *at, const char *rest, bool directory,
		      mode_t mode)
{
	cleanup_close int fd = open_folder(at);
	char name[NAME_MAX + 1];

	if (fd < 0)
		return -errno;
	while (*(rest += strspn(rest, "/"))) {
		size_t length = strcspn(rest, "/");
		bool last = !rest[length];
		int ret, next;

		if (length > NAME_MAX)
			return -ENAMETOOLONG;
		memcpy(name, rest, length);
		name[length] = '\0';
		ret = make_one(fd, name, directory || !last, mode);
		if (ret < 0 || last)
			return ret;
		next = openat(fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW |
			      O_CLOEXEC);
		if (next < 0)
			return -errno;
		close(fd);
		fd = next;
		rest += length;
	}
	return 0;
}

int make_folders(const char *path, mode_t mode, struct error *err)
{
	cleanup_free char *at = strdup(path);
	char *slash = at ? at + strlen(at) : NULL;
	struct stat st;
	int ret;

	if (!at)
		return base_error(err, ENOMEM, "out of memory");
	while (slash != at && lstat(at, &st) < 0) {
		slash = strrchr(at, '/');
		*slash = '\0';
	}
	ret = make_below(*at ? at : "/", path + strlen(at), true, mode);
	if (ret == 0)
		return 0;
	return base_error(err, -ret, "cannot create the folder '%.200s': %s",
			  path, strerror(-ret));
}

/* An overlay is no place to make something: the program can do it there. */
static int make(struct enforce_plan *plan, const char *path, bool directory,
		struct error *err)
{
	struct enforce_files *files = &plan->files;
	const char *rest = NULL;
	cleanup_free char *at = make_there(files, path, &rest);
	cleanup_spot struct view_spot spot = {0};
	int ret = at ? view_spot(files, at, SIZE_MAX, &spot) : -errno;

	if (ret < 0 || !*rest || !spot.step || spot.upper ||
	    spot.step->kind == ENFORCE_OVERLAY ||
	    spot.step->kind == ENFORCE_MASK)
		return ret;
	if (spot.host) {
		ret = make_below(spot.host, rest, directory, 0700);
		/* It was remembered as missing. */
		view_forget(files);
		return ret;
	} else {
		cleanup_free char *all = base_printf("%s%s", at, rest);

		return all ? steps_place(files, all, directory, err) : -ENOMEM;
	}
}

/* In a tree that is read-only, as where a service has its home in /srv, the
 * program makes nothing, and we make nothing for it, but what is opened. */
static bool is_closed(const struct enforce_plan *plan, const char *path)
{
	const struct profiles_policy *policy = plan->policy;

	if (!(view_flags(&plan->files, path, SIZE_MAX) & MOUNT_ATTR_RDONLY))
		return false;
	for (size_t i = 0; i < policy->rule_count; i++) {
		cleanup_free char *open =
			policy->rules[i].kind == PROFILES_READ_WRITE ?
			rules_path(&policy->rules[i]) : NULL;

		if (open && view_below(path, open))
			return false;
	}
	return true;
}

int make_rule(struct enforce_plan *plan, const struct profiles_rule *rule,
	      struct error *err)
{
	cleanup_free char *path = rules_path(rule);
	bool directory = rule->kind == PROFILES_MKDIR;
	const char *what = directory ? "mkdir" : "mkfile";
	struct stat st;
	int ret;

	if (!path || !is_allowed(plan, path))
		return base_error(err, EPERM, "%s '%.200s': only what is in "
				  "the home, /tmp or /run/user/%u is made; "
				  "take a path there, or make it yourself",
				  what, path ? path : rule->path,
				  (unsigned)plan->context.uid);
	if (view_lstat(&plan->files, path, &st) == 0 || is_closed(plan, path))
		return 0;
	if (err)
		err->code = 0;
	ret = make(plan, path, directory, err);
	/* What we may not make, the program may not make either. */
	if (ret == -EACCES || ret == -EPERM || ret == -EROFS)
		return 0;
	if (ret == -ELOOP)
		return base_error(err, ELOOP, "%s '%.200s': a link on the way "
				  "belongs to another user, or they lead in a "
				  "circle; name the path itself", what, path);
	if (ret < 0 && (!err || !err->code))
		return base_error(err, -ret, "%s '%.200s': %s", what, path,
				  strerror(-ret));
	return ret;
}

int files_make(struct enforce_plan *plan, struct error *err)
{
	const struct profiles_policy *policy = plan->policy;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < policy->rule_count; i++) {
		const struct profiles_rule *rule = &policy->rules[i];

		if (rule->kind != PROFILES_MKDIR &&
		    rule->kind != PROFILES_MKFILE)
			continue;
		ret = make_rule(plan, rule, err);
		if (ret < 0)
			return rules_failed(rule, err);
	}
	return ret;
}
