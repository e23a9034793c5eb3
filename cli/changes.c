/* SPDX-License-Identifier: MIT */
/*
 * changes: what has changed since a program was learned, and what it is called.
 * People know the package of a file, so dpkg's own lists are asked for it, but
 * only where something has changed, and not for long: first those whose names
 * are likely (libgtk-3-0 for libgtk-3.so.0), then all, until the time is up. A
 * file that is found in none is called by its own name.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <search.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/fresh.h"

#define LISTS "/var/lib/dpkg/info"
#define SUFFIX ".list"
#define LARGEST (8 << 20)	/* bytes of a list */

static void free_change(struct change *change)
{
	free(change->name);
	free(change->path);
	free(change->kernel);
	free(change->was);
}

void changes_free(struct changes *changes)
{
	if (!changes)
		return;
	for (size_t i = 0; i < changes->count; i++)
		free_change(&changes->items[i]);
	base_free(&changes->items);
	changes->count = 0;
}

/* ---- from the store ------------------------------------------------- */

static char *copy(const char *text)
{
	return text ? strdup(text) : NULL;
}

static int take_change(void *data, const struct profiles_change *row)
{
	struct changes *changes = data;
	const char *slash = row->path ? strrchr(row->path, '/') : NULL;
	const char *name = slash ? slash + 1 : "the kernel";
	struct change *grown = reallocarray(changes->items, changes->count + 1,
					    sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	changes->items = grown;
	grown += changes->count++;
	*grown = (struct change){
		.name = strdup(name),
		.path = copy(row->path),
		.library = row->library,
		.gone = row->gone,
		.kernel = copy(row->kernel),
		.was = copy(row->was),
	};
	return grown->name ? 0 : -ENOMEM;
}

/* A script is run by an executable that was seen, wherever it lies itself. */
static bool is_executable(const char *path)
{
	cleanup_close int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY |
				    O_CLOEXEC);
	char magic[4] = "";

	return fd >= 0 && read(fd, magic, sizeof(magic)) == sizeof(magic) &&
	       memcmp(magic, "\177ELF", sizeof(magic)) == 0;
}

/* What runs now under the program's name, where it is none of the executables
 * that it was learned from. */
static int take_other(struct changes *changes, const struct db_objects *objects,
		      const char *executable)
{
	cleanup_free char *path = realpath(executable, NULL);

	if (!path || !objects->count)
		return 0;
	for (size_t i = 0; i < objects->count; i++)
		if (!objects->objects[i].library &&
		    strcmp(objects->objects[i].path, path) == 0)
			return 0;
	return !is_executable(path) ? 0 :
		take_change(changes, &(struct profiles_change){.path = path});
}

int changes_read(struct changes *changes, struct db *db, const char *program,
		 const char *root, const char *executable,
		 struct profiles_files *files, struct error *err)
{
	struct db_objects objects = {0};
	int ret = db_objects(db, program, &objects, err);

	if (ret == 0) {
		ret = profiles_changes(files, objects.objects, objects.count,
				       (const char *const *)objects.kernels,
				       root, take_change, changes);
		if (ret == 0 && executable)
			ret = take_other(changes, &objects, executable);
		if (ret < 0)
			base_error(err, -ret, "out of memory");
	}
	db_objects_free(&objects);
	return ret;
}

/* ---- packages ------------------------------------------------------- */

struct lists {
	int folder;
	int64_t until;		/* monotonic */
	struct changes *changes;
	size_t unnamed;
};

