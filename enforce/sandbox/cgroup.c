/* SPDX-License-Identifier: MIT */
/*
 * Limits of the sandbox as a whole, memory and number of processes: a control
 * group of its own (cgroups(7), version 2), into which the sandbox is born.
 *
 *	root		MOUNT/jail/PID
 *	other users	beside the group that jail is in, where the group above
 *			was delegated to the user, as systemd does below
 *			user@UID.service, and for a service that has
 *			DelegateSubgroup=: PARENT/jail-PID
 *
 * Beside and not below, because a group that has limits for its children may
 * have no processes of its own.
 *
 * PID is jail's. A group is removed at the end; one that a killed jail left
 * behind is removed by the next that makes one there.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "enforce/plan/plan.h"
#include "enforce/sandbox/sandbox.h"

#define INSTEAD "; or take rlimit-as and rlimit-nproc instead, or in a unit " \
		"of systemd MemoryMax= and TasksMax="
#define REMEDY_ROOT "boot with systemd.unified_cgroup_hierarchy=1, in a unit " \
		    "without ProtectControlGroups=" INSTEAD
#define REMEDY_USER "start it with: systemd-run --user --scope jail ..." INSTEAD

/* ---- where ------------------------------------------------------------ */

struct place {
	char root[4096];	/* of the mount, within the hierarchy */
	char point[4096];	/* empty: there is none */
	bool first_version;
};

static int note(void *data, const struct mountinfo *mount)
{
	struct place *place = data;

	if (strcmp(mount->type, "cgroup") == 0)
		place->first_version = true;
	if (strcmp(mount->type, "cgroup2") != 0)
		return 0;
	if (strlen(mount->root) >= sizeof(place->root) ||
	    strlen(mount->point) >= sizeof(place->point))
		return -ENAMETOOLONG;
	strcpy(place->root, mount->root);
	strcpy(place->point, mount->point);
	return 0;
}

static int find_mount(struct place *place, struct error *err)
{
	int ret;

	memset(place, 0, sizeof(*place));
	ret = mountinfo_read(note, place, err);
	if (ret < 0 || *place->point)
		return ret;
	return base_error(err, ENOTSUP, "memory-max and pids-max need control "
			  "groups of version 2, and %s; " REMEDY_ROOT,
			  place->first_version ?
			  "this system has those of version 1 alone" :
			  "none are mounted");
}

/* The group that we are in, below the mount; NULL: it is not visible. */
static char *own_group(const struct place *place)
{
	cleanup_fclose FILE *file = fopen("/proc/self/cgroup", "re");
	cleanup_free char *line = NULL;
	size_t size = 0, root = strlen(place->root);

	if (root == 1)
		root = 0;
	while (file && getline(&line, &size, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "0::", 3) != 0)
			continue;
		if (strncmp(line + 3, place->root, root) != 0 ||
		    strncmp(line + 3, "/..", 3) == 0)
			return NULL;
		return base_printf("%s%s", place->point, line + 3 + root);
	}
	return NULL;
}

/* The group below which ours is to be, in new memory. */
static int find_base(uid_t uid, char **base, struct error *err)
{
	cleanup_free struct place *place = malloc(sizeof(*place));
	cleanup_free char *own = NULL;
	char *slash;
	int ret = place ? find_mount(place, err) :
		  base_error(err, ENOMEM, "out of memory");

	if (ret < 0)
		return ret;
	if (uid == 0) {
		*base = base_printf("%s/jail", place->point);
		return *base ? 0 : base_error(err, ENOMEM, "out of memory");
	}
	own = own_group(place);
	slash = own ? strrchr(own, '/') : NULL;
	if (!slash || (size_t)(slash - own) <= strlen(place->point))
		return base_error(err, EACCES, "memory-max and pids-max need "
				  "a control group that belongs to you, and "
				  "none does; " REMEDY_USER);
	*slash = '\0';
	*base = take_ptr(own);
	return 0;
}

/* Root's is made in the mount, others' in the group above their own: each has
 * to be theirs, and to have the controllers. */
int cgroup_look(void)
{
	uid_t uid = geteuid();
	cleanup_free char *base = NULL, *path = NULL;
	char controllers[256];
	int ret = find_base(uid, &base, NULL);

	if (ret < 0)
		return ret;
	if (uid == 0)
		*strrchr(base, '/') = '\0';
	if (access(base, W_OK) < 0)
		return -EACCES;
	path = base_printf("%s/cgroup.controllers", base);
	if (!path)
		return -ENOMEM;
	return base_read_file(path, controllers, sizeof(controllers)) > 0 &&
	       strstr(controllers, "memory") && strstr(controllers, "pids") ?
		       0 : -ENODEV;
}

/* ---- making and removing ---------------------------------------------- */

/* Those that a killed jail left behind: its number is free again, or the group
 * has members, and the kernel keeps it. */
