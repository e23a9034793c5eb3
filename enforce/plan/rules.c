/* SPDX-License-Identifier: MIT */
/*
 * blacklist, noblacklist, read-only, read-write, noexec, tmpfs, mkdir, mkfile
 * and bind, strictly in the order read. Each becomes steps at the end of the
 * list, so that the next one sees what it did; compile.c makes of them the
 * steps that are taken.
 */
#include <fnmatch.h>
#include <string.h>
#include <sys/mount.h>

#include "enforce/plan/rules.h"

struct rules {
	struct enforce_plan *plan;
	const struct profiles_rule *rule;
	const char *why;	/* of masks */
	char **spared;		/* noblacklist */
	size_t spared_count;
	struct enforce_files host;	/* its tree as it is; without steps
					 * where there is no whitelist */
	struct error *err;
};

/* ---- paths ------------------------------------------------------------ */

char *rules_path(const struct profiles_rule *rule)
{
	char *path = *rule->path == '/' ? strdup(rule->path) : NULL;
	char *out = path;

	for (const char *s = path; s && *s;) {
		size_t length = strcspn(++s, "/");

		if (length && !(length == 1 && *s == '.')) {
			*out++ = '/';
			memmove(out, s, length);
			out += length;
		}
		s += length;
	}
	if (out && out == path)
		*out++ = '/';
	if (out)
		*out = '\0';
	return path;
}

static int rank(char c)
{
	return c == '/' ? 1 : c ? (unsigned char)c + 1 : 0;
}

int rules_order(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return rank(*a) - rank(*b);
}

int rules_failed(const struct profiles_rule *rule, struct error *err)
{
	if (rule->file && rule->line)
		return base_error_at(err, "%s:%u", rule->file, rule->line);
	return err ? -err->code : -EINVAL;
}

static int no_memory(struct rules *rules)
{
	return base_error(rules->err, ENOMEM, "out of memory");
}

/* Whether the rule only takes away. One wall more does no harm, wherever a link
 * of another user may lead. */
static bool is_wall(const struct profiles_rule *rule)
{
	return !rule || rule->kind == PROFILES_BLACKLIST ||
	       rule->kind == PROFILES_READ_ONLY ||
	       rule->kind == PROFILES_NOEXEC;
}

/* The folder in which we cannot look for PATH, if it is the user's own: what
 * holds for PATH holds for it, for the program could open it by chmod(2). */
static char *closed_above(struct rules *rules, const char *path,
			  struct stat *st)
{
	const struct enforce_files *files = &rules->plan->files;
	const char *rest;
	cleanup_free char *folder = make_there(files, path, &rest);

	if (!folder || view_lstat(files, folder, st) < 0 ||
	    st->st_uid != rules->plan->context.uid || !S_ISDIR(st->st_mode))
		return NULL;
	return take_ptr(folder);
}

/* A link at PATH, by which a wall was found. Where it is another user's to
 * change, or nobody's, it needs no pin. */
static void pin_link(void *data, const char *path, const char *target)
{
	struct rules *rules = data;
	struct enforce_files *files = &rules->plan->files;
	cleanup_free char *folder = strdup(path);
	cleanup_free char *host = NULL;
	struct enforce_step *step;

	(void)target;
	if (!folder)
		view_note(files, path, ENOMEM);
	else
		*strrchr(folder, '/') = '\0';
	if (folder && *folder)
		host = view_locate(files, folder, NULL);
	if (!host || access(host, W_OK) < 0)
		return;
	step = steps_add(files, ENFORCE_AGAIN, path, NULL, RULES_LINK);
	if (step)
		step->link = true;
}

/* REAL is what PATH led to; NULL: to nothing yet. */
static void pin_links(struct rules *rules, const char *path, const char *real)
{
	cleanup_free char *again = NULL;

	if (is_wall(rules->rule) && (!real || strcmp(path, real) != 0))
		again = view_follow(&rules->plan->files, path, pin_link, rules);
}

