/* SPDX-License-Identifier: MIT */
/*
 * What of an entry is true: one that says the truth, and the same with each of
 * its words changed. The processes are real; we are the jail.
 */
#include <fcntl.h>
#include <sys/file.h>
#include <sys/syscall.h>

#include "enforce_registry.h"
#include "tests/unit/skip.h"

static struct enforce_running the_entry;

static int take(void *data, const struct enforce_running *entry)
{
	size_t *count = data;

	++*count;
	the_entry = *entry;
	return 0;
}

/* The one entry that there is. */
static struct enforce_running the_only(void)
{
	size_t count = 0;

	assert_int_equal(enforce_registry_each(take, &count), 0);
	assert_int_equal(count, 1);
	return the_entry;
}

/* A program that runs, and what the registry says of it. */
static struct enforce_running run(struct enforce_sandbox *sandbox, bool apart)
{
	struct enforce_plan plan = {.program = "tool", .path = "/not/so"};

	*sandbox = (struct enforce_sandbox){.program = start(apart)};
	registry_begin(&plan, sandbox, true);
	assert_true(sandbox->entry > 0);
	return the_only();
}

static void finish(struct enforce_sandbox *sandbox)
{
	registry_end(sandbox, true);
	stop(sandbox->program);
}

static int verify(const struct enforce_running *entry)
{
	struct error err = {0};
	int program = -1;
	int ret = enforce_registry_verify(entry, &program, &err);

	if (ret == 0)
		assert_int_equal(syscall(SYS_pidfd_send_signal, program, 0,
					 NULL, 0), 0);
	else
		assert_int_equal(program, -1);
	assert_true(ret == 0 || err.text[0]);
	base_close(&program);
	return ret;
}

static void truth(void **state)
{
	struct enforce_sandbox sandbox;
	struct enforce_running entry = run(&sandbox, false);
	size_t count = 0;

	(void)state;
	assert_int_equal(verify(&entry), 0);
	assert_int_equal(enforce_registry_running(take, NULL, &count, NULL),
			 0);
	assert_int_equal(count, 1);
	assert_string_equal(the_entry.name, "tool");
	kill(sandbox.program, SIGKILL);
	waitpid(sandbox.program, NULL, 0);
	assert_int_equal(verify(&entry), -ESRCH);
	registry_end(&sandbox, true);
	assert_int_equal(verify(&entry), -ESRCH);
	assert_int_equal(enforce_registry_running(take, NULL, &count, NULL),
			 0);
	assert_int_equal(count, 1);
}

/* In namespaces of its own, which are its user's. */
static void truth_apart(void **state)
{
	struct enforce_sandbox sandbox;
	struct enforce_running entry = run(&sandbox, true);

	(void)state;
	assert_int_not_equal(entry.user_ns,
			     registry_namespace(getpid(), "user"));
	assert_int_equal(verify(&entry), 0);
	entry.user_ns++;
	assert_int_equal(verify(&entry), -EBADF);
	finish(&sandbox);
}

/* One that made namespaces for itself is still there. */
static void deeper(void **state)
{
	struct enforce_running entry;
	struct enforce_sandbox sandbox;
	int fds[2], go[2];
	char byte;

	(void)state;
	assert_int_equal(pipe(fds) | pipe(go), 0);
	sandbox = (struct enforce_sandbox){.program = fork()};
	if (sandbox.program == 0) {
		(void)!setresuid(geteuid(), geteuid(), geteuid());
		prctl(PR_SET_DUMPABLE, 1);
		(void)!write(fds[1], "x", 1);
		(void)!read(go[0], &byte, 1);
		if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET) == 0)
			(void)!write(fds[1], "x", 1);
		pause();
		_exit(0);
	}
	assert_int_equal(base_read_all(fds[0], &byte, 1), 1);
	registry_begin(&(struct enforce_plan){.program = "t", .path = "/x"},
		       &sandbox, true);
	entry = the_only();
	assert_int_equal(write(go[1], "x", 1), 1);
	assert_int_equal(base_read_all(fds[0], &byte, 1), 1);
	assert_int_not_equal(registry_namespace(sandbox.program, "net"),
			     entry.net_ns);
	assert_int_equal(verify(&entry), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(close(fds[i]) | close(go[i]), 0);
	finish(&sandbox);
}

