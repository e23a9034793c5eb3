/* SPDX-License-Identifier: MIT */
/*
 * The tree with an overlay: as the local tree, but what the program changes
 * goes elsewhere (Documentation/filesystems/overlayfs.rst), and nothing of the
 * host is changed by it.
 *
 * Which folders. Each folder in the root that the user may write to gets an
 * overlay of its own; of another one those folders in it that he may write to.
 * All else is read-only. An overlay shows nothing of what is mounted below its
 * folder, and the kernel refuses one there to an ordinary user, who could thus
 * see below a mount: so a folder above a mount is read-only itself, and what is
 * in it gets overlays; one like /tmp is empty and in memory instead. The home
 * of an ordinary user always gets one of its own: what is in a folder of
 * somebody who has no number in the user namespace cannot be changed in the
 * overlay of that folder (EOVERFLOW).
 *
 * Where to. `overlay`, `overlay-named NAME`: into the first of jail's own
 * folders, which is masked in every tree,
 *
 *	OWN/overlays/NAME/upper/home%u/...	what was changed in /home/u
 *	OWN/overlays/NAME/work/home%u/...	the kernel's
 *	OWN/overlays/NAME/lock			see overlay-lock.c
 *
 * for the kernel does not keep two overlays from using the same folder, nor
 * from using one in the other.
 *
 * `overlay-tmpfs`: into memory, see mounts-special.c.
 *
 * Sockets of the host cannot be connected to through an overlay, for its files
 * are others to the kernel; so those of X11 are bound.
 */
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mount.h>

#include "enforce/plan/parts.h"
#include "enforce/plan/view.h"

#define MOST 100	/* overlays; what is left is read-only */
#define X11 "/tmp/.X11-unix"

struct mount {
	char *point, *type;
};

struct overlay {
	struct enforce_plan *plan;
	char *base;		/* OWN/overlays/NAME; NULL: in memory */
	struct mount *mounts;	/* in their order: a later one covers */
	size_t count;
	size_t made;
	const char *why;
};

static int no_memory(struct error *err)
{
	return base_error(err, ENOMEM, "out of memory");
}

/* ---- mounts of the host ----------------------------------------------- */

static int note(void *data, const struct mountinfo *mount)
{
	struct overlay *overlay = data;
	struct mount *mounts = reallocarray(overlay->mounts, overlay->count + 1,
					    sizeof(*mounts));
	struct mount *new;

	if (!mounts)
		return -ENOMEM;
	overlay->mounts = mounts;
	new = &mounts[overlay->count++];
	new->point = strdup(mount->point);
	new->type = strdup(mount->type);
	return new->point && new->type ? 0 : -ENOMEM;
}

static void overlay_free(struct overlay *overlay)
{
	for (size_t i = 0; i < overlay->count; i++) {
		free(overlay->mounts[i].point);
		free(overlay->mounts[i].type);
	}
	free(overlay->mounts);
	free(overlay->base);
}

static bool mount_below(const struct overlay *overlay, const char *path)
{
	for (size_t i = 0; i < overlay->count; i++) {
		const char *point = overlay->mounts[i].point;

		if (view_below(point, path) && strcmp(point, path) != 0)
			return true;
	}
	return false;
}

/* The type of the file system that PATH is on. */
static const char *type_of(const struct overlay *overlay, const char *path)
{
	const struct mount *found = NULL;

	for (size_t i = 0; i < overlay->count; i++)
		if (view_below(path, overlay->mounts[i].point) &&
		    (!found || strlen(overlay->mounts[i].point) >=
			       strlen(found->point)))
			found = &overlay->mounts[i];
	return found ? found->type : "";
}

/* Not what the kernel makes up, nor what may hang or is another user's. */
static bool can_be_below(const char *type)
{
	static const char *const not[] = {
		"autofs", "binfmt_misc", "bpf", "cgroup", "cgroup2",
		"configfs", "debugfs", "devpts", "devtmpfs", "fuse.portal",
		"fuse.gvfsd-fuse", "hugetlbfs", "mqueue", "nsfs", "proc",
		"pstore", "ramfs", "securityfs", "sysfs", "tracefs",
	};

	for (size_t i = 0; i < ARRAY_SIZE(not); i++)
		if (strcmp(type, not[i]) == 0)
			return false;
	return true;
}

/* Those that the kernel does not take, or that lack what it needs: attributes,
 * file types in folders, renames that exchange. */
static bool can_be_above(const char *type)
{
	static const char *const not[] = {
		"9p", "afs", "ceph", "cifs", "ecryptfs", "exfat", "msdos",
		"nfs", "nfs4", "overlay", "ramfs", "smb3", "vboxsf", "vfat",
	};

	for (size_t i = 0; i < ARRAY_SIZE(not); i++)
		if (strcmp(type, not[i]) == 0)
			return false;
	return strncmp(type, "fuse", 4) != 0;
}

