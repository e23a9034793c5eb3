/* SPDX-License-Identifier: MIT */
/*
 * A session whose program the caller makes: in a PID, mount and, for an
 * ordinary user, user namespace of its own, with another process as PID 1. The
 * tracer, outside, sees it by other numbers and other paths.
 */
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "learn/learn.h"
#include "tests/unit/skip.h"

struct world {
	bool with_user, full;
	pid_t init, program;
	unsigned ended;
	struct profiles_set seen;
	char image[256], build_id[80];
	size_t libraries, identified;
	char refused[4096];	/* "write /a EROFS\n..." */
};

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		_exit(99);
	close(fd);
}

/* A sibling of the builder: a child of the caller. */
static pid_t clone_sibling(void)
{
	return (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0L, 0L, 0L,
			      0L);
}

static void build(struct world *world, void (*main)(void *), void *data)
{
	char text[64];
	pid_t pid;

	if (world->with_user) {
		snprintf(text, sizeof(text), "%d %d 1", (int)getuid(),
			 (int)getuid());
		if (unshare(CLONE_NEWUSER) < 0)
			_exit(98);
		write_text("/proc/self/setgroups", "deny");
		write_text("/proc/self/uid_map", text);
		write_text("/proc/self/gid_map", text);
	}
	if (unshare(CLONE_NEWPID | CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		_exit(97);
	pid = clone_sibling();
	if (pid == 0) {
		syscall(SYS_close_range, 0U, ~0U, 0U);
		for (;;)
			pause();
	}
	world->init = pid;
	pid = clone_sibling();
	if (pid == 0)
		main(data);
	world->program = pid;
	_exit(0);
}

static pid_t spawn(void *data, void (*main)(void *), void *main_data,
		   struct error *err)
{
	struct world *world = data;
	pid_t builder = fork();
	int status = 0;

	if (builder == 0)
		build(world, main, main_data);
	if (builder < 0 || waitpid(builder, &status, 0) < 0 || status != 0)
		return base_error(err, EPERM, "no namespaces: %x", status);
	return world->program;
}

static void end(void *data)
{
	struct world *world = data;

	world->ended++;
	kill(world->init, SIGKILL);
	assert_int_equal(waitpid(world->init, NULL, 0), world->init);
}

static int batch(void *data, const struct profiles_batch *batch,
		 struct error *err)
{
	struct world *world = data;

	(void)err;
	for (size_t i = 0; i < batch->observation_count; i++)
		(void)profiles_set_add(&world->seen,
				       batch->observations[i].call);
	if (batch->image_count && !world->image[0]) {
		snprintf(world->image, sizeof(world->image), "%s",
			 batch->images[0].path);
		snprintf(world->build_id, sizeof(world->build_id), "%s",
			 batch->images[0].build_id ? : "");
	}
	for (size_t i = 0; i < batch->library_count; i++) {
		world->libraries++;
		world->identified += batch->libraries[i].build_id != NULL;
	}
	return 0;
}

static void tick(void *data, const struct learn_progress *progress)
{
	(void)data;
	(void)progress;
}

static void notice(void *data, enum learn_notice notice, const char *who)
{
	(void)data;
	fail_msg("notice %d of %s", notice, who);
}

static void refused(void *data, const struct learn_refusal *refusal)
{
	struct world *world = data;
	size_t used = strlen(world->refused);

	snprintf(world->refused + used, sizeof(world->refused) - used,
		 "%s %s %s\n", refusal->writes ? "write" : "read",
		 refusal->path, strerrorname_np(refusal->code));
}

/* Runs SCRIPT by sh and returns its status. */
static int run(struct world *world, const char *script)
{
	char *argv[] = {"sh", "-c", (char *)script, NULL};
	struct learn_options options = {
		.path = "/bin/sh", .argv = argv,
		.spawn = spawn, .end = end, .spawn_data = world,
		.time_limit = 20000000, .full = world->full,
		.keep_stdout = true,
	};
	const struct learn_sink sink = {
		.batch = batch, .tick = tick, .notice = notice,
		.refused = refused, .data = world,
	};
	struct learn_result result;
	struct error err = {0};

	world->init = world->program = 0;
	world->ended = 0;
	*world->refused = '\0';
	if (learn_run(&options, &sink, &result, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(result.started);
	assert_int_equal(world->ended, 1);
	return result.status;
}

static bool saw(const struct world *world, const char *name)
{
	struct base_call call = {
		base_arch_native(),
		(uint32_t)base_call_number(base_arch_native(), name),
	};

	return profiles_set_has(&world->seen, call);
}

static struct world *new_world(bool with_user)
{
	/* What the builder writes is ours, too. */
	struct world *world = mmap(NULL, sizeof(*world), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_true(world != MAP_FAILED);
	world->with_user = with_user;
	return world;
}

static void free_world(struct world *world)
{
	profiles_set_free(&world->seen);
	munmap(world, sizeof(*world));
}

static void check(bool with_user)
{
	struct world *world = new_world(with_user);
	struct error err = {0};
	cleanup_free char *hex = NULL;
	int status = 0;

	status = run(world, "[ $$ = 2 ] || exit 3; ls / >/dev/null & wait; "
		     "kill -0 $$; exit 7");
	assert_int_equal(WEXITSTATUS(status), 7);
	assert_true(saw(world, "execve") && saw(world, "getdents64") &&
		    saw(world, "exit_group") && saw(world, "kill"));
	assert_false(saw(world, "pause"));
	assert_string_equal(world->image, "/usr/bin/dash");
	assert_int_equal(base_build_id(world->image, &hex, &err), 0);
	assert_string_equal(world->build_id, hex);
	assert_true(world->libraries >= 2);
	assert_int_equal(world->identified, world->libraries);
	/* Signals, and a descendant that outlives the program. */
	status = run(world, "kill -TERM $$");
	assert_int_equal(WTERMSIG(status), SIGTERM);
	status = run(world, "(sleep 0.3; umask 077 >/dev/null) & exit 4");
	assert_int_equal(WEXITSTATUS(status), 4);
	assert_true(saw(world, "umask"));
	free_world(world);
}

static void as_root(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip_for("only root can do this");
	check(false);
}

/* The last one: there is no way back. */
static void as_user(void **state)
{
	(void)state;
	if (geteuid() == 0) {
		assert_int_equal(setgroups(0, NULL), 0);
		assert_int_equal(setresgid(64325, 64325, 64325), 0);
		assert_int_equal(setresuid(64325, 64325, 64325), 0);
		prctl(PR_SET_DUMPABLE, 1);
	}
	check(true);
}

/* It has another root: what is read is the file that it has, not ours of the
 * same path. */
static void another_root(void **state)
{
	struct world *world = new_world(false);
	char script[512], dir[] = "/tmp/jail-spawn.XXXXXX", command[512];

	(void)state;
	if (geteuid() != 0)
		skip_for("only root can do this");
	assert_non_null(mkdtemp(dir));
	snprintf(command, sizeof(command), "cd %s && mkdir -p bin usr lib "
		 "lib64 && cp /bin/true bin/other && for f in $(ldd bin/other | "
		 "grep -o '/[^ ]*'); do mkdir -p .${f%%/*}; cp $f .$f; done",
		 dir);
	assert_int_equal(system(command), 0);
	snprintf(script, sizeof(script), "exec chroot %s /bin/other", dir);
	assert_int_equal(run(world, script), 0);
	assert_true(world->libraries >= 2);
	assert_int_equal(world->identified, world->libraries);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	assert_int_equal(system(command), 0);
	free_world(world);
}

/* Files that it cannot have. */
static void refusals(void **state)
{
	struct world *world = new_world(false);
	char script[1024], dir[] = "/tmp/jail-spawn.XXXXXX", expected[512];

	(void)state;
	if (geteuid() != 0)
		skip_for("only root can do this");
	world->full = true;
	assert_non_null(mkdtemp(dir));
	snprintf(script, sizeof(script), "cd %1$s; mkdir a b b/c; echo >a/x;"
		 "mount -t tmpfs -o ro none b && mount --bind -o ro a a || exit;"
		 "cat a/x a/none b/none >/dev/null; echo >./a//x; cd a;"
		 "mkdir ../a/new; cat ../b/c; rm x;"
		 "setpriv --reuid=64325 --clear-groups cat /etc/shadow", dir);
	(void)run(world, script);
	snprintf(expected, sizeof(expected), "write %1$s/a/x EROFS\n"
		 "write %1$s/a/new EROFS\nread %1$s/b/c ENOENT\n"
		 "write %1$s/a EROFS\nread /etc/shadow EACCES\n", dir);
	assert_string_equal(world->refused, expected);
	snprintf(script, sizeof(script), "rm -r %s", dir);
	assert_int_equal(system(script), 0);
	free_world(world);
}

/* A signal that a descendant sends to its own process group, and ours, is not
 * sent on to the program, which has left that. */
static int signal_group(void)
{
	struct world *world = new_world(false);
	int status;

	if (setsid() < 0)
		return 90;
	status = run(world, "mount -t proc none /proc || exit 80;"
		     "(trap '' USR1; until grep -q ' [(]sh[)] . [0-9]* '$$' ' "
		     "/proc/$$/stat; do sleep 0.02; done; kill -USR1 0) &"
		     "exec setsid sh -c 'trap \"exit 9\" USR1;"
		     "while kill -0 $1; do sleep 0.02; done; sleep 0.2;"
		     "exit 3' sh $! 2>/dev/null");
	return WEXITSTATUS(status);
}

static void groups(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	if (geteuid() != 0)
		skip_for("only root can do this");
	pid = fork();
	if (pid == 0)
		_exit(signal_group());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_root),
		cmocka_unit_test(another_root),
		cmocka_unit_test(refusals),
		cmocka_unit_test(groups),
		cmocka_unit_test(as_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