/* What PATH leads to, if the rule can say something about it: new memory. What
 * is masked is nobody's any more. */
static char *target_of(struct rules *rules, const char *path, struct stat *st)
{
	const struct enforce_files *files = &rules->plan->files;
	const struct enforce_step *cover;
	cleanup_free char *real = NULL;
	int ret = view_lstat(files, path, st);

	if (ret < 0)
		return ret == -EACCES && is_wall(rules->rule) ?
		       closed_above(rules, path, st) : NULL;
	real = is_wall(rules->rule) ? view_resolve(files, path) :
				      view_resolve_own(files, path);
	pin_links(rules, path, real);
	if (!real || (S_ISLNK(st->st_mode) &&
		      view_lstat(files, real, st) < 0))
		return NULL;
	cover = view_cover(files, real);
	if (cover && cover->kind == ENFORCE_MASK)
		return NULL;
	return take_ptr(real);
}

/* ---- masks ------------------------------------------------------------ */

static bool is_spared(const struct rules *rules, const char *path)
{
	for (size_t i = 0; i < rules->spared_count; i++)
		if (fnmatch(rules->spared[i], path, FNM_PATHNAME) == 0)
			return true;
	return false;
}

static int spare(struct rules *rules, const char *path)
{
	char **spared = reallocarray(rules->spared, rules->spared_count + 1,
				     sizeof(char *));

	if (!spared)
		return no_memory(rules);
	rules->spared = spared;
	spared[rules->spared_count] = strdup(path);
	if (!spared[rules->spared_count])
		return no_memory(rules);
	rules->spared_count++;
	return 0;
}

/* A link to /dev/null is how a file is hidden otherwise. */
static int mask(void *data, const char *path)
{
	struct rules *rules = data;
	cleanup_free char *real = NULL;
	struct enforce_step *step;
	struct stat st;

	real = is_spared(rules, path) ? NULL : target_of(rules, path, &st);
	if (!real || strcmp(real, "/dev/null") == 0)
		return 0;
	if (strcmp(real, "/") == 0)
		return base_error(rules->err, EINVAL, "blacklist '%.200s' "
				  "would hide everything; name less", path);
	step = steps_add(&rules->plan->files, ENFORCE_MASK, real, path,
			 rules->why);
	if (!step)
		return no_memory(rules);
	/* What has gone need not be hidden. */
	step->optional = true;
	step->directory = S_ISDIR(st.st_mode);
	return 0;
}

/* ---- flags ------------------------------------------------------------ */

static const struct flag_rule {
	enum profiles_rule_kind kind;
	uint64_t set, clear;
	const char *why;
} flag_rules[] = {
	{PROFILES_READ_ONLY, MOUNT_ATTR_RDONLY, 0, "read-only"},
	{PROFILES_READ_WRITE, 0, MOUNT_ATTR_RDONLY, "read-write"},
	{PROFILES_NOEXEC, RULES_NOEXEC, 0, "noexec"},
};

static int add_flags(struct rules *rules, const char *real, bool directory)
{
	const struct flag_rule *flag = flag_rules;
	struct enforce_step *step;

	while (flag->kind != rules->rule->kind)
		flag++;
	step = steps_add(&rules->plan->files, ENFORCE_AGAIN, real, NULL,
			 flag->why);
	if (!step)
		return no_memory(rules);
	step->directory = directory;
	step->set = flag->set;
	step->clear = flag->clear;
	return 0;
}

/* The root itself is always read-only: what counts is what is in it. */
static int add_flags_root(struct rules *rules)
{
	const struct enforce_files *files = &rules->plan->files;
	size_t count = files->rules;
	int ret = 0;

	/* A step moves when one is added; its strings do not. */
	for (size_t i = 0; ret == 0 && i < count; i++) {
		const struct enforce_step *step = &files->steps[i];

		if (step->kind != ENFORCE_BIND && step->kind != ENFORCE_TMPFS &&
		    step->kind != ENFORCE_OVERLAY)
			continue;
		if (strchr(step->path + 1, '/'))
			continue;
		ret = add_flags(rules, step->path, true);
	}
	return ret;
}

