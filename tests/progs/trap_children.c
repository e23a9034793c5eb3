/* SPDX-License-Identifier: MIT */
/* Parents and children: who is whose, what wait gives, who reaps. */
#include <sys/prctl.h>

#include "tests/progs/trap.h"

static char state(pid_t pid)
{
	char path[32], text[512];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY);
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return '?';
	text[n] = '\0';
	return strrchr(text, ')')[2];
}

static void zombie(void)
{
	siginfo_t info = { 0 };
	pid_t pid = fork();

	if (!pid)
		_exit(17);
	CHECK(!waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT));
	CHECK(info.si_code == CLD_EXITED && info.si_status == 17);
	CHECK(state(pid) == 'Z');
	CHECK(!kill(pid, 0));
	CHECK(waitpid(-1, NULL, 0) == pid);
	CHECK(kill(pid, 0) < 0 && errno == ESRCH);
	CHECK(waitpid(-1, NULL, 0) < 0 && errno == ECHILD);
}

static void parent(void)
{
	pid_t self = getpid(), before = getppid(), pid = fork();

	if (!pid)
		_exit(getppid() == self ? 3 : 4);
	CHECK(ended(pid) == 3);
	CHECK(getppid() == before);
}

/* Orphans come to a process that wants them, and its end tells its child. */
static void orphan(void)
{
	int ends[2], status;
	pid_t pid, self = getpid();
	sigset_t set;
	char byte;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	CHECK(!prctl(PR_SET_CHILD_SUBREAPER, 1));
	CHECK(!pipe(ends));
	pid = fork();
	if (!pid) {
		pid_t middle = getpid();

		if (fork())
			pause();
		close(ends[0]);
		prctl(PR_SET_PDEATHSIG, SIGUSR1);
		sigprocmask(SIG_BLOCK, &set, NULL);
		tell(ends[1]);
		sigwait(&set, &status);
		HIT(getpgid);
		_exit(getppid() == self && getppid() != middle ? 5 : 6);
	}
	close(ends[1]);
	CHECK(read(ends[0], &byte, 1) == 1);
	kill(pid, SIGKILL);
	CHECK(ended(pid) == -SIGKILL);
	CHECK(wait(&status) > 0 && WEXITSTATUS(status) == 5);
	CHECK(wait(&status) < 0 && errno == ECHILD);
	close(ends[0]);
}

static void ignored(void)
{
	pid_t pid;

	signal(SIGCHLD, SIG_IGN);
	pid = fork();
	if (!pid) {
		HIT(getsid);
		_exit(1);
	}
	CHECK(waitpid(pid, NULL, 0) < 0 && errno == ECHILD);
	signal(SIGCHLD, SIG_DFL);
}

static void many(void)
{
	int sum = 0, status;

	for (int i = 1; i <= 20; i++)
		if (!fork())
			_exit(i);
	while (wait(&status) > 0)
		sum += WEXITSTATUS(status);
	CHECK(errno == ECHILD);
	CHECK(sum == 210);
}

static void by_descriptor(void)
{
	siginfo_t info = { 0 };
	pid_t pid = fork();
	int fd;

	if (!pid) {
		HIT(sched_getparam);
		raise(SIGABRT);
	}
	fd = (int)syscall(SYS_pidfd_open, pid, 0);
	CHECK(!waitid((idtype_t)3, (id_t)fd, &info, WEXITED));
	CHECK(info.si_pid == pid && info.si_status == SIGABRT);
	CHECK(info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED);
	close(fd);
}

int main(void)
{
	NEED(getpgid);
	NEED(getsid);
	NEED(sched_getparam);
	CHECK(waitpid(-1, NULL, __WALL) < 0 && errno == ECHILD);
	parent();
	zombie();
	orphan();
	ignored();
	many();
	by_descriptor();
	return 0;
}
