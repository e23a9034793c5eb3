/* SPDX-License-Identifier: MIT */
/*
 * The list of steps by which the tree of files is built.
 */
#include <string.h>
#include <sys/mount.h>

#include "enforce/plan/parts.h"
#include "enforce/plan/view.h"

static bool make_room(struct enforce_files *files)
{
	size_t room = files->room ? 2 * files->room : 64;
	struct enforce_step *steps;

	if (!files->view)
		files->view = calloc(1, sizeof(*files->view));
	if (!files->view)
		return false;
	if (files->count < files->room)
		return true;
	steps = reallocarray(files->steps, room, sizeof(*steps));
	if (!steps)
		return false;
	files->steps = steps;
	files->room = room;
	return true;
}

struct enforce_step *steps_add(struct enforce_files *files,
			       enum enforce_step_kind kind, const char *path,
			       const char *source, const char *why)
{
	struct enforce_step step = {.kind = kind, .why = why};

	step.path = strdup(path);
	step.source = source ? strdup(source) : NULL;
	if (!step.path || (source && !step.source) || !make_room(files)) {
		free(step.path);
		free(step.source);
		files->failed = true;
		return NULL;
	}
	files->steps[files->count] = step;
	return &files->steps[files->count++];
}

bool steps_failed(const struct enforce_files *files)
{
	return files->failed;
}

void steps_clear(struct enforce_step *step)
{
	free(step->path);
	free(step->source);
	free(step->upper);
	free(step->work);
}

void steps_free(struct enforce_files *files)
{
	if (!files)
		return;
	view_forget(files);
	for (size_t i = 0; i < files->count; i++)
		steps_clear(&files->steps[i]);
	free(files->steps);
	free(files->cwd);
	buses_free(files);
	display_free(&files->display);
	free(files->served);
	free(files->view);
	if (files->lock)
		close(files->lock - 1);
	*files = (struct enforce_files){0};
}

struct enforce_step *steps_tmpfs(struct enforce_files *files, const char *path,
				 unsigned mode, const char *why)
{
	struct enforce_step *step = steps_add(files, ENFORCE_TMPFS, path, NULL,
					      why);

	if (!step)
		return NULL;
	step->directory = true;
	step->mode = mode;
	step->size = parts_room();
	step->set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
	return step;
}

struct enforce_step *steps_bind(struct enforce_files *files, const char *path,
				const char *source, bool directory,
				uint64_t flags, const char *why)
{
	struct enforce_step *step = steps_add(files, ENFORCE_BIND, path, source,
					      why);

	if (!step)
		return NULL;
	step->directory = directory;
	step->set = flags;
	return step;
}

static int place_one(struct enforce_files *files, const char *path,
		     bool directory, struct error *err)
{
	const struct enforce_step *cover;
	struct stat st;
	int ret = view_lstat(files, path, &st);

	if (ret == 0 && S_ISDIR(st.st_mode) == directory)
		return 0;
	if (ret == 0)
		return base_error(err, directory ? ENOTDIR : EISDIR,
				  "'%.200s' is %s in the sandbox", path,
				  directory ? "no folder" : "a folder");
	if (ret != -ENOENT)
		return base_error(err, -ret, "'%.200s': %s", path,
				  strerror(-ret));
	cover = view_cover(files, path);
	if (cover && cover->kind != ENFORCE_TMPFS &&
	    cover->kind != ENFORCE_DIRECTORY)
		return base_error(err, ENOENT, "there is no '%.200s'; make it "
				  "first, or leave the directive out", path);
	if (!steps_add(files, directory ? ENFORCE_DIRECTORY : ENFORCE_FILE,
		       path, NULL, "a place to mount on"))
		return base_error(err, ENOMEM, "out of memory");
	return 0;
}

int steps_place(struct enforce_files *files, const char *path, bool directory,
		struct error *err)
{
	cleanup_free char *part = strdup(path);
	int ret = 0;

	if (!part)
		return base_error(err, ENOMEM, "out of memory");
	for (char *s = part + 1; ret == 0 && (s = strchr(s, '/')); s++) {
		*s = '\0';
		ret = place_one(files, part, true, err);
		*s = '/';
	}
	return ret < 0 ? ret : place_one(files, part, directory, err);
}