#define LIE(field, value, code)                                                \
	do {                                                                   \
		struct enforce_running lie = entry;                            \
                                                                               \
		lie.field = (__typeof__(lie.field))(value);                    \
		if (verify(&lie) != (code))                                    \
			fail_msg("%s: not %s", #field, #code);                 \
	} while (0)

static void lies(void **state)
{
	struct enforce_sandbox sandbox;
	struct enforce_running entry = run(&sandbox, false);
	pid_t ours = start(false), child = fork();

	(void)state;
	if (child == 0) {
		pause();
		_exit(0);
	}
	/* Another process has the number now. */
	LIE(start, entry.start + 1, -ESRCH);
	LIE(start, entry.start - 1, -ESRCH);
	LIE(program, getpid(), -ESRCH);
	LIE(program, 4000002, -ESRCH);
	/* Nobody's child, or nobody's lock. */
	LIE(jail, ours, -EBADF);
	LIE(jail, 1, -EBADF);
	LIE(jail, 4000001, -ESRCH);
	LIE(init, getppid(), -EBADF);
	LIE(inode, entry.inode + 1, -ESRCH);
	LIE(inode, 0, -ESRCH);
	LIE(ended, base_now(), -ESRCH);
	LIE(uid, entry.uid + 1, -EBADF);
	LIE(pid_ns, entry.pid_ns + 1, -EBADF);
	LIE(user_ns, entry.user_ns + 1, -EBADF);
	LIE(mnt_ns, 1, -EBADF);
	LIE(net_ns, 1, -EBADF);
	assert_int_equal(verify(&entry), 0);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	stop(ours);
	finish(&sandbox);
}

/* A child of ours that is of other users, as one that executed sudo(8) is; it
 * ends when *KEPT is closed, for we could not end it. */
static pid_t start_as(uid_t real, uid_t effective, int *kept)
{
	int fds[2], keep[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(fds) | pipe(keep), 0);
	pid = fork();
	if (pid == 0) {
		close(keep[1]);
		if (setresuid(0, 0, 0) < 0 ||
		    setresuid(real, effective, 0) < 0)
			_exit(1);
		(void)!write(fds[1], "x", 1);
		(void)!read(keep[0], &byte, 1);
		_exit(0);
	}
	close(fds[1]);
	close(keep[0]);
	assert_int_equal(base_read_all(fds[0], &byte, 1), 1);
	close(fds[0]);
	*kept = keep[1];
	return pid;
}

/* What is ended with the sandbox is its owner's, as the program is. */
static void another_users_init(void **state)
{
	const struct {
		uid_t real, effective;
		int code;
	} rows[] = {
		{USER + 1, USER + 1, -EBADF}, {0, 0, -EBADF},
		{0, USER, -EBADF}, {USER, 0, -EBADF}, {USER, USER, 0},
	};
	struct enforce_sandbox sandbox;
	struct enforce_running entry;
	uid_t real, effective, saved;

	(void)state;
	assert_int_equal(getresuid(&real, &effective, &saved), 0);
	if (saved != 0)
		skip_for("only root can be other users");
	entry = run(&sandbox, false);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int kept;
		pid_t other = start_as(rows[i].real, rows[i].effective, &kept);

		LIE(init, other, rows[i].code);
		close(kept);
		waitpid(other, NULL, 0);
	}
	finish(&sandbox);
}

static void count_lie(void *data, const struct enforce_running *entry,
		      const struct error *err)
{
	(void)entry;
	(void)data;
	assert_non_null(strstr(err->text, "is not what it says"));
	the_entry.denied++;
}

