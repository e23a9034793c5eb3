/* SPDX-License-Identifier: MIT */
/*
 * Whether the files that a list was learned from are those that run now. A look
 * at a file is one stat(2): inode, size and time say that it is the same. Only
 * where they do not is it opened, for its build-id: a copy, or one that was
 * merely touched, is the same file still.
 *
 * The paths are what a target had mapped, so they may lead anywhere. Only a
 * regular file is opened, by the descriptor that was looked at (O_PATH, which
 * no FIFO and no device notices), none that the kernel makes up as it is read
 * (/proc/kmsg: what was read of it is gone), and below a root of its own no
 * link leads out (openat2(2), RESOLVE_IN_ROOT).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <search.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/utsname.h>

#include "profiles/profiles.h"

enum state {
	FILE_IS_THERE,
	FILE_IS_GONE,
	FILE_IS_HIDDEN		/* it cannot be looked at: nothing is known */
};

struct file {
	char *path;
	enum state state;
	struct profiles_stamp stamp;
	bool opened;
	char *build_id;		/* once it was opened; NULL: it has none */
};

struct look {
	struct profiles_files *files;
	int root;		/* below 0: the host's own */
	int (*tell)(void *data, const struct profiles_change *change);
	void *data;
};

/* ---- a file -------------------------------------------------------------- */

