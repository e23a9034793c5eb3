/* SPDX-License-Identifier: MIT */
/*
 * The plan of the tree of files: its stages in order. Each looks at the tree
 * through view_*() as the stages before it left it. The last word have jail's
 * own files, which no directive may show.
 */
#include <string.h>

#include "enforce/companion/companion.h"
#include "enforce/plan/parts.h"
#include "enforce/plan/rules.h"

static int plan_tree(struct enforce_plan *plan, struct error *err)
{
	const struct profiles_policy *policy = plan->policy;

	if (policy->chroot)
		return files_chroot(plan, err);
	if (profiles_has(policy, PROFILES_OVERLAY) ||
	    profiles_has(policy, PROFILES_OVERLAY_TMPFS))
		return files_overlay(plan, err);
	return files_roots(plan, err);
}

static bool is_folder(const struct enforce_files *files, const char *path)
{
	struct stat st;

	return view_lstat(files, path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Where jail was started, if the program sees just that folder there. */
static int choose_cwd(struct enforce_plan *plan, struct error *err)
{
	struct enforce_files *files = &plan->files;
	cleanup_free char *here = getcwd(NULL, 0), *host = NULL, *real = NULL;
	const char *home = plan->context.home;

	if (files->cwd)
		return 0;
	if (!here && !parts_absent(errno)) /* a folder that is gone, then */
		return base_error(err, errno, "cannot tell the current "
				  "folder: %m");
	if (here && *here == '/' && is_folder(files, here))
		host = view_locate(files, here, NULL);
	if (host && (strcmp(host, here) == 0 || view_cover(files, here)->kind ==
		     ENFORCE_OVERLAY)) {
		files->cwd = take_ptr(here);
		return 0;
	}
	real = home ? view_resolve(files, home) : NULL;
	if (real && is_folder(files, real))
		files->cwd = take_ptr(real);
	else
		files->cwd = strdup("/");
	return files->cwd ? 0 : base_error(err, ENOMEM, "out of memory");
}

int files_served(struct enforce_plan *plan, struct error *err)
{
	return plan->files.served ? 0 :
	       companion_folder_name(plan->context.runtime,
				     &plan->files.served, err);
}

int enforce_plan_files(struct enforce_plan *plan, struct error *err)
{
	static int (*const stages[])(struct enforce_plan *plan,
				     struct error *err) = {
		plan_tree, files_parts, files_devices, files_make,
		files_whitelist, files_rules, files_own, files_compile,
		files_buses, files_display, files_names, choose_cwd,
	};
	int ret = 0;

	if (!enforce_sandboxed(plan))
		return 0;
	if (!plan->files.view) /* it remembers looks that fail */
		plan->files.view = calloc(1, sizeof(*plan->files.view));
	if (!plan->files.view)
		return base_error(err, ENOMEM, "out of memory");
	for (size_t i = 0; ret == 0 && i < ARRAY_SIZE(stages); i++)
		ret = stages[i](plan, err);
	if (ret == 0 && steps_failed(&plan->files))
		ret = base_error(err, ENOMEM, "out of memory");
	return ret < 0 ? ret : view_failed(&plan->files, err);
}

void enforce_plan_free(struct enforce_plan *plan)
{
	if (!plan)
		return;
	steps_free(&plan->files);
	profiles_set_free(&plan->whitelist);
	base_free(&plan->arguments);
	plan->argument_count = 0;
	base_free(&plan->partly);
	plan->partly_count = 0;
	base_free(&plan->stubs);
	plan->stub_count = 0;
}