/* The same entry at another place, held by another process. */
static void copied(void **state)
{
	struct enforce_sandbox sandbox;
	struct enforce_running entry = run(&sandbox, false);
	cleanup_free char *text = registry_print(&entry);
	cleanup_free char *other = base_printf("%s/.local/share/jail/run",
					       home);
	cleanup_free char *path = base_printf(
		"%s/%d-%llu", other, (int)entry.program,
		(unsigned long long)entry.start);
	int fds[2], fd;
	size_t count = 0;
	pid_t pid;
	char byte;

	(void)state;
	setenv("HOME", home, 1);
	assert_int_equal(base_mkdirs(other, 0700, NULL), 0);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(base_write_all(fd, text, strlen(text)), 0);
	close(fd);
	/* Nobody holds it: it is no second one. */
	assert_int_equal(enforce_registry_running(take, count_lie, &count,
						  NULL), 0);
	assert_int_equal(count, 1);
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		fd = open(path, O_RDONLY);
		(void)!flock(fd, LOCK_EX);
		(void)!write(fds[1], "x", 1);
		pause();
		_exit(0);
	}
	assert_int_equal(base_read_all(fds[0], &byte, 1), 1);
	the_entry.denied = 0;
	assert_int_equal(enforce_registry_running(take, count_lie, &count,
						  NULL), 0);
	assert_int_equal(count, 2); /* the true one again */
	assert_int_equal(the_entry.denied, 1);
	close(fds[0]);
	close(fds[1]);
	stop(pid);
	finish(&sandbox);
}

/* ---- by a word --------------------------------------------------------- */

static void found(void **state)
{
	struct enforce_sandbox one, two = {0};
	struct enforce_running entry = run(&one, false), result;
	struct enforce_plan plan = {.program = "tool", .path = "/not/so"};
	struct error err = {0};
	char id[16];

	(void)state;
	snprintf(id, sizeof(id), "%d", (int)entry.program);
	assert_int_equal(enforce_registry_find(id, &result, &err), 0);
	assert_int_equal(result.program, entry.program);
	assert_int_equal(enforce_registry_find("tool", &result, &err), 0);
	assert_int_equal(enforce_registry_find("too", &result, &err), -ENOENT);
	assert_int_equal(enforce_registry_find("", &result, &err), -ENOENT);
	assert_int_equal(enforce_registry_find("1", &result, &err), -ENOENT);
	two.program = start(false);
	registry_begin(&plan, &two, true);
	assert_int_equal(enforce_registry_find("tool", &result, &err),
			 -EEXIST);
	assert_non_null(strstr(err.text, id));
	assert_int_equal(enforce_registry_find(id, &result, &err), 0);
	finish(&two);
	/* A name that is another one's id. */
	plan.program = id;
	two = (struct enforce_sandbox){.program = start(false)};
	registry_begin(&plan, &two, true);
	assert_int_equal(enforce_registry_find(id, &result, &err), 0);
	assert_int_equal(result.program, entry.program);
	finish(&two);
	finish(&one);
	assert_int_equal(enforce_registry_find(id, &result, &err), -ENOENT);
}

/* ---- folders ----------------------------------------------------------- */

static void refused(void **state)
{
	struct error err = {0};

	(void)state;
	assert_int_equal(enforce_registry_refused(&err), 0);
	assert_int_equal(chmod(folder, 0770), 0);
	assert_int_equal(enforce_registry_refused(&err), -EPERM);
	assert_non_null(strstr(err.text, folder));
	assert_int_equal(chmod(folder, 0700), 0);
	assert_int_equal(rmdir(folder), 0);
	assert_int_equal(enforce_registry_refused(&err), 0);
	assert_int_equal(symlink("/tmp", folder), 0);
	assert_int_equal(enforce_registry_refused(&err), -EPERM);
	assert_int_equal(unlink(folder), 0);
}

