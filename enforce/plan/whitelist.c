/* SPDX-License-Identifier: MIT */
/*
 * whitelist: of a top folder, such as the home, /tmp or /usr/share, the program
 * sees nothing but what is named. An empty folder in memory covers it, and what
 * is named is bound back from what is covered, with all that the steps before
 * made of it. Links on the way are made again.
 *
 * First all rules are read and all paths found, then all tops are covered: a
 * top can lie in another one.
 */
#include <string.h>
#include <sys/mount.h>

#include "enforce/plan/parts.h"
#include "enforce/plan/rules.h"

#define WHY "whitelist"

struct item {
	char *path;
	char *target;		/* of a link, else NULL */
	size_t top;
	bool directory;
};

struct whitelist {
	struct enforce_plan *plan;
	char *tops[ENFORCE_KEPT];
	size_t top_count;
	struct item *items;
	size_t count, room;
	char **never;		/* nowhitelist */
	size_t never_count;
	size_t top;		/* of the rule that is read */
	bool failed;		/* no memory */
};

static void free_all(struct whitelist *list)
{
	for (size_t i = 0; i < list->top_count; i++)
		free(list->tops[i]);
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].path);
		free(list->items[i].target);
	}
	for (size_t i = 0; i < list->never_count; i++)
		free(list->never[i]);
	free(list->items);
	free(list->never);
}

/* ---- what is named ---------------------------------------------------- */

static void add_item(struct whitelist *list, const char *path,
		     const char *target, bool directory)
{
	struct item item = {
		.path = strdup(path),
		.target = target ? strdup(target) : NULL,
		.top = list->top,
		.directory = directory,
	};

	if (list->count == list->room) {
		size_t room = list->room ? 2 * list->room : 64;
		struct item *items = reallocarray(list->items, room,
						  sizeof(*items));

		if (items) {
			list->items = items;
			list->room = room;
		}
	}
	if (!item.path || (target && !item.target) ||
	    list->count == list->room) {
		free(item.path);
		free(item.target);
		list->failed = true;
		return;
	}
	list->items[list->count++] = item;
}

static void add_link(void *data, const char *path, const char *target)
{
	struct whitelist *list = data;
	const char *rest = view_below(path, list->tops[list->top]);

	if (rest && *rest)
		add_item(list, path, target, false);
}

static int found(void *data, const char *path)
{
	struct whitelist *list = data;
	const struct enforce_files *files = &list->plan->files;
	cleanup_free char *real = view_resolve(files, path);
	cleanup_free char *again = NULL;
	const char *rest;
	struct stat st;

	if (!real || view_lstat(files, real, &st) < 0)
		return 0;
	for (size_t i = 0; i < list->never_count; i++)
		if (strcmp(list->never[i], real) == 0)
			return 0;
	if (strcmp(real, path) != 0)
		again = view_follow(files, path, add_link, list);
	rest = view_below(real, list->tops[list->top]);
	if (rest && *rest)
		add_item(list, real, NULL, S_ISDIR(st.st_mode));
	return list->failed ? -ENOMEM : 0;
}

static int read_nowhitelist(struct whitelist *list, const char *path)
{
	char *real = view_resolve(&list->plan->files, path);
	char **never = reallocarray(list->never, list->never_count + 1,
				    sizeof(char *));

	if (!never) {
		free(real);
		return -ENOMEM;
	}
	list->never = never;
	if (real)
		list->never[list->never_count++] = real;
	return 0;
}

/* ---- top folders ------------------------------------------------------ */

/* FOLDER and the first component of what is below it. */
static char *with_first(const char *path, const char *folder)
{
	const char *rest = view_below(path, folder);

	if (!rest || !*rest)
		return NULL;
	return strndup(path, (size_t)(rest - path) + 1 +
		       strcspn(rest + 1, "/"));
}

/* New memory. PATH is no top folder itself, nor above one. */
static char *top_of(const struct enforce_plan *plan, const char *path)
{
	const char *home = plan->context.home;
	cleanup_free char *run = base_printf("/run/user/%u",
					     (unsigned)plan->context.uid);
	char *usr;

	if (!run)
		return NULL;
	if (home && home[1] && view_below(path, home))
		return strdup(home);
	if (view_below(path, run))
		return take_ptr(run);
	if (view_below(path, "/sys/module"))
		return strdup("/sys/module");
	usr = with_first(path, "/usr");
	return usr ? usr : with_first(path, "/");
}

/* New memory. What is named by the old names of /run is in that folder: nobody
 * who writes so means that all else of /var is to go. */
