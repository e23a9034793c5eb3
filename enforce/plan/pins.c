/* SPDX-License-Identifier: MIT */
/*
 * Pins: which folders a program could rename, and what is mounted below them
 * with them. compile.c says why that matters.
 */
#include <string.h>
#include <sys/mount.h>

#include "enforce/plan/compile.h"

static bool is_writable(const struct compile *compile, const char *path)
{
	const struct point *point = compile_find(compile, path);

	if (point && point->written != AS_IT_IS)
		return point->written == READ_WRITE;
	if (point && point->base)
		return compile_was_writable(compile, point, false);
	return compile_base_writable(compile, path, false);
}

/* Whether a step that was there before the rules mounts something at PATH that
 * can be seen. */
static bool is_mount(const struct enforce_files *files, const char *path)
{
	const struct enforce_step *cover = view_cover(files, path);

	return cover && !compile_is_made(cover) &&
	       strcmp(cover->path, path) == 0;
}

/* What a whitelist binds back hides nothing. */
static bool hides(const struct enforce_files *files,
		  const struct enforce_step *step)
{
	return !compile_is_made(step) &&
	       !(step->kind == ENFORCE_BIND && step->kept) &&
	       view_cover(files, step->path) == step;
}

static void add_pin(struct compile *compile, const char *path, bool link)
{
	if (compile->pin_count == compile->pin_room) {
		size_t room = compile->pin_room ? 2 * compile->pin_room : 32;
		struct pin *pins = reallocarray(compile->pins, room,
						sizeof(*pins));

		if (!pins) {
			compile->failed = true;
			return;
		}
		compile->pins = pins;
		compile->pin_room = room;
	}
	compile->pins[compile->pin_count] = (struct pin){strdup(path), link};
	if (compile->pins[compile->pin_count].path)
		compile->pin_count++;
	else
		compile->failed = true;
}

/* Each folder above PATH whose name can be changed. */
static void pin_above(struct compile *compile, const char *path)
{
	cleanup_free char *folder = strdup(path);
	char *slash = folder ? strrchr(folder, '/') : NULL;
	bool writable;

	compile->failed = compile->failed || !folder;
	if (!slash || slash == folder || view_is_kernels(compile->files, path))
		return;
	*slash = '\0';
	while ((slash = strrchr(folder, '/')) && slash != folder) {
		*slash = '\0';
		writable = is_writable(compile, folder);
		*slash = '/';
		if (writable)
			add_pin(compile, folder, false);
		*slash = '\0';
	}
}

/* Another link in its place would lead whoever comes next elsewhere. */
static void pin_link(struct compile *compile, const char *path)
{
	cleanup_free char *folder = strdup(path);

	if (!folder) {
		compile->failed = true;
		return;
	}
	*strrchr(folder, '/') = '\0';
	if (!*folder || !is_writable(compile, folder))
		return;
	add_pin(compile, path, true);
	pin_above(compile, path);
}

static bool is_protected(const struct compile *compile,
			 const struct point *point)
{
	uint64_t set, clear;

	if (point->mount)
		return true;
	compile_change(compile, point, &set, &clear);
	return set != 0;
}

static int pin_order(const void *a, const void *b)
{
	const struct pin *x = a, *y = b;

	return rules_order(x->path, y->path);
}

void pins_find(struct compile *compile)
{
	const struct enforce_files *files = compile->files;
	size_t kept = 0;

	for (size_t i = 0; i < compile->count; i++)
		if (!compile->points[i].gone &&
		    is_protected(compile, &compile->points[i]))
			pin_above(compile, compile->points[i].path);
	for (size_t i = 0; i < files->count; i++)
		if (hides(files, &files->steps[i]))
			pin_above(compile, files->steps[i].path);
	for (size_t i = 0; i < compile->raw_count; i++)
		if (compile->raw[i].link)
			pin_link(compile, compile->raw[i].path);
	if (compile->pin_count)
		qsort(compile->pins, compile->pin_count, sizeof(struct pin),
		      pin_order);
	for (size_t i = 0; i < compile->pin_count; i++) {
		struct pin pin = compile->pins[i];

		if ((kept && strcmp(compile->pins[kept - 1].path,
				    pin.path) == 0) ||
		    is_mount(files, pin.path))
			free(pin.path);
		else
			compile->pins[kept++] = pin;
	}
	compile->pin_count = kept;
}
