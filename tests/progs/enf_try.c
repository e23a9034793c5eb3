/* SPDX-License-Identifier: MIT */
/*
 * Tries one thing, named by its first argument, and prints what came of it: 0
 * or the errno. Each line of the table below is one attempt at what a filter
 * may forbid.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int print(long result)
{
	dprintf(1, "%d\n", result < 0 ? errno : 0);
	return 0;
}

static int try_mkdir(char **args)
{
	return print(mkdir(args[0], 0700));
}

static void *in_thread(void *path)
{
	print(mkdir(path, 0700));
	return NULL;
}

static int try_thread(char **args)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, in_thread, args[0]) != 0)
		return 1;
	pthread_join(thread, NULL);
	return 0;
}

/* Each of COUNT threads makes a folder of its own, all at a time; how many
 * could. */
static pthread_barrier_t all_there;
static char *threads_path;

static void *makes_its_own(void *number)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s%ld", threads_path, (long)number);
	pthread_barrier_wait(&all_there);
	return (void *)(long)(mkdir(path, 0700) == 0);
}

static int try_threads(char **args)
{
	unsigned count = (unsigned)atoi(args[0]);
	pthread_t *threads = calloc(count, sizeof(*threads));
	pthread_attr_t small;
	long made = 0;
	void *result;

	threads_path = args[1];
	pthread_barrier_init(&all_there, NULL, count);
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 65536);
	for (unsigned i = 0; i < count; i++)
		if (pthread_create(&threads[i], &small, makes_its_own,
				   (void *)(long)i) != 0)
			return 1;
	for (unsigned i = 0; i < count; i++) {
		pthread_join(threads[i], &result);
		made += (long)result;
	}
	dprintf(1, "%ld made\n", made);
	return 0;
}

/* A child, which a closed terminal does not end, makes the folder PATH and
 * writes what came of it to OUT; the program itself only waits for signals. */
static int try_beside(char **args)
{
	int fd, code;

	signal(SIGHUP, SIG_IGN);
	if (fork() != 0)
		return pause();
	code = mkdir(args[0], 0700) < 0 ? errno : 0;
	fd = open(args[1], O_WRONLY | O_CREAT, 0600);
	dprintf(fd, "%d\n", code);
	return 0;
}

/* Not before a line was typed, which is not read. */
static int try_typed(char **args)
{
	struct pollfd input = {.fd = 0, .events = POLLIN};

	dprintf(1, "ready\n");
	while (poll(&input, 1, -1) <= 0)
		;
	return try_mkdir(args);
}

static int try_child(char **args)
{
	int status = 0;

	if (fork() == 0)
		_exit(try_mkdir(args));
	wait(&status);
	dprintf(1, "child %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	return 0;
}

/* The same once jail may have no more than so many descriptors. */
static int try_limit(char **args)
{
	rlim_t most = strtoul(args[0], NULL, 0);
	struct rlimit limit = {most, most};

	if (prlimit(getppid(), RLIMIT_NOFILE, &limit, NULL) < 0)
		return 1;
	return try_mkdir(args + 1);
}

/* mkdir(2) of i386 from 64-bit code: number 39, its path below 4 GiB. */
static int try_int80(char **args)
{
#ifdef __x86_64__
	char *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	long result = 39;

	if (low == MAP_FAILED)
		return 1;
	strncpy(low, args[0], 4095);
	__asm__ volatile("int $0x80"
			 : "+a"(result)
			 : "b"(low), "c"(0700)
			 : "memory", "r8", "r9", "r10", "r11");
	errno = (int)-result;
	return print(result);
#else
	(void)args;
	return 1;
#endif
}

static int try_number(char **args)
{
	return print(syscall(strtol(args[0], NULL, 0)));
}

static int try_call(char **args)
{
	long n[7] = {0};

	for (int i = 0; i < 7 && args[i]; i++)
		n[i] = (long)strtoul(args[i], NULL, 0);
	return print(syscall(n[0], n[1], n[2], n[3], n[4], n[5], n[6]));
}

static int try_clone(char **args)
{
	long pid = syscall(SYS_clone, strtol(args[0], NULL, 0) | SIGCHLD, 0L,
			   0L, 0L, 0L);

	if (pid == 0)
		_exit(0);
	return print(pid);
}

static int try_exec(char **args)
{
	char *argv[] = {args[0], NULL};

	execve(args[0], argv, NULL);
	return print(-1);
}

/* The descriptors that are open, on a line. */
static int try_fds(char **args)
{
	int out = args[0] ? open(args[0], O_WRONLY | O_CREAT, 0600) : 1;

	for (int fd = 0; fd < 1024; fd++)
		if ((fd != out || !args[0]) && fcntl(fd, F_GETFD) >= 0)
			dprintf(out, "%d ", fd);
	return 0;
}

static int try_exit(char **args)
{
	return atoi(args[0]);
}

static int try_kill(char **args)
{
	kill(getpid(), atoi(args[0]));
	return 0;
}

/* Waits until the file GO is there, tries to make the folder PATH and writes
 * what came of it to OUT. */
static int try_later(char **args)
{
	const struct timespec moment = {0, 10000000};
	int fd, code;

	while (access(args[0], F_OK) < 0)
		nanosleep(&moment, NULL);
	code = mkdir(args[1], 0700) < 0 ? errno : 0;
	fd = open(args[2], O_WRONLY | O_CREAT, 0600);
	dprintf(fd, "%d\n", code);
	return 0;
}

/* The same from a child that outlives the program. */
static int try_daemon(char **args)
{
	if (fork() != 0)
		return 0;
	setsid();
	for (int fd = 0; fd <= 2; fd++)
		close(fd);
	return try_later(args);
}

/* The same call again and again. */
static int try_repeat(char **args)
{
	for (long i = atol(args[0]); i > 0; i--)
		mkdir(args[1], 0700);
	return print(mkdir(args[1], 0700));
}

static const struct {
	const char *name;
	int (*try)(char **args);
} table[] = {
	{"mkdir", try_mkdir},	/* PATH */
	{"thread", try_thread}, /* PATH */
	{"threads", try_threads}, /* COUNT PATH */
	{"beside", try_beside}, /* PATH OUT */
	{"typed", try_typed},	/* PATH */
	{"child", try_child},	/* PATH */
	{"limit", try_limit},	/* NUMBER PATH */
	{"int80", try_int80},	/* PATH */
	{"number", try_number}, /* NUMBER */
	{"call", try_call},	/* NUMBER [ARGUMENT...] */
	{"clone", try_clone},	/* FLAGS */
	{"exec", try_exec},	/* PROGRAM */
	{"fds", try_fds},	/* [OUT] */
	{"exit", try_exit},	/* STATUS */
	{"kill", try_kill},	/* SIGNAL */
	{"later", try_later},	/* GO PATH OUT */
	{"daemon", try_daemon}, /* GO PATH OUT */
	{"repeat", try_repeat}, /* COUNT PATH */
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(table) / sizeof(*table); i++)
		if (strcmp(table[i].name, argv[1]) == 0)
			return table[i].try(argv + 2);
	return 64;
}
