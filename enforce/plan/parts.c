/* SPDX-License-Identifier: MIT */
/*
 * Parts of the host's folders, in place of the whole: private homes, and what
 * private-etc, -bin, -opt and -srv leave. Nothing is copied and nothing
 * is written outside: what is shown is bound, read-only, into folders in
 * memory. private-tmp and private-cache are rules, see profiles/.
 */
#include <limits.h>
#include <string.h>
#include <sys/sysinfo.h>

#include "enforce/plan/parts.h"

uint64_t parts_room(void)
{
	struct sysinfo info;

	if (sysinfo(&info) < 0)
		return UINT64_C(256) << 20;
	return (uint64_t)info.totalram * info.mem_unit / 4;
}

/* ---- the home --------------------------------------------------------- */

static int add_memory(struct enforce_files *files, const char *path,
		      unsigned mode, uint64_t size, struct error *err)
{
	struct enforce_step *step = steps_add(files, ENFORCE_TMPFS, path, NULL,
					      "private");

	if (!step)
		return base_error(err, ENOMEM, "out of memory");
	step->mode = mode;
	step->size = size;
	step->set = PARTS_SHOWN;
	return 0;
}

int parts_unknown(const char *path, int code, struct error *err)
{
	return base_error(err, code, "cannot look at '%.200s' for the "
			  "sandbox: %s", path, strerror(code));
}

int parts_is(const struct enforce_files *files, const char *path, mode_t type,
	     struct error *err)
{
	struct stat st;
	int ret = view_lstat(files, path, &st);

	if (ret < 0)
		return parts_absent(-ret) ? 0 : parts_unknown(path, -ret, err);
	return (st.st_mode & S_IFMT) == type;
}

/* The file of the shell that a user has, as a new user gets it. */
static const char *shell_file(void)
{
	const char *shell = getenv("SHELL"), *slash;

	slash = shell ? strrchr(shell, '/') : NULL;
	shell = slash ? slash + 1 : shell ? shell : "";
	if (strcmp(shell, "zsh") == 0)
		return ".zshrc";
	if (strcmp(shell, "csh") == 0 || strcmp(shell, "tcsh") == 0)
		return ".cshrc";
	return ".bashrc";
}

/* FOLDER/NAME of the host as the home's NAME, if it is a file of OWNER. */
static int show_in_home(struct enforce_plan *plan, const char *folder,
			const char *name, uid_t owner, struct error *err)
{
	cleanup_free char *source = base_printf("%s/%s", folder, name);
	cleanup_free char *path = base_printf("%s/%s", plan->context.home,
					      name);
	struct enforce_step *step;
	struct stat st;

	if (!source || !path)
		return base_error(err, ENOMEM, "out of memory");
	if (lstat(source, &st) < 0)
		return parts_absent(errno) ? 0 : parts_unknown(source, errno,
								err);
	if (!S_ISREG(st.st_mode) || st.st_uid != owner)
		return 0;
	step = steps_add(&plan->files, ENFORCE_FILE, path, NULL, "private");
	if (step)
		step = steps_add(&plan->files, ENFORCE_BIND, path, source,
				 "private");
	if (!step)
		return base_error(err, ENOMEM, "out of memory");
	step->set = PARTS_READ_ONLY;
	step->optional = true;
	return 0;
}

int parts_skeleton(struct enforce_plan *plan, struct error *err)
{
	const char *home = plan->context.home;
	uid_t uid = plan->context.uid;

	int ret = show_in_home(plan, home, ".Xauthority", uid, err);

	if (ret == 0)
		ret = show_in_home(plan, home, ".asoundrc", uid, err);
	return ret < 0 ? ret : show_in_home(plan, "/etc/skel", shell_file(), 0,
					    err);
}

/* Those of the others, too: roots.c hides them from ordinary users, but root
 * sees /home as it is. */
static int empty_home(struct enforce_plan *plan, struct error *err)
{
	const char *home = plan->context.home;
	int ret = 0;

	if (plan->context.uid == 0 &&
	    !profiles_has(plan->policy, PROFILES_ALLUSERS) &&
	    strncmp(home, "/home/", 6) != 0)
		ret = parts_is(&plan->files, "/home", S_IFDIR, err);
	if (ret == 1)
		ret = add_memory(&plan->files, "/home", 0755, PARTS_SMALL,
				 err);
	if (ret == 0)
		ret = add_memory(&plan->files, home, 0700, parts_room(), err);
	return ret < 0 ? ret : parts_skeleton(plan, err);
}

/* Whether the one lies below the other, or is it. */
static bool overlaps(const char *a, const char *b)
{
	size_t length_a = strlen(a), length_b = strlen(b);
	size_t shorter = length_a < length_b ? length_a : length_b;

	return strncmp(a, b, shorter) == 0 &&
	       (length_a == length_b ||
		(length_a > length_b ? a : b)[shorter] == '/');
}

/* Another way to jail's own files would be a way around their masks. */
static int check_own(const struct enforce_context *context, const char *dir,
		     struct error *err)
{
	const char *own = context->store;

