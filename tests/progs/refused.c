/* SPDX-License-Identifier: MIT */
/*
 * refused ACTION [COUNT]: installs a filter of its own that refuses time(2),
 * logged, with ACTION: kill_process, kill_thread, trap, errno, log; then makes
 * COUNT calls of it (1). kill_thread: each in a thread of its own, and the
 * process lives on. trap: the signal is handled. Prints its pid first, and
 * "lives" at the end. Copied to another name, it is another program.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
	const char *name;
	unsigned action;
} actions[] = {
	{"kill_process", SECCOMP_RET_KILL_PROCESS},
	{"kill_thread", SECCOMP_RET_KILL_THREAD},
	{"trap", SECCOMP_RET_TRAP},
	{"errno", SECCOMP_RET_ERRNO | 1},
	{"log", SECCOMP_RET_LOG},
};

static int confine(unsigned action)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_time, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {
		.len = sizeof(code) / sizeof(code[0]), .filter = code
	};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	       syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		       SECCOMP_FILTER_FLAG_LOG, &program) < 0;
}

static void handle(int signal)
{
	(void)signal;
}

static void *call(void *data)
{
	syscall(SYS_time, NULL);
	return data;
}

static void call_in_thread(void)
{
	pthread_t thread;

	/* Nobody wakes who joins a thread that was killed like that. */
	if (pthread_create(&thread, NULL, call, NULL) == 0)
		pthread_detach(thread);
	usleep(20000);
}

int main(int argc, char **argv)
{
	long count = argc > 2 ? atol(argv[2]) : 1;
	size_t i = 0;

	while (i < sizeof(actions) / sizeof(*actions) &&
	       (argc < 2 || strcmp(argv[1], actions[i].name) != 0))
		i++;
	if (i == sizeof(actions) / sizeof(*actions))
		return 2;
	printf("%d\n", (int)getpid());
	fflush(stdout);
	signal(SIGSYS, handle);
	if (confine(actions[i].action)) {
		perror("seccomp");
		return 1;
	}
	while (count-- > 0)
		if (i == 1)
			call_in_thread();
		else
			call(NULL);
	puts("lives");
	return 0;
}