/* ---- where changes are kept ------------------------------------------- */

static int check_name(const char *name, struct error *err)
{
	if (*name && !strchr(name, '/') && strcmp(name, ".") != 0 &&
	    strcmp(name, "..") != 0 && strlen(name) <= NAME_MAX)
		return 0;
	return base_error(err, EINVAL, "'%.100s' cannot be the name of an "
			  "overlay; give another with "
			  "--overlay-named=NAME", name);
}

static int check_type(const struct overlay *overlay, struct error *err)
{
	const char *type = type_of(overlay, overlay->base);

	if (can_be_above(type))
		return 0;
	return base_error(err, ENOTSUP, "an overlay cannot be kept in "
			  "\"%.150s\", for its file system is %s; set "
			  "XDG_DATA_HOME to a folder on a local disk, or take "
			  "overlay-tmpfs", overlay->base, type);
}

static int open_base(struct overlay *overlay, struct error *err)
{
	const struct enforce_plan *plan = overlay->plan;
	const char *name = plan->policy->overlay ? plan->policy->overlay :
						   plan->program;
	cleanup_free char *made = NULL;
	int ret = check_name(name, err);

	if (ret < 0)
		return ret;
	if (!plan->context.own || !plan->context.own[0])
		return base_error(err, EINVAL, "there is no folder to keep an "
				  "overlay in; take overlay-tmpfs");
	made = base_printf("%s/overlays/%s", plan->context.own[0], name);
	if (!made)
		return no_memory(err);
	ret = base_mkdirs(made, 0700, err);
	if (ret < 0)
		return ret;
	overlay->base = realpath(made, NULL);
	if (!overlay->base)
		return base_error(err, errno, "cannot open \"%.200s\": %m",
				  made);
	ret = check_type(overlay, err);
	return ret < 0 ? ret : overlay_lock(&overlay->plan->files,
					    overlay->base, err);
}

/* The upper folder for PATH, which looks as PATH does: where it lies in the
 * overlay, its own owner and mode count. */
static int make_upper(const char *upper, const char *path, struct error *err)
{
	struct stat st;
	int ret;

	if (access(upper, F_OK) == 0)
		return 0;
	ret = base_mkdirs(upper, 0755, err);
	if (ret < 0)
		return ret;
	if (stat(path, &st) < 0 ||
	    (geteuid() == 0 && chown(upper, st.st_uid, st.st_gid) < 0) ||
	    chmod(upper, st.st_mode & 07777) < 0)
		return base_error(err, errno, "cannot prepare \"%.200s\": %m",
				  upper);
	return 0;
}

static int keep(const struct overlay *overlay, struct enforce_step *step,
		struct error *err)
{
	cleanup_free char *flat = strdup(step->path + 1);
	int ret;

	if (!flat)
		return no_memory(err);
	for (char *slash = flat; (slash = strchr(slash, '/')); )
		*slash = '%'; /* fits() sees to it that no name has one */
	step->upper = base_printf("%s/upper/%s", overlay->base, flat);
	step->work = base_printf("%s/work/%s", overlay->base, flat);
	if (!step->upper || !step->work)
		return no_memory(err);
	ret = make_upper(step->upper, step->path, err);
	return ret < 0 ? ret : base_mkdirs(step->work, 0700, err);
}

/* ---- the folders ------------------------------------------------------ */

static int add_overlay(struct overlay *overlay, const char *path,
		       struct error *err)
{
	const struct enforce_plan *plan = overlay->plan;
	struct enforce_step *step = steps_add(&overlay->plan->files,
					      ENFORCE_OVERLAY, path, path,
					      overlay->why);

	if (!step)
		return no_memory(err);
	overlay->made++;
	step->directory = true;
	step->set = PARTS_SHOWN;
	step->size = parts_room();
	/* The attributes of root's overlays are not to be had in a user
	 * namespace. */
	step->user_attributes = plan->context.uid != 0 ||
				profiles_has(plan->policy, PROFILES_NOROOT);
	return overlay->base ? keep(overlay, step, err) : 0;
}

static int add_bind(struct overlay *overlay, const char *path,
		    struct error *err)
{
	if (!steps_bind(&overlay->plan->files, path, path, true,
			PARTS_READ_ONLY, overlay->why))
		return no_memory(err);
	return 0;
}

static bool may_write(const struct overlay *overlay, const char *path)
{
	if (faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) == 0)
		return true;
	if (errno != EROFS)
		view_note(&overlay->plan->files, path, errno);
	return false;
}

static bool fits(const struct overlay *overlay, const char *path)
{
	return !mount_below(overlay, path) && !strchr(path, '%') &&
	       can_be_below(type_of(overlay, path)) &&
	       may_write(overlay, path) && overlay->made < MOST;
}

static int add_inside(void *data, const struct entry *entry, struct error *err)
{
	struct overlay *overlay = data;

	if (!S_ISDIR(entry->st.st_mode) || !fits(overlay, entry->path))
		return 0;
	return add_overlay(overlay, entry->path, err);
}

