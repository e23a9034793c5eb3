/* SPDX-License-Identifier: MIT */
/* The leader of a process ends before its threads: it stays as a zombie, and
 * what the others do counts. */
#include <pthread.h>

#include "tests/progs/trap.h"

static bool leader_is_zombie(void)
{
	char path[64], text[512];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", getpid(),
		 getpid());
	fd = open(path, O_RDONLY);
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	return strrchr(text, ')')[2] == 'Z';
}

static void *thread(void *arg)
{
	pid_t pid;

	while (!leader_is_zombie())
		sched_yield();
	HIT(getpgid);
	pid = fork();
	if (!pid) {
		HIT(getsid);
		_exit(2);
	}
	CHECK(ended(pid) == 2);
	_exit(3);
	return arg;
}

int main(void)
{
	pthread_t other;

	NEED(exit);
	NEED(getpgid);
	NEED(getsid);
	CHECK(!pthread_create(&other, NULL, thread, NULL));
	call(SYS_exit, 7, 0, 0);
	return 1;
}
