/* SPDX-License-Identifier: MIT */
/*
 * /dev: always one of our own, on a tmpfs, with or without private-dev.
 *
 * What harms nobody is bound from the host, for device nodes cannot be made in
 * a user namespace; beside it whole classes of devices, each of which a
 * directive hides or shows. Terminals, message queues and /dev/shm are new. The
 * folder itself is read-only.
 *
 * The terminal that jail was started on is of another devpts, so that it has no
 * name in the new one. It is bound at /dev/console, where ttyname(3) looks for
 * it; as bubblewrap does it.
 */
#include <dirent.h>
#include <fnmatch.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "enforce/plan/parts.h"

static const char why[] = "/dev";

/* Every program's: the numbers are those of the kernel's devices.txt. */
static const struct {
	const char *path;
	unsigned major, minor;
} basics[] = {
	{"/dev/null", 1, 3}, {"/dev/zero", 1, 5}, {"/dev/full", 1, 7},
	{"/dev/random", 1, 8}, {"/dev/urandom", 1, 9}, {"/dev/tty", 5, 0},
};

static const struct {
	const char *path, *target;
} links[] = {
	{"/dev/ptmx", "pts/ptmx"}, {"/dev/fd", "/proc/self/fd"},
	{"/dev/stdin", "/proc/self/fd/0"}, {"/dev/stdout", "/proc/self/fd/1"},
	{"/dev/stderr", "/proc/self/fd/2"},
};

/* What a class is known by: names in /dev. */
static const struct class {
	enum profiles_flag flag;
	bool shown;		/* the flag shows it; else it hides it */
	const char *patterns[6];
} classes[] = {
	{PROFILES_NOSOUND, false, {"snd"}},
	{PROFILES_NO3D, false,
	 {"dri", "kfd", "nvidia[0-9]*", "nvidiactl", "nvidia-modeset",
	  "nvidia-uvm"}},
	{PROFILES_NOVIDEO, false, {"video[0-9]*"}},
	{PROFILES_NOTV, false, {"dvb"}},
	{PROFILES_NODVD, false, {"sr[0-9]*"}},
	{PROFILES_NOU2F, false, {"hidraw[0-9]*", "usb"}},
	{PROFILES_NOINPUT, false, {"input"}},
	{PROFILES_NOPRINTERS, false, {"lp[0-9]*"}},
	{PROFILES_KEEP_DEV_TPM, true,
	 {"tpm[0-9]*", "tpmrm[0-9]*", "tcm[0-9]*", "tcmrm[0-9]*"}},
	{PROFILES_KEEP_DEV_NTSYNC, true, {"ntsync"}},
};

static bool is_shown(const struct class *class,
		     const struct profiles_policy *policy)
{
	return profiles_has(policy, class->flag) == class->shown;
}

/* ---- steps ------------------------------------------------------------ */

/* Without memory: NULL, which files_devices() sees at the end. */
static struct enforce_step *add_step(struct enforce_files *files,
				     enum enforce_step_kind kind,
				     const char *path, uint64_t set)
{
	struct enforce_step *step = steps_add(files, kind, path, NULL, why);

	if (step) {
		step->directory = true;
		step->mode = 0755;
		step->set = set;
	}
	return step;
}

static struct enforce_step *add_device(struct enforce_files *files,
				       const char *path, const char *source,
				       bool directory)
{
	struct enforce_step *step;

	steps_add(files, directory ? ENFORCE_DIRECTORY : ENFORCE_FILE, path,
		  NULL, why);
	step = steps_add(files, ENFORCE_BIND, path, source, why);
	if (step) {
		step->directory = directory;
		step->optional = true;
		step->set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;
	}
	return step;
}

/* A file of another kind in its place would be read and written instead. */
static int add_basics(struct enforce_files *files, struct error *err)
{
	struct enforce_step *step;
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(basics); i++) {
		const char *path = basics[i].path;

		if (lstat(path, &st) < 0)
			return base_error(err, errno, "the sandbox needs "
					  "'%s': %m; mount a /dev that has it",
					  path);
		if (!S_ISCHR(st.st_mode) ||
		    st.st_rdev != makedev(basics[i].major, basics[i].minor))
			return base_error(err, ENODEV, "'%s' is not the "
					  "device of that name (character "
					  "device %u:%u); repair /dev", path,
					  basics[i].major, basics[i].minor);
		step = add_device(files, path, path, false);
		if (step)
			step->optional = false;
	}
	return 0;
}