/* read-write is for what is the user's own. */
static int change(void *data, const char *path)
{
	struct rules *rules = data;
	uid_t uid = rules->plan->context.uid;
	struct stat st;
	cleanup_free char *real = target_of(rules, path, &st);

	if (!real || (rules->rule->kind == PROFILES_READ_WRITE && uid != 0 &&
		      st.st_uid != uid))
		return 0;
	if (strcmp(real, "/") == 0)
		return add_flags_root(rules);
	return add_flags(rules, real, S_ISDIR(st.st_mode));
}

/* ---- mounts ----------------------------------------------------------- */

static int empty(void *data, const char *path)
{
	struct rules *rules = data;
	struct stat st;
	cleanup_free char *real = target_of(rules, path, &st);

	if (!real || !S_ISDIR(st.st_mode))
		return 0;
	if (strcmp(real, "/") == 0)
		return base_error(rules->err, EINVAL, "tmpfs / would hide "
				  "everything; name a folder in it");
	if (!steps_tmpfs(&rules->plan->files, real, st.st_mode & 07777,
			 "tmpfs"))
		return no_memory(rules);
	return 0;
}

/* PATH of the host without links, none of them another user's. */
static char *host_path(const char *path)
{
	struct enforce_files host = {0};
	char *real = NULL;
	int code = ENOMEM;

	if (steps_bind(&host, "/", "/", true, 0, "bind")) {
		real = view_resolve_own(&host, path);
		code = errno;
	}
	steps_free(&host);
	errno = code;
	return real;
}

static int foreign_link(struct rules *rules, const char *path)
{
	return base_error(rules->err, ELOOP, "'%.200s' leads through a link "
			  "that belongs to another user, or in a circle; name "
			  "the path itself", path);
}

/* With the flags that the source has for the program: another way to a file is
 * no way around what holds for it. */
static int bind(struct rules *rules, const char *path)
{
	struct enforce_files *files = &rules->plan->files;
	cleanup_free char *source = host_path(rules->rule->source);
	cleanup_free char *seen = NULL, *real = NULL;
	uint64_t flags = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
	struct stat from, to;

	if (!source && errno == ELOOP)
		return foreign_link(rules, rules->rule->source);
	if (!source || lstat(source, &from) < 0)
		return base_error(rules->err, errno, "bind '%.200s': %m",
				  rules->rule->source);
	real = view_resolve_own(files, path);
	if (!real && errno == ELOOP)
		return foreign_link(rules, path);
	if (!real || view_lstat(files, real, &to) < 0)
		return base_error(rules->err, ENOENT, "bind to '%.200s': the "
				  "sandbox has no such path; create it first",
				  path);
	if (S_ISDIR(from.st_mode) != S_ISDIR(to.st_mode) ||
	    strcmp(real, "/") == 0)
		return base_error(rules->err, ENOTDIR, "bind to '%.200s': it "
				  "has to be a folder if the source is, and a "
				  "file if that is one", path);
	seen = view_locate(files, source, NULL);
	if (seen && strcmp(seen, source) == 0)
		flags |= view_flags(files, source, SIZE_MAX);
	else
		flags |= MOUNT_ATTR_RDONLY;
	if (!steps_bind(files, real, source, S_ISDIR(from.st_mode), flags,
			"bind"))
		return no_memory(rules);
	return 0;
}

/* ---- the rules -------------------------------------------------------- */

static int each_match(struct rules *rules, const char *path,
		      int (*found)(void *data, const char *path))
{
	int ret;

	if (rules->err)
		rules->err->code = 0;
	ret = view_glob(&rules->plan->files, path, found, rules);
	if (ret < 0 && (!rules->err || !rules->err->code))
		return base_error(rules->err, -ret, "'%.200s': %s", path,
				  strerror(-ret));
	return ret;
}