static int open_below(int folder, const char *name)
{
	return base_openat2(folder, name, O_RDONLY | O_NONBLOCK | O_NOCTTY,
			    RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
}

static int open_lists(const char *root)
{
	cleanup_close int top = open(root ? root : "/",
				     O_PATH | O_DIRECTORY | O_CLOEXEC);

	return top < 0 ? -1 :
		base_openat2(top, LISTS, O_RDONLY | O_DIRECTORY,
			     RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

/* The text of a list, with a newline in front; NULL: none. */
static char *read_list(const struct lists *lists, const char *name)
{
	cleanup_close int fd = open_below(lists->folder, name);
	struct stat status;
	ssize_t length;
	char *text;

	if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) ||
	    status.st_size > LARGEST)
		return NULL;
	text = malloc((size_t)status.st_size + 2);
	if (!text)
		return NULL;
	*text = '\n';
	length = base_read_all(fd, text + 1, (size_t)status.st_size);
	text[length < 0 ? 1 : length + 1] = '\0';
	return text;
}

/* BEGINNING: a longer line will do. */
static bool has_line(const char *text, const char *line, bool beginning)
{
	size_t length = strlen(line);

	for (; (text = strstr(text, line)); text += length)
		if (text[-1] == '\n' &&
		    (beginning || text[length] == '\n' || !text[length]))
			return true;
	return false;
}

/* dpkg's list has the path that the package has: on a merged /usr, /lib is
 * where the kernel says /usr/lib. A library that is gone has left its name to
 * the next one, up to its version. */
static bool owns(const char *text, const struct change *change)
{
	cleanup_free char *path = strdup(change->path);
	char *so = path ? strstr(path, ".so.") : NULL;
	bool beginning = change->gone && so;

	if (!path)
		return false;
	if (beginning)
		so[4] = '\0';
	return has_line(text, path, beginning) ||
	       (strncmp(path, "/usr/", 5) == 0 &&
		has_line(text, path + 4, beginning));
}

/* FILE is "libc6:amd64.list". */
static void name_of(char *out, size_t size, const char *file)
{
	size_t length = strlen(file) - strlen(SUFFIX);
	const char *colon = memchr(file, ':', length);

	if (colon)
		length = (size_t)(colon - file);
	snprintf(out, size, "%.*s", (int)length, file);
}

/* Names the changes from NUMBER on, at most COUNT, that the list FILE has. */
static void try_list(struct lists *lists, const char *file, size_t number,
		     size_t count)
{
	cleanup_free char *text = read_list(lists, file);
	char package[256], *name;

	name_of(package, sizeof(package), file);
	for (size_t i = number; text && i < number + count; i++) {
		struct change *change = &lists->changes->items[i];

		if (!change->path || change->name || !owns(text, change))
			continue;
		name = strdup(package);
		if (!name)
			return;
		change->name = name;
		lists->unnamed--;
	}
}

static bool is_late(const struct lists *lists)
{
	return base_now_monotonic() > lists->until;
}

/* "libgtk-3.so.0.2406.32": "libgtk-3-0"; "libc.so.6": "libc6"; else the name
 * itself. */
static void guess(char *out, size_t size, const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	const char *so = strstr(name, ".so");
	size_t stem = so ? (size_t)(so - name) : strlen(name);
	const char *version = so && so[3] == '.' ? so + 4 : "";
	bool dash = stem && isdigit((unsigned char)name[stem - 1]);

	snprintf(out, size, "%.*s%s%.*s", (int)stem, name,
		 *version && dash ? "-" : "", (int)strcspn(version, "."),
		 version);
	for (; *out; out++)
		*out = *out == '_' ? '-' : (char)tolower((unsigned char)*out);
}

/* With and without the mark of a rebuild, and of the architecture. */
static void try_guess(struct lists *lists, size_t number)
{
	static const char *const marks[] = { "", "t64" };
	static const char *const archs[] = { ":amd64", "", ":arm64", ":i386" };
	struct change *change = &lists->changes->items[number];
	char stem[200], file[256];

	if (!change->path)
		return;
	guess(stem, sizeof(stem), change->path);
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		for (size_t j = 0; j < ARRAY_SIZE(archs); j++) {
			if (change->name || is_late(lists))
				return;
			snprintf(file, sizeof(file), "%s%s%s" SUFFIX, stem,
				 marks[i], archs[j]);
			try_list(lists, file, number, 1);
		}
}

static bool is_list(const char *name)
{
	size_t length = strlen(name);

	return length > strlen(SUFFIX) && length < 256 &&
	       strcmp(name + length - strlen(SUFFIX), SUFFIX) == 0;
}

static void try_all(struct lists *lists)
{
	int fd = fcntl(lists->folder, F_DUPFD_CLOEXEC, 3);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!folder && fd >= 0)
		close(fd);
	while (folder && lists->unnamed && !is_late(lists) &&
	       (entry = readdir(folder)))
		if (is_list(entry->d_name))
			try_list(lists, entry->d_name, 0,
				 lists->changes->count);
	if (folder)
		closedir(folder);
}