static char *without_old_names(const struct enforce_files *files,
			       const char *path)
{
	static const struct {
		const char *old, *now;
	} names[] = {{"/var/run", "/run"}, {"/var/lock", "/run/lock"}};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *rest = view_below(path, names[i].old);
		cleanup_free char *real = rest && *rest ?
			view_resolve(files, names[i].old) : NULL;

		if (real && strcmp(real, names[i].now) == 0)
			return base_printf("%s%s", real, rest);
	}
	return strdup(path);
}

static bool is_refused(const char *top, const char *path)
{
	return !top || strcmp(top, path) == 0 || strcmp(top, "/proc") == 0 ||
	       strcmp(top, "/sys") == 0;
}

/* The number of TOP; -ENOENT if there is no such folder to cover. */
static int find_top(struct whitelist *list, const char *top, struct error *err)
{
	struct stat st;

	for (size_t i = 0; i < list->top_count; i++)
		if (strcmp(list->tops[i], top) == 0)
			return (int)i;
	if (view_lstat(&list->plan->files, top, &st) < 0 ||
	    !S_ISDIR(st.st_mode))
		return -ENOENT;
	if (list->top_count == ENFORCE_KEPT)
		return base_error(err, E2BIG, "whitelist lines name more than "
				  "%d top folders; name fewer", ENFORCE_KEPT);
	list->tops[list->top_count] = strdup(top);
	if (!list->tops[list->top_count])
		return base_error(err, ENOMEM, "out of memory");
	return (int)list->top_count++;
}

static int read_whitelist(struct whitelist *list, const char *named,
			  struct error *err)
{
	const struct enforce_plan *plan = list->plan;
	cleanup_free char *path = without_old_names(&plan->files, named);
	cleanup_free char *top = path ? top_of(plan, path) : NULL;
	int ret;

	if (!path)
		return base_error(err, ENOMEM, "out of memory");
	if (is_refused(top, path))
		return base_error(err, EINVAL, "whitelist '%.200s': a folder "
				  "of the root, of /usr, the home, /proc and "
				  "/sys cannot be named as a whole; name what "
				  "is in it", path);
	if (profiles_has(plan->policy, PROFILES_PRIVATE) &&
	    plan->context.home && strcmp(top, plan->context.home) == 0)
		return 0;
	ret = find_top(list, top, err);
	if (ret < 0)
		return ret == -ENOENT ? 0 : ret;
	list->top = (size_t)ret;
	ret = view_glob(&plan->files, path, found, list);
	if (ret < 0)
		return base_error(err, -ret, "whitelist '%.200s': %s", path,
				  strerror(-ret));
	return 0;
}

static int read_rules(struct whitelist *list, struct error *err)
{
	const struct profiles_policy *policy = list->plan->policy;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < policy->rule_count; i++) {
		const struct profiles_rule *rule = &policy->rules[i];
		cleanup_free char *path = NULL;

		if (rule->kind != PROFILES_WHITELIST &&
		    rule->kind != PROFILES_NOWHITELIST)
			continue;
		path = rules_path(rule);
		if (!path && *rule->path != '/')
			continue; /* a macro for which there is nothing */
		if (!path)
			ret = base_error(err, ENOMEM, "out of memory");
		else if (rule->kind == PROFILES_WHITELIST)
			ret = read_whitelist(list, path, err);
		else if (read_nowhitelist(list, path) < 0)
			ret = base_error(err, ENOMEM, "out of memory");
		if (ret < 0)
			return rules_failed(rule, err);
	}
	return ret;
}

/* ---- covering --------------------------------------------------------- */

static int by_path(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	return x->top != y->top ? (x->top < y->top ? -1 : 1) :
				  rules_order(x->path, y->path);
}

/* Sorts the items, and leaves out those that another one shows already. */
static void settle(struct whitelist *list)
{
	size_t kept = 0;

	if (list->count)
		qsort(list->items, list->count, sizeof(struct item), by_path);
	for (size_t i = 0; i < list->count; i++) {
		struct item *item = &list->items[i];
		const struct item *last = kept ? &list->items[kept - 1] : NULL;

		if (last && last->top == item->top &&
		    (!last->target || strcmp(last->path, item->path) == 0) &&
		    view_below(item->path, last->path)) {
			free(item->path);
			free(item->target);
			continue;
		}
		list->items[kept++] = *item;
	}
	list->count = kept;
}

static int place_link(struct enforce_files *files, const struct item *item,
		      struct error *err)
{
	cleanup_free char *parent = strdup(item->path);
	struct stat st;
	int ret;

	if (!parent)
		return base_error(err, ENOMEM, "out of memory");
	*strrchr(parent, '/') = '\0';
	ret = steps_place(files, parent, true, err);
	if (ret < 0 || view_lstat(files, item->path, &st) == 0)
		return ret;
	if (!steps_add(files, ENFORCE_SYMLINK, item->path, item->target, WHY))
		return base_error(err, ENOMEM, "out of memory");
	return 0;
}

