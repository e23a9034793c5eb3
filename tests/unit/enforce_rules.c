/* SPDX-License-Identifier: MIT */
/*
 * From lines of a profile to steps; and, for random lines, whether the steps
 * leave the paths in the state that the rules one after the other would.
 */
#include <sched.h>

#include "tests/unit/enforce_tree.h"
#include "tests/unit/skip.h"

static const struct {
	const char *rules, *steps;
} rows[] = {
	/* Masks: what exists, and where links lead. */
	{"blacklist ${HOME}/.ssh\nblacklist ${HOME}/.nothing\n"
	 "blacklist ${HOME}/no/thing",
	 "pin /home/u\nmask /home/u/.ssh\n"},
	{"blacklist /etc/shadow", "mask /etc/shadow\n"},
	/* The link, too: something else in its place would not be hidden. */
	{"blacklist ${HOME}/data", "pin /home/u\npin /home/u/data\n"
	 "mask /var/data\n"},
	/* Links to nothing: something could be put in their place. */
	{"blacklist ${HOME}/.gone\nblacklist ${HOME}/loop",
	 "pin /home/u\npin /home/u/.gone\npin /home/u/loop\n"},
	{"blacklist /bin/ed", "mask /usr/bin/vi\n"},
	{"blacklist ${PATH}/gcc*", "mask /usr/bin/gcc\nmask /usr/bin/gcc-12\n"},
	{"blacklist ${HOME}/.*_history",
	 "pin /home/u\nmask /home/u/.a_history\nmask /home/u/.b_history\n"},
	{"blacklist /etc/shado[w]\nblacklist /etc//hosts/",
	 "mask /etc/hosts\nmask /etc/shadow\n"},
	{"blacklist ${HOME}/a b", "pin /home/u\nmask /home/u/a b\n"},
	{"blacklist ${DESKTOP}/x\nread-only ${MUSIC}", ""},
	/* Whatever comes later, a mask stays. */
	{"blacklist ${HOME}/.ssh\nread-write ${HOME}/.ssh\n"
	 "tmpfs ${HOME}/.ssh\nblacklist ${HOME}/.ssh/key\n"
	 "noexec ${HOME}/.ssh/key",
	 "pin /home/u\nmask /home/u/.ssh\n"},
	{"blacklist ${HOME}/.ssh/key\nblacklist ${HOME}/.ssh",
	 "pin /home/u\nmask /home/u/.ssh\n"},
	/* noblacklist holds for what comes after it, and for the match. */
	{"noblacklist ${HOME}/.ssh\nblacklist ${HOME}/.ssh", ""},
	{"blacklist ${HOME}/.ssh\nnoblacklist ${HOME}/.ssh",
	 "pin /home/u\nmask /home/u/.ssh\n"},
	{"noblacklist /usr/bin/gcc*\nblacklist /usr/bin/*",
	 "mask /usr/bin/vi\n"},
	{"noblacklist /etc/*\nblacklist /etc/alternatives/ed",
	 "mask /usr/bin/vi\n"},
	/* Flags: the latest rule on a path or above it. */
	{"read-only ${HOME}", "again /home/u ro\n"},
	{"read-only ${HOME}/.bashrc", "pin /home/u\nagain /home/u/.bashrc ro\n"},
	{"read-only ${HOME}\nread-write ${HOME}/.cache",
	 "again /home/u ro\nagain /home/u/.cache rw\n"},
	{"read-write ${HOME}/.cache\nread-only ${HOME}", "again /home/u ro\n"},
	{"read-only ${HOME}/.cache\nread-write ${HOME}", ""},
	{"read-write ${HOME}", ""},
	{"read-only /usr/share", ""},
	{"read-write /usr/share\nread-only /usr/share/doc",
	 "again /usr/share rw\nagain /usr/share/doc ro\n"},
	{"noexec ${HOME}\nread-only ${HOME}/.config",
	 "again /home/u noexec\nagain /home/u/.config ro\n"},
	{"noexec ${HOME}/.config\nnoexec ${HOME}", "again /home/u noexec\n"},
	{"read-only ${HOME}\nread-write ${HOME}/.config\n"
	 "read-only ${HOME}/.config/app",
	 "again /home/u ro\nagain /home/u/.config rw\n"
	 "again /home/u/.config/app ro\n"},
	{"read-only ${HOME}\nblacklist ${HOME}/.local/share/keys",
	 "again /home/u ro\nmask /home/u/.local/share/keys\n"},
	{"read-only /\nread-write ${HOME}/.cache",
	 "again /home ro\nagain /home/u/.cache rw\nagain /tmp ro\n"
	 "again /var ro\n"},
	/* Pins: every folder that could be renamed, and no other. */
	{"blacklist ${HOME}/.local/share/keys",
	 "pin /home/u\npin /home/u/.local\npin /home/u/.local/share\n"
	 "mask /home/u/.local/share/keys\n"},
	{"read-write ${HOME}/.config/app\nread-only ${HOME}/.config\n"
	 "read-write ${HOME}/.config/app\nblacklist ${HOME}/.config/app/conf",
	 "pin /home/u\nagain /home/u/.config ro\n"
	 "again /home/u/.config/app rw\nmask /home/u/.config/app/conf\n"},
	/* What is mounted covers what was said before. */
	{"tmpfs ${HOME}/.cache", "pin /home/u\ntmpfs /home/u/.cache\n"},
	{"blacklist ${HOME}/.cache/a\ntmpfs ${HOME}/.cache\n"
	 "blacklist ${HOME}/.cache/b",
	 "pin /home/u\ntmpfs /home/u/.cache\n"},
	{"read-only ${HOME}\ntmpfs ${HOME}/.cache",
	 "again /home/u ro\ntmpfs /home/u/.cache\n"},
	{"tmpfs ${HOME}/.cache\nmkdir ${HOME}/.cache/c/d\nread-only ${HOME}",
	 "again /home/u ro\ntmpfs /home/u/.cache\nfolder /home/u/.cache/c\n"
	 "folder /home/u/.cache/c/d\nagain /home/u/.cache ro alone\n"},
	{"tmpfs ${HOME}/.cache\nnoexec ${HOME}",
	 "again /home/u noexec\ntmpfs /home/u/.cache noexec\n"},
	{"bind @/var/data,/home/u/.cache",
	 "pin /home/u\nbind /home/u/.cache @/var/data ro\n"},
	{"bind @/var/data,/home/u/.cache\nread-write ${HOME}/.cache\n"
	 "blacklist ${HOME}/.cache/x",
	 "pin /home/u\nbind /home/u/.cache @/var/data\n"
	 "mask /home/u/.cache/x\n"},
	/* Whitelists. */
	{"whitelist ${HOME}/.config/app\nwhitelist ${HOME}/none",
	 "tmpfs /home/u\nfolder /home/u/.config\nfolder /home/u/.config/app\n"
	 "bind /home/u/.config/app /.config/app\n"},
	{"whitelist ${HOME}/.config\nwhitelist ${HOME}/.config/app\n"
	 "blacklist ${HOME}/.config/app\nblacklist ${HOME}/.ssh",
	 "tmpfs /home/u\nfolder /home/u/.config\n"
	 "bind /home/u/.config /.config\nmask /home/u/.config/app\n"},
	{"whitelist ${HOME}/data",
	 "tmpfs /home/u\nlink /home/u/data ../../var/data\n"},
	{"whitelist /usr/share/app/icons",
	 "tmpfs /usr/share\nfolder /usr/share/app\n"
	 "link /usr/share/app/icons ../fonts\nfolder /usr/share/fonts\n"
	 "again /usr/share ro alone\n"
	 "bind /usr/share/fonts /fonts\n"},
	{"nowhitelist ${HOME}/.config\nwhitelist ${HOME}/.config\n"
	 "whitelist ${HOME}/.cache\nnowhitelist ${HOME}/.cache",
	 "tmpfs /home/u\nfolder /home/u/.cache\nbind /home/u/.cache /.cache\n"},
	{"whitelist /tmp/.X11-*\nread-only /tmp/.X11-unix",
	 "tmpfs /tmp\nfolder /tmp/.X11-unix\nbind /tmp/.X11-unix /.X11-unix\n"
	 "again /tmp/.X11-unix ro\n"},
	{"whitelist /opt/x\nwhitelist /var/none", "tmpfs /var\n"},
	{"whitelist /home/v/file",
	 "tmpfs /home\nfolder /home/u\nfolder /home/v\nfile /home/v/file\n"
	 "bind /home/u /u\nbind /home/v/file /v/file\n"},
	{"mkdir ${HOME}/.new/x\nwhitelist ${HOME}/.new/x",
	 "tmpfs /home/u\nfolder /home/u/.new\nfolder /home/u/.new/x\n"
	 "bind /home/u/.new/x /.new/x\n"},
	{"whitelist ${HOME}/.cache\nmkdir ${HOME}/.new2\n"
	 "blacklist ${HOME}/.new2",
	 "tmpfs /home/u\nfolder /home/u/.cache\nbind /home/u/.cache /.cache\n"
	 "folder /home/u/.new2\nmask /home/u/.new2\n"},
	{"whitelist ${HOME}/.cache\nmkfile ${HOME}/.made",
	 "tmpfs /home/u\nfolder /home/u/.cache\nbind /home/u/.cache /.cache\n"
	 "file /home/u/.made\n"},
};