static bool class_has(const struct class *class, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(class->patterns); i++)
		if (class->patterns[i] && class->patterns[i][0] == name[0] &&
		    fnmatch(class->patterns[i], name, 0) == 0)
			return true;
	return false;
}

bool devices_shown(const struct profiles_policy *policy, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		if (is_shown(&classes[i], policy) &&
		    class_has(&classes[i], name))
			return true;
	return false;
}

static int add_class_device(struct enforce_plan *plan, const char *name,
			    struct error *err)
{
	cleanup_free char *path = base_printf("/dev/%s", name);
	struct stat st;

	if (!path)
		return base_error(err, ENOMEM, "out of memory");
	if (lstat(path, &st) < 0)
		return parts_absent(errno) ? 0 : parts_unknown(path, errno,
								err);
	if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode) || S_ISDIR(st.st_mode))
		add_device(&plan->files, path, path, S_ISDIR(st.st_mode));
	return 0;
}

static int add_classes(struct enforce_plan *plan, struct error *err)
{
	DIR *dir = opendir("/dev");
	struct dirent *entry;
	int ret = 0;

	if (!dir)
		return parts_unknown("/dev", errno, err);
	while (ret == 0 && (entry = readdir(dir)))
		if (devices_shown(plan->policy, entry->d_name))
			ret = add_class_device(plan, entry->d_name, err);
	closedir(dir);
	return ret;
}

/* The terminal of our caller, on one of the standard files. */
static void add_terminal(struct enforce_files *files)
{
	char name[64];
	struct stat opened, named;

	for (int fd = 0; fd < 3; fd++) {
		if (ttyname_r(fd, name, sizeof(name)) != 0 ||
		    strncmp(name, "/dev/", 5) != 0 ||
		    fstat(fd, &opened) < 0 || lstat(name, &named) < 0 ||
		    !S_ISCHR(named.st_mode) ||
		    opened.st_rdev != named.st_rdev)
			continue;
		add_device(files, "/dev/console", name, false);
		break;
	}
}

static void add_shm(struct enforce_plan *plan)
{
	struct enforce_step *step;

	if (profiles_has(plan->policy, PROFILES_KEEP_DEV_SHM)) {
		steps_bind(&plan->files, "/dev/shm", "/dev/shm", true,
			   PARTS_SHOWN, "keep-dev-shm");
		return;
	}
	step = add_step(&plan->files, ENFORCE_TMPFS, "/dev/shm", PARTS_SHOWN);
	if (!step)
		return;
	step->mode = 01777;
	step->size = parts_room();
}

/* The tmpfs and what harms nobody. */
static int begin(struct enforce_files *files, struct error *err)
{
	struct enforce_step *step;
	int ret = steps_place(files, "/dev", true, err);

	if (ret < 0)
		return ret;
	step = add_step(files, ENFORCE_TMPFS, "/dev", MOUNT_ATTR_NOSUID |
						      MOUNT_ATTR_NOEXEC);
	if (!step)
		return base_error(err, ENOMEM, "out of memory");
	step->size = PARTS_SMALL;
	return add_basics(files, err);
}

/* The new file systems stay writable: they are mounted when /dev is not. */
static void end(struct enforce_plan *plan)
{
	struct enforce_files *files = &plan->files;
	struct enforce_step *step;

	add_step(files, ENFORCE_DIRECTORY, "/dev/pts", 0);
	add_step(files, ENFORCE_DIRECTORY, "/dev/shm", 0);
	add_step(files, ENFORCE_DIRECTORY, "/dev/mqueue", 0);
	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		steps_add(files, ENFORCE_SYMLINK, links[i].path,
			  links[i].target, why);
	add_terminal(files);
	buses_spare_places(plan);
	step = add_step(files, ENFORCE_AGAIN, "/dev", MOUNT_ATTR_RDONLY);
	if (step)
		step->alone = true;
	add_shm(plan);
	add_step(files, ENFORCE_DEVPTS, "/dev/pts", 0);
	if (!profiles_has(plan->policy, PROFILES_KEEP_IPC))
		add_step(files, ENFORCE_MQUEUE, "/dev/mqueue", 0);
}

int files_devices(struct enforce_plan *plan, struct error *err)
{
	int ret = begin(&plan->files, err);

	if (ret == 0)
		ret = add_classes(plan, err);
	if (ret < 0)
		return ret;
	end(plan);
	if (steps_failed(&plan->files))
		return base_error(err, ENOMEM, "out of memory");
	return kernelfs_plan(plan, err);
}
