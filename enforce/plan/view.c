/* SPDX-License-Identifier: MIT */
/*
 * Paths by the eyes of the program: links are followed here, for they may lead
 * elsewhere than on the host. Folders that were asked for are remembered
 * (index.c), so that a name in them costs one lstat(2), and one in a folder
 * that does not exist nothing.
 */
#include <dirent.h>
#include <limits.h>
#include <string.h>

#include "enforce/plan/view.h"

#define LINKS 40 /* path_resolution(7) */

static struct view_folder *folder(const struct enforce_files *files,
				  const char *path);

/* Without memory it is unknown what is there, as where the host does not say:
 * who asks may take it for nothing. */
static int known(const struct enforce_files *files, const char *path, int ret)
{
	return ret == -ENOMEM ? view_note(files, path, ENOMEM) : ret;
}

/* Where NAME in a folder is; most often no step has to do with it. */
static int spot_in(const struct enforce_files *files,
		   const struct view_folder *in, const char *name,
		   struct view_spot *spot)
{
	cleanup_free char *path = view_join(in->real, name);

	if (!path)
		return -ENOMEM;
	if (strlen(path) >= PATH_MAX)
		return -ENAMETOOLONG;
	if (!in->host || in->piecemeal ||
	    index_at(files->view, path, SIZE_MAX) > in->cover)
		return view_spot(files, path, SIZE_MAX, spot);
	spot->host = view_join(in->host, name);
	spot->upper = in->upper ? view_join(in->upper, name) : NULL;
	return spot->host && (spot->upper || !in->upper) ? 0 : -ENOMEM;
}

static int read_link(const struct enforce_files *files,
		     const struct view_spot *spot, const char *from,
		     char **target)
{
	char buffer[PATH_MAX];
	ssize_t length;

	if (!from) {
		*target = strdup(spot->step->source);
		return *target ? 0 : -ENOMEM;
	}
	length = readlink(from, buffer, sizeof(buffer));
	if (length < 0 || length == sizeof(buffer))
		return length < 0 ? view_note(files, from, errno) :
				    -ENAMETOOLONG;
	*target = strndup(buffer, (size_t)length);
	return *target ? 0 : -ENOMEM;
}

/* The file NAME in a folder; *TARGET is what it links to, new memory. */
static int look(const struct enforce_files *files,
		const struct view_folder *in, const char *name,
		struct stat *st, char **target)
{
	cleanup_spot struct view_spot spot = {0};
	const char *from = NULL;
	int ret = in->failed ? in->failed : spot_in(files, in, name, &spot);

	if (ret < 0)
		return ret;
	ret = spot.host ? view_host_stat(files, spot.host, spot.upper, st,
					 &from) :
			  view_spot_stat(files, &spot, st);
	if (ret < 0 || !target || !S_ISLNK(st->st_mode))
		return ret;
	return read_link(files, &spot, from, target);
}

struct walk {
	const struct enforce_files *files;
	void (*link)(void *data, const char *path, const char *target);
	void *data;
	unsigned links;
	bool foreign;		/* one of them was another user's */
	char *at;		/* without links */
	char *rest;		/* what is to go from there */
};

static int go_up(struct walk *walk)
{
	char *slash = strrchr(walk->at, '/');

	slash[slash == walk->at] = '\0';
	return 0;
}

static int go_link(struct walk *walk, const char *name, const char *target,
		   const char *rest)
{
	char *all;

	if (walk->link) {
		cleanup_free char *path = view_join(walk->at, name);

		if (!path)
			return -ENOMEM;
		walk->link(walk->data, path, target);
	}
	if (++walk->links > LINKS)
		return -ELOOP;
	if (strlen(target) + strlen(rest) >= PATH_MAX)
		return -ENAMETOOLONG;
	/* REST has its slash; a second would ask a file to be a folder. */
	all = base_printf("%s%s", target, rest);
	if (!all)
		return -ENOMEM;
	free(walk->rest);
	walk->rest = all;
	if (*target == '/')
		walk->at[1] = '\0';
	return 0;
}