/* What mkdir and mkfile made is on the host. */
static const char *const made[] = {".new", ".made"};

static void test_rows(void **state)
{
	struct tree *tree = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *text = NULL;

		tree_again(tree);
		tree_rules(tree, rows[i].rules);
		if (tree_plan(tree) < 0)
			fail_msg("%s\n%s", rows[i].rules, tree->err.text);
		text = tree_text(tree);
		if (strcmp(text, rows[i].steps) != 0)
			fail_msg("%s\ngives\n%sin place of\n%s", rows[i].rules,
				 text, rows[i].steps);
	}
	for (size_t i = 0; i < ARRAY_SIZE(made); i++) {
		cleanup_free char *path = base_printf("%s" TREE_HOME "/%s",
						      tree->root, made[i]);

		assert_int_equal(access(path, F_OK), 0);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *rules;
		int code;
	} refused[] = {
		{"whitelist /tmp", EINVAL}, {"whitelist ${HOME}", EINVAL},
		{"whitelist /usr/share", EINVAL}, {"whitelist /", EINVAL},
		{"whitelist /proc/cpuinfo", EINVAL},
		{"whitelist /sys/fs", EINVAL}, {"blacklist /", EINVAL},
		{"tmpfs /", EINVAL},
		{"bind /no/thing,/home/u", ENOENT},
		{"bind @/var/data,/home/u/none", ENOENT},
		{"bind @/var/data,/etc/hosts", ENOTDIR},
		{"mkdir ${HOME}/.bashrc/x", ENOTDIR},
	};
	struct tree *tree = *state;

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		int ret;

		tree_again(tree);
		tree_rules(tree, refused[i].rules);
		ret = tree_plan(tree);
		if (ret != -refused[i].code)
			fail_msg("%s: %d, %s", refused[i].rules, ret,
				 tree->err.text);
		assert_true(*tree->err.text);
	}
}