static int add_folder(struct overlay *overlay, const char *path,
		      struct error *err)
{
	struct stat st;
	int ret;

	if (fits(overlay, path))
		return add_overlay(overlay, path, err);
	if (stat(path, &st) == 0 && st.st_mode & S_ISVTX &&
	    mount_below(overlay, path))
		return steps_tmpfs(&overlay->plan->files, path, 01777,
				   overlay->why) ? 0 : no_memory(err);
	ret = add_bind(overlay, path, err);
	if (ret < 0 || access(path, R_OK | X_OK) < 0 ||
	    !can_be_below(type_of(overlay, path)))
		return ret;
	return entries_each(path, overlay, add_inside, err);
}

/* /home and /root for an ordinary user: his own and nobody else's, as in the
 * local tree. */
static int add_homes(struct overlay *overlay, const char *path,
		     struct error *err)
{
	struct enforce_plan *plan = overlay->plan;
	struct enforce_step *step;
	const char *home = plan->context.home;
	bool inside = home && view_below(home, path) && strcmp(home, path) != 0;
	int ret = 0;

	if (plan->context.uid == 0 ||
	    profiles_has(plan->policy, PROFILES_ALLUSERS))
		return add_folder(overlay, path, err);
	step = steps_tmpfs(&plan->files, path, 0755, overlay->why);
	if (!step)
		return no_memory(err);
	step->size = PARTS_SMALL;
	if (inside)
		ret = steps_place(&plan->files, home, true, err);
	if (ret < 0)
		return ret;
	step = steps_add(&plan->files, ENFORCE_AGAIN, path, NULL, overlay->why);
	if (!step)
		return no_memory(err);
	step->directory = step->alone = true;
	step->set = MOUNT_ATTR_RDONLY;
	return inside ? add_folder(overlay, home, err) : 0;
}

/* Some are made by other stages, or nobody needs them; sockets in /run have to
 * work. */
static int add_top(void *data, const struct entry *entry, struct error *err)
{
	static const char *const others[] = {"boot", "dev", "lost+found",
					     "proc", "sys", NULL};
	static const char *const homes[] = {"home", "root", NULL};
	static const char *const as_it_is[] = {"media", "mnt", "run", NULL};
	struct overlay *overlay = data;
	struct enforce_files *files = &overlay->plan->files;
	int ret;

	if (entries_is_one_of(entry->name, others))
		return 0;
	if (S_ISLNK(entry->st.st_mode))
		return entries_link(files, entry->path, entry, overlay->why,
				    err);
	if (!S_ISDIR(entry->st.st_mode))
		return 0;
	ret = steps_place(files, entry->path, true, err);
	if (ret < 0)
		return ret;
	if (entries_is_one_of(entry->name, as_it_is))
		return add_bind(overlay, entry->path, err);
	if (entries_is_one_of(entry->name, homes))
		return add_homes(overlay, entry->path, err);
	return add_folder(overlay, entry->path, err);
}

/* A home that lies elsewhere than homes do. */
static int add_other_home(struct overlay *overlay, struct error *err)
{
	struct enforce_files *files = &overlay->plan->files;
	const char *home = overlay->plan->context.home;
	struct stat st;
	int ret;

	if (!home || overlay->plan->context.uid == 0 ||
	    lstat(home, &st) < 0 || !S_ISDIR(st.st_mode))
		return 0;
	for (size_t i = 0; i < files->count; i++)
		if (files->steps[i].kind == ENFORCE_OVERLAY &&
		    view_below(files->steps[i].path, home))
			return 0;
	ret = steps_place(files, home, true, err);
	return ret < 0 ? ret : add_folder(overlay, home, err);
}

static int add_x11(struct overlay *overlay, struct error *err)
{
	struct stat st;
	int ret;

	if (profiles_has(overlay->plan->policy, PROFILES_X11_NONE) ||
	    view_host_lstat(&overlay->plan->files, X11, &st) < 0 ||
	    !S_ISDIR(st.st_mode))
		return 0;
	ret = steps_place(&overlay->plan->files, X11, true, err);
	return ret < 0 ? ret : add_bind(overlay, X11, err);
}

int files_overlay(struct enforce_plan *plan, struct error *err)
{
	__attribute__((cleanup(overlay_free))) struct overlay overlay = {
		.plan = plan, .why = "overlay",
	};
	int ret = mountinfo_read(note, &overlay, err);

	if (profiles_has(plan->policy, PROFILES_OVERLAY_TMPFS))
		overlay.why = "overlay-tmpfs";
	else if (ret == 0)
		ret = open_base(&overlay, err);
	if (ret == 0)
		ret = entries_each("/", &overlay, add_top, err);
	if (ret == 0)
		ret = add_other_home(&overlay, err);
	return ret < 0 ? ret : add_x11(&overlay, err);
}
