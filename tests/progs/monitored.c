/* SPDX-License-Identifier: MIT */
/*
 * For jail monitor: monitored KIND. Each kind makes processes, or threads, in a
 * way in which one could get lost, and says what is to be seen of them:
 * "FORKS EXECS EXITS", and how the program itself ends.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <grp.h>

static char **arguments;

static void say(const char *text)
{
	printf("%s\n", text);
	fflush(stdout);
}

/* As short as they can be, several at once. */
static int storm(void)
{
	int count = atoi(arguments[2]), live = 0;

	printf("%d 0 %d\n", count, count);
	fflush(stdout);
	for (int i = 0; i < count; i++) {
		pid_t child = fork();

		if (child == 0)
			_exit(3);
		if (child < 0)
			return 1;
		if (++live == 8) {
			wait(NULL);
			live--;
		}
	}
	while (wait(NULL) > 0)
		;
	return 0;
}

static void *last_thread(void *data)
{
	usleep(20000);
	exit(data ? 7 : 0);
}

/* The first thread ends first. */
static int threads(void)
{
	pthread_t thread;

	say("0 0 0");
	pthread_create(&thread, NULL, last_thread, (void *)1);
	pthread_exit(NULL);
	return 0;
}

static void *executes(void *data)
{
	(void)data;
	execl(arguments[0], arguments[0], "ends", NULL);
	_exit(99);
}

/* Not the first thread executes: it becomes the first. */
static int exec_thread(void)
{
	pthread_t thread;

	say("0 1 0");
	pthread_create(&thread, NULL, executes, NULL);
	pause();
	return 98;
}

static int ends(void)
{
	return 5;
}

static int vforks(void)
{
	int status;
	pid_t child;

	say("1 1 1");
	child = vfork();
	if (child == 0) {
		execl(arguments[0], arguments[0], "ends", NULL);
		_exit(99);
	}
	waitpid(child, &status, 0);
	return WEXITSTATUS(status);
}

/* Forks twice, so that nobody here is its parent. */
static int daemonizes(void)
{
	int ready[2];
	char byte;

	say("2 0 2");
	if (pipe(ready) < 0)
		return 1;
	if (fork() == 0) {
		setsid();
		if (fork() == 0) {
			usleep(1000);
			_exit(6);
		}
		_exit(4);
	}
	close(ready[1]);
	wait(NULL);
	return (int)read(ready[0], &byte, 1);
}

static int fails_to_execute(void)
{
	say("1 0 1");
	if (fork() == 0) {
		execl("/nowhere", "nowhere", NULL);
		_exit(9);
	}
	wait(NULL);
	return 0;
}

static int becomes_nobody(void)
{
	say("0 0 0");
	return setgroups(0, NULL) || setresgid(65534, 65534, 65534) ||
	       setresuid(65534, 65534, 65534) ? 1 : 0;
}

/* Not a child but a sibling: its parent is outside. */
static int sibling(void)
{
	say("1 0 1");
	if (syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0) == 0) {
		usleep(1000);
		_exit(8);
	}
	usleep(50000);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(void);
	} kinds[] = {
		{"storm", storm}, {"threads", threads}, {"ends", ends},
		{"exec-thread", exec_thread}, {"vfork", vforks},
		{"daemon", daemonizes}, {"noexec", fails_to_execute},
		{"ids", becomes_nobody}, {"sibling", sibling},
	};

	arguments = argv;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (argc > 1 && strcmp(argv[1], kinds[i].name) == 0)
			return kinds[i].run();
	return 2;
}