/* A folder of the user's own that he cannot look into, but can open. */
static void test_closed(void **state)
{
	struct tree *tree = *state;
	cleanup_free char *closed = base_printf("%s" TREE_HOME "/.config",
						tree->root);
	cleanup_free char *text = NULL;
	bool root = getuid() == 0;

	assert_int_equal(chmod(closed, 0), 0);
	tree_rules(tree, "blacklist ${HOME}/.config/app/conf");
	if (root) { /* who can look everywhere */
		assert_int_equal(chmod(tree->root, 0755), 0);
		assert_int_equal(chown(closed, 65534, 65534), 0);
		tree->plan.context.uid = 65534;
		assert_int_equal(seteuid(65534), 0);
	}
	assert_int_equal(tree_plan(tree), 0);
	if (root)
		assert_int_equal(seteuid(0), 0);
	text = tree_text(tree);
	assert_string_equal(text, "pin /home/u\nmask /home/u/.config\n");
	assert_int_equal(chmod(closed, 0755), 0);
}

/* What a link of another user names is not opened, covered or made: it can be
 * hidden. */
static void test_foreign(void **state)
{
	static const struct {
		const char *rules, *steps;
		int code;
	} foreign[] = {
		{"read-write /tmp/other/l\ntmpfs /tmp/other/l", "", 0},
		{"blacklist /tmp/other/l", "pin /tmp/other\npin /tmp/other/l\n"
		 "mask /usr/share\n", 0},
		{"mkdir /tmp/other/l/x", NULL, ELOOP},
		{"mkfile /tmp/other/l/x", NULL, ELOOP},
		{"bind @/var/data,/tmp/other/l", NULL, ELOOP},
		{"bind @/tmp/other/l,/var/lib", NULL, ELOOP},
	};
	struct tree *tree = *state;
	cleanup_free char *link = base_printf("%s/tmp/other/l", tree->root);

	if (getuid() != 0)
		skip_for("only root can make another user's link");
	assert_int_equal(symlink("/usr/share", link), 0);
	assert_int_equal(lchown(link, 1, 1), 0);
	for (size_t i = 0; i < ARRAY_SIZE(foreign); i++) {
		cleanup_free char *text = NULL;
		int ret;

		tree_again(tree);
		tree_rules(tree, foreign[i].rules);
		ret = tree_plan(tree);
		if (ret != -foreign[i].code)
			fail_msg("%s: %d", foreign[i].rules, ret);
		text = tree_text(tree);
		if (foreign[i].steps)
			assert_string_equal(text, foreign[i].steps);
	}
}

