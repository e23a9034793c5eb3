/* SPDX-License-Identifier: MIT */
/*
 * Entering: a process in what another one has made. Its namespaces, its control
 * group, a terminal; what has ended cannot be entered. And the packets by which
 * that is asked for.
 */
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "enforce/plan/plan.h"
#include "enforce/run/join.h"
#include "enforce/sandbox/sandbox.h"
#include "tests/unit/skip.h"

static const struct enforce_plan plan;

/* Becomes `cat FILE` on the descriptor that it got as its output. */
static void show_file(void *data)
{
	execl("/bin/cat", "cat", (char *)data, (char *)NULL);
	_exit(1);
}

static int end_of(pid_t program)
{
	int status = -1;

	assert_int_equal(waitpid(program, &status, 0), program);
	return status;
}

/* The test's own files 0-2 are those of whoever enters. */
static int enter(const struct enforce_sandbox *inside, const char *file,
		 int *terminal, char *out, size_t size, struct error *err)
{
	const struct enforce_child child = {show_file, (void *)file, true};
	int saved[3], pipes[2], ret;
	pid_t program = 0;
	ssize_t got = 0;

	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	for (int fd = 0; fd < 3; fd++)
		saved[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 10);
	dup2(pipes[1], STDOUT_FILENO);
	ret = enter_sandbox(&plan, inside, &child, terminal, &program, err);
	for (int fd = 0; fd < 3; fd++) {
		dup2(saved[fd], fd);
		close(saved[fd]);
	}
	close(pipes[1]);
	if (ret == 0) {
		assert_int_equal(end_of(program), 0);
		got = base_read_all(terminal ? *terminal : pipes[0], out,
				    terminal ? 4 : size - 1);
	}
	out[got > 0 ? got : 0] = '\0';
	close(pipes[0]);
	return ret;
}

/* ---- namespaces ------------------------------------------------------- */

