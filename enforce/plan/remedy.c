/* SPDX-License-Identifier: MIT */
/*
 * From a refusal to the directive that would have let the program pass: which
 * step hides the path or makes it read-only, and what made that step. Nothing
 * where the user could not have done it without a sandbox either, and nothing
 * for what no directive opens.
 */
#include <string.h>
#include <sys/mount.h>

#include "enforce/plan/rules.h"

struct refused {
	const struct enforce_plan *plan;
	const char *path;
	char *there;		/* the part that the program can see */
	const char *rest;	/* and the rest */
	const struct enforce_step *cover;
};

static void free_refused(struct refused *refused)
{
	free(refused->there);
}

/* The name in REST that would be needed first. */
static char *word(const char *directive, const char *rest)
{
	rest += strspn(rest, "/");
	return base_printf("%s %.*s", directive, (int)strcspn(rest, "/"), rest);
}

static char *for_mask(const struct refused *refused)
{
	const struct enforce_step *mask = refused->cover;

	if (strcmp(mask->why, "blacklist") == 0 && mask->source)
		return base_printf("noblacklist %s", mask->source);
	if (strcmp(mask->why, RULES_RUN_USER) == 0)
		return strdup("writable-run-user");
	return NULL;
}

static const struct hidden {
	const char *at, *remedy;
} hidden[] = {
	{"/home", "allusers"},
	{"/var/log", "writable-var-log"},
	{"/var/tmp", "keep-var-tmp"},
};

/* What is not in a folder that jail made, but on the host. */
static char *for_missing(const struct refused *refused)
{
	static const char *const parts[] = {"private-bin", "private-etc",
					    "private-opt", "private-srv"};
	const char *why = refused->cover ? refused->cover->why : "";
	struct stat st;

	if (lstat(refused->path, &st) < 0)
		return NULL;
	if (strcmp(why, "whitelist") == 0)
		return base_printf("whitelist %s", refused->path);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (strcmp(why, parts[i]) == 0)
			return word(parts[i], refused->rest);
	for (size_t i = 0; refused->cover && i < ARRAY_SIZE(hidden); i++)
		if (strcmp(refused->cover->path, hidden[i].at) == 0 &&
		    strcmp(why, ROOTS_WHY) == 0)
			return strdup(hidden[i].remedy);
	return NULL;
}

/* Of /etc the folder in it, where that is enough: it has who may log in, too. A
 * file there is mostly replaced by a new one, which takes its folder. */
static char *for_etc(const char *path, const struct stat *st)
{
	const char *end = S_ISDIR(st->st_mode) ? strchr(path, '\0') :
						 strrchr(path, '/');
	int length = (int)(end - path);

	if (length <= (int)strlen("/etc"))
		return strdup("writable-etc");
	return base_printf("read-write %.*s", length, path);
}

/* read-write opens what is the user's own. */
static char *for_read_only(const struct refused *refused)
{
	const struct enforce_plan *plan = refused->plan;
	const struct enforce_files *files = &plan->files;
	cleanup_free char *host = view_locate(files, refused->there, NULL);
	struct stat st;

	if (view_writable(files, refused->there) || !host ||
	    stat(host, &st) < 0 || access(host, W_OK) < 0 ||
	    !(view_flags(files, refused->there, SIZE_MAX) & MOUNT_ATTR_RDONLY))
		return NULL;
	if (view_below(refused->there, "/etc") && plan->context.uid == 0)
		return for_etc(refused->there, &st);
	if (plan->context.uid != 0 && st.st_uid != plan->context.uid)
		return NULL;
	return base_printf("read-write %s", refused->there);
}

char *enforce_plan_remedy(const struct enforce_plan *plan, const char *path,
			  int code)
{
	__attribute__((cleanup(free_refused))) struct refused refused = {
		.plan = plan, .path = path,
	};
	struct stat st;

	if (!enforce_sandboxed(plan) || *path != '/')
		return NULL;
	refused.there = make_there(&plan->files, path, &refused.rest);
	if (!refused.there)
		return NULL;
	refused.cover = view_cover(&plan->files, refused.there);
	if (refused.cover && refused.cover->kind == ENFORCE_MASK)
		return for_mask(&refused);
	if (*refused.rest && (code == ENOENT || lstat(path, &st) == 0))
		return for_missing(&refused);
	return code == ENOENT ? NULL : for_read_only(&refused);
}
