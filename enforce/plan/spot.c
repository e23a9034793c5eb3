/* SPDX-License-Identifier: MIT */
/*
 * Where the program would find a path by the steps so far: the host's files,
 * moved and covered. The last mount at a path or above it decides.
 *
 * Of /proc and /sys, which do not exist while planning, the host's are the
 * model; but of /proc not the processes.
 */
#include <ctype.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

#include "enforce/plan/parts.h"
#include "enforce/plan/view.h"

/* ---- spots ------------------------------------------------------------ */

void view_spot_free(struct view_spot *spot)
{
	free(spot->host);
	free(spot->upper);
	*spot = (struct view_spot){0};
}

/* FOLDER with REST, which begins with a slash or is empty. */
static char *join(const char *folder, const char *rest)
{
	if (!folder)
		return NULL;
	return *rest ? view_join(folder, rest + 1) : strdup(folder);
}

/* What thousands of lookups need: not by printf(3). */
char *view_join(const char *folder, const char *name)
{
	size_t length = folder[1] ? strlen(folder) : 0;
	size_t more = strlen(name) + 1;
	char *path = malloc(length + 1 + more);

	if (!path)
		return NULL;
	memcpy(path, folder, length);
	path[length] = '/';
	memcpy(path + length + 1, name, more);
	return path;
}

static bool is_process(const char *rest)
{
	return isdigit((unsigned char)rest[1]) ||
	       view_below(rest, "/self") || view_below(rest, "/thread-self");
}

static const struct enforce_step *kept_cover(
	const struct enforce_files *files, const struct enforce_step *bind,
	size_t *limit)
{
	for (size_t i = (size_t)(bind - files->steps); i-- > 0;) {
		const struct enforce_step *step = &files->steps[i];

		if (step->kind == ENFORCE_TMPFS && step->kept == bind->kept) {
			*limit = i;
			return step;
		}
	}
	return NULL;
}

/* A path of the tree as it was before a TMPFS that covers it now. */
static int inner_spot(const struct enforce_files *files, const char *rest,
		      struct view_spot *spot)
{
	const struct enforce_step *bind = spot->step;
	size_t limit = 0;
	const struct enforce_step *cover = kept_cover(files, bind, &limit);
	cleanup_free char *source = join(cover ? cover->path : NULL,
					 bind->source);
	cleanup_free char *path = join(source, rest);
	struct view_spot inner;
	int ret;

	if (!path)
		return cover ? -ENOMEM : -EINVAL;
	ret = view_spot(files, path, limit, &inner);
	if (ret < 0)
		return ret;
	inner.cover = spot->cover;
	inner.inner = true;
	*spot = inner;
	return 0;
}

static int host_spot(const struct enforce_files *files, const char *rest,
		     struct view_spot *spot)
{
	const struct enforce_step *step = spot->step;

	switch (step->kind) {
	case ENFORCE_BIND:
		if (step->kept)
			return inner_spot(files, rest, spot);
		spot->host = join(step->source, rest);
		break;
	case ENFORCE_OVERLAY:
		spot->upper = join(step->upper, rest);
		spot->host = join(step->source, rest);
		break;
	case ENFORCE_PROC:
		if (*rest && is_process(rest))
			return 0;
		spot->host = join("/proc", rest);
		break;
	case ENFORCE_SYSFS:
		spot->host = join("/sys", rest);
		break;
	default:
		return 0;
	}
	return spot->host ? 0 : -ENOMEM;
}

int view_spot(const struct enforce_files *files, const char *path, size_t limit,
	      struct view_spot *spot)
{
	const struct view *view = index_update(files);
	int ret;

	*spot = (struct view_spot){0};
	if (!view)
		return files->count ? -ENOMEM : 0;
	spot->cover = index_cover(view, path, limit);
	if (!spot->cover)
		return 0;
	spot->step = &files->steps[spot->cover - 1];
	path = view_below(path, spot->step->path);
	spot->at = !*path;
	ret = host_spot(files, path, spot);
	return ret == -ENOMEM ? view_note(files, spot->step->path, ENOMEM) :
				ret;
}

/* ---- one file --------------------------------------------------------- */

static int made_stat(const struct enforce_step *step, struct stat *st)
{
	*st = (struct stat){.st_uid = geteuid(), .st_gid = getegid()};
	switch (step->kind) {
	case ENFORCE_SYMLINK:
		st->st_mode = S_IFLNK | 0777;
		break;
	case ENFORCE_FILE:
	case ENFORCE_CONTENT:
		st->st_mode = S_IFREG | 0644;
		break;
	case ENFORCE_MASK:
		st->st_mode = step->directory ? S_IFDIR : S_IFREG;
		break;
	case ENFORCE_TMPFS:
	case ENFORCE_DIRECTORY:
		st->st_mode = S_IFDIR | (step->mode ? step->mode : 0755);
		break;
	default:
		st->st_mode = S_IFDIR | 0755;
	}
	return 0;
}