/* A link that a whitelist leaves out leads to what it may have let in. */
static int behind_link(void *data, const char *path)
{
	struct rules *rules = data;
	bool masks = rules->rule->kind == PROFILES_BLACKLIST;
	cleanup_free char *real = view_resolve(&rules->host, path);

	if (!real && errno == ENOMEM)
		return no_memory(rules);
	if (!real || strcmp(real, path) == 0 || is_spared(rules, path))
		return 0;
	return masks ? mask(rules, real) : change(rules, real);
}

static int each_wall(struct rules *rules, const char *path,
		     int (*found)(void *data, const char *path))
{
	int ret = each_match(rules, path, found);

	if (ret == 0 && rules->host.count &&
	    whitelist_leaves_link(&rules->plan->files, path))
		ret = view_glob(&rules->host, path, behind_link, rules);
	if (ret < 0 && (!rules->err || !rules->err->code))
		return base_error(rules->err, -ret, "'%.200s': %s", path,
				  strerror(-ret));
	return ret;
}

static int apply(struct rules *rules, const char *path)
{
	switch (rules->rule->kind) {
	case PROFILES_BLACKLIST:
		return each_wall(rules, path, mask);
	case PROFILES_NOBLACKLIST:
		return spare(rules, path);
	case PROFILES_READ_ONLY:
	case PROFILES_NOEXEC:
		return each_wall(rules, path, change);
	case PROFILES_READ_WRITE:
		return each_match(rules, path, change);
	case PROFILES_TMPFS:
		return each_match(rules, path, empty);
	case PROFILES_BIND:
		return bind(rules, path);
	case PROFILES_MKDIR:
	case PROFILES_MKFILE:
		return make_rule(rules->plan, rules->rule, rules->err);
	default:
		return 0; /* whitelist.c's */
	}
}

/* What is hidden without a directive. */
static int mask_system(struct rules *rules)
{
	unsigned uid = (unsigned)rules->plan->context.uid;
	bool opened = profiles_has(rules->plan->policy,
				   PROFILES_WRITABLE_RUN_USER);
	char paths[4][64] = {"/lib/modules", "/usr/src/linux"};
	int ret = 0;

	snprintf(paths[2], sizeof(paths[2]), "/run/user/%u/gnupg", uid);
	snprintf(paths[3], sizeof(paths[3]), "/run/user/%u/systemd", uid);
	for (size_t i = 0; ret == 0 && i < (opened ? 2 : 4); i++) {
		rules->why = i < 2 ? RULES_ALWAYS : RULES_RUN_USER;
		ret = mask(rules, paths[i]);
	}
	rules->why = "blacklist";
	return ret;
}

static int look_at_host(struct rules *rules)
{
	const struct profiles_policy *policy = rules->plan->policy;

	for (size_t i = 0; i < policy->rule_count; i++)
		if (policy->rules[i].kind == PROFILES_WHITELIST)
			return steps_bind(&rules->host, "/", "/", true, 0,
					  "whitelist") ? 0 : no_memory(rules);
	return 0;
}

static void free_rules(struct rules *rules)
{
	steps_free(&rules->host);
	for (size_t i = 0; i < rules->spared_count; i++)
		free(rules->spared[i]);
	free(rules->spared);
}

int files_rules(struct enforce_plan *plan, struct error *err)
{
	const struct profiles_policy *policy = plan->policy;
	__attribute__((cleanup(free_rules))) struct rules rules = {
		.plan = plan, .err = err,
	};
	int ret;

	plan->files.rules = plan->files.count;
	ret = mask_system(&rules);
	if (ret == 0)
		ret = look_at_host(&rules);
	for (size_t i = 0; ret == 0 && i < policy->rule_count; i++) {
		const struct profiles_rule *rule = &policy->rules[i];
		cleanup_free char *path = rules_path(rule);

		rules.rule = rule;
		if (path)
			ret = apply(&rules, path);
		else if (*rule->path == '/')
			ret = no_memory(&rules);
		if (ret < 0)
			return rules_failed(rule, err);
	}
	return ret;
}