	for (size_t i = 0; own || (context->own && context->own[i]);) {
		cleanup_free char *real = NULL;

		if (!own)
			own = context->own[i++];
		real = realpath(own, NULL);
		if (!real && !parts_absent(errno))
			return parts_unknown(own, errno, err);
		if (overlaps(dir, own) || (real && overlaps(dir, real)))
			return base_error(err, EINVAL, "private '%.150s' "
					  "would show '%.150s', which is "
					  "jail's own; choose another folder",
					  dir, own);
		own = NULL;
	}
	return 0;
}

static int check_home(const struct enforce_context *context, const char *dir,
		      struct error *err)
{
	struct stat st;

	if (*dir != '/' || lstat(dir, &st) < 0)
		return base_error(err, ENOENT, "private '%.200s': there is no "
				  "such folder; create it first", dir);
	if (S_ISLNK(st.st_mode))
		return base_error(err, ELOOP, "private '%.200s' is a link; "
				  "name the folder itself", dir);
	if (!S_ISDIR(st.st_mode))
		return base_error(err, ENOTDIR, "private '%.200s' is no "
				  "folder", dir);
	if (st.st_uid != context->uid)
		return base_error(err, EPERM, "private '%.200s' belongs to "
				  "user %u; take a folder of your own", dir,
				  (unsigned)st.st_uid);
	return 0;
}

static int given_home(struct enforce_plan *plan, struct error *err)
{
	const char *dir = plan->policy->private_home;
	cleanup_free char *real = NULL;
	struct enforce_step *step;
	int ret = check_home(&plan->context, dir, err);

	if (ret < 0)
		return ret;
	real = realpath(dir, NULL);
	if (!real)
		return base_error(err, errno, "private '%.200s': %m", dir);
	ret = check_own(&plan->context, real, err);
	if (ret < 0)
		return ret;
	step = steps_add(&plan->files, ENFORCE_BIND, plan->context.home, real,
			 "private");
	if (!step)
		return base_error(err, ENOMEM, "out of memory");
	step->directory = true;
	step->set = PARTS_SHOWN;
	return 0;
}

static int private_home(struct enforce_plan *plan, struct error *err)
{
	const char *home = plan->context.home;
	int ret;

	if (!profiles_has(plan->policy, PROFILES_PRIVATE))
		return 0;
	ret = home ? parts_is(&plan->files, home, S_IFDIR, err) : 0;
	if (ret < 0)
		return ret;
	if (ret == 0)
		return base_error(err, ENOENT, "private needs a home to "
				  "replace, and '%.200s' is no folder; set "
				  "HOME", home ? home : "");
	return plan->policy->private_home ? given_home(plan, err) :
					    empty_home(plan, err);
}

/* ---- private-opt, private-srv ----------------------------------------- */

struct part {
	struct pick pick;
	const struct enforce_files *files;
	struct error *err;
};

static void close_part(struct part *part)
{
	pick_close(&part->pick);
}

static int found(void *data, const char *name)
{
	struct part *part = data;

	return pick_add_host(&part->pick, part->files, name, part->err);
}

static int private_part(struct enforce_plan *plan, const char *path,
			const struct profiles_words *words, const char *why,
			struct error *err)
{
	__attribute__((cleanup(close_part))) struct part part = {
		.pick = PICK_NONE, .files = &plan->files, .err = err,
	};
	int ret = pick_open(&part.pick, &plan->files, path, err);

	if (ret != 0)
		return ret < 0 ? ret : 0;
	for (size_t i = 0; ret == 0 && i < words->count; i++)
		ret = pick_match(&part.pick, words->items[i], found, &part,
				 err);
	return ret < 0 ? ret : pick_emit(&part.pick, &plan->files, why, err);
}

/* ---- private-cwd ------------------------------------------------------ */

static int private_cwd(struct enforce_plan *plan, struct error *err)
{
	const char *dir = plan->policy->private_cwd;
	cleanup_free char *real = NULL;
	int ret;

	if (!profiles_has(plan->policy, PROFILES_PRIVATE_CWD))
		return 0;
	dir = dir ? dir : plan->context.home;
	real = dir ? view_resolve(&plan->files, dir) : NULL;
	ret = real ? parts_is(&plan->files, real, S_IFDIR, err) : 0;
	if (ret < 0)
		return ret;
	if (ret == 0)
		return base_error(err, ENOENT, "private-cwd '%.200s': the "
				  "sandbox has no such folder",
				  dir ? dir : "");
	free(plan->files.cwd);
	plan->files.cwd = take_ptr(real);
	return 0;
}

int files_parts(struct enforce_plan *plan, struct error *err)
{
	const struct profiles_policy *policy = plan->policy;
	int ret = private_home(plan, err);

	if (ret == 0 && profiles_has(policy, PROFILES_PRIVATE_BIN))
		ret = bin_plan(plan, err);
	if (ret == 0 && profiles_has(policy, PROFILES_PRIVATE_OPT))
		ret = private_part(plan, "/opt", &policy->private_opt,
				   "private-opt", err);
	if (ret == 0 && profiles_has(policy, PROFILES_PRIVATE_SRV))
		ret = private_part(plan, "/srv", &policy->private_srv,
				   "private-srv", err);
	/* After private-bin, which follows links through /etc/alternatives. */
	if (ret == 0)
		ret = etc_plan(plan, err);
	return ret < 0 ? ret : private_cwd(plan, err);
}
