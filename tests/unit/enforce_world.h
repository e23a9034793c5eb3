/* SPDX-License-Identifier: MIT */
/*
 * A made-up host for tests of the stages that plan: a tree of files that is
 * bound as the root of a plan, and what to ask of the steps.
 */
#ifndef JAIL_TESTS_UNIT_ENFORCE_WORLD_H
#define JAIL_TESTS_UNIT_ENFORCE_WORLD_H

#include "enforce/plan/parts.h"
#include "tests/unit/enforce_host.h"

struct world {
	char root[32];		/* of the made-up host */
	struct profiles_policy policy;
	struct enforce_plan plan;
	struct error err;
	char home[64], store[64];
};

static const char passwd_text[] =
	"root:x:0:0:root:/root:/bin/bash\n"
	"daemon:x:1:1::/:/usr/sbin/nologin\n"
	"broken line\n"
	"big:x:99999999999:1::/:\n"
	"+::::::\n"
	"nobody:x:65534:65534::/:\n"
	"anna:x:1000:1000:Anna:/home/anna:/bin/bash\n"
	"bert:x:1001:1001:Bert:/home/bert:/bin/bash\n"
	"ann:x:1002:1002::/home/ann:";
static const char group_text[] =
	"root:x:0:\n"
	"audio:x:29:anna,bert\n"
	"anna:x:1000:\n"
	"bert:x:1001:\n"
	"friends:x:1500:bert,anna\n"
	"others:x:1501:bert,ann,annabel\n";

static const char *const tree[] = {
	"bin>usr/bin", "usr/", "usr/bin/", "usr/sbin/", "usr/local/",
	"usr/local/bin/", "usr/local/sbin/", "usr/lib/", "usr/lib/prog/",
	"usr/share/", "usr/share/zone=Z",
	"usr/bin/dash=x", "usr/bin/sh>dash", "usr/bin/bash=x",
	"usr/bin/python3.1=x", "usr/bin/python3>python3.1",
	"usr/bin/python>/etc/alternatives/python", "usr/local/bin/dash=y",
	"usr/lib/prog/prog=x", "usr/bin/prog>../lib/prog/prog",
	"usr/bin/other=x", "usr/bin/loop>loop",
	"etc/", "etc/alternatives/",
	"etc/alternatives/python>/usr/bin/python3",
	"etc/hosts=127.0.0.1\tlocalhost\n", "etc/hostname=old\n",
	"etc/machine-id=0123\n", "etc/secret=s",
	"etc/localtime>/usr/share/zone", "etc/resolv.conf>../run/resolv",
	"etc/loop>loop", "etc/fonts/", "etc/login.defs=UID_MIN\t1000\nGID_MIN 1000\n",
	"run/", "run/resolv=nameserver", "var/", "var/lib/", "var/lib/dbus/",
	"var/lib/dbus/machine-id=0123\n",
	"home/", "home/anna/", "home/anna/.Xauthority=c", "home/anna/.store=d",
	"home/bert/", "root/", "opt/", "opt/app/", "opt/app/x=x",
	"opt/hidden/", "srv>data", "data/", "data/www/", "data/ftp/",
	"proc/", "sys/", "dev/", "tmp/",
};

static inline void write_text(const char *root, const char *name, const char *text)
{
	cleanup_free char *line = base_printf("%s=%s", name, text);

	make_one(root, line);
}

static inline int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	host_make(world->root, "/tmp/jail-parts-XXXXXX", tree,
		  ARRAY_SIZE(tree));
	write_text(world->root, "etc/passwd", passwd_text);
	write_text(world->root, "etc/group", group_text);
	world->plan.policy = &world->policy;
	world->plan.context.uid = 1000;
	world->plan.context.gid = 1000;
	world->plan.context.home = "/home/anna";
	steps_bind(&world->plan.files, "/", world->root, true, 0, "test");
	*state = world;
	return 0;
}

static inline int tear_down(void **state)
{
	struct world *world = *state;
	int ret = host_remove(world->root);

	steps_free(&world->plan.files);
	free(world);
	return ret;
}

static inline struct profiles_words words(char **items)
{
	struct profiles_words list = {.items = items};

	while (items[list.count])
		list.count++;
	return list;
}
#define WORDS(...) words((char *[]){__VA_ARGS__, NULL})

static inline void want(struct world *world, enum profiles_flag flag)
{
	world->policy.flags |= UINT64_C(1) << flag;
}

static inline void plan(struct world *world)
{
	int ret = files_parts(&world->plan, &world->err);

	if (ret < 0)
		print_error("%s\n", world->err.text);
	assert_int_equal(ret, 0);
}

/* The last step of KIND at PATH; NULL if there is none. */
static inline const struct enforce_step *at(const struct world *world,
				     enum enforce_step_kind kind,
				     const char *path)
{
	for (size_t i = world->plan.files.count; i-- > 0;) {
		const struct enforce_step *step = &world->plan.files.steps[i];

		if (step->kind == kind && strcmp(step->path, path) == 0)
			return step;
	}
	return NULL;
}

static inline void shows(const struct world *world, const char *path,
		  const char *source)
{
	const struct enforce_step *step = at(world, ENFORCE_BIND, path);
	cleanup_free char *host = base_printf("%s%s", world->root, source);

	assert_non_null(step);
	assert_string_equal(step->source, host);
	assert_int_equal(step->set, PARTS_READ_ONLY);
}

static inline void links(const struct world *world, const char *path,
		  const char *target)
{
	const struct enforce_step *step = at(world, ENFORCE_SYMLINK, path);

	assert_non_null(step);
	assert_string_equal(step->source, target);
}

static inline void hides(const struct world *world, const char *path)
{
	assert_null(at(world, ENFORCE_BIND, path));
	assert_null(at(world, ENFORCE_SYMLINK, path));
	assert_null(at(world, ENFORCE_CONTENT, path));
}

static inline void says(const struct world *world, const char *path,
		 const char *text)
{
	const struct enforce_step *step = at(world, ENFORCE_CONTENT, path);

	assert_non_null(step);
	assert_string_equal(step->source, text);
}

/* A tmpfs that is read-only once it is filled. */
static inline void sealed(const struct world *world, const char *path)
{
	const struct enforce_step *step = at(world, ENFORCE_TMPFS, path);
	const struct enforce_step *seal = at(world, ENFORCE_AGAIN, path);

	assert_non_null(step);
	assert_int_equal(step->set & MOUNT_ATTR_RDONLY, 0);
	assert_true(step->size > 0);
	assert_non_null(seal);
	assert_true(seal > step);
	assert_true(seal->alone);
	assert_true(seal->set & MOUNT_ATTR_RDONLY);
	for (const struct enforce_step *s = seal + 1;
	     s < world->plan.files.steps + world->plan.files.count; s++)
		assert_false((s->kind == ENFORCE_FILE ||
			      s->kind == ENFORCE_DIRECTORY ||
			      s->kind == ENFORCE_SYMLINK) &&
			     strncmp(s->path, path, strlen(path)) == 0 &&
			     s->path[strlen(path)] == '/');
}

static inline void refused(struct world *world, int code, const char *part)
{
	int ret = files_parts(&world->plan, &world->err);

	assert_int_equal(ret, -code);
	if (!strstr(world->err.text, part))
		print_error("%s\n", world->err.text);
	assert_non_null(strstr(world->err.text, part));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