/* ---- jail's own -------------------------------------------------------- */

static void check_own(struct tree *tree, const char *rules, const char *store,
		      const char *const *own, const char *steps)
{
	cleanup_free char *text = NULL;

	tree_again(tree);
	tree->plan.context.store = store;
	tree->plan.context.own = own;
	tree_rules(tree, rules);
	if (tree_plan(tree) < 0)
		fail_msg("%s", tree->err.text);
	text = tree_text(tree);
	assert_string_equal(text, steps);
	tree->plan.context.store = NULL;
	tree->plan.context.own = NULL;
}

static void test_own(void **state)
{
	struct tree *tree = *state;
	cleanup_free char *jail = base_printf("%s/home/u/.config/jail",
					      tree->root);
	cleanup_free char *store = base_printf("%s/var/data/s.db", tree->root);
	cleanup_free char *within = base_printf("%s/s.db", jail);
	cleanup_free char *etc = base_printf("%s/etc/jail", tree->root);
	const char *const own[] = {jail, etc, NULL};

	/* It is made, so that the program cannot; no directive shows it. */
	check_own(tree, "noblacklist ${HOME}/.config/jail\n"
		  "read-write ${HOME}/.config/jail", within, own,
		  "pin /home/u\npin /home/u/.config\n"
		  "mask /home/u/.config/jail\n");
	assert_int_equal(access(jail, F_OK), 0);
	assert_int_equal(access(etc, F_OK), -1);
	check_own(tree, "whitelist ${HOME}/.config/app", NULL, own,
		  "tmpfs /home/u\nfolder /home/u/.config\n"
		  "folder /home/u/.config/app\n"
		  "bind /home/u/.config/app /.config/app\n");
	check_own(tree, "whitelist ${HOME}/.config", NULL, own,
		  "tmpfs /home/u\nfolder /home/u/.config\n"
		  "bind /home/u/.config /.config\n"
		  "mask /home/u/.config/jail\n");
	check_own(tree, "blacklist ${HOME}/.config", NULL, own,
		  "pin /home/u\nmask /home/u/.config\n");
	check_own(tree, "bind @/home/u/.config/jail,/home/u/.cache/a\n"
		  "bind @/home/u,/tmp/other", NULL, own,
		  "pin /home/u\npin /home/u/.cache\n"
		  "mask /home/u/.cache/a\npin /home/u/.config\n"
		  "mask /home/u/.config/jail\nbind /tmp/other @/home/u ro\n"
		  "mask /tmp/other/.config/jail\n");
	/* The store, and what sqlite makes beside it. */
	check_own(tree, "", store, NULL,
		  "pin /var/data\nmask /var/data/s.db-journal\n"
		  "mask /var/data/s.db-shm\nmask /var/data/s.db-wal\n"
		  "mask /var/data/s.db-wal-empty\n");
	assert_int_equal(access(store, F_OK), -1);
}