static void remove_leftovers(const char *base, const char *prefix)
{
	DIR *dir = opendir(base);
	struct dirent *entry;
	uint64_t pid;

	while (dir && (entry = readdir(dir))) {
		const char *name = entry->d_name;

		if (strncmp(name, prefix, strlen(prefix)) != 0 ||
		    base_parse_number(name + strlen(prefix), INT32_MAX,
				      &pid) < 0 ||
		    pid == 0 || kill((pid_t)pid, 0) == 0 || errno != ESRCH)
			continue;
		(void)unlinkat(dirfd(dir), name, AT_REMOVEDIR);
	}
	if (dir)
		closedir(dir);
}

static int write_file(int group, const char *name, const char *text)
{
	cleanup_close int fd = openat(group, name, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return base_write_all(fd, text, strlen(text));
}

/* Lets the children of the group at PATH have limits; no error, for what
 * counts is whether they have. */
static void enable(const char *path, const struct cgroup_limit *limits)
{
	cleanup_close int group = open(path, O_PATH | O_CLOEXEC);
	char text[64];

	for (; group >= 0 && limits->controller; limits++) {
		if (!limits->value)
			continue;
		snprintf(text, sizeof(text), "+%s", limits->controller);
		(void)write_file(group, "cgroup.subtree_control", text);
	}
}

static int set_limits(int group, const struct cgroup_limit *limits,
		      const char *remedy, struct error *err)
{
	char text[32];
	int ret;

	for (; limits->controller; limits++) {
		if (!limits->value)
			continue;
		snprintf(text, sizeof(text), "%llu",
			 (unsigned long long)limits->value);
		ret = write_file(group, limits->file, text);
		if (ret == -ENOENT)
			return base_error(err, ENOTSUP, "%s: control groups "
					  "of version 2 do not have the "
					  "controller '%s' here; %s",
					  limits->directive,
					  limits->controller, remedy);
		if (ret < 0)
			return base_error(err, -ret, "cannot set %s to %s: %s",
					  limits->directive, text,
					  strerror(-ret));
		/* Else what is above it would only move to the disk. */
		if (strcmp(limits->controller, "memory") == 0)
			(void)write_file(group, "memory.swap.max", "0");
	}
	return 0;
}

int cgroup_make(const char *base, const char *prefix,
		const struct cgroup_limit *limits, const char *remedy,
		char **path, int *fd, struct error *err)
{
	cleanup_free char *group = base_printf("%s/%s%d", base, prefix,
					       (int)getpid());
	cleanup_close int opened = -1;
	int ret;

	if (!group)
		return base_error(err, ENOMEM, "out of memory");
	remove_leftovers(base, prefix);
	if (mkdir(group, 0755) < 0 && errno != EEXIST)
		return base_error(err, errno, "cannot make the control group "
				  "\"%.200s\": %m; %s", group, remedy);
	opened = open(group, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ret = opened < 0 ? base_error(err, errno, "cannot open the control "
				      "group \"%.200s\": %m", group) :
	      set_limits(opened, limits, remedy, err);
	if (ret < 0) {
		rmdir(group);
		return ret;
	}
	*path = take_ptr(group);
	*fd = take_fd(&opened);
	return 0;
}

/* MOUNT/jail, which only root can make. */
static int make_base(const char *base, const struct cgroup_limit *limits,
		     struct error *err)
{
	cleanup_free char *mount = strndup(base, (size_t)(strrchr(base, '/') -
							  base));

	if (!mount)
		return base_error(err, ENOMEM, "out of memory");
	enable(mount, limits);
	if (mkdir(base, 0755) < 0 && errno != EEXIST)
		return base_error(err, errno, "cannot make the control group "
				  "\"%.200s\": %m; " REMEDY_ROOT, base);
	enable(base, limits);
	return 0;
}

int cgroup_open(const struct enforce_plan *plan, char **path, int *fd,
		struct error *err)
{
	const struct profiles_policy *policy = plan->policy;
	const struct cgroup_limit limits[] = {
		{"memory-max", "memory", "memory.max",
		 policy ? policy->memory_max : 0},
		{"pids-max", "pids", "pids.max", policy ? policy->pids_max : 0},
		{NULL, NULL, NULL, 0},
	};
	bool root = plan->context.uid == 0;
	cleanup_free char *base = NULL;
	int ret;

	*path = NULL;
	*fd = -1;
	if (!limits[0].value && !limits[1].value)
		return 0;
	ret = find_base(plan->context.uid, &base, err);
	if (ret == 0 && root)
		ret = make_base(base, limits, err);
	else if (ret == 0) /* A service's group has none to begin with. */
		enable(base, limits);
	if (ret == 0)
		ret = cgroup_make(base, root ? "" : "jail-", limits,
				  root ? REMEDY_ROOT : REMEDY_USER, path, fd,
				  err);
	if (ret < 0 && root && base)
		rmdir(base); /* unless others are in it */
	return ret;
}

void cgroup_remove(const char *path)
{
	const struct timespec pause = {0, 2000000};

	/* What was killed leaves its group a moment later. */
	for (int i = 0; path && i < 50; i++) {
		if (rmdir(path) == 0 || errno != EBUSY)
			return;
		nanosleep(&pause, NULL);
	}
}