/* ---- processes --------------------------------------------------------- */

static struct enforce_member members[16];

static int add(void *data, const struct enforce_member *member)
{
	size_t *count = data;

	assert_true(*count < ARRAY_SIZE(members));
	members[(*count)++] = *member;
	return 0;
}

static size_t count_members(const struct enforce_running *entries,
			    size_t count)
{
	size_t found = 0;

	memset(members, 0, sizeof(members));
	assert_int_equal(enforce_members(entries, count, add, &found, NULL),
			 0);
	return found;
}

/* A program with a child, and another one: two sandboxes. */
static void families(void **state)
{
	struct enforce_running entries[2] = {{.jail = getpid()},
					     {.jail = getpid()}};
	pid_t family = start(true), single = start(false);

	(void)state;
	entries[0].program = family;
	entries[0].start = base_process_start(family);
	entries[1].program = single;
	entries[1].start = base_process_start(single);
	assert_int_equal(count_members(entries, 2), 3);
	for (size_t i = 0; i < 3; i++) {
		const struct enforce_member *member = &members[i];

		assert_int_equal(member->sandbox, member->pid == single);
		assert_int_equal(member->uid, geteuid());
		assert_int_equal(member->start,
				 base_process_start(member->pid));
		assert_true(member->memory > 0 && member->memory < 1 << 30);
		assert_true(i == 0 || member->pid > members[i - 1].pid);
	}
	/* Not what it was, or not its child. */
	entries[1].start++;
	entries[0].jail = 1;
	assert_int_equal(count_members(entries, 2), 0);
	assert_int_equal(count_members(entries, 0), 0);
	entries[0].jail = getpid();
	assert_int_equal(count_members(entries, 1), 2);
	kill(members[1].pid, SIGKILL);
	stop(family);
	stop(single);
}

/* One that is nobody's descendant, but in the PID namespace. */
static void joined(void **state)
{
	struct enforce_running entry = {.jail = getpid(), .program = 4000002};
	pid_t builder = start(true);
	size_t count;

	(void)state;
	entry.program = builder;
	entry.start = base_process_start(builder);
	assert_int_equal(count_members(&entry, 1), 2);
	entry.pid_ns = registry_namespace(members[1].pid, "pid");
	entry.start++;
	count = count_members(&entry, 1);
	assert_int_equal(count, 1);
	assert_int_not_equal(members[0].pid, builder);
	entry.pid_ns = registry_namespace(getpid(), "pid");
	assert_int_equal(count_members(&entry, 1), 0);
	entry.start--;
	assert_int_equal(count_members(&entry, 1), 2);
	kill(members[1].pid, SIGKILL);
	stop(builder);
}

/* A name that looks like the end of the line. */
static void hostile_name(void **state)
{
	struct enforce_running entry = {.jail = getpid()};
	int fds[2];
	char byte;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	entry.program = fork();
	if (entry.program == 0) {
		prctl(PR_SET_NAME, ") R 1 (\n) Z 5");
		(void)!write(fds[1], "x", 1);
		pause();
		_exit(0);
	}
	assert_int_equal(base_read_all(fds[0], &byte, 1), 1);
	entry.start = base_process_start(entry.program);
	assert_int_equal(count_members(&entry, 1), 1);
	assert_string_equal(members[0].comm, ") R 1 (\n) Z 5");
	assert_int_equal(members[0].parent, getpid());
	close(fds[0]);
	close(fds[1]);
	stop(entry.program);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(truth),
		TEST(truth_apart),
		TEST(deeper),
		TEST(lies),
		TEST(another_users_init),
		TEST(copied),
		TEST(found),
		TEST(refused),
		TEST(families),
		TEST(joined),
		TEST(hostile_name),
	};

	return cmocka_run_group_tests_name("enforce_registry_verify", tests,
					   NULL, NULL);
}