/* The same folder, mounted elsewhere by the host. */
static void test_alias(void **state)
{
	struct tree *tree = *state;
	cleanup_free char *config = base_printf("%s/home/u/.config",
						tree->root);
	cleanup_free char *app = base_printf("%s/app", config);
	cleanup_free char *other = base_printf("%s/tmp/other", tree->root);
	cleanup_free char *data = base_printf("%s/var/data", tree->root);
	const char *const own[] = {app, NULL};

	if (unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		skip_for("only root can mount");
	assert_int_equal(mount(config, other, NULL, MS_BIND, NULL), 0);
	assert_int_equal(mount(app, data, NULL, MS_BIND, NULL), 0);
	check_own(tree, "", NULL, own,
		  "pin /home/u\npin /home/u/.config\n"
		  "mask /home/u/.config/app\npin /tmp/other\n"
		  "mask /tmp/other/app\nmask /var/data\n");
	assert_int_equal(umount(other), 0);
	assert_int_equal(umount(data), 0);
}

/* ---- remedies ---------------------------------------------------------- */

static void test_remedy(void **state)
{
	static const struct {
		const char *rules, *path;
		int code;
		const char *remedy;
	} remedies[] = {
		{"blacklist ${HOME}/.ssh", "/home/u/.ssh/key", EACCES,
		 "noblacklist /home/u/.ssh"},
		{"blacklist ${HOME}/data", "/var/data", EACCES,
		 "noblacklist /home/u/data"},
		{"read-only ${HOME}", "/home/u/.bashrc", EROFS,
		 "read-write /home/u/.bashrc"},
		{"read-only ${HOME}", "/home/u/.cache/new", EROFS,
		 "read-write /home/u/.cache"},
		{"", "/home/u/.bashrc", EACCES, NULL},
		{"", "/home/u/none", ENOENT, NULL},
		{"", "relative", ENOENT, NULL},
	};
	struct tree *tree = *state;

	for (size_t i = 0; i < ARRAY_SIZE(remedies); i++) {
		cleanup_free char *remedy = NULL;

		tree_again(tree);
		tree_rules(tree, remedies[i].rules);
		assert_int_equal(tree_plan(tree), 0);
		remedy = enforce_plan_remedy(&tree->plan, remedies[i].path,
					     remedies[i].code);
		if (!remedies[i].remedy)
			assert_null(remedy);
		else
			assert_string_equal(remedy, remedies[i].remedy);
	}
}

/* ---- random rules ------------------------------------------------------ */

#define FOLDERS 40	/* three levels of three below a home, and the home */

struct state {
	char path[64];
	bool exists, masked, read_only, noexec;
};

static void start(struct state *states)
{
	static const char names[] = "abc";
	size_t n = 0;

	strcpy(states[n++].path, TREE_HOME);
	for (size_t i = 0; i < n && n < FOLDERS; i++)
		for (size_t j = 0; j < 3; j++)
			snprintf(states[n++].path, sizeof(states->path),
				 "%.50s/%c", states[i].path, names[j]);
	for (size_t i = 0; i < FOLDERS; i++)
		states[i].exists = true;
}

/* What a step or a rule does: BELOW is gone, flags change for all below. */
static void apply(struct state *states, enum enforce_step_kind kind,
		  const char *path, uint64_t set, uint64_t clear, bool alone)
{
	for (size_t i = 0; i < FOLDERS; i++) {
		const char *rest = view_below(states[i].path, path);

		if (!rest || !states[i].exists)
			continue;
		if (kind == ENFORCE_AGAIN && !(alone && *rest)) {
			states[i].read_only = (states[i].read_only &&
				!(clear & MOUNT_ATTR_RDONLY)) ||
				(set & MOUNT_ATTR_RDONLY);
			states[i].noexec |= (set & MOUNT_ATTR_NOEXEC) != 0;
		} else if (kind != ENFORCE_AGAIN) {
			states[i].exists = !*rest;
			states[i].masked = kind == ENFORCE_MASK;
			states[i].read_only = set & MOUNT_ATTR_RDONLY;
			states[i].noexec = set & MOUNT_ATTR_NOEXEC;
		}
	}
}

static const struct kind {
	const char *name;
	enum enforce_step_kind kind;
	uint64_t set, clear;
} kinds[] = {
	{"blacklist", ENFORCE_MASK, 0, 0},
	{"tmpfs", ENFORCE_TMPFS, 0, 0},
	{"read-only", ENFORCE_AGAIN, MOUNT_ATTR_RDONLY, 0},
	{"read-write", ENFORCE_AGAIN, 0, MOUNT_ATTR_RDONLY},
	{"noexec", ENFORCE_AGAIN, MOUNT_ATTR_NOEXEC, 0},
	{"read-only", ENFORCE_AGAIN, MOUNT_ATTR_RDONLY, 0},
	{"read-write", ENFORCE_AGAIN, 0, MOUNT_ATTR_RDONLY},
};

static void random_rules(struct tree *tree, struct state *states)
{
	for (unsigned n = 1 + (unsigned)rand() % 12; n; n--) {
		const struct kind *kind = &kinds[(size_t)rand() %
						 ARRAY_SIZE(kinds)];
		struct state *at = &states[rand() % FOLDERS];
		cleanup_free char *line = base_printf("%s %s", kind->name,
						      at->path);

		tree_rules(tree, line);
		if (at->exists && !at->masked)
			apply(states, kind->kind, at->path, kind->set,
			      kind->clear, false);
	}
}

static const struct enforce_step *mount_at(const struct tree *tree,
					   const char *path)
{
	const struct enforce_files *files = &tree->plan.files;

	for (size_t i = TREE_STEPS; i < files->count; i++)
		if (strcmp(files->steps[i].path, path) == 0)
			return &files->steps[i];
	return NULL;
}

static const struct state *state_of(const struct state *states,
				    const char *path)
{
	for (size_t i = 0; i < FOLDERS; i++)
		if (strcmp(states[i].path, path) == 0)
			return &states[i];
	return NULL;
}

/* Everything that can be renamed above a step that hides or restricts. */
static void check_pins(const struct tree *tree, const struct state *states)
{
	const struct enforce_files *files = &tree->plan.files;

	for (size_t i = TREE_STEPS; i < files->count; i++) {
		const struct enforce_step *step = &files->steps[i];
		char path[64], *slash;

		if (step->kind == ENFORCE_AGAIN && !step->set)
			continue;
		strcpy(path, step->path);
		while ((slash = strrchr(path, '/')) > path) {
			const struct state *above;

			*slash = '\0';
			if (strcmp(path, "/home") == 0)
				break;
			slash = strrchr(path, '/');
			*slash = '\0';
			above = state_of(states, path);
			*slash = '/';
			if ((!above || !above->read_only) &&
			    !mount_at(tree, path))
				fail_msg("%s is not pinned", path);
		}
	}
}

static void check_states(struct tree *tree, const struct state *wanted)
{
	const struct enforce_files *files = &tree->plan.files;
	struct state states[FOLDERS] = {0};

	start(states);
	for (size_t i = TREE_STEPS; i < files->count; i++) {
		const struct enforce_step *step = &files->steps[i];

		if (i > TREE_STEPS)
			assert_true(rules_order(files->steps[i - 1].path,
						step->path) <= 0);
		apply(states, step->kind, step->path, step->set, step->clear,
		      step->alone);
	}
	for (size_t i = 0; i < FOLDERS; i++) {
		const struct state *a = &states[i], *b = &wanted[i];
		bool hidden = b->masked;

		if (a->exists == b->exists && (!a->exists ||
		    (a->masked == b->masked && (hidden ||
		     (a->read_only == b->read_only &&
		      a->noexec == b->noexec)))))
			continue;
		fail_msg("%s: exists %d %d, masked %d %d, ro %d %d, noexec "
			 "%d %d", a->path, a->exists, b->exists, a->masked,
			 b->masked, a->read_only, b->read_only, a->noexec,
			 b->noexec);
	}
	check_pins(tree, states);
}

static void test_random(void **state)
{
	struct tree *tree = *state;
	struct state states[FOLDERS] = {0};

	start(states);
	for (size_t i = 1; i < FOLDERS; i++) {
		cleanup_free char *path = base_printf("%s%s", tree->root,
						      states[i].path);

		assert_int_equal(mkdir(path, 0755), 0);
	}
	srand(4);
	for (unsigned i = 0; i < 3000; i++) {
		memset(states, 0, sizeof(states));
		start(states);
		tree_again(tree);
		random_rules(tree, states);
		assert_int_equal(tree_plan(tree), 0);
		check_states(tree, states);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TREE(test_rows), WITH_TREE(test_refused),
		WITH_TREE(test_closed), WITH_TREE(test_foreign),
		WITH_TREE(test_own), WITH_TREE(test_alias),
		WITH_TREE(test_remedy), WITH_TREE(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
