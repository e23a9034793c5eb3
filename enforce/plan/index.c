/* SPDX-License-Identifier: MIT */
/*
 * The index of the steps: which mounts there are at a path, without looking at
 * all steps; and folders that were asked for. Profiles name thousands of paths,
 * most of them in a few folders, and most of them missing.
 *
 * It is brought up to date when it is asked. Steps that were added meanwhile
 * make it forget the folders that are at or below them.
 */
#include <string.h>

#include "enforce/plan/view.h"

static uint64_t hash_all(const char *path)
{
	return base_hash(BASE_HASH, path, strlen(path));
}

const char *view_below(const char *path, const char *folder)
{
	size_t length = strlen(folder);

	if (length == 1 && *folder == '/')
		return path[1] ? path : "";
	if (strncmp(path, folder, length) != 0 ||
	    (path[length] && path[length] != '/'))
		return NULL;
	return path + length;
}

/* ---- steps ------------------------------------------------------------ */

/* The slot of the first LENGTH bytes of PATH, or the free one for it. */
static struct view_path *slot(const struct view *view, const char *path,
			      size_t length, uint64_t hash)
{
	size_t mask = view->path_room - 1;

	for (size_t i = hash & mask;; i = (i + 1) & mask) {
		struct view_path *at = &view->paths[i];

		if (!at->path || (at->hash == hash &&
				  strncmp(at->path, path, length) == 0 &&
				  !at->path[length]))
			return at;
	}
}

static bool grow_paths(struct view *view)
{
	struct view_path *old = view->paths;
	size_t count = view->path_room;

	if (2 * (view->path_count + 1) < count)
		return true;
	view->path_room = count ? 2 * count : 256;
	view->paths = calloc(view->path_room, sizeof(*view->paths));
	if (!view->paths) {
		view->paths = old;
		view->path_room = count;
		return false;
	}
	for (size_t i = 0; i < count; i++)
		if (old[i].path)
			*slot(view, old[i].path, strlen(old[i].path),
			      old[i].hash) = old[i];
	free(old);
	return true;
}

static bool add_step(struct view *view, const char *path)
{
	uint64_t hash = hash_all(path);
	struct view_path *at;

	if (!grow_paths(view))
		return false;
	at = slot(view, path, strlen(path), hash);
	view->path_count += !at->path;
	view->previous[view->indexed] = at->last;
	*at = (struct view_path){path, hash, view->indexed + 1};
	return true;
}

static size_t last_before(const struct view *view, const struct view_path *at,
			  size_t limit)
{
	size_t last = at->path ? at->last : 0;

	while (last > limit)
		last = view->previous[last - 1];
	return last;
}

size_t index_at(const struct view *view, const char *path, size_t limit)
{
	if (!view->path_room)
		return 0;
	return last_before(view, slot(view, path, strlen(path),
				      hash_all(path)), limit);
}

size_t index_cover(const struct view *view, const char *path, size_t limit)
{
	size_t cover, found;
	uint64_t hash = BASE_HASH;

	if (!view->path_room)
		return 0;
	cover = last_before(view, slot(view, "/", 1, hash_all("/")), limit);
	for (const char *s = path, *from = path; *s; s++) {
		if (s == path || (s[1] != '/' && s[1]))
			continue;
		hash = base_hash(hash, from, (size_t)(s + 1 - from));
		from = s + 1;
		found = last_before(view, slot(view, path,
					       (size_t)(s + 1 - path), hash),
				    limit);
		if (found > cover)
			cover = found;
	}
	return cover;
}

/* ---- folders ---------------------------------------------------------- */

static void free_folder(struct view_folder *folder)
{
	if (!folder)
		return;
	free(folder->key);
	free(folder->real);
	free(folder->host);
	free(folder->upper);
	free(folder->names);
	free(folder);
}

static struct view_folder **find_folder(const struct view *view,
					const char *key)
{
	size_t mask = view->folder_room - 1;
	size_t i = hash_all(key) & mask;

	while (view->folders[i] && strcmp(view->folders[i]->key, key) != 0)
		i = (i + 1) & mask;
	return &view->folders[i];
}

/* Puts the folders into a new table of ROOM, without those
 * that FORGET is true of. */
static bool fill_table(struct view *view, size_t room,
		       bool (*forget)(const struct view_folder *folder,
				      const struct enforce_step *step),
		       const struct enforce_step *step)
{
	struct view_folder **old = view->folders;
	size_t count = view->folder_room;

	view->folders = calloc(room, sizeof(struct view_folder *));
	if (!view->folders) {
		view->folders = old;
		return false;
	}
	view->folder_room = room;
	view->folder_count = 0;
	for (size_t i = 0; i < count; i++) {
		if (old[i] && forget && forget(old[i], step)) {
			free_folder(old[i]);
		} else if (old[i]) {
			*find_folder(view, old[i]->key) = old[i];
			view->folder_count++;
		}
	}
	free(old);
	return true;
}

struct view_folder *index_folder(struct view *view, const char *key, bool new)
{
	struct view_folder **at;

	if (2 * (view->folder_count + 1) >= view->folder_room &&
	    !fill_table(view, view->folder_room ? 2 * view->folder_room : 256,
			NULL, NULL))
		return NULL;
	at = find_folder(view, key);
	if (*at || !new)
		return *at;
	*at = calloc(1, sizeof(**at));
	if (!*at)
		return NULL;
	(*at)->key = strdup(key);
	if (!(*at)->key) {
		free(*at);
		return *at = NULL;
	}
	view->folder_count++;
	return *at;
}

/* What a new step at its path makes untrue. A mask makes nothing appear. */
static bool untrue(const struct view_folder *folder,
		   const struct enforce_step *step)
{
	const char *path = step->path;

	if (view_below(folder->key, path) ||
	    (folder->real && view_below(folder->real, path)))
		return true;
	if (step->kind == ENFORCE_MASK)
		return false;
	return folder->failed ||
	       (folder->names && view_below(path, folder->real));
}

static bool any_untrue(const struct view *view, const struct enforce_step *step)
{
	for (size_t i = 0; i < view->folder_room; i++)
		if (view->folders[i] && untrue(view->folders[i], step))
			return true;
	return false;
}

static bool keeps_folders(const struct enforce_step *step)
{
	return step->kind == ENFORCE_MASK && !step->directory;
}

static bool update(const struct enforce_files *files, struct view *view)
{
	size_t *previous;

	if (view->indexed == files->count)
		return true;
	previous = reallocarray(view->previous, files->count,
				sizeof(*previous));
	if (!previous)
		return false;
	view->previous = previous;
	for (; view->indexed < files->count; view->indexed++) {
		const struct enforce_step *step = &files->steps[view->indexed];

		view->previous[view->indexed] = 0;
		if (step->kind == ENFORCE_AGAIN)
			continue;
		if (!add_step(view, step->path))
			return false;
		if (view->folder_count && !keeps_folders(step) &&
		    any_untrue(view, step) &&
		    !fill_table(view, view->folder_room, untrue, step))
			return false;
	}
	return true;
}

struct view *index_update(const struct enforce_files *files)
{
	if (!files->view || update(files, files->view))
		return files->view;
	view_note(files, "/", ENOMEM);
	return NULL;
}

void view_forget(struct enforce_files *files)
{
	struct view *view = files->view;

	if (!view)
		return;
	for (size_t i = 0; i < view->folder_room; i++)
		free_folder(view->folders[i]);
	free(view->folders);
	free(view->paths);
	free(view->previous);
	*view = (struct view){.unseen = view->unseen};
}