/* A namespace of its own, of a process that has ended or waits. */
static pid_t make(int flags, const char *name, int *fd, bool ends)
{
	char path[64], byte;
	int ready[2], hold[2];
	pid_t pid;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	assert_int_equal(pipe2(hold, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		close(hold[1]);
		if (unshare(flags) < 0)
			_exit(0);
		if (flags & CLONE_NEWPID && !fork())
			_exit(0);
		wait(NULL); /* for it, or for nobody */
		(void)!write(ready[1], "r", 1);
		_exit(read(hold[0], &byte, 1) != 0);
	}
	close(ready[1]);
	close(hold[0]);
	if (read(ready[0], &byte, 1) == 1) {
		snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, name);
		*fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	close(ready[0]);
	if (!ends)
		return pid;
	close(hold[1]);
	waitpid(pid, NULL, 0);
	return pid;
}

static void namespaces(void **state)
{
	struct enforce_sandbox inside = {0};
	struct error err = {0};
	char out[256];
	int fd = -1;
	pid_t pid;

	(void)state;
	if (geteuid() != 0)
		skip_for("only root can do this");
	pid = make(CLONE_NEWUTS, "uts", &fd, false);
	if (fd < 0)
		skip_for("no namespace can be made here");
	inside.namespaces[0] = fd + 1;
	assert_int_equal(enter(&inside, "/proc/self/comm", NULL, out,
			       sizeof(out), &err), 0);
	assert_string_equal(out, "cat\n");
	close(fd);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	/* A descriptor that is none. */
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	inside.namespaces[0] = fd + 1;
	assert_int_equal(enter(&inside, "/proc/self/comm", NULL, out,
			       sizeof(out), &err), -EINVAL);
	assert_non_null(strstr(err.text, "cannot enter the namespaces"));
	close(fd);
}

/* Its init has ended: nobody can be born there. */
static void ended(void **state)
{
	struct enforce_sandbox inside = {0};
	struct error err = {0};
	char out[256];
	int fd = -1;

	(void)state;
	if (geteuid() != 0)
		skip_for("only root can do this");
	make(CLONE_NEWPID, "pid_for_children", &fd, true);
	if (fd < 0)
		skip_for("no namespace can be made here");
	inside.namespaces[0] = fd + 1;
	assert_int_equal(enter(&inside, "/proc/self/comm", NULL, out,
			       sizeof(out), &err), -ESRCH);
	assert_string_equal(err.text, "the sandbox has ended");
	close(fd);
}

/* ---- the control group ------------------------------------------------ */

static int find_second(void *data, const struct mountinfo *mount)
{
	if (strcmp(mount->type, "cgroup2") == 0)
		strcpy(data, mount->point);
	return 0;
}

static void group(void **state)
{
	char mount[4096] = "", path[4200], out[4096];
	struct enforce_sandbox inside = {.cgroup = path};
	struct error err = {0};

	(void)state;
	mountinfo_read(find_second, mount, NULL);
	snprintf(path, sizeof(path), "%s/jail-enter-%d", mount, (int)getpid());
	if (!*mount || mkdir(path, 0755) < 0)
		skip_for("no control group can be made here");
	assert_int_equal(enter(&inside, "/proc/self/cgroup", NULL, out,
			       sizeof(out), &err), 0);
	assert_non_null(strstr(out, strrchr(path, '/')));
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(enter(&inside, "/proc/self/cgroup", NULL, out,
			       sizeof(out), &err), -ENOENT);
	assert_non_null(strstr(err.text, "control group"));
}

/* ---- a terminal ------------------------------------------------------- */

static void terminal(void **state)
{
	const struct enforce_sandbox inside = {0};
	struct error err = {0};
	char out[256];
	int leading = -1;

	(void)state;
	if (access("/dev/pts/ptmx", R_OK | W_OK) < 0)
		skip_for("there is no /dev/pts/ptmx");
	assert_int_equal(enter(&inside, "/proc/self/comm", &leading, out,
			       sizeof(out), &err), 0);
	/* The line discipline of a terminal was between. */
	assert_string_equal(out, "cat\r");
	close(leading);
}

/* ---- packets ---------------------------------------------------------- */

static void packets(void **state)
{
	char big[64], bytes[8];
	int pair[2], fds[3], files[3] = {0, 1, 2};
	size_t count;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
				    pair), 0);
	assert_int_equal(join_receive(pair[0], bytes, sizeof(bytes), fds,
				      &count), -EAGAIN);
	assert_int_equal(join_send(pair[1], "abc", 3, files, 3, 0), 0);
	assert_int_equal(join_receive(pair[0], bytes, sizeof(bytes), fds,
				      &count), 3);
	assert_int_equal(count, 3);
	for (size_t i = 0; i < count; i++) {
		assert_true(fcntl(fds[i], F_GETFD) & FD_CLOEXEC);
		close(fds[i]);
	}
	/* What does not fit is not taken, nor are its files. */
	memset(big, 'x', sizeof(big));
	assert_int_equal(join_send(pair[1], big, sizeof(big), files, 2, 0), 0);
	assert_int_equal(join_receive(pair[0], bytes, sizeof(bytes), fds,
				      &count), -EMSGSIZE);
	assert_int_equal(count, 0);
	/* The last words of one who did not read what was sent. */
	assert_int_equal(join_send(pair[0], "unread", 6, NULL, 0, 0), 0);
	assert_int_equal(join_send(pair[1], "bye", 3, NULL, 0, 0), 0);
	close(pair[1]);
	assert_int_equal(join_receive(pair[0], bytes, sizeof(bytes), fds,
				      &count), 3);
	assert_int_equal(join_receive(pair[0], bytes, sizeof(bytes), fds,
				      &count), 0);
	close(pair[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(namespaces),
		cmocka_unit_test(ended),
		cmocka_unit_test(group),
		cmocka_unit_test(terminal),
		cmocka_unit_test(packets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