static int compare_files(const void *a, const void *b)
{
	const struct file *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static void free_file(void *data)
{
	struct file *file = data;

	free(file->path);
	free(file->build_id);
	free(file);
}

void profiles_files_free(struct profiles_files *files)
{
	if (files)
		tdestroy(take_ptr(files->tree), free_file);
}

static int open_in_root(int root, const char *path)
{
	return base_openat2(root, path, O_PATH,
			    RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

/* O_PATH: nothing happens to what is opened. */
static int open_path(const struct look *look, const char *path)
{
	return look->root < 0 ? open(path, O_PATH | O_CLOEXEC) :
				open_in_root(look->root, path);
}

static int status_of(const struct look *look, const char *path,
		     struct stat *status)
{
	cleanup_close int fd = -1;

	if (look->root < 0)
		return stat(path, status);
	fd = open_in_root(look->root, path);
	return fd < 0 ? -1 : fstat(fd, status);
}

static void look_at(const struct look *look, struct file *file)
{
	struct stat status;

	if (status_of(look, file->path, &status) < 0) {
		file->state = errno == ENOENT || errno == ENOTDIR ?
			FILE_IS_GONE : FILE_IS_HIDDEN;
		return;
	}
	file->state = FILE_IS_THERE;
	file->stamp = (struct profiles_stamp){
		.inode = status.st_ino,
		.size = (uint64_t)status.st_size,
		.mtime = (int64_t)status.st_mtim.tv_sec * 1000000000 +
			 status.st_mtim.tv_nsec,
	};
	/* What was a file and is a folder or a FIFO now is gone. */
	if (!S_ISREG(status.st_mode))
		file->state = FILE_IS_GONE;
}

/* The file at PATH, looked at once; NULL without memory. */
static struct file *find_file(const struct look *look, const char *path)
{
	struct file key = { .path = (char *)path }, *file, **found;

	found = tfind(&key, &look->files->tree, compare_files);
	if (found)
		return *found;
	file = calloc(1, sizeof(*file));
	if (!file)
		return NULL;
	file->path = strdup(path);
	if (!file->path ||
	    !tsearch(file, &look->files->tree, compare_files)) {
		free_file(file);
		return NULL;
	}
	look_at(look, file);
	return file;
}

/* No program is such a file, and to read one may do something. */
static bool is_made_up(int fd)
{
	static const uint32_t kinds[] = {
		PROC_SUPER_MAGIC, SYSFS_MAGIC, DEBUGFS_MAGIC, TRACEFS_MAGIC,
		SECURITYFS_MAGIC, CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC,
		SELINUX_MAGIC, EFIVARFS_MAGIC, BPF_FS_MAGIC,
	};
	struct statfs status;

	if (fstatfs(fd, &status) < 0)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if ((uint32_t)status.f_type == kinds[i])
			return true;
	return false;
}

/* Another file may be there by now; it is then the one that counts. */
static void read_build_id(const struct look *look, struct file *file)
{
	cleanup_close int path = open_path(look, file->path), fd = -1;
	struct stat status;
	char link[32];

	file->opened = true;
	look->files->opened++;
	if (path < 0 || fstat(path, &status) < 0 || !S_ISREG(status.st_mode))
		return;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", path);
	if (!is_made_up(path))
		fd = open(link, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		file->state = FILE_IS_HIDDEN;
	else
		base_build_id_fd(fd, file->path, &file->build_id, NULL);
}

/* ---- what was learned of it ---------------------------------------------- */

static bool is_stamp(const struct profiles_stamp *a,
		     const struct profiles_stamp *b)
{
	return a->inode == b->inode && a->size == b->size &&
	       a->mtime == b->mtime;
}

static bool has_stamp(const struct profiles_object *objects, size_t count,
		      const struct profiles_stamp *stamp)
{
	for (size_t i = 0; i < count; i++)
		if (stamp ? is_stamp(&objects[i].stamp, stamp) :
			    objects[i].stamp.inode != 0)
			return true;
	return false;
}

/* Without a build-id it is the same while size and time are. */
static bool has_identity(const struct profiles_object *objects, size_t count,
			 const struct file *file)
{
	for (size_t i = 0; i < count; i++) {
		const struct profiles_stamp *stamp = &objects[i].stamp;

		if (objects[i].build_id && file->build_id ?
			strcmp(objects[i].build_id, file->build_id) == 0 :
			!objects[i].build_id && stamp->inode &&
			stamp->size == file->stamp.size &&
			stamp->mtime == file->stamp.mtime)
			return true;
	}
	return false;
}

static bool is_below(const char *path, const char *folder)
{
	size_t length = strlen(folder);

	return strncmp(path, folder, length) == 0 && path[length] == '/';
}

/* What the kernel calls otherwise is none that has a name. */
static bool is_path(const char *path)
{
	static const char deleted[] = " (deleted)";
	size_t length = strlen(path);

	return *path == '/' &&
	       (length < sizeof(deleted) ||
		strcmp(path + length - (sizeof(deleted) - 1), deleted) != 0);
}

/* What a program makes for itself in these folders does not last. */
static bool is_lasting(const char *path)
{
	static const char *const passing[] = {
		"/tmp", "/var/tmp", "/dev", "/proc", "/run", "/sys",
	};

	for (size_t i = 0; i < ARRAY_SIZE(passing); i++)
		if (is_below(path, passing[i]))
			return false;
	return true;
}

static bool is_outdated(const struct profiles_object *objects, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!objects[i].outdated)
			return false;
	return true;
}

static int report(const struct look *look,
		  const struct profiles_object *object, bool gone)
{
	return look->tell(look->data, &(struct profiles_change){
		.path = object->path,
		.library = object->library,
		.gone = gone,
	});
}

/* OBJECTS are those of one path. */
static int compare_path(const struct look *look,
			const struct profiles_object *objects, size_t count)
{
	struct file *file;

	if (!is_path(objects->path) || !has_stamp(objects, count, NULL))
		return 0;
	file = find_file(look, objects->path);
	if (!file)
		return 0;
	if (file->state == FILE_IS_GONE)
		return is_lasting(objects->path) &&
		       !is_outdated(objects, count) ?
			       report(look, objects, true) : 0;
	if (file->state == FILE_IS_HIDDEN ||
	    has_stamp(objects, count, &file->stamp))
		return 0;
	if (!file->opened)
		read_build_id(look, file);
	if (file->state == FILE_IS_HIDDEN ||
	    has_identity(objects, count, file))
		return 0;
	return report(look, objects, false);
}

/* ---- the kernel ---------------------------------------------------------- */

/* Whether both are of one version: "6.18.44" and "6.18.45-amd64" are. */
static bool is_version(const char *a, const char *b)
{
	unsigned first[2], second[2];

	if (sscanf(a, "%5u.%5u", &first[0], &first[1]) != 2 ||
	    sscanf(b, "%5u.%5u", &second[0], &second[1]) != 2)
		return strcmp(a, b) == 0;
	return first[0] == second[0] && first[1] == second[1];
}

static int compare_kernels(const struct look *look, const char *const *kernels)
{
	struct utsname names;
	size_t count = 0;

	if (!kernels || !*kernels || uname(&names) < 0)
		return 0;
	for (; kernels[count]; count++)
		if (is_version(kernels[count], names.release))
			return 0;
	return look->tell(look->data, &(struct profiles_change){
		.kernel = names.release,
		.was = kernels[count - 1],
	});
}

/* ---- all of it ----------------------------------------------------------- */

/* What a program, a compiler say, makes for itself and runs once, with another
 * name each time. */
static bool is_past(const struct profiles_object *objects, size_t count)
{
	return !is_lasting(objects->path) && is_outdated(objects, count);
}

static size_t same_path(const struct profiles_object *objects, size_t count)
{
	size_t same = 1;

	while (same < count && strcmp(objects[same].path, objects->path) == 0)
		same++;
	return same;
}

static int open_root(const char *root)
{
	return open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

int profiles_changes(struct profiles_files *files,
		     const struct profiles_object *objects, size_t count,
		     const char *const *kernels, const char *root,
		     int (*tell)(void *data,
				 const struct profiles_change *change),
		     void *data)
{
	cleanup_profiles_files struct profiles_files own = { 0 };
	cleanup_close int fd = root ? open_root(root) : -1;
	struct look look = { files ? files : &own, fd, tell, data };
	size_t same, paths = 0;
	int ret;

	/* Without its root, nothing is known of the files. */
	if (root && fd < 0)
		count = 0;
	ret = compare_kernels(&look, kernels);
	for (size_t i = 0; ret >= 0 && i < count &&
	     paths < PROFILES_PATHS_MAX; i += same) {
		same = same_path(objects + i, count - i);
		if (is_past(objects + i, same))
			continue;
		ret = compare_path(&look, objects + i, same);
		paths++;
	}
	return ret < 0 ? ret : 0;
}
