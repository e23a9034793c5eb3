/* SPDX-License-Identifier: MIT */
/* Executables and libraries, from what the kernel resolved. See objects.h. */
#include "learn/objects.h"

#include <inttypes.h>
#include <search.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>

#include "learn/build_id.h"

#define MOST_IMAGES 65536
#define MOST_LIBRARIES 65536
#define MOST_SAMPLES 4
#define FIRST_WAIT 1000000 /* microseconds, doubled after each sample */

static int compare_images(const void *a, const void *b)
{
	const struct image *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static int compare_libraries(const void *a, const void *b)
{
	const struct library *x = a, *y = b;

	if (x->image != y->image)
		return x->image < y->image ? -1 : 1;
	return strcmp(x->path, y->path);
}

static void keep(void *entry)
{
	(void)entry; /* the arrays own the entries */
}

void objects_free(struct objects *objects)
{
	tdestroy(objects->image_tree, keep);
	tdestroy(objects->library_tree, keep);
	for (size_t i = 0; i < objects->image_count; i++) {
		free(objects->images[i]->path);
		free(objects->images[i]->build_id);
		free(objects->images[i]);
	}
	for (size_t i = 0; i < objects->library_count; i++) {
		free(objects->libraries[i]->path);
		free(objects->libraries[i]->build_id);
		free(objects->libraries[i]);
	}
	free(objects->images);
	free(objects->libraries);
	memset(objects, 0, sizeof(*objects));
}

/* Grows an array of pointers by one in steps; false without memory. */
static bool append(void *array_pointer, size_t *count, void *entry)
{
	void ***array = array_pointer;

	if ((*count & (*count - 1)) == 0) {
		size_t room = *count ? *count * 2 : 1;
		void **bigger = reallocarray(*array, room, sizeof(**array));

		if (!bigger)
			return false;
		*array = bigger;
	}
	(*array)[(*count)++] = entry;
	return true;
}

/* Makes the image PATH; the last number stands for all that are too many. */
static uint32_t add_image(struct objects *objects, pid_t pid, const char *path)
{
	struct image *image;

	if (objects->image_count == MOST_IMAGES)
		return MOST_IMAGES - 1;
	if (objects->image_count == MOST_IMAGES - 1)
		path = "(further executables)";
	image = calloc(1, sizeof(*image));
	if (!image)
		return 0;
	image->path = strdup(path);
	image->number = (uint32_t)objects->image_count;
	if (!image->path || !tsearch(image, &objects->image_tree,
				     compare_images))
		goto fail;
	if (!append(&objects->images, &objects->image_count, image)) {
		tdelete(image, &objects->image_tree, compare_images);
		goto fail;
	}
	image->build_id = build_id_executed(pid, &image->stamp);
	return image->number;
fail:
	free(image->path);
	free(image);
	return 0;
}

uint32_t objects_image(struct objects *objects, pid_t pid)
{
	char link[32], path[4096];
	ssize_t length;
	struct image key = {.path = path}, **found;

	snprintf(link, sizeof(link), "/proc/%d/exe", (int)pid);
	length = readlink(link, path, sizeof(path) - 1);
	if (length < 0)
		length = snprintf(path, sizeof(path), "(unknown)");
	path[length] = '\0';
	found = tfind(&key, &objects->image_tree, compare_images);
	return found ? (*found)->number :
		       add_image(objects, pid, path);
}

/* Whether PID has a tree of files of its own: where each mount of ours is, it
 * may be, with flags that it has there alone. */
static bool has_other_mounts(pid_t pid)
{
	char path[32];
	struct stat its, ours;

	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", (int)pid);
	return stat(path, &its) == 0 && stat("/proc/self/ns/mnt", &ours) == 0 &&
	       (its.st_ino != ours.st_ino || its.st_dev != ours.st_dev);
}

/* The link leads to the inode, whatever its path says by now. In a sandbox all
 * is mounted nosuid; what that takes away is lost as well. */
static bool loses_privileges(pid_t pid, const char *link)
{
	struct base_ids ids;
	struct stat file;
	struct statvfs system;

	if (stat(link, &file) < 0 || statvfs(link, &system) < 0 ||
	    (system.f_flag & ST_NOSUID && !has_other_mounts(pid)) ||
	    !base_process_ids(pid, &ids))
		return false;
	if (file.st_mode & S_ISUID && file.st_uid != ids.uid)
		return true;
	if ((file.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) &&
	    file.st_gid != ids.gid)
		return true;
	return ids.uid != 0 && base_process_bits(pid, "CapPrm") == 0 &&
	       getxattr(link, "security.capability", NULL, 0) > 0;
}

void objects_note_privileges(struct objects *objects, uint32_t image, pid_t pid)
{
	char link[32];

	snprintf(link, sizeof(link), "/proc/%d/exe", (int)pid);
	if (image < objects->image_count)
		objects->images[image]->lost_privileges =
			loses_privileges(pid, link);
}

static struct library *add_library(struct objects *objects, uint32_t image,
				   const char *path)
{
	struct library key = {.image = image, .path = (char *)path};
	struct library *library;

	if (objects->library_count == MOST_LIBRARIES ||
	    tfind(&key, &objects->library_tree, compare_libraries))
		return NULL;
	library = calloc(1, sizeof(*library));
	if (!library)
		return NULL;
	library->image = image;
	library->path = strdup(path);
	if (!library->path ||
	    !tsearch(library, &objects->library_tree, compare_libraries))
		goto fail;
	if (append(&objects->libraries, &objects->library_count, library))
		return library;
	tdelete(library, &objects->library_tree, compare_libraries);
fail:
	free(library->path);
	free(library);
	return NULL;
}

static void take_mapping(struct objects *objects, pid_t pid, uint32_t image,
			 const char *line)
{
	const char *path = strchr(line, '/');
	struct library *library;
	uint64_t start, end;
	char permissions[5];

	if (!path ||
	    sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s", &start, &end,
		   permissions) != 3 ||
	    permissions[2] != 'x' ||
	    strcmp(path, objects->images[image]->path) == 0)
		return;
	library = add_library(objects, image, path);
	if (library)
		library->build_id = build_id_mapped(pid, start, end, path,
						    &library->stamp);
}

/* Every mapped executable file but the image itself. */
static void read_maps(struct objects *objects, pid_t pid, uint32_t image)
{
	char name[32], *line = NULL;
	size_t room = 0;
	ssize_t length;
	cleanup_fclose FILE *maps = NULL;

	snprintf(name, sizeof(name), "/proc/%d/maps", (int)pid);
	maps = fopen(name, "re");
	if (!maps)
		return;
	while ((length = getline(&line, &room, maps)) > 0) {
		if (line[length - 1] == '\n')
			line[length - 1] = '\0';
		take_mapping(objects, pid, image, line);
	}
	free(line);
}

bool objects_wants_sample(const struct objects *objects, uint32_t image)
{
	return image < objects->image_count &&
	       objects->images[image]->samples < MOST_SAMPLES;
}

void objects_sample_last(struct objects *objects, pid_t pid, uint32_t image)
{
	if (!objects_wants_sample(objects, image))
		return;
	objects->images[image]->samples++;
	read_maps(objects, pid, image);
}

void objects_sample_running(struct objects *objects, pid_t pid, uint32_t image)
{
	struct image *known;
	int64_t now = base_now_monotonic();

	if (image >= objects->image_count)
		return;
	known = objects->images[image];
	if (known->samples >= MOST_SAMPLES || now < known->next_sample)
		return;
	known->samples++;
	known->next_sample = now + (FIRST_WAIT << known->samples);
	read_maps(objects, pid, image);
}
