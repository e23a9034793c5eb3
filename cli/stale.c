/* SPDX-License-Identifier: MIT */
/*
 * jail stale: the programs whose list is older than what they run with, and
 * why. Made for the hook of a package manager: each file is looked at once,
 * however many programs have it, and the status says whether there is any.
 */
#include <string.h>

#include "cli/policy.h"
#include "cli/stale.h"
#include "cli/store.h"

#define PATIENCE 2000000 /* microseconds, for all programs together */

/* ---- looking, also for jail list ------------------------------------ */

struct stale_root {
	char *folder;		/* NULL: the host's own */
	struct profiles_files files;
	struct packages packages;
	struct stale_root *next;
};

void stale_free(struct stale_look *look)
{
	struct stale_root *root;

	while (look && (root = look->roots)) {
		look->roots = root->next;
		profiles_files_free(&root->files);
		changes_packages_free(&root->packages);
		free(root->folder);
		free(root);
	}
}

static bool is_same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static struct stale_root *find_root(struct stale_look *look,
				    const char *folder)
{
	struct stale_root *root = look->roots;

	while (root && !is_same(root->folder, folder))
		root = root->next;
	if (root)
		return root;
	root = calloc(1, sizeof(*root));
	if (!root)
		return NULL;
	root->folder = folder ? strdup(folder) : NULL;
	if (folder && !root->folder) {
		free(root);
		return NULL;
	}
	root->next = look->roots;
	return look->roots = root;
}

/* What the profile of the program says of its root, where it can be read. */
static char *folder_of(const struct cli_common *common, const char *program)
{
	cleanup_policy struct cli_policy policy = {0};
	const char *chroot = NULL;

	if (cli_policy_read(&policy, common, program, NULL, NULL) == 0)
		chroot = policy.text.policy.chroot;
	return chroot ? strdup(chroot) : NULL;
}

int stale_read(struct stale_look *look, struct db *db, const char *program,
	       struct changes *changes, struct error *err)
{
	cleanup_free char *folder = folder_of(look->common, program);

	look->last = find_root(look, folder);
	if (!look->last)
		return base_error(err, ENOMEM, "out of memory");
	return changes_read(changes, db, program, look->last->folder, NULL,
			    &look->last->files, err);
}

/* changes_name() for what was read last; each path is looked for once. */
static void name_last(struct stale_look *look, struct changes *changes,
		      int64_t until, bool merge)
{
	changes_name_again(changes, &look->last->packages, look->last->folder,
			   until, merge);
}

/* ---- printing ------------------------------------------------------- */

struct options {
	struct cli_common common;
};

struct stale {
	const struct options *options;
	struct db *db;
	const char *name;	/* the only one; NULL: all */
	struct stale_look look;
	size_t found;
	int64_t until;		/* packages are looked for: monotonic */
	struct error *err;
};

static const char *kind_of(const struct change *change)
{
	return !change->path ? "kernel" :
	       change->library ? "library" : "executable";
}

static json_t *change_json(const struct change *change)
{
	bool package = change->path &&
		strcmp(strrchr(change->path, '/') + 1, change->name) != 0;

	if (!change->path)
		return json_pack("{s:s, s:o, s:o}", "kind", kind_of(change),
				 "now", cli_json_text(change->kernel), "was",
				 cli_json_text(change->was));
	return json_pack("{s:s, s:o, s:o, s:b}", "kind", kind_of(change),
			 "path", cli_json_text(change->path), "package",
			 cli_json_text(package ? change->name : NULL), "gone",
			 change->gone);
}

static int print_json(const struct stale *stale, const struct db_program *row,
		      const struct changes *changes)
{
	json_t *list = json_array();

	for (size_t i = 0; i < changes->count; i++)
		json_array_append_new(list, change_json(&changes->items[i]));
	return cli_json_print(json_pack(
		"{s:o, s:o, s:o}", "program", cli_json_text(row->name),
		"last_learned", cli_json_time(row->last_learned), "changes",
		list), stale->err);
}

static void print_change(const struct change *change)
{
	char name[256], path[1024];

	base_printable(name, sizeof(name), change->name);
	if (!change->path) {
		printf("    the kernel is %s, and was %s\n", change->kernel,
		       change->was);
		return;
	}
	base_printable(path, sizeof(path), change->path);
	printf("    %s: the %s %s%s\n", name, kind_of(change), path,
	       change->gone ? " is gone" : " changed");
}

/* Of one program all of it, of many a line each. */
static void print(struct stale *stale, const struct db_program *row,
		  struct changes *changes)
{
	char name[256], text[512], when[32];

	name_last(&stale->look, changes, stale->until, !stale->name);
	base_printable(name, sizeof(name), row->name);
	cli_short_time(when, sizeof(when), row->last_learned);
	if (!stale->name) {
		printf("%s: %s changed since it was learned, last %s\n", name,
		       changes_text(text, sizeof(text), changes), when);
		return;
	}
	printf("%s was learned last %s; changed since:\n", name, when);
	for (size_t i = 0; i < changes->count; i++)
		print_change(&changes->items[i]);
}

static int look_at(void *data, const struct db_program *row)
{
	cleanup_changes struct changes changes = {0};
	struct stale *stale = data;
	int ret;

	if (stale->name && strcmp(stale->name, row->name) != 0)
		return 0;
	ret = stale_read(&stale->look, stale->db, row->name, &changes,
			 stale->err);
	if (ret < 0 || !changes.count)
		return ret;
	stale->found++;
	if (stale->options->common.quiet)
		return 0;
	if (!stale->options->common.json) {
		print(stale, row, &changes);
		return 0;
	}
	name_last(&stale->look, &changes, stale->until, false);
	return print_json(stale, row, &changes);
}

static int run(void *data, char **operands)
{
	struct options *options = data;
	cleanup_free char *path = NULL;
	cleanup_db struct db *db = NULL;
	struct error err = {0};
	struct stale stale = {
		.options = options, .name = operands[0], .err = &err,
		.look.common = &options->common,
		.until = base_now_monotonic() + PATIENCE,
	};
	int ret = db_path(options->common.db, &path, &err);

	/* Where nothing was ever learned nothing is stale. */
	if (ret == 0 && !options->common.db && !stale.name &&
	    access(path, F_OK) < 0 && errno == ENOENT)
		return 0;
	if (ret == 0)
		ret = db_open(&db, path, DB_READ, &err);
	stale.db = db;
	if (ret == 0 && stale.name)
		ret = cli_find_program(db, stale.name, &err);
	if (ret == 0)
		ret = db_each_program(db, look_at, &stale, &err);
	stale_free(&stale.look);
	if (ret < 0)
		return cli_fail(CLI_FAILED, &err);
	return cli_finish(stale.found ? 1 : 0, CLI_FAILED);
}

static const struct cli_option *const tables[] = {
	cli_db_option, cli_json_option, cli_quiet_option, NULL
};

const struct cli_command cli_stale = {
	.name = "stale",
	.operands = "[NAME]",
	.summary = "programs that have changed since they were learned",
	.description =
		"Prints a line for each program in the store whose executable "
		"or libraries are not those any more that it was learned "
		"from, or that runs on another version of the kernel; with "
		"NAME, each change of that program. The exit status is 1 if "
		"there is one, 0 if there is none, 2 for a usage error, and "
		"125 if jail itself failed. With --json, one object a line; "
		"with --quiet the status alone.",
	.options = tables,
	.size = sizeof(struct options),
	.run = run,
};
