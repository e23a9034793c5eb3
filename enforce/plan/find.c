/* SPDX-License-Identifier: MIT */
/*
 * The program in a tree that is not the host's: looked for as execvp(3) would,
 * by the eyes of the program.
 */
#include <string.h>

#include "enforce/plan/plan.h"

/* Whether PATH can be executed in the sandbox, as far as its file goes. */
static int check(const struct enforce_files *files, const char *path)
{
	cleanup_free char *real = view_resolve(files, path);
	cleanup_free char *host = NULL;
	struct stat st;
	int ret;

	if (!real)
		return -errno;
	ret = view_lstat(files, real, &st);
	if (ret < 0)
		return ret;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	host = view_locate(files, real, NULL);
	if (!S_ISREG(st.st_mode) || !host || access(host, X_OK) < 0)
		return -EACCES;
	return 0;
}

static int search(const struct enforce_files *files, const char *name,
		  char **path)
{
	const char *paths = getenv("PATH");
	int worst = -ENOENT;

	for (paths = paths ? paths : "/usr/bin:/bin"; paths; ) {
		int length = (int)strcspn(paths, ":"), ret;
		cleanup_free char *tried = base_printf("%.*s/%s", length, paths,
						       name);

		if (!tried)
			return -ENOMEM;
		ret = *tried == '/' && length > 0 ? check(files, tried) :
						    -ENOENT;
		if (ret == 0)
			*path = take_ptr(tried);
		if (ret == 0)
			return 0;
		if (ret == -EACCES || ret == -EISDIR)
			worst = ret;
		paths = paths[length] ? paths + length + 1 : NULL;
	}
	return worst;
}

int enforce_plan_program(const struct enforce_plan *plan, const char *name,
			 char **path, struct error *err)
{
	const struct enforce_files *files = &plan->files;
	int ret;

	*path = NULL;
	if (!strchr(name, '/')) {
		ret = search(files, name, path);
	} else {
		*path = *name == '/' ? strdup(name) :
			base_printf("%s/%s", files->cwd ? files->cwd : "",
				    name);
		ret = *path ? check(files, *path) : -ENOMEM;
		if (ret < 0)
			base_free(path);
	}
	if (ret == -ENOENT || ret == -ENOTDIR)
		return base_error(err, ENOENT, "there is no program \"%.200s\" "
				  "in the sandbox; check the name, or install "
				  "it in the tree", name);
	if (ret < 0)
		return base_error(err, -ret, "cannot execute \"%.200s\" in the "
				  "sandbox: %s", name, strerror(-ret));
	return 0;
}
