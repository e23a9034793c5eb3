/* SPDX-License-Identifier: MIT */
/*
 * File systems that the kernel makes up, and overlays. See mounts.h.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include "enforce/sandbox/mounts.h"

static int set_flag(int context, const char *key)
{
	return (int)syscall(SYS_fsconfig, context, FSCONFIG_SET_FLAG, key, NULL,
			    0);
}

#define HARMLESS (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

/* What is mounted over the host's /proc, a few of it: mountinfo, field 5. */
static void list_covers(char *out, size_t size)
{
	cleanup_fclose FILE *file = fopen("/proc/self/mountinfo", "re");
	char line[4096], path[256];
	size_t used = 0;

	*out = '\0';
	while (file && fgets(line, sizeof(line), file)) {
		int n;

		if (sscanf(line, "%*s %*s %*s %*s %255s", path) != 1 ||
		    strncmp(path, "/proc/", 6) != 0)
			continue;
		n = snprintf(out + used, size - used, "%s%s",
			     used ? ", " : "", path);
		if (n < 0 || (size_t)n >= size - used)
			break;
		used += (size_t)n;
	}
}

/* The kernel gives a user namespace a new /proc only where the old one can be
 * seen whole (fs/namespace.c, mount_too_revealing). */
static int no_proc(struct error *err)
{
	char covers[256];
	int code = errno;

	list_covers(covers, sizeof(covers));
	if (code == EPERM && *covers)
		return base_error(err, code, "the kernel gives the sandbox no "
				  "/proc of its own, because parts of this "
				  "one are covered (%.160s); run jail outside "
				  "of that container, or start it with "
				  "--security-opt systempaths=unconfined "
				  "(Docker), unmask=ALL (podman), or in a unit "
				  "without ProtectKernelTunables= and the like",
				  covers);
	return base_error(err, code, "cannot mount a /proc for the sandbox: "
			  "%s; 'jail doctor' says what this system lacks",
			  strerror(code));
}

int mounts_take_proc(struct mounts *mounts, const struct enforce_step *step,
		     struct error *err)
{
	cleanup_close int context = mounts_context("proc");
	cleanup_close int tree = context < 0 ? -1 : mounts_create(context,
								  HARMLESS);

	if (tree < 0)
		return no_proc(err);
	mounts->limit = openat(tree, "sys/user/max_user_namespaces",
			       O_WRONLY | O_CLOEXEC);
	return mounts_attach(mounts, step, tree, err);
}

/* Where parts of /sys are covered, as in another sandbox, the kernel gives no
 * new one: then the old one is seen, read-only. */
static int show_sys(struct mounts *mounts, const struct enforce_step *step,
		    struct error *err)
{
	cleanup_close int from = -1, tree = -1;

	from = (int)mounts_open_below(mounts->host, "/sys", O_PATH);
	tree = from < 0 ? -1 : mounts_copy(from, "", true);
	if (tree < 0 || mounts_set_flags(tree, MOUNT_ATTR_RDONLY | HARMLESS, 0,
					 true) < 0)
		return mounts_failed(step, "bind", err);
	return mounts_attach(mounts, step, tree, err);
}

/* devpts without gid=: group 5 has no number in the user namespace. */
int mounts_take_special(struct mounts *mounts,
			const struct enforce_step *step, struct error *err)
{
	bool terminals = step->kind == ENFORCE_DEVPTS;
	bool sys = step->kind == ENFORCE_SYSFS;
	cleanup_close int context = mounts_context(terminals ? "devpts" :
						 sys ? "sysfs" : "mqueue");
	cleanup_close int tree = -1;

	if (context < 0)
		return mounts_failed(step, "mount", err);
	if (terminals && (set_flag(context, "newinstance") < 0 ||
			  mounts_option(context, "ptmxmode", "0666") < 0 ||
			  mounts_option(context, "mode", "0620") < 0))
		return mounts_failed(step, "mount", err);
	tree = mounts_create(context, step->set | MOUNT_ATTR_NOSUID |
				      MOUNT_ATTR_NOEXEC |
				      (terminals ? 0 : MOUNT_ATTR_NODEV));
	if (tree < 0 && errno == EPERM && sys)
		return show_sys(mounts, step, err);
	return mounts_attach(mounts, step, tree, err);
}

/* ---- overlays --------------------------------------------------------- */

/* Names in options are split at commas and colons: descriptors are not. */
static int set_folder(int context, const char *key, int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return mounts_option(context, key, path);
}

/* A file system in memory, for what overlays without a folder keep. */
static int open_memory(struct mounts *mounts, const struct enforce_step *step)
{
	cleanup_close int at = -1;

	if (mounts->memory >= 0)
		return 0;
	mounts->memory = mounts_tmpfs(step->size, 0, 0755, 0);
	at = openat(mounts->scratch, "memory", O_PATH | O_CLOEXEC);
	if (mounts->memory < 0 || at < 0)
		return -1;
	return mounts_move(mounts->memory, at);
}

/* upperN and workN in memory; the upper one looks like what is below it. */
static int make_layers(struct mounts *mounts, const struct enforce_step *step,
		       int lower, int *upper, int *work)
{
	char name[2][32];
	struct stat st;

	snprintf(name[0], sizeof(name[0]), "upper%zu", mounts->taken);
	snprintf(name[1], sizeof(name[1]), "work%zu", mounts->taken);
	if (open_memory(mounts, step) < 0 || fstat(lower, &st) < 0 ||
	    mkdirat(mounts->memory, name[0], st.st_mode & 07777) < 0 ||
	    mkdirat(mounts->memory, name[1], 0700) < 0)
		return -1;
	/* An owner without a number here stays ours. */
	(void)!fchownat(mounts->memory, name[0], st.st_uid, st.st_gid, 0);
	*upper = openat(mounts->memory, name[0], O_PATH | O_CLOEXEC);
	*work = openat(mounts->memory, name[1], O_PATH | O_CLOEXEC);
	return *upper < 0 || *work < 0 ? -1 : 0;
}

static int open_layers(struct mounts *mounts, const struct enforce_step *step,
		       int lower, int *upper, int *work)
{
	if (!step->upper)
		return make_layers(mounts, step, lower, upper, work);
	*upper = (int)mounts_open_below(mounts->host, step->upper,
					O_PATH | O_DIRECTORY);
	*work = (int)mounts_open_below(mounts->host, step->work,
				       O_PATH | O_DIRECTORY);
	return *upper < 0 || *work < 0 ? -1 : 0;
}

int mounts_take_overlay(struct mounts *mounts,
			const struct enforce_step *step, struct error *err)
{
	cleanup_close int lower = -1, upper = -1, work = -1, context = -1,
			  tree = -1;

	lower = (int)mounts_open_below(mounts->host, step->source,
				       O_PATH | O_DIRECTORY);
	if (lower < 0 || open_layers(mounts, step, lower, &upper, &work) < 0)
		return mounts_failed(step, "open the layers of", err);
	context = mounts_context("overlay");
	if (context < 0)
		return mounts_failed(step, "overlay", err);
	/* As an ordinary user, its notes are attributes that he may set. */
	if (set_folder(context, "lowerdir", lower) < 0 ||
	    set_folder(context, "upperdir", upper) < 0 ||
	    set_folder(context, "workdir", work) < 0 ||
	    (step->user_attributes && set_flag(context, "userxattr") < 0))
		return mounts_failed(step, "overlay", err);
	tree = mounts_create(context, step->set);
	return mounts_attach(mounts, step, tree, err);
}