static int go_down(struct walk *walk, const char *name, const char *rest)
{
	const struct view_folder *in = folder(walk->files, walk->at);
	cleanup_free char *target = NULL;
	struct stat st;
	char *next;
	int ret = in ? look(walk->files, in, name, &st, &target) : -ENOMEM;

	if (ret < 0)
		return ret;
	if (target) {
		walk->foreign |= st.st_uid != 0 && st.st_uid != geteuid();
		return go_link(walk, name, target, rest);
	}
	next = view_join(walk->at, name);
	if (!next)
		return -ENOMEM;
	free(walk->at);
	walk->at = next;
	if (*rest && !S_ISDIR(st.st_mode))
		return -ENOTDIR;
	memmove(walk->rest, rest, strlen(rest) + 1);
	return 0;
}

static int go(struct walk *walk)
{
	char name[NAME_MAX + 1];
	int ret = 0;

	while (ret == 0) {
		const char *begin = walk->rest + strspn(walk->rest, "/");
		size_t length = strcspn(begin, "/");
		const char *rest = begin + length;

		if (!length)
			return 0;
		if (length > NAME_MAX)
			return -ENAMETOOLONG;
		memcpy(name, begin, length);
		name[length] = '\0';
		if (strcmp(name, "..") == 0)
			ret = go_up(walk);
		if (strcmp(name, "..") != 0 && strcmp(name, ".") != 0)
			ret = go_down(walk, name, rest);
		else
			memmove(walk->rest, rest, strlen(rest) + 1);
	}
	return ret;
}