/* Fills in what is missing among the names. */
static void search(struct changes *changes, const char *root, int64_t until)
{
	struct lists lists = {
		.folder = -1, .until = until, .changes = changes,
	};

	for (size_t i = 0; i < changes->count; i++)
		lists.unnamed += !changes->items[i].name;
	if (lists.unnamed)
		lists.folder = open_lists(root);
	if (lists.folder < 0)
		return;
	for (size_t i = 0; i < changes->count; i++)
		if (!changes->items[i].name)
			try_guess(&lists, i);
	try_all(&lists);
	close(lists.folder);
}

/* ---- what was found ---------------------------------------------------- */

struct package {
	char *path, *name;
};

static int compare_packages(const void *a, const void *b)
{
	return strcmp(((const struct package *)a)->path,
		      ((const struct package *)b)->path);
}

static void free_package(void *data)
{
	struct package *package = data;

	free(package->path);
	free(package->name);
	free(package);
}

void changes_packages_free(struct packages *packages)
{
	if (packages)
		tdestroy(take_ptr(packages->tree), free_package);
}

static const char *find_package(const struct packages *packages, char *path)
{
	struct package key = {.path = path}, **found;

	found = packages ? tfind(&key, &packages->tree, compare_packages) :
			   NULL;
	return found ? (*found)->name : NULL;
}

static void keep_package(struct packages *packages, const char *path,
			 const char *name)
{
	struct package *package = calloc(1, sizeof(*package)), **found = NULL;

	if (!package)
		return;
	package->path = strdup(path);
	package->name = strdup(name);
	if (package->path && package->name)
		found = tsearch(package, &packages->tree, compare_packages);
	if (!found || *found != package)
		free_package(package);
}

/* Those that belong together become one, the first. */
static void merge_names(struct changes *changes)
{
	size_t kept = 0;

	for (size_t i = 0; i < changes->count; i++) {
		size_t same = 0;

		while (same < kept && strcmp(changes->items[same].name,
					     changes->items[i].name) != 0)
			same++;
		if (same < kept)
			free_change(&changes->items[i]);
		else
			changes->items[kept++] = changes->items[i];
	}
	changes->count = kept;
}

/* NAMES are those of the files, which stay where no package is found. */
static void name_packages(struct changes *changes, struct packages *packages,
			  char **names, const char *root, int64_t until)
{
	for (size_t i = 0; i < changes->count; i++) {
		struct change *change = &changes->items[i];

		if (!change->path)
			continue;
		names[i] = take_ptr(change->name);
		change->name = copy(find_package(packages, change->path));
	}
	search(changes, root, until);
	for (size_t i = 0; i < changes->count; i++) {
		struct change *change = &changes->items[i];

		if (!change->name)
			change->name = take_ptr(names[i]);
		if (packages && change->path)
			keep_package(packages, change->path, change->name);
		free(names[i]);
	}
}

void changes_name_again(struct changes *changes, struct packages *packages,
			const char *root, int64_t until, bool merge)
{
	cleanup_free char **names = calloc(changes->count + 1, sizeof(*names));

	if (names)
		name_packages(changes, packages, names, root, until);
	if (merge)
		merge_names(changes);
}

void changes_name(struct changes *changes, const char *root, int64_t until,
		  bool merge)
{
	changes_name_again(changes, NULL, root, until, merge);
}

/* ---- words ---------------------------------------------------------- */

char *changes_text(char *out, size_t size, const struct changes *changes)
{
	size_t count = changes->count, shown = count > 3 ? 2 : count, used = 0;
	char name[128];

	*out = '\0';
	for (size_t i = 0; i < shown && used < size; i++)
		used += (size_t)snprintf(
			out + used, size - used, "%s%s",
			!i ? "" : i + 1 == count ? " and " : ", ",
			base_printable(name, sizeof(name),
				       changes->items[i].name));
	if (shown < count && used < size)
		snprintf(out + used, size - used, " and %zu others",
			 count - shown);
	return out;
}