static bool is_whiteout(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == 0;
}

int view_note(const struct enforce_files *files, const char *path, int code)
{
	struct view *view = files->view;

	if (!parts_absent(code) && view && !view->unseen.code) {
		view->unseen.code = code;
		snprintf(view->unseen.path, sizeof(view->unseen.path), "%s",
			 path);
	}
	return -code;
}

int view_failed(const struct enforce_files *files, struct error *err)
{
	const struct view *view = files->view;

	if (!view || !view->unseen.code)
		return 0;
	return parts_unknown(view->unseen.path, view->unseen.code, err);
}

int view_host_lstat(const struct enforce_files *files, const char *path,
		    struct stat *st)
{
	return lstat(path, st) < 0 ? view_note(files, path, errno) : 0;
}

int view_host_stat(const struct enforce_files *files, const char *host,
		   const char *upper, struct stat *st, const char **from)
{
	*from = upper;
	if (upper && view_host_lstat(files, upper, st) == 0)
		return is_whiteout(st) ? -ENOENT : 0;
	*from = host;
	return view_host_lstat(files, host, st);
}

int view_spot_stat(const struct enforce_files *files,
		   const struct view_spot *spot, struct stat *st)
{
	const char *from;

	if (spot->host)
		return view_host_stat(files, spot->host, spot->upper, st,
				      &from);
	return spot->at ? made_stat(spot->step, st) : -ENOENT;
}

char *view_locate(const struct enforce_files *files, const char *path,
		  const struct enforce_step **step)
{
	cleanup_spot struct view_spot spot;
	struct stat st;
	const char *from;
	char *at;

	if (step)
		*step = NULL;
	if (view_spot(files, path, SIZE_MAX, &spot) < 0)
		return NULL;
	if (step && spot.cover)
		*step = &files->steps[spot.cover - 1];
	if (!spot.host ||
	    view_host_stat(files, spot.host, spot.upper, &st, &from) < 0)
		return NULL;
	at = strdup(from);
	if (!at)
		view_note(files, path, ENOMEM);
	return at;
}

const struct enforce_step *view_cover(const struct enforce_files *files,
				      const char *path)
{
	const struct view *view = index_update(files);
	size_t cover = view ? index_cover(view, path, SIZE_MAX) : 0;

	return cover ? &files->steps[cover - 1] : NULL;
}

bool view_is_kernels(const struct enforce_files *files, const char *path)
{
	const struct enforce_step *cover = view_cover(files, path);

	return cover && cover->kind >= ENFORCE_PROC;
}

/* ---- flags ------------------------------------------------------------ */

static uint64_t cover_flags(const struct enforce_files *files, size_t number,
			    const char *rest)
{
	const struct enforce_step *step = &files->steps[number];
	const struct enforce_step *cover;
	cleanup_free char *source = NULL, *path = NULL;
	size_t limit = 0;

	if (step->kind == ENFORCE_MASK || step->kind == ENFORCE_CONTENT)
		return MOUNT_ATTR_RDONLY;
	if (step->kind != ENFORCE_BIND || !step->kept)
		return step->set;
	cover = kept_cover(files, step, &limit);
	source = join(cover ? cover->path : NULL, step->source);
	path = join(source, rest);
	return path ? view_flags(files, path, limit) | step->set : step->set;
}

uint64_t view_flags(const struct enforce_files *files, const char *path,
		    size_t limit)
{
	uint64_t flags = 0;

	for (size_t i = 0; i < files->count && i < limit; i++) {
		const struct enforce_step *step = &files->steps[i];
		const char *rest = view_below(path, step->path);

		if (!rest || (step->alone && *rest))
			continue;
		switch (step->kind) {
		case ENFORCE_DIRECTORY:
		case ENFORCE_FILE:
		case ENFORCE_SYMLINK:
			break;
		case ENFORCE_AGAIN:
			flags = (flags & ~step->clear) | step->set;
			break;
		default:
			flags = cover_flags(files, i, rest);
		}
	}
	return flags;
}

bool view_writable(const struct enforce_files *files, const char *path)
{
	cleanup_free char *host = NULL;
	struct statvfs fs;

	if (view_flags(files, path, SIZE_MAX) & MOUNT_ATTR_RDONLY)
		return false;
	host = view_locate(files, path, NULL);
	return !host || statvfs(host, &fs) < 0 || !(fs.f_flag & ST_RDONLY);
}