/* The folder above PATH by the name that was given, in new memory. */
static char *parent_of(const char *path, const char **name)
{
	const char *slash = strrchr(path, '/');

	*name = slash + 1;
	return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

static int resolve(const struct enforce_files *files, const char *path,
		   struct walk *walk)
{
	const char *name;
	cleanup_free char *parent = parent_of(path, &name);
	const struct view_folder *in;
	bool whole = walk->link || !*name;

	walk->files = files;
	walk->at = walk->rest = NULL;
	if (!parent)
		return -ENOMEM;
	/* Who wants to hear of links has to go all the way. */
	in = folder(files, whole ? "/" : parent);
	if (!in || in->failed)
		return in ? in->failed : -ENOMEM;
	walk->foreign = in->foreign;
	walk->at = strdup(in->real);
	walk->rest = strdup(whole ? path : name);
	if (!walk->at || !walk->rest)
		return -ENOMEM;
	return go(walk);
}

static void walk_free(struct walk *walk)
{
	free(walk->at);
	free(walk->rest);
}
#define cleanup_walk __attribute__((cleanup(walk_free)))

static int fill_folder(const struct enforce_files *files,
		       struct view_folder *new, const char *path)
{
	cleanup_walk struct walk walk = {0};
	struct view_spot spot;
	int ret = 0;

	if (strcmp(path, "/") == 0)
		walk.at = strdup("/");
	else
		ret = resolve(files, path, &walk);
	if (ret == 0 && !walk.at)
		ret = -ENOMEM;
	if (ret == 0)
		ret = view_spot(files, walk.at, SIZE_MAX, &spot);
	if (ret < 0)
		return ret;
	new->real = take_ptr(walk.at);
	new->host = take_ptr(spot.host);
	new->upper = take_ptr(spot.upper);
	new->cover = spot.cover;
	new->piecemeal = spot.inner;
	new->foreign = walk.foreign;
	return 0;
}

/* Looked up once, as long as no step is added. */
static struct view_folder *folder(const struct enforce_files *files,
				  const char *path)
{
	struct view *view = index_update(files);
	struct view_folder *new = view ? index_folder(view, path, false) : NULL;

	if (new || !view)
		return new;
	new = index_folder(view, path, true);
	if (new)
		new->failed = fill_folder(files, new, path);
	return new;
}

/* ---- for all ---------------------------------------------------------- */

char *view_follow(const struct enforce_files *files, const char *path,
		  void (*link)(void *data, const char *path,
			       const char *target), void *data)
{
	cleanup_walk struct walk walk = {.link = link, .data = data};
	int ret = *path == '/' ? resolve(files, path, &walk) : -ENOENT;

	errno = -known(files, path, ret);
	return ret == 0 ? take_ptr(walk.at) : NULL;
}

char *view_resolve(const struct enforce_files *files, const char *path)
{
	return view_follow(files, path, NULL, NULL);
}

char *view_resolve_own(const struct enforce_files *files, const char *path)
{
	cleanup_walk struct walk walk = {0};
	int ret = *path == '/' ? resolve(files, path, &walk) : -ENOENT;

	if (ret == 0 && walk.foreign)
		ret = -ELOOP;
	errno = -known(files, path, ret);
	return ret == 0 ? take_ptr(walk.at) : NULL;
}

static int look_at(const struct enforce_files *files, const char *path,
		   struct stat *st)
{
	const char *name;
	cleanup_free char *parent = *path == '/' ? parent_of(path, &name) :
						   NULL;
	const struct view_folder *in = parent ? folder(files, parent) : NULL;
	cleanup_spot struct view_spot spot = {0};

	if (!in)
		return *path == '/' ? -ENOMEM : -ENOENT;
	if (*name)
		return look(files, in, name, st, NULL);
	if (view_spot(files, "/", SIZE_MAX, &spot) < 0)
		return -ENOMEM;
	if (spot.step)
		return view_spot_stat(files, &spot, st);
	*st = (struct stat){.st_mode = S_IFDIR | 0755};
	return 0;
}

int view_lstat(const struct enforce_files *files, const char *path,
	       struct stat *st)
{
	return known(files, path, look_at(files, path, st));
}

/* ---- what is in a folder ----------------------------------------------- */

struct names {
	char *text;
	size_t length;
	FILE *stream;
};

static void put_name(struct names *names, const char *name)
{
	if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
		fwrite(name, 1, strlen(name) + 1, names->stream);
}

static void put_folder(struct names *names, const struct enforce_files *files,
		       const char *path)
{
	DIR *dir = path ? opendir(path) : NULL;
	struct dirent *entry;

	if (path && !dir)
		view_note(files, path, errno);
	while (dir && (entry = readdir(dir)))
		put_name(names, entry->d_name);
	if (dir)
		closedir(dir);
}

/* Steps that made something in it; where the host has the folder, it has a
 * place for each. */
static void put_steps(struct names *names, const struct enforce_files *files,
		      const struct view_folder *in)
{
	for (size_t i = in->cover; i < files->count; i++) {
		const struct enforce_step *step = &files->steps[i];
		const char *rest = view_below(step->path, in->real);

		if (step->kind != ENFORCE_AGAIN && rest && *rest &&
		    !strchr(rest + 1, '/') &&
		    index_at(files->view, step->path, SIZE_MAX) == i + 1)
			put_name(names, rest + 1);
	}
}

const char *view_names(const struct enforce_files *files, const char *path)
{
	struct view_folder *in = folder(files, path);
	struct names names = {0};

	known(files, path, in ? in->failed : -ENOMEM);
	if (!in || in->failed || in->names)
		return in ? in->names : NULL;
	names.stream = base_memstream(&names.text, &names.length);
	if (!names.stream) {
		known(files, path, -ENOMEM);
		return NULL;
	}
	put_folder(&names, files, in->upper);
	put_folder(&names, files, in->host);
	if (!in->host)
		put_steps(&names, files, in);
	fputc('\0', names.stream);
	if (fclose(names.stream) != 0)
		known(files, path, -ENOMEM);
	return in->names = names.text;
}