static int place_items(struct whitelist *list, size_t top, struct error *err)
{
	struct enforce_files *files = &list->plan->files;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < list->count; i++) {
		const struct item *item = &list->items[i];

		if (item->top == top)
			ret = item->target ?
			      place_link(files, item, err) :
			      steps_place(files, item->path, item->directory,
					  err);
	}
	return ret;
}

static int bind_items(struct whitelist *list, size_t top, struct error *err)
{
	struct enforce_files *files = &list->plan->files;
	struct enforce_step *step;

	for (size_t i = 0; i < list->count; i++) {
		const struct item *item = &list->items[i];

		if (item->top != top || item->target)
			continue;
		step = steps_bind(files, item->path,
				  view_below(item->path, list->tops[top]),
				  item->directory, 0, WHY);
		if (!step)
			return base_error(err, ENOMEM, "out of memory");
		step->kept = (unsigned)top + 1;
	}
	return 0;
}

static int cover(struct whitelist *list, size_t top, struct error *err)
{
	struct enforce_plan *plan = list->plan;
	struct enforce_files *files = &plan->files;
	const char *path = list->tops[top];
	bool writable = view_writable(files, path);
	struct enforce_step *step;
	struct stat st;
	int ret = view_lstat(files, path, &st);

	if (ret < 0)
		return 0; /* in a top that was covered */
	step = steps_tmpfs(files, path, st.st_mode & 07777, WHY);
	if (!step)
		return base_error(err, ENOMEM, "out of memory");
	step->kept = (unsigned)top + 1;
	ret = place_items(list, top, err);
	if (ret == 0 && plan->context.home &&
	    strcmp(path, plan->context.home) == 0)
		ret = parts_skeleton(plan, err);
	if (ret < 0)
		return ret;
	if (!writable) {
		step = steps_add(files, ENFORCE_AGAIN, path, NULL, WHY);
		if (!step)
			return base_error(err, ENOMEM, "out of memory");
		step->directory = step->alone = true;
		step->set = MOUNT_ATTR_RDONLY;
	}
	return bind_items(list, top, err);
}

/* What a top folder keeps, whatever is named: the home, and the user's own
 * folder of /run. They may be tops, too. */
static void add_users(struct whitelist *list)
{
	const struct enforce_plan *plan = list->plan;
	cleanup_free char *run = base_printf("/run/user/%u",
					     (unsigned)plan->context.uid);
	const char *const folders[] = {plan->context.home, run};
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		for (list->top = 0; folders[i] && list->top < list->top_count;
		     list->top++) {
			const char *rest = view_below(folders[i],
						      list->tops[list->top]);

			if (rest && *rest &&
			    view_lstat(&plan->files, folders[i], &st) == 0)
				add_item(list, folders[i], NULL,
					 S_ISDIR(st.st_mode));
		}
}

static int top_order(const void *a, const void *b, void *data)
{
	const struct whitelist *list = data;

	return rules_order(list->tops[*(const size_t *)a],
			   list->tops[*(const size_t *)b]);
}

int files_whitelist(struct enforce_plan *plan, struct error *err)
{
	__attribute__((cleanup(free_all))) struct whitelist list = {
		.plan = plan,
	};
	size_t order[ENFORCE_KEPT];
	int ret = read_rules(&list, err);

	if (ret < 0)
		return ret;
	add_users(&list);
	if (list.failed)
		return base_error(err, ENOMEM, "out of memory");
	settle(&list);
	for (size_t i = 0; i < list.top_count; i++)
		order[i] = i;
	/* One that lies in another one comes after it. */
	qsort_r(order, list.top_count, sizeof(*order), top_order, &list);
	for (size_t i = 0; ret == 0 && i < list.top_count; i++)
		ret = cover(&list, order[i], err);
	return ret;
}

/* Most paths are not even there. */
bool whitelist_leaves_link(const struct enforce_files *files, const char *path)
{
	const struct enforce_step *cover = view_cover(files, path);
	const char *rest = cover && cover->kind == ENFORCE_TMPFS ?
			   view_below(path, cover->path) : NULL;
	cleanup_free char *part = rest && *rest ? strdup(path) : NULL;
	char *slash = part ? part + (rest - path) : NULL;
	struct stat st;

	if (rest && *rest && !part)
		return true;
	while (slash) {
		slash = strchr(slash + 1, '/');
		if (slash)
			*slash = '\0';
		if (view_is_pattern(part))
			return true;
		if (lstat(part, &st) < 0)
			return false;
		if (S_ISLNK(st.st_mode))
			return true;
		if (slash)
			*slash = '/';
	}
	return false;
}
